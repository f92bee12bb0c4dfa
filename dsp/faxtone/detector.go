package faxtone

import (
	"math"

	"tipring/dsp/level"
)

const (
	sampleRate = 8000
	blockLen   = 80 // 10 ms
	blockTime  = float64(blockLen) / sampleRate
)

// The frequencies that are measured.
const (
	cng = iota
	ans
	v21one
	v21zero
	bins
)

var hz = [bins]float64{cng: 1100, ans: 2100, v21one: 1650, v21zero: 1850}

const (
	// G.168 §7: a disabler must work from -31 dBm0 and let go at -36; a fax machine's tones come as low as -43 dBm (T.30).
	leastDBm0 level.DBm0 = -42
	// A block holds a tone if this share of its power lies at the frequency, as measured.
	pureShare = 0.70
	// T.30 §4.2.1: 1100 +-38 Hz; G.168 §7: 2100 +-21 Hz. The tolerance includes what noise does to the measurement.
	cngTolerance = 42.0
	ansTolerance = 26.0
	// CNG is 0.5 s +-15%: 425 ms at least. 2100 Hz lasts for seconds.
	cngBlocks = 36
	ansBlocks = 16
	// Blocks without the tone that may lie within it: a phase reversal, a lost packet, a click.
	gapBlocks = 2
	// G.168 §7: released after 250 +-150 ms without.
	endBlocks = 20
	v21End    = 12
)

// A Detector listens on one line.
type Detector struct {
	buf    [blockLen]int16
	fill   int
	taken  int64
	blocks int64
	base   int64 // sample at the beginning of the slice
	evs    []Event

	cng  steady
	ans  steady
	mod  modulation
	turn reversal
	flag flags
	is   Tone // the last finding about 2100 Hz, 0: none
}

// NewDetector returns a Detector that has heard nothing.
func NewDetector() *Detector {
	d := &Detector{}
	d.cng = steady{bin: cng, tolerance: cngTolerance, share: pureShare * leftOf(cngTolerance), need: cngBlocks, release: endBlocks}
	d.ans = steady{bin: ans, tolerance: ansTolerance, share: pureShare * leftOf(ansTolerance), need: ansBlocks, release: endBlocks}
	d.flag.init()
	return d
}

// Reset forgets everything heard, without reporting an End.
func (d *Detector) Reset() { *d = *NewDetector() }

// Process takes the next samples and appends what they led to to evs.
func (d *Detector) Process(pcm []int16, evs []Event) []Event {
	d.base, d.evs = d.taken, evs
	d.taken += int64(len(pcm))
	for len(pcm) > 0 {
		n := copy(d.buf[d.fill:], pcm)
		pcm = pcm[n:]
		if d.fill += n; d.fill == blockLen {
			d.fill = 0
			d.block()
		}
	}
	evs, d.evs = d.evs, nil
	return evs
}

func (d *Detector) report(t Tone, k Kind, block int64) {
	d.evs = append(d.evs, Event{t, k, int(block*blockLen - d.base)})
}

// block judges 10 ms.
func (d *Detector) block() {
	m := measure(&d.buf)
	now := d.blocks
	d.blocks++

	switch d.cng.step(&m, now) {
	case began:
		d.report(CNG, Start, d.cng.first)
	case ended:
		d.report(CNG, End, d.cng.last+1)
	}

	switch d.ans.step(&m, now) {
	case began:
		d.is = CED
		d.report(CED, Start, d.ans.first)
	case ended:
		d.report(d.is, End, d.ans.last+1)
		d.is = 0
	}
	if d.ans.run == 0 {
		d.mod, d.turn = modulation{}, reversal{}
	} else {
		d.turn.step(&m, &d.ans)
		d.mod.step(m.amp(ans), d.ans.held == 0)
		if is := d.kind(); d.is != 0 && is != d.is {
			d.is = is
			d.report(is, Start, d.ans.first)
		}
	}

	switch d.flag.step(&d.buf, &m, now) {
	case began:
		d.report(V21, Start, d.flag.first)
	case ended:
		d.report(V21, End, d.flag.last+1)
	}
}

// kind says which of the tones of 2100 Hz this is by now; what was heard once stays.
func (d *Detector) kind() Tone {
	am := d.mod.found || d.is == ANSam || d.is == ANSamPR
	pr := d.turn.found
	switch {
	case am && pr:
		return ANSamPR
	case am:
		return ANSam
	case pr:
		return ANSPR
	}
	return CED
}

// measured is what a block holds.
type measured struct {
	power float32         // mean square
	z     [bins]complex64 // amplitude and phase at each frequency, the phase at the block's centre
}

func (m *measured) amp(bin int) float32 {
	return float32(math.Hypot(float64(real(m.z[bin])), float64(imag(m.z[bin]))))
}

// share of the block's power that lies at a frequency.
func (m *measured) share(bin int) float32 {
	z := m.z[bin]
	return (real(z)*real(z) + imag(z)*imag(z)) / 2 / max(m.power, 1)
}

var (
	coef   [bins]float32
	finish [bins][2]complex64 // e^-jw, and what turns the recursion's result into an amplitude
	least  = float32(leastDBm0.RMS() * leastDBm0.RMS())
)

func init() {
	for i, f := range hz {
		w := 2 * math.Pi * f / sampleRate
		coef[i] = float32(2 * math.Cos(w))
		sin, cos := math.Sincos(-w)
		finish[i][0] = complex(float32(cos), float32(sin))
		sin, cos = math.Sincos(-w * (blockLen - 1) / 2)
		finish[i][1] = complex(float32(cos)*2/blockLen, float32(sin)*2/blockLen)
	}
}

// measure runs the four Goertzel recursions side by side.
func measure(buf *[blockLen]int16) (m measured) {
	ca, cb, cc, cd := coef[0], coef[1], coef[2], coef[3]
	var a1, a2, b1, b2, c1, c2, d1, d2 float32
	var energy uint64
	for _, s := range buf {
		v := float32(s)
		energy += uint64(uint32(int32(s) * int32(s)))
		a1, a2 = v-a2+ca*a1, a1
		b1, b2 = v-b2+cb*b1, b1
		c1, c2 = v-c2+cc*c1, c1
		d1, d2 = v-d2+cd*d1, d1
	}
	m.power = float32(energy) / blockLen
	for i, s := range [bins][2]float32{{a1, a2}, {b1, b2}, {c1, c2}, {d1, d2}} {
		m.z[i] = (complex(s[0], 0) - finish[i][0]*complex(s[1], 0)) * finish[i][1]
	}
	return m
}
