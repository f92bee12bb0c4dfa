package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Run serves until ctx is done, then drains and stops everything in order. It returns nil when it ended as it was told to.
func (a *App) Run(ctx context.Context) error {
	// Parts outlive ctx, so that calls can end in peace.
	parts, stopParts := context.WithCancel(context.WithoutCancel(ctx))
	defer stopParts()
	failed := make(chan error, 1)
	var signalling, media, records sync.WaitGroup

	run := func(wg *sync.WaitGroup, ctx context.Context, name string, f func(context.Context) error) {
		wg.Go(func() {
			if err := f(ctx); err != nil {
				select {
				case failed <- fmt.Errorf("%s: %w", name, err):
				default:
				}
			}
		})
	}
	storing, stopStoring := context.WithCancel(context.WithoutCancel(ctx))
	defer stopStoring()
	media1, stopMedia := context.WithCancel(context.WithoutCancel(ctx))
	defer stopMedia()
	run(&records, storing, "call records", a.store.Run)
	run(&media, media1, "RTP", a.engine.Run)
	run(&media, media1, "soft card", a.soft.Run)
	for _, k := range a.spanCards {
		k.run(media1, parts, &media, &signalling, a.log)
	}
	for _, g := range a.bits {
		signalling.Go(func() { g.Run(parts) }) // likewise
	}
	for _, g := range a.signalling {
		signalling.Go(func() { g.Run(parts) }) // it ends with its context, and has no error of its own
	}
	for _, c := range a.cards {
		c.run(media1, parts, &media, &signalling, a.log)
	}
	for _, l := range a.modems {
		l.run(media1, parts, &media, &signalling, a.log)
	}
	run(&signalling, parts, "SIP", a.sip.Run)
	run(&signalling, parts, "hot plug", a.hotplug)

	server := &http.Server{Handler: a.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	if a.httpListener != nil {
		run(&signalling, parts, "HTTP", func(context.Context) error {
			if err := server.Serve(a.httpListener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
	}
	close(a.ready)
	a.log.Info("ready")

	var err error
	select {
	case <-ctx.Done():
		a.log.Info("draining", "calls", len(a.calls.Calls()), "for", a.cfg.Load().Timers.Drain)
	case err = <-failed:
		a.log.Error("part failed", "err", err)
	}
	a.sip.Drain()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.Load().Timers.Drain)
	if err != nil {
		cancel()
	}
	go func() {
		select {
		case <-a.opt.Hurry:
			a.log.Info("told again to stop: calls are cleared")
			cancel()
		case <-drain.Done():
		}
	}()
	a.calls.Drain(drain)
	cancel()
	server.Close()
	stopParts()
	signalling.Wait()
	stopMedia()
	media.Wait()
	stopStoring()
	records.Wait()
	if cerr := a.store.Close(); err == nil {
		err = cerr
	}
	a.log.Info("stopped")
	return err
}
