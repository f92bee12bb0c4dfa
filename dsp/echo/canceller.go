package echo

import "tipring/dsp/fft"

const (
	blockLen = 64           // B, samples; 8 ms
	fftLen   = 2 * blockLen // overlap-save
	bins     = fftLen/2 + 1 // of a real transform
	scale    = 1.0 / 32768  // int16 to about +-1
	emphasis = 0.9          // of the first-order filters before and after the canceller
	vector   = 8            // samples that a kernel works on at once
)

// Config of a Canceller.
type Config struct {
	TailMs int  // length of the echo path that is covered: 8 to 128 ms, rounded up to 8; 0 is 64
	NLP    bool // non-linear processor with comfort noise
	// BulkMs is how far ahead of the tail an echo is looked for, up to 1 s: behind a modem's buffers, or a satellite.
	// Until it is found nothing is cancelled.
	BulkMs int
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
	DelayMs float32 // position of the strongest tap, with the bulk delay
	BulkMs  float32 // delay ahead of the tail that is made up for
	Resets  int64   // times the background filter started again
	Blocks  int64   // of 64 samples that have come to their end, at which everything but the echo itself is worked out
}

// A filter is one set of coefficients: spectra of all partitions, and the first also as taps.
type filter struct {
	re, im []spectrum
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

	xre, xim []spectrum // of Rin, newest at head
	head     int
	x        [fftLen + vector]float32 // the block before and this one of Rin, emphasised

	fg, bg filter
	p      []spectrum // error variance of bg's coefficients
	psi    spectrum   // smoothed error power: near end, noise and what is not modelled
	turn   int        // partition whose gradient is constrained next

	late     [blockLen]int16          // Rin from before the bulk delay
	sin, rin [vector + blockLen]int16 // the block that is coming in, behind the end of the one before
	d        [blockLen]float32        // Sin over the block, emphasised
	y        [blockLen]float32        // foreground's echo of partitions 1.. over the block that is coming in
	pos      int
	running  running
	bulk     *bulk // nil when no delay is looked for
	control  control
	nlp      processor
	shape    shape

	// Scratch of a block.
	scratch  [fftLen]float32
	yre, yim spectrum
	power    spectrum // of Rin's newest block, then of the error by the model
	gains    spectrum
	share    spectrum // of the model's error in all of it
}

// New returns a canceller. It panics on a tail outside 8 to 128 ms and a bulk delay outside 0 to 1 s: configuration was
// validated before.
func New(c Config) *Canceller {
	if c.TailMs == 0 {
		c.TailMs = 64
	}
	if c.TailMs < 8 || c.TailMs > 128 {
		panic("echo: tail is not within 8 to 128 ms")
	}
	if c.BulkMs < 0 || c.BulkMs > maxBulkMs {
		panic("echo: bulk delay is not within 0 to 1 s")
	}
	parts := (c.TailMs + 7) / 8
	k := &Canceller{enabled: true, plan: fft.New(fftLen), parts: parts, phase: c.Phase & (blockLen - 1)}
	for _, s := range k.spectra() {
		*s = make([]spectrum, parts)
	}
	if c.BulkMs > 0 {
		k.bulk = newBulk(c.BulkMs, c.TailMs)
	}
	k.nlp = newProcessor(c.NLP)
	k.Reset()
	return k
}

// Reset forgets the path and the noise.
func (k *Canceller) Reset() {
	if k.bulk != nil {
		k.bulk.reset()
	}
	k.forgetPath()
	k.pos = k.phase
	k.nlp = newProcessor(k.nlp.on)
}

// forgetPath begins with no model.
func (k *Canceller) forgetPath() {
	k.forgetRin()
	k.fg.clear()
	k.bg.clear()
	k.psi = spectrum{}
	clear(k.sin[:])
	clear(k.rin[:])
	k.running = start()
	k.control = control{fresh: fresh}
	k.shape = shape{parts: k.parts}
	k.openVariance(1)
}

// spectra lists what there is a spectrum of for each partition.
func (k *Canceller) spectra() []*[]spectrum {
	return []*[]spectrum{&k.xre, &k.xim, &k.fg.re, &k.fg.im, &k.bg.re, &k.bg.im, &k.p}
}

// forgetRin clears the history of Rin, and what the later partitions have made of it.
func (k *Canceller) forgetRin() {
	clear(k.xre)
	clear(k.xim)
	clear(k.x[:])
	clear(k.y[:])
}

func (f *filter) clear() {
	clear(f.re)
	clear(f.im)
	f.taps, f.e = [blockLen]float32{}, [blockLen]float32{}
	f.out, f.power, f.energy = 0, 0, 0
}

// Slip tells that n samples of Sin were lost: the path is where it was, but the history of Rin is not. Blocks stay where they
// were in time, the lost samples counted.
func (k *Canceller) Slip(n int) {
	if n == 0 {
		return
	}
	k.forgetRin()
	clear(k.d[:])
	clear(k.sin[:])
	clear(k.rin[:])
	k.pos = (k.pos + n) & (blockLen - 1)
	if k.bulk != nil {
		clear(k.bulk.ring)
		k.bulk.restart()
	}
	k.control.skip = k.parts + 1 // until the spectra are whole again
}

// SetNLP switches the non-linear processor.
func (k *Canceller) SetNLP(on bool) {
	k.nlp.on = on
	k.nlp.limit()
}

// SetEnabled switches cancelling; a disabled canceller passes Sin and keeps its model without adapting it.
func (k *Canceller) SetEnabled(on bool) { k.enabled = on }

// Process cancels the echo of tx in rx and writes the result to out, which may be rx. The three have the same length, and
// their samples are of the same instants.
func (k *Canceller) Process(out, rx, tx []int16) {
	out, tx = out[:len(rx)], tx[:len(rx)]
	for len(rx) > 0 {
		n := min(len(rx), blockLen-k.pos)
		k.cancel(out[:n], rx[:n], k.reference(rx[:n], tx[:n]))
		if k.pos += n; k.pos == blockLen {
			k.pos = 0
			k.block()
			k.follow()
		}
		out, rx, tx = out[n:], rx[n:], tx[n:]
	}
}

// reference returns Rin as the filter needs it: from before the bulk delay, which is looked for as long as little is cancelled.
func (k *Canceller) reference(sin, rin []int16) []int16 {
	b := k.bulk
	if b == nil {
		return rin
	}
	if k.control.erle < trustERLE {
		if d := b.search(sin, rin); d >= 0 {
			b.found = d
		}
	}
	dst := k.late[:len(rin)]
	b.reference(dst, rin)
	return dst
}

// cancel cancels a piece of a block. The kernels work on whole vectors from the first sample of the block on: what they make of
// samples that have not come is not used, and a vector that a piece ends in is worked out again with the next.
func (k *Canceller) cancel(out, sin, rin []int16) {
	at, end := k.pos, k.pos+len(sin)
	copy(k.sin[vector+at:], sin)
	copy(k.rin[vector+at:], rin)
	from, whole, to := at&^(vector-1), end&^(vector-1), (end+vector-1)&^(vector-1)
	emphasise(k.d[from:to], k.sin[vector-1+from:])
	emphasise(k.x[blockLen+from:blockLen+to], k.rin[vector-1+from:])
	var y [blockLen]float32
	copy(y[from:to], k.y[from:to])
	fir(y[from:to], k.x[from+1:], &k.fg.taps)
	var pcm [blockLen]int16
	finish(pcm[from:whole], k.fg.e[from:], k.d[from:], y[from:], k.sin[vector+from:], &k.running, &k.nlp.limits)
	if whole < to {
		part := k.running
		finish(pcm[whole:to], k.fg.e[whole:], k.d[whole:], y[whole:], k.sin[vector+whole:], &part, &k.nlp.limits)
	}
	if k.enabled {
		copy(out, pcm[at:end])
	} else {
		copy(out, k.sin[vector+at:vector+end])
	}
}
