package echo

import (
	"tipring/dsp/fft"
)

const (
	blockLen = 64             // B, samples; 8 ms
	fftLen   = 2 * blockLen   // overlap-save
	bins     = fftLen/2 + 1   // of a real transform
	scale    = 1.0 / 32768    // int16 to about +-1
	taps0    = blockLen       // taps of the first partition
	history  = 2 * blockLen   // samples of Rin kept for transforms
	window   = taps0 + fftLen // ring of Rin for the time-domain partition
)

// Config of a Canceller.
type Config struct {
	TailMs int  // length of the echo path that is covered: 8 to 128 ms, rounded up to 8; 0 is 64
	NLP    bool // non-linear processor with comfort noise
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
	taps   [taps0]float32
	y      [blockLen]float32 // echo of partitions 1.. over the block that is coming in
	e      [blockLen]float32 // error over the block
	energy float32           // smoothed error energy
}

// A Canceller removes the echo of one line.
type Canceller struct {
	enabled bool
	plan    *fft.Plan
	parts   int

	xre, xim [][bins]float32 // spectra of Rin, newest at head
	head     int
	x        [history]float32 // last two blocks of Rin
	ring     [2 * window]float32
	ringPos  int

	fg, bg filter
	p      [][bins]float32 // error variance of bg's coefficients
	psi    [bins]float32   // smoothed error power: near end, noise and what is not modelled
	turn   int             // partition whose gradient is constrained next

	d       [blockLen]float32 // Sin over the block
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
	k := &Canceller{enabled: true, plan: fft.New(fftLen), parts: parts}
	for _, s := range []*[][bins]float32{&k.xre, &k.xim, &k.fg.re, &k.fg.im, &k.bg.re, &k.bg.im, &k.p} {
		*s = make([][bins]float32, parts)
	}
	k.nlp = newProcessor(c.NLP)
	k.Reset()
	return k
}

// Reset forgets the path and the noise.
func (k *Canceller) Reset() {
	for p := range k.parts {
		k.xre[p], k.xim[p] = [bins]float32{}, [bins]float32{}
	}
	k.x, k.ring = [history]float32{}, [2 * window]float32{}
	k.fg.clear()
	k.bg.clear()
	k.psi = [bins]float32{}
	k.pos = 0
	k.control = control{}
	k.nlp.reset()
	k.shape = shape{parts: k.parts}
	k.openVariance()
}

func (f *filter) clear() {
	for p := range f.re {
		f.re[p], f.im[p] = [bins]float32{}, [bins]float32{}
	}
	f.taps, f.y, f.e, f.energy = [taps0]float32{}, [blockLen]float32{}, [blockLen]float32{}, 0
}

// Slip tells that n samples of Sin were lost: the path is where it was, but the history of Rin is not.
func (k *Canceller) Slip(n int) {
	if n == 0 {
		return
	}
	k.x, k.ring = [history]float32{}, [2 * window]float32{}
	for p := range k.parts {
		k.xre[p], k.xim[p] = [bins]float32{}, [bins]float32{}
	}
	k.fg.y, k.bg.y = [blockLen]float32{}, [blockLen]float32{}
	k.control.skip = k.parts + 1
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
	x, d := float32(rin)*scale, float32(sin)*scale
	// The ring is kept twice so that the newest taps0 samples are one slice.
	if k.ringPos == 0 {
		k.ringPos = window
	}
	k.ringPos--
	k.ring[k.ringPos], k.ring[k.ringPos+window] = x, x
	recent := k.ring[k.ringPos : k.ringPos+taps0]
	i := k.pos
	yf, yb := k.fg.y[i]+dot(&k.fg.taps, recent), k.bg.y[i]+dot(&k.bg.taps, recent)
	k.x[blockLen+i], k.d[i] = x, d
	k.fg.e[i], k.bg.e[i] = d-yf, d-yb
	k.pos++
	var s float32
	if k.enabled {
		s = k.nlp.sample(d-yf, yf)
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
func dot(h *[taps0]float32, x []float32) float32 {
	x = x[:taps0]
	var a, b, c, d float32
	for i := 0; i < taps0; i += 4 {
		a += h[i] * x[i]
		b += h[i+1] * x[i+1]
		c += h[i+2] * x[i+2]
		d += h[i+3] * x[i+3]
	}
	return (a + b) + (c + d)
}

func clip(s float32) int16 {
	s *= 32768
	switch {
	case s >= 32767:
		return 32767
	case s <= -32768:
		return -32768
	case s >= 0:
		return int16(s + 0.5)
	}
	return int16(s - 0.5)
}
