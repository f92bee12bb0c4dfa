package dtmf

import "math"

// Limits of the screening of 12 ms. They are wider than the exact ones by what noise at 12 dB does to so short a stretch.
const (
	span        = 3    // frames
	even        = 0.55 // least to greatest power
	screenTwist = 1.5  // dB beyond the exact limits, as a power ratio below
	screenShare = 0.80 // of the energy that must be in the two tones
	screenHz    = 0.024
	screenSlack = 4.0 // Hz
)

// Limits of the screening of 24 ms, for digits in noise that breaks one of those above in every stretch of 12 ms. What it finds
// is examined, and muted only when it is a digit.
const (
	longSpan  = 7    // frames
	longShare = 0.60 // of the energy that must be in the two tones
	longEven  = 0.25 // least to greatest power
	coherence = 0.80 // least length of the mean rotation to the mean power
)

var screenTwistRatio = math.Pow(10, screenTwist/10)

// screenWidest turns the sum of each band's three powers into the energy that it lets the two tones have at most, at any frequency
// that nearest takes, over the share that they must have: below it there is no need to know the frequencies.
var screenWidest = func() (m [bands]float32) {
	for b, group := range [bands][]float64{lowHz[:], highHz[:], highHz[:]} {
		for _, f := range group {
			most := screenHz*f + screenSlack
			for off := -most; off <= most; off++ {
				g := screenGain(f+off) / bandGain(f+off-bandHz[b])
				m[b] = max(m[b], g/span*(span+1)*hop/2/screenShare*1.01)
			}
		}
	}
	return m
}()

// suspicious looks for two steady tones of a digit in the last three frames, and sets up the tracking of them.
func (d *Detector) suspicious() bool {
	if d.n < span+1 {
		return false
	}
	f2, f1, f0 := d.frame(2), d.frame(1), d.frame(0)
	l2, l1, l0 := f2.power[0], f1.power[0], f0.power[0]
	if min(l0, l1, l2) < even*max(l0, l1, l2) {
		return false
	}
	high := f0.high()
	h2, h1, h0 := f2.power[high], f1.power[high], f0.power[high]
	if min(h0, h1, h2) < even*max(h0, h1, h2) {
		return false
	}
	energy := f2.energy + f1.energy + f0.energy + d.frame(3).energy
	if (l0+l1+l2)*screenWidest[0]+(h0+h1+h2)*screenWidest[high] < energy {
		return false
	}
	tl := f1.x[0].turn(f2.x[0]).plus(f0.x[0].turn(f1.x[0]))
	th := f1.x[high].turn(f2.x[high]).plus(f0.x[high].turn(f1.x[high]))
	lowAt, row := nearest(tl.hz(bandHz[0]), lowHz[:])
	highAt, col := nearest(th.hz(bandHz[high]), highHz[:])
	if row < 0 || col < 0 {
		return false
	}
	pl := (l0 + l1 + l2) / 3 / bandGain(lowAt-bandHz[0])
	ph := (h0 + h1 + h2) / 3 / bandGain(highAt-bandHz[high])
	if min(pl, ph) < d.minPower*0.7 {
		return false
	}
	if r := float64(ph / pl); r*screenTwistRatio < d.twist || r > d.reverse*screenTwistRatio {
		return false
	}
	if (pl*screenGain(lowAt)+ph*screenGain(highAt))*(span+1)*hop/2 < screenShare*energy {
		return false
	}
	d.high = high
	d.turn = [2]phasor{tl, th}
	d.ref = [2]float32{(l0 + l1 + l2) / 3, (h0 + h1 + h2) / 3}
	d.found = digitFound{digit: keypad[row][col]}
	d.first = d.begin(span)
	return true
}

// high returns the band of the high group that is the stronger one.
func (f *frame) high() int {
	if f.power[2] > f.power[1] {
		return 2
	}
	return 1
}

// A spread is how far powers lie apart, and their sum.
type spread struct{ least, most, sum float32 }

// add takes one more power and reports whether all are even enough.
func (s *spread) add(p float32) bool {
	if s.sum == 0 {
		s.least = p
	}
	s.least, s.most = min(s.least, p), max(s.most, p)
	s.sum += p
	return s.least >= longEven*s.most
}

// lingering looks for two tones of a digit in the last seven frames, and sets up the tracking of them.
func (d *Detector) lingering() bool {
	if d.n < longSpan+1 {
		return false
	}
	high := d.frame(0).high()
	var low, tall spread
	energy := d.frame(longSpan).energy
	for i := range longSpan {
		f := d.frame(i)
		energy += f.energy
		if !low.add(f.power[0]) || !tall.add(f.power[high]) {
			return false
		}
	}
	if (low.sum*screenMost[0]+tall.sum*screenMost[high])*(longSpan+1)*hop/2/longSpan < longShare*energy {
		return false
	}
	var turn [2]phasor
	for i := range longSpan - 1 {
		f, g := d.frame(i), d.frame(i+1)
		turn[0] = turn[0].plus(f.x[0].turn(g.x[0]))
		turn[1] = turn[1].plus(f.x[high].turn(g.x[high]))
	}
	lowAt, row := nearest(turn[0].hz(bandHz[0]), lowHz[:])
	highAt, col := nearest(turn[1].hz(bandHz[high]), highHz[:])
	if row < 0 || col < 0 {
		return false
	}
	mean := [2]float32{low.sum / longSpan, tall.sum / longSpan}
	for t := range turn {
		if least := coherence * mean[t] * (longSpan - 1); turn[t].power() < least*least {
			return false
		}
	}
	pl, ph := mean[0]/bandGain(lowAt-bandHz[0]), mean[1]/bandGain(highAt-bandHz[high])
	if min(pl, ph) < d.minPower*0.7 {
		return false
	}
	if r := float64(ph / pl); r*screenTwistRatio < d.twist || r > d.reverse*screenTwistRatio {
		return false
	}
	if (pl*screenGain(lowAt)+ph*screenGain(highAt))*(longSpan+1)*hop/2 < longShare*energy {
		return false
	}
	d.high, d.turn, d.ref = high, turn, mean
	d.found = digitFound{digit: keypad[row][col], slow: true}
	d.first = d.begin(longSpan)
	return true
}

// hz is the frequency, within 166 Hz of a band's centre, that a rotation per hop stands for.
func (a phasor) hz(centre float64) float64 {
	turn := math.Atan2(float64(a.im), float64(a.re)) - 2*math.Pi*hop/rate*centre
	return centre + wrap(turn)*rate/(2*math.Pi*hop)
}

// wrap takes whole turns from an angle, so that it lies within half a turn of zero.
func wrap(a float64) float64 { return a - 2*math.Pi*math.RoundToEven(a/(2*math.Pi)) }

// nearest returns hz and the index of the nominal frequency that it may be, or -1.
func nearest(hz float64, nominal []float64) (float64, int) {
	for i, f := range nominal {
		if math.Abs(hz-f) <= screenHz*f+screenSlack {
			return hz, i
		}
	}
	return hz, -1
}

// begin estimates the first sample of the tones that the last n frames hold, going back as far as they are there.
func (d *Detector) begin(n int) int64 {
	i := n - 1
	for i+1 < min(len(d.frames)-1, d.n) && d.loud(i+1) && d.steady(i+1) {
		i++
	}
	return max(d.edge(i+1, i), d.lost)
}

// loud reports whether the frame of i hops ago holds the tones tracked, at 0.4 of their amplitude or more: clipping under
// a strong dial tone takes as much away for a moment.
func (d *Detector) loud(i int) bool {
	f := d.frame(i)
	for t, b := range [2]int{0, d.high} {
		if p := f.power[b]; p < 0.15*d.ref[t] || p > 4*d.ref[t] {
			return false
		}
	}
	return true
}

// steady reports whether the tones have turned as they should from the frame before that of i hops ago: to 45 Hz, half the
// spacing of the low group and ten times what noise does at 12 dB.
func (d *Detector) steady(i int) bool {
	f, g := d.frame(i), d.frame(i+1)
	for t, b := range [2]int{0, d.high} {
		z := f.x[b].turn(g.x[b]).turn(d.turn[t])
		if z.re <= 0 || z.im*z.im > 1.3*z.re*z.re {
			return false
		}
	}
	return true
}

// follow updates the means of what is tracked from the last frame.
func (d *Detector) follow() {
	f, g := d.frame(0), d.frame(1)
	for t, b := range [2]int{0, d.high} {
		d.ref[t] += (f.power[b] - d.ref[t]) / 4
		z := f.x[b].turn(g.x[b])
		d.turn[t].re += z.re
		d.turn[t].im += z.im
		if d.turn[t].power() > 1e30 {
			d.turn[t].re *= 1e-3
			d.turn[t].im *= 1e-3
		}
	}
}

// edge estimates where the tones begin or end between the centres of two neighbouring windows: out hops ago they were
// below half their amplitude, in hops ago above. A window centred on the edge sees just half.
func (d *Detector) edge(out, in int) int64 {
	var o, i float64
	for t, b := range [2]int{0, d.high} {
		o += math.Sqrt(float64(d.frame(out).power[b] / d.ref[t]))
		i += math.Sqrt(float64(d.frame(in).power[b] / d.ref[t]))
	}
	frac := 0.5
	if i > o {
		frac = min(max((1-o)/(i-o), 0), 1)
	}
	return d.centre(out) + int64(math.Round(frac*float64(d.centre(in)-d.centre(out))))
}
