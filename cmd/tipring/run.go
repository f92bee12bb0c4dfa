package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"tipring/cmd/internal/app"
	"tipring/gateway/config"
	"tipring/gateway/ops"
)

type runCmd struct {
	Config  string `short:"c" type:"path" placeholder:"FILE" help:"Configuration file; without one the built-in set-up runs."`
	SIP     string `name:"sip" placeholder:"ADDR" help:"Address for SIP, UDP and TCP, instead of the configured one."`
	HTTP    string `name:"http" placeholder:"ADDR" help:"Address for HTTP instead of the configured one."`
	Data    string `name:"data" placeholder:"DIR" help:"Data folder instead of the configured one."`
	Emulate string `name:"emulate" placeholder:"fxs=N,fxo=N,modem=N,span=N" help:"Size of the emulated card of the built-in set-up, up to 480 lines, and number of its emulated modems and E1 spans."`
}

// load makes the configuration; what is wrong with a file is config.Faults.
func (c *runCmd) load() (*config.Config, error) {
	if c.Config != "" && c.Emulate != "" {
		return nil, errors.New("--emulate sizes the built-in set-up; with -c the file says what lines there are")
	}
	var (
		cfg *config.Config
		err error
	)
	if c.Config != "" {
		cfg, err = config.Load(c.Config)
	} else {
		cfg, err = config.Default(c.Emulate)
	}
	if err != nil {
		return nil, err
	}
	if err := cfg.Override(c.SIP, c.HTTP, c.Data); err != nil {
		return nil, err
	}
	return cfg, nil
}

func (c *runCmd) Run(e env) error {
	cfg, err := c.load()
	if err != nil {
		return usageError{err}
	}
	level := new(slog.LevelVar)
	opt := app.Options{Config: cfg, Log: slog.New(handler(e.stderr, cfg.Log.Format, level)), Level: level, Version: app.Version(), Hurry: e.hurry}
	if c.Config != "" {
		opt.Reload = c.load
	}
	a, err := app.New(opt)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	go func() {
		for {
			select {
			case <-hangups:
				a.Reload() // it logs what it did
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		select {
		case <-a.Ready():
			a.Banner(e.stdout)
		case <-ctx.Done():
		}
	}()
	return a.Run(ctx)
}

func handler(w io.Writer, format string, level slog.Leveler) slog.Handler {
	opts := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.NewJSONHandler(w, opts)
	}
	return slog.NewTextHandler(w, opts)
}

type checkCmd struct {
	File string `arg:"" type:"path" help:"The configuration file."`
}

func (c *checkCmd) Run(e env) error {
	cfg, err := config.Load(c.File)
	if err == nil {
		err = app.CheckModems(cfg)
	}
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintf(e.stdout, "%s is good: %s, %s, %s, %s, %s\n", c.File,
		count(len(cfg.Lines())+len(cfg.Modems), "line"), count(len(cfg.Spans), "span"), count(len(cfg.Accounts), "account"), count(len(cfg.Trunks), "trunk"), count(len(cfg.Routes), "route"))
	return nil
}

type opsCmd struct {
	Export exportCmd `cmd:"" default:"withargs" help:"Write the Grafana dashboards with their provisioning and the Prometheus configuration into a folder."`
}

type exportCmd struct {
	Dir string `arg:"" type:"path" help:"The folder; it is made when it is missing."`
}

func (c *exportCmd) Run(e env) error {
	if err := ops.Export(c.Dir); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s: grafana/dashboards, grafana/provisioning, prometheus\n", c.Dir)
	return nil
}

func version() string { return app.Version() }
