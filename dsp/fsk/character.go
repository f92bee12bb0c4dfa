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
	s, c := math.Sincos(d.apart * n)
	return complex(c, s)
}

// after returns the angle that a bit of a length near the nominal one runs through.
func (d *Demodulator) after(bit float64) complex128 {
	return d.nominal * small(d.apart*(bit-d.bit))
}

// twist returns the rotation from the space tone's frame to the mark tone's at time t: with a continuous phase, the
// correlation of a space that begins at t, rotated by it, has the phase of the mark before. The sum at t holds the samples
// before t, each of which stands for the time half a sample around it.
func (d *Demodulator) twist(t float64) complex128 {
	i := int64(t)
	r := &d.ref[int(i)%d.period] // which space and mark have turned to, backwards, at sample i
	whole := complex(r[0], -r[1]) * complex(r[2], r[3])
	return whole * small(d.apart*(t-0.5-float64(i)))
}

func conj(c complex128) complex128 { return complex(real(c), -imag(c)) }

func abs(c complex128) float64 { return math.Sqrt(power(c)) }

// A frame is a character's worth of correlations, each bit with each tone, all in the mark tone's frame.
type frame struct {
	c [frameBits][2]complex128
	// after is the rotation of the mark's phase that a space bit leaves behind.
	after complex128
}

func (d *Demodulator) correlate(f *frame, t float64, tr *tracking) {
	f.after = d.after(tr.bit)
	twist := d.twist(t) * conj(tr.skew)
	at := &d.ends[0]
	sums(at, &d.past, t, tr.bit)
	for k := range f.c {
		f.c[k] = [2]complex128{(at[k+1][0] - at[k][0]) * twist, at[k+1][1] - at[k][1]}
		twist *= f.after
	}
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
	turn := complex(real(tr.turn)*memory, imag(tr.turn)*memory)
	var ways [2][4]survivor
	cur, next := &ways[0], &ways[1]
	*cur = [4]survivor{{metric: none}, {metric: none}, {metric: none}, {phase: tr.phase, size: abs(tr.phase)}}
	for k := range f.c {
		for n := range cur {
			s := &cur[n]
			s.phase *= turn
			s.metric -= memory * s.size
		}
		for b, c := range f.c[k] {
			c = complex(real(c)*tr.amp[b], imag(c)*tr.amp[b])
			for last := range 2 {
				// Two ways lead to the same last two bits; they differ in the one before.
				s, other := &cur[last], &cur[2+last]
				sum, sum2 := s.phase+c, other.phase+c
				size, size2 := abs(sum), abs(sum2)
				if other.metric+size2 > s.metric+size {
					s, sum, size = other, sum2, size2
				}
				if b == 0 {
					sum *= f.after // a space leaves the mark's phase turned
				}
				next[last<<1|b] = survivor{s.metric + size - cost[b], sum, size, s.bits | uint(b)<<k}
			}
		}
		cur, next = next, cur
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
		// Without a branch on the bit, which nobody could predict: the sum and the difference tell the greater and the lesser.
		sum, apart := mark+space, math.Abs(mark-space)
		if sum+apart <= 2*least || sum-apart >= doubt*(sum+apart) {
			return 0, false
		}
		var b uint
		if mark > space {
			b = 1
		}
		bits |= b << k
	}
	return bits, true
}

// follow updates what is known of the signal from a frame whose bits are decided. It returns the energy that
// the decision explains and the mean of the marks' correlations along the phase.
func (f *frame) follow(bits uint, tr *tracking) (energy, mark float64) {
	var along, across, n [2]float64
	// The phase that the bits so far lead to expect is taken out of each bit, so that the sum of them only fades: a space leaves
	// the mark's phase turned.
	leaves := [2]complex128{tr.turn * f.after, tr.turn}
	expected, sum := tr.turn, tr.phase
	for k := range f.c {
		b := bits >> k & 1
		c := f.c[k][b] * conj(expected)
		sum = complex(real(sum)*memory+real(c)*tr.amp[b], imag(sum)*memory+imag(c)*tr.amp[b])
		if size := power(sum); size > 0 {
			z := c * conj(sum)
			size = 1 / math.Sqrt(size)
			along[b] += real(z) * size
			across[b] += imag(z) * size
			n[b]++
		}
		if k < frameBits-1 {
			expected *= leaves[b]
		}
	}
	if bits>>(frameBits-1) == 0 {
		expected *= f.after
	}
	start := tr.phase
	tr.phase = sum * expected
	for b := range n {
		if n[b] > 0 {
			a := max(along[b]/n[b], 0)
			energy += n[b] * a * a * 2 / tr.bit
			mark = a
			tr.amp[b] += 0.3 * (a - tr.amp[b])
		}
	}
	if n[0] > 0 && n[1] > 0 && along[0] > 0 && along[1] > 0 {
		tr.skew *= part(0.4, complex(along[0], across[0])*complex(along[1], -across[1]))
	}
	if z := sum * conj(start); power(z) > 0 {
		tr.turn *= part(0.2/frameBits, z)
	}
	return energy, mark
}

// part returns the unit vector of a share of z's angle.
func part(share float64, z complex128) complex128 {
	if x, y := real(z), imag(z); x > 0 && math.Abs(y) < 0.1*x {
		r := y / x
		q := r * r
		return small(share * r * (1 - q*(1.0/3-q*(1.0/5-q*(1.0/7))))) // the next term is below 1e-9
	}
	sin, cos := math.Sincos(share * math.Atan2(imag(z), real(z)))
	return complex(cos, sin)
}

// small returns the unit vector of an angle of at most a half: the terms that are left out are below 1e-8.
func small(a float64) complex128 {
	q := a * a
	return complex(1-q*(1.0/2-q*(1.0/24-q*(1.0/720-q*(1.0/40320)))), a*(1-q*(1.0/6-q*(1.0/120-q*(1.0/5040)))))
}

// late returns by how many samples the frame at time t seems to begin too early (positive) or too late, from the energy
// of its bits a quarter bit to either side.
func (d *Demodulator) late(t float64, bits uint, tr *tracking) float64 {
	const quarter = 0.25
	early, after := &d.ends[0], &d.ends[1]
	sums(early, &d.past, t-quarter*tr.bit, tr.bit)
	sums(after, &d.past, t+quarter*tr.bit, tr.bit)
	var diff, sum float64
	for k := range frameBits {
		b := bits >> k & 1
		l, e := power(early[k+1][b]-early[k][b]), power(after[k+1][b]-after[k][b])
		diff += e - l
		sum += e + l
	}
	if sum == 0 {
		return 0
	}
	return tr.bit * diff / sum
}
