package tone

import (
	"math"
	"slices"

	"tipring/dsp/level"
)

// The bank measures what lies below 2 kHz. A tone with frequencies above, which among telephone tones is the howler alone, is
// left to a wideTone, which looks for exactly its frequencies and its cadence.

// wideFrom is the frequency from which on a tone is not for the bank.
const wideFrom = 1900

func isWide(s Spec) bool {
	return slices.ContainsFunc(s.Segments, func(seg Segment) bool {
		return slices.ContainsFunc(seg.Hz[:seg.N], func(hz float64) bool { return hz >= wideFrom })
	})
}

const (
	wideHop    = 80 // samples
	wideWindow = 2 * wideHop
	wideQuiet  = -1 // label of a window of silence
	wideOther  = -2 // and of anything that is no part of the tone
	wideFloor  = level.DBm0(-40)
	// wideShare is how much of the power the frequencies of a segment have together, and wideLeast how much of an equal part
	// each of them has at least: a line's slope between 1400 and 2600 Hz is some dB.
	wideShare, wideLeast = 0.75, 0.12
	// wideDrop below the tone is a pause: 12 dB.
	wideDrop = 0.06
)

// wideTone is a tone that is not for the bank, compiled once a plan and read-only.
type wideTone struct {
	name  string
	coef  []float32 // Goertzel coefficient of each frequency
	slope float32   // power of the differences of neighbouring samples, as a share of the power, that the tone has at least
	sets  [][]int   // the frequencies of each label
	label []int     // of each segment of the cadence
	hops  []int     // and its length
	need  int       // segments in a row that have to be right
}

// wideEdge is how many windows in a row an edge can spoil.
const wideEdge = 2

// The power of a window is that of wideParts parts of it, weighed.
const (
	wideParts = 8
	widePart  = wideWindow / wideParts
)

// widePowers are the sums of the squares of a part's samples and of their differences from those before them.
type widePowers struct{ sum, slope float32 }

// widePartWeight turns the parts' sums into the mean power under the window.
var widePartWeight = func() (w [wideParts]float32) {
	const sumOfSquares = wideWindow * 3.0 / 8
	for i, h := range wideHann {
		w[i/widePart] += h * h / widePart / sumOfSquares
	}
	return
}()

// wideHann weighs the samples of a window.
var wideHann = func() (h [wideWindow]float32) {
	for i := range h {
		s := math.Sin(math.Pi * (float64(i) + 0.5) / wideWindow)
		h[i] = float32(s * s)
	}
	return
}()

func newWideTone(name string, s Spec) *wideTone {
	w := &wideTone{name: name}
	var hz []float64
	for _, seg := range s.Segments {
		label := wideQuiet
		if seg.N > 0 {
			var set []int
			for _, f := range seg.Hz[:seg.N] {
				i := slices.Index(hz, f)
				if i < 0 {
					i = len(hz)
					hz = append(hz, f)
					w.coef = append(w.coef, float32(2*math.Cos(2*math.Pi*f/sampleRate)))
				}
				set = append(set, i)
			}
			if label = slices.IndexFunc(w.sets, func(o []int) bool { return slices.Equal(o, set) }); label < 0 {
				label = len(w.sets)
				w.sets = append(w.sets, set)
			}
		}
		w.label, w.hops = append(w.label, label), append(w.hops, seg.Ms*level.SamplesPerMs/wideHop)
	}
	sin := math.Sin(math.Pi * slices.Min(hz) / sampleRate)
	w.slope = float32(0.9 * wideShare * 4 * sin * sin)
	w.need = max(6, len(w.label)) // 600 ms of the North American one
	return w
}

// slack is by how many hops a segment may be longer or shorter.
func slack(hops int) int { return max(3, hops*3/10) }

// A wideListener follows one wideTone. It reports Recognised and End, and no Start.
type wideListener struct {
	w          *wideTone
	buf        [wideWindow]int16
	parts      [wideParts]widePowers
	fill       int
	at         int64   // samples taken
	power      float32 // of the last window of the tone
	open, run  int     // label of the open run, and its hops
	odd        int     // windows in a row that were nothing known
	last       int     // segment that the run before was, or -1
	chain      int     // segments in a row that were right
	recognised bool
}

func newWideListener(w *wideTone) wideListener {
	return wideListener{w: w, fill: wideHop, open: wideQuiet, last: -1}
}

// process takes what the Detector's Process takes.
func (l *wideListener) process(pcm []int16, out *sink) {
	for len(pcm) > 0 {
		n := copy(l.buf[l.fill:], pcm)
		l.fill += n
		l.at += int64(n)
		pcm = pcm[n:]
		if l.fill == wideWindow {
			l.hop(out)
			copy(l.buf[:], l.buf[wideHop:])
			l.fill = wideHop
		}
	}
}

// hop judges a window.
func (l *wideListener) hop(out *sink) {
	l.measure()
	label := l.judge()
	if label == wideOther && l.odd < wideEdge {
		// An edge within the window; it is part of the run that it ends.
		l.odd++
		label = l.open
	} else if label != wideOther {
		l.odd = 0
	}
	if label == l.open {
		l.run++
		if l.recognised && (l.last < 0 || l.run > l.due()+slack(l.due())) {
			l.end(out)
		}
		return
	}
	l.closed()
	l.open, l.run = label, 1
	switch {
	case l.chain == 0:
		l.end(out)
	case l.chain >= l.w.need && !l.recognised:
		l.recognised = true
		out.add(Recognised, l.w.name, l.at, 0)
	}
}

// due is how long the open run is to be.
func (l *wideListener) due() int { return l.w.hops[(l.last+1)%len(l.w.hops)] }

func (l *wideListener) end(out *sink) {
	if l.recognised {
		l.recognised = false
		out.add(End, l.w.name, l.at-int64(l.run*wideHop), 0)
	}
	l.chain, l.last = 0, -1
}

// closed compares the run that has ended with the segment that was due, or else begins anew with any that it can be.
func (l *wideListener) closed() {
	fits := func(i int) bool {
		d := l.run - l.w.hops[i]
		return l.open == l.w.label[i] && max(d, -d) <= slack(l.w.hops[i])
	}
	if next := (l.last + 1) % len(l.w.label); l.last >= 0 && fits(next) {
		l.last = next
		l.chain++
		return
	}
	l.chain, l.last = 0, -1
	for i, label := range l.w.label {
		if label >= 0 && fits(i) {
			l.chain, l.last = 1, i
			return
		}
	}
}

// measure takes the powers of the window's newest hop.
func (l *wideListener) measure() {
	copy(l.parts[:], l.parts[wideParts/2:])
	x := l.buf[wideHop-1:] // and the sample before it
	for p := range wideParts / 2 {
		// Two sums each, so that one does not wait for the other.
		var sum, slope [2]float32
		prev := float32(x[0])
		y := x[1 : 1+widePart]
		for i := 0; i+1 < len(y); i += 2 {
			a, b := float32(y[i]), float32(y[i+1])
			sum[0] += a * a
			slope[0] += (a - prev) * (a - prev)
			sum[1] += b * b
			slope[1] += (b - a) * (b - a)
			prev = b
		}
		l.parts[wideParts/2+p] = widePowers{sum[0] + sum[1], slope[0] + slope[1]}
		x = x[widePart:]
	}
}

// judge labels a window.
func (l *wideListener) judge() int {
	var total, slope float32
	for p, w := range widePartWeight {
		total += w * l.parts[p].sum
		slope += w * l.parts[p].slope
	}
	if total < max(wideFloorPower, wideDrop*l.power) {
		return wideQuiet
	}
	// Most of what is heard lies so low that its frequencies need not be measured.
	if slope < l.w.slope*total {
		return wideOther
	}
	var x [wideWindow]float32
	for i, v := range l.buf {
		x[i] = float32(v) * wideHann[i]
	}
	var part [2 * MaxFrequencies]float32
	for k := 0; k < len(l.w.coef); k += 2 {
		// Two recursions overlap; of an odd number the last runs twice.
		n := min(k+1, len(l.w.coef)-1)
		part[k], part[n] = goertzelPair(&x, l.w.coef[k], l.w.coef[n])
	}
	for label, set := range l.w.sets {
		var sum float32
		least := float32(math.MaxFloat32)
		for _, k := range set {
			sum += part[k]
			least = min(least, part[k])
		}
		if sum >= wideShare*total && least >= wideLeast*sum/float32(len(set)) {
			l.power = total
			return label
		}
	}
	return wideOther
}

var wideFloorPower = powerOf(wideFloor)

// goertzelPair returns the mean squares of the components of x at two frequencies.
func goertzelPair(x *[wideWindow]float32, c, d float32) (p, q float32) {
	var a1, a2, b1, b2 float32
	for _, v := range x {
		a1, a2 = v-a2+c*a1, a1
		b1, b2 = v-b2+d*b1, b1
	}
	const half = wideWindow / 2.0 // the sum of wideHann
	return 2 * (a1*a1 + a2*a2 - c*a1*a2) / (half * half), 2 * (b1*b1 + b2*b2 - d*b1*b2) / (half * half)
}
