package echo

import (
	"math"

	"tipring/dsp/fft"
)

const (
	blockLen = 64           // B, samples; 8 ms
	fftLen   = 2 * blockLen // overlap-save
	bins     = fftLen/2 + 1 // of a real transform
	scale    = 1.0 / 32768  // int16 to about +-1
	window   = fftLen       // ring of Rin for the time-domain partition
	emphasis = 0.9          // of the first-order filters before and after the canceller
)

// Config of a Canceller.
type Config struct {
	TailMs int  // length of the echo path that is covered: 8 to 128 ms, rounded up to 8; 0 is 64
	NLP    bool // non-linear processor with comfort noise
	// Phase is how many samples of its first block of 64 a canceller skips. Cancellers that start together and have
	// different phases do not transform in the same tick; their numbers will do, since it counts modulo 64.
	Phase int
}

// State says what a canceller is doing.
type State uint8

// The states.
const (
	Idle       State = iota // Rin is silent
	Converging              // less than 20 dB of enhancement so far
	Converged
	DoubleTalk // a near-end talker is louder than the residual echo
	Tone       // Rin is narrowband, adaptation is frozen
	Disabled
)

// String returns the state in lower case, as metrics and logs show it.
func (s State) String() string {
	return [...]string{"idle", "converging", "converged", "double talk", "tone", "disabled"}[s]
}

// Stats is what a canceller knows of the line.
type Stats struct {
	State   State
	ERL     float32 // echo return loss of the modelled path, dB; 0 while nothing is modelled
	ERLE    float32 // what the filter adds, dB, averaged over the last second of far-end talk
	DelayMs float32 // position of the strongest tap
	Resets  int64   // times the background filter started again
}

// A filter is one set of coefficients: spectra of all partitions, and the first also as taps.
type filter struct {
	re, im [][bins]float32
	taps   [blockLen]float32
	e      [blockLen]float32 // error over the block
	out    float32           // last error without emphasis
	power  float32           // power a sample of the block's error without emphasis
	energy float32           // the same, averaged
}

// A Canceller removes the echo of one line.
type Canceller struct {
	enabled bool
	plan    *fft.Plan
	parts   int
	phase   int // of the first block

	xre, xim [][bins]float32 // spectra of Rin, newest at head
	x2       [][bins]float32 // their power
	head     int
	x        [fftLen]float32 // last two blocks of Rin
	ring     [2 * window]float32
	ringPos  int

	fg, bg filter
	p      [][bins]float32 // error variance of bg's coefficients
	psi    [bins]float32   // smoothed error power: near end, noise and what is not modelled
	turn   int             // partition whose gradient is constrained next
	gains  [bins]float32   // step of each bin

	d       [blockLen]float32 // Sin over the block
	y       [blockLen]float32 // foreground's echo of partitions 1.. over the block that is coming in
	lastX   float32           // memories of the emphasis
	lastD   float32
	outY    float32
	sin2    float32 // sum of the squares of Sin in this block
	pos     int
	control control
	nlp     processor
	shape   shape

	scratchRe, scratchIm [bins]float32
	scratch              [fftLen]float32
}

// New returns a canceller. It panics on a tail outside 8 to 128 ms: configuration was validated before.
func New(c Config) *Canceller {
	if c.TailMs == 0 {
		c.TailMs = 64
	}
	if c.TailMs < 8 || c.TailMs > 128 {
		panic("echo: tail is not within 8 to 128 ms")
	}
	parts := (c.TailMs + 7) / 8
	k := &Canceller{enabled: true, plan: fft.New(fftLen), parts: parts, phase: c.Phase & (blockLen - 1)}
	for _, s := range []*[][bins]float32{&k.xre, &k.xim, &k.x2, &k.fg.re, &k.fg.im, &k.bg.re, &k.bg.im, &k.p} {
		*s = make([][bins]float32, parts)
	}
	k.nlp = newProcessor(c.NLP)
	k.Reset()
	return k
}

// Reset forgets the path and the noise.
func (k *Canceller) Reset() {
	for p := range k.parts {
		k.xre[p], k.xim[p], k.x2[p] = [bins]float32{}, [bins]float32{}, [bins]float32{}
	}
	k.x, k.ring = [fftLen]float32{}, [2 * window]float32{}
	k.fg.clear()
	k.bg.clear()
	k.psi, k.y = [bins]float32{}, [blockLen]float32{}
	k.lastX, k.lastD, k.outY, k.sin2 = 0, 0, 0, 0
	k.pos = k.phase
	k.control = control{}
	k.nlp.reset()
	k.shape = shape{parts: k.parts}
	k.openVariance()
}

func (f *filter) clear() {
	for p := range f.re {
		f.re[p], f.im[p] = [bins]float32{}, [bins]float32{}
	}
	f.taps, f.e = [blockLen]float32{}, [blockLen]float32{}
	f.out, f.power, f.energy = 0, 0, 0
}

// Slip tells that n samples of Sin were lost: the path is where it was, but the history of Rin is not.
func (k *Canceller) Slip(n int) {
	if n == 0 {
		return
	}
	k.x, k.ring = [fftLen]float32{}, [2 * window]float32{}
	for p := range k.parts {
		k.xre[p], k.xim[p], k.x2[p] = [bins]float32{}, [bins]float32{}, [bins]float32{}
	}
	k.y = [blockLen]float32{}
	k.control.skip = k.parts + 1 // until the spectra are whole again
}

// SetNLP switches the non-linear processor.
func (k *Canceller) SetNLP(on bool) { k.nlp.on = on }

// SetEnabled switches cancelling; a disabled canceller passes Sin and keeps its model without adapting it.
func (k *Canceller) SetEnabled(on bool) { k.enabled = on }

// Process cancels the echo of tx in rx and writes the result to out, which may be rx. The three have the same length, and
// their samples are of the same instants.
func (k *Canceller) Process(out, rx, tx []int16) {
	out, tx = out[:len(rx)], tx[:len(rx)]
	for i := range rx {
		out[i] = k.sample(rx[i], tx[i])
	}
}

func (k *Canceller) sample(sin, rin int16) int16 {
	x1, d1 := float32(rin)*scale, float32(sin)*scale
	x, d := x1-emphasis*k.lastX, d1-emphasis*k.lastD
	k.lastX, k.lastD = x1, d1
	// The ring is kept twice so that the newest blockLen samples are one slice.
	if k.ringPos == 0 {
		k.ringPos = window
	}
	k.ringPos--
	k.ring[k.ringPos], k.ring[k.ringPos+window] = x, x
	i := k.pos
	y := k.y[i] + dot(&k.fg.taps, k.ring[k.ringPos:k.ringPos+blockLen])
	k.x[blockLen+i], k.d[i] = x, d
	k.fg.e[i] = d - y
	e := d - y + emphasis*k.fg.out + least
	k.fg.out, k.outY = e, y+emphasis*k.outY+least
	k.fg.power += e * e
	k.sin2 += d1 * d1
	k.pos++
	var s float32
	if k.enabled {
		s = k.nlp.sample(e, k.outY)
	}
	if k.pos == blockLen {
		k.pos = 0
		k.block()
	}
	if !k.enabled {
		return sin
	}
	return clip(s)
}

// dot uses four sums, so that the additions do not wait for each other.
func dot(h *[blockLen]float32, x []float32) float32 {
	x = x[:blockLen]
	var a, b, c, d float32
	for i := 0; i < blockLen; i += 4 {
		a += h[i] * x[i]
		b += h[i+1] * x[i+1]
		c += h[i+2] * x[i+2]
		d += h[i+3] * x[i+3]
	}
	return (a + b) + (c + d)
}

// clip rounds to the nearest sample; the sign of an error is as likely to be one as the other, so that it is no branch.
func clip(s float32) int16 {
	s *= 32768
	half := math.Float32frombits(math.Float32bits(0.5) | math.Float32bits(s)&(1<<31))
	return int16(min(max(int32(s+half), math.MinInt16), math.MaxInt16))
}
