package tone

import (
	"math"
	"slices"

	"tipring/dsp/level"
)

// A signature is one combination of frequencies that tones of a plan have: what a segment sounds like, whatever its length.
type signature struct {
	bins      []int // of the bank, the first frequency first
	narrow    bool  // components so close that a short window cannot tell them from one frequency
	modulated bool
	plain     int         // signature of the unmodulated carrier, if the plan has it and it is not the same to the ear; else -1
	inverse   [][]float32 // of the Gram matrix of the components under the window
	shift     [offsets][]bentRotation
	worth     float32 // what explains less is far from it, whatever the error of frequency
}

// bentRotation is a bin's rotation for a frequency that is off by some tenths of a percent.
type bentRotation [window]complex64

const (
	// A sum or a modulated carrier is looked for at these common errors of frequency: -1.2% to +1.2%.
	offsets    = 5
	offsetStep = 0.006
	// A single frequency is accepted within this of its nominal value, as measured.
	offTolerance = 0.016
	offMin       = 1.5 // Hz
	// The frequencies of the special information tone, 950, 1400 and 1800 Hz, are within 50 Hz (E.180 clause 9.2.2), and
	// nothing else in a plan is near them.
	sitFromHz, sitTolerance = 900, 48.0
	// Components closer than this are told from one frequency by the run as a whole, not window by window.
	narrowHz = 38
	// A sum is one only if its weakest component has this share of the power: 13 dB below the whole.
	leastShare = 0.05
	// What explains less than this is not looked at, however far its frequencies may be off.
	leastWorth = 0.4
	// What explains this much needs no better error of frequency.
	plentyShare = 0.95
	// Below this no telephone tone is heard as such: "400+15" is a modulated 400.
	audibleHz = 200
	// A modulation up to this is not told from none.
	barelyHz = 20
)

// describe returns the components of a segment as the detector sees them.
func describe(seg Segment) (hz []float64, modulated bool) {
	f := slices.Clone(seg.Hz[:seg.N])
	if seg.Modulated {
		return []float64{f[0], f[0] - f[1], f[0] + f[1]}, true
	}
	if len(f) == 2 && f[1] < audibleHz {
		return []float64{f[0], f[0] - f[1], f[0] + f[1]}, true
	}
	return f, false
}

func newSignature(bank []bin, bins []int, modulated bool) *signature {
	s := &signature{bins: bins, modulated: modulated, plain: -1}
	m := len(bins)
	gram := make([][]float64, m)
	for i := range m {
		gram[i] = make([]float64, m)
		for j := range m {
			d := bank[bins[j]].hz - bank[bins[i]].hz
			gram[i][j] = windowResponse(d)
			if i == j {
				gram[i][j] += 1e-3 // what lies closer than the window resolves must not blow up
			} else if math.Abs(d) < narrowHz {
				s.narrow = true
			}
		}
	}
	s.inverse = invert(gram)
	for o := range offsets {
		e := float64(o-offsets/2) * offsetStep
		for _, b := range bins {
			shift := bank[b].hz * e
			if modulated {
				shift = bank[bins[0]].hz * e // the modulating frequency has no error to speak of
			}
			var r bentRotation
			for k := range r {
				sin, cos := math.Sincos(-2 * math.Pi * shift * (float64(k) - float64(window-1)/2) * 0.010)
				r[k] = bank[b].rot[k] * complex(float32(cos*float64(hannWindow[k])/hannSum), float32(sin*float64(hannWindow[k])/hannSum))
			}
			s.shift[o] = append(s.shift[o], r)
		}
	}
	s.worth = 1
	for _, b := range bins {
		kept := windowResponse(bank[b].hz * offsetStep * (offsets / 2))
		s.worth = min(s.worth, float32(0.8*kept*kept))
	}
	s.worth = max(s.worth, leastWorth)
	return s
}

// windowResponse is what the analysis window makes of a component hz away from where it is measured.
func windowResponse(hz float64) float64 {
	var sum float64
	for k, h := range hannWindow {
		sum += float64(h) * math.Cos(2*math.Pi*hz*(float64(k)-float64(window-1)/2)*0.010)
	}
	return blockLoss(hz) * sum / hannSum
}

// invert returns the inverse of a small symmetric positive definite matrix.
func invert(a [][]float64) [][]float32 {
	n := len(a)
	inv := make([][]float64, n)
	for i := range n {
		inv[i] = make([]float64, n)
		inv[i][i] = 1
	}
	for i := range n {
		p := a[i][i]
		for j := range n {
			a[i][j] /= p
			inv[i][j] /= p
		}
		for r := range n {
			if f := a[r][i]; r != i && f != 0 {
				for j := range n {
					a[r][j] -= f * a[i][j]
					inv[r][j] -= f * inv[i][j]
				}
			}
		}
	}
	out := make([][]float32, n)
	for i := range n {
		out[i] = make([]float32, n)
		for j := range n {
			out[i][j] = float32(inv[i][j])
		}
	}
	return out
}

// A score is how much of the power in an analysis window a signature explains, 0 to 1, and its first frequency's error.
type score struct {
	explained float32
	off       float32 // Hz
}

// score fits the signature to the last window of the bank, whose power is p. near is the error of frequency, as an index of
// shift, that fitted the window before best; score follows it from window to window.
func (s *signature) score(k *bank, near *int8, p float32) score {
	if len(s.bins) == 1 {
		return k.single(s.bins[0], p)
	}
	at := int(*near)
	best := k.fit(s, at, p)
	if best.explained < s.worth {
		*near = offsets / 2
		return score{explained: best.explained}
	}
	for _, o := range [2]int{at - 1, at + 1} {
		if o >= 0 && o < offsets && best.explained < plentyShare {
			if f := k.fit(s, o, p); f.explained > best.explained {
				best, at = f, o
			}
		}
	}
	*near = int8(at)
	if !s.narrow && !s.modulated && best.least < leastShare*best.explained {
		return score{}
	}
	return score{best.explained, float32(float64(at-offsets/2) * offsetStep * k.bins[s.bins[0]].hz)}
}

type fit struct{ explained, least float32 }

// fit is the least-squares fit of all components at one common error of frequency.
func (k *bank) fit(s *signature, offset int, p float32) fit {
	var a, b [MaxFrequencies]complex64
	m := len(s.bins)
	for i, bin := range s.bins {
		z, r := k.last(bin), &s.shift[offset][i]
		a[i] = z[0]*r[0] + z[1]*r[1] + z[2]*r[2] + z[3]*r[3] + z[4]*r[4] + z[5]*r[5]
	}
	var explained float32
	least := float32(math.MaxFloat32)
	for i := range m {
		for j := range m {
			b[i] += complex(real(a[j])*s.inverse[i][j], imag(a[j])*s.inverse[i][j])
		}
		explained += real(a[i])*real(b[i]) + imag(a[i])*imag(b[i])
		least = min(least, real(b[i])*real(b[i])+imag(b[i])*imag(b[i]))
	}
	return fit{explained / 2 / p, least / 2 / p}
}

// single measures the frequency near a bin by the advance of phase from block to block, and what it explains.
func (k *bank) single(bin int, p float32) score {
	b := &k.bins[bin]
	amp := k.last(bin)
	var near float32 // power within 50 Hz or so
	for t, a := range amp {
		near += power(a) * hannWindow[t]
	}
	if near/(2*hannSum) < b.least*p {
		return score{}
	}
	var z [window]complex64
	for t, a := range amp {
		z[t] = a * b.rot[t]
	}
	var turn complex64
	for t := 1; t < window; t++ {
		w := hannWindow[t] * hannWindow[t-1]
		turn += z[t] * complex(w*real(z[t-1]), -w*imag(z[t-1]))
	}
	off := math.Atan2(float64(imag(turn)), float64(real(turn))) / (2 * math.Pi * 0.010)
	if math.Abs(off) > b.most {
		return score{}
	}
	// Turn the window by the error found.
	sin, cos := math.Sincos(-2 * math.Pi * off * 0.010)
	step := complex(float32(cos), float32(sin))
	sin, cos = math.Sincos(2 * math.Pi * off * 0.010 * float64(window-1) / 2)
	turned := complex(float32(cos), float32(sin))
	var sum complex64
	for t := range window {
		sum += z[t] * turned * complex(hannWindow[t]/hannSum, 0)
		turned *= step
	}
	// Within a block the error was not turned back.
	loss := blockLoss(off)
	return score{power(sum) / 2 / p / float32(loss*loss), float32(off)}
}

// blockLoss is what a block leaves of the amplitude of a component that is so many hertz off: sinc(error x 10 ms).
func blockLoss(hz float64) float64 {
	x := math.Pi * hz * 0.010
	if x == 0 {
		return 1
	}
	return math.Sin(x) / x
}

func power(z complex64) float32 { return real(z)*real(z) + imag(z)*imag(z) }

// windowPower is the mean power under the analysis window.
func (k *bank) windowPower() float32 {
	var sum float32
	f := 2 * (k.block - window)
	for _, h := range hannWindow {
		sum += h * (k.power[(f+ring)%ring] + k.power[(f+1+ring)%ring])
		f += 2
	}
	return sum / (2 * hannSum)
}

// floorPower is the power of floorDBm0.
var floorPower = powerOf(floorDBm0)

func powerOf(d level.DBm0) float32 { return float32(d.RMS() * d.RMS()) }
