package dtmf

import (
	"math"

	"tipring/dsp/level"
)

// The exact examination looks at the last 26 ms through two overlapping windows. The difference of the two phases gives
// each frequency to about 1 Hz at 6 dB of signal to noise, far finer than a filter bank could; the share of the energy in
// the two tones and the windows' agreement tell a digit from speech.
const (
	examined = 26 * rate / 1000
	slice    = 136               // length of a window
	apart    = examined - slice  // of their beginnings
	settle   = 80                // samples for the dial-tone filter to settle
	history  = settle + examined // samples kept before the end of a hop

	maxOffset = 0.0240 // accept 1.5% + 4 Hz (Australia) and 1.8% (NTT, Brazil), reject 3.0% (NTT, Brazil)
)

// A quality is how pure a signal must be to pass for a digit: what is neither tone, as a share of all the energy and of
// that below 1.8 kHz, and the least ratio of a tone's power in the two windows.
//
// White noise 6 dB below each tone is 0.11 of the energy and 0.03 of that in the band. What a voice adds to two of its
// harmonics lies mostly in the band, so that a rest in the band is taken for noise only when there is as much outside,
// and when the next examination says so too.
type quality struct {
	rest, bandRest float64 // of the worse window
	even           float64
}

var (
	pure   = quality{0.025, 0.016, 0.70} // noise below 15 dB
	clean  = quality{0.16, 0.03, 0.88}   // clipping, dial tone, or a sound above the band: the tones themselves are steady
	noisy  = quality{0.16, 0.075, 0.60}  // noise to 6 dB
	slow   = quality{0.14, 0.06, 0.60}   // the same, of what only the long screening has found
	remote = quality{0.012, 0.008, 0.95} // tones further off than AT&T's 1.5%: a line without noise

	noiseRatio  = 0.51 // most of the band's rest to the whole rest that is noise
	strongNoise = 0.06 // rest that noise 11 dB below each tone leaves
	noiseBass   = 0.08 // of all energy below the dial-tone filter that noise leaves there
	steadyBass  = 0.70 // even of a signal that may have as much; below it noise, which is seldom both, has no more than
	fainterBass = 0.040
	dialGain    = 3.8   // of the dial-tone filter in its pass-band
	farOff      = 0.016 // relative offset of the worse tone
)

// digitFound is the outcome of an examination.
type digitFound struct {
	digit     byte
	low, high float32 // dBm0
	passes    int     // examinations that such a signal has to pass
	slow      bool    // only the long screening has seen it
}

// taper is the shape of each window.
var taper = func() (w [slice]float32) {
	for i := range w {
		w[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/slice))
	}
	return w
}()

// dialFilter is an elliptic high-pass of order 4: at least 30 dB below 450 Hz, where the dial tones of the world lie, and
// 0.5 dB of ripple from 690 Hz up, which the examination corrects for.
var dialFilter = [2]section{
	newSection(423.68, 653.65, 0.9300),
	newSection(190.97, 723.03, 0.6335),
}

// bandFilter is an elliptic low-pass of order 4: 1 dB of ripple to 1.68 kHz, at least 37 dB of loss from 2.15 kHz.
var bandFilter = [2]section{
	newSection(2223.1, 1677.8, 0.9065),
	newSection(3059.1, 985.2, 0.6056),
}

// A section is a second-order filter with zeros on the unit circle. With the input x and the state u, v its output is x+u,
// and the state becomes a1 u + v + c1 x, a2 u + c2 x: in this form a sample waits for one product and one sum of the one
// before it, and the sections of a chain overlap.
type section struct {
	b1, a1, a2 float32
	c1, c2     float32
}

func newSection(zeroHz, poleHz, radius float64) section {
	s := section{
		b1: float32(-2 * math.Cos(2*math.Pi*zeroHz/rate)),
		a1: float32(2 * radius * math.Cos(2*math.Pi*poleHz/rate)),
		a2: float32(-radius * radius),
	}
	s.c1, s.c2 = s.b1+s.a1, 1+s.a2
	return s
}

// gain is the power gain at the frequency whose angle a sample has the cosine c.
func (s section) gain(c float64) float64 {
	num := 2*c + float64(s.b1)
	re := 1 - float64(s.a1)*c - float64(s.a2)*(2*c*c-1)
	im := math.Sqrt(max(0, 1-c*c)) * (float64(s.a1) + float64(s.a2)*2*c)
	return num * num / (re*re + im*im)
}

// A component is one tone as the examination measured it.
type component struct {
	hz    float64
	power [2]float64 // amplitude squared in each slice, behind the filter
}

func gain(f *[2]section, c float64) float64 { return f[0].gain(c) * f[1].gain(c) }

// examine measures the two tones tracked and tells whether they are a digit.
func (d *Detector) examine() (digitFound, bool) {
	var s signals
	filterKernel(&s, (*[settle + examined]int16)(d.buf[d.end-settle-examined:d.end]))
	raw, total, inBand := s.energies()
	low, high := measure(&s.band, d.turn[0].hz(bandHz[0]), d.turn[1].hz(bandHz[d.high]))

	row, col := legal(low.hz, lowHz[:]), legal(high.hz, highHz[:])
	if row < 0 || col < 0 {
		return digitFound{}, false
	}
	cosLow, cosHigh := math.Cos(2*math.Pi*low.hz/rate), math.Cos(2*math.Pi*high.hz/rate)
	bandLow, bandHigh := gain(&bandFilter, cosLow), gain(&bandFilter, cosHigh)
	q := quality{0, 0, 1}
	var whole, band float64
	for s := range 2 {
		rest := 1 - (low.power[s]/bandLow+high.power[s]/bandHigh)*(slice/4)/total[s]
		bandRest := 1 - (low.power[s]+high.power[s])*(slice/4)/inBand[s]
		q.rest, q.bandRest = max(q.rest, rest), max(q.bandRest, bandRest)
		whole, band = whole+rest, band+bandRest
	}
	white := band <= noiseRatio*whole
	for _, c := range [2]component{low, high} {
		q.even = min(q.even, min(c.power[0], c.power[1])/max(c.power[0], c.power[1]))
	}
	off := max(math.Abs(low.hz/lowHz[row]-1), math.Abs(high.hz/highHz[col]-1))
	// What lies below the dial-tone filter: dial tone, or the fundamental of a voice; noise has a twelfth of its energy there.
	bass := 1 - (total[0]+total[1])/((raw[0]+raw[1])*dialGain)
	if d.found.slow && !q.within(slow) {
		return digitFound{}, false
	}
	passes := q.passes(off, white, bass)
	if passes == 0 || passes > 1 && isComb(&s.dial, low.hz, high.hz) {
		return digitFound{}, false
	}
	pl := (low.power[0] + low.power[1]) / 2 / (bandLow * gain(&dialFilter, cosLow))
	ph := (high.power[0] + high.power[1]) / 2 / (bandHigh * gain(&dialFilter, cosHigh))
	const exact = 1.03 // the measurement's own 0.1 dB
	if min(pl, ph)*exact < float64(d.minPower) || ph*exact < d.twist*pl || ph > exact*d.reverse*pl {
		return digitFound{}, false
	}
	return digitFound{
		passes: passes,
		digit:  keypad[row][col],
		low:    float32(level.OfSine(math.Sqrt(pl))),
		high:   float32(level.OfSine(math.Sqrt(ph))),
	}, true
}

func (q quality) within(limit quality) bool {
	return q.rest <= limit.rest && q.bandRest <= limit.bandRest && q.even >= limit.even
}

// passes returns how many examinations of this quality make a digit; 0: it is none. In noise so strong that digits over
// dial tone are not asked for, bass is a voice.
func (q quality) passes(off float64, white bool, bass float64) int {
	switch {
	case off > farOff:
		if q.within(remote) {
			return 1
		}
	case q.within(pure), q.within(clean):
		return 1
	case white && q.within(noisy) && (q.rest <= strongNoise || bass <= noiseBass) && (q.even >= steadyBass || bass <= fainterBass):
		return 2
	}
	return 0
}

// energies returns the energy of each signal in each slice.
func (s *signals) energies() (raw, dial, band [2]float64) {
	var e [8]float32
	energiesKernel(s, &taper, &e)
	return [2]float64{float64(e[0]), float64(e[1])}, [2]float64{float64(e[2]), float64(e[3])}, [2]float64{float64(e[4]), float64(e[5])}
}

func newReference(hz float64) (o reference) {
	sin, cos := math.Sincos(2 * math.Pi * hz / rate)
	z, step := complex(1, 0), complex(cos, -sin)
	for k := range lanes {
		o.re[k], o.im[k] = float32(real(z)), float32(imag(z))
		z *= step
	}
	o.stepRe, o.stepIm = float32(real(z)), float32(imag(z))
	return o
}

// measure finds the tones near two frequencies in both slices at once.
func measure(x *[examined]float32, lowHz, highHz float64) (low, high component) {
	tones := [2]reference{newReference(lowHz), newReference(highHz)}
	var p [8]float32
	correlateKernel(x, &taper, &tones, &p)
	return newComponent(lowHz, phasor{p[0], p[1]}, phasor{p[2], p[3]}), newComponent(highHz, phasor{p[4], p[5]}, phasor{p[6], p[7]})
}

// newComponent is the tone near hz whose correlations with hz in the slices are a and b.
func newComponent(hz float64, a, b phasor) component {
	w := 2 * math.Pi * hz / rate
	// The second slice's reference began anew: take out the phase that hz itself advances.
	r := b.turn(a)
	turn := wrap(math.Atan2(float64(r.im), float64(r.re)) - w*apart)
	c := component{hz: hz + turn*rate/(2*math.Pi*apart)}
	off := (c.hz - hz) * slice / rate
	g := slice / 4.0
	if off = math.Abs(off); off > 1e-3 {
		g *= math.Sin(math.Pi*off) / (math.Pi * off) / (1 - off*off)
	}
	for s, p := range [2]phasor{a, b} {
		c.power[s] = (float64(p.re)*float64(p.re) + float64(p.im)*float64(p.im)) / (g * g)
	}
	return c
}

// legal returns the index of the nominal frequency that hz is a legal deviation of, or -1.
func legal(hz float64, nominal []float64) int {
	for i, f := range nominal {
		if math.Abs(hz-f) <= maxOffset*f {
			return i
		}
	}
	return -1
}
