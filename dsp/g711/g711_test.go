package g711_test

import (
	"fmt"
	"math"
	"os/exec"
	"slices"
	"sort"
	"strings"
	"testing"

	"tipring/cmd/peers"
	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/dsp/level"
)

// quantiser is a law as tables 1 and 2 of G.711 write it: the lower decision values of its 128 intervals, and the values
// that stand for them, in 16-bit units.
type quantiser struct {
	decision [128]int
	output   [128]int
}

// muTable follows table 2a: decision values 0, 1, 3, 5 ... 31, then sixteen intervals each of 4, 8, 16 ... 256, in units of
// 14 bits; the output values lie half way, the first at 0.
func muTable() (q quantiser) {
	x := []int{0, 1}
	for step := 2; step <= 256; step *= 2 {
		n := 16
		if step == 2 {
			n = 15
		}
		for range n {
			x = append(x, x[len(x)-1]+step)
		}
	}
	for i := range q.decision {
		q.decision[i] = 4 * x[i]
		q.output[i] = 4 * (x[i] + x[i+1]) / 2
	}
	q.output[0] = 0
	return
}

// aTable follows table 1a: 32 intervals of 2, then sixteen each of 4, 8 ... 128, in units of 13 bits.
func aTable() (q quantiser) {
	x := []int{0}
	for step := 2; step <= 128; step *= 2 {
		n := 16
		if step == 2 {
			n = 32
		}
		for range n {
			x = append(x, x[len(x)-1]+step)
		}
	}
	for i := range q.decision {
		q.decision[i] = 8 * x[i]
		q.output[i] = 8 * (x[i] + x[i+1]) / 2
	}
	return
}

// encode finds the interval; G.191 takes negative samples in ones' complement.
func (q *quantiser) encode(s int16) (interval int, positive bool) {
	m := int(s)
	if s < 0 {
		m = int(^s)
	}
	return sort.SearchInts(q.decision[:], m+1) - 1, s >= 0
}

// TestAllInputs compares both laws, over every sample and every octet, with the tables of the Recommendation.
func TestAllInputs(t *testing.T) {
	for _, tt := range []struct {
		law   g711.Law
		table quantiser
		octet func(interval int, positive bool) byte
	}{
		// Table 2a, column 6: all bits inverted but the sign.
		{g711.MuLaw, muTable(), func(n int, positive bool) byte { return sign(positive) | ^byte(n)&0x7F }},
		// Table 1a, note 2: even bits inverted.
		{g711.ALaw, aTable(), func(n int, positive bool) byte { return (sign(positive) | byte(n)) ^ 0x55 }},
	} {
		for i := range 65536 {
			s := int16(i)
			n, positive := tt.table.encode(s)
			if got, want := tt.law.EncodeSample(s), tt.octet(n, positive); got != want {
				t.Fatalf("%v: %d encodes to %#02x, the table has %#02x", tt.law, s, got, want)
			}
		}
		for n := range 128 {
			for _, positive := range []bool{true, false} {
				want := tt.table.output[n]
				if !positive {
					want = -want
				}
				b := tt.octet(n, positive)
				if got := tt.law.DecodeSample(b); int(got) != want {
					t.Fatalf("%v: %#02x decodes to %d, the table has %d", tt.law, b, got, want)
				}
			}
		}
	}
}

func sign(positive bool) byte {
	if positive {
		return 0x80
	}
	return 0
}

// TestTandem: an octet survives any number of conversions, except that mu-law's negative zero becomes the positive one.
func TestTandem(t *testing.T) {
	for _, law := range []g711.Law{g711.MuLaw, g711.ALaw} {
		for i := range 256 {
			b := byte(i)
			want := b
			if law == g711.MuLaw && b == 0x7F {
				want = 0xFF
			}
			if got := law.EncodeSample(law.DecodeSample(b)); got != want {
				t.Errorf("%v: %#02x becomes %#02x", law, b, got)
			}
		}
	}
}

func TestKnownValues(t *testing.T) {
	for _, tt := range []struct {
		law g711.Law
		b   byte
		s   int16
	}{
		{g711.MuLaw, 0xFF, 0}, {g711.MuLaw, 0x7F, 0}, {g711.MuLaw, 0x80, 32124}, {g711.MuLaw, 0x00, -32124},
		{g711.ALaw, 0xD5, 8}, {g711.ALaw, 0x55, -8}, {g711.ALaw, 0xAA, 32256}, {g711.ALaw, 0x2A, -32256},
	} {
		if got := tt.law.DecodeSample(tt.b); got != tt.s {
			t.Errorf("%v: %#02x decodes to %d, want %d", tt.law, tt.b, got, tt.s)
		}
	}
	for _, law := range []g711.Law{g711.MuLaw, g711.ALaw} {
		if law.EncodeSample(0) != law.Silence() {
			t.Errorf("%v: silence is %#02x, a zero sample %#02x", law, law.Silence(), law.EncodeSample(0))
		}
	}
	if g711.MuLaw.String() != "PCMU" || g711.ALaw.String() != "PCMA" {
		t.Error("names are not those of RFC 3551")
	}
}

// TestDigitalMilliwatt: the sequences of tables 5 and 6 are 1 kHz at 0 dBm0, within what one reference level for both laws
// costs (package level).
func TestDigitalMilliwatt(t *testing.T) {
	for law, octets := range map[g711.Law][]byte{
		g711.ALaw:  {0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4},
		g711.MuLaw: {0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E},
	} {
		pcm := make([]int16, 800)
		for i := range pcm {
			pcm[i] = law.DecodeSample(octets[i%8])
		}
		if got := float64(level.Of(pcm)); math.Abs(got) > 0.07 {
			t.Errorf("%v: the digital milliwatt has %.3f dBm0", law, got)
		}
		if hz := dsptest.DominantHz(pcm); math.Abs(hz-1000) > 0.1 {
			t.Errorf("%v: the digital milliwatt has %.1f Hz", law, hz)
		}
	}
}

// TestDistortion: G.712 clause 8 asks for 33 dB of signal to total distortion from -30 to 0 dBm0, and 27 at -40; an ideal
// coder does better.
func TestDistortion(t *testing.T) {
	for _, law := range []g711.Law{g711.MuLaw, g711.ALaw} {
		for d, want := range map[level.DBm0]float64{0: 36, -10: 36, -20: 36, -30: 35, -40: 28} {
			in := dsptest.Sine(1020, d, 8000)
			octets, out := make([]byte, len(in)), make([]int16, len(in))
			law.Encode(octets, in)
			law.Decode(out, octets)
			var s, e float64
			for i := range in {
				diff := float64(in[i]) - float64(out[i])
				s += float64(in[i]) * float64(in[i])
				e += diff * diff
			}
			if got := 10 * math.Log10(s/e); got < want {
				t.Errorf("%v at %v dBm0: %.1f dB, want %.0f", law, d, got, want)
			}
		}
	}
}

func TestBlocks(t *testing.T) {
	in := dsptest.White(1, -10, 1000)
	for _, law := range []g711.Law{g711.MuLaw, g711.ALaw} {
		octets, out := make([]byte, 1003), make([]int16, 1003)
		octets[1000], out[1000] = 0xAB, 4711
		law.Encode(octets, in)
		law.Decode(out, octets[:1000])
		for i, s := range in {
			if octets[i] != law.EncodeSample(s) || out[i] != law.DecodeSample(octets[i]) {
				t.Fatalf("%v: sample %d differs from the single conversion", law, i)
			}
		}
		if octets[1000] != 0xAB || out[1000] != 4711 {
			t.Errorf("%v: written beyond the source's length", law)
		}
		if n := testing.AllocsPerRun(10, func() { law.Encode(octets, in); law.Decode(out, octets) }); n != 0 {
			t.Errorf("%v: %v allocations", law, n)
		}
	}
}

// TestSoxDecodes compares every octet with a program that this project did not write.
func TestSoxDecodes(t *testing.T) {
	sox := peers.Need(t, "sox")[0]
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for law, name := range map[g711.Law]string{g711.MuLaw: "mu-law", g711.ALaw: "a-law"} {
		cmd := exec.Command(sox, "-t", "raw", "-r", "8000", "-c", "1", "-e", name, "-b", "8", "-", "-t", "raw", "-e", "signed", "-b", "16", "-L", "-")
		cmd.Stdin = strings.NewReader(string(all))
		raw, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var got []int16
		for i := 0; i+1 < len(raw); i += 2 {
			got = append(got, int16(uint16(raw[i])|uint16(raw[i+1])<<8))
		}
		want := make([]int16, 256)
		law.Decode(want, all)
		if !slices.Equal(got, want) {
			t.Errorf("%v: sox decodes otherwise", law)
		}
	}
}

func BenchmarkG711(b *testing.B) {
	speech := dsptest.Speech(1, -15, 16000)
	for _, law := range []g711.Law{g711.MuLaw, g711.ALaw} {
		octets, pcm := make([]byte, len(speech)), make([]int16, 160)
		law.Encode(octets, speech)
		frame := make([]byte, 160)
		b.Run(fmt.Sprintf("encode/law=%v", law), func(b *testing.B) {
			at := 0
			b.ReportAllocs()
			for b.Loop() {
				law.Encode(frame, speech[at:at+160])
				at = (at + 160) % len(speech)
			}
			report(b)
		})
		b.Run(fmt.Sprintf("decode/law=%v", law), func(b *testing.B) {
			at := 0
			b.ReportAllocs()
			for b.Loop() {
				law.Decode(pcm, octets[at:at+160])
				at = (at + 160) % len(speech)
			}
			report(b)
		})
	}
}

func report(b *testing.B) {
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / 160
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125000/ns, "channels/core")
}
