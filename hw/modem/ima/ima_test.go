package ima

import "testing"

// IMA ADPCM by hand: from step 7 the code 7 adds 0+1+3+7 = 11 and moves the index to 8 (step 16), where it adds
// 2+4+8+16 = 30, then at index 16 (step 34) 4+8+17+34 = 63. Any code keeps within 16 bits.
func TestByHand(t *testing.T) {
	var s Coder
	for i, want := range []int16{11, 41, 104} {
		if got := s.Decode(7); got != want {
			t.Errorf("sample %d is %d, want %d", i, got, want)
		}
	}
	for range 1000 {
		s.Decode(15)
	}
	if s.last != -32768 || s.index != 88 {
		t.Errorf("at the end %+v", s)
	}
}

// Any code is taken, and what is coded comes back within a step once the step has found its size.
func TestTracks(t *testing.T) {
	var enc, dec Coder
	for i := range 4000 {
		v := int16(8000 * ((i/20)%2*2 - 1))
		got := dec.Decode(enc.Encode(v))
		if dec != enc {
			t.Fatalf("sample %d: the two ends differ: %+v, %+v", i, enc, dec)
		}
		if i%20 == 19 && (got-v > 2500 || v-got > 2500) {
			t.Errorf("sample %d: %d comes back as %d", i, v, got)
		}
	}
}
