package hwtest

import (
	"context"
	"time"

	"tipring/tdm"
)

// near reports whether a time in milliseconds is what it should be at the card's resolution.
func (r *rig) near(got, want int64) bool {
	d := got - want
	return d <= int64(r.info.SigResolution-1) && d >= -int64(r.info.SigResolution-1)
}

func testHook(r *rig) {
	slot, p := r.telephone()
	r.run(50)
	if r.bits[slot] != 0 {
		r.Fatalf("an idle telephone has bits %#x", r.bits[slot])
	}
	for range 3 {
		r.act(p.OffHook)
		r.until("loop closed", 200, func() bool { return r.bits[slot] == tdm.SigLoopClosed })
		r.act(p.OnHook)
		r.until("loop open", 200, func() bool { return r.bits[slot] == 0 })
	}
}

// Dial pulses keep the length that Info promises.
func testPulses(r *rig) {
	slot, p := r.telephone()
	r.act(p.OffHook)
	r.run(200)
	from := r.now()
	r.act(func() error { return p.Dial(context.Background(), "30", true) })
	r.run(500)
	edges := r.since(slot, from)
	if len(edges) != 26 {
		r.Fatalf("%d edges in 13 pulses, want 26: %v", len(edges), edges)
	}
	for i, e := range edges[1:] {
		want, what := int64(r.h.MakeMs), "make"
		if i%2 == 0 {
			want, what = int64(r.h.BreakMs), "break"
		}
		if got := e.ms - edges[i].ms; i != 5 && !r.near(got, want) { // after the third pulse comes the pause between digits
			r.Errorf("%s %d lasts %d ms, want %d +- %d", what, i/2+1, got, want, r.info.SigResolution-1)
		}
	}
}

var testCadence = tdm.Cadence{N: 4, Ms: [16]uint16{400, 200, 400, 1000}}

// rung returns the lengths of the rings and pauses in edges.
func rung(edges []edge) (on []int64, off []int64) {
	for i := range len(edges) - 1 {
		ms := edges[i+1].ms - edges[i].ms
		if edges[i].sig&tdm.SigRinging != 0 {
			on = append(on, ms)
		} else {
			off = append(off, ms)
		}
	}
	return on, off
}

func testRinging(r *rig) {
	slot, p := r.telephone()
	r.run(50)
	for _, c := range []struct {
		name    string
		offHook int // ms after the command
		tripped bool
	}{
		{"in a ring", 2000 + 100, true},
		{"in a pause", 1000 + 300, false},
	} {
		from := r.now()
		ev := r.command(slot, tdm.Command{Op: tdm.OpRing, ID: 1, Cadence: testCadence})
		if ev.Err != nil {
			r.Fatal(ev.Err)
		}
		r.run(c.offHook - int(r.now()-ev.At/tdm.Quantum))
		on, off := rung(r.since(slot, from))
		for i, ms := range on {
			if !r.near(ms, 400) {
				r.Errorf("ring %d lasts %d ms, want 400", i, ms)
			}
		}
		if len(on) < 2 || !r.near(off[len(off)-1], []int64{1000, 200}[len(off)%2]) {
			r.Errorf("rings %v, pauses %v of the cadence 400 200 400 1000", on, off)
		}
		lifted := r.now()
		r.act(p.OffHook)
		r.until("loop closed "+c.name, 200, func() bool { return r.bits[slot]&tdm.SigLoopClosed != 0 })
		want := tdm.SigLoopClosed
		if c.tripped {
			want |= tdm.SigRingTrip
		}
		r.run(3000)
		edges := r.since(slot, lifted)
		if last := edges[len(edges)-1]; last.sig != want || last.ms > lifted+200 {
			r.Errorf("off hook %s at %d ms: edges %v, want bits %#x for good within 200 ms", c.name, lifted, edges, want)
		}
		r.act(p.OnHook)
		r.until("on hook", 200, func() bool { return r.bits[slot] == 0 })
	}
}

func testRingStop(r *rig) {
	slot, _ := r.telephone()
	r.command(slot, tdm.Command{Op: tdm.OpRing, ID: 1, Cadence: testCadence})
	r.run(200)
	if r.bits[slot] != tdm.SigRinging {
		r.Fatalf("bits %#x in a ring", r.bits[slot])
	}
	ev := r.command(slot, tdm.Command{Op: tdm.OpRingStop, ID: 2})
	r.run(3000)
	edges := r.since(slot, 0)
	last := edges[len(edges)-1]
	if last.sig != 0 || last.ms-ev.At/tdm.Quantum > int64(r.info.SigResolution) {
		r.Errorf("stopped at %d ms, ringing until %d ms", ev.At/tdm.Quantum, last.ms)
	}
}

// A ring pulse alerting signal (EN 300 659-1) rings once.
func testRingOnce(r *rig) {
	slot, _ := r.telephone()
	r.block()
	from := r.now()
	r.command(slot, tdm.Command{Op: tdm.OpRing, ID: 1, Cadence: tdm.Cadence{N: 2, Ms: [16]uint16{250, 250}, Once: true}})
	r.run(3000)
	on, _ := rung(r.since(slot, from))
	if len(on) != 1 || !r.near(on[0], 250) {
		r.Errorf("rings %v, want one of 250 ms", on)
	}
}

func testFeedOpen(r *rig) {
	slot, p := r.telephone()
	r.act(p.OffHook)
	r.until("loop closed", 200, func() bool { return r.bits[slot] == tdm.SigLoopClosed })
	r.command(slot, tdm.Command{Op: tdm.OpLinefeed, ID: 1, Linefeed: tdm.FeedOpen})
	r.until("no current without feed", 200, func() bool { return r.bits[slot] == 0 })
	if ev := r.command(slot, tdm.Command{Op: tdm.OpRing, ID: 2, Cadence: testCadence}); ev.Err == nil {
		r.Error("ringing an open feed has no error")
	}
	for i, feed := range []tdm.Linefeed{tdm.FeedReverse, tdm.FeedForward} {
		r.command(slot, tdm.Command{Op: tdm.OpLinefeed, ID: uint32(3 + i), Linefeed: feed})
		r.until("current", 200, func() bool { return r.bits[slot] == tdm.SigLoopClosed })
	}
}

func testPhoneAudio(r *rig) {
	slot, p := r.telephone()
	r.act(p.OffHook)
	r.run(100)

	r.hear[slot] = nil
	pcm := make([]int16, tdm.Rate)
	sine(0, pcm)
	r.act(func() error { return p.Play(context.Background(), pcm) })
	heard := r.hear[slot]
	r.wantTone("from the telephone", heard[len(heard)-6000:len(heard)-2000])
	delete(r.hear, slot)
	r.run(100)

	r.say[slot] = sine
	r.run(100)
	var rec []int16
	r.act(func() (err error) { rec, err = p.Record(context.Background(), time.Second); return err })
	if len(rec) != tdm.Rate {
		r.Fatalf("recorded %d samples of a second", len(rec))
	}
	r.wantTone("to the telephone", rec[2000:6000])
}

// What the card sends comes back as echo no earlier than Info.Delay says.
func testEchoDelay(r *rig) {
	slot, p := r.telephone()
	r.act(p.OffHook)
	r.run(200)
	r.hear[slot] = nil
	click := r.at + 20
	r.say[slot] = func(at int64, pcm []int16) {
		clear(pcm)
		if i := click - at; i >= 0 && i < int64(len(pcm)) {
			pcm[i] = 30000
		}
	}
	r.run(100)
	heard := r.hear[slot]
	first, loudest := -1, 0
	for i, v := range heard {
		if v != 0 && first < 0 && (v > 100 || v < -100) {
			first = i
		}
		if abs(v) > abs(heard[loudest]) {
			loudest = i
		}
	}
	if first < 0 {
		r.Skip("no echo on this line")
	}
	if first < 20+r.info.Delay || loudest > 20+r.info.Delay+256 {
		r.Errorf("a click at sample 20 comes back from sample %d, loudest at %d; Delay is %d", first, loudest, r.info.Delay)
	}
}

func abs(v int16) int {
	if v < 0 {
		return -int(v)
	}
	return int(v)
}
