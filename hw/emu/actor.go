package emu

import (
	"context"
	"errors"

	"tipring/tdm"
)

// What an actor is told when what it asked for does not fit the state of the line.
var (
	ErrOnHook  = errors.New("the line is on hook")
	ErrOffHook = errors.New("the line is off hook already")
	ErrBusy    = errors.New("it is doing that already: wait until it has finished")
	ErrIdle    = errors.New("there is no call")
)

// A job is something that an actor waits for. The card alone touches it after it was queued; done has room for the one
// result, so that finishing never blocks.
type job struct {
	err  error
	done chan error
}

// A request is a closure of an actor, applied between two blocks.
type request struct {
	job   *job
	apply func(*job)
}

// act queues apply, which runs on the card's caller between two blocks and must either finish the job or leave it with
// the line to be finished later, and waits until that block of the card's time has passed. When ctx ends first, cancel
// (when there is one) is queued too, and runs unless the job has finished.
func (c *Card) act(ctx context.Context, apply func(*job), cancel func(*job)) error {
	select {
	case <-c.clock.Done():
		return tdm.ErrClosed // nobody will empty the queue
	default:
	}
	j := &job{done: make(chan error, 1)}
	c.queue(request{j, apply})
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if cancel != nil {
			c.queue(request{j, cancel})
		}
		return context.Cause(ctx)
	case <-c.clock.Done():
		return tdm.ErrClosed
	}
}

// do is act for what takes effect at once.
func (c *Card) do(ctx context.Context, f func() error) error {
	return c.act(ctx, func(j *job) { c.finish(j, f()) }, nil)
}

func (c *Card) queue(r request) {
	c.mu.Lock()
	c.requests = append(c.requests, r)
	c.mu.Unlock()
}

// finish ends a job at the end of this block. A nil job is nobody's.
func (c *Card) finish(j *job, err error) {
	if j != nil {
		j.err = err
		c.finished = append(c.finished, j)
	}
}

// A waiter is an actor in Await.
type waiter struct {
	job  *job
	cond func(Status) bool
	seen *Status
}

// Await returns the first status, now or at the end of a later block, for which cond holds. cond runs on the card's caller:
// it looks and does nothing else.
func (f *far) Await(ctx context.Context, cond func(Status) bool) (Status, error) {
	var seen Status
	err := f.card.act(ctx, func(j *job) {
		f.waiters = append(f.waiters, waiter{j, cond, &seen})
		f.dirty = true
	}, func(j *job) {
		for i, w := range f.waiters {
			if w.job == j {
				f.waiters = append(f.waiters[:i], f.waiters[i+1:]...)
				return
			}
		}
	})
	if err != nil {
		return Status{}, err
	}
	return seen, nil
}

// settle makes the line's new state visible and wakes those who waited for it.
func (f *far) settle(s Status) {
	f.dirty = false
	f.dc.read(&f.circuit)
	f.mu.Lock()
	f.snapshot = s
	f.mu.Unlock()
	kept := f.waiters[:0]
	for _, w := range f.waiters {
		if w.cond(s) {
			*w.seen = s
			f.card.finish(w.job, nil)
		} else {
			kept = append(kept, w)
		}
	}
	clear(f.waiters[len(kept):])
	f.waiters = kept
}

// Status returns the state at the end of the last block.
func (f *far) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.snapshot
}
