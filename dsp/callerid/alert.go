package callerid

import (
	"math"

	"tipring/dsp/level"
)

// An AlertDetector hears the dual-tone alerting signal: the CAS of GR-30-CORE in a call (75 to 85 ms), the DT-AS of EN 300 659
// on hook too (to 110 ms). It looks every 5 ms at 20 ms behind a filter that takes voices down by 23 dB at 500 Hz; the two tones
// have to be nearly all that is there, hold their frequency, and last for as long as the signal does.
type AlertDetector struct {
	buf  [alertWindow + 2]float32 // samples, the oldest first; the filter reaches back two
	fill int
	was  [2]phasor // of the window before
	run  int       // windows in a row that hold the signal
}

type phasor struct{ re, im float64 }

const (
	alertHop    = 40
	alertWindow = 4 * alertHop
	// Windows that lie wholly in the signal, and those in which it begins and ends and is most of the energy.
	alertLeast = 11 // of 75 ms, less one that noise spoils
	alertMost  = 22 // of 110 ms, and what edges add
	// alertShare is how much of the filtered energy is in the tones: noise 12 dB below them leaves 0.8.
	alertShare = 0.70
	// alertOffHz is how far off a tone may be. The standards have 0.5 %, noise adds some hertz.
	alertOffHz = 25
	alertTwist = 6.0 // power ratio of the tones: 6 dB, and what noise adds
	alertFloor = level.DBm0(-45)
)

// alertTables are the window times each tone's conjugate, alertWeights the window's square, and alertGain the filter's power
// gain at each tone.
var alertTables, alertWeights, alertGain = func() (t [2][alertWindow]phasor, weight [alertWindow]float64, g [2]float64) {
	for k, hz := range [2]float64{dtasLowHz, dtasHighHz} {
		for i := range alertWindow {
			w := math.Sin(math.Pi * (float64(i) + 0.5) / alertWindow)
			weight[i] = w * w * w * w
			sin, cos := math.Sincos(2 * math.Pi * hz / rate * float64(i))
			t[k][i] = phasor{w * w * cos, -w * w * sin}
		}
		s := 2 * math.Sin(math.Pi*hz/rate)
		g[k] = s * s * s * s
	}
	return
}()

// NewAlertDetector returns an AlertDetector.
func NewAlertDetector() *AlertDetector { return &AlertDetector{fill: alertWindow + 2 - alertHop} }

// Process takes the next samples and reports whether an alerting signal has ended among them.
func (d *AlertDetector) Process(pcm []int16) (heard bool) {
	for len(pcm) > 0 {
		n := min(len(pcm), len(d.buf)-d.fill)
		for i, s := range pcm[:n] {
			d.buf[d.fill+i] = float32(s)
		}
		d.fill += n
		pcm = pcm[n:]
		if d.fill == len(d.buf) {
			heard = d.hop() || heard
			copy(d.buf[:], d.buf[alertHop:])
			d.fill -= alertHop
		}
	}
	return heard
}

// hop judges a window and reports whether a signal of the right length ends before it.
func (d *AlertDetector) hop() bool {
	if d.holds() {
		d.run++
		return false
	}
	run := d.run
	d.run = 0
	return run >= alertLeast && run <= alertMost
}

// holds reports whether the window holds the signal.
func (d *AlertDetector) holds() bool {
	var y [alertWindow]float64
	var energy float64
	for i := range y {
		v := float64(d.buf[i+2] - 2*d.buf[i+1] + d.buf[i])
		y[i] = v
		energy += alertWeights[i] * v * v
	}
	floor := alertFloor.Amplitude()
	if energy < 3.0/16*alertWindow*floor*floor*alertGain[0] {
		d.was = [2]phasor{}
		return false
	}
	var power [2]float64 // of the amplitude behind the filter
	steady := true
	for k := range power {
		var z phasor
		for i, v := range y {
			z.re += v * alertTables[k][i].re
			z.im += v * alertTables[k][i].im
		}
		const half = alertWindow / 4.0 // half the sum of the window
		power[k] = (z.re*z.re + z.im*z.im) / (half * half)
		// The tables begin anew with every window: a tone turns by what it turns in a hop.
		was := d.was[k]
		d.was[k] = z
		turn := math.Atan2(z.im*was.re-z.re*was.im, z.re*was.re+z.im*was.im) - 2*math.Pi*[2]float64{dtasLowHz, dtasHighHz}[k]/rate*alertHop
		off := math.Remainder(turn, 2*math.Pi) * rate / (2 * math.Pi * alertHop)
		steady = steady && math.Abs(off) <= alertOffHz
	}
	// A sine of amplitude A under the fourth power of the window has 3/16 A^2 a sample.
	if !steady || (power[0]+power[1])*alertWindow*3/16 < alertShare*energy {
		return false
	}
	low, high := power[0]/alertGain[0], power[1]/alertGain[1]
	return min(low, high) >= floor*floor && max(low, high) <= alertTwist*min(low, high)
}
