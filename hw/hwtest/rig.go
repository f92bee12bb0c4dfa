package hwtest

import (
	"math"
	"testing"

	"tipring/tdm"
)

// A rig drives one card as a pump does, from the test's goroutine.
type rig struct {
	testing.TB
	h      Harness
	info   tdm.Info
	tx, rx tdm.Block
	at     int64 // samples exchanged and lost
	slips  int
	say    map[int]func(at int64, pcm []int16) // what a slot sends
	hear   map[int][]int16                     // what a slot received, for slots that are keys
	bits   []uint8                             // latest of each slot
	edges  [][]edge                            // of each slot
	pcm    []int16
}

// An edge is a change of a slot's received signalling bits.
type edge struct {
	ms  int64
	sig uint8
}

func newRig(t testing.TB, h Harness) *rig {
	r := &rig{TB: t, h: h, info: h.Card.Info(), say: map[int]func(int64, []int16){}, hear: map[int][]int16{}, pcm: make([]int16, Block)}
	n := len(r.info.Slots)
	r.tx, r.rx = tdm.NewBlock(n, Block), tdm.NewBlock(n, Block)
	r.bits, r.edges = make([]uint8, n), make([][]edge, n)
	r.silence()
	return r
}

func (r *rig) silence() {
	for i := range r.tx.Data {
		r.tx.Data[i] = r.info.Law.Silence()
	}
}

// block exchanges one block.
func (r *rig) block() {
	r.Helper()
	for slot, f := range r.say {
		f(r.at, r.pcm)
		r.info.Law.Encode(r.tx.Slot(slot), r.pcm)
	}
	slip, err := r.h.Card.Exchange(r.tx, r.rx)
	if err != nil {
		r.Fatalf("exchange at sample %d: %v", r.at, err)
	}
	r.at += int64(slip)
	r.slips += slip
	for slot := range r.edges {
		for q, s := range r.rx.SigSlot(slot) {
			if s != r.bits[slot] || len(r.edges[slot]) == 0 {
				r.edges[slot] = append(r.edges[slot], edge{r.at/tdm.Quantum + int64(q), s})
				r.bits[slot] = s
			}
		}
	}
	for slot := range r.hear {
		r.info.Law.Decode(r.pcm, r.rx.Slot(slot))
		r.hear[slot] = append(r.hear[slot], r.pcm...)
	}
	r.at += int64(r.tx.N)
}

// run exchanges ms milliseconds.
func (r *rig) run(ms int) {
	r.Helper()
	for range ms * tdm.Quantum / Block {
		r.block()
	}
}

// act exchanges blocks until f, which makes a far end act, has returned.
func (r *rig) act(f func() error) {
	r.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	for limit := r.at + 120*tdm.Rate; ; r.block() {
		select {
		case err := <-done:
			if err != nil {
				r.Fatal(err)
			}
			return
		default:
			if r.at > limit {
				r.Fatal("the far end has not acted within 120 s")
			}
		}
	}
}

// until exchanges blocks until cond holds, for at most ms.
func (r *rig) until(what string, ms int64, cond func() bool) {
	r.Helper()
	for limit := r.at + ms*tdm.Quantum; !cond(); r.block() {
		if r.at > limit {
			r.Fatalf("not within %d ms: %s", ms, what)
		}
	}
}

// since returns the edges of slot from ms on and forgets what was before.
func (r *rig) since(slot int, ms int64) (out []edge) {
	for _, e := range r.edges[slot] {
		if e.ms >= ms {
			out = append(out, e)
		}
	}
	return out
}

func (r *rig) now() int64 { return r.at / tdm.Quantum }

// offHook sets the transmitted hook of an FXO slot.
func (r *rig) offHook(slot int, off bool) {
	for i := range r.tx.SigSlot(slot) {
		r.tx.SigSlot(slot)[i] = 0
		if off {
			r.tx.SigSlot(slot)[i] = tdm.SigOffHook
		}
	}
}

// command sends one command and returns its event.
func (r *rig) command(slot int, c tdm.Command) tdm.Event {
	r.Helper()
	ctl := r.controller()
	ctl.Control(slot, c)
	for limit := r.at + tdm.Rate; r.at < limit; r.block() {
		select {
		case ev := <-ctl.Events():
			if ev.ID != c.ID || ev.Slot != slot {
				r.Fatalf("event %+v for command %d of slot %d", ev, c.ID, slot)
			}
			return ev
		default:
		}
	}
	r.Fatalf("no event for %+v within a second", c)
	return tdm.Event{}
}

func (r *rig) controller() tdm.Controller {
	ctl, ok := r.h.Card.(tdm.Controller)
	if !ok {
		r.Skip("the card has nothing to control")
	}
	return ctl
}

// telephone returns the first FXS slot with a far end.
func (r *rig) telephone() (int, Telephone) {
	if r.h.Telephone != nil {
		for i, s := range r.info.Slots {
			if p := r.h.Telephone(i); s.Kind == tdm.FXS && p != nil {
				return i, p
			}
		}
	}
	r.Skip("no telephone that the harness can use")
	return 0, nil
}

// office returns the first FXO slot with a far end.
func (r *rig) office() (int, Office) {
	if r.h.Office != nil {
		for i, s := range r.info.Slots {
			if o := r.h.Office(i); s.Kind == tdm.FXO && o != nil {
				return i, o
			}
		}
	}
	r.Skip("no exchange that the harness can use")
	return 0, nil
}

const (
	toneHz  = 1004
	toneAmp = 5000
)

// sine fills pcm with the test tone from sample at.
func sine(at int64, pcm []int16) {
	for i := range pcm {
		pcm[i] = int16(math.Round(toneAmp * math.Sin(2*math.Pi*toneHz*float64(at+int64(i))/tdm.Rate)))
	}
}

// wantTone checks that pcm is the test tone at about its level and little else.
func (r *rig) wantTone(where string, pcm []int16) {
	r.Helper()
	var re, im, total float64
	for i, v := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * toneHz * float64(i) / tdm.Rate)
		re += float64(v) * cos
		im += float64(v) * sin
		total += float64(v) * float64(v)
	}
	n := float64(len(pcm))
	tone := 2 * (re*re + im*im) / n // energy of the tone
	if total == 0 {
		r.Errorf("%s: silence", where)
		return
	}
	levelDB := 10 * math.Log10(tone/(n*toneAmp*toneAmp/2))
	restDB := 10 * math.Log10(max(total-tone, 1e-9)/tone)
	if math.Abs(levelDB) > r.h.LevelDB+0.5 || restDB > -r.h.CleanDB {
		r.Errorf("%s: the tone arrives at %+.1f dB with distortion at %.1f dB, want within %.1f dB and below %.0f dB", where, levelDB, restDB, r.h.LevelDB+0.5, -r.h.CleanDB)
	}
}
