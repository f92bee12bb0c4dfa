package resample

import (
	"math"
	"sync"
)

const (
	lobes     = 32   // half length of a filter, in samples of the lower rate
	mostExact = 1024 // places for which each has a filter of its own
	between   = 256  // filters when there are more places than that
	beta      = 7.0  // of the Kaiser window: 70 dB
)

// A bank is the filters of one ratio, read-only and shared.
type bank struct {
	taps  int
	exact bool
	rows  []float32 // filter after filter; not exact: one more for the end of the interval
}

var (
	banksMu sync.Mutex
	banks   = map[[2]int]*bank{}
)

// shared returns the filters of a ratio in lowest terms.
func shared(from, to int) *bank {
	banksMu.Lock()
	defer banksMu.Unlock()
	key := [2]int{from, to}
	if banks[key] == nil {
		banks[key] = newBank(from, to)
	}
	return banks[key]
}

func newBank(from, to int) *bank {
	wide := max(1, float64(from)/float64(to)) // the filter is longer when the output's rate is the lower one
	b := &bank{taps: (2*int(math.Ceil(lobes*wide)) + 3) &^ 3}
	places := between + 1
	if to <= mostExact {
		b.exact, places = true, to
	}
	b.rows = make([]float32, places*b.taps)
	h := make([]float64, b.taps)
	for p := range places {
		frac := float64(p) / between
		if b.exact {
			frac = float64(p) / float64(to)
		}
		var sum float64
		for q := range h {
			t := float64(q-(b.taps/2-1)) - frac
			h[q] = sinc(t/wide) * kaiser(t/float64(b.taps/2))
			sum += h[q]
		}
		// Each place has the same gain, else a constant would come out with a pattern on it.
		for q, v := range h {
			b.rows[p*b.taps+q] = float32(v / sum)
		}
	}
	return b
}

// at returns the value num/den of a sample past the middle of x.
func (b *bank) at(x []float32, num, den int) float32 {
	if b.exact {
		return dot(x, b.rows[num*b.taps:][:b.taps])
	}
	place := float32(num) / float32(den) * between
	p := int(place)
	rest := place - float32(p)
	rows := b.rows[p*b.taps:]
	lower := dot(x, rows[:b.taps])
	if rest == 0 {
		return lower
	}
	return lower + rest*(dot(x, rows[b.taps:][:b.taps])-lower)
}

// dot is the scalar product; the lengths are equal and a multiple of 4.
func dot(x, h []float32) float32 {
	var a, b, c, d float32
	for len(x) >= 4 && len(h) >= 4 {
		a += x[0] * h[0]
		b += x[1] * h[1]
		c += x[2] * h[2]
		d += x[3] * h[3]
		x, h = x[4:], h[4:]
	}
	return (a + c) + (b + d)
}

func sinc(t float64) float64 {
	if t == 0 {
		return 1
	}
	return math.Sin(math.Pi*t) / (math.Pi * t)
}

// kaiser is the window at t of -1 to 1.
func kaiser(t float64) float64 {
	if t <= -1 || t >= 1 {
		return 0
	}
	return bessel(beta*math.Sqrt(1-t*t)) / bessel(beta)
}

// bessel is the modified Bessel function of the first kind and order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= x / 2 / k
		term *= x / 2 / k
		sum += term
	}
	return sum
}
