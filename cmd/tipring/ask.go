package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tipring/gateway/api"
)

// connection is how a command finds the running gateway.
type connection struct {
	HTTP  string `name:"http" default:"127.0.0.1:8080" env:"TIPRING_HTTP" placeholder:"ADDR" help:"Address of the running gateway (${env}; ${default})."`
	Token string `env:"TIPRING_TOKEN" placeholder:"TOKEN" help:"Token, when the gateway asks for one (${env})."`
}

func (c connection) client(h *http.Client) *api.Client {
	base := c.HTTP
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	return &api.Client{Base: base, Token: c.Token, HTTP: h}
}

type statusCmd struct {
	connection
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *statusCmd) Run(e env) error {
	st, err := c.client(e.http).Status(e.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, st)
	}
	state := "ready"
	switch {
	case st.Draining:
		state = "draining"
	case !st.Ready:
		state = "starting"
	}
	fmt.Fprintf(e.stdout, "tipring %s, %s, up %s, configuration: %s\n", st.Version, state, time.Since(st.Started).Round(time.Second), clean(st.Config))
	fmt.Fprintf(e.stdout, "%s, %s\n", count(st.Lines, "line"), count(st.Calls, "call"))
	for _, card := range st.Cards {
		up := "up"
		if !card.Up {
			up = "down"
		}
		fmt.Fprintf(e.stdout, "card %s (%s): %s, %d slots, %s, %d ms blocks, load %.1f %%, %d late blocks, %d slipped samples\n",
			card.Name, clean(card.Model), up, card.Slots, card.Law, card.BlockMs, 100*card.Load, card.Late, card.Slips)
	}
	for _, m := range st.Modems {
		fmt.Fprintf(e.stdout, "modem %s on %s: %s\n", m.Name, clean(m.Device), clean(modemWords(m)))
	}
	for _, s := range st.Spans {
		fmt.Fprintf(e.stdout, "span %s (%s): alarms %s, %s\n", s.Name, clean(s.Framing), cmp.Or(strings.Join(s.Alarms, " "), "none"), count(s.Calls, "call"))
	}
	fmt.Fprintf(e.stdout, "SIP on %s\n", strings.Join(st.SIP.Listen, ", "))
	for _, a := range st.SIP.Accounts {
		contacts := "not registered"
		if len(a.Contacts) > 0 {
			contacts = clean(strings.Join(a.Contacts, ", "))
		}
		fmt.Fprintf(e.stdout, "account %s: %s\n", a.Name, contacts)
	}
	for _, t := range st.SIP.Trunks {
		fmt.Fprintf(e.stdout, "trunk %s at %s: reachable %s", t.Name, t.Address, t.Reachable)
		if t.Registers {
			fmt.Fprintf(e.stdout, ", registered %v", t.Registered)
		}
		if t.Reason != "" {
			fmt.Fprintf(e.stdout, " (%s)", clean(t.Reason))
		}
		fmt.Fprintln(e.stdout)
	}
	if st.Records.Error != "" {
		fmt.Fprintf(e.stdout, "call records wait in memory (%d): %s\n", st.Records.Queued, clean(st.Records.Error))
	}
	return nil
}

// modemWords is what a person wants to know of a modem.
func modemWords(m api.Modem) string {
	if m.Reason != "" {
		return "out of service: " + m.Reason
	}
	words := []string{m.Use, "dialect " + m.Dialect}
	if m.Format != "" {
		words = append(words, "format "+m.Format)
	}
	if m.Registered != "" {
		words = append(words, "network "+m.Registered)
	}
	if m.SignalDBm != 0 {
		words = append(words, fmt.Sprintf("signal %d dBm", m.SignalDBm))
	}
	return strings.Join(append(words, count(int(m.Underruns), "underrun"), count(int(m.Faults), "fault")), ", ")
}

type linesCmd struct {
	connection
	JSON  bool   `name:"json" help:"Print JSON."`
	Watch string `arg:"" optional:"" enum:",watch" default:"" help:"The word watch: show the lines twice a second until interrupted."`
}

func (c *linesCmd) Run(e env) error {
	for {
		lines, err := c.client(e.http).Lines(e.ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			err = printJSON(e.stdout, lines)
		} else {
			if c.Watch != "" {
				fmt.Fprint(e.stdout, "\x1b[H\x1b[2J")
			}
			err = printLines(e.stdout, lines)
		}
		if err != nil || c.Watch == "" {
			return err
		}
		select {
		case <-e.ctx.Done():
			return nil
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func printLines(w io.Writer, lines []api.Line) error {
	t := table(w)
	fmt.Fprintln(t, "LINE\tNUMBER\tSTATE\tSINCE\tHOOK\tRX dBm0\tTX dBm0\tERL dB\tERLE dB\tRINGS\tSEIZED\tCALL")
	for _, l := range lines {
		state := l.State
		if l.Reason != "" {
			state += " (" + l.Reason + ")"
		} else if strings.HasPrefix(l.Use, "no ") {
			state += " (" + l.Use + ")"
		}
		levels := "-\t-\t-\t-"
		if l.Call != "" || l.Hook == "off" {
			levels = fmt.Sprintf("%.1f\t%.1f\t%.1f\t%.1f", l.RxDBm0, l.TxDBm0, l.ERLdB, l.ERLEdB)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", l.Name, known(l.Number), clean(state), l.Since.Local().Format("15:04:05"), l.Hook, levels, l.Rings, l.Seized, known(l.Call))
	}
	return t.Flush()
}

type callsCmd struct {
	connection
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *callsCmd) Run(e env) error {
	calls, err := c.client(e.http).Calls(e.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, calls)
	}
	t := table(e.stdout)
	fmt.Fprintln(t, "ID\tSTATE\tFROM\tTO\tA\tB\tSTARTED\tTALKING")
	for _, k := range calls {
		talking := "-"
		if !k.Answered.IsZero() {
			talking = time.Since(k.Answered).Round(time.Second).String()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", clean(k.ID), k.State, known(k.From), known(k.To), known(k.A), known(k.B), k.Start.Local().Format("15:04:05"), talking)
	}
	return t.Flush()
}

// known is a cell of a table: cleaned, and never empty.
func known(s string) string { return cmp.Or(clean(s), "-") }

type hangupCmd struct {
	connection
	ID string `arg:"" help:"The call's id, as tipring calls shows it."`
}

func (c *hangupCmd) Run(e env) error {
	err := c.client(e.http).ClearCall(e.ctx, c.ID)
	var r *api.Refusal
	if errors.As(err, &r) && r.Status == http.StatusNotFound {
		return fmt.Errorf("%s %q: `tipring calls` lists the calls that are up", r.Title, c.ID)
	}
	return err
}

type routeCmd struct {
	connection
	Number string `arg:"" help:"The number as dialled."`
	From   string `default:"fxs1" placeholder:"NAME" help:"The line, account or trunk that calls (${default})."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *routeCmd) Run(e env) error {
	x, err := c.client(e.http).Explain(e.ctx, c.From, c.Number)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, x)
	}
	for _, s := range x.Steps {
		fmt.Fprintln(e.stdout, clean(s))
	}
	return nil
}

type reloadCmd struct {
	connection
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *reloadCmd) Run(e env) error {
	r, err := c.client(e.http).Reload(e.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(e.stdout, r); err != nil {
			return err
		}
	}
	if n := len(r.Faults); n > 0 {
		if !c.JSON {
			for _, f := range r.Faults {
				fmt.Fprintln(e.stderr, clean(f))
			}
		}
		return usageError{fmt.Errorf("refused for %s; nothing was changed", count(n, "fault"))}
	}
	if c.JSON {
		return nil
	}
	for _, s := range r.Applied {
		fmt.Fprintln(e.stdout, "applied:", clean(s))
	}
	for _, s := range r.Cannot {
		fmt.Fprintln(e.stdout, "needs a restart:", clean(s))
	}
	if len(r.Applied)+len(r.Cannot) == 0 {
		fmt.Fprintln(e.stdout, "nothing changed")
	}
	return nil
}

type versionCmd struct{}

func (versionCmd) Run(e env) error {
	fmt.Fprintln(e.stdout, version())
	return nil
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
