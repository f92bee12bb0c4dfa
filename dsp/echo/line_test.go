package echo

import (
	"math"

	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/dsp/level"
)

// coding of Sin and Rin between line and canceller.
type coding string

const (
	linear coding = "linear"
	mulaw  coding = "mu-law"
	alaw   coding = "A-law"
)

// code is what a sample is after the way to the canceller.
func (c coding) code(s float64) int16 {
	v := int16(max(-32768, min(32767, math.Round(s))))
	switch c {
	case mulaw:
		return g711.MuLaw.DecodeSample(g711.MuLaw.EncodeSample(v))
	case alaw:
		return g711.ALaw.DecodeSample(g711.ALaw.EncodeSample(v))
	}
	return v
}

// A line is a hybrid with its echo path and a canceller before it. Its state goes on from one run to the next.
type line struct {
	*Canceller
	path   []float64
	coding coding
	past   []float64 // Rin before the next sample, as long as any path
	chunk  int       // samples a Process call
}

const longestPath = 5000

func newLine(c Config, path []float64, coding coding) *line {
	return &line{Canceller: New(c), path: path, coding: coding, past: make([]float64, longestPath), chunk: 80}
}

// A trace is what happened on a line, sample by sample.
type trace struct {
	echo []float64 // exact, before coding
	sin  []int16
	sout []int16
}

// run sends rin to the line while near is spoken at its other end (nil: nobody speaks), and returns what happened.
func (l *line) run(rin, near []int16) trace {
	n := len(rin)
	t := trace{echo: make([]float64, n), sin: make([]int16, n), sout: make([]int16, n)}
	coded := make([]int16, n)
	past := append(l.past, make([]float64, n)...)
	for i, s := range rin {
		coded[i] = l.coding.code(float64(s))
		past[longestPath+i] = float64(coded[i])
	}
	for i := range rin {
		at := longestPath + i
		var y0, y1 float64
		h, x := l.path, past[at-len(l.path)+1:at+1]
		for k, j := 0, len(x)-1; k+1 < len(h); k, j = k+2, j-2 {
			y0 += h[k] * x[j]
			y1 += h[k+1] * x[j-1]
		}
		if len(h)%2 == 1 {
			y0 += h[len(h)-1] * x[0]
		}
		t.echo[i] = y0 + y1
		v := t.echo[i]
		if i < len(near) {
			v += float64(near[i])
		}
		t.sin[i] = l.coding.code(v)
	}
	l.past = append([]float64(nil), past[n:]...)
	for at := 0; at < n; at += l.chunk {
		end := min(at+l.chunk, n)
		l.Process(t.sout[at:end], t.sin[at:end], coded[at:end])
	}
	return t
}

const lossWindow = 400 // samples in which loss is measured: 50 ms

func sumSquares[T int16 | float64](v []T) (s float64) {
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	return s
}

// loss returns the ERLE in dB over samples from to to, in which nobody speaks at the near end.
func (t trace) loss(from, to int) float64 {
	return 10 * math.Log10((sumSquares(t.echo[from:to])+1e-9)/(sumSquares(t.sout[from:to])+1e-2))
}

// losses returns the ERLE of each lossWindow that holds echo: the others, in which the echo is 10 dB below its mean, give NaN.
func (t trace) losses() []float64 {
	mean := sumSquares(t.echo) / float64(len(t.echo)) * lossWindow
	var out []float64
	for at := 0; at+lossWindow <= len(t.echo); at += lossWindow {
		v := math.NaN()
		if sumSquares(t.echo[at:at+lossWindow]) > mean/10 {
			v = t.loss(at, at+lossWindow)
		}
		out = append(out, v)
	}
	return out
}

// reaches returns the seconds of echo until the loss is dB and stays so for 0.3 s; +Inf when it never does. Time counts from
// the first sample, pauses included.
func (t trace) reaches(dB float64) float64 {
	l := t.losses()
	held := 300 / 50
	for i := range l {
		ok := !math.IsNaN(l[i])
		for _, v := range l[i:min(i+held, len(l))] {
			ok = ok && !(v < dB)
		}
		if ok {
			return float64(i) * lossWindow / 8000
		}
	}
	return math.Inf(1)
}

// floor returns the ERLE that an exact model would get: only the coding of Sin and the rounding of Sout are left.
func (t trace) floor(c coding, from, to int) float64 {
	var noise, echo float64
	for _, y := range t.echo[from:to] {
		e := float64(c.code(y)) - y
		noise += e*e + 1.0/12
		echo += y * y
	}
	return 10 * math.Log10(echo/noise)
}

// peakLevel is the largest reading of G.168's level meter in samples from to to.
func peakLevel(pcm []int16, from, to int) level.DBm0 {
	peak := level.Silence
	for _, l := range dsptest.G168Level(pcm[:to])[from:] {
		peak = max(peak, l)
	}
	return peak
}

// signals that Rin is made of.
var signals = []string{"CSS", "white", "speech"}

func signal(name string, d level.DBm0, n int) []int16 {
	switch name {
	case "CSS":
		return dsptest.CSS(d, n)
	case "white":
		return dsptest.White(1, d, n)
	}
	return dsptest.Speech(1, d, n)
}

const second = 8000
