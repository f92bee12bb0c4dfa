package mf_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/mf"
)

// FuzzDetector: any samples, in any cut, bring events in order and inside of what came, the same ones.
func FuzzDetector(f *testing.F) {
	for i, s := range systems {
		g := mf.NewGenerator(s, -10)
		if err := g.Digits("159"); err != nil {
			f.Fatal(err)
		}
		pcm := make([]int16, 4000)
		g.Read(pcm)
		f.Add(octets(pcm), uint16(333), uint8(i))
	}
	f.Add(octets(dsptest.Speech(1, -10, 4000)), uint16(5), uint8(0))
	f.Fuzz(func(t *testing.T, p []byte, cut uint16, system uint8) {
		p = p[:min(len(p), 3000)] // an instrumented detector is slow
		pcm := make([]int16, len(p)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(p[2*i:]))
		}
		whole := mf.NewDetector(systems[int(system)%len(systems)]).Process(pcm, nil)
		d := mf.NewDetector(systems[int(system)%len(systems)])
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
