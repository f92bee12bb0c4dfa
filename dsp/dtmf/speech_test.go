package dtmf

import "math"

// speech makes n samples of synthetic talk: voiced stretches whose harmonics run through three moving formants, unvoiced
// stretches of coloured noise, and pauses. Pitches span low male to child. Levels are those of telephone speech, peaking
// near -10 dBm0.
func speech(n int, seed uint64) []float64 {
	rnd := newRand(seed)
	uniform := func(lo, hi float64) float64 { return lo + (hi-lo)*rnd.Float64() }
	var out []float64
	for len(out) < n {
		length := int(uniform(0.06, 0.35) * rate)
		gain := math.Pow(10, uniform(-20, 0)/20)
		switch r := rnd.Float64(); {
		case r < 0.65:
			out = append(out, voiced(length, uniform(80, 350), gain, uniform)...)
		case r < 0.85:
			y := 0.0
			a := uniform(-0.8, 0.3)
			for range length {
				y = a*y + rnd.NormFloat64()
				out = append(out, 1500*gain*y)
			}
		default:
			out = append(out, make([]float64, length)...)
		}
	}
	return out[:n]
}

// voiced is a glottal pulse train through formant resonators, both gliding.
func voiced(n int, pitch, gain float64, uniform func(lo, hi float64) float64) []float64 {
	type formant struct{ from, to, width, y1, y2 float64 }
	f := [3]formant{
		{from: uniform(270, 950), to: uniform(270, 950), width: uniform(40, 120)},
		{from: uniform(800, 2300), to: uniform(800, 2300), width: uniform(60, 150)},
		{from: uniform(2000, 3200), to: uniform(2000, 3200), width: uniform(100, 200)},
	}
	glide := uniform(0.85, 1.15)
	out := make([]float64, n)
	phase := 0.0
	peak := 1.0
	for i := range out {
		t := float64(i) / float64(n)
		phase += pitch * (1 + (glide-1)*t) / rate
		x := 0.0
		if phase >= 1 {
			phase--
			x = 1
		}
		for k := range f {
			hz := f[k].from + (f[k].to-f[k].from)*t
			r := math.Exp(-math.Pi * f[k].width / rate)
			y := x*(1-r) + 2*r*math.Cos(2*math.Pi*hz/rate)*f[k].y1 - r*r*f[k].y2
			f[k].y2, f[k].y1 = f[k].y1, y
			x = y
		}
		out[i] = x
		peak = max(peak*0.9999, math.Abs(x))
	}
	// Level by the greatest sample, faded at both ends.
	top := 1e-9
	for _, v := range out {
		top = max(top, math.Abs(v))
	}
	for i := range out {
		fade := min(1, float64(min(i, n-1-i))/160)
		out[i] *= gain * fade * 14000 / top
	}
	return out
}

// talk runs a detector over so many seconds of speech.
func talk(seconds int) (evs []Event, samplesRun int) {
	d := NewDetector(Config{})
	for s := range seconds {
		evs = d.Process(samples(speech(rate, uint64(s))), evs)
		samplesRun += rate
	}
	return evs, samplesRun
}
