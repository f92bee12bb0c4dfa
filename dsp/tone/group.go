package tone

import (
	"math"
)

// groupLen is the number of bins in a group.
const groupLen = 8

// A group is up to eight bins of one rate that are measured at once: where vectors have that many lanes, correlating with
// all their frequencies costs less than a recursion, whose every sample waits for the one before.
type group struct {
	first, n int // of the bins
	high     bool
	table    []float32 // of each sample of a block: the real and then the imaginary parts of its factors, a lane a bin
}

// groups divides the bins, those of one rate in a row, and makes their tables.
func groups(bins []bin) (gs []group) {
	for first := 0; first < len(bins); {
		g := group{first: first, high: bins[first].high}
		for first+g.n < len(bins) && g.n < groupLen && bins[first+g.n].high == g.high {
			g.n++
		}
		length := lowLen
		if g.high {
			length = midLen
		}
		g.table = make([]float32, 2*groupLen*length)
		for lane, b := range bins[first : first+g.n] {
			for i := range length {
				sin, cos := math.Sincos(-b.omega * (float64(i) - float64(length-1)/2))
				g.table[2*groupLen*i+lane] = float32(cos * b.scale)
				g.table[2*groupLen*i+groupLen+lane] = float32(sin * b.scale)
			}
		}
		gs = append(gs, g)
		first += g.n
	}
	return gs
}

// measure sets the amplitudes of a group's bins over the block.
func (k *bank) measure(g *group, slot int) {
	x := k.low[:]
	if g.high {
		x = k.midF[:]
	}
	var sum [2 * groupLen]float32
	correlate(x, g.table, &sum)
	for lane := range g.n {
		k.set(g.first+lane, slot, complex(sum[lane], sum[groupLen+lane]))
	}
}
