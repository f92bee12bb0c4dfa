package pri

import (
	"bytes"
	"testing"
)

// Frames pass both ways between the pump's side and the group's without an allocation on the pump's.
func TestOctetsAllocateNothing(t *testing.T) {
	news := make(chan struct{}, 1)
	a, b := newDChannel(news), newDChannel(news)
	frame := []byte{0x02, 0x01, 0x00, 0x00, 0x08, 0x02, 0x00, 0x01, 0x05}
	var ab, ba [80]byte
	for range queued {
		a.out <- bytes.Clone(frame)
	}
	allocs := testing.AllocsPerRun(50, func() {
		a.Octets(0, ba[:], ab[:])
		b.Octets(0, ab[:], ba[:])
		for len(b.in) > 0 {
			got := <-b.in
			if !bytes.Equal(got, frame) {
				t.Fatalf("% x", got)
			}
			b.free <- got
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations a block", allocs)
	}
	if in := b.count.in.Load(); in != queued || b.count.dropped.Load() != 0 {
		t.Errorf("%d frames arrived, %d dropped", in, b.count.dropped.Load())
	}
}

// A group that does not keep up loses frames, which are counted, and never holds up the pump.
func TestFullQueueDrops(t *testing.T) {
	a, b := newDChannel(make(chan struct{}, 1)), newDChannel(make(chan struct{}, 1))
	var ab, ba [80]byte
	for i := range 3 * queued {
		a.send([]byte{2, 1, byte(i)})
		a.Octets(0, ba[:], ab[:])
		b.Octets(0, ab[:], ba[:])
	}
	for range 10 {
		a.Octets(0, ba[:], ab[:])
		b.Octets(0, ab[:], ba[:])
	}
	if in, lost := b.count.in.Load(), b.count.dropped.Load(); in != queued || in+lost != 3*queued {
		t.Errorf("%d frames arrived, %d dropped", in, lost)
	}
}
