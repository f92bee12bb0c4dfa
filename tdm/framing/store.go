package framing

// A Store is an elastic store: frames go in by one clock and come out by another. It holds between none and two frames more
// than a reader takes at once, one at the start; when that does not suffice a whole frame is repeated or deleted, a
// controlled slip (ITU-T G.822 1.2). The two frames between the one and the other are the hysteresis.
type Store struct {
	ring     [storeFrames][32]byte
	head     int // oldest
	n        int
	started  bool
	repeated uint64
	deleted  uint64
}

// storeFrames is a power of two above what a millisecond and two slips need.
const (
	storeFrames = 64
	storeExcess = 2
)

// Reset empties the store: the line has lost its frames. What is read is all ones until it is half full again.
func (s *Store) Reset() { s.n, s.started = 0, false }

// Put stores a frame.
func (s *Store) Put(frame []byte) {
	if s.n == storeFrames {
		s.head, s.n = (s.head+1)%storeFrames, s.n-1
		s.deleted++
	}
	copy(s.ring[(s.head+s.n)%storeFrames][:], frame)
	s.n++
}

// Begin prepares for a reader who will take n frames. It makes the slip that has become due.
func (s *Store) Begin(n int) {
	switch {
	case !s.started:
		if s.started = s.n > n; s.started {
			s.head, s.n = (s.head+s.n-n-1)%storeFrames, n+1
		}
	case s.n < n:
		// What went out last, which still lies before the oldest, goes out again.
		s.repeated += uint64(n - s.n)
		for ; s.n < n; s.n++ {
			before := (s.head + storeFrames - 1) % storeFrames
			if s.n > 0 {
				s.ring[before] = s.ring[s.head]
			}
			s.head = before
		}
	case s.n > n+storeExcess:
		for ; s.n > n+storeExcess; s.n-- {
			s.head = (s.head + 1) % storeFrames
			s.deleted++
		}
	}
}

// Get copies the next frame out: all ones while there is none.
func (s *Store) Get(frame []byte) {
	if !s.started || s.n == 0 {
		for i := range frame {
			frame[i] = 0xff
		}
		return
	}
	copy(frame, s.ring[s.head][:])
	s.head, s.n = (s.head+1)%storeFrames, s.n-1
}

// Slips returns the number of frames repeated and deleted.
func (s *Store) Slips() (repeated, deleted uint64) { return s.repeated, s.deleted }
