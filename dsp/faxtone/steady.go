package faxtone

import "math"

// change is what a block made of a tone.
type change uint8

const (
	none change = iota
	began
	ended
)

// steady follows one frequency that lasts.
type steady struct {
	bin           int
	tolerance     float64 // Hz
	share         float32 // of the power, as long as the frequency is not known
	need, release int     // blocks until it counts, and until it has gone

	run         int // blocks of the tone so far, gaps included
	held        int // blocks without it since the last with it
	first, last int64
	on          bool
	prev        complex64
	rotation    complex64 // smoothed advance of phase from block to block
}

func (s *steady) step(m *measured, now int64) change {
	z := m.z[s.bin]
	share := m.share(s.bin)
	pure := m.power >= least && share >= s.share
	if pure && s.run > 0 && s.held == 0 {
		turn := z * complex(real(s.prev), -imag(s.prev))
		s.rotation = s.rotation*0.7 + turn*0.3
	}
	s.prev = z
	if pure && s.run >= 4 {
		off := s.off()
		pure = math.Abs(off) <= s.tolerance && share >= pureShare*leftOf(off)
	}
	if pure {
		if s.run == 0 {
			s.first, s.rotation = now, 0
		}
		s.run += 1 + s.held
		s.held = 0
		s.last = now
		if !s.on && s.run >= s.need {
			s.on = true
			return began
		}
		return none
	}
	if s.run == 0 {
		return none
	}
	s.held++
	if s.on && s.held < s.release || !s.on && s.held <= gapBlocks {
		return none
	}
	s.run, s.held = 0, 0
	if s.on {
		s.on = false
		return ended
	}
	return none
}

// off is how far the tone lies from its nominal frequency in Hz, by the advance of its phase: nominal frequencies are
// multiples of 100 Hz, whose phase is the same in every block of 10 ms.
func (s *steady) off() float64 {
	return math.Atan2(float64(imag(s.rotation)), float64(real(s.rotation))) / (2 * math.Pi * blockTime)
}

// leftOf is the share of a tone's power that a block measures when the tone is so many Hz off.
func leftOf(off float64) float32 {
	x := math.Pi * off * blockTime
	if x == 0 {
		return 1
	}
	s := math.Sin(x) / x
	return float32(s * s)
}

const (
	// V.25 §3: a reversal every 450 +-25 ms, within 1 ms. Two at the right distance are a pattern; one may be a lost packet.
	reversalBlocks    = 45
	reversalTolerance = 4
	// A reversal is half a turn within this much.
	reversalDegrees = 45
)

// reversal finds phase reversals in 2100 Hz.
type reversal struct {
	ring  [4]complex64 // the last blocks' amplitudes
	n     int64        // blocks so far
	last  int64        // of the last reversal, 0: none
	found bool
}

// step compares the phase before and after the last two blocks, one of which may hold the reversal itself.
func (r *reversal) step(m *measured, s *steady) {
	r.ring[r.n%4] = m.z[ans]
	r.n++
	if r.n < 8 {
		return
	}
	before, after := r.ring[r.n%4], m.z[ans]
	const apart = 3 // blocks
	expected := math.Atan2(float64(imag(s.rotation)), float64(real(s.rotation))) * apart
	turn := after * complex(real(before), -imag(before))
	jump := math.Atan2(float64(imag(turn)), float64(real(turn))) - expected
	jump = math.Remainder(jump, 2*math.Pi) * 180 / math.Pi
	if math.Abs(jump) < 180-reversalDegrees {
		return
	}
	distance := r.n - r.last
	if r.last != 0 && distance <= apart+1 {
		return // the same one
	}
	if r.last != 0 && distance >= reversalBlocks-reversalTolerance && distance <= reversalBlocks+reversalTolerance {
		r.found = true
	}
	r.last = r.n
}

const (
	// V.8 §5.1: 15 +-0.1 Hz, the envelope from 0.8 to 1.2 of its mean.
	modulationHz     = 15.0
	modulationBlocks = 20 // three periods
	modulationLeast  = 0.10
	modulationMost   = 0.40
)

// modulation finds 15 Hz in the amplitude of 2100 Hz.
type modulation struct {
	ring  [modulationBlocks]float32
	n     int
	good  int // findings in a row
	found bool
}

var modulationTable = func() (t [modulationBlocks]complex64) {
	for i := range t {
		sin, cos := math.Sincos(-2 * math.Pi * modulationHz * blockTime * float64(i))
		t[i] = complex(float32(cos), float32(sin))
	}
	return
}()

// step takes the amplitude of a block; a block that was not pure, as one with a reversal, begins the measurement anew.
func (d *modulation) step(amp float32, pure bool) {
	if !pure {
		d.n, d.good = 0, 0
		return
	}
	d.ring[d.n%modulationBlocks] = amp
	d.n++
	if d.n < modulationBlocks {
		return
	}
	var sum complex64
	var mean, rest float32
	for i := range modulationBlocks {
		a := d.ring[(d.n+i)%modulationBlocks]
		mean += a
		sum += complex(a, 0) * modulationTable[i]
	}
	mean /= modulationBlocks
	for i := range modulationBlocks {
		rest += (d.ring[i] - mean) * (d.ring[i] - mean)
	}
	// A block averages the envelope over 10 ms.
	depth := 2 / float32(modulationBlocks) * float32(math.Hypot(float64(real(sum)), float64(imag(sum)))) / mean / blockAverage
	// Most of what moves the amplitude must be those 15 Hz.
	share := depth * depth * blockAverage * blockAverage * mean * mean / 2 * modulationBlocks / max(rest, 1e-9)
	if depth < modulationLeast || depth > modulationMost || share < 0.6 {
		d.good = 0
		return
	}
	if d.good++; d.good >= 3 {
		d.found = true
	}
}

// blockAverage is what averaging over a block leaves of a 15 Hz envelope.
var blockAverage = float32(math.Sin(math.Pi*modulationHz*blockTime) / (math.Pi * modulationHz * blockTime))
