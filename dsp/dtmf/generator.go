package dtmf

import (
	"math"

	"tipring/dsp/level"
)

const rate = 8000 // samples a second

// A Generator produces queued digits as 16-bit samples at 8 kHz. Every tone starts at phase zero, so that no digit begins
// with a click. Read allocates nothing; one goroutine owns a Generator.
type Generator struct {
	queue []segment
	next  int // index of the segment being played
	left  int // samples of it still to come; 0: not begun
	low   oscillator
	high  oscillator
}

// A segment is a stretch of two tones, or of silence when both amplitudes are zero.
type segment struct {
	n               int // samples
	lowHz, highHz   float64
	lowAmp, highAmp float64
}

// NewGenerator returns a Generator with nothing queued.
func NewGenerator() *Generator { return &Generator{} }

// Digit queues a digit of onMs followed by offMs of silence, with the level of each component at the line. It reports
// whether the byte is one of the 16 digits; another one queues nothing. ITU-T Q.24 receivers need at least 40 ms of each.
func (g *Generator) Digit(d byte, onMs, offMs int, low, high level.DBm0) bool {
	l, h, ok := Hz(d)
	if !ok {
		return false
	}
	g.add(segment{n: onMs * rate / 1000, lowHz: l, highHz: h, lowAmp: low.Amplitude(), highAmp: high.Amplitude()})
	g.Pause(offMs)
	return true
}

// Pause queues silence.
func (g *Generator) Pause(ms int) { g.add(segment{n: ms * rate / 1000}) }

func (g *Generator) add(s segment) {
	if s.n <= 0 {
		return
	}
	if g.next == len(g.queue) {
		g.queue, g.next = g.queue[:0], 0
	}
	g.queue = append(g.queue, s)
}

// Samples returns how many samples are still to come.
func (g *Generator) Samples() int {
	n := 0
	for _, s := range g.queue[g.next:] {
		n += s.n
	}
	if g.left > 0 {
		n += g.left - g.queue[g.next].n
	}
	return n
}

// Read fills dst with the queued digits and returns how many samples it gave: fewer than len(dst) when the queue ran
// empty. A sum beyond 16 bits is clipped.
func (g *Generator) Read(dst []int16) int {
	n := 0
	for n < len(dst) && g.next < len(g.queue) {
		s := &g.queue[g.next]
		if g.left == 0 {
			g.left = s.n
			g.low.start(s.lowHz, s.lowAmp)
			g.high.start(s.highHz, s.highAmp)
		}
		run := dst[n:min(len(dst), n+g.left)]
		if s.lowAmp == 0 && s.highAmp == 0 {
			clear(run)
		} else {
			for i := range run {
				run[i] = clip(g.low.next() + g.high.next())
			}
		}
		n += len(run)
		if g.left -= len(run); g.left == 0 {
			g.next++
		}
	}
	return n
}

// An oscillator is the recursion y[n] = 2 cos(w) y[n-1] - y[n-2]; in float64 its error stays below one unit of 16 bits
// for hours.
type oscillator struct{ k, y1, y2 float64 }

func (o *oscillator) start(hz, amp float64) {
	w := 2 * math.Pi * hz / rate
	o.k = 2 * math.Cos(w)
	o.y1 = -amp * math.Sin(w)
	o.y2 = -amp * math.Sin(2*w)
}

func (o *oscillator) next() float64 {
	y := o.k*o.y1 - o.y2
	o.y2, o.y1 = o.y1, y
	return y
}

func clip(v float64) int16 {
	return int16(math.Round(min(max(v, math.MinInt16), math.MaxInt16)))
}
