package dtmf

import (
	"encoding/binary"
	"slices"
	"testing"
)

// FuzzDetector: any samples, in any cut, bring events in order and inside of what came, the same ones.
func FuzzDetector(f *testing.F) {
	f.Add(octets(samples(ordinary(1))[:4000]), uint16(777), uint8(0))
	f.Add(octets(samples(speech(4000, 1))), uint16(1), uint8(1))
	f.Fuzz(func(t *testing.T, p []byte, cut uint16, bridge uint8) {
		p = p[:min(len(p), 3000)] // an instrumented detector is slow
		pcm := make([]int16, len(p)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(p[2*i:]))
		}
		whole := NewDetector(Config{BridgeMs: int(bridge % 40)}).Process(pcm, nil)
		d := NewDetector(Config{BridgeMs: int(bridge % 40)})
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
