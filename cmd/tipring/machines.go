package main

import (
	"fmt"
	"strings"
	"time"
)

// machinesCmd lists the live state machines.
type machinesCmd struct {
	connection
	Of   string `arg:"" optional:"" help:"A line or a span, to show its own only."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// none says why a name has no machines.
func (c *machinesCmd) none(e env) error {
	lines, err := c.client(e.http).Lines(e.ctx)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.Name == c.Of {
			return fmt.Errorf("%s (%s) has no state machine of the signalling: its modem does that; `tipring lines` shows its state", l.Name, l.Kind)
		}
	}
	return fmt.Errorf("there is no line or span %q with state machines: `tipring machines` lists all", c.Of)
}

func (c *machinesCmd) Run(e env) error {
	list, err := c.client(e.http).Machines(e.ctx)
	if err != nil {
		return err
	}
	if c.Of != "" {
		own := list[:0]
		for _, m := range list {
			if m.Name == c.Of || m.Parent == c.Of || strings.HasPrefix(m.Parent, c.Of+" ") {
				own = append(own, m)
			}
		}
		if list = own; len(list) == 0 {
			return c.none(e)
		}
	}
	if c.JSON {
		return printJSON(e.stdout, list)
	}
	t := table(e.stdout)
	fmt.Fprintln(t, "MACHINE\tNAME\tSTATE\tFOR\tTIMERS")
	for _, m := range list {
		var timers []string
		for _, x := range m.Timers {
			timers = append(timers, fmt.Sprintf("%s in %v", x.Name, time.Until(x.At).Round(100*time.Millisecond)))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", m.Machine, clean(m.Name), m.State, time.Since(m.Since).Round(time.Second), known(strings.Join(timers, ", ")))
	}
	return t.Flush()
}
