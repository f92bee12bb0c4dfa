package fsk

import (
	"math"

	"tipring/dsp/level"
)

// A Modulator produces queued bits as 16-bit samples at 8 kHz, its phase continuous from the first bit to the last. Read
// allocates nothing; one goroutine owns a Modulator.
type Modulator struct {
	spec  Spec
	amp   float64
	bits  []byte // queued, one a byte
	next  int    // bit being sent
	pos   float64
	phase float64 // in turns
}

// NewModulator returns a Modulator that sends at the given level, with nothing queued.
func NewModulator(s Spec, at level.DBm0) *Modulator {
	return &Modulator{spec: s, amp: at.Amplitude()}
}

// Bytes queues characters: start bit, data, stop bit.
func (m *Modulator) Bytes(p ...byte) {
	for _, b := range p {
		m.bits = append(m.bits, 0)
		for i := range 8 {
			m.bits = append(m.bits, b>>i&1)
		}
		m.bits = append(m.bits, 1)
	}
}

// Marks queues n bits of mark.
func (m *Modulator) Marks(n int) {
	for range n {
		m.bits = append(m.bits, 1)
	}
}

// Seizure queues n alternating bits, the first one a space: the channel seizure of GR-30-CORE §2.4.1.1.
func (m *Modulator) Seizure(n int) {
	for i := range n {
		m.bits = append(m.bits, byte(i&1))
	}
}

// Samples returns how many samples are still to come.
func (m *Modulator) Samples() int {
	return max(0, int(math.Ceil((float64(len(m.bits)-m.next)-m.pos)*m.spec.bit()-1e-6)))
}

// Read fills dst and returns how many samples it gave: fewer than len(dst) when the queue ran empty.
func (m *Modulator) Read(dst []int16) int {
	perSample := m.spec.Baud / rate
	turns := [2]float64{m.spec.SpaceHz / m.spec.Baud, m.spec.MarkHz / m.spec.Baud} // a bit
	for i := range dst {
		if m.next == len(m.bits) {
			m.bits, m.next = m.bits[:0], 0
			return i
		}
		dst[i] = int16(math.Round(min(max(m.amp*math.Sin(2*math.Pi*m.phase), math.MinInt16), math.MaxInt16)))
		// A bit that ends between two samples turns the phase by its share.
		for step := perSample; m.next < len(m.bits); {
			left := 1 - m.pos
			if step < left-1e-9 {
				m.pos += step
				m.phase += step * turns[m.bits[m.next]]
				break
			}
			m.phase += left * turns[m.bits[m.next]]
			step -= left
			m.pos, m.next = 0, m.next+1
		}
		m.phase -= math.Floor(m.phase)
	}
	return len(dst)
}
