// Package resample changes the sample rate of telephone audio: between the rates of voice modems and sound files and the
// 8 kHz of everything else, and by the few hundred parts per million by which two clocks differ.
//
// A Resampler reads its input through a bank of low-pass filters, one for each place between two samples at which an output
// sample can fall (a windowed sinc, Kaiser window, 64 samples of the lower rate long). Ratios of up to 1024 such places are
// exact; for all others, and for drift, the result lies linearly between those of two of 256 places, whose error is below
// that of 16 bits. Below 92 % of half of the lower rate the level is kept to 0.1 dB and images and aliases are 65 dB down.
//
// The output is as many samples as time has passed: after n input samples ceil(n to/from) have come out. It lags the input
// by Delay. Nothing is ever repeated or left out, so that a change of the drift makes no click: a tone stays one line.
//
// A Resampler belongs to one goroutine, gives the same for any cut of its input and allocates nothing after New. It keeps
// the pitch in step with the clock, as is right for drift; it does not change tempo at constant pitch.
package resample

import (
	"fmt"
	"math"
)

// Rates that New accepts, in Hz.
const (
	MinRate = 1000
	MaxRate = 192000
)

// MaxPPM is the largest drift that SetPPM takes; what is beyond is not a clock's.
const MaxPPM = 5000

const (
	ppb   = 1_000_000_000 // places between two samples that a drifting clock can tell apart
	chunk = 256           // input samples taken at a time
)

// A Resampler converts one stream.
type Resampler struct {
	bank *bank

	// The next output lies num/den of a sample behind the newest one of the window that begins at buf[at].
	at, num   int
	whole     int // an output is whole + part/den input samples after the one before
	part, den int

	buf  []float32
	fill int
}

// New returns a Resampler from one sample rate in Hz to another. It panics on a rate that is not within MinRate and
// MaxRate: rates are the program's, not a caller's.
func New(from, to int) *Resampler {
	if min(from, to) < MinRate || max(from, to) > MaxRate {
		panic(fmt.Sprintf("resample: from %d to %d Hz; rates are from %d to %d", from, to, MinRate, MaxRate))
	}
	g := gcd(from, to)
	from, to = from/g, to/g
	r := newResampler(shared(from, to), to)
	r.whole, r.part = from/to, from%to
	return r
}

// NewDrift returns a Resampler between two clocks of the same nominal rate whose difference SetPPM tells; until then none.
func NewDrift() *Resampler {
	r := newResampler(shared(ppb, ppb-1), ppb)
	r.whole = 1
	return r
}

func newResampler(b *bank, den int) *Resampler {
	r := &Resampler{bank: b, den: den, buf: make([]float32, b.taps-1+chunk)}
	r.Reset()
	return r
}

// SetPPM sets by how many parts per million the input's clock is fast: that many samples in a million fewer come out than
// go in. It counts from the next output sample and panics on a Resampler that is not from NewDrift. Values beyond
// MaxPPM are taken as that.
func (r *Resampler) SetPPM(ppm float64) {
	if r.den != ppb {
		panic("resample: SetPPM on a Resampler of fixed rates; use NewDrift")
	}
	step := ppb + int(math.Round(max(-MaxPPM, min(MaxPPM, ppm))*(ppb/1_000_000)))
	r.whole, r.part = step/ppb, step%ppb
}

// Reset forgets the signal and keeps the rates.
func (r *Resampler) Reset() {
	clear(r.buf)
	r.fill = r.bank.taps - 1
	r.at, r.num = 0, 0
}

// Delay returns by how many input samples the output lags.
func (r *Resampler) Delay() int { return r.bank.taps / 2 }

// Max returns the most samples that Process gives for n input samples.
func (r *Resampler) Max(n int) int {
	step := float64(r.whole) + float64(r.part)/float64(r.den)
	return int(float64(n)/step) + 2
}

// Process takes src and writes what comes out to dst, which has room for Max(len(src)) samples and does not overlap src; it
// returns how many. It panics when dst is too short.
func (r *Resampler) Process(dst, src []int16) (n int) {
	taps := r.bank.taps
	for {
		took := min(len(src), len(r.buf)-r.fill)
		in := r.buf[r.fill:][:took]
		for i, s := range src[:took] {
			in[i] = float32(s)
		}
		r.fill += took
		src = src[took:]
		for r.at+taps <= r.fill {
			dst[n] = round(r.bank.at(r.buf[r.at:][:taps], r.num, r.den))
			n++
			r.at += r.whole
			if r.num += r.part; r.num >= r.den {
				r.num -= r.den
				r.at++
			}
		}
		copy(r.buf, r.buf[r.at:r.fill])
		r.fill -= r.at
		r.at = 0
		if len(src) == 0 {
			return n
		}
	}
}

func round(v float32) int16 {
	switch {
	case v >= 32767:
		return 32767
	case v <= -32768:
		return -32768
	case v < 0:
		return int16(v - 0.5)
	}
	return int16(v + 0.5)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
