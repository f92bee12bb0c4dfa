package app

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"tipring/gateway/call"
	"tipring/gateway/metrics"
	"tipring/gateway/route"
	"tipring/hw/linecard"
	"tipring/tdm"
	"tipring/tdm/span"
)

// source reads what metrics show from its owners.
type source struct{ *App }

// Kind implements metrics.Source.
func (s source) Kind(party string) route.Kind { return s.kind(party) }

// Lines implements metrics.Source.
func (s source) Lines() []metrics.Line {
	var out []metrics.Line
	for _, c := range s.cards {
		stats := c.pump.Stats(nil)
		for _, l := range c.group.Lines() {
			st, q := l.Status(), stats[l.Slot()]
			m := metrics.Line{
				Name: st.Name, Kind: st.Kind, Card: st.Card, Port: strconv.Itoa(st.Slot), State: st.State,
				Reversed: st.Reversed, RxDBm0: finite(q.RxDBm0), TxDBm0: finite(q.TxDBm0),
				ERL: float64(q.Echo.ERL), ERLE: float64(q.Echo.ERLE), EchoSeconds: float64(q.Echo.DelayMs) / 1000,
				EchoResets: q.Echo.Resets,
				Rings:      st.Rings, Seizures: st.Seizures, Glare: st.Glare, Flashes: st.Flashes, Digits: int64(q.Digits),
				CallerID: map[string]int64{"ok": st.CallerIDOK, "bad": st.CallerIDBad, "none": st.CallerIDNone, "sent": st.CallerIDSent},
			}
			if meter, ok := c.card.(tdm.Meter); ok {
				x := meter.Measure(l.Slot())
				m.Measured, m.Amperes, m.Volts = true, x.LoopAmperes, x.LineVolts
			}
			out = append(out, m)
		}
	}
	for _, l := range s.modems {
		out = append(out, l.metricLine())
	}
	return out
}

// Modems implements metrics.Source.
func (s source) Modems() []metrics.Modem {
	var out []metrics.Modem
	for _, l := range s.modems {
		out = append(out, l.metric())
	}
	return out
}

// Cards implements metrics.Source.
func (s source) Cards() []metrics.Card {
	var out []metrics.Card
	for _, c := range s.cards {
		ps := c.pump.PumpStats()
		k := metrics.Card{
			Name: c.name, Model: c.pump.Info().Model, Up: c.up.Load(), Blocks: ps.Blocks, Late: ps.Late, Slips: ps.Slipped,
			LostEvents: ps.EventsLost, BusySeconds: ps.Busy.Seconds(), MaxBusy: ps.MaxBusy.Seconds(), Slots: map[string]int{},
			BusyBlocks: map[float64]uint64{},
		}
		if c.link != nil {
			k.Link = linkMetric(c.link.Stats())
		}
		for i, n := range ps.BusyBlocks {
			k.Timed += uint64(n)
			if bounds := span.BusyBounds(); i < len(bounds) {
				k.BusyBlocks[bounds[i].Seconds()] = k.Timed
			}
		}
		for _, q := range c.pump.Stats(nil) {
			switch {
			case q.VoiceBand:
				k.Slots["voice_band_data"]++
			case q.Leg:
				k.Slots["leg"]++
			case q.Connected:
				k.Slots["connect"]++
			case q.Active:
				k.Slots["detect"]++
			default:
				k.Slots["idle"]++
			}
		}
		out = append(out, k)
	}
	return out
}

// linkMetric shows the link to a card to metrics.
func linkMetric(s linecard.Stats) *metrics.Link {
	return &metrics.Link{
		Firmware: s.Version, Sessions: s.Sessions, Repeats: int64(s.Link.Repeats), Missing: s.Missing, Recovered: s.Recovered, Late: s.Lates,
		HostDrops:        map[string]int64{"crc": int64(s.Link.CRC), "frame": int64(s.Link.Frame), "stale": int64(s.Link.Stale)},
		CardDrops:        map[string]int64{"crc": int64(s.Card.CRC), "frame": int64(s.Card.Frame), "stale": int64(s.Card.Stale)},
		UnderrunSeconds:  float64(s.Card.UnderrunMs) / 1000,
		RoundTripSeconds: s.Clock.RoundTrip.Seconds(), ClockPPM: s.Clock.PPM, ClockSeconds: s.Clock.Span.Seconds(),
	}
}

// Calls implements metrics.Source.
func (s source) Calls() []call.Status { return s.calls.Calls() }

// Trunks implements metrics.Source.
func (s source) Trunks() []metrics.Trunk {
	capacity := map[string]int{}
	for _, t := range s.cfg.Load().Trunks {
		capacity[t.Name] = t.MaxCalls
	}
	var out []metrics.Trunk
	for _, t := range s.sip.Status().Trunks {
		out = append(out, metrics.Trunk{Name: t.Name, Registers: t.Registers, Registered: t.Registered, Up: t.Up, RTTSeconds: t.RTT.Seconds(), Capacity: capacity[t.Name],
			AllBusy: s.calls.AllBusy(t.Name).Seconds()})
	}
	for _, k := range s.spanCards {
		for _, g := range k.groups {
			out = append(out, metrics.Trunk{Name: g.cfg.Name, Span: true, Up: g.inService(), Capacity: len(g.cfg.Timeslots())})
		}
	}
	return out
}

// Spans implements metrics.Source.
func (s source) Spans() []metrics.Span {
	var out []metrics.Span
	for _, k := range s.spanCards {
		for _, g := range k.groups {
			out = append(out, g.metric())
		}
	}
	return out
}

// SIP implements metrics.Source.
func (s source) SIP() metrics.SIP {
	st := s.sip.Status()
	out := metrics.SIP{Denied: int64(st.Denied),
		Lockouts: int64(st.Lockouts), LockedOut: st.LockedOut, Dialogs: st.Dialogs}
	for _, m := range st.Messages {
		if m.Code != "request" && m.Code != "1xx" {
			out.Transactions = append(out.Transactions, metrics.SIPTransactions{Trunk: m.Trunk, Method: m.Method, Direction: m.Direction, CodeClass: m.Code, N: int64(m.Count)})
		}
	}
	for _, f := range st.Faults {
		out.Faults = append(out.Faults, metrics.SIPFaults{Trunk: f.Trunk, ParseErrors: int64(f.ParseErrors), AuthFailures: int64(f.AuthFailures)})
	}
	for _, r := range st.Retransmits {
		out.Retransmits = append(out.Retransmits, metrics.SIPRetransmits{Trunk: r.Trunk, Method: r.Method, Direction: r.Direction, N: int64(r.Count)})
	}
	return out
}

// RTP implements metrics.Source.
func (s source) RTP() []metrics.RTP {
	var out []metrics.RTP
	for _, t := range s.engine.Totals() {
		out = append(out, metrics.RTP{
			Party: t.Party, Sent: int64(t.Sent), Received: int64(t.Received), Lost: int64(t.Lost), Discarded: int64(t.Discarded),
			Stranger: int64(t.Stranger), PeerLost: int64(t.PeerLost), ConcealedSamples: int64(t.ConcealedSamples),
		})
	}
	return out
}

// Records implements metrics.Source.
func (s source) Records() metrics.Records {
	st := s.store.Status()
	r := metrics.Records{Written: int64(st.Written), Queued: int64(st.Queued), Dropped: int64(st.Dropped), Failing: !st.FailingSince.IsZero()}
	if r.Failing {
		r.OldestSeconds = time.Since(st.FailingSince).Seconds()
	}
	return r
}

// Reload implements metrics.Source.
func (s source) Reload() (ok bool, hash string) {
	h := fnv.New64a()
	fmt.Fprint(h, s.cfg.Load().TOML())
	return s.reloadOK.Load(), strconv.FormatUint(h.Sum64(), 16)
}
