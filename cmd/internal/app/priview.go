package app

import (
	"cmp"
	"strings"

	"tipring/gateway/api"
	"tipring/gateway/metrics"
	"tipring/tdm"
)

// channelState is a B channel's state in the words of metrics.
func channelState(s string) string {
	switch {
	case strings.HasPrefix(s, "out of service"), s == "suspect":
		return "out_of_service"
	}
	return s
}

// Spans implements api.Backend.
func (b backend) Spans() []api.Span {
	var out []api.Span
	for _, k := range b.spanCards {
		for _, g := range k.groups {
			out = append(out, g.api())
		}
	}
	return out
}

func (g *spanGroup) api() api.Span {
	line := g.card.card.SpanStatus(g.line)
	s := api.Span{
		Name: g.cfg.Name, Card: g.card.name, Framing: g.framing.String(), Switch: g.cfg.Switch, Side: cmp.Or(g.cfg.Side, "user"),
		Alarms: []string{}, Loop: line.Loop.String(), FarLoop: line.FarLoop, Testing: line.BERT.Pattern != tdm.PatternNone, Clock: line.ClockSource, NFAS: g.cfg.NFAS, Channels: map[string]int{},
		Counts: map[string]int64{
			"line_code_violations": int64(line.Counts.LineCodeViolations), "path_violations": int64(line.Counts.PathViolations),
			"framing_errors": int64(line.Counts.FramingErrors), "far_end_blocks": int64(line.Counts.FarEndBlocks),
			"severe_framing": int64(line.Counts.SevereFraming), "slips_repeated": int64(line.Counts.SlipsRepeated), "slips_deleted": int64(line.Counts.SlipsDeleted),
		},
	}
	for event, n := range g.card.packets() {
		s.Counts["packets_"+event] = n
	}
	line.Failures.Each(func(a tdm.Alarms, name string) {
		if line.Failures&a != 0 {
			s.Alarms = append(s.Alarms, name)
		}
	})
	if g.cas != nil {
		g.cas.view(&s)
		return s
	}
	st := g.Status()
	s.DChannel = st.Up
	for _, ch := range st.Channels {
		if int(ch.Channel.Interface) != g.index {
			continue
		}
		state := channelState(ch.State)
		if state == "idle" && line.Failures&tdm.RedAlarms != 0 {
			state = "out_of_service" // the signalling does not see its line fail when its D channel is on another one
		}
		s.Channels[state]++
		s.Slots = append(s.Slots, api.SpanSlot{Timeslot: int(ch.Channel.Timeslot), State: state, Blocked: ch.Blocked})
	}
	s.Calls = s.Channels["busy"]
	for _, d := range st.DChannels {
		if d.Interface != g.index {
			continue
		}
		s.Frames = api.SpanFrames{
			In: int64(d.In), Out: int64(d.Out), BadFCS: int64(d.BadFCS), Aborted: int64(d.Aborted), Dropped: int64(d.Dropped),
			Link: d.State.String(), Retransmitted: int64(d.Link.Retransmitted), Errors: int64(d.Link.Errors),
		}
	}
	return s
}

func (g *spanGroup) metric() metrics.Span {
	a := g.api()
	line := g.card.card.SpanStatus(g.line)
	m := metrics.Span{
		Name: a.Name, Card: a.Card, Framing: a.Framing, Up: g.card.up.Load() && line.Failures&tdm.RedAlarms == 0, Alarms: map[string]bool{},
		Errors: map[string]int64{
			"bpv": a.Counts["line_code_violations"], "crc": a.Counts["path_violations"], "fas": a.Counts["framing_errors"], "ebit": a.Counts["far_end_blocks"],
		},
		SlipsRepeated: a.Counts["slips_repeated"], SlipsDeleted: a.Counts["slips_deleted"], Channels: a.Channels, DUp: a.DChannel,
	}
	if m.Packets = g.card.packets(); m.Packets != nil {
		m.ClockRatio = float64(g.card.packet.PPB()) / 1e9
	}
	line.Failures.Each(func(x tdm.Alarms, name string) { m.Alarms[name] = line.Failures&x != 0 })
	m.Alarms["loopback"] = line.Loop != tdm.LoopNone
	m.Near, m.Far = g.record.metric()
	m.D = g.dChannel()
	if g.cas != nil {
		m.CAS, m.Signals = true, g.cas.signals()
	}
	return m
}
