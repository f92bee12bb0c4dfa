package mf

import (
	"fmt"
	"math"

	"tipring/dsp/level"
)

// Customary lengths of R1 pulses in milliseconds (Q.322 §2.3).
const (
	PulseMs = 68
	KPMs    = 100
	GapMs   = 68
)

// A Generator is the source of signals of one system. Between signals it gives silence.
type Generator struct {
	sys   *System
	amp   float64
	queue [64]segment
	head  int
	count int
	left  int // samples of the segment at the head
	on    [2]oscillator
	held  bool // the signal lasts until Stop
}

type segment struct{ signal, onMs, offMs uint16 }

// oscillator is a sine by rotation; it is set anew for every signal, so that its amplitude cannot drift.
type oscillator struct{ re, im, cos, sin float64 }

// NewGenerator returns a source of signals at a level a frequency: Q.322 sends R1 at -7, Q.454 R2 at -11.5 dBm0.
func NewGenerator(s *System, d level.DBm0) *Generator {
	return &Generator{sys: s, amp: d.Amplitude()}
}

// Pulse queues a signal 1 to 15 for onMs and a silence of offMs after it. It returns an error, and queues nothing, for
// another number and when 64 signals wait.
func (g *Generator) Pulse(signal, onMs, offMs int) error {
	if signal < 1 || signal > 15 {
		return fmt.Errorf("%s signal %d: there are 1 to 15", g.sys.Name, signal)
	}
	if onMs < 1 || onMs > 60000 || offMs < 0 || offMs > 60000 {
		return fmt.Errorf("%s signal of %d ms with %d ms after it: want 1 to 60000 and 0 to 60000", g.sys.Name, onMs, offMs)
	}
	if g.count == len(g.queue) {
		return fmt.Errorf("%s signal %d: %d wait already; read the audio first", g.sys.Name, signal, g.count)
	}
	g.queue[(g.head+g.count)%len(g.queue)] = segment{uint16(signal), uint16(onMs), uint16(offMs)}
	g.count++
	return nil
}

// Digits queues R1 pulses by name, with the customary lengths: "K5551234S" is KP, seven digits and ST. R2 names are taken
// too. Nothing is queued when one name is unknown or there is no room.
func (g *Generator) Digits(names string) error {
	if g.count+len(names) > len(g.queue) {
		return fmt.Errorf("%s: %d signals at once, room for %d", g.sys.Name, len(names), len(g.queue)-g.count)
	}
	for i := range len(names) {
		if g.sys.Number(names[i]) == 0 {
			return fmt.Errorf("%s: %q at place %d is no signal; the signals are %s", g.sys.Name, names[i], i+1, g.sys.Names)
		}
	}
	for i := range len(names) {
		ms := PulseMs
		if g.sys == R1 && names[i] == 'K' {
			ms = KPMs
		}
		if err := g.Pulse(g.sys.Number(names[i]), ms, GapMs); err != nil {
			return err
		}
	}
	return nil
}

// Start sends a signal from the next sample on until Stop, as the compelled procedure wants it (Q.440); what was queued is
// dropped.
func (g *Generator) Start(signal int) error {
	g.Stop()
	if err := g.Pulse(signal, 60000, 0); err != nil {
		return err
	}
	g.held = true
	return nil
}

// Stop ends the signal and drops what is queued: silence from the next sample on.
func (g *Generator) Stop() { g.count, g.left, g.held = 0, 0, false }

// Idle reports whether everything was sent.
func (g *Generator) Idle() bool { return g.count == 0 }

// Read fills dst and returns len(dst).
func (g *Generator) Read(dst []int16) int {
	for i := 0; i < len(dst); {
		if g.count == 0 {
			clear(dst[i:])
			break
		}
		s := g.queue[g.head%len(g.queue)]
		total, on := int(s.onMs+s.offMs)*8, int(s.onMs)*8
		if g.left == 0 {
			g.left = total
			g.tune(int(s.signal))
		}
		past := total - g.left
		if past < on {
			n := min(len(dst)-i, on-past)
			for k := range n {
				v := g.on[0].next() + g.on[1].next()
				dst[i+k] = int16(max(-32768, min(32767, math.Round(v))))
			}
			i, g.left = i+n, g.left-n
			if g.held {
				g.left += n
			}
		} else {
			n := min(len(dst)-i, g.left)
			clear(dst[i : i+n])
			i, g.left = i+n, g.left-n
		}
		if g.left == 0 {
			g.head = (g.head + 1) % len(g.queue)
			g.count--
		}
	}
	return len(dst)
}

func (g *Generator) tune(signal int) {
	for k, f := range pairs[signal] {
		sin, cos := math.Sincos(2 * math.Pi * g.sys.Hz[f] / 8000)
		g.on[k] = oscillator{re: g.amp, cos: cos, sin: sin}
	}
}

func (o *oscillator) next() float64 {
	v := o.im
	o.re, o.im = o.re*o.cos-o.im*o.sin, o.re*o.sin+o.im*o.cos
	return v
}
