package modem

import (
	"strings"
	"sync"

	"tipring/dsp/level"
)

// A recording grows in Run's goroutine and is taken by whoever asked for it.
type recording struct {
	Record
	mu     sync.Mutex
	pcm    []int16
	end    RecordEnd
	meter  silence
	closed bool
}

func newRecording(r Record) *recording {
	if r.Samples <= 0 {
		r.Samples = 60 * 8000
	}
	return &recording{Record: r}
}

// add takes samples and reports whether the recording is at its end.
func (r *recording) add(pcm []int16) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return true
	}
	pcm = pcm[:min(len(pcm), r.Samples-len(r.pcm))]
	r.pcm = append(r.pcm, pcm...)
	r.meter.add(pcm)
	switch {
	case len(r.pcm) >= r.Samples:
		r.end = RecordFull
	case r.Silence > 0 && r.meter.heard && r.meter.quiet >= r.Silence:
		r.end = RecordSilence
	default:
		return false
	}
	r.closed = true
	return true
}

// ends reports whether a digit ends the recording.
func (r *recording) ends(d byte) bool { return r.Digits == "" || strings.IndexByte(r.Digits, d) >= 0 }

func (r *recording) finish(why RecordEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.end == "" {
		r.end = why
	}
	r.closed = true
}

func (r *recording) take() ([]int16, RecordEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	return r.pcm, r.end
}

// silentDBm0 is the level below which nobody speaks; an idle two-wire line lies at -60 and below.
const silentDBm0 level.DBm0 = -45

var silentPower = silentDBm0.RMS() * silentDBm0.RMS()

// hop is how many samples are judged at a time.
const hop = 160

// A silence counts how long nothing has been heard. Any cut of the audio gives the same.
type silence struct {
	sum   float64
	n     int
	quiet int  // samples since something was last heard
	loud  int  // samples heard in the current run
	heard bool // something was heard at all
}

func (s *silence) add(pcm []int16) {
	for _, v := range pcm {
		s.sum += float64(v) * float64(v)
		if s.n++; s.n < hop {
			continue
		}
		if s.sum/hop > silentPower {
			s.quiet, s.heard = 0, true
			s.loud += hop
		} else {
			s.quiet += hop
			s.loud = max(0, s.loud-hop/4)
		}
		s.sum, s.n = 0, 0
	}
}
