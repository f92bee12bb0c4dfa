package emu

import (
	"context"
	"errors"
	"sync"
	"time"

	"tipring/dsp/g711"
	"tipring/dsp/tone"
	"tipring/tdm"
)

// A stage is where actors meet a switch that runs in Exchange: what they want waits there, and what they see is there.
type stage struct {
	mu    sync.Mutex // guards what follows
	queue []func()
	shown ISDNStatus
	seen  chan struct{} // closed and replaced when shown has changed
}

func newStage() stage { return stage{seen: make(chan struct{})} }

// enter does what has waited.
func (s *stage) enter() {
	s.mu.Lock()
	queue := s.queue
	s.queue = nil
	s.mu.Unlock()
	for _, f := range queue {
		f()
	}
}

// show changes what is seen.
func (s *stage) show(f func(*ISDNStatus)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.shown)
	close(s.seen)
	s.seen = make(chan struct{})
}

func (s *stage) busy() (busy, tones bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.Busy, s.shown.Tones
}

// Status returns a snapshot.
func (s *stage) Status() ISDNStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown
}

// Await waits until the status is as wanted.
func (s *stage) Await(ctx context.Context, cond func(ISDNStatus) bool) (ISDNStatus, error) {
	for {
		s.mu.Lock()
		st, seen := s.shown, s.seen
		s.mu.Unlock()
		if cond(st) {
			return st, nil
		}
		select {
		case <-seen:
		case <-ctx.Done():
			return st, ctx.Err()
		}
	}
}

// do has f done in the next Exchange and returns its error.
func (s *stage) do(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	s.mu.Lock()
	s.queue = append(s.queue, func() { done <- f() })
	s.mu.Unlock()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Busy makes every number of the switch busy, or free again.
func (s *stage) Busy(ctx context.Context, on bool) error { return s.BusyWith(ctx, on, false) }

// BusyWith is Busy; with tones a caller hears busy tone before the switch releases the call (T306).
func (s *stage) BusyWith(ctx context.Context, on, tones bool) error {
	return s.do(ctx, func() error {
		s.mu.Lock()
		s.shown.Busy, s.shown.Tones = on, tones
		s.mu.Unlock()
		return nil
	})
}

// A talk is the audio of a call's party at a switch.
type talk struct {
	tone     *tone.Generator
	play     []int16
	played   chan<- error
	rec      []int16
	left     int
	recorded chan<- []int16
}

// exchange carries a millisecond between the party and its timeslot.
func (c *talk) exchange(law g711.Law, tx, rx []byte) {
	var in, out [tdm.Quantum]int16
	law.Decode(in[:], rx)
	if c.tone != nil {
		c.tone.Read(out[:])
	}
	if c.left > 0 {
		n := min(c.left, len(in))
		c.rec = append(c.rec, in[:n]...)
		if c.left -= n; c.left == 0 {
			c.recorded <- c.rec
			c.rec, c.recorded = nil, nil
		}
	}
	if c.played != nil {
		c.play = c.play[copy(out[:], c.play):]
		if len(c.play) == 0 {
			c.played <- nil
			c.played = nil
		}
	}
	law.Encode(tx, out[:])
}

// end ends what is being played and recorded.
func (c *talk) end() {
	if c.played != nil {
		c.played <- errHungUp
	}
	if c.recorded != nil {
		c.recorded <- c.rec
	}
	*c = talk{}
}

var errHungUp = errors.New("the call has ended")

// speak plays to the end. with has a function done with the talk of a call.
func speak(ctx context.Context, with func(context.Context, func(*talk) error) error, pcm []int16) error {
	done := make(chan error, 1)
	err := with(ctx, func(c *talk) error {
		if c.played != nil {
			return errors.New("something is being played")
		}
		c.play, c.played = pcm, done
		return nil
	})
	if err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hear records for a time, or to the end of the call.
func hear(ctx context.Context, with func(context.Context, func(*talk) error) error, d time.Duration) ([]int16, error) {
	done := make(chan []int16, 1)
	err := with(ctx, func(c *talk) error {
		if c.recorded != nil {
			return errors.New("a recording is being made")
		}
		c.rec, c.left, c.recorded = make([]int16, 0, tdm.Samples(d)), int(tdm.Samples(d)), done
		return nil
	})
	if err != nil {
		return nil, err
	}
	select {
	case pcm := <-done:
		return pcm, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// caller is who calls: a number, or one that is withheld or not known.
func caller(from, name string) tdm.PartyNumber {
	switch from {
	case private:
		return tdm.PartyNumber{Presentation: tdm.Restricted}
	case unavailable:
		return tdm.PartyNumber{Presentation: tdm.Unavailable}
	}
	return tdm.PartyNumber{Digits: from, Name: name}
}
