package app

import (
	"errors"
	"fmt"
	"net/http"

	"tipring/gateway/api"
	"tipring/tdm"
)

// errBusyGroup is an overload.
var errBusyGroup = errors.New("the signalling group is overloaded: try again")

// selected are the B channels that an operator names: by a span, or by a group of spans, which means all of each.
func (a *App) selected(name string, timeslots []int) (spans []*spanGroup, err error) {
	for _, k := range a.spanCards {
		for _, g := range k.groups {
			if g.cfg.NFAS != "" && g.cfg.NFAS == name {
				spans = append(spans, g)
			}
		}
	}
	if len(spans) > 0 {
		if len(timeslots) > 0 {
			return nil, fmt.Errorf("%s is a group of spans: name one of them to choose timeslots", name)
		}
		return spans, nil
	}
	g, err := a.named(name)
	if err != nil {
		return nil, err
	}
	if _, err := g.channels(timeslots); err != nil {
		return nil, err
	}
	return []*spanGroup{g}, nil
}

// channels are B channels of the span by their timeslots.
func (g *spanGroup) channels(timeslots []int) (list []tdm.Channel, err error) {
	have := map[int]bool{}
	for _, n := range g.cfg.Timeslots() {
		have[n] = true
	}
	for _, n := range timeslots {
		if !have[n] {
			return nil, fmt.Errorf("timeslot %d of span %s carries no calls: it has %s", n, g.cfg.Name, g.cfg.Carried())
		}
		list = append(list, tdm.Channel{Interface: uint8(g.index), Timeslot: uint8(n)})
	}
	return list, nil
}

// Block implements api.SpanOperator.
func (b backend) Block(span string, x api.SpanBlock) error {
	spans, err := b.selected(span, x.Timeslots)
	if err != nil {
		return err
	}
	ok := true
	for _, g := range spans {
		if g.cas != nil {
			ok = g.cas.block(x.Timeslots, g.cfg.Timeslots(), x.On) && ok
			continue
		}
		list, _ := g.channels(x.Timeslots) // selected has looked
		for _, ch := range list {
			ok = g.Group.Block(ch, x.On) && ok
		}
		if len(list) == 0 {
			ok = g.BlockSpan(g.index, x.On) && ok
		}
	}
	if !ok {
		return errBusyGroup
	}
	did := "unblocked by an operator"
	if x.On {
		did = "blocked by an operator"
	}
	b.log.Info(did, "span", span, "timeslots", x.Timeslots)
	return nil
}

// Restart implements api.SpanOperator.
func (b backend) Restart(span string, x api.SpanRestart) error {
	spans, err := b.selected(span, x.Timeslots)
	if err != nil {
		return err
	}
	ok := true
	for _, g := range spans {
		if g.cas != nil {
			return &api.Refusal{Status: http.StatusConflict, Title: "no restart", Detail: span + " signals by bits, which have no word for a restart: block its channels, or hang up their calls"}
		}
		list, _ := g.channels(x.Timeslots) // selected has looked
		if n := g.busy(list); n > 0 && !x.Force {
			return inUse(g.cfg.Name, fmt.Sprintf("a restart would clear %d calls", n))
		}
	}
	for _, g := range spans {
		list, _ := g.channels(x.Timeslots)
		for _, ch := range list {
			ok = g.Group.Restart(ch) && ok
		}
		if len(list) == 0 {
			ok = g.RestartSpan(g.index) && ok
		}
	}
	if !ok {
		return errBusyGroup
	}
	b.log.Info("restarted by an operator", "span", span, "timeslots", x.Timeslots)
	return nil
}

// busy counts the calls on channels of the span; on all when none is named.
func (g *spanGroup) busy(list []tdm.Channel) (n int) {
	for _, c := range g.Status().Channels {
		named := len(list) == 0
		for _, ch := range list {
			named = named || ch == c.Channel
		}
		if int(c.Channel.Interface) == g.index && named && c.State == "busy" {
			n++
		}
	}
	return n
}
