package modem

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
)

func TestParseOffer(t *testing.T) {
	for line, want := range map[string]Offer{
		`128,"8-BIT LINEAR",8,0,(7200,8000,11025),(0),(0)`: {128, "8-BIT LINEAR", 8, []int{7200, 8000, 11025}},
		`+VSM: 5,"G.711 A-law",8,0,8000,0,0`:               {5, "G.711 A-law", 8, []int{8000}},
		`1;CELP;1;0;(9600)`:                                {1, "CELP", 1, []int{9600}},
		`129,"16-BIT LINEAR", 16, 0, (7200-11025), 0, 0`:   {129, "16-BIT LINEAR", 16, []int{7200, 8000, 9600, 11025}},
		`131,"A, (b)",4,0,(8000)`:                          {131, "A, (b)", 4, []int{8000}},
		`0,PCM`:                                            {0, "PCM", 0, nil},
	} {
		if got, ok := parseOffer(line); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", line, got, ok)
		}
	}
	for _, line := range []string{"", "OK", "8000", "x,y", "999,a", "-1,a", "+VSM:"} {
		if got, ok := parseOffer(line); ok {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

func FuzzParseOffer(f *testing.F) {
	f.Add(`128,"8-BIT LINEAR",8,0,(7200,8000,11025),(0),(0)`)
	f.Add(`1;CELP;1;0;(9600-8000)`)
	d, _ := LookupDialect("v253")
	f.Fuzz(func(t *testing.T, line string) {
		o, ok := parseOffer(line)
		if !ok {
			return
		}
		if f, found := choose(d, []Offer{o}, 0); found && (f.Rate < 7200 || f.Rate > 16000 || f.Coding == unsupported) {
			t.Errorf("%q: %v", line, f)
		}
	})
}

// The choice: G.711 before 8 bits before 16 before ADPCM, 8 kHz before others, and nothing that the serial line cannot carry.
func TestChoose(t *testing.T) {
	pick := func(dialect string, baud int, lines ...string) string {
		d, _ := LookupDialect(dialect)
		var offers []Offer
		for _, l := range lines {
			o, ok := parseOffer(l)
			if !ok {
				t.Fatal(l)
			}
			offers = append(offers, o)
		}
		f, ok := choose(d, offers, baud)
		if !ok {
			return "none"
		}
		return f.String()
	}
	for _, c := range []struct{ got, want string }{
		{pick("si2494", 0, `0,"signed",8,0,8000`, `1,"unsigned",8,0,8000`, `4,"G.711 u-law",8,0,8000`, `5,"G.711 A-law",8,0,8000`), "4 ulaw 8000 Hz"},
		{pick("conexant_usb", 0, `129,"IMA ADPCM",4,0,(7200,8000)`, `1,"UNSIGNED PCM",8,0,(7200,8000)`), "1 u8 8000 Hz"},
		{pick("conexant_host", 0, `129,"LINEAR",16,0,(8000)`, `131,"ULAW",8,0,(7200,11025)`), "131 ulaw 11025 Hz"},
		{pick("conexant_host", 0, `131,"ADPCM",4,0,(8000)`), "none"},
		{pick("lucent", 115200, `129,"16-BIT",16,0,(8000)`, `132,"x",4,0,8000`), "none"},
		{pick("lucent", 230400, `129,"16-BIT",16,0,(8000,7200)`), "129 s16 8000 Hz"},
		{pick("zyxel2864", 0, `81;8 BIT;8;0;(9600,7200)`), "81 u8 9600 Hz"},
		{pick("usr5637", 0, `128,"8-BIT",8`), "128 u8 8000 Hz"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

// Every coding at every rate carries speech both ways, in any cut, without allocation.
func TestCodecs(t *testing.T) {
	speech := dsptest.Speech(4, -16, 4*8000)
	rng := rand.New(rand.NewPCG(8, 9))
	for _, c := range preference {
		for _, rate := range knownRates {
			t.Run(fmt.Sprint(c, rate), func(t *testing.T) {
				f := Format{Coding: c, Rate: rate}
				stream := newEncoder(f).encode(nil, speech)
				var cut []byte
				e := newEncoder(f)
				for rest := speech; len(rest) > 0; {
					n := min(len(rest), 1+rng.IntN(300))
					cut, rest = e.encode(cut, rest[:n]), rest[n:]
				}
				if !slices.Equal(cut, stream) {
					t.Error("the cut matters")
				}
				if want := len(speech) * rate / 8000 * c.bits() / 8; math.Abs(float64(len(stream)-want)) > 2 {
					t.Errorf("%d octets, want %d", len(stream), want)
				}
				var heard []int16
				d := newDecoder(f, func(pcm []int16) { heard = append(heard, pcm...) })
				for _, b := range stream {
					d.octet(b)
				}
				d.flush()
				// Two resamplings leave a delay of no whole number of samples, which a comparison sample by sample sees.
				least := 0.97
				if rate%8000 == 0 {
					least = map[bool]float64{true: 0.99, false: 0.98}[c != IMALow && c != IMAHigh]
				}
				if median, _, _ := dsptest.SpeechCorrelation(speech, heard); median < least {
					t.Errorf("correlation %.4f", median)
				}
				d.sink = func([]int16) {}
				out := make([]byte, 0, 2*len(stream))
				if n := testing.AllocsPerRun(3, func() {
					out = e.encode(out[:0], speech[:8000])
					for _, b := range out {
						d.octet(b)
					}
				}); n != 0 {
					t.Errorf("%v allocations", n)
				}
			})
		}
	}
}

// Silence is each coding's own, and full scale does not wrap.
func TestCodecLimits(t *testing.T) {
	for c, want := range map[Coding][]byte{ULaw: {0xff}, ALaw: {0xd5}, Unsigned8: {0x80}, Signed8: {0}, Linear16: {0, 0}} {
		f := Format{Coding: c, Rate: 8000}
		if got := newEncoder(f).encode(nil, []int16{0}); !slices.Equal(got, want) {
			t.Errorf("%s: silence is %x", c, got)
		}
		for _, v := range []int16{32767, -32768, 20000, -20000} {
			var back []int16
			d := newDecoder(f, func(pcm []int16) { back = append(back, pcm...) })
			for _, b := range newEncoder(f).encode(nil, []int16{v}) {
				d.octet(b)
			}
			d.flush()
			if len(back) != 1 || math.Abs(float64(back[0])-float64(v)) > 700 {
				t.Errorf("%s: %d comes back as %d", c, v, back)
			}
		}
	}
}
