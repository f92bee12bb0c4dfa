package plc

import "math"

// window weighs what the predictor is made from: it rises over 25 ms and falls over the last 5, so that the newest sound
// counts most.
var window = func() (w [analysis]float32) {
	const fall = 40
	for i := range w {
		if rise := analysis - fall; i < rise {
			w[i] = float32(0.5 - 0.5*math.Cos(math.Pi*(float64(i)+0.5)/float64(rise)))
		} else {
			w[i] = float32(math.Cos(math.Pi / 2 * (float64(i-rise) + 0.5) / fall))
		}
	}
	return w
}()

// predictor returns the coefficients of linear prediction of x, that of the oldest sample first (autocorrelation method; the filter that they make is
// stable).
func predictor(x *[analysis]float32) (a [order]float32) {
	var w [analysis]float32
	for i, v := range x {
		w[i] = v * window[i]
	}
	var r [order + 1]float64
	for lag := range r {
		r[lag] = float64(dot(w[lag:], w[:analysis-lag]))
	}
	// Levinson and Durbin's recursion, with white noise 40 dB below the signal and a little more for silence.
	var p, q [order]float64
	err := r[0]*1.0001 + 100
	for m := range order {
		acc := r[m+1]
		for j := range m {
			acc -= p[j] * r[m-j]
		}
		k := acc / err
		q = p
		for j := range m {
			p[j] -= k * q[m-1-j]
		}
		p[m] = k
		err *= 1 - k*k
	}
	for k, v := range p {
		a[order-1-k] = float32(v)
	}
	return a
}

// findPitch returns the lag at which the last corrLen samples of x, pitchMax+corrLen long, resemble what came before them
// most, first at every second sample and lag, then exactly around the best; 0 when nothing resembles them.
func findPitch(x []float32) int {
	var half [(pitchMax + corrLen) / 2]float32
	for i := range half {
		half[i] = x[2*i]
	}
	best, _ := search(half[:], pitchMin/2, pitchMax/2)
	best, r := search(x, max(pitchMin, 2*best-1), min(pitchMax, 2*best+1))
	if r < voiced*float32(math.Sqrt(float64(max(energy(x[pitchMax:]), minPower)))) {
		return 0
	}
	return best
}

// search returns the best lag and its correlation, normalised by the energy of what came before. The second half of x is
// compared with what lies so many samples before it.
func search(x []float32, from, to int) (lag int, best float32) {
	n := len(x) / 2
	tail := x[n:]
	lag, best = to, float32(math.Inf(-1))
	sum := energy(x[n-from:][:n])
	for l := from; l <= to; l++ {
		ref := x[n-l:][:n]
		if l > from {
			sum += ref[0]*ref[0] - x[2*n-l]*x[2*n-l]
		}
		if r := dot(tail, ref) / float32(math.Sqrt(float64(max(sum, minPower)))); r > best {
			lag, best = l, r
		}
	}
	return lag, best
}

func energy(x []float32) float32 { return dot(x, x) }

// dot is the scalar product of two slices of one length.
func dot(x, y []float32) float32 {
	var a, b, c, d float32
	for len(x) >= 4 && len(y) >= 4 {
		a += x[0] * y[0]
		b += x[1] * y[1]
		c += x[2] * y[2]
		d += x[3] * y[3]
		x, y = x[4:], y[4:]
	}
	for i := range min(len(x), len(y)) {
		a += x[i] * y[i]
	}
	return (a + c) + (b + d)
}
