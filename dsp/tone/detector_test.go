package tone_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"tipring/cmd/peers"
	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/dsp/level"
	"tipring/dsp/tone"
	"tipring/dsp/wav"
)

// TestNothingRecognised: what a line carries besides tones is none, on any plan.
func TestNothingRecognised(t *testing.T) {
	signals := map[string][]int16{
		"white noise": dsptest.White(1, -20, 160000),
		"CSS":         dsptest.CSS(-15, 160000),
		"digits":      slices.Concat(digits("0123456789*#ABCD"), digits("19*#9D99")),
		"CNG":         slices.Concat(dsptest.Sine(1100, -13, 4000), silence(3000), dsptest.Sine(1100, -13, 4000)),
		"CED":         dsptest.Sine(2100, -13, 24000),
		"milliwatt":   dsptest.Sine(1004, 0, 24000),
		"hum":         dsptest.Sine(50, -25, 24000),
		"silence":     silence(3000),
		"howler":      howler(),
	}
	for seed := range uint64(3) {
		signals[fmt.Sprintf("speech %d", seed)] = dsptest.Speech(seed, -18, 60*8000)
	}
	for name, pcm := range signals {
		for _, id := range tone.Zones() {
			plan, _ := tone.Zone(id)
			if id == "th" && name == "milliwatt" {
				continue // Thailand's call waiting tone is 1000 Hz
			}
			for _, p := range []*tone.Plan{plan, plan.AwaitDial()} {
				evs := listen(tone.NewDetector(p), pcm)
				inOrder(t, id+" "+name, evs)
				if got := recognised(evs); len(got) > 0 {
					t.Errorf("%s on %s, %d tones: %v", name, id, len(p.Names()), evs)
				}
			}
		}
	}
}

func howler() []int16 {
	pcm := make([]int16, 24000)
	tone.NewGenerator(tone.Howler("us"), -3).Read(pcm)
	return pcm
}

// TestSpokenText: two voices of a speech synthesiser that this project did not write.
func TestSpokenText(t *testing.T) {
	espeak := peers.Need(t, "espeak-ng")[0]
	const text = "The moon rose slowly over the blue lagoon, and who would choose to lose so cool a view? " +
		"Ooh, said Lou, you do. One, two, three, four, five, six, seven, eight, nine, zero. Please hold the line. " +
		"Your call is important to us, and will be answered by the next free operator in our room."
	for _, voice := range []string{"en", "en+f3"} {
		name := filepath.Join(t.TempDir(), "speech.wav")
		if out, err := exec.Command(espeak, "-v", voice, "-w", name, text).CombinedOutput(); err != nil {
			t.Fatalf("espeak-ng: %v: %s", err, out)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		pcm, rate, err := wav.Read(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		pcm = dsptest.AtLevel(dsptest.Resample(pcm, rate), -18)
		for _, id := range tone.Zones() {
			plan, _ := tone.Zone(id)
			for _, p := range []*tone.Plan{plan, plan.AwaitDial()} {
				if got := recognised(listen(tone.NewDetector(p), pcm)); len(got) > 0 {
					t.Errorf("voice %s on %s: %v", voice, id, got)
				}
			}
		}
	}
}

// TestTonesUnderNoise: ringing and busy tone are told with white noise 15 dB below them and through G.711.
func TestTonesUnderNoise(t *testing.T) {
	for _, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		for _, name := range []string{"ring", "busy"} {
			pcm := append(silence(300), sounds(t, plan, name, 9000)...)
			noise := level.DBm0(-30)
			if id == "jp" && name == "ring" {
				noise -= 3 // half of its power lies at 15 Hz and is not heard
			}
			pcm = dsptest.Mix(pcm, dsptest.White(7, noise, len(pcm)))
			octets := make([]byte, len(pcm))
			g711.ALaw.Encode(octets, pcm)
			g711.ALaw.Decode(pcm, octets)
			evs := listen(tone.NewDetector(plan), pcm)
			if got := recognised(evs); !slices.Equal(got, []string{name}) {
				t.Errorf("%s %s in noise: %v", id, name, evs)
			}
		}
	}
}

// TestClicks: a line crackles; clicks of up to 10 ms in the pauses change nothing.
func TestClicks(t *testing.T) {
	for _, id := range []string{"us", "de"} {
		plan, _ := tone.Zone(id)
		pcm := append(silence(300), sounds(t, plan, "ring", 13000)...)
		for at := 2400 + 2100*8; at < 2400+5900*8; at += 7001 {
			copy(pcm[at:], dsptest.White(uint64(at), -12, 64))
		}
		if evs := listen(tone.NewDetector(plan), pcm); !slices.Equal(recognised(evs), []string{"ring"}) || len(evs) != 2 {
			t.Errorf("%s: %v", id, evs)
		}
	}
}

// TestRestart: a tone that comes back after a pause is another one.
func TestRestart(t *testing.T) {
	us, _ := tone.Zone("us")
	pcm := slices.Concat(silence(200), sounds(t, us, "busy", 3200), silence(1000), sounds(t, us, "busy", 3200), silence(1000))
	evs := listen(tone.NewDetector(us), pcm)
	inOrder(t, "busy twice", evs)
	if got := recognised(evs); !slices.Equal(got, []string{"busy", "busy"}) {
		t.Errorf("busy, a pause, busy again: %v", evs)
	}
}

func TestDetectorAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for _, id := range []string{"us", "au", "jp"} {
		plan, _ := tone.Zone(id)
		pcm := slices.Concat(silence(123), sounds(t, plan, "dial", 1500), silence(77), digits("42"), sounds(t, plan, "busy", 3000), dsptest.Speech(1, -20, 16000))
		pcm = dsptest.Mix(pcm, dsptest.White(1, -50, len(pcm)))
		run := func(cut func() int) []tone.Event {
			d := tone.NewDetector(plan)
			var all []tone.Event
			for at := 0; at < len(pcm); {
				n := min(cut(), len(pcm)-at)
				for _, e := range d.Process(pcm[at:at+n], nil) {
					e.At += at
					all = append(all, e)
				}
				at += n
			}
			return all
		}
		whole := run(func() int { return len(pcm) })
		if len(whole) < 4 {
			t.Fatalf("%s: only %v", id, whole)
		}
		for range 10 {
			if got := run(func() int { return rng.IntN(400) }); !slices.Equal(got, whole) {
				t.Fatalf("%s: cut in pieces %v, whole %v", id, got, whole)
			}
		}
	}
}

func TestDetectorAllocatesNothing(t *testing.T) {
	us, _ := tone.Zone("us")
	d, evs := tone.NewDetector(us), make([]tone.Event, 0, 64)
	pcm := slices.Concat(sounds(t, us, "busy", 3000), dsptest.Speech(2, -20, 16000), silence(500))
	if n := testing.AllocsPerRun(5, func() {
		for at := 0; at < len(pcm); at += 80 {
			evs = d.Process(pcm[at:min(at+80, len(pcm))], evs[:0])
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkNewDetector(b *testing.B) {
	de, _ := tone.Zone("de")
	b.ReportAllocs()
	for b.Loop() {
		tone.NewDetector(de)
	}
}

func BenchmarkCompilePlan(b *testing.B) {
	de, _ := tone.Zone("de")
	names := de.Names()
	b.ReportAllocs()
	for b.Loop() {
		tone.NewDetector(de.Only(names...))
	}
}

func BenchmarkDetector(b *testing.B) {
	for _, id := range []string{"us", "de", "uk", "us-11"} {
		plan, ok := tone.Zone(id)
		if !ok { // eleven tones: the country's nine, its howler and a PBX's disconnect tone
			plan, _ = tone.Zone("us")
			disconnect, err := tone.Parse("425/240,0/240")
			if err != nil {
				b.Fatal(err)
			}
			plan = plan.WithTreatment().With("disconnect", disconnect)
		}
		dial := make([]int16, 80000)
		spec, _ := plan.Tone("dial")
		tone.NewGenerator(spec, -15).Read(dial)
		for _, s := range []struct {
			name string
			pcm  []int16
		}{{"speech", dsptest.Speech(1, -18, 80000)}, {"dial", dial}, {"idle", dsptest.White(1, -60, 80000)}} {
			b.Run(fmt.Sprintf("zone=%s/signal=%s", id, s.name), func(b *testing.B) {
				d, evs, at := tone.NewDetector(plan), make([]tone.Event, 0, 64), 0
				b.ReportAllocs()
				for b.Loop() {
					evs = d.Process(s.pcm[at:at+80], evs[:0])
					at = (at + 80) % len(s.pcm)
				}
				report(b, 80)
			})
		}
	}
}

// TestModulatedRinging: exchanges modulate the ringing tone of Japan by 15 to 20 Hz, and those of other countries not all as
// the table says.
func TestModulatedRinging(t *testing.T) {
	for _, tt := range []struct{ id, text string }{
		{"jp", "400*15/1000,0/2000"}, {"jp", "400*16/1000,0/2000"}, {"jp", "400*18/1000,0/2000"}, {"jp", "400*20/1000,0/2000"},
		{"jp", "400/1000,0/2000"}, {"sg", "425*22/400,0/200,425*22/400,0/2000"}, {"in", "400*27/400,0/200,400*27/400,0/2000"},
		{"uk", "400+450/400,0/200,400+450/400,0/2000"}, {"uk", "403+447/400,0/200,403+447/400,0/2000"},
	} {
		plan, _ := tone.Zone(tt.id)
		spec, err := tone.Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, 60000)
		tone.NewGenerator(spec, -18).Read(pcm[3000:])
		if evs := listen(tone.NewDetector(plan), pcm); !slices.Equal(recognised(evs), []string{"ring"}) {
			t.Errorf("%s %s: %v", tt.id, tt.text, evs)
		}
	}
}
