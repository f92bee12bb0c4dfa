package cas

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// What is dialled is heard, whatever the blocks it comes in, and has an end.
func TestRegistersHearWhatIsDialled(t *testing.T) {
	for _, c := range []struct {
		r      Register
		digits string
	}{
		{DTMF, "*2015551234*5556677#"},
		{R1, "K002015551234S"},
		{R1, "K5556677S"},
	} {
		rng := rand.New(rand.NewPCG(1, uint64(c.r)))
		src, err := NewSource(c.r, c.digits)
		if err != nil {
			t.Fatal(err)
		}
		ear := NewReceiver(c.r)
		var heard, ended strings.Builder
		for range 2000 {
			pcm := make([]int16, 8*(1+rng.IntN(20)))
			n := src.Read(pcm)
			ear.Process(pcm, func(in Input) {
				if in.Kind == Signal {
					heard.WriteByte(in.Digit)
				} else {
					ended.WriteByte(in.Digit)
				}
			})
			if n < len(pcm) {
				break
			}
		}
		ear.Process(make([]int16, 800), func(in Input) { ended.WriteByte(in.Digit) })
		if heard.String() != c.digits || ended.String() != c.digits {
			t.Errorf("%v %s: heard %q, of which ended %q", c.r, c.digits, heard.String(), ended.String())
		}
		if n := src.Read(make([]int16, 80)); n != 0 {
			t.Errorf("%v: after its end a source gives %d samples", c.r, n)
		}
	}
	for _, c := range []struct {
		r      Register
		digits string
	}{{NoRegister, "1"}, {DTMF, "K"}, {R1, "*"}, {R1, strings.Repeat("1", 65)}, {R2Forward, "1"}} {
		if _, err := NewSource(c.r, c.digits); err == nil {
			t.Errorf("%v dials %q", c.r, c.digits)
		}
	}
}

// An R2 signal lasts until it is taken away.
func TestHeldSignalLasts(t *testing.T) {
	for _, r := range []Register{R2Forward, R2Backward} {
		src, err := NewHeld(r, 'F')
		if err != nil {
			t.Fatal(err)
		}
		ear := NewReceiver(r)
		var got []Input
		found := func(in Input) { got = append(got, in) }
		pcm := make([]int16, 80)
		for range 500 {
			if src.Read(pcm) != len(pcm) {
				t.Fatal("it ended")
			}
			ear.Process(pcm, found)
		}
		ear.Process(make([]int16, 800), found)
		if len(got) != 2 || got[0].Kind != Signal || got[1].Kind != SignalEnd || got[0].Digit != 'F' {
			t.Errorf("%v: %+v", r, got)
		}
	}
	if _, err := NewHeld(DTMF, '1'); err == nil {
		t.Error("DTMF can be held")
	}
}

// Bits that are shorter than the recognition time never were; others are reported with their beginning, once.
func TestDebouncer(t *testing.T) {
	d := Debouncer{Ms: 20, Looks: A | B}
	type report struct {
		b     Bits
		since int64
	}
	var got []report
	line := func(ms int64) Bits {
		switch {
		case ms >= 100 && ms < 110, ms >= 200 && ms < 400, ms >= 300 && ms < 305:
			return A | D
		case ms >= 400:
			return C
		}
		return D
	}
	for ms := int64(0); ms < 500; ms++ {
		d.Set(line(ms), ms*8)
		if b, since, ok := d.Due(ms * 8); ok {
			got = append(got, report{b, since})
		}
	}
	if len(got) != 2 || got[0] != (report{A, 200 * 8}) || got[1] != (report{0, 400 * 8}) {
		t.Errorf("reports %v", got)
	}
}
