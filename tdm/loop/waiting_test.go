package loop_test

import (
	"math"
	"sync"
	"testing"
	"time"

	"tipring/dsp/level"
	"tipring/hw/emu"
	"tipring/tdm"
	"tipring/tdm/loop"
)

// A talker is the far party: it speaks a tone and notes how loud it heard each block.
type talker struct {
	mu     sync.Mutex
	at     int
	louder []bool
}

func (w *talker) Tick(_ int64, rx, tx []int16) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range tx {
		w.at++
		tx[i] = int16(4000 * math.Sin(2*math.Pi*500*float64(w.at)/tdm.Rate))
	}
	w.louder = append(w.louder, level.Of(rx) > -22) // its echo comes back 12 dB down
}

// heard returns the share of the last n blocks in which something was heard.
func (w *talker) heard(n int) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := 0
	for _, l := range w.louder[len(w.louder)-n:] {
		if l {
			k++
		}
	}
	return float64(k) / float64(n)
}

// TestHandsetLiftedInTheShortRing: a telephone in zone jp that does not loop by itself is answered by hand while the line still asks
// for the loop; the call comes through once the data has passed.
func TestHandsetLiftedInTheShortRing(t *testing.T) {
	line := phone("201", "us") // a telephone that knows nothing of NTT's form
	inBubble(t, []emu.Line{line}, func(c *loop.LineConfig) { c.Zone = "jp" }, func(r *rig) {
		c := r.call("fxs1", tdm.Primitive{Calling: tdm.PartyNumber{Digits: "0312345678"}})
		c.want("ALERTING")
		time.Sleep(1200 * time.Millisecond)
		r.ok(r.card.Phone("fxs1").OffHook())
		began := time.Now()
		c.want("CONNECT offhook")
		if d := time.Since(began); d > 4*time.Second {
			t.Errorf("answered after %v", d)
		}
		if st := r.state("fxs1", "talking"); st.Reversed || st.Unexpected != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// TestNobodyLoops: the short rings end after 6 s and the line rings as any.
func TestNobodyLoops(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, func(c *loop.LineConfig) { c.Zone = "jp" }, func(r *rig) {
		r.tap.clear()
		c := r.call("fxs1", tdm.Primitive{Calling: tdm.PartyNumber{Digits: "0312345678"}})
		c.want("ALERTING")
		r.state("fxs1", "ringing")
		time.Sleep(2 * time.Second)
		edges, sounds := r.tap.notes()
		if rang := rings(edges); len(rang) != 7 || len(sounds) != 0 {
			t.Errorf("rings %v, sounds %v", rang, sounds)
		}
		r.ok(r.card.Phone("fxs1").OffHook())
		c.want("CONNECT offhook")
	})
}

// TestLineWithoutNumberDisplay: an exchange that reverses and rings as any is not answered by a line that would loop.
func TestLineWithoutNumberDisplay(t *testing.T) {
	line := trunk(emu.Script{})
	line.Zone = "jp"
	inBubble(t, []emu.Line{line}, nil, func(r *rig) {
		r.ok(r.card.Office("fxo1").Ring("", "", emu.InStandard("dtmf-lr"), emu.Present(tdm.Unavailable)))
		p := r.incoming()
		if st := r.group.Line("fxo1").Status(); st.Hook != "on" || p.setup.Calling.Presentation != tdm.Unavailable {
			t.Errorf("%+v, %+v", st, p.setup.Calling)
		}
	})
}

// second answers a call to the telephone and offers it another.
func second(r *rig, calling tdm.PartyNumber) (first, other *party) {
	first = r.call("fxs1", tdm.Primitive{Calling: tdm.PartyNumber{Digits: "5551111"}})
	first.want("ALERTING")
	r.ok(r.card.Phone("fxs1").OffHook())
	first.want("CONNECT offhook")
	time.Sleep(2 * time.Second)
	other = r.call("fxs1", tdm.Primitive{Calling: calling})
	return first, other
}

// TestSecondCallShowsItsNumber: call waiting, the telephone acknowledges, the conversation stays.
func TestSecondCallShowsItsNumber(t *testing.T) {
	for _, zone := range []string{"us", "de", "uk"} {
		t.Run(zone, func(t *testing.T) {
			inBubble(t, []emu.Line{phone("201", zone)}, func(c *loop.LineConfig) { c.CallWaiting = true }, func(r *rig) {
				tel := r.card.Phone("fxs1")
				first, other := second(r, tdm.PartyNumber{Digits: "5552222", Name: "JO"})
				far := &talker{}
				r.pump.Attach(0, far)
				other.want("ALERTING")
				got := r.far(tel.Await, "the second number", func(s emu.Status) bool { return s.CallerID.Number == "5552222" })
				if got.CallerID.Name != "JO" || got.CallerID.Time != "03141509" || got.Hook != "off" {
					t.Errorf("shows %+v", got)
				}
				st := r.state("fxs1", "talking")
				if st.CallerIDSent != 1 && st.CallerIDSent != 2 || st.Unexpected != 0 || !st.InCall {
					t.Errorf("%+v", st)
				}
				first.silent(5 * time.Second)
				// The far party has heard neither the acknowledgement nor data, and both hear each other again.
				if h := far.heard(300); h > 0 {
					t.Errorf("the far party heard something in %.0f %% of the blocks", 100*h)
				}
				words := make([]int16, tdm.Rate)
				for i := range words {
					words[i] = int16(6000 * math.Sin(2*math.Pi*1000*float64(i)/tdm.Rate))
				}
				go tel.Play(r.ctx, words)
				pcm, err := tel.Record(r.ctx, 900*time.Millisecond)
				r.ok(err)
				if l := level.Of(pcm); l < -25 {
					t.Errorf("the telephone hears %.1f dBm0", l)
				}
				if h := far.heard(50); h < 1 {
					t.Errorf("the far party hears %.0f %%", 100*h)
				}
				// A third finds the line busy; the second's caller gives up; the conversation ends when the telephone is hung up.
				third := r.call("fxs1", tdm.Primitive{})
				third.want("RELEASE 17")
				other.disconnect(16)
				other.want("RELEASE 16")
				first.silent(time.Second)
				r.ok(tel.OnHook())
				first.want("RELEASE 16 onhook")
				time.Sleep(time.Second)
				if st := r.state("fxs1", "idle"); st.Ringing || st.InCall {
					t.Errorf("%+v", st)
				}
			})
		})
	}
}

// TestSecondCallRingsWhenTheFirstEnds: on-hook, and the telephone is rung for the call that waits.
func TestSecondCallRingsWhenTheFirstEnds(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, func(c *loop.LineConfig) { c.CallWaiting = true }, func(r *rig) {
		tel := r.card.Phone("fxs1")
		first, other := second(r, tdm.PartyNumber{Digits: "5552222"})
		other.want("ALERTING")
		time.Sleep(3 * time.Second)
		r.ok(tel.OnHook())
		first.want("RELEASE 16 onhook")
		r.far(tel.Await, "the ring", emu.Ringing)
		other.silent(3 * time.Second) // it was told already that the telephone is alerted
		r.ok(tel.OffHook())
		other.want("CONNECT offhook")
		r.state("fxs1", "talking")
		r.ok(tel.OnHook())
		other.want("RELEASE 16 onhook")
	})
}

// TestSecondCallToAPlainTelephone: nobody acknowledges, no data is sent, the conversation stays.
func TestSecondCallToAPlainTelephone(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "se")}, func(c *loop.LineConfig) { c.CallWaiting, c.Zone = true, "us" }, func(r *rig) {
		first, other := second(r, tdm.PartyNumber{Digits: "5552222"})
		other.want("ALERTING")
		sent := r.group.Line("fxs1").Status().CallerIDSent
		first.silent(3 * time.Second)
		if st := r.state("fxs1", "talking"); st.CallerIDSent != sent || st.Unexpected != 0 {
			t.Errorf("%+v", st)
		}
		first.disconnect(16)
		first.want("RELEASE 16")
		r.ok(r.card.Phone("fxs1").OnHook())
		r.far(r.card.Phone("fxs1").Await, "the ring", emu.Ringing)
	})
}

// TestBusyWithoutCallWaiting: as ever.
func TestBusyWithoutCallWaiting(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, nil, func(r *rig) {
		_, other := second(r, tdm.PartyNumber{Digits: "5552222"})
		other.want("RELEASE 17")
	})
}

// TestSecondCallFromTheExchange: the exchange tells of a second call, the line acknowledges and reads it, the conversation stays.
func TestSecondCallFromTheExchange(t *testing.T) {
	for _, zone := range []string{"us", "de"} {
		t.Run(zone, func(t *testing.T) {
			line := trunk(emu.Script{})
			line.Zone = zone
			inBubble(t, []emu.Line{line}, func(c *loop.LineConfig) { c.CallWaiting = true }, func(r *rig) {
				x := r.card.Office("fxo1")
				go x.Ring("5551111", "AL")
				p := r.incoming()
				p.send(tdm.Connect)
				r.state("fxo1", "talking")
				time.Sleep(2 * time.Second)
				r.ok(x.Ring("5552222", "JO"))
				n := p.want("NOTIFY callwaiting")
				if want := (tdm.PartyNumber{Digits: "5552222", Name: "JO"}); n.Calling != want {
					t.Errorf("second caller %+v, want %+v", n.Calling, want)
				}
				if st := r.state("fxo1", "talking"); st.CallerIDOK != 2 || st.Unexpected != 0 {
					t.Errorf("%+v", st)
				}
				// Both hear each other again, and no digit of ours was taken for dialling.
				if got := x.Status(); got.CallerID.Number != "5552222" || got.Digits != "" {
					t.Errorf("exchange: %+v", got)
				}
				p.silent(5 * time.Second)
				r.ok(x.Hangup(emu.SignalCPC))
				p.want("RELEASE 16 cpc")
			})
		})
	}
}

// TestSecondCallUnread: a line that does not listen for second calls leaves the exchange without an acknowledgement.
func TestSecondCallUnread(t *testing.T) {
	inBubble(t, []emu.Line{trunk(emu.Script{})}, nil, func(r *rig) {
		x := r.card.Office("fxo1")
		go x.Ring("5551111", "AL")
		p := r.incoming()
		p.send(tdm.Connect)
		r.state("fxo1", "talking")
		time.Sleep(2 * time.Second)
		r.ok(x.Ring("5552222", "JO"))
		p.silent(5 * time.Second)
		if got := x.Status(); got.CallerID.Number != "5551111" {
			t.Errorf("exchange: %+v", got)
		}
	})
}
