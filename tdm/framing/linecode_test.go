package framing

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tipring/tdm"
)

// symbols writes pulses as + - 0.
func symbols(p Pulses) string {
	var b strings.Builder
	for i, plus := range p.Plus {
		for bit := 7; bit >= 0; bit-- {
			switch {
			case plus>>bit&1 != 0 && p.Minus[i]>>bit&1 != 0:
				b.WriteByte('!')
			case plus>>bit&1 != 0:
				b.WriteByte('+')
			case p.Minus[i]>>bit&1 != 0:
				b.WriteByte('-')
			default:
				b.WriteByte('0')
			}
		}
	}
	return b.String()
}

// The substitutions of ITU-T G.703 Annex A.
func TestLineCodeVectors(t *testing.T) {
	for _, row := range []struct {
		code       tdm.LineCode
		bits, want string
	}{
		{tdm.AMI, "1101000000000011", "+-0+0000000000-+"},
		{tdm.HDB3, "1000011000011000", "+000+-+-00-+-000"},
		{tdm.HDB3, "0000000000000000", "+00+-00-+00+-00-"},
		{tdm.HDB3, "1010000110000111", "+0-+00+-+-00-+-+"},
		{tdm.B8ZS, "1000000001100000", "+000+-0-+-+00000"},
		{tdm.B8ZS, "1100000000000000", "+-000-+0+-000000"},
		{tdm.B8ZS, "0111111111111111", "0+-+-+-+-+-+-+-+"},
	} {
		var line []byte
		for i := 0; i < len(row.bits); i += 8 {
			var o byte
			fmt.Sscanf(row.bits[i:i+8], "%b", &o)
			line = append(line, o)
		}
		line = append(line, 0xff)
		out := NewPulses(len(line))
		NewCoder(row.code).Encode(out, line)
		if got := symbols(out)[8:]; got != row.want {
			t.Errorf("%v of %s is %s, want %s", row.code, row.bits, got, row.want)
		}
	}
}

// Bits of any density come back without a violation, no run of zeros is too long, and the line has no direct current.
func TestLineCodeRoundTrip(t *testing.T) {
	for _, code := range []tdm.LineCode{tdm.HDB3, tdm.B8ZS, tdm.AMI} {
		for _, ones := range []float64{0, 0.01, 0.1, 0.3, 0.5, 0.9, 1} {
			rng := rand.New(rand.NewPCG(8, 8))
			line := make([]byte, 4096)
			for i := range 8 * len(line) {
				if rng.Float64() < ones {
					line[i/8] |= 1 << (i % 8)
				}
			}
			line = append(line, 0xff, 0xff) // no substitution is under way at the end
			out, got := NewPulses(len(line)), make([]byte, len(line))
			NewCoder(code).Encode(out, line)
			d := NewDecoder(code)
			d.Decode(got, out)
			if !bytes.Equal(got[2:], line[:len(line)-2]) {
				t.Errorf("%v, %g ones: bits do not come back", code, ones)
			}
			if d.Violations() != 0 {
				t.Errorf("%v, %g ones: %d violations", code, ones, d.Violations())
			}
			s := symbols(out)[8:]
			if code == tdm.HDB3 && strings.Contains(s, "0000") || code == tdm.B8ZS && strings.Contains(s, "00000000") {
				t.Errorf("%v, %g ones: a run of zeros", code, ones)
			}
			if d := strings.Count(s, "+") - strings.Count(s, "-"); d < -2 || d > 2 {
				t.Errorf("%v, %g ones: %d more positive pulses than negative ones", code, ones, d)
			}
		}
	}
}

// Every pulse that a line loses or gains is a violation, but for those that look like a substitution.
func TestViolations(t *testing.T) {
	for _, code := range []tdm.LineCode{tdm.HDB3, tdm.B8ZS, tdm.AMI} {
		rng := rand.New(rand.NewPCG(9, 9))
		line := make([]byte, 1<<16)
		for i := range line {
			line[i] = byte(rng.Uint32())
		}
		out := NewPulses(len(line))
		NewCoder(code).Encode(out, line)
		const errors = 500
		for range errors {
			i, bit := rng.IntN(len(line)), byte(1)<<rng.IntN(8)
			switch {
			case (out.Plus[i]|out.Minus[i])&bit == 0:
				out.Plus[i] |= bit
			default:
				out.Plus[i], out.Minus[i] = out.Plus[i]&^bit, out.Minus[i]&^bit
			}
		}
		d := NewDecoder(code)
		d.Decode(line, out)
		if v := d.Violations(); v < errors*7/10 || v > errors*12/10 {
			t.Errorf("%v: %d violations of %d errors", code, v, errors)
		}
	}
}
