package link

import (
	"fmt"
	"sync"

	"tipring/hw/link/wire"
)

// Frames that wait for the stream, of each class. A control frame that finds no room is repeated later like one that was
// lost; a media frame is gone.
const (
	mediaFrames   = 64
	controlFrames = 32
)

// A ring holds encoded frames between those who send and the one goroutine that writes.
type ring struct {
	frames     [][]byte
	head, tail uint64 // counts; head is the next to fill, tail the next to write
}

func newRing(n int) ring {
	r := ring{frames: make([][]byte, n)}
	for i := range r.frames {
		r.frames[i] = make([]byte, 0, wire.MaxFrame+2)
	}
	return r
}

// push encodes message and returns its count.
func (r *ring) push(message []byte) (uint64, bool) {
	n := uint64(len(r.frames))
	if r.head-r.tail == n {
		return r.head, false
	}
	i := r.head % n
	r.frames[i] = wire.AppendFrame(r.frames[i][:0], message)
	r.head++
	return r.head, true
}

// A writer is what goes out over one stream.
type writer struct {
	mu      sync.Mutex
	media   ring
	control ring
	wake    chan struct{}
}

func newWriter() *writer {
	return &writer{media: newRing(mediaFrames), control: newRing(controlFrames), wake: make(chan struct{}, 1)}
}

func (w *writer) push(r *ring, message []byte) (uint64, bool) {
	w.mu.Lock()
	id, ok := r.push(message)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return id, ok
}

// written reports whether the control frame with this count has left.
func (w *writer) written(id uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.control.tail >= id
}

// next returns the ring to write from: the classes take turns.
func (w *writer) next(last *ring) (*ring, []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	order := [...]*ring{&w.media, &w.control}
	if last == order[0] {
		order[0], order[1] = order[1], order[0]
	}
	for _, r := range order {
		if r.head != r.tail {
			return r, r.frames[r.tail%uint64(len(r.frames))]
		}
	}
	return nil, nil
}

func (w *writer) run(s Stream, done <-chan struct{}) error {
	var last *ring
	for {
		r, frame := w.next(last)
		if r == nil {
			select {
			case <-w.wake:
				continue
			case <-done:
				return ErrClosed
			}
		}
		if _, err := s.Write(frame); err != nil {
			return fmt.Errorf("%w: %w", ErrLost, err)
		}
		w.mu.Lock()
		r.tail++
		w.mu.Unlock()
		last = r
	}
}
