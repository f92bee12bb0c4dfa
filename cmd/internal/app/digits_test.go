package app

import (
	"strings"

	"tipring/dsp/dtmf"
)

func contains(s, sub string) bool { return strings.Contains(s, sub) }

// mark is where the recording of a media endpoint is now.
func (m *media) mark() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.heard)
}

func (m *media) since(mark int) []int16 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]int16(nil), m.heard[mark:]...)
}

// leaked returns the longest run of audible milliseconds in pcm, which holds nothing but what leaks of digits.
func leaked(pcm []int16) int {
	longest, run := 0, 0
	for len(pcm) >= 8 {
		loud := false
		for _, s := range pcm[:8] {
			if s > 300 || s < -300 {
				loud = true
			}
		}
		if run++; !loud {
			run = 0
		}
		longest = max(longest, run)
		pcm = pcm[8:]
	}
	return longest
}

func decodeDTMF(pcm []int16) string {
	d := dtmf.NewDetector(dtmf.Config{})
	var out []byte
	for _, ev := range d.Process(pcm, nil) {
		if ev.Kind == dtmf.Start {
			out = append(out, ev.Digit)
		}
	}
	return string(out)
}
