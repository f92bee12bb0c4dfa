package fsk

import "math"

const (
	frameBits = 10 // start, eight data, stop

	// memory is the weight of the phase estimate from one bit to the next: it averages over five bits, short enough to
	// follow the 22 Hz that two standard tones may be off.
	memory = 0.8
)

// A tracking is what is known of the signal besides its bits.
type tracking struct {
	bit   float64    // length of a bit in samples
	amp   [2]float64 // magnitude of a whole bit's correlation with its own tone
	skew  complex128 // rotation of the space tone that a dispersive line, or a timing error, adds to a continuous phase
	turn  complex128 // rotation of the phase from bit to bit that a frequency offset adds
	phase complex128 // weighted sum of the correlations so far, in the mark tone's frame
}

// angle returns the unit vector of the phase that the difference of the two tones runs through in n samples.
func (d *Demodulator) angle(n float64) complex128 {
	s, c := math.Sincos(2 * math.Pi * (d.spec.SpaceHz - d.spec.MarkHz) / rate * n)
	return complex(c, s)
}

// twist returns the rotation from the space tone's frame to the mark tone's at time t: with a continuous phase, the
// correlation of a space that begins at t, rotated by it, has the phase of the mark before. The sum at t holds the samples
// before t, each of which stands for the time half a sample around it. All phases come back every second.
func (d *Demodulator) twist(t float64) complex128 {
	return d.angle(t - 0.5 - float64(int64(t)/rate*rate))
}

func conj(c complex128) complex128 { return complex(real(c), -imag(c)) }

func abs(c complex128) float64 { return math.Sqrt(power(c)) }

// A frame is a character's worth of correlations, each bit with each tone, all in the mark tone's frame.
type frame struct {
	c [frameBits][2]complex128
	// after is the rotation of the mark's phase that a space bit leaves behind.
	after complex128
}

func (d *Demodulator) correlate(t float64, tr *tracking) (f frame) {
	f.after = d.angle(tr.bit)
	twist := d.twist(t) * conj(tr.skew)
	s, m := d.prefix(0, t), d.prefix(1, t)
	for k := range f.c {
		end := t + float64(k+1)*tr.bit
		s2, m2 := d.prefix(0, end), d.prefix(1, end)
		f.c[k] = [2]complex128{(s2 - s) * twist, m2 - m}
		s, m = s2, m2
		twist *= f.after
	}
	return f
}

// A survivor is the best way into one of the detector's states, which are the last two bits.
type survivor struct {
	metric float64
	phase  complex128
	size   float64 // of phase
	bits   uint    // decided so far, the first one lowest
}

// decide returns the likeliest ten bits of a frame, the first one lowest, after a mark with the phase of tr.
//
// The metric of a bit is what its correlation adds to the length of the phase sum, which is its part along the phase when
// that is known and its magnitude when it is not, less half its expected energy.
func (f *frame) decide(tr *tracking) uint {
	if bits, ok := f.plain(tr); ok {
		return bits
	}
	const none = -1e300
	cost := [2]float64{tr.amp[0] * tr.amp[0] / 2, tr.amp[1] * tr.amp[1] / 2}
	turn := tr.turn * memory
	cur := [4]survivor{{metric: none}, {metric: none}, {metric: none}, {phase: tr.phase, size: abs(tr.phase)}}
	for k := range f.c {
		add := [2]complex128{f.c[k][0] * complex(tr.amp[0], 0), f.c[k][1] * complex(tr.amp[1], 0)}
		next := [4]survivor{{metric: none}, {metric: none}, {metric: none}, {metric: none}}
		for from := range cur {
			s := &cur[from]
			if s.metric == none {
				continue
			}
			phase, metric := s.phase*turn, s.metric-memory*s.size
			for b, c := range add {
				sum := phase + c
				size := abs(sum)
				to := &next[from<<1&2|b]
				if m := metric + size - cost[b]; m > to.metric {
					*to = survivor{m, sum, size, s.bits | uint(b)<<k}
				}
			}
		}
		// A space leaves the mark's phase turned.
		next[0].phase *= f.after
		next[2].phase *= f.after
		cur = next
	}
	best := 0
	for n := range cur {
		if cur[n].metric > cur[best].metric {
			best = n
		}
	}
	return cur[best].bits
}

// plain decides a frame in which every bit is beyond doubt by its two filters alone, as all are on a good line.
func (f *frame) plain(tr *tracking) (bits uint, ok bool) {
	const (
		doubt  = 0.35 // of the one filter's power that the other may have; a clean bit of V.23 leaves 0.17
		enough = 0.5  // of the expected power
	)
	weight := [2]float64{tr.amp[1] * tr.amp[1], tr.amp[0] * tr.amp[0]}
	least := enough * weight[0] * weight[1]
	for k := range f.c {
		space, mark := power(f.c[k][0])*weight[0], power(f.c[k][1])*weight[1]
		switch {
		case mark > least && space < doubt*mark:
			bits |= 1 << k
		case space > least && mark < doubt*space:
		default:
			return 0, false
		}
	}
	return bits, true
}

// follow updates what is known of the signal from a frame whose bits are decided. It returns the energy that
// the decision explains and the mean of the marks' correlations along the phase.
func (f *frame) follow(bits uint, tr *tracking) (energy, mark float64) {
	start := tr.phase
	var along [2]float64
	var across [2]float64
	var n [2]float64
	expected := complex(1, 0)
	for k := range f.c {
		b := bits >> k & 1
		tr.phase = tr.phase*tr.turn*memory + f.c[k][b]*complex(tr.amp[b], 0)
		if size := abs(tr.phase); size > 0 {
			z := f.c[k][b] * conj(tr.phase)
			along[b] += real(z) / size
			across[b] += imag(z) / size
			n[b]++
		}
		expected *= tr.turn
		if b == 0 {
			tr.phase *= f.after
			expected *= f.after
		}
	}
	for b := range n {
		if n[b] > 0 {
			a := max(along[b]/n[b], 0)
			energy += n[b] * a * a * 2 / tr.bit
			mark = a
			tr.amp[b] += 0.3 * (a - tr.amp[b])
		}
	}
	if n[0] > 0 && n[1] > 0 && along[0] > 0 && along[1] > 0 {
		off := math.Atan2(across[0], along[0]) - math.Atan2(across[1], along[1])
		s, c := math.Sincos(0.4 * off)
		tr.skew *= complex(c, s)
	}
	if start != 0 {
		z := tr.phase * conj(start*expected)
		if s := power(z); s > 0 {
			s, c := math.Sincos(0.2 / frameBits * math.Atan2(imag(z), real(z)))
			tr.turn *= complex(c, s)
		}
	}
	return energy, mark
}

// late returns by how many samples the frame at time t seems to begin too early (positive) or too late, from the energy
// of its bits a quarter bit to either side.
func (d *Demodulator) late(t float64, bits uint, tr *tracking) float64 {
	const quarter = 0.25
	var diff, sum float64
	for k := range frameBits {
		b := int(bits >> k & 1)
		at := t + float64(k)*tr.bit
		e := power(d.corr(b, at+quarter*tr.bit, at+(1+quarter)*tr.bit))
		l := power(d.corr(b, at-quarter*tr.bit, at+(1-quarter)*tr.bit))
		diff += e - l
		sum += e + l
	}
	if sum == 0 {
		return 0
	}
	return tr.bit * diff / sum
}
