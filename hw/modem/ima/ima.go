// Package ima is the ADPCM of the Interactive Multimedia Association, four bits a sample, as some voice modems carry it: a
// bare stream of codes, without the block headers of a sound file. It knows nothing of how two codes share an octet.
package ima

// steps and moves are the tables of the IMA's ADPCM ("Recommended Practices for Enhancing Digital Audio
// Compatibility in Multimedia Systems", revision 3.00, 1992, figures 6 and 7; ITU-T G.191 and the DVI algorithm have the same).
var steps = [89]int32{
	7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118,
	130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060,
	1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484, 7132,
	7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
}

var moves = [8]int32{-1, -1, -1, -1, 2, 4, 6, 8}

// A Coder is the state of one direction. Both ends begin with the zero value.
type Coder struct{ last, index int32 }

// Decode turns one code of four bits into a sample.
func (s *Coder) Decode(code byte) int16 {
	step := steps[s.index]
	diff := step >> 3
	if code&1 != 0 {
		diff += step >> 2
	}
	if code&2 != 0 {
		diff += step >> 1
	}
	if code&4 != 0 {
		diff += step
	}
	if code&8 != 0 {
		diff = -diff
	}
	s.last = max(-32768, min(32767, s.last+diff))
	s.index = max(0, min(int32(len(steps)-1), s.index+moves[code&7]))
	return int16(s.last)
}

// Encode turns a sample into the code whose decoding comes nearest from below in magnitude.
func (s *Coder) Encode(v int16) byte {
	step := steps[s.index]
	diff := int32(v) - s.last
	var code byte
	if diff < 0 {
		code, diff = 8, -diff
	}
	for bit := byte(4); bit > 0; bit >>= 1 {
		if diff >= step {
			code |= bit
			diff -= step
		}
		step >>= 1
	}
	s.Decode(code)
	return code
}
