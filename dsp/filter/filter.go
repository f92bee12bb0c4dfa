// Package filter takes out of a line's audio what is no signal: a constant (an offset of a converter) and mains hum.
//
// DC is a high-pass of first order, as codecs and cancellers have it. Hum is a cascade of notches at the mains frequency and
// its harmonics, two for each, a little apart, so that a mains frequency that wanders by 0.2 Hz is still 40 dB down and
// its harmonics 25; from 340 Hz on speech and signalling lose less than 0.25 dB.
//
// Both work in place without delay, belong to one goroutine, allocate nothing after their constructors and give the same for
// any cut of the audio. Neither finds out by itself whether there is hum; see Hum for what it costs to run it always.
package filter

import "math"

const sampleRate = 8000

// DC removes a constant: y[n] = (1+r)/2 (x[n] - x[n-1]) + r y[n-1].
type DC struct {
	r, gain float32
	x, y    float32
}

// NewDC returns a filter that is 3 dB down at a corner frequency in Hz from 1 to 300; 0 means 10 Hz.
func NewDC(cornerHz float64) *DC {
	if cornerHz == 0 {
		cornerHz = 10
	}
	cornerHz = max(1, min(300, cornerHz))
	r := 1 - 2*math.Pi*cornerHz/sampleRate
	return &DC{r: float32(r), gain: float32((1 + r) / 2)}
}

// Process filters pcm in place.
func (f *DC) Process(pcm []int16) {
	x1, y := f.x, f.y
	for i, s := range pcm {
		x := float32(s)
		y = f.gain*(x-x1) + f.r*y
		x1 = x
		pcm[i] = round(y)
	}
	f.x, f.y = x1, y
}

// Reset forgets the signal.
func (f *DC) Reset() { f.x, f.y = 0, 0 }

const (
	// MaxHarmonics is the number of multiples of the mains frequency that Hum can take out.
	MaxHarmonics = 8
	// Each notch is 3 dB down so many Hz around its middle: it settles within 60 ms.
	notchHz = 10.0
	// The two notches at a harmonic lie this share of its frequency below and above it.
	apart = 0.003
)

// Hum removes mains hum. Harmonics above 300 Hz lie in the band of speech, of which each notch takes 10 Hz.
type Hum struct {
	n        int
	sections [2 * MaxHarmonics]notch
}

// notch is a second-order section with its zeros on the unit circle, in the transposed direct form II.
type notch struct {
	b0, b1, a1, a2 float32 // b2 = b0
	s1, s2         float32
}

// NewHum returns a filter for a mains frequency in Hz, 50 or 60, and its first harmonics, the fundamental counted; 0 of them
// means all up to 300 Hz.
func NewHum(mainsHz float64, harmonics int) *Hum {
	if harmonics <= 0 {
		harmonics = int(300 / mainsHz)
	}
	h := &Hum{n: 2 * min(harmonics, MaxHarmonics)}
	for i := range h.n {
		hz := mainsHz * float64(1+i/2)
		hz *= 1 + apart*float64(2*(i&1)-1)
		h.sections[i] = newNotch(hz)
	}
	return h
}

func newNotch(hz float64) notch {
	w := 2 * math.Pi * hz / sampleRate
	k := math.Tan(math.Pi * notchHz / sampleRate)
	g := 1 / (1 + k)
	return notch{
		b0: float32(g), b1: float32(-2 * math.Cos(w) * g),
		a1: float32(-2 * math.Cos(w) * g), a2: float32((1 - k) * g),
	}
}

// Process filters pcm in place.
func (h *Hum) Process(pcm []int16) {
	for i, s := range pcm {
		v := float32(s)
		for k := range h.n {
			c := &h.sections[k]
			y := c.b0*v + c.s1
			c.s1 = c.b1*v - c.a1*y + c.s2
			c.s2 = c.b0*v - c.a2*y
			v = y
		}
		pcm[i] = round(v)
	}
}

// Reset forgets the signal.
func (h *Hum) Reset() {
	for i := range h.sections {
		h.sections[i].s1, h.sections[i].s2 = 0, 0
	}
}

func round(v float32) int16 {
	return int16(max(-32768, min(32767, math.RoundToEven(float64(v)))))
}
