package fsk

import "math"

// A line with a carrier system may shift all frequencies by some hertz, and a bad sender by more. The phase of a character is
// followed through 75 Hz; beyond that the tones' references are moved. The steady mark before a message says by how much.
const (
	tuneStep    = 20   // Hz; references are moved in steps, so that their period stays short
	tuneFrom    = 50.0 // Hz that are left to the tracking of the phase
	tuneMost    = 240.0
	tuneShare   = 3    // of the distance between the tones: beyond a third of it a mark may as well be a space
	tuneSteady  = 0.93 // length of the mean rotation to the mean power that is a tone and not data or noise
	tuneMark    = 0.5  // share of every block's energy
	tuneBlocks  = 12   // that are averaged
	tunePerTurn = rate / (2 * math.Pi * block)
)

// A tuner listens for a steady tone near the mark.
type tuner struct {
	hz    float64    // by which the references are moved
	last  complex128 // correlation of the block before
	size  float64    // its power
	turn  complex128 // smoothed rotation from block to block
	power float64    // smoothed length of that rotation
	run   int        // blocks in a row that are mark
}

// listen takes a block's correlation with the mark, the power of that, and the block's energy. It returns how far the tone that is heard is from the mark,
// when that is far.
func (t *tuner) listen(mark complex128, size, energy float64) (hz float64, far bool) {
	const smooth = 1.0 / tuneBlocks
	z := mark * conj(t.last)
	t.turn += complex((real(z)-real(t.turn))*smooth, (imag(z)-imag(t.turn))*smooth)
	t.power += (math.Sqrt(size*t.size) - t.power) * smooth
	t.last, t.size = mark, size
	run := t.run + 1
	if size*(2.0/block) < tuneMark*energy {
		run = 0
	}
	t.run = run
	if t.run < 2*tuneBlocks || t.power == 0 || power(t.turn) < tuneSteady*tuneSteady*t.power*t.power {
		return 0, false
	}
	hz = math.Atan2(imag(t.turn), real(t.turn)) * tunePerTurn
	return hz, math.Abs(hz) > tuneFrom
}

// retune moves the references by so many hertz more and looks at what has come anew.
func (d *Demodulator) retune(by float64) {
	most := min(tuneMost, math.Abs(d.spec.SpaceHz-d.spec.MarkHz)/tuneShare)
	hz := math.Round((d.tuning.hz+by)/tuneStep) * tuneStep
	if math.Abs(hz) > most {
		return
	}
	d.tuning = tuner{hz: hz}
	d.tune(hz)
	if d.state != silent {
		d.state = hunt
		d.at, d.due = max(d.at, float64(d.n-back)), 0
		d.track = tracking{bit: d.bit, skew: 1, turn: 1}
		d.search = search{}
	}
}

// tune sets the references and sums up what is kept of the signal with them.
func (d *Demodulator) tune(hz float64) {
	space, mark := d.spec.SpaceHz+hz, d.spec.MarkHz+hz
	d.period = rate / gcd(rate, gcd(int(math.Round(space)), int(math.Round(mark))))
	d.ref = d.ref[:d.period+most*block]
	for i := range d.ref {
		for t, f := range [2]float64{space, mark} {
			sin, cos := math.Sincos(-2 * math.Pi * f / rate * float64(i%d.period))
			d.ref[i][2*t], d.ref[i][2*t+1] = cos, sin
		}
	}
	var sum [4]float64
	for i := d.n + most*block - keep; i < d.end; i++ {
		d.past.tone[i%keep] = sum
		r := &d.ref[int(i)%d.period]
		for k := range sum {
			sum[k] += float64(d.past.filtered[i%keep] * r[k])
		}
	}
	// The sums of the oldest sample give way to those of the next one.
	d.past.tone[d.end%keep] = sum
	d.past.tone[keep] = d.past.tone[0]
	d.front.tones = sum
	d.phase = int(d.end) % d.period
}
