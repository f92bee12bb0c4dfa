package pseudowire

import (
	"errors"

	"tipring/tdm"
	"tipring/tdm/framing"
	"tipring/tdm/pseudowire"
)

// timeslots is a circuit of CESoPSN.
type timeslots struct {
	card      *Card
	structure pseudowire.Structure
	out, in   tdm.Block // of one packet; slot k is the k-th timeslot carried
	outBits   []uint8
	inBits    []uint8
	ms        int // of the packet
	part      int // of the multiframe

	defects  tdm.Alarms
	failures *framing.Integrator
	since    tdm.Alarms
	loop     tdm.SpanLoop
	ais, rai bool
	received pseudowire.Header
	lossy    bool
	before   tdm.SpanCounts
	outSlot  func(k int) []byte
	inSlot   func(k int) []byte
	fill     func(payload []byte)
	fragment pseudowire.Fragment
}

func newTimeslots(c *Card, s pseudowire.Structure) *timeslots {
	t := &timeslots{
		card: c, structure: s, out: tdm.NewBlock(s.Slots, s.Frames), in: tdm.NewBlock(s.Slots, s.Frames),
		outBits: make([]uint8, s.Slots), inBits: make([]uint8, s.Slots), failures: framing.NewIntegrator(0, 0), lossy: true,
	}
	t.outSlot, t.inSlot = t.out.Slot, t.in.Slot
	t.fill = t.pack
	return t
}

func (t *timeslots) run(tx, rx tdm.Block, q int) bool {
	if t.ms == 0 {
		t.play()
	}
	at := q * tdm.Quantum
	for i := range t.card.info.Slots {
		ones(rx.Slot(i)[at : at+tdm.Quantum])
		rx.SigSlot(i)[q] = 0
	}
	for k, slot := range t.card.cfg.Timeslots {
		here := t.ms * tdm.Quantum
		copy(rx.Slot(slot - 1)[at:at+tdm.Quantum], t.in.Slot(k)[here:here+tdm.Quantum])
		copy(t.out.Slot(k)[here:here+tdm.Quantum], tx.Slot(slot - 1)[at:at+tdm.Quantum])
		if t.card.cfg.CAS {
			rx.SigSlot(slot - 1)[q] = t.inBits[k]
			t.outBits[k] = tx.SigSlot(slot - 1)[q]
		}
	}
	if t.ms++; t.ms == t.card.cfg.PacketMs {
		t.ms = 0
		t.send()
	}
	return t.judge()
}

func ones(b []byte) {
	for i := range b {
		b[i] = 0xff
	}
}

// play takes the next packet out of the jitter buffer. Signalling bits stand still while there is none.
func (t *timeslots) play() {
	h, payload, ok, loss := t.card.get()
	t.lossy = loss
	if ok {
		t.received = h
	}
	if !ok || h.L || len(payload) != t.structure.Len(h.Fragment) {
		ones(t.in.Data)
		return
	}
	t.structure.Unpack(payload, h.Fragment, t.inSlot, 0, t.inBits)
}

func (t *timeslots) pack(payload []byte) {
	out := t.outSlot
	if t.loop == tdm.LoopPayload {
		out = t.inSlot
	}
	if t.ais {
		ones(payload)
		return
	}
	t.structure.Pack(payload, t.fragment, out, 0, t.outBits)
}

func (t *timeslots) send() {
	t.fragment = t.structure.Fragment(t.part)
	t.part++
	if t.fragment == pseudowire.Whole || t.fragment == pseudowire.Last {
		t.part = 0
	}
	h := pseudowire.Header{L: t.ais, R: t.lossy, Fragment: t.fragment}
	if t.rai && !t.ais {
		h.M = pseudowire.RemoteRDI
	}
	t.card.stamp += uint32(t.structure.Frames)
	t.card.send(h, t.structure.Len(t.fragment), t.fill)
}

func (t *timeslots) judge() bool {
	was, failed := t.defects, t.failures.Failures()
	t.defects = packetDefects(t.lossy, t.received)
	if t.received.M == pseudowire.RemoteRDI && t.defects&tdm.RedAlarms == 0 {
		t.defects |= tdm.RAI
	}
	t.since |= t.defects
	t.failures.Tick(t.defects)
	return was != t.defects || failed != t.failures.Failures()
}

// packetDefects are what the packets tell.
func packetDefects(loss bool, h pseudowire.Header) tdm.Alarms {
	switch {
	case loss:
		return tdm.LOS
	case h.L:
		return tdm.AIS
	case h.R:
		return tdm.RAI
	}
	return 0
}

// counts makes a line's counts of the packets': one that is lost is an errored block, an overrun or underrun a slip.
func (t *timeslots) counts() tdm.SpanCounts {
	p, _, _ := t.card.Packets()
	return tdm.SpanCounts{PathViolations: p.Lost, SevereFraming: p.LossEvents, SlipsDeleted: p.Overruns, SlipsRepeated: p.Underruns}
}

func (t *timeslots) status() tdm.SpanStatus {
	return tdm.SpanStatus{Defects: t.defects, Failures: t.failures.Failures(), Loop: t.loop, Counts: t.counts()}
}

func (t *timeslots) second() tdm.SpanSecond {
	now := t.counts()
	s := tdm.SpanSecond{Counts: now.Sub(t.before), Defects: t.since | t.defects}
	t.before, t.since = now, t.defects
	return s
}

var errTimeslots = errors.New("a pseudowire of timeslots has AIS, a remote alarm and a payload loop, and nothing else of that kind")

func (t *timeslots) check(c tdm.SpanCommand) error {
	switch {
	case c.Op == tdm.SpanSetLoop && (c.Loop == tdm.LoopNone || c.Loop == tdm.LoopPayload), c.Op == tdm.SpanSetAIS, c.Op == tdm.SpanSetRAI:
		return nil
	}
	return errTimeslots
}

func (t *timeslots) control(c tdm.SpanCommand) {
	switch c.Op {
	case tdm.SpanSetLoop:
		t.loop = c.Loop
	case tdm.SpanSetAIS:
		t.ais = c.On
	case tdm.SpanSetRAI:
		t.rai = c.On
	}
}
