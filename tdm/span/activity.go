package span

import (
	"math"
	"slices"

	"tipring/dsp/level"
)

// activity tells silence, speech and everything else apart. It looks at windows of 20 ms:
//
//   - Silence is a run of windows below silenceLevel.
//   - A window may be speech when it is louder than voiceLevel and a linear predictor of order 6 leaves more of it than it
//     leaves of up to three sinusoids, which it predicts perfectly: call-progress tones and digits are out.
//   - Speech is voiceCount such windows out of the last voiceSpan whose levels differ by voiceSpread: a hiss, or the signal
//     of a modem, has one level. The two loudest and the two weakest of them do not count, since they may be the edges of
//     a tone on a noisy line.
//
// It takes any cut of its input and allocates nothing.
type activity struct {
	silence int  // samples of silence worth reporting; 0: none
	voice   bool // speech is looked for

	buf    [activityWindow]int16
	n      int // samples in buf
	quiet  int // samples of silence so far
	told   bool
	spoken bool
	like   [voiceSpan]float32 // level of the last windows in dBm0, 0 for one that is not like speech
	at     int                // newest of like
}

const (
	activityWindow = 160
	// silenceLevel lies between the noise of a line or of a far talker's room (-45 dBm0 and less) and weak speech.
	silenceLevel level.DBm0 = -42
	voiceLevel   level.DBm0 = -36
	voiceSpan               = 25
	voiceCount              = 10
	voiceSpread             = 6  // dB
	toneGain                = 20 // dB of prediction gain from which a window is tones
	order                   = 6
)

// A finding of an activity detector; at counts from the first sample given to process and may be negative.
type activityEvent struct {
	kind EventKind // Silence or Voice
	at   int
	dur  int
}

// process takes the next samples and appends what it found.
func (a *activity) process(pcm []int16, evs []activityEvent) []activityEvent {
	done := 0
	for done < len(pcm) {
		k := copy(a.buf[a.n:], pcm[done:])
		a.n += k
		done += k
		if a.n == len(a.buf) {
			a.n = 0
			evs = a.window(done, evs)
		}
	}
	return evs
}

func (a *activity) window(end int, evs []activityEvent) []activityEvent {
	loud := level.Of(a.buf[:])
	if loud >= silenceLevel {
		a.quiet, a.told = 0, false
	} else if a.quiet += len(a.buf); a.silence > 0 && a.quiet >= a.silence && !a.told {
		a.told = true
		evs = append(evs, activityEvent{Silence, end, a.quiet})
	}
	if !a.voice || a.spoken {
		return evs
	}
	a.at = (a.at + 1) % voiceSpan
	a.like[a.at] = 0
	if loud >= voiceLevel && predictionGain(&a.buf) < toneGain {
		a.like[a.at] = float32(loud)
		if first, ok := a.speech(); ok {
			a.spoken = true
			evs = append(evs, activityEvent{Voice, end - first*len(a.buf), 0})
		}
	}
	return evs
}

// speech judges the last windows, and tells how many windows ago speech began.
func (a *activity) speech() (first int, ok bool) {
	var levels [voiceSpan]float32
	n := 0
	for i, l := range a.like {
		if l != 0 {
			levels[n] = l
			n++
			first = max(first, (a.at-i+voiceSpan)%voiceSpan+1)
		}
	}
	if n < voiceCount {
		return 0, false
	}
	slices.Sort(levels[:n])
	return first, levels[n-3]-levels[2] >= voiceSpread
}

// predictionGain returns in dB by how much the power of x exceeds the power of what a linear predictor of the given order
// leaves, by the covariance method, which has no window that would smear a sinusoid.
func predictionGain(x *[activityWindow]int16) float64 {
	const n = activityWindow
	var phi [order + 1][order + 1]float64
	for j := range order + 1 {
		var sum float64
		for t := order; t < n; t++ {
			sum += float64(x[t]) * float64(x[t-j])
		}
		phi[0][j] = sum
	}
	for i := range order {
		for j := i; j < order; j++ {
			phi[i+1][j+1] = phi[i][j] + float64(x[order-1-i])*float64(x[order-1-j]) - float64(x[n-1-i])*float64(x[n-1-j])
		}
	}
	total := phi[0][0]
	// One unit of noise power a sample keeps a perfectly predictable signal from a division by zero.
	for i := range order + 1 {
		phi[i][i] += n
	}
	// Gauss elimination without pivots from the oldest sample on: what is left of phi[0][0] is the residual.
	for k := order; k > 0; k-- {
		for i := range k {
			f := phi[i][k] / phi[k][k]
			for j := i; j < k; j++ {
				phi[i][j] -= f * phi[j][k]
			}
		}
	}
	return 10 * math.Log10((total+n)/max(phi[0][0], 1))
}
