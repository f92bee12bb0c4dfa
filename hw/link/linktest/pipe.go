package linktest

import (
	"io"
	"math/rand/v2"
	"sync"
	"time"
)

// Faults is how bad one direction of a Pipe is. The first four are shares of frames, of which one meets a frame at most.
type Faults struct {
	Lose, Repeat, Corrupt, Reorder float64
	// Stall is how long nothing moves, once in about every StallEvery frames.
	Stall      time.Duration
	StallEvery int
	Seed       uint64
}

// Counts is what a direction has done.
type Counts struct{ Frames, Lost, Repeated, Corrupted, Reordered, Stalls int }

// buffered is how many octets wait in a direction before a writer has to.
const buffered = 4096

// Pipe returns the two ends of a stream in memory with faults in each direction: there is from near to far.
func Pipe(there, back Faults) (near, far *End) {
	a, b := newDirection(there), newDirection(back)
	return &End{in: b, out: a}, &End{in: a, out: b}
}

// An End is one end of a Pipe.
type End struct{ in, out *direction }

// Read implements io.Reader.
func (e *End) Read(p []byte) (int, error) { return e.in.read(p) }

// Write implements io.Writer. It blocks while the other end does not read.
func (e *End) Write(p []byte) (int, error) { return e.out.write(p) }

// Close implements io.Closer: both ends are gone, as after an unplug.
func (e *End) Close() error {
	e.in.close()
	e.out.close()
	return nil
}

// Hold stops both directions until the function returned is called: octets are kept, as by flow control.
func (e *End) Hold() (release func()) {
	e.in.hold(true)
	e.out.hold(true)
	return func() {
		e.in.hold(false)
		e.out.hold(false)
	}
}

// SetFaults changes the faults of what is written at this end.
func (e *End) SetFaults(f Faults) { e.out.change(func() { e.out.faults, e.out.rng = f, newRNG(f) }) }

// Counts returns what has happened to what was written at this end.
func (e *End) Counts() (c Counts) {
	e.out.mu.Lock()
	defer e.out.mu.Unlock()
	return e.out.counts
}

func newRNG(f Faults) *rand.Rand { return rand.New(rand.NewPCG(f.Seed, 1)) }

// A direction takes octets in, finds the frames between zeros, and lets them out.
type direction struct {
	mu       sync.Mutex
	readable chan struct{} // something may have become so, for the one reader
	writable chan struct{} // and for the one writer
	faults   Faults
	rng      *rand.Rand
	counts   Counts
	frame    []byte // that has begun
	late     []byte // that the next one overtakes
	data     []byte // to be read
	until    time.Time
	held     bool
	closed   bool
}

func newDirection(f Faults) *direction {
	return &direction{readable: make(chan struct{}, 1), writable: make(chan struct{}, 1), faults: f, rng: newRNG(f), data: make([]byte, 0, 2*buffered)}
}

func (d *direction) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	notify(d.readable)
	notify(d.writable)
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (d *direction) close()         { d.change(func() { d.closed = true }) }
func (d *direction) hold(held bool) { d.change(func() { d.held = held }) }

func (d *direction) read(p []byte) (int, error) {
	for {
		d.mu.Lock()
		wait := time.Duration(0)
		if !d.until.IsZero() {
			wait = time.Until(d.until)
		}
		switch {
		case d.closed:
			d.mu.Unlock()
			return 0, io.ErrClosedPipe
		case len(d.data) > 0 && !d.held && wait <= 0:
			n := copy(p, d.data)
			d.data = d.data[:copy(d.data, d.data[n:])]
			d.mu.Unlock()
			notify(d.writable)
			return n, nil
		}
		d.mu.Unlock()
		if wait <= 0 {
			<-d.readable
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-d.readable:
		case <-t.C:
		}
		t.Stop()
	}
}

func (d *direction) write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.data) >= buffered && !d.closed {
		d.mu.Unlock()
		<-d.writable
		d.mu.Lock()
	}
	if d.closed {
		return 0, io.ErrClosedPipe
	}
	if d.faults == (Faults{}) && len(d.frame) == 0 && len(d.late) == 0 {
		d.data = append(d.data, p...)
	} else {
		for _, b := range p {
			if b != 0 {
				d.frame = append(d.frame, b)
			} else if len(d.frame) > 0 {
				d.pass()
				d.frame = d.frame[:0]
			}
		}
	}
	notify(d.readable)
	return len(p), nil
}

// pass does to one frame what the faults say.
func (d *direction) pass() {
	f := &d.faults
	hit := func(share float64, count *int) bool {
		if share <= 0 || d.rng.Float64() >= share {
			return false
		}
		*count++
		return true
	}
	d.counts.Frames++
	if f.StallEvery > 0 && d.rng.IntN(f.StallEvery) == 0 {
		d.counts.Stalls++
		d.until = time.Now().Add(f.Stall)
	}
	switch {
	case hit(f.Lose, &d.counts.Lost):
		return
	case hit(f.Corrupt, &d.counts.Corrupted):
		// An octet becomes another one or, to tear the frame in two, a zero.
		d.frame[d.rng.IntN(len(d.frame))] ^= byte(1 + d.rng.IntN(255))
		d.emit(d.frame)
		return
	case len(d.late) == 0 && hit(f.Reorder, &d.counts.Reordered):
		d.late = append(d.late[:0], d.frame...)
		return
	}
	d.emit(d.frame)
	if hit(f.Repeat, &d.counts.Repeated) {
		d.emit(d.frame)
	}
	if len(d.late) > 0 {
		d.emit(d.late)
		d.late = d.late[:0]
	}
}

func (d *direction) emit(frame []byte) {
	d.data = append(d.data, 0)
	d.data = append(d.data, frame...)
	d.data = append(d.data, 0)
}
