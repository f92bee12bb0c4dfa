package call

import (
	"testing"
	"time"

	"tipring/tdm"
)

// The network tells the charge of a call that the caller ends with its RELEASE, after the call's end: the record waits for it, and
// not for ever.
func TestChargeWithRelease(t *testing.T) {
	for _, late := range []time.Duration{20 * time.Millisecond, 8 * time.Second} {
		run(t, func(b *bench) {
			b.party("fxs1", nil)
			b.party("alice", map[tdm.PrimitiveKind]func(*fake, tdm.Primitive){
				tdm.Setup: func(f *fake, _ tdm.Primitive) { f.say(tdm.Primitive{Kind: tdm.Connect}) },
				tdm.Disconnect: func(f *fake, p tdm.Primitive) {
					time.Sleep(late)
					f.raise(tdm.Primitive{Kind: tdm.Notify, Event: "charge", ISDN: &tdm.ISDN{Charge: &tdm.Charge{Phase: 'D', Units: 1}}})
					f.raise(tdm.Primitive{Kind: tdm.Notify, Event: "charge", ISDN: &tdm.ISDN{Charge: &tdm.Charge{Phase: 'E', Currency: "EUR", Amount: 12, Exponent: -2}}})
					f.raise(tdm.Primitive{Kind: tdm.Notify, Event: "charge", ISDN: &tdm.ISDN{Charge: &tdm.Charge{Unreadable: true}}})
					f.raise(tdm.Primitive{Kind: tdm.Release, Cause: p.Cause, SIPStatus: 486})
				},
			})
			caller := b.dial("fxs1", "200")
			time.Sleep(time.Second)
			caller.say(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseNormalClearing, ISDN: &tdm.ISDN{CauseLocation: 2}})
			time.Sleep(10 * time.Second)
			b.records.mu.Lock()
			defer b.records.mu.Unlock()
			if len(b.records.finished) != 1 {
				t.Fatalf("%d records", len(b.records.finished))
			}
			r := b.records.finished[0]
			if told := r.Charge != nil && r.Charge.Phase == "E" && r.Charge.Currency == "EUR" && r.Charge.Amount == 12 && r.Charge.Exponent == -2; told != (late < time.Second) {
				t.Errorf("after %v: charge %+v", late, r.Charge)
			}
			if s := r.Sides[0]; !s.Received || s.Port != "fxs1" || s.Cause != 16 || *s.Location != 2 {
				t.Errorf("the caller's side is %+v", s)
			}
			if s := r.Sides[len(r.Sides)-1]; s.Received || s.Port != "alice" || s.Cause != 16 || late < time.Second && s.SIPStatus != 486 {
				t.Errorf("the called side is %+v", s)
			}
			if d := r.Ended.Sub(r.Answered); d > 1100*time.Millisecond {
				t.Errorf("the call lasted %v", d)
			}
		})
	}
}
