package framing

import (
	"bytes"
	"testing"

	"tipring/tdm"
)

// The words of ANSI T1.403 table 4, as they go on the line.
func TestCodes(t *testing.T) {
	for c, want := range map[Code]uint16{
		Yellow:            0b11111111_00000000,
		LineLoopUp:        0b11111111_01110000,
		LineLoopDown:      0b11111111_00011100,
		PayloadLoopUp:     0b11111111_00101000,
		PayloadLoopDown:   0b11111111_01001100,
		UniversalLoopDown: 0b11111111_00100100,
	} {
		if w := c.word(); w != want {
			t.Errorf("code %06b goes as %016b, want %016b", c, w, want)
		}
		if got := codeOf(want); got != c {
			t.Errorf("%016b is code %06b, want %06b", want, got, c)
		}
	}
	for w := range 1 << 16 {
		if c := codeOf(uint16(w)); c != noCode && c.word() != uint16(w) {
			t.Fatalf("%016b is code %06b, which goes as %016b", w, c, c.word())
		}
	}
}

func TestPerformanceReport(t *testing.T) {
	p := Performance{Number: 2}
	p.Seconds[0] = tdm.FarSecond{Valid: true, CRC: 1}
	p.Seconds[1] = tdm.FarSecond{Valid: true, CRC: 320, SevereFraming: true}
	p.Seconds[2] = tdm.FarSecond{Valid: true, CRC: 11, Slip: true, FramingError: true}
	p.Seconds[3] = tdm.FarSecond{Valid: true, CRC: 6, LineViolation: true, PayloadLoop: true}
	b := p.Append(nil)
	// G1 is bit 5 of the second octet, G6 bit 1 of the first, G4 bit 6, G3 bit 8 (ANSI T1.403 figure 5).
	want := []byte{0x38, 0x01, 0x03, 0x00, 0x12, 0x01, 0x41, 0x22, 0x80, 0xc0, 0x23}
	if !bytes.Equal(b, want) {
		t.Errorf("message %x, want %x", b, want)
	}
	if got, err := ParsePerformance(b); err != nil || got != p {
		t.Errorf("comes back as %+v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, b[:10], append(bytes.Clone(b), 0), append([]byte{0x3c}, b[1:]...)} {
		if _, err := ParsePerformance(bad); err == nil {
			t.Errorf("%x is taken", bad)
		}
	}
}

func FuzzPerformance(f *testing.F) {
	f.Add(Performance{Number: 3}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePerformance(b)
		if err != nil {
			return
		}
		again, err := ParsePerformance(p.Append(nil))
		if err != nil || again != p {
			t.Fatalf("%x is %+v and then %+v, %v", b, p, again, err)
		}
	})
}

// Whatever comes on a data link, it is digested, and a code needs seven of ten words.
func FuzzLink(f *testing.F) {
	f.Add([]byte{0xff, 0x70, 0xff, 0x70, 0xff, 0x70, 0xff, 0x70, 0xff, 0x70, 0xff, 0x70, 0xff, 0x70})
	f.Add(bytes.Repeat([]byte{0xff, 0}, 12))
	f.Add([]byte{0x7e, 0x1c, 0x80, 0xc0, 0x7e})
	f.Fuzz(func(t *testing.T, b []byte) {
		var l linkReceiver
		l.init(tdm.T1ESF)
		for _, o := range b {
			for i := 7; i >= 0; i-- {
				l.bit(o >> i & 1)
			}
		}
		if c := l.command(); c != noCode && len(b) < 14 {
			t.Fatalf("code %06b of %d octets", c, len(b))
		}
	})
}
