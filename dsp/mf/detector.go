package mf

import (
	"math"

	"tipring/dsp/level"
)

const (
	block = 40 // 5 ms: from window to window
	part  = 20 // 2.5 ms: a window is measured in parts, whose images lie 400 Hz apart, away from the other frequencies
	wide  = 12 // most parts in a window
	// The two frequencies of a signal hold this share of the power in the window, and each other frequency less than that.
	pairShare  = 0.86
	otherShare = 0.15
	// A window that holds the edge of a signal may hold less of it.
	goOnShare = 0.55
	// A signal is one when four windows in a row find it, and ends after two without it.
	needed, missing = 4, 2
)

// Kind is what an Event says.
type Kind uint8

// The findings of a Detector: a signal has a Start and an End.
const (
	Start Kind = iota + 1
	End
)

// String returns the kind's name in lower case.
func (k Kind) String() string { return [...]string{"none", "start", "end", "none"}[k&3] }

// An Event is one finding of a Detector.
type Event struct {
	Kind   Kind
	Signal int // 1 to 15
	// At is the signal's first sample (Start) or the one after its last (End), as an offset from the first sample of the slice
	// given to Process, and may be negative. It is right to 5 ms.
	At  int
	Dur int // End: in samples
	// Levels of the two frequencies in dBm0, the one that is first in the system's order first.
	First, Second float32
}

// A Detector listens for the signals of one system.
type Detector struct {
	sys    *System
	coef   [6]float32
	finish [6][2]complex64    // e^-jw, and what turns the recursion's result into an amplitude
	turn   [6]complex64       // undoes the advance of phase from window to window
	weight [6][wide]complex64 // of a part: undoes the advance of phase since the window's first, under a raised window
	hann   [wide]float32
	before [6]complex64 // amplitudes in the window before
	spread float64      // a frequency that is off by x Hz is measured too small by 1/(1 + spread x^2)

	buf    [block]int16
	fill   int
	taken  int64
	blocks int64
	amp    [wide][6]complex64
	power  [wide + 4]float32 // mean square of each part, the newest first

	candidate uint8
	seen      int
	signal    uint8 // 0: none
	began     int64
	misses    int
	lastGood  int64
	first     float32
	second    float32
}

// NewDetector returns a Detector that has heard nothing.
func NewDetector(s *System) *Detector {
	d := &Detector{sys: s}
	for i, hz := range s.Hz {
		w := 2 * math.Pi * hz / 8000
		d.coef[i] = float32(2 * math.Cos(w))
		sin, cos := math.Sincos(-w)
		d.finish[i][0] = complex(float32(cos), float32(sin))
		sin, cos = math.Sincos(-w * (part - 1) / 2)
		d.finish[i][1] = complex(float32(cos)*2/part, float32(sin)*2/part)
		sin, cos = math.Sincos(-w * block)
		d.turn[i] = complex(float32(cos), float32(sin))
	}
	var sum float64
	for k := range s.parts {
		sum += hann(k, s.parts)
	}
	for k := range s.parts {
		h := hann(k, s.parts) / sum
		d.hann[k] = float32(h)
		for i, hz := range s.Hz {
			sin, cos := math.Sincos(-2 * math.Pi * hz / 8000 * part * float64(k))
			d.weight[i][k] = complex(float32(cos*h), float32(sin*h))
		}
		from := math.Abs(float64(k) - float64(s.parts-1)/2) // the window's middle
		d.spread += h * (from*from + 1.0/12)
	}
	d.spread *= (2 * math.Pi * part / 8000) * (2 * math.Pi * part / 8000)
	return d
}

func hann(k, n int) float64 {
	s := math.Sin(math.Pi * (float64(k) + 0.5) / float64(n))
	return s * s
}

// Reset forgets everything heard, without reporting an End.
func (d *Detector) Reset() { *d = *NewDetector(d.sys) }

// Process takes the next samples and appends what they led to to evs.
func (d *Detector) Process(pcm []int16, evs []Event) []Event {
	base := d.taken
	d.taken += int64(len(pcm))
	for len(pcm) > 0 {
		n := copy(d.buf[d.fill:], pcm)
		pcm = pcm[n:]
		if d.fill += n; d.fill == block {
			d.fill = 0
			d.measure()
			evs = d.judge(base, evs)
		}
	}
	return evs
}

// measure takes a block.
func (d *Detector) measure() {
	d.blocks++
	copy(d.power[block/part:], d.power[:])
	for h := range block / part {
		x := d.buf[h*part:][:part]
		var energy uint64
		for _, s := range x {
			energy += uint64(uint32(int32(s) * int32(s)))
		}
		power := float32(energy) / part
		d.power[block/part-1-h] = power
		slot := (d.blocks*(block/part) + int64(h)) % int64(d.sys.parts)
		if power < d.sys.least/4 {
			d.amp[slot] = [6]complex64{}
			continue
		}
		d.goertzel(x, &d.amp[slot])
	}
}

// goertzel runs the six recursions over a part, three at a time, so that they overlap.
func (d *Detector) goertzel(x []int16, amp *[6]complex64) {
	for half := 0; half < 6; half += 3 {
		ca, cb, cc := d.coef[half], d.coef[half+1], d.coef[half+2]
		var a1, a2, b1, b2, c1, c2 float32
		for _, s := range x {
			v := float32(s)
			a1, a2 = v-a2+ca*a1, a1
			b1, b2 = v-b2+cb*b1, b1
			c1, c2 = v-c2+cc*c1, c1
		}
		for k, s := range [3][2]float32{{a1, a2}, {b1, b2}, {c1, c2}} {
			f := &d.finish[half+k]
			amp[half+k] = (complex(s[0], 0) - f[0]*complex(s[1], 0)) * f[1]
		}
	}
}

// found is what a window holds: signal 0 for none.
type found struct {
	signal        uint8
	share         float32
	first, second float32 // powers
}

// window fits the last blocks.
func (d *Detector) window() (f found) {
	n := int64(d.sys.parts)
	if d.blocks*(block/part) < n {
		return f
	}
	var total float32
	for k := range n {
		total += d.hann[k] * d.power[n-1-k]
	}
	if total < d.sys.least {
		return f
	}
	oldest := (d.blocks + 1) * (block / part)
	var p [6]float32
	var z [6]complex64
	best, next := 0, 1
	for i := range p {
		var sum complex64
		slot := oldest % n
		for _, w := range d.weight[i][:n] {
			sum += d.amp[slot][i] * w
			if slot++; slot == n {
				slot = 0
			}
		}
		p[i] = real(sum)*real(sum) + imag(sum)*imag(sum)
		z[i] = sum
	}
	before := d.before
	d.before = z
	if p[next] > p[best] {
		best, next = next, best
	}
	for i := 2; i < 6; i++ {
		switch {
		case p[i] > p[best]:
			best, next = i, best
		case p[i] > p[next]:
			next = i
		}
	}
	// What lies between two frequencies, or is none of them, ends here for the most part.
	if (p[best]+p[next])/2 < goOnShare/2*total {
		return f
	}
	for i := range p {
		if i != best && i != next && p[i] > otherShare*p[best] {
			return f
		}
	}
	for _, i := range [2]int{best, next} {
		off := d.off(i, before[i], z[i])
		if math.Abs(off) > d.sys.offHz {
			return f
		}
		p[i] *= float32(1 + d.spread*off*off)
	}
	f.share = (p[best] + p[next]) / 2 / total
	if f.share < goOnShare || p[next]*d.sys.twist < p[best] || p[next]/2 < d.sys.least {
		return f
	}
	a, b := min(best, next), max(best, next)
	f.signal = number[a][b]
	f.first, f.second = p[a]/2, p[b]/2
	return f
}

// off is how far frequency i lies from its nominal value in Hz, by the advance of its phase from one window to the next.
func (d *Detector) off(i int, before, now complex64) float64 {
	turn := now * d.turn[i] * complex(real(before), -imag(before))
	return math.Atan2(float64(imag(turn)), float64(real(turn))) / (2 * math.Pi * block / 8000)
}

// judge looks at the window that ends with the last block.
func (d *Detector) judge(base int64, evs []Event) []Event {
	f := d.window()
	if d.signal != 0 {
		if f.signal == d.signal {
			d.misses = 0
			d.lastGood = d.blocks
			d.first, d.second = max(d.first, f.first), max(d.second, f.second)
			return evs
		}
		if d.misses++; d.misses < missing {
			return evs
		}
		end := d.edge()
		evs = append(evs, Event{End, int(d.signal), int(end - base), int(end - d.began), db(d.first), db(d.second)})
		d.signal, d.candidate, d.seen = 0, 0, 0
	}
	if f.signal == 0 || f.share < pairShare {
		d.candidate, d.seen = 0, 0
		return evs
	}
	if f.signal != d.candidate {
		d.candidate, d.seen = f.signal, 0
	}
	if d.seen++; d.seen < needed {
		return evs
	}
	d.signal, d.misses, d.lastGood = f.signal, 0, d.blocks
	d.first, d.second = f.first, f.second
	d.began = d.onset(f.first + f.second)
	return append(evs, Event{Start, int(d.signal), int(d.began - base), 0, db(f.first), db(f.second)})
}

// onset goes back from now to the block in which the power rose to half.
func (d *Detector) onset(power float32) int64 {
	k := 0
	for k+1 < len(d.power) && d.power[k+1] > power/4 {
		k++
	}
	return d.blocks*block - int64(k+1)*part
}

// edge is where the signal's power fell: in the blocks heard since it was last found, or where its window was.
func (d *Detector) edge() int64 {
	half := (d.first + d.second) / 4
	for k := min(len(d.power)-1, int(d.blocks-d.lastGood)*(block/part)+d.sys.parts/2); k >= 0; k-- {
		if d.power[k] < half {
			return d.blocks*block - int64(k+1)*part
		}
	}
	return d.lastGood*block - int64(d.sys.parts)/2*part + block
}

func db(power float32) float32 { return float32(level.OfPower(float64(power))) }

func fromDB(dB float64) float32 { return float32(math.Pow(10, dB/10)) }

func fromDBm0(d level.DBm0) float32 { return float32(d.RMS() * d.RMS()) }
