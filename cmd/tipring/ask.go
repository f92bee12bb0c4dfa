package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"tipring/gateway/api"
)

// connection is how a command finds the running gateway.
type connection struct {
	HTTP  string `name:"http" default:"127.0.0.1:8080" env:"TIPRING_HTTP" help:"Address of the running gateway."`
	Token string `env:"TIPRING_TOKEN" help:"Token, when the gateway asks for one."`
}

func (c connection) client() *api.Client {
	base := c.HTTP
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	return &api.Client{Base: base, Token: c.Token}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func table(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 4, 2, ' ', 0) }

// clean makes text that a caller may have sent safe for a terminal: control characters become "?".
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}

type statusCmd struct {
	connection
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *statusCmd) Run(e env) error {
	st, err := c.client().Status(e.ctx)
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
	fmt.Fprintf(e.stdout, "tipring %s, %s, up %s, configuration: %s\n", st.Version, state, time.Since(st.Started).Round(time.Second), st.Config)
	fmt.Fprintf(e.stdout, "%d lines, %d calls\n", st.Lines, st.Calls)
	for _, card := range st.Cards {
		up := "up"
		if !card.Up {
			up = "down"
		}
		fmt.Fprintf(e.stdout, "card %s (%s): %s, %d slots, %s, %d ms blocks, load %.1f %%, %d late blocks, %d slipped samples\n",
			card.Name, card.Model, up, card.Slots, card.Law, card.BlockMs, 100*card.Load, card.Late, card.Slips)
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
		fmt.Fprintf(e.stdout, "call records wait in memory (%d): %s\n", st.Records.Queued, st.Records.Error)
	}
	return nil
}

type linesCmd struct {
	connection
	JSON  bool   `name:"json" help:"Print JSON."`
	Watch string `arg:"" optional:"" enum:",watch" default:"" help:"\"watch\": show the lines again and again."`
}

func (c *linesCmd) Run(e env) error {
	for {
		lines, err := c.client().Lines(e.ctx)
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
			state += " (" + clean(l.Reason) + ")"
		}
		levels := "-\t-\t-\t-"
		if l.Call != "" || l.Hook == "off" {
			levels = fmt.Sprintf("%.1f\t%.1f\t%.1f\t%.1f", l.RxDBm0, l.TxDBm0, l.ERLdB, l.ERLEdB)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", l.Name, clean(l.Number), state, l.Since.Local().Format("15:04:05"), l.Hook, levels, l.Rings, l.Seized, l.Call)
	}
	return t.Flush()
}

type callsCmd struct {
	connection
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *callsCmd) Run(e env) error {
	calls, err := c.client().Calls(e.ctx)
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
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.State, clean(k.From), clean(k.To), k.A, k.B, k.Start.Local().Format("15:04:05"), talking)
	}
	return t.Flush()
}

type hangupCmd struct {
	connection
	ID string `arg:"" help:"The call's id, as tipring calls shows it."`
}

func (c *hangupCmd) Run(e env) error { return c.client().ClearCall(e.ctx, c.ID) }

type routeCmd struct {
	connection
	Number string `arg:"" help:"The number as dialled."`
	From   string `default:"fxs1" help:"The line, account or trunk that calls."`
}

func (c *routeCmd) Run(e env) error {
	x, err := c.client().Explain(e.ctx, c.From, c.Number)
	if err != nil {
		return err
	}
	for _, s := range x.Steps {
		fmt.Fprintln(e.stdout, s)
	}
	return nil
}

type reloadCmd struct{ connection }

func (c *reloadCmd) Run(e env) error {
	r, err := c.client().Reload(e.ctx)
	if err != nil {
		return err
	}
	for _, f := range r.Faults {
		fmt.Fprintln(e.stderr, f)
	}
	if len(r.Faults) > 0 {
		return usageError{fmt.Errorf("the file has %d faults; nothing was changed", len(r.Faults))}
	}
	for _, s := range r.Applied {
		fmt.Fprintln(e.stdout, "applied:", s)
	}
	for _, s := range r.Cannot {
		fmt.Fprintln(e.stdout, "needs a restart:", s)
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
