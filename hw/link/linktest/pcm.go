package linktest

import (
	"tipring/hw/link/wire"
)

// A slot is what the card does for the chip of one timeslot.
type slot struct {
	sense wire.Sense
	drive wire.Drive
	value uint8 // that holds
	sig   uint8 // last sensed
	last  [8]byte
}

// A pcm is the media of a session.
type pcm struct {
	running bool
	ms, n   int
	silence byte
	buf     []quantum // by tick
	missing bool      // underrun before this tick
	dropped bool
	under   bool

	at   uint32 // first tick of the frame that is being filled
	have int    // ms of it
	sig  []byte
	data []byte
}

// A quantum is one tick of the downlink.
type quantum struct {
	there bool
	tick  uint32
	sig   [64]byte
	data  [64][8]byte
}

func (p *pcm) init(ms int) { p.buf = make([]quantum, min(max(ms, 1), downlinkMax)) }

func (p *pcm) start(s wire.Start, tick uint32) {
	*p = pcm{running: true, missing: true, ms: int(s.Ms), n: int(s.Slots), silence: s.Silence, buf: p.buf, at: tick}
	clear(p.buf)
	p.sig, p.data = make([]byte, p.ms*p.n), make([]byte, p.ms*p.n*8)
}

// take puts a down frame into the buffer by tick.
func (p *pcm) take(f wire.PCM, now uint32, stats *wire.Statistics) {
	if !p.running || int(f.Slots) != p.n {
		return
	}
	late, early, twice := 0, 0, 0
	for i := range int(f.Ms) {
		tick := f.Tick + uint32(i)
		ahead := int32(tick - now)
		q := &p.buf[tick%uint32(len(p.buf))]
		switch {
		case ahead < 0:
			late++
			continue
		case int(ahead) >= len(p.buf):
			early++
			continue
		case q.there && q.tick == tick:
			twice++
			continue
		}
		q.there, q.tick = true, tick
		for s := range p.n {
			q.sig[s] = f.Sig[s*int(f.Ms)+i]
			copy(q.data[s][:], f.Data[(s*int(f.Ms)+i)*8:])
		}
	}
	switch int(f.Ms) {
	case late:
		stats.DownLate++
	case early:
		stats.DownEarly++
	case twice:
		stats.DownTwice++
	}
}

// fill is how many ms lie ready after tick.
func (p *pcm) fill(tick uint32) uint8 {
	n := 0
	for ; n < len(p.buf) && n < 255; n++ {
		if q := &p.buf[(tick+1+uint32(n))%uint32(len(p.buf))]; !q.there || q.tick != tick+1+uint32(n) {
			break
		}
	}
	return uint8(n)
}

// tickPCM carries one tick both ways.
func (m *machine) tickPCM() {
	down, up := &m.down, &m.up
	p := &m.pcm
	slots := int(m.hello.Timeslots)
	var q *quantum
	if p.running {
		if q = &p.buf[m.ms%uint32(len(p.buf))]; !q.there || q.tick != m.ms {
			q = nil
			p.under = true
			m.stats.UnderrunMs++
		}
	}
	if q != nil {
		for i := range p.n {
			if v := q.sig[i]; v != m.slots[i].value && v < m.slots[i].drive.N {
				m.driveTo(&m.slots[i], v)
			}
		}
	}
	for f := range 8 {
		for i := range slots {
			switch {
			case !p.running || i >= p.n || q == nil && p.missing:
				down[i] = p.silence
			case q == nil:
				down[i] = m.slots[i].last[f]
			default:
				down[i] = q.data[i][f]
			}
		}
		m.hw.Frame(down[:slots], up[:slots])
		if p.running {
			for i := range p.n {
				p.data[(i*p.ms+p.have)*8+f] = up[i]
			}
		}
	}
	if m.hello.SenseMs > 0 && m.ms%uint32(m.hello.SenseMs) == 0 {
		for i := range slots {
			m.senseSlot(&m.slots[i])
		}
	}
	if !p.running {
		return
	}
	if q != nil {
		for i := range p.n {
			m.slots[i].last = q.data[i]
		}
		q.there = false
	}
	p.missing = q == nil
	for i := range p.n {
		p.sig[i*p.ms+p.have] = m.slots[i].sig
	}
	if p.have++; p.have == p.ms {
		m.sendUp()
	}
}

func (m *machine) sendUp() {
	p := &m.pcm
	q := &m.out[m.mediaStream()].media
	if q.n >= upQueue {
		m.stats.UpDropped++
		p.dropped = true
	} else {
		f := wire.PCM{Tick: p.at, Slots: uint8(p.n), Ms: uint8(p.ms), Fill: p.fill(m.ms), Sig: p.sig, Data: p.data}
		if p.dropped {
			f.Flags |= wire.UpDropped
		}
		if p.under {
			f.Flags |= wire.UpUnderrun
		}
		m.scratch = wire.End(f.Append(wire.Begin(m.scratch[:0], wire.TypeUp, m.session, m.upSeq)), 0)
		q.push(m.scratch)
		m.stats.UpSent++
		p.dropped, p.under = false, false
	}
	m.upSeq++
	p.at, p.have = m.ms+1, 0
}

func (m *machine) senseSlot(s *slot) {
	if s.sense.N == 0 {
		return
	}
	s.sig = 0
	rx := &m.rx
	for i := range s.sense.Probes[:s.sense.N] {
		p := &s.sense.Probes[i]
		m.hw.Transfer(int(p.Device), p.Flags&wire.BytewiseCS != 0, p.Data[:p.N], rx[:p.N])
		s.sig |= p.Eval(rx[p.N-1])
	}
}

func (m *machine) driveTo(s *slot, v uint8) {
	w, rx := &s.drive.Values[v], &m.rx
	if s.drive.Flags&wire.BytewiseCS != 0 {
		m.hw.Transfer(int(s.drive.Device), true, w.Data[:w.N], rx[:w.N])
	} else {
		for i := 0; i < int(w.N); i += 3 {
			m.hw.Transfer(int(s.drive.Device), false, w.Data[i:i+3], rx[i:i+3])
		}
	}
	s.value = v
}
