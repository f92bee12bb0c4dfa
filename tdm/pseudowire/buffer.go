package pseudowire

// BufferConfig describes a Buffer. Lengths are in packets.
type BufferConfig struct {
	Octets int // room for a payload
	Delay  int // packets that are collected before the first is played
	Max    int // packets that wait at most; at least Delay+1
	// LossAfter and FoundAfter are how many packets in succession must be missing to declare loss of packets, and must be there
	// to end it; when zero 8 and 10.
	LossAfter, FoundAfter int
}

// Counters are what a Buffer counts.
type Counters struct {
	Received   uint64
	Lost       uint64 // missing when they were to be played
	Late       uint64 // after they were to be played
	Duplicate  uint64
	Reordered  uint64 // came after a later one, in time
	Overruns   uint64 // packets that came when Max waited: the buffer begins anew
	Underruns  uint64 // times that nothing at all waited
	Resyncs    uint64 // a sequence number far from the expected one
	LossEvents uint64 // declarations of loss of packets
}

// A Buffer puts packets in order and plays one for each call of Get.
type Buffer struct {
	cfg     BufferConfig
	ring    []slot
	next    uint16 // to be played
	floor   uint16 // the first that may still be played
	begun   bool
	newest  uint16
	running bool
	filling int // packets collected before the start
	missing int
	present int
	loss    bool
	strays  int
	stray   uint16
	c       Counters
}

// lateness is how far behind a sequence number is late and not one of a new sequence.
const lateness = 256

type slot struct {
	full   bool
	header Header
	n      int
	octets []byte
}

// NewBuffer allocates a buffer, empty.
func NewBuffer(c BufferConfig) *Buffer {
	c.Delay = max(c.Delay, 1)
	c.Max = max(c.Max, c.Delay+1)
	if c.LossAfter == 0 {
		c.LossAfter = 8
	}
	if c.FoundAfter == 0 {
		c.FoundAfter = 10
	}
	size := 1
	for size < 2*c.Max {
		size *= 2
	}
	b := &Buffer{cfg: c, ring: make([]slot, size), loss: true}
	for i := range b.ring {
		b.ring[i].octets = make([]byte, c.Octets)
	}
	return b
}

func (b *Buffer) at(seq uint16) *slot { return &b.ring[int(seq)&(len(b.ring)-1)] }

// begin makes seq the first packet of a new sequence.
func (b *Buffer) begin(seq uint16) {
	for i := range b.ring {
		b.ring[i].full = false
	}
	b.begun, b.running, b.filling, b.strays = true, false, 0, 0
	b.next, b.newest, b.floor = seq, seq, seq-uint16(b.cfg.Delay)
}

// Put stores a packet, in any order. The payload is copied; one that is longer than configured is dropped.
func (b *Buffer) Put(h Header, payload []byte) {
	if len(payload) > b.cfg.Octets {
		return
	}
	if !b.begun {
		b.begin(h.Seq)
	}
	ahead := int(int16(h.Seq - b.next))
	switch {
	case ahead > 0 && ahead < len(b.ring) && b.filling == 0 && !b.running:
		// The first after nothing waited.
		b.next, b.newest = h.Seq, h.Seq
	case ahead < 0 && ahead >= -b.cfg.Delay && !b.running && int16(h.Seq-b.floor) >= 0:
		b.next = h.Seq // an earlier one, before the first was played
	case ahead < 0 && ahead > -lateness:
		b.c.Late++
		return
	case ahead < 0 || ahead >= len(b.ring):
		// Another sequence begins when the next one follows.
		if b.strays > 0 && h.Seq == b.stray+1 {
			b.c.Resyncs++
			b.begin(h.Seq)
			break
		}
		b.strays, b.stray = 1, h.Seq
		return
	case ahead >= b.cfg.Max:
		// Too much waits: the oldest are given up, so that as much waits as at the start.
		b.c.Overruns++
		b.skip(h.Seq - uint16(b.cfg.Delay) + 1)
	}
	b.strays = 0
	s := b.at(h.Seq)
	if s.full {
		b.c.Duplicate++
		return
	}
	b.c.Received++
	if int16(h.Seq-b.newest) > 0 {
		b.newest = h.Seq
	} else if h.Seq != b.newest {
		b.c.Reordered++
	}
	s.full, s.header, s.n = true, h, copy(s.octets, payload)
	if !b.running {
		b.filling++
		b.running = b.filling >= b.cfg.Delay
	}
}

// skip gives up what is before seq.
func (b *Buffer) skip(seq uint16) {
	for ; b.next != seq; b.next++ {
		b.at(b.next).full = false
	}
	b.floor = seq
}

// Get plays the next packet. It is not ok when that is lost or none waits; the payload is valid until the next Put.
func (b *Buffer) Get() (h Header, payload []byte, ok bool) {
	if !b.running {
		b.judge(false)
		return h, nil, false
	}
	s := b.at(b.next)
	if !s.full && int16(b.newest-b.next) < 0 {
		// Nothing waits. The play-out stands still until as much is there as at the start.
		b.c.Underruns++
		b.running, b.filling, b.newest = false, 0, b.next
		b.judge(false)
		return h, nil, false
	}
	b.next++
	b.floor = b.next
	ok = s.full
	s.full = false
	if !ok {
		b.c.Lost++
	}
	b.judge(ok)
	return s.header, s.octets[:s.n], ok
}

// judge follows the loss of packets (RFC 4553 5.2).
func (b *Buffer) judge(there bool) {
	if there {
		b.missing = 0
		if b.present++; b.loss && b.present >= b.cfg.FoundAfter {
			b.loss = false
		}
		return
	}
	b.present = 0
	if b.missing++; !b.loss && b.missing >= b.cfg.LossAfter {
		b.loss = true
		b.c.LossEvents++
	}
}

// Loss reports loss of packets. It is there at the start.
func (b *Buffer) Loss() bool { return b.loss }

// Waiting is how many packets lie between the one that is played next and the newest, both included; it says how the
// sender's clock goes against the caller's.
func (b *Buffer) Waiting() int {
	if !b.running {
		return 0
	}
	return int(int16(b.newest-b.next)) + 1
}

// Running reports whether packets are being played.
func (b *Buffer) Running() bool { return b.running }

// Counters returns what has been counted.
func (b *Buffer) Counters() Counters { return b.c }
