package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tipring/gateway/api"
	"tipring/gateway/call"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/gateway/metrics"
	"tipring/gateway/route"
	"tipring/gateway/rtp"
	"tipring/gateway/sip"
	"tipring/hw/soft"
	"tipring/hw/uevent"
	"tipring/tdm/pri"
	"tipring/tdm/span"
)

// softPairs is how many calls between two SIP parties can be up at a time.
const softPairs = 256

// Options of an App.
type Options struct {
	Config  *config.Config
	Reload  func() (*config.Config, error) // reads the configuration again; nil: there is no file
	Network Network
	Serial  Serial
	// Uevents calls f with what comes and goes until ctx is done; nil: what the kernel tells.
	Uevents func(ctx context.Context, f func(uevent.Event)) error
	Log     *slog.Logger
	Level   *slog.LevelVar // of Log; nil: log.level has no effect
	Version string
	Hurry   <-chan struct{} // closed: calls get no time to end; nil: never
}

// An App is the whole gateway.
type App struct {
	opt     Options
	log     *slog.Logger
	started time.Time

	cfg       atomic.Pointer[config.Config]
	reloading sync.Mutex
	reloadOK  atomic.Bool

	cards      []*card
	spanCards  []*spanCard
	signalling []*pri.Group // of the spans
	bits       []*casGroup  // of the spans that signal by bits
	modems     []*modemLine
	soft       *span.Pump
	engine     *rtp.Engine
	sip        *sip.Server
	calls      *call.Switch
	store      *cdr.Store
	hunts      route.Hunts
	kinds      atomic.Pointer[map[string]route.Kind] // of every line, account and trunk
	meter      *metrics.Metrics

	httpListener net.Listener
	handler      http.Handler
	passwords    map[string]string // generated, by account
	ready        chan struct{}
}

// New opens what the gateway needs and starts nothing. An error leaves nothing open.
func New(opt Options) (_ *App, err error) {
	a := &App{opt: opt, log: opt.Log, started: time.Now(), ready: make(chan struct{})}
	a.cfg.Store(opt.Config)
	a.reloadOK.Store(true)
	var undo []func()
	defer func() {
		if err != nil {
			for i := len(undo) - 1; i >= 0; i-- {
				undo[i]()
			}
		}
	}()
	cfg := opt.Config
	if a.passwords, err = passwords(cfg); err != nil {
		return nil, err
	}
	if a.store, err = cdr.Open(cdr.Config{Dir: cfg.Data.Dir, Log: opt.Log}); err != nil {
		return nil, err
	}
	undo = append(undo, func() { a.store.Close() })
	far := switches{}
	for _, c := range cfg.Cards {
		if len(cfg.SpansOf(c.Name)) > 0 {
			k, err := newSpanCard(cfg, c, opt.Network, far, opt.Log)
			if err != nil {
				return nil, err
			}
			undo = append(undo, func() { k.card.Close() })
			a.spanCards = append(a.spanCards, k)
			continue
		}
		k, err := newCard(cfg, c, opt.Serial, a.incomingLine, opt.Log)
		if err != nil {
			return nil, err
		}
		a.cards = append(a.cards, k)
	}
	if err := a.addSignalling(cfg); err != nil {
		return nil, err
	}
	for _, m := range cfg.Modems {
		if err := a.addModem(cfg, m); err != nil {
			return nil, err
		}
	}
	if a.soft, err = span.New(span.Config{Card: soft.New("soft", softPairs), Log: opt.Log}); err != nil {
		return nil, err
	}
	if a.engine, err = rtp.NewEngine(a.mediaConfig(cfg)); err != nil {
		return nil, err
	}
	var trunks []string
	for _, t := range cfg.Trunks {
		trunks = append(trunks, t.Name)
	}
	a.meter = metrics.New(source{a}, opt.Version, trunks)
	sc, err := a.sipConfig(cfg)
	if err != nil {
		return nil, err
	}
	if a.sip, err = sip.New(sc); err != nil {
		return nil, err
	}
	undo = append(undo, func() { a.sip.Close() })
	policy, kinds, err := a.policy(cfg)
	if err != nil {
		return nil, err
	}
	a.kinds.Store(&kinds)
	a.setLevel(cfg)
	a.calls = call.New(call.Config{
		Policy: policy, Patch: &span.Patchbay{Soft: a.soft}, Records: a.store, Observer: a.meter, Kind: a.kind, Log: opt.Log,
	})
	if a.httpListener, err = opt.Network.stream(cfg.HTTP.Listen.String()); err != nil {
		return nil, addressError("HTTP", "TCP", cfg.HTTP.Listen, "--http", err)
	}
	a.handler = a.meter.Measure(api.New(api.Config{
		Backend: backend{a}, Token: cfg.API.Token, Metrics: a.meter.Handler(), Emu: a.emuHandler(),
	}))
	return a, nil
}

// addressError says in one line why an address cannot be listened on and what to do; flag is the command line's for another.
func addressError(what, network string, addr netip.AddrPort, flag string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s: %s %s is in use by another program: stop that one, or choose another address with %s", what, network, addr, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s: %s is no address of this host: choose another with %s", what, addr.Addr(), flag)
	}
	return fmt.Errorf("%s on %s %s: %w", what, network, addr, err)
}

// passwords returns a password for each account whose configuration has none: kept in the data folder, so that a softphone
// that knows it works after a restart.
func passwords(cfg *config.Config) (map[string]string, error) {
	out := map[string]string{}
	for _, acc := range cfg.Accounts {
		if acc.Password != "" {
			continue
		}
		if err := os.MkdirAll(cfg.Data.Dir, 0o750); err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		}
		name := filepath.Join(cfg.Data.Dir, "account-"+acc.Name+".password")
		b, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			b = []byte(rand.Text()[:16])
			err = os.WriteFile(name, append(b, '\n'), 0o600)
		}
		if err != nil {
			return nil, fmt.Errorf("password of account %s: %w", acc.Name, err)
		}
		if out[acc.Name] = strings.TrimSpace(string(b)); out[acc.Name] == "" {
			return nil, fmt.Errorf("password of account %s: %s is empty; delete it to have a new one made", acc.Name, name)
		}
	}
	return out, nil
}

// Ready is closed when the gateway takes calls.
func (a *App) Ready() <-chan struct{} { return a.ready }

// Handler is the HTTP face, for tests that do not use a socket.
func (a *App) Handler() http.Handler { return a.handler }

// SIPAddrs returns the addresses that SIP is served on.
func (a *App) SIPAddrs() []net.Addr { return a.sip.Addrs() }

// HTTPAddr returns the address that HTTP is served on; nil when there is none.
func (a *App) HTTPAddr() net.Addr {
	if a.httpListener == nil {
		return nil
	}
	return a.httpListener.Addr()
}

// Calls returns the calls that are up.
func (a *App) Calls() []call.Status { return a.calls.Calls() }

// Records returns the records of ended calls and of those that are up.
func (a *App) Records(ctx context.Context, f cdr.Filter) ([]cdr.Record, error) {
	return a.store.List(ctx, f)
}
