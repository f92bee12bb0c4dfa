package emu

import (
	_ "embed"
	"encoding/json"
	"math"
	"sync"

	"tipring/dsp/g711"
	"tipring/tdm"
)

//go:embed g168-paths.json
var pathsJSON []byte

// An echoPath is one of the hybrid models of ITU-T G.168 Annex D, by the file's scaling rule at an ERL of 0 dB.
type echoPath struct {
	Table string    `json:"table"`
	K     float64   `json:"K"`
	M     []float64 `json:"m"`
}

// paths returns the models of tables D.2 to D.9.
var paths = sync.OnceValue(func() []echoPath {
	var f struct{ Models []echoPath }
	if err := json.Unmarshal(pathsJSON, &f); err != nil {
		panic("emu: g168-paths.json: " + err.Error()) // embedded and tested
	}
	return f.Models
})

// quantum is one millisecond of audio in 16-bit units.
type quantum [tdm.Quantum]float32

// A wire carries audio between the card's codec and the far end: delay and hybrid echo of what the card sends, attenuation
// both ways, noise. One quantum is carried at a time, so that the result does not depend on the block length.
type wire struct {
	law   g711.Law
	taps  []float32 // echo path, last tap first
	loss  float32
	noise float32 // peak-to-peak of each of two uniform variables
	rng   uint64
	delay int

	hist  []float32 // what the card sent, the newest before pos
	pos   int
	quiet int // samples of silence at the end of hist
}

// histSlack is how many samples go into a history before it is moved back to its start.
const histSlack = 512

func newWire(l Loop, law g711.Law, delay int, seed uint64) wire {
	w := wire{law: law, delay: delay, loss: float32(math.Pow(10, -l.LossDB/20)), rng: seed*0x9e3779b97f4a7c15 | 1}
	if !l.NoEcho {
		p := paths()[l.Path-1]
		gain := p.K * math.Pow(10, -l.ERLDB/20)
		for i := len(p.M) - 1; i >= 0; i-- {
			w.taps = append(w.taps, float32(p.M[i]*gain))
		}
	}
	if l.NoiseDBm0 != 0 {
		// The sum of two variables uniform over a width v has the variance v²/6. 0 dBm0 is 16124 rms.
		w.noise = float32(16124 * math.Pow(10, l.NoiseDBm0/20) * math.Sqrt(6))
	}
	w.hist = make([]float32, w.reach()+histSlack)
	w.pos = w.reach()
	w.quiet = w.reach()
	return w
}

// reach is how far back the history matters.
func (w *wire) reach() int { return w.delay + max(len(w.taps)-1, 0) }

// silent reports whether nothing that the card sent is still on its way.
func (w *wire) silent() bool { return w.quiet >= w.reach() }

// send takes one quantum of the card's octets, or silence when octets is nil, and returns what arrives at the far end and
// what comes back as echo. sounds is false when both are silence and were not written.
func (w *wire) send(octets []byte, far, echo *quantum) (sounds bool) {
	idle := true
	if octets != nil {
		s := w.law.Silence()
		for _, o := range octets {
			idle = idle && o == s
		}
	}
	if idle && w.silent() {
		return false
	}
	if w.pos+tdm.Quantum > len(w.hist) {
		copy(w.hist, w.hist[w.pos-w.reach():w.pos])
		w.pos = w.reach()
	}
	in := w.hist[w.pos : w.pos+tdm.Quantum]
	if idle {
		clear(in)
		w.quiet += tdm.Quantum
	} else {
		for i, o := range octets {
			in[i] = float32(w.law.DecodeSample(o))
		}
		w.quiet = 0
	}
	at := w.pos - w.delay
	for i, v := range w.hist[at : at+tdm.Quantum] {
		far[i] = v * w.loss
	}
	if n := len(w.taps); n > 0 {
		convolve(echo, w.hist[at-n+1:at+tdm.Quantum], w.taps)
	}
	w.pos += tdm.Quantum
	return true
}

// convolve sets out[i] to the sum over k of taps[k]*x[i+k]; x has len(taps)+7 samples.
func convolve(out *quantum, x, taps []float32) {
	var a, b, c, d, e, f, g, h float32
	for k, t := range taps {
		v := x[k : k+8 : k+8]
		a += t * v[0]
		b += t * v[1]
		c += t * v[2]
		d += t * v[3]
		e += t * v[4]
		f += t * v[5]
		g += t * v[6]
		h += t * v[7]
	}
	*out = quantum{a, b, c, d, e, f, g, h}
}

// hiss adds the line's noise.
func (w *wire) hiss(q *quantum) {
	if w.noise == 0 {
		return
	}
	for i := range q {
		w.rng ^= w.rng << 13
		w.rng ^= w.rng >> 7
		w.rng ^= w.rng << 17
		u, v := int32(w.rng), int32(w.rng>>32)
		q[i] += (float32(u) + float32(v)) * (w.noise / (1 << 32))
	}
}

// encode rounds a quantum into the card's octets.
func (w *wire) encode(dst []byte, q *quantum) {
	for i := range dst {
		dst[i] = w.law.EncodeSample(round(q[i]))
	}
}

// round converts to 16 bits and limits.
func round(v float32) int16 {
	switch {
	case v >= 0:
		return int16(min(v+0.5, 32767))
	default:
		return int16(max(v-0.5, -32768))
	}
}

// isSilence reports whether octets are all the law's idle octet, in steps of eight.
func isSilence(octets []byte, law g711.Law) bool {
	s := law.Silence()
	for len(octets) >= 8 {
		if octets[0]^s|octets[1]^s|octets[2]^s|octets[3]^s|octets[4]^s|octets[5]^s|octets[6]^s|octets[7]^s != 0 {
			return false
		}
		octets = octets[8:]
	}
	return true
}
