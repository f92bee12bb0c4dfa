package faxtone_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/faxtone"
)

// FuzzDetector: any samples, in any cut, bring events in order and inside of what came, the same ones.
func FuzzDetector(f *testing.F) {
	f.Add(octets(dsptest.Sine(1100, -13, 4000)), uint16(100), uint8(0))
	f.Add(octets(ans(2100, -20, 600, 450, 0.2)), uint16(900), uint8(0))
	f.Add(octets(v21(-13, flag, 400, 0)), uint16(9), uint8(0))
	f.Fuzz(func(t *testing.T, p []byte, cut uint16, _ uint8) {
		p = p[:min(len(p), 3000)] // an instrumented detector is slow
		pcm := make([]int16, len(p)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(p[2*i:]))
		}
		whole := faxtone.NewDetector().Process(pcm, nil)
		d := faxtone.NewDetector()
		n := min(int(cut), len(pcm))
		parts := d.Process(pcm[:n], nil)
		for _, e := range d.Process(pcm[n:], nil) {
			e.At += n
			parts = append(parts, e)
		}
		if !slices.Equal(parts, whole) {
			t.Errorf("cut at %d: %v, whole %v", n, parts, whole)
		}
	})
}

// octets are samples for the fuzzer.
func octets(pcm []int16) []byte {
	b := make([]byte, 2*len(pcm))
	for i, v := range pcm {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(v))
	}
	return b
}
