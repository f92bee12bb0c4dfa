package app

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"tipring/gateway/api"
	"tipring/gateway/call"
	"tipring/gateway/route"
	"tipring/gateway/sip"
	"tipring/tdm"
	"tipring/tdm/span"
)

// backend shows the App to the API.
type backend struct{ *App }

func (b backend) isReady() bool {
	select {
	case <-b.ready:
		return true
	default:
		return false
	}
}

// Status implements api.Backend.
func (b backend) Status() api.Status {
	cfg := b.cfg.Load()
	st := api.Status{
		Version: b.opt.Version, Started: b.started, Ready: b.isReady(), Draining: b.calls.Draining(), Config: "built-in default",
		Calls: len(b.calls.Calls()), Spans: b.Spans(),
	}
	if cfg.File != "" {
		st.Config = cfg.File
	}
	for _, c := range b.cards {
		st.Lines += len(c.group.Lines())
		info, ps := c.pump.Info(), c.pump.PumpStats()
		st.Cards = append(st.Cards, api.Card{
			Name: c.name, Model: info.Model, Slots: len(info.Slots), Law: info.Law.String(), BlockMs: c.pump.Block() / tdm.Quantum, Up: c.up.Load(),
			Blocks: ps.Blocks, Late: ps.Late, Slips: ps.Slipped, Overflow: ps.EventsLost, Load: load(ps, c.pump.Block()),
		})
	}
	for _, k := range b.spanCards {
		info, ps := k.pump.Info(), k.pump.PumpStats()
		st.Cards = append(st.Cards, api.Card{
			Name: k.name, Model: info.Model, Slots: len(info.Slots), Law: info.Law.String(), BlockMs: k.pump.Block() / tdm.Quantum, Up: k.up.Load(),
			Blocks: ps.Blocks, Late: ps.Late, Slips: ps.Slipped, Overflow: ps.EventsLost, Load: load(ps, k.pump.Block()),
		})
	}
	for _, l := range b.modems {
		st.Lines++
		st.Modems = append(st.Modems, l.api())
	}
	st.SIP.Listen = b.listening()
	ss := b.sip.Status()
	for _, acc := range ss.Accounts {
		contacts := []string{}
		for _, ct := range acc.Contacts {
			contacts = append(contacts, ct.URI)
		}
		st.SIP.Accounts = append(st.SIP.Accounts, api.Account{Name: acc.Name, Contacts: contacts})
	}
	for _, t := range ss.Trunks {
		st.SIP.Trunks = append(st.SIP.Trunks, b.trunk(t))
	}
	rs := b.store.Status()
	st.Records = api.Records{Written: int64(rs.Written), Queued: int64(rs.Queued)}
	if !rs.FailingSince.IsZero() {
		st.Records.Error = rs.LastError
	}
	return st
}

// load is the share of the card's time that its pump has spent working.
func load(ps span.PumpStats, block int) float64 {
	if ps.Blocks == 0 {
		return 0
	}
	return float64(ps.Busy) / float64(tdm.Duration(ps.Blocks*int64(block)))
}

func (b backend) listening() []string {
	var out []string
	for _, addr := range b.sip.Addrs() {
		out = append(out, addr.Network()+" "+addr.String())
	}
	return out
}

func (b backend) trunk(t sip.TrunkStatus) api.Trunk {
	out := api.Trunk{Name: t.Name, Registers: t.Registers, Registered: t.Registered, Reachable: "unknown", Reason: t.LastError, RTTSeconds: t.RTT.Seconds()}
	for _, c := range b.cfg.Load().Trunks {
		if c.Name == t.Name {
			out.Address = fmt.Sprintf("%s:%d", c.Host, c.Port)
		}
	}
	switch {
	case !t.Up:
		out.Reachable = "no"
	case t.RTT > 0:
		out.Reachable = "yes"
	}
	return out
}

// Lines implements api.Backend.
func (b backend) Lines() []api.Line {
	using := map[string]string{}
	for _, c := range b.calls.Calls() {
		using[c.A], using[c.B] = c.ID, c.ID
	}
	var out []api.Line
	for _, c := range b.cards {
		stats := c.pump.Stats(nil)
		now := c.pump.Now()
		for _, l := range c.group.Lines() {
			s, q := l.Status(), stats[l.Slot()]
			line := api.Line{
				Name: s.Name, Kind: s.Kind, Card: s.Card, Slot: s.Slot, Number: s.Number, State: s.State,
				Since:  time.Now().Add(-tdm.Duration(max(now-s.Since, 0))),
				Reason: s.Reason, Hook: s.Hook, Ringing: s.Ringing, Zone: s.Zone,
				RxDBm0: finite(q.RxDBm0), TxDBm0: finite(q.TxDBm0), ERLdB: float64(q.Echo.ERL), ERLEdB: float64(q.Echo.ERLE), EchoMs: float64(q.Echo.DelayMs),
				Rings: s.Rings, Seized: s.Seizures, Glare: s.Glare, Flashes: s.Flashes, Digits: s.Digits,
			}
			if s.InCall {
				line.Call = using[s.Name]
			}
			out = append(out, line)
		}
	}
	for _, l := range b.modems {
		out = append(out, l.line(using[l.cfg.Name]))
	}
	return out
}

// silence stands for the level of digital silence, which has no logarithm, where a number is needed.
const silence = -90

func finite(level float32) float64 { return max(float64(level), silence) }

// Calls implements api.Backend.
func (b backend) Calls() []call.Status { return b.calls.Calls() }

// ClearCall implements api.Backend.
func (b backend) ClearCall(id string) bool { return b.calls.Clear(id, tdm.CauseNormalClearing) }

// Explain implements api.Backend.
func (b backend) Explain(from, number string) (api.RouteExplanation, error) {
	if number == "" {
		return api.RouteExplanation{}, errors.New("number is missing")
	}
	if b.kind(from) == route.Service {
		return api.RouteExplanation{}, fmt.Errorf("from: there is no line, account or trunk %q", from)
	}
	e := b.calls.Policy().Routes.Explain(route.Request{From: from, Called: number})
	return api.RouteExplanation{Number: number, From: from, Steps: strings.Split(strings.TrimSpace(e.String()), "\n")}, nil
}
