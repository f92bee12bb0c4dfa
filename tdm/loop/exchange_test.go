package loop_test

import (
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/dsp/tone"
	"tipring/hw/emu"
	"tipring/tdm"
	"tipring/tdm/loop"
)

func trunk(script emu.Script) emu.Line {
	return emu.Line{Kind: tdm.FXO, Name: "fxo1", Number: "5550101", Script: script, Loop: emu.Loop{NoiseDBm0: -55, LossDB: 3}}
}

func TestExchangeRingsAndFarEndHangsUp(t *testing.T) {
	for _, c := range []struct {
		signal emu.Signal
		want   string
		least  time.Duration // from the far end's hang-up to the Release
		most   time.Duration
	}{
		{emu.SignalCPC, "RELEASE 16 cpc", 250 * time.Millisecond, 300 * time.Millisecond},
		{emu.SignalPolarity, "RELEASE 16 polarity", 60 * time.Millisecond, 120 * time.Millisecond},
		{emu.SignalTone, "RELEASE 16 tone", time.Second, 4 * time.Second},
		{emu.SignalNone, "RELEASE 16 silence", 9 * time.Second, 11 * time.Second},
	} {
		t.Run(c.signal.String(), func(t *testing.T) {
			inBubble(t, []emu.Line{trunk(emu.Script{})}, func(l *loop.LineConfig) { l.FXO.Disconnect.SilenceMs = 10_000 }, func(r *rig) {
				x := r.card.Office("fxo1")
				r.ok(x.Ring("", "", emu.WithoutCallerID()))
				rang := r.pump.Now()
				p := r.incoming()
				if p.setup.Called != "5550101" || p.setup.Calling.Presentation != tdm.Unavailable {
					t.Errorf("setup %+v", p.setup)
				}
				// Ring 2 begins 6 s after ring 1.
				if ms := (p.setup.At - rang) / tdm.Quantum; ms < 5900 || ms > 6100 {
					t.Errorf("offered %d ms after ringing began", ms)
				}
				p.send(tdm.Proceeding)
				p.send(tdm.Alerting)
				p.send(tdm.Connect)
				r.state("fxo1", "talking")
				r.far(x.Await, "off hook", emu.OffHook)
				if err := x.Play(r.ctx, dsptest.Speech(1, -18, 3*tdm.Rate)); err != nil {
					t.Fatal(err)
				}
				p.silent(0)
				hung := r.pump.Now()
				r.ok(x.Hangup(c.signal))
				rel := p.want(c.want)
				if d := tdm.Duration(rel.At - hung); d < c.least || d > c.most {
					t.Errorf("noticed after %v, want %v to %v", d, c.least, c.most)
				}
				if st := r.group.Line("fxo1").Status(); st.Machine != "guard" || st.Hook != "on" {
					t.Errorf("after the hang-up: %+v", st)
				}
				r.call("fxo1", tdm.Primitive{Called: "1"}).want("RELEASE 17")
				st := r.state("fxo1", "idle")
				if st.Rings < 2 || st.CallerIDNone != 1 || st.Unexpected != 0 {
					t.Errorf("counters %+v", st.Counters)
				}
			})
		})
	}
}

func TestAbandonedCall(t *testing.T) {
	inBubble(t, []emu.Line{trunk(emu.Script{})}, nil, func(r *rig) {
		x := r.card.Office("fxo1")
		r.ok(x.Ring("", "", emu.WithoutCallerID(), emu.AbandonAfter(9*time.Second)))
		p := r.incoming()
		p.want("RELEASE 16 ringstop")
		if st := r.state("fxo1", "idle"); st.Abandoned != 1 || st.Rings != 2 {
			t.Errorf("counters %+v", st.Counters)
		}
		p.send(tdm.Connect) // too late
		time.Sleep(time.Second)
		if s := x.Status(); s.Hook != "on" {
			t.Errorf("a stale answer took the line off hook: %+v", s)
		}
	})
}

func TestGatewayCallsOut(t *testing.T) {
	for _, c := range []struct {
		name   string
		script emu.Script
		config loop.FXOConfig
		digits string
		answer string
	}{
		{"DTMF, reversal", emu.Script{Reversal: true, AnswerMs: 3000}, loop.FXOConfig{}, "5550199", "CONNECT polarity"},
		{"pulses, reversal", emu.Script{Reversal: true, AnswerMs: 3000}, loop.FXOConfig{DialMode: loop.DialPulse}, "01990", "CONNECT polarity"},
		{"time", emu.Script{AnswerMs: 3000}, loop.FXOConfig{AnswerOn: loop.AnswerOn{AfterMs: 8000}}, "5550199", "CONNECT time"},
		{"blind", emu.Script{NoDialTone: true, Reversal: true, AnswerMs: 3000}, loop.FXOConfig{DialToneMs: -1}, "5550199", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, []emu.Line{trunk(c.script)}, func(l *loop.LineConfig) { l.FXO = c.config }, func(r *rig) {
				x := r.card.Office("fxo1")
				p := r.call("fxo1", tdm.Primitive{Called: c.digits})
				p.want("PROCEEDING")
				p.want("PROGRESS inband")
				if c.answer == "" { // the exchange never listened
					p.disconnect(16)
					p.want("RELEASE 16")
					r.state("fxo1", "idle")
					return
				}
				if s := x.Status(); s.Digits != c.digits {
					t.Errorf("the exchange took %q, want %q", s.Digits, c.digits)
				}
				p.want(c.answer)
				st := r.state("fxo1", "talking")
				if st.Seizures != 1 || st.Unexpected != 0 {
					t.Errorf("counters %+v", st.Counters)
				}
				p.disconnect(16)
				p.want("RELEASE 16")
				r.far(x.Await, "on hook", emu.OnHook)
				r.state("fxo1", "idle")
			})
		})
	}
}

func TestAnswerByVoice(t *testing.T) {
	inBubble(t, []emu.Line{trunk(emu.Script{AnswerMs: 9000})}, nil, func(r *rig) {
		x := r.card.Office("fxo1")
		p := r.call("fxo1", tdm.Primitive{Called: "5550199"})
		p.want("PROCEEDING")
		p.want("PROGRESS inband")
		p.silent(10 * time.Second) // ringback is no answer
		p.silent(2 * time.Second)  // nor is its end
		go x.Play(r.ctx, dsptest.Speech(1, -18, 4*tdm.Rate))
		p.want("CONNECT voice")
		r.ok(x.Hangup(emu.SignalCPC))
		p.want("RELEASE 16 cpc")
	})
}

func TestGatewayCallsOutInVain(t *testing.T) {
	for _, c := range []struct {
		name   string
		script emu.Script
		want   string
	}{
		{"busy", emu.Script{Outcome: emu.Busy}, "RELEASE 17 tone"},
		{"congestion", emu.Script{Outcome: emu.Congestion}, "RELEASE 34 tone"},
		{"unobtainable", emu.Script{Outcome: emu.Unobtainable}, "RELEASE 1 tone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, []emu.Line{trunk(c.script)}, nil, func(r *rig) {
				p := r.call("fxo1", tdm.Primitive{Called: "5550199"})
				p.want("PROCEEDING")
				p.want("PROGRESS inband")
				p.want(c.want)
				r.state("fxo1", "idle")
			})
		})
	}
	t.Run("no dial tone", func(t *testing.T) {
		inBubble(t, []emu.Line{trunk(emu.Script{NoDialTone: true})}, nil, func(r *rig) {
			r.call("fxo1", tdm.Primitive{Called: "5550199"}).want("RELEASE 44")
			r.state("fxo1", "idle")
		})
	})
}

func TestUnpluggedLineIsOutOfService(t *testing.T) {
	inBubble(t, []emu.Line{trunk(emu.Script{})}, nil, func(r *rig) {
		x := r.card.Office("fxo1")
		r.ok(x.Unplug(true))
		if st := r.state("fxo1", "outofservice"); st.Reason != "no battery" || st.Battery {
			t.Errorf("status %+v", st)
		}
		r.call("fxo1", tdm.Primitive{Called: "1"}).want("RELEASE 27")
		r.ok(x.Unplug(false))
		r.state("fxo1", "idle")
		// Unplugged just before the seizure: no loop current.
		r.ok(x.Unplug(true))
		r.call("fxo1", tdm.Primitive{Called: "1"}).want("RELEASE 27 cpc")
		r.state("fxo1", "outofservice")
	})
}

// TestGlare has the exchange ring in the very millisecond of our seizure, and around it: before our off-hook reaches the
// line, and when ringing is known already.
func TestGlare(t *testing.T) {
	t.Run("at the seizure", func(t *testing.T) {
		inBubble(t, []emu.Line{trunk(emu.Script{})}, nil, func(r *rig) {
			x := r.card.Office("fxo1")
			r.ok(x.Ring("5551234", "JO", emu.OnSeizure(), emu.WithoutCallerID()))
			out := r.call("fxo1", tdm.Primitive{Called: "5550199"})
			out.want("RELEASE 44")
			r.state("fxo1", "ringcheck")
			time.Sleep(time.Second)
			if s := x.Status(); !s.Ringing || s.Hook != "on" {
				t.Errorf("our off-hook was not taken back in time: %+v", s)
			}
			in := r.incoming()
			in.send(tdm.Connect)
			st := r.state("fxo1", "talking")
			if st.Glare != 1 {
				t.Errorf("counters %+v", st.Counters)
			}
			time.Sleep(time.Second) // the ringing has to be tripped
			r.ok(x.Hangup(emu.SignalCPC))
			in.want("RELEASE 16 cpc")
			out.silent(time.Second)
		})
	})
	// The order of ring and seizure, millisecond by millisecond over three blocks.
	for early := range 30 {
		inBubble(t, []emu.Line{trunk(emu.Script{})}, nil, func(r *rig) {
			x := r.card.Office("fxo1")
			time.Sleep(time.Duration(early) * time.Millisecond)
			rung := make(chan error, 1)
			go func() { rung <- x.Ring("", "", emu.WithoutCallerID()) }()
			time.Sleep(time.Duration(30-early) * time.Millisecond)
			out := r.call("fxo1", tdm.Primitive{Called: "5550199"})
			if err := <-rung; err != nil { // our seizure was first, and the exchange does not ring a line in use
				out.disconnect(16)
				out.want("RELEASE 16")
				return
			}
			out.want("RELEASE 44")
			in := r.incoming()
			in.send(tdm.Connect)
			r.state("fxo1", "talking")
			if st := r.group.Line("fxo1").Status(); st.Glare != 1 || !st.InCall {
				t.Errorf("%d ms: %+v", early, st)
			}
			in.disconnect(16)
			in.want("RELEASE 16")
		})
	}
}

// TestEveryZonesTones: dial tone lets the digits out, and each tone of refusal is understood, in all countries.
func TestEveryZonesTones(t *testing.T) {
	for _, zone := range tone.Zones() {
		plan, _ := tone.Zone(zone)
		busy, _ := plan.Tone("busy")
		congestion, _ := plan.Tone("congestion")
		for outcome, want := range map[emu.Outcome]string{emu.Busy: "RELEASE 17 tone", emu.Congestion: "RELEASE 34 tone"} {
			if busy.String() == congestion.String() {
				want = "RELEASE 17 tone" // one signal for both: busy is the first guess
			}
			line := trunk(emu.Script{Outcome: outcome, NumberDigits: 3})
			line.Zone = zone
			inBubble(t, []emu.Line{line}, nil, func(r *rig) {
				p := r.call("fxo1", tdm.Primitive{Called: "555"})
				for _, text := range []string{"PROCEEDING", "PROGRESS inband", want} {
					select {
					case prim := <-p.up:
						if got := describe(prim); got != text {
							t.Errorf("%s, outcome %d: %q, want %q", zone, outcome, got, text)
							return
						}
					case <-time.After(patience):
						t.Errorf("%s, outcome %d: never %q", zone, outcome, text)
						return
					}
				}
			})
		}
	}
}

// TestEveryZonesDisconnectTone: busy tone in a call clears it in all countries, and the speech before it does not.
func TestEveryZonesDisconnectTone(t *testing.T) {
	for _, zone := range tone.Zones() {
		line := trunk(emu.Script{})
		line.Zone = zone
		inBubble(t, []emu.Line{line}, func(c *loop.LineConfig) { c.CallerID = "none" }, func(r *rig) {
			x := r.card.Office("fxo1")
			r.ok(x.Ring("", "", emu.WithoutCallerID()))
			p := r.incoming()
			p.send(tdm.Connect)
			r.state("fxo1", "talking")
			time.Sleep(time.Second)
			r.ok(x.Play(r.ctx, dsptest.Speech(7, -18, 5*tdm.Rate)))
			r.ok(x.Hangup(emu.SignalTone))
			select {
			case prim := <-p.up:
				if got := describe(prim); got != "RELEASE 16 tone" {
					t.Errorf("%s: %q", zone, got)
				}
			case <-time.After(20 * time.Second):
				t.Errorf("%s: the tone is not noticed", zone)
			}
		})
	}
}

// TestEveryZonesAnswer: ringing tone is no answer in any country, a voice after it is.
func TestEveryZonesAnswer(t *testing.T) {
	for _, zone := range tone.Zones() {
		line := trunk(emu.Script{NumberDigits: 3, AnswerMs: 11_000})
		line.Zone = zone
		inBubble(t, []emu.Line{line}, nil, func(r *rig) {
			x := r.card.Office("fxo1")
			p := r.call("fxo1", tdm.Primitive{Called: "555"})
			p.want("PROCEEDING")
			p.want("PROGRESS inband")
			select {
			case prim := <-p.up:
				t.Errorf("%s: ringing tone gives %q", zone, describe(prim))
				return
			case <-time.After(11_500 * time.Millisecond):
			}
			go x.Play(r.ctx, dsptest.Speech(3, -18, 4*tdm.Rate))
			select {
			case prim := <-p.up:
				if got := describe(prim); got != "CONNECT voice" {
					t.Errorf("%s: %q", zone, got)
				}
			case <-time.After(4 * time.Second):
				t.Errorf("%s: the voice is not noticed", zone)
			}
		})
	}
}
