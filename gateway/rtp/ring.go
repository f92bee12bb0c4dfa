package rtp

import "sync/atomic"

// A ring passes values of T from one producer goroutine to one consumer goroutine, in place and without a lock. A full ring
// refuses: who loses what is the producer's to count.
type ring[T any] struct {
	slots []T
	_     [64]byte // producer and consumer write to different cache lines
	tail  atomic.Uint32
	_     [60]byte
	head  atomic.Uint32
	_     [60]byte
}

// newRing makes a ring of n slots, a power of two.
func newRing[T any](n int) *ring[T] { return &ring[T]{slots: make([]T, n)} }

// put returns the i-th slot to fill, or nil when the ring has no room for it. Slots are passed on, together, with commit.
func (r *ring[T]) put(i int) *T {
	t := r.tail.Load() + uint32(i)
	if t-r.head.Load() >= uint32(len(r.slots)) {
		return nil
	}
	return &r.slots[t&uint32(len(r.slots)-1)]
}

func (r *ring[T]) commit(n int) { r.tail.Store(r.tail.Load() + uint32(n)) }

// get returns the oldest slot, or nil when the ring is empty. The slot is given back with release.
func (r *ring[T]) get() *T {
	h := r.head.Load()
	if h == r.tail.Load() {
		return nil
	}
	return &r.slots[h&uint32(len(r.slots)-1)]
}

func (r *ring[T]) release() { r.head.Store(r.head.Load() + 1) }

// slotSamples is the audio that an inbound slot holds: a packet of 20 ms. A longer one takes several.
const slotSamples = 160

type slotKind uint8

const (
	slotAudio slotKind = iota
	slotMore           // the continuation of an audio packet
	slotEvent          // telephone-event
	slotNoise          // comfort noise
)

// A slot is an inbound packet on its way from the socket to the pump, or 20 ms of it.
type slot struct {
	kind   slotKind
	alaw   bool
	marker bool
	epoch  uint32 // changes when the buffer has to start anew
	n      uint16 // octets of data
	ts     uint32
	data   [slotSamples]byte
}

// An outbound is a packet on its way from the pump to the socket.
type outbound struct {
	n     int
	audio bool
	end   uint32 // timestamp just after the last sample of audio
	data  [headerLen + MaxPtimeMs*8]byte
}

// Lengths of the rings in slots: how long a pump and an egress goroutine may be late before packets are lost. 1.28 s of
// 20 ms packets inwards, and 320 ms of 10 ms packets outwards.
const (
	ingressSlots = 64
	egressSlots  = 32
)

// headerLen is the length of an RTP header without contributing sources or extension (RFC 3550 §5.1).
const headerLen = 12
