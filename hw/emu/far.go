package emu

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"tipring/tdm"
)

// A source gives samples; fewer than asked for mean that it has ended.
type source interface{ Read([]int16) int }

// maxRecord bounds the memory that one recording takes.
const maxRecord = time.Hour

// A far is what a telephone and an exchange have in common: a mouth, an ear, and a state that can be seen. Apart from the
// snapshot it belongs to the card's caller.
type far struct {
	card    *Card
	name    string
	number  string
	circuit circuit
	wire    wire
	ear     ear
	dc      gauge

	play    []int16
	playJob *job
	rec     []int16 // filled up to recAt
	recAt   int
	recJob  *job
	scratch [tdm.Quantum]int16

	dirty    bool
	waiters  []waiter
	mu       sync.Mutex
	snapshot Status
}

// speak adds what is being played to the mouth.
func (f *far) speak(mouth *quantum) {
	if f.playJob == nil {
		return
	}
	n := copy16(mouth, f.play)
	f.play = f.play[n:]
	if len(f.play) == 0 {
		f.endPlay(nil)
	}
}

// add mixes the next samples of src into the mouth and reports whether there are more.
func (f *far) add(mouth *quantum, src source) bool {
	n := src.Read(f.scratch[:])
	copy16(mouth, f.scratch[:n])
	return n == len(f.scratch)
}

func copy16(q *quantum, pcm []int16) int {
	n := min(len(q), len(pcm))
	for i, v := range pcm[:n] {
		q[i] += float32(v)
	}
	return n
}

func (f *far) endPlay(err error) {
	f.card.finish(f.playJob, err)
	f.play, f.playJob = nil, nil
}

// hear records one quantum and recognises tones in it.
func (f *far) hear(pcm *[tdm.Quantum]int16) {
	if f.ear.listen(pcm) {
		f.dirty = true
	}
	if f.recJob == nil {
		return
	}
	f.recAt += copy(f.rec[f.recAt:], pcm[:])
	if f.recAt == len(f.rec) {
		f.card.finish(f.recJob, nil)
		f.recJob = nil
	}
}

// busy reports whether an actor is being served, so that the line cannot rest.
func (f *far) busy() bool { return f.playJob != nil || f.recJob != nil }

// startPlay plays pcm into the line when it is off hook.
func (f *far) startPlay(ctx context.Context, pcm []int16) error {
	pcm = slices.Clone(pcm) // the caller may be gone before the card has noticed
	err := f.card.act(ctx, func(j *job) {
		switch {
		case !f.circuit.closed:
			f.card.finish(j, ErrOnHook)
		case f.playJob != nil:
			f.card.finish(j, ErrBusy)
		case len(pcm) == 0:
			f.card.finish(j, nil)
		default:
			f.play, f.playJob = pcm, j
		}
	}, func(j *job) {
		if f.playJob == j {
			f.endPlay(nil)
		}
	})
	return f.wrap("play", err)
}

// startRecord records dur of what the far end hears, on hook or off.
func (f *far) startRecord(ctx context.Context, dur time.Duration) ([]int16, error) {
	if dur <= 0 || dur > maxRecord {
		return nil, f.wrap("record", fmt.Errorf("%v: want more than nothing and at most %v", dur, maxRecord))
	}
	pcm := make([]int16, dur/(time.Second/tdm.Rate))
	err := f.card.act(ctx, func(j *job) {
		if f.recJob != nil {
			f.card.finish(j, ErrBusy)
			return
		}
		f.rec, f.recAt, f.recJob = pcm, 0, j
	}, func(j *job) {
		if f.recJob == j {
			f.rec, f.recJob = nil, nil
		}
	})
	if err != nil {
		return nil, f.wrap("record", err)
	}
	return pcm, nil
}

// wrap says which port and verb an error belongs to.
func (f *far) wrap(verb string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", f.name, verb, err)
}
