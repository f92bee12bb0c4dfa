package framing

import (
	"encoding/binary"
	"math/bits"

	"tipring/tdm"
)

// losDetector finds the absence of pulses (ITU-T G.775 4.2, ANSI T1.231 6.1.2.1.1).
type losDetector struct {
	los   bool
	zeros int // symbols without a pulse so far
	// While there is no signal, windows of losWindow symbols are judged.
	octets int
	pulses int
	gap    bool // too long a run of zeros in the window
}

const (
	losAfter  = 176 // symbols, of 175 ± 75
	losWindow = 176
	losPulses = 22  // 12.5 %
	losGap    = 100 // symbols without a pulse that a signal does not have
)

func (d *losDetector) write(in Pulses) {
	i := 0
	for ; !d.los && d.zeros < 64 && i+8 <= len(in.Plus); i += 8 {
		w := binary.BigEndian.Uint64(in.Plus[i:]) | binary.BigEndian.Uint64(in.Minus[i:])
		if w == 0 {
			break
		}
		d.zeros = bits.TrailingZeros64(w) // no run that ends in here is long enough
	}
	for ; i < len(in.Plus); i++ {
		marks := in.Plus[i] | in.Minus[i]
		if marks == 0 {
			d.zeros += 8
		} else {
			d.zeros += bits.LeadingZeros8(marks)
			d.check()
			d.zeros = bits.TrailingZeros8(marks)
		}
		d.check()
		if !d.los {
			continue
		}
		d.pulses += bits.OnesCount8(marks)
		if d.octets++; d.octets == losWindow/8 {
			if d.pulses >= losPulses && !d.gap {
				d.los = false
			}
			d.octets, d.pulses, d.gap = 0, 0, false
		}
	}
}

func (d *losDetector) check() {
	if d.zeros >= losGap {
		d.gap = true
	}
	if d.zeros >= losAfter && !d.los {
		d.los = true
		d.octets, d.pulses, d.gap = 0, 0, false
	}
}

// aisDetector finds all ones.
type aisDetector struct {
	octets int // of a period
	limit  int // zeros that it may have
	ais    bool
	few    bool // the last period had no more
	n      int
	zeros  int
}

// init sets the periods of ITU-T G.775 5.2.2 (512 bits with two zeros at most) or ANSI T1.231 6.1.2.2.3 (4,632 bits, with
// less than five).
func (d *aisDetector) init(f tdm.Framing) {
	d.octets, d.limit = 64, 2
	if !f.E1() {
		d.octets, d.limit = 579, 4
	}
}

func (d *aisDetector) write(line []byte) {
	for len(line) > 0 {
		if len(line) >= 8 && d.octets-d.n >= 8 {
			d.zeros += 64 - bits.OnesCount64(binary.BigEndian.Uint64(line))
			line, d.n = line[8:], d.n+8
		} else {
			d.zeros += 8 - bits.OnesCount8(line[0])
			line, d.n = line[1:], d.n+1
		}
		if d.n < d.octets {
			continue
		}
		few := d.zeros <= d.limit
		if few == d.few {
			d.ais = few
		}
		d.few, d.zeros, d.n = few, 0, 0
	}
}

// An Integrator makes failures of defects that persist, and clears them when they have been away.
type Integrator struct {
	declare, clear int // ms
	failures       tdm.Alarms
	since          [16]int // ms that a condition has differed from its failure
}

// NewIntegrator returns an Integrator with the times in milliseconds; when zero 2,500 and 10,000 (ANSI T1.231 6.2.2.1).
func NewIntegrator(declareMs, clearMs int) *Integrator {
	if declareMs == 0 {
		declareMs = defaultDeclareMs
	}
	if clearMs == 0 {
		clearMs = defaultClearMs
	}
	return &Integrator{declare: declareMs, clear: clearMs}
}

// Failures returns the failures of now.
func (g *Integrator) Failures() tdm.Alarms { return g.failures }

// Tick takes the defects of a millisecond.
func (g *Integrator) Tick(defects tdm.Alarms) {
	differ := defects ^ g.failures
	for i := range g.since {
		bit := tdm.Alarms(1) << i
		if differ&bit == 0 {
			g.since[i] = 0
			continue
		}
		limit := g.declare
		if g.failures&bit != 0 {
			limit = g.clear
		}
		if g.since[i]++; g.since[i] >= limit {
			g.failures ^= bit
			g.since[i] = 0
		}
	}
}
