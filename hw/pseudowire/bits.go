package pseudowire

import (
	"tipring/tdm"
	"tipring/tdm/framing"
	"tipring/tdm/pseudowire"
)

// bits is a circuit of SAToP.
type bits struct {
	card     *Card
	framer   *framing.Framer
	slots    int
	octets   int // of the line in a millisecond
	tx, rx   tdm.Block
	q        int
	sent     int
	taken    int
	take     func(frame []byte)
	pulses   framing.Pulses
	arrived  framing.Pulses
	out      []byte // octets that wait to be sent, less than a packet and a millisecond
	in       []byte // octets that wait to be received
	inN      int
	ais      bool
	failures *framing.Integrator
	defects  tdm.Alarms
	since    tdm.Alarms
	header   pseudowire.Header
	lossy    bool
	fill     func(payload []byte)
}

func newBits(c *Card) *bits {
	b := &bits{card: c, slots: c.cfg.Framing.Timeslots(), octets: c.cfg.Framing.Bits(), lossy: true, failures: framing.NewIntegrator(0, 0)}
	b.framer = framing.New(framing.Config{Framing: c.cfg.Framing, LineCode: tdm.NRZ, CAS: c.cfg.CAS}, b.source)
	b.pulses, b.arrived = framing.NewPulses(b.octets), framing.NewPulses(b.octets)
	b.out = make([]byte, 0, c.cfg.PacketOctets+b.octets)
	b.in = make([]byte, c.cfg.PacketOctets+b.octets)
	b.take = b.takeFrame
	b.fill = func(payload []byte) { copy(payload, b.out) }
	return b
}

func (b *bits) source(frame []byte) {
	at := b.q*tdm.Quantum + b.sent
	b.sent++
	for k := 1; k <= b.slots; k++ {
		frame[k] = b.tx.Data[(k-1)*b.tx.N+at]
	}
}

func (b *bits) takeFrame(frame []byte) {
	at := b.q*tdm.Quantum + b.taken
	b.taken++
	for k := 1; k <= b.slots; k++ {
		b.rx.Data[(k-1)*b.rx.N+at] = frame[k]
	}
}

func (b *bits) run(tx, rx tdm.Block, q int) bool {
	b.tx, b.rx, b.q, b.sent, b.taken = tx, rx, q, 0, 0
	for k := 1; b.card.cfg.CAS && k <= b.slots; k++ {
		b.framer.SetABCD(k, tx.SigSlot(k - 1)[q])
	}
	b.framer.Send(b.pulses)
	b.out = append(b.out, b.pulses.Plus...)
	b.card.stamp += tdm.Quantum
	for n := b.card.cfg.PacketOctets; len(b.out) >= n; {
		b.card.send(pseudowire.Header{L: b.ais, R: b.lossy}, n, b.fill)
		b.out = b.out[:copy(b.out, b.out[n:])]
	}
	for b.inN < b.octets {
		b.play()
	}
	copy(b.arrived.Plus, b.in[:b.octets])
	clear(b.arrived.Minus)
	b.inN = copy(b.in, b.in[b.octets:b.inN])
	b.framer.Receive(b.arrived)
	b.framer.Frames(tdm.Quantum, b.take)
	for k := 1; k <= b.slots; k++ {
		sig := uint8(0)
		if b.card.cfg.CAS {
			sig = b.framer.ABCD(k)
		}
		rx.SigSlot(k - 1)[q] = sig
	}
	changed := b.framer.Tick()
	was, failed := b.defects, b.failures.Failures()
	if b.defects = packetDefects(b.lossy, b.header); b.defects&tdm.RedAlarms == 0 {
		b.defects |= b.framer.Status().Defects
	}
	b.since |= b.defects
	b.failures.Tick(b.defects)
	return changed || was != b.defects || failed != b.failures.Failures()
}

// play takes the next packet out of the jitter buffer. One that is lost or invalid reads as all ones (RFC 4553 6.2.2).
func (b *bits) play() {
	h, payload, ok, loss := b.card.get()
	b.lossy = loss
	next := b.in[b.inN : b.inN+b.card.cfg.PacketOctets]
	if ok {
		b.header = h
	}
	if !ok || h.L || len(payload) != len(next) {
		ones(next)
	} else {
		copy(next, payload)
	}
	b.inN += len(next)
}

func (b *bits) status() tdm.SpanStatus {
	s := b.framer.Status()
	s.Defects, s.Failures = b.defects, b.failures.Failures()
	return s
}

func (b *bits) second() tdm.SpanSecond {
	s := b.framer.Second()
	s.Defects = b.since | b.defects
	b.since = b.defects
	return s
}

func (b *bits) check(tdm.SpanCommand) error { return nil }

func (b *bits) control(c tdm.SpanCommand) {
	if c.Op == tdm.SpanSetAIS {
		b.ais = c.On
	}
	b.framer.Control(c)
}
