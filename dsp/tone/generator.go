package tone

import (
	"math"

	"tipring/dsp/level"
)

const (
	sampleRate = 8000
	// edge is the length of the amplitude glide at the start and end of a burst: 2 ms, short against the 10% that E.180
	// allows for the shortest cadence and long enough not to click.
	edge = 16
	// modulationDepth of "f1*f2": E.180 leaves it to the administration; 90% is heard as a warble and keeps the carrier.
	modulationDepth = 0.9
)

// A Generator is the source of one tone. The same signal comes out for any cut of the output. A change of frequency is
// continuous in phase; a burst after silence starts at phase 0, and begins and ends with a 2 ms glide.
type Generator struct {
	segs    []genSegment
	repeat  int // segment after the last; -1: the end
	current int
	left    int // samples left of the current segment; -1: for ever
	osc     [MaxFrequencies]oscillator
	mod     uint32 // phase of the modulating frequency
	modStep uint32
	ended   bool
}

type oscillator struct {
	phase, step     uint32 // 2^32 is one period
	amp, to, change float64
	glide           int // samples left of the change from amp to to
}

type genSegment struct {
	step    [MaxFrequencies]uint32
	amp     [MaxFrequencies]float64
	modStep uint32
	samples int
}

// NewGenerator returns the source of spec. d is the level of the tone while it sounds, all its frequencies together; a
// component marked with a reduced level is 10 dB below. Of several frequencies each has the same share of the power.
func NewGenerator(spec Spec, d level.DBm0) *Generator {
	g := &Generator{repeat: spec.repeat()}
	for _, seg := range spec.Segments {
		gs := genSegment{samples: seg.Ms * level.SamplesPerMs}
		if seg.Ms == 0 {
			gs.samples = -1
		}
		carriers := seg.N
		power := 1.0
		if seg.Modulated {
			carriers = 1
			power = 1 + modulationDepth*modulationDepth/2
			gs.modStep = phaseStep(seg.Hz[1])
		}
		for i := range carriers {
			gs.step[i] = phaseStep(seg.Hz[i])
			gs.amp[i] = d.Amplitude() / math.Sqrt(float64(carriers)*power)
			if seg.Low {
				gs.amp[i] *= lowLevel
			}
		}
		g.segs = append(g.segs, gs)
	}
	if len(g.segs) == 0 {
		g.ended = true
		return g
	}
	g.enter(0)
	return g
}

func phaseStep(hz float64) uint32 { return uint32(math.Round(hz / sampleRate * (1 << 32))) }

// enter makes segment i the current one: oscillators that go on change frequency at once, amplitudes glide.
func (g *Generator) enter(i int) {
	s := &g.segs[i]
	g.current, g.left = i, s.samples
	if s.modStep != 0 {
		g.modStep = s.modStep
		if o := &g.osc[0]; o.amp == 0 && o.glide == 0 {
			g.mod = 0
		}
	}
	for k := range g.osc {
		o := &g.osc[k]
		if s.amp[k] != 0 {
			o.step = s.step[k]
			if o.amp == 0 && o.glide == 0 {
				o.phase = 0
			}
		}
		o.to, o.glide = s.amp[k], edge
		o.change = (o.to - o.amp) / edge
	}
	if s.modStep == 0 && s.amp[0] != 0 {
		g.modStep = 0
	}
}

// Read fills dst and returns how many samples it gave: fewer than len(dst) only for a tone that ends, whose components are
// all played once.
func (g *Generator) Read(dst []int16) int {
	n := 0
	for n < len(dst) && !g.ended {
		if g.left == 0 {
			next := g.current + 1
			if next == len(g.segs) {
				next = g.repeat
			}
			if next < 0 {
				g.ended = true
				break
			}
			g.enter(next)
		}
		m := len(dst) - n
		if g.left > 0 {
			m = min(m, g.left)
			g.left -= m
		}
		g.render(dst[n : n+m])
		n += m
	}
	return n
}

func (g *Generator) render(dst []int16) {
	var last int
	for k := range g.osc {
		if o := &g.osc[k]; o.amp != 0 || o.glide > 0 {
			last = k + 1
		}
	}
	if last == 0 {
		clear(dst)
		return
	}
	for i := range dst {
		var sum float64
		for k := range last {
			o := &g.osc[k]
			if o.glide > 0 {
				if o.glide--; o.glide == 0 {
					o.amp = o.to
				} else {
					o.amp += o.change
				}
			}
			sum += o.amp * sine(o.phase)
			o.phase += o.step
		}
		if g.modStep != 0 {
			sum *= 1 - modulationDepth*sine(g.mod+1<<30)
			g.mod += g.modStep
		}
		dst[i] = int16(max(-32768, min(32767, math.Round(sum))))
	}
}

// The sine table is fine enough for straight lines between its entries to be below the noise of 16 bits.
const tableBits = 11

var sineTable = func() (t [1<<tableBits + 1]float64) {
	for i := range t {
		t[i] = math.Sin(2 * math.Pi * float64(i) / (1 << tableBits))
	}
	return
}()

func sine(phase uint32) float64 {
	i := phase >> (32 - tableBits)
	f := float64(phase&(1<<(32-tableBits)-1)) * (1.0 / (1 << (32 - tableBits)))
	a := sineTable[i]
	return a + f*(sineTable[i+1]-a)
}
