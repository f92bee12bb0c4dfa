package g711

import "testing"

// In bulk, at any alignment and length, the result is that of the tables, for every input.
func TestBulk(t *testing.T) {
	pcm := make([]int16, 65536+64)
	octets := make([]byte, 256+32)
	for i := range pcm {
		pcm[i] = int16(i)
	}
	for i := range octets {
		octets[i] = byte(i)
	}
	for _, law := range []Law{MuLaw, ALaw} {
		for from := range 33 {
			dst := make([]byte, len(pcm)-2*from)
			src := pcm[from : len(pcm)-from]
			law.Encode(dst, src)
			for i, s := range src {
				if dst[i] != law.EncodeSample(s) {
					t.Fatalf("%v: %d gives %#02x, want %#02x", law, s, dst[i], law.EncodeSample(s))
				}
			}
			samples := make([]int16, len(octets)-from)
			law.Decode(samples, octets[from:])
			for i, b := range octets[from:] {
				if samples[i] != law.DecodeSample(b) {
					t.Fatalf("%v: %#02x gives %d, want %d", law, b, samples[i], law.DecodeSample(b))
				}
			}
		}
	}
}
