package cng

import (
	"math"

	"tipring/dsp/level"
)

// glide is the length over which a Generator moves to a new level: 20 ms, so that a CN packet makes no step.
const glide = 160

// A Generator is an endless source of comfort noise. Its output depends on its seed, so that lines are independent and a
// test can repeat; it is the same for any cut.
type Generator struct {
	state    [2]uint64 // xorshift128+
	spare    uint64    // bits of the last draw that are still to be used
	haveHalf bool
	noise    Noise
	back     [MaxOrder + 1]float32 // backward signals of the lattice
	gain     float32               // of the excitation, now
	target   float32
	step     float32
	left     int // samples left of the glide
}

// NewGenerator returns a source of white noise at level.Silence.
func NewGenerator(seed uint64) *Generator {
	g := &Generator{}
	for i := range g.state { // splitmix64: any seed, also 0, gives a good state
		seed += 0x9E3779B97F4A7C15
		z := seed
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		g.state[i] = z ^ z>>31
	}
	return g
}

// SetLevel changes the level and keeps the spectrum.
func (g *Generator) SetLevel(d level.DBm0) {
	n := g.noise
	n.Level = d
	g.Set(n)
}

// Set changes level and spectrum. The level glides over 20 ms.
func (g *Generator) Set(n Noise) {
	power := 0.0
	if n.Level > level.Silence {
		power = n.Level.RMS() * n.Level.RMS()
	}
	for i := range n.Order {
		// A filter at the edge of stability would ring on.
		k := max(-0.98, min(0.98, n.Reflection[i]))
		n.Reflection[i] = k
		power *= float64(1 - k*k)
	}
	g.noise = n
	// The excitation is the sum of two uniform numbers in -0.5..0.5: variance 1/6.
	g.target = float32(math.Sqrt(power * 6))
	g.left = glide
	g.step = (g.target - g.gain) / glide
}

// Read fills dst and returns len(dst).
func (g *Generator) Read(dst []int16) int {
	for i := range dst {
		if g.left > 0 {
			if g.left--; g.left == 0 {
				g.gain = g.target
			} else {
				g.gain += g.step
			}
		}
		v := g.excitation() * g.gain
		if g.noise.Order > 0 {
			v = g.lattice(v)
		}
		dst[i] = int16(max(-32768, min(32767, math.RoundToEven(float64(v)))))
	}
	return len(dst)
}

// lattice is the all-pole synthesis filter with the noise's reflection coefficients.
func (g *Generator) lattice(v float32) float32 {
	for m := g.noise.Order - 1; m >= 0; m-- {
		k := g.noise.Reflection[m]
		v -= k * g.back[m]
		g.back[m+1] = g.back[m] + k*v
	}
	g.back[0] = v
	return v
}

func (g *Generator) excitation() float32 {
	if !g.haveHalf {
		s1, s0 := g.state[0], g.state[1]
		g.state[0] = s0
		s1 ^= s1 << 23
		g.state[1] = s1 ^ s0 ^ s1>>17 ^ s0>>26
		g.spare = g.state[1] + s0
	}
	g.haveHalf = !g.haveHalf
	u := uint32(g.spare)
	g.spare >>= 32
	return (float32(u&0xFFFF) + float32(u>>16) - 65535) * (1.0 / 65536)
}
