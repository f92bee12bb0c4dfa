package tone_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/tone"
)

// FuzzDetector: any samples, in any cut, bring events in order and inside of what came, the same ones.
func FuzzDetector(f *testing.F) {
	us, _ := tone.Zone("us")
	congestion, _ := us.Tone("congestion")
	f.Add(octets(dsptest.Sine(480, -13, 4000)), uint16(100), uint8(0))
	f.Add(octets(dsptest.Speech(1, -10, 6000)), uint16(900), uint8(7))
	g := tone.NewGenerator(congestion, -10)
	pcm := make([]int16, 8000)
	g.Read(pcm)
	f.Add(octets(pcm), uint16(9), uint8(0))
	f.Fuzz(func(t *testing.T, p []byte, cut uint16, zone uint8) {
		p = p[:min(len(p), 3000)] // an instrumented detector is slow
		pcm := make([]int16, len(p)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(p[2*i:]))
		}
		whole := detectorOf(int(zone)).Process(pcm, nil)
		d := detectorOf(int(zone))
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

func detectorOf(zone int) *tone.Detector {
	zones := tone.Zones()
	plan, _ := tone.Zone(zones[zone%len(zones)])
	return tone.NewDetector(plan)
}
