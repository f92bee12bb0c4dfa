package main

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
)

// spanCmd shows spans and works on them.
type spanCmd struct {
	List spanList `cmd:"" default:"withargs" help:"List the spans with their alarms, D channels and B channels."`
	Show spanShow `cmd:"" help:"Print one span with its timeslots and counters as JSON."`

	PM      spanPM      `cmd:"" name:"pm" help:"Performance counters: the quarter hour at hand, the last 96, seven days, both ends."`
	Bert    spanBERT    `cmd:"" help:"Bit error rate test on the span or some of its timeslots."`
	Loop    spanLoop    `cmd:"" help:"Make or end a loopback."`
	Block   spanBlock   `cmd:"" help:"Keep new calls from a span, a group of spans, or one channel."`
	Unblock spanUnblock `cmd:"" help:"Let calls on them again."`
	Restart spanRestart `cmd:"" help:"Restart the channels of a span, a group of spans, or one channel (Q.931 RESTART)."`

	Trace spanTrace `cmd:"" help:"Follow the D channel, decoded or into a capture file."`
}

type spanList struct {
	connection
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *spanList) Run(e env) error {
	spans, err := c.client(e.http).Spans(e.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, spans)
	}
	t := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "SPAN\tFRAMING\tSWITCH\tALARMS\tD CHANNEL\tBUSY\tIDLE\tOUT\tSLIPS")
	for _, s := range spans {
		d := "down"
		switch {
		case s.DChannel:
			d = "up"
		case s.Side == "":
			d = "none" // it signals by bits
		}
		alarms := s.Alarms
		if s.Loop != "none" && s.FarLoop {
			alarms = append(alarms, s.Loop+" loop asked for by the far end")
		} else if s.Loop != "none" {
			alarms = append(alarms, s.Loop+" loop")
		}
		if s.Testing {
			alarms = append(alarms, "test")
		}
		out := s.Channels["out_of_service"] + s.Channels["blocked"] + s.Channels["restarting"]
		fmt.Fprintf(t, "%s\t%s\t%s %s\t%s\t%s\t%d\t%d\t%d\t%d\n", s.Name, s.Framing, s.Switch, s.Side, cmp.Or(strings.Join(alarms, ", "), "none"), d,
			s.Channels["busy"], s.Channels["idle"], out, s.Counts["slips_repeated"]+s.Counts["slips_deleted"])
	}
	return t.Flush()
}

type spanShow struct {
	connection
	Name string `arg:"" help:"The span."`
}

func (c *spanShow) Run(e env) error {
	spans, err := c.client(e.http).Spans(e.ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, s := range spans {
		if s.Name == c.Name {
			return printJSON(e.stdout, s)
		}
		names = append(names, s.Name)
	}
	return fmt.Errorf("no such span: %q; there are %s", c.Name, cmp.Or(strings.Join(names, ", "), "none"))
}
