package modemtest

import (
	"testing"
	"time"

	"tipring/tdm"
)

// faults takes the modem away, and has it stop answering, in each state of its line. The line goes out of service with a
// reason, calls are released, it comes back when the modem does, and Run ends at once when it is told to.
func faults(t *testing.T, model string) {
	states := []struct {
		name  string
		kind  kind
		reach func(*Bench) *Party
	}{
		{"starting", any, func(b *Bench) *Party {
			for b.Opened() == 0 {
				time.Sleep(time.Millisecond)
			}
			return nil
		}},
		{"idle", any, func(b *Bench) *Party {
			b.State("idle")
			return nil
		}},
		{"ringing", any, func(b *Bench) *Party { return b.ring() }},
		{"answering", any, func(b *Bench) *Party {
			p := b.ring()
			p.Call.Send(tdm.Primitive{Kind: tdm.Connect})
			return p
		}},
		{"dialling", full, func(b *Bench) *Party {
			b.State("idle")
			return b.Dial("5551234")
		}},
		{"talking", full, func(b *Bench) *Party {
			p := b.ring()
			p.Call.Send(tdm.Primitive{Kind: tdm.Connect})
			b.State("talking")
			time.Sleep(time.Second)
			return p
		}},
		{"hanging up", full, func(b *Bench) *Party {
			p := b.ring()
			p.Call.Send(tdm.Primitive{Kind: tdm.Connect})
			b.State("talking")
			p.Call.Send(tdm.Primitive{Kind: tdm.Disconnect})
			return p
		}},
	}
	harms := []struct {
		name       string
		harm, heal func(*Bench)
	}{
		{"unplugged", (*Bench).Unplug, (*Bench).Replug},
		{"frozen", func(b *Bench) { b.Emu.Freeze(true) }, func(b *Bench) { b.Emu.Freeze(false) }},
		{"frozen and full", func(b *Bench) { // nothing is taken any more either
			b.Emu.Freeze(true)
			b.Far().Stall(true)
		}, func(b *Bench) { b.Emu.Freeze(false) }},
	}
	for _, s := range states {
		for _, h := range harms {
			if !s.kind.fits(model) {
				continue
			}
			t.Run(s.name+"/"+h.name, func(t *testing.T) {
				Scene(t, model, nil, func(b *Bench) {
					p := s.reach(b)
					h.harm(b)
					if st := b.State("out of service"); st.Reason == "" || st.Counters.Faults == 0 {
						t.Errorf("%+v", st)
					}
					if p != nil {
						p.Await2(t)
					}
					if v := b.Dial("5551234").Up(t); v.Kind != tdm.Release {
						t.Errorf("out of service: %+v", v)
					}
					h.heal(b)
					b.State("idle")
					b.Office.Hangup(0) // what is left of the ringing
					time.Sleep(20 * time.Second)
					for len(b.calls) > 0 {
						<-b.calls
					}
					b.ring()
				})
			})
			t.Run(s.name+"/"+h.name+"/shutdown", func(t *testing.T) {
				Scene(t, model, nil, func(b *Bench) {
					s.reach(b)
					h.harm(b)
					began := time.Now()
					b.stop()
					<-b.stopped
					if took := time.Since(began); took > 3*time.Second {
						t.Errorf("Run went on for %v", took)
					}
				})
			})
		}
	}
}
