package hwtest

import (
	"context"
	"time"

	"tipring/tdm"
)

func testIdleLine(r *rig) {
	slot, _ := r.office()
	r.run(200)
	if r.bits[slot] != tdm.SigBattery {
		r.Errorf("an idle line has bits %#x, want battery", r.bits[slot])
	}
	r.offHook(slot, true)
	r.until("loop current", 200, func() bool { return r.bits[slot] == tdm.SigBattery|tdm.SigLoopCurrent })
	r.offHook(slot, false)
	r.until("no loop current", 200, func() bool { return r.bits[slot] == tdm.SigBattery })
}

func testOfficeRinging(r *rig) {
	slot, o := r.office()
	r.run(50)
	r.act(o.Ring)
	r.until("ringing", 10000, func() bool { return r.bits[slot] == tdm.SigBattery|tdm.SigRing })
	r.until("pause", 10000, func() bool { return r.bits[slot]&tdm.SigRing == 0 })
	r.until("second ring", 10000, func() bool { return r.bits[slot]&tdm.SigRing != 0 })
	var at []int64
	for _, e := range r.since(slot, 1) {
		if len(at)%2 == 0 == (e.sig&tdm.SigRing != 0) {
			at = append(at, e.ms)
		}
	}
	if r.h.RingMs != 0 && (!r.near(at[1]-at[0], int64(r.h.RingMs)) || !r.near(at[2]-at[1], int64(r.h.PauseMs))) {
		r.Errorf("ring of %d ms and pause of %d, want %d and %d", at[1]-at[0], at[2]-at[1], r.h.RingMs, r.h.PauseMs)
	}
	r.act(o.StopRing)
	r.until("no ringing", 500, func() bool { return r.bits[slot] == tdm.SigBattery })

	r.act(o.Ring)
	r.until("ringing", 10000, func() bool { return r.bits[slot]&tdm.SigRing != 0 })
	r.offHook(slot, true)
	r.until("ringing tripped", 200, func() bool { return r.bits[slot] == tdm.SigBattery|tdm.SigLoopCurrent })
}

// answered brings the slot into a call.
func (r *rig) answered() (int, Office) {
	r.Helper()
	slot, o := r.office()
	r.run(50)
	r.act(o.Ring)
	r.until("ringing", 10000, func() bool { return r.bits[slot]&tdm.SigRing != 0 })
	r.offHook(slot, true)
	r.until("loop current without ringing", 500, func() bool { return r.bits[slot] == tdm.SigBattery|tdm.SigLoopCurrent })
	r.run(100)
	return slot, o
}

func testPolarity(r *rig) {
	slot, o := r.answered()
	r.act(o.Reverse)
	r.until("reversed", 500, func() bool { return r.bits[slot] == tdm.SigBattery|tdm.SigLoopCurrent|tdm.SigReversed })
}

func testCut(r *rig) {
	slot, o := r.answered()
	r.act(o.Cut)
	r.until("no battery", 500, func() bool { return r.bits[slot]&(tdm.SigBattery|tdm.SigLoopCurrent) == 0 })
	r.until("battery again", 5000, func() bool { return r.bits[slot] == tdm.SigBattery|tdm.SigLoopCurrent })
}

func testOfficeAudio(r *rig) {
	slot, o := r.answered()
	r.hear[slot] = nil
	pcm := make([]int16, tdm.Rate)
	sine(0, pcm)
	r.act(func() error { return o.Play(context.Background(), pcm) })
	heard := r.hear[slot]
	r.wantTone("from the exchange", heard[len(heard)-6000:len(heard)-2000])
	delete(r.hear, slot)

	r.say[slot] = sine
	r.run(100)
	var rec []int16
	r.act(func() (err error) { rec, err = o.Record(context.Background(), time.Second); return err })
	if len(rec) != tdm.Rate {
		r.Fatalf("recorded %d samples of a second", len(rec))
	}
	r.wantTone("to the exchange", rec[2000:6000])
}
