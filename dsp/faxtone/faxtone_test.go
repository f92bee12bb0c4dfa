package faxtone_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/faxtone"
	"tipring/dsp/g711"
	"tipring/dsp/level"
	"tipring/dsp/tone"
)

// ans is 2100 Hz with phase reversals every so many ms and 15 Hz modulation of a depth.
func ans(hz float64, d level.DBm0, ms int, reversalMs, depth float64) []int16 {
	pcm := make([]int16, ms*8)
	for i := range pcm {
		t := float64(i) / 8000
		v := d.Amplitude() / math.Sqrt(1+depth*depth/2) * math.Sin(2*math.Pi*hz*t) * (1 + depth*math.Sin(2*math.Pi*15*t))
		if reversalMs > 0 && int(t*1000/reversalMs)%2 == 1 {
			v = -v
		}
		pcm[i] = int16(math.Round(v))
	}
	return pcm
}

// v21 is V.21 channel 2 with the given bits, over and over.
func v21(d level.DBm0, bits string, ms int, off float64) []int16 {
	pcm := make([]int16, ms*8)
	phase := 0.0
	for i := range pcm {
		f := 1850.0
		if bits[int(float64(i)*300/8000)%len(bits)] == '1' {
			f = 1650
		}
		pcm[i] = int16(math.Round(d.Amplitude() * math.Sin(phase)))
		phase += 2 * math.Pi * (f + off) / 8000
	}
	return pcm
}

const flag = "01111110"

// hear returns the findings as text: "+ced@512" is a Start at sample 512.
func hear(pcm []int16, cut func() int) []string {
	d := faxtone.NewDetector()
	var out []string
	for at := 0; at < len(pcm); {
		n := min(cut(), len(pcm)-at)
		for _, e := range d.Process(pcm[at:at+n], nil) {
			out = append(out, fmt.Sprintf("%c%s@%d", " +-"[e.Kind], e.Tone, at+e.At))
		}
		at += n
	}
	return out
}

func names(evs []string) string {
	var out []string
	for _, e := range evs {
		name, _, _ := strings.Cut(e, "@")
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func blocks() int { return 80 }

func quiet(ms int) []int16 { return make([]int16, ms*8) }

func mulaw(pcm []int16) []int16 {
	octets, out := make([]byte, len(pcm)), make([]int16, len(pcm))
	g711.MuLaw.Encode(octets, pcm)
	g711.MuLaw.Decode(out, octets)
	return out
}

func TestTones(t *testing.T) {
	cngBurst := func(hz float64, d level.DBm0, ms int) []int16 { return dsptest.Sine(hz, d, ms*8) }
	for _, tt := range []struct {
		name string
		make func(d level.DBm0) []int16
		want string
	}{
		{"CNG", func(d level.DBm0) []int16 { return cngBurst(1100, d, 500) }, "+cng -cng"},
		{"CNG shortest, T.30 +-15%", func(d level.DBm0) []int16 { return cngBurst(1100, d, 425) }, "+cng -cng"},
		{"CNG low, T.30 -38 Hz", func(d level.DBm0) []int16 { return cngBurst(1062, d, 500) }, "+cng -cng"},
		{"CNG high, T.30 +38 Hz", func(d level.DBm0) []int16 { return cngBurst(1138, d, 500) }, "+cng -cng"},
		{"CED", func(d level.DBm0) []int16 { return ans(2100, d, 3000, 0, 0) }, "+ced -ced"},
		{"CED low, G.168 -21 Hz", func(d level.DBm0) []int16 { return ans(2079, d, 3000, 0, 0) }, "+ced -ced"},
		{"CED high, G.168 +21 Hz", func(d level.DBm0) []int16 { return ans(2121, d, 3000, 0, 0) }, "+ced -ced"},
		{"ANS with reversals", func(d level.DBm0) []int16 { return ans(2100, d, 3300, 450, 0) }, "+ced +ans-pr -ans-pr"},
		{"reversals at 425 ms, off frequency", func(d level.DBm0) []int16 { return ans(2115, d, 3300, 425, 0) }, "+ced +ans-pr -ans-pr"},
		{"reversals at 475 ms, off frequency", func(d level.DBm0) []int16 { return ans(2085, d, 3300, 475, 0) }, "+ced +ans-pr -ans-pr"},
		{"ANSam", func(d level.DBm0) []int16 { return ans(2100, d, 3300, 0, 0.2) }, "+ced +ansam -ansam"},
		{"ANSam with reversals", func(d level.DBm0) []int16 { return ans(2100, d, 3300, 450, 0.2) }, "+ced +ansam +ansam-pr -ansam-pr"},
		{"V.21 flags", func(d level.DBm0) []int16 { return v21(d, flag, 1000, 0) }, "+v21 -v21"},
		{"V.21 flags, +12 Hz", func(d level.DBm0) []int16 { return v21(d, flag, 1000, 12) }, "+v21 -v21"},
		{"V.21 flags, -12 Hz", func(d level.DBm0) []int16 { return v21(d, flag, 1000, -12) }, "+v21 -v21"},
	} {
		for _, d := range []level.DBm0{0, -13, -31, -38} {
			for _, lead := range []int{300, 313} {
				pcm := slices.Concat(quiet(lead), tt.make(d), quiet(600))
				// 20 dB of noise below the tone; G.711 on the way.
				pcm = mulaw(dsptest.Mix(pcm, dsptest.White(uint64(lead), d-20, len(pcm))))
				if got := names(hear(pcm, blocks)); got != tt.want {
					t.Errorf("%s at %v dBm0 after %d ms: %s, want %s", tt.name, d, lead, got, tt.want)
				}
			}
		}
	}
}

// TestInTime: the findings come soon enough and say where the tone began and ended.
func TestInTime(t *testing.T) {
	for _, tt := range []struct {
		name   string
		pcm    []int16
		within int // ms from the tone's beginning to its Start
	}{
		{"cng", dsptest.Sine(1100, -13, 500*8), 400},
		{"ced", ans(2100, -13, 2000, 0, 0), 180},
		{"ans-pr", ans(2100, -13, 2000, 450, 0), 1000}, // G.168 §7: within a second
		{"ansam", ans(2100, -13, 2000, 0, 0.2), 450},
		{"v21", v21(-13, flag, 1000, 0), 260},
	} {
		const lead = 2000 // samples
		pcm := slices.Concat(make([]int16, lead), tt.pcm, quiet(600))
		d := faxtone.NewDetector()
		at, ended := -1, -1
		for i := 0; i < len(pcm); i += 80 {
			for _, e := range d.Process(pcm[i:i+80], nil) {
				if e.Kind == faxtone.Start && e.Tone.String() == tt.name {
					at = i + 80
					if begin := i + e.At; begin < lead-400 || begin > lead+400 {
						t.Errorf("%s: said to begin at %d, began at %d", tt.name, begin, lead)
					}
				}
				if e.Kind == faxtone.End {
					ended = i + e.At
				}
			}
		}
		if at < 0 || at-lead > tt.within*8 {
			t.Errorf("%s: found after %d ms, want %d", tt.name, (at-lead)/8, tt.within)
		}
		if end := lead + len(tt.pcm); ended < end-400 || ended > end+400 {
			t.Errorf("%s: said to end at %d, ended at %d", tt.name, ended, end)
		}
	}
}

func TestNothingElse(t *testing.T) {
	signals := map[string][]int16{
		"white noise":     dsptest.White(1, -20, 160000),
		"CSS":             dsptest.CSS(-15, 160000),
		"1100 Hz, 300 ms": slices.Concat(quiet(100), dsptest.Sine(1100, -13, 2400), quiet(500)),
		"1000 Hz":         dsptest.Sine(1000, -13, 16000),
		"1200 Hz":         dsptest.Sine(1200, -13, 16000),
		"2060 Hz":         dsptest.Sine(2060, -13, 16000),
		"2130 Hz":         dsptest.Sine(2130, -13, 16000),
		"2100 Hz, 100 ms": slices.Concat(quiet(100), dsptest.Sine(2100, -13, 800), quiet(500)),
		"2100 Hz, faint":  dsptest.Sine(2100, -50, 16000),
		"1650 Hz":         dsptest.Sine(1650, -13, 16000),
		"1850 Hz":         dsptest.Sine(1850, -13, 16000),
		"1750 Hz":         dsptest.Sine(1750, -13, 16000),
		"V.21 ones":       v21(-13, "1", 2000, 0),
		"V.21 alternate":  v21(-13, "10", 2000, 0),
		"V.21 data":       v21(-13, "0100101101110010", 3000, 0),
		"V.21 channel 1":  v21(-13, flag, 2000, -670),
		"two tones":       dsptest.Mix(dsptest.Sine(2100, -13, 16000), dsptest.Sine(1100, -13, 16000)),
	}
	for seed := range uint64(6) {
		signals[fmt.Sprintf("speech %d", seed)] = dsptest.Speech(seed, -15, 10*60*800)
	}
	dtmf := [][]float64{{697, 770, 852, 941}, {1209, 1336, 1477, 1633}}
	for i := range 16 {
		lo, hi := dtmf[0][i/4], dtmf[1][i%4]
		signals[fmt.Sprintf("DTMF %v+%v", lo, hi)] = dsptest.Mix(dsptest.Sine(lo, -10, 8000), dsptest.Sine(hi, -8, 8000))
	}
	for _, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		for _, name := range plan.Names() {
			spec, _ := plan.Tone(name)
			pcm := make([]int16, 48000)
			tone.NewGenerator(spec, -10).Read(pcm)
			signals[id+" "+name] = pcm
		}
		pcm := make([]int16, 48000)
		tone.NewGenerator(plan.Howler(), -3).Read(pcm)
		signals[id+" howler"] = pcm
	}
	for name, pcm := range signals {
		if got := hear(pcm, blocks); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestLostPackets: 20 ms missing every 400 ms do not make reversals of a plain CED, nor end it.
func TestLostPackets(t *testing.T) {
	pcm := ans(2103, -13, 4000, 0, 0)
	for at := 1000; at < len(pcm); at += 3200 {
		clear(pcm[at:min(at+160, len(pcm))])
	}
	if got := names(hear(append(pcm, quiet(600)...), blocks)); got != "+ced -ced" {
		t.Errorf("CED with lost packets: %s", got)
	}
}

func TestTwoInARow(t *testing.T) {
	pcm := slices.Concat(dsptest.Sine(1100, -13, 4000), quiet(3000), dsptest.Sine(1100, -13, 4000), quiet(500),
		ans(2100, -20, 2600, 0, 0), quiet(75), v21(-13, flag, 1000, 0), quiet(500))
	if got := names(hear(pcm, blocks)); got != "+cng -cng +cng -cng +ced +v21 -ced -v21" && got != "+cng -cng +cng -cng +ced -ced +v21 -v21" {
		t.Errorf("a fax call begins with %s", got)
	}
}

func TestAnyCut(t *testing.T) {
	pcm := slices.Concat(quiet(17), dsptest.Sine(1100, -13, 4000), quiet(500), ans(2100, -20, 2600, 450, 0.2), quiet(475), v21(-13, flag, 1000, 0), quiet(500))
	whole := hear(pcm, func() int { return len(pcm) })
	if len(whole) < 7 {
		t.Fatalf("only %v", whole)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		if got := hear(pcm, func() int { return rng.IntN(300) }); !slices.Equal(got, whole) {
			t.Fatalf("cut in pieces: %v, whole: %v", got, whole)
		}
	}
}

func TestReset(t *testing.T) {
	d := faxtone.NewDetector()
	d.Process(ans(2100, -13, 1000, 0, 0), nil)
	d.Reset()
	if evs := d.Process(quiet(1000), nil); len(evs) != 0 {
		t.Errorf("after Reset: %v", evs)
	}
}

func TestNames(t *testing.T) {
	var all []string
	for tone := range faxtone.V21 + 2 {
		all = append(all, tone.String())
	}
	if got := strings.Join(all, " "); got != "none cng ced ans-pr ansam ansam-pr v21 none" {
		t.Errorf("names: %s", got)
	}
	if faxtone.CED.DisablesEchoCanceller() || !faxtone.ANSPR.DisablesEchoCanceller() || !faxtone.ANSamPR.DisablesEchoCanceller() {
		t.Error("only phase reversals disable an echo canceller")
	}
}

func TestAllocatesNothing(t *testing.T) {
	d, pcm, evs := faxtone.NewDetector(), slices.Concat(v21(-13, flag, 500, 0), ans(2100, -13, 500, 450, 0.2), quiet(500)), make([]faxtone.Event, 0, 16)
	if n := testing.AllocsPerRun(10, func() { evs = d.Process(pcm, evs[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDetector(b *testing.B) {
	for name, pcm := range map[string][]int16{
		"speech": dsptest.Speech(1, -15, 80000), "v21": v21(-13, flag, 10000, 0), "ansam": ans(2100, -13, 10000, 450, 0.2),
	} {
		b.Run("signal="+name, func(b *testing.B) {
			d, evs, at := faxtone.NewDetector(), make([]faxtone.Event, 0, 16), 0
			b.ReportAllocs()
			for b.Loop() {
				evs = d.Process(pcm[at:at+80], evs[:0])
				at = (at + 80) % len(pcm)
			}
			ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / 80
			b.ReportMetric(ns, "ns/sample")
			b.ReportMetric(125000/ns, "channels/core")
		})
	}
}
