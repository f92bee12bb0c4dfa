package emu

import (
	"testing"
	"testing/synctest"
	"time"

	"tipring/dsp/callerid"
	"tipring/dsp/tone"
	"tipring/tdm"
)

var someTime = time.Date(2026, 7, 9, 21, 5, 0, 0, time.UTC)

// named reports whether a standard can carry a name.
func named(s callerid.Standard) bool { return s.Physical != callerid.DTMF && s.Format == callerid.MDMF }

// Each standard that an exchange sends can be read at the port, with the events on the line around it where it wants them.
func TestExchangeSendsCallerID(t *testing.T) {
	for _, name := range callerid.Names() {
		s, _ := callerid.Lookup(name)
		if s.Physical == callerid.None || s.Alert == callerid.LoopClosure {
			continue // TestExchangeSendsToLoop
		}
		for _, c := range []struct {
			present      tdm.Presentation
			number, name string
			reason       byte
		}{
			{tdm.Allowed, "5550199", "BOB", 0},
			{tdm.Restricted, "", "", callerid.Private},
			{tdm.Unavailable, "", "", callerid.Unavailable},
		} {
			if c.reason != 0 && (s.DTMFForm == callerid.FormDC || s.DTMFForm == callerid.FormHash) {
				continue // these forms have no word for it
			}
			story(t, 80, Line{}, func(b *bench, x *Exchange) {
				b.then(func() error {
					return x.Ring("5550199", "BOB", InStandard(name), CalledAt(someTime), Present(c.present))
				})
				b.heard[0] = nil
				edges := b.edges(0, 7000)
				var m *callerid.Message
				from, r := 0, callerid.NewReceiver(s)
				for i := 0; i+80 <= len(b.heard[0]) && m == nil; i += 80 {
					if m = r.Process(b.heard[0][i:][:80]); m != nil {
						from = i / tdm.Quantum
					}
				}
				if m == nil || !m.ChecksumOK {
					t.Fatalf("%s: no message: %+v", name, m)
				}
				if m.Number != c.number || m.NumberReason != c.reason {
					t.Errorf("%s: number %q, reason %q", name, m.Number, m.NumberReason)
				}
				if named(s) && (m.Name != c.name || m.Time != "07092105") {
					t.Errorf("%s: name %q, time %q", name, m.Name, m.Time)
				}
				if id := x.Status().CallerID; id.Standard != name || c.reason == 0 && id.Number != "5550199" || c.reason == callerid.Private && id.Number != "private" {
					t.Errorf("%s: status shows %+v", name, id)
				}
				checkAlert(t, s, edges, b.heard[0], from)
			})
		}
	}
}

// NTT's form: reversal, short rings, the data when the port has looped, the cadence when it has opened, the polarity back at answer.
func TestExchangeSendsToLoop(t *testing.T) {
	story(t, 80, Line{Zone: "jp"}, func(b *bench, x *Exchange) {
		b.then(func() error { return x.Ring("0312345678", "", CalledAt(someTime)) })
		const back = tdm.SigBattery | tdm.SigReversed
		wantEdges(t, b.edges(0, 800), edge{0, back}, edge{140, back | tdm.SigRing}, edge{640, back})
		b.off(0, true)
		b.heard[0] = nil
		b.run(1000)
		b.wantState(x, officeLooped)
		m := callerid.NewReceiver().Process(b.heard[0])
		if m == nil || !m.ChecksumOK || m.Number != "0312345678" || m.Standard != "jclip" {
			t.Errorf("message %+v", m)
		}
		b.off(0, false)
		b.run(1500)
		b.wantState(x, officeRinging)
		b.off(0, true)
		b.run(400)
		b.wantState(x, officeTalking)
		wantEdges(t, b.edges(0, 100), edge{0, tdm.SigBattery | tdm.SigLoopCurrent})
	})
}

// Nobody loops: after 6 s the line rings as any. A loop that stays closed is the answer.
func TestExchangeIsNotLooped(t *testing.T) {
	story(t, 80, Line{Zone: "jp"}, func(b *bench, x *Exchange) {
		b.then(func() error { return x.Ring("0312345678", "") })
		b.run(6200)
		const back = tdm.SigBattery | tdm.SigReversed
		wantEdges(t, b.edges(0, 2000), edge{0, back | tdm.SigRing}, edge{940, back})
	})
	story(t, 80, Line{Zone: "jp"}, func(b *bench, x *Exchange) {
		b.then(func() error { return x.Ring("0312345678", "") })
		b.run(800)
		b.off(0, true)
		b.run(1000)
		b.wantState(x, officeLooped)
		b.run(2000)
		b.wantState(x, officeTalking)
	})
	story(t, 80, Line{Zone: "jp"}, func(b *bench, x *Exchange) {
		b.then(func() error { return x.Ring("0312345678", "") })
		b.run(800)
		b.off(0, true)
		b.run(400)
		b.then(func() error { return x.Hangup(SignalCPC) })
		b.wantState(x, officeTone)
		b.off(0, false)
		b.run(1500)
		b.wantState(x, officeIdle)
	})
}

// A second call to a line in talk that does not acknowledge: the conversation goes on. In a country whose caller ID has no form for it
// the order is refused.
func TestExchangeTellsOfASecondCall(t *testing.T) {
	talk := func(b *bench, x *Exchange) {
		b.then(func() error { return x.Ring("5550199", "BOB") })
		b.run(500)
		b.off(0, true)
		b.run(500)
		b.wantState(x, officeTalking)
	}
	story(t, 80, Line{}, func(b *bench, x *Exchange) {
		talk(b, x)
		b.then(func() error { return x.Ring("5550200", "") })
		b.wantState(x, officeSecond)
		b.run(1000)
		b.wantState(x, officeTalking)
		if id := x.Status().CallerID; id.Number != "5550199" {
			t.Errorf("shows %+v", id)
		}
		b.then(func() error { return x.Ring("5550200", "") })
		b.then(func() error { return x.Hangup(SignalTone) })
		b.wantState(x, officeCleared)
	})
	story(t, 80, Line{Zone: "se"}, func(b *bench, x *Exchange) {
		talk(b, x)
		b.then(func() error {
			if err := x.Ring("5550200", ""); err == nil {
				t.Error("a second call in Sweden's form: no error")
			}
			return nil
		})
	})
}

// checkAlert checks the order of events on the line: edges of the bits, and where in pcm the burst lies.
func checkAlert(t *testing.T, s callerid.Standard, edges []edge, pcm []int16, decodedMs int) {
	t.Helper()
	begin, end := -1, 0
	for i, v := range pcm[:(decodedMs+40)*tdm.Quantum] {
		if v != 0 {
			end = i / tdm.Quantum
			if begin < 0 {
				begin = end
			}
		}
	}
	var rings [][2]int // begin and end in ms
	reversed := -1
	for _, e := range edges {
		switch on := e.sig&tdm.SigRing != 0; {
		case on && (len(rings) == 0 || rings[len(rings)-1][1] > 0):
			rings = append(rings, [2]int{e.ms, 0})
		case !on && len(rings) > 0 && rings[len(rings)-1][1] == 0:
			rings[len(rings)-1][1] = e.ms
		}
		if e.sig&tdm.SigReversed != 0 && reversed < 0 {
			reversed = e.ms
		}
	}
	// The block in which the order took effect has passed before edges are noted: its 10 ms count.
	switch s.Alert {
	case callerid.AfterRing:
		if rings[0][0] != 0 || begin < rings[0][1]+s.AfterAlertMs || begin > rings[0][1]+1500 || end > rings[1][0]-s.BeforeRingMs {
			t.Errorf("%s: rings %v, burst from %d to %d ms", s.Name, rings, begin, end)
		}
	case callerid.RingPulse:
		if rings[0][1] != s.RingPulseMs-10 || begin < rings[0][1]+s.AfterAlertMs || end > rings[1][0]-s.BeforeRingMs {
			t.Errorf("%s: rings %v, burst from %d to %d ms", s.Name, rings, begin, end)
		}
	case callerid.LineReversal, callerid.LineReversalDTAS:
		if reversed != 0 || begin < s.AfterAlertMs-10 || end > rings[0][0]-s.BeforeRingMs || edges[len(edges)-1].sig&tdm.SigReversed != 0 {
			t.Errorf("%s: edges %v, burst from %d to %d ms", s.Name, edges, begin, end)
		}
	default:
		if reversed >= 0 || begin > 10 || end > rings[0][0]-s.BeforeRingMs {
			t.Errorf("%s: edges %v, burst from %d to %d ms", s.Name, edges, begin, end)
		}
	}
}

// A telephone shows what the card sends it, and names the standard by the events on the line. The card is driven by the steps
// that an exchange would make.
func TestPhoneShowsCallerID(t *testing.T) {
	for _, c := range []struct {
		standard, zone string
		shows          string // the standard as the telephone sees it
	}{
		{"bell202", "us", "bell202"},
		{"bell202-sdmf", "us", "bell202-sdmf"},
		{"etsi-ring", "fr", "etsi-ring"},
		{"etsi-dtas", "us", "etsi-dtas"},
		{"etsi-rpas", "de", "etsi-rpas"},
		{"etsi-lr", "de", "etsi-lr"},
		{"sin227", "uk", "sin227"},
		{"dtmf", "se", "dtmf"},
		{"dtmf-lr", "se", "dtmf-lr"},
		{"dtmf-dk", "dk", "dtmf-dk"},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, 8, Line{Kind: tdm.FXS, Name: "fxs1", Zone: c.zone, Loop: Loop{LossDB: 3, NoiseDBm0: -60}})
			p := b.c.Phone("fxs1")
			plan, _ := tone.Zone(c.zone)
			std, _ := callerid.Lookup(c.standard)
			want := CallerID{Number: "5550199", Standard: c.shows}
			if std.Physical != callerid.DTMF {
				want.Time = "07092105"
			}
			if named(std) {
				want.Name = "BOB"
			}
			for round := range 3 {
				call := &incoming{number: "5550199", name: "BOB", at: someTime, standard: c.standard, badChecksum: round == 2}
				if round == 2 {
					want = CallerID{} // neither the damaged message nor the old one
					if std.Physical == callerid.DTMF {
						break
					}
				}
				if err := call.prepare(plan); err != nil {
					t.Fatal(err)
				}
				b.ring(call)
				if s := p.Status(); s.CallerID != want || !s.Ringing {
					t.Errorf("%s, round %d: shows %+v (ringing %v), want %+v", c.standard, round, s.CallerID, s.Ringing, want)
				}
				b.c.Control(0, tdm.Command{Op: tdm.OpRingStop})
				b.run(10000)
			}
		})
	}
}

// ring has the card do on slot 0 what an exchange would do to the next ring after the burst.
func (b *bench) ring(call *incoming) {
	b.t.Helper()
	burst := false
	for _, s := range call.steps {
		feed := tdm.FeedForward
		if s.reverse {
			feed = tdm.FeedReverse
		}
		b.c.Control(0, tdm.Command{Op: tdm.OpLinefeed, Linefeed: feed})
		switch {
		case s.ring:
			b.c.Control(0, tdm.Command{Op: tdm.OpRing, Cadence: tdm.Cadence{N: 2, Ms: [16]uint16{uint16(s.ms), 60000}}})
			if burst {
				b.run(100)
				return
			}
		case s.burst:
			b.said[0], burst = call.burst, true
		}
		b.run(s.ms)
	}
	b.t.Fatal("no ring after the burst")
}

// What cannot be sent is refused before the line rings.
func TestBadCallerID(t *testing.T) {
	plan, _ := tone.Zone("us")
	for _, c := range []*incoming{
		{number: "555-0199"},
		{number: "555\r\nVia: x"},
		{number: "123456789012345678901"},
		{number: "1", name: string(make([]byte, 51))},
		{number: "1", standard: "telepathy"},
		{number: "1", standard: "dtmf", badChecksum: true},
	} {
		if err := c.prepare(plan); err == nil {
			t.Errorf("number %q, name %q, standard %q: no error", c.number, c.name, c.standard)
		}
	}
}

// A message with control characters reaches the port as it is: whoever decodes it has to be on guard.
func TestRawMessage(t *testing.T) {
	story(t, 80, Line{}, func(b *bench, x *Exchange) {
		raw := []byte{callerid.TypeMDMF, 8, callerid.ParamCallingName, 6, 'A', 0x1b, '[', '2', 'J', 'B', 0}
		for _, o := range raw[:len(raw)-1] {
			raw[len(raw)-1] -= o
		}
		b.then(func() error { return x.Ring("5550199", "BOB", RawMessage(raw)) })
		b.heard[0] = nil
		b.run(4500)
		m := callerid.NewReceiver().Process(b.heard[0])
		if m == nil || !m.ChecksumOK || string(m.Raw) != string(raw) || !m.Dirty || m.Name != "" {
			t.Errorf("message %+v, want %x", m, raw)
		}
	})
}
