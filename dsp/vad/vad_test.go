package vad_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
	"tipring/dsp/vad"
)

func listen(d *vad.Detector, pcm []int16) []vad.Event { return d.Process(pcm, nil) }

// talk is 2 s of background, 3 s of speech, 3 s of background.
func talk(speech, noise level.DBm0) []int16 {
	in := make([]int16, 64000)
	// A piece of speech without a pause between phrases.
	copy(in[16000:40000], dsptest.AtLevel(words(24000), speech))
	return dsptest.Mix(in, dsptest.White(9, noise, len(in)))
}

// words returns syllables without pauses of more than 140 ms.
func words(n int) []int16 {
	var out []int16
	quiet := 0
	for _, s := range dsptest.Speech(4, -20, 8*n) {
		if s > -40 && s < 40 {
			quiet++
		} else {
			quiet = 0
		}
		if quiet < 1000 && len(out) < n {
			out = append(out, s)
		}
	}
	return out
}

func TestFindsTheVoice(t *testing.T) {
	for speech := level.DBm0(-40); speech <= 0; speech += 10 {
		for _, noise := range []level.DBm0{-70, speech - 20, speech - 12} {
			evs := listen(vad.NewDetector(vad.Config{}), talk(speech, noise))
			n := len(evs)
			if n < 2 || n > 4 || n > 2 && noise <= speech-20 {
				t.Errorf("speech %v over %v dBm0: %v", speech, noise, evs)
				continue
			}
			if evs[0].At < 16000-160 || evs[0].At > 16000+1600 || evs[n-1].At < 40000-2400 || evs[n-1].At > 40000+240 {
				t.Errorf("speech %v over %v dBm0 from 16000 to 40000: %v", speech, noise, evs)
			}
		}
	}
}

// TestBackgroundIsNoVoice: noise of any level, after it has been there for two seconds, hum, and clicks.
func TestBackgroundIsNoVoice(t *testing.T) {
	for d := level.DBm0(-70); d <= -20; d += 10 {
		v := vad.NewDetector(vad.Config{})
		v.Process(dsptest.White(1, d, 3*8000), nil)
		if evs := listen(v, dsptest.White(2, d, 60*8000)); len(evs) > 0 && (len(evs) > 1 || evs[0].Kind != vad.Silence) {
			t.Errorf("noise of %v dBm0: %v", d, evs)
		}
		if v.Active() {
			t.Errorf("noise of %v dBm0 is a voice", d)
		}
		if b := v.Background(); b > d+1 || b < d-6 {
			t.Errorf("noise of %v dBm0 is measured as %.1f", d, b)
		}
	}
	if evs := listen(vad.NewDetector(vad.Config{}), dsptest.Sine(50, -25, 80000)); len(evs) > 0 {
		t.Errorf("hum: %v", evs)
	}
	clicks := make([]int16, 80000)
	for i := 4000; i < len(clicks); i += 8000 {
		clicks[i] = 20000
	}
	if evs := listen(vad.NewDetector(vad.Config{}), clicks); len(evs) > 0 {
		t.Errorf("clicks: %v", evs)
	}
}

// TestLongTone: a dial tone is activity, and after some seconds background.
func TestLongTone(t *testing.T) {
	v := vad.NewDetector(vad.Config{})
	evs := listen(v, slices.Concat(make([]int16, 8000), dsptest.Sine(425, -15, 80000)))
	if len(evs) != 2 || evs[0].At < 7900 || evs[0].At > 8000 || v.Active() {
		t.Errorf("a tone of ten seconds: %v", evs)
	}
}

func TestAnyCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pcm := dsptest.Mix(dsptest.Speech(1, -25, 160000), dsptest.White(1, -55, 160000))
	whole := listen(vad.NewDetector(vad.Config{}), pcm)
	if len(whole) < 4 {
		t.Fatalf("only %v", whole)
	}
	d := vad.NewDetector(vad.Config{})
	for range 5 {
		d.Reset()
		var got []vad.Event
		for at := 0; at < len(pcm); {
			n := min(len(pcm)-at, rng.IntN(400))
			for _, e := range d.Process(pcm[at:at+n], nil) {
				e.At += at
				got = append(got, e)
			}
			at += n
		}
		if !slices.Equal(got, whole) {
			t.Fatalf("cut in pieces %v, whole %v", got, whole)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	d, evs, pcm := vad.NewDetector(vad.Config{}), make([]vad.Event, 0, 16), talk(-20, -60)
	if n := testing.AllocsPerRun(5, func() {
		for at := 0; at < len(pcm); at += 80 {
			evs = d.Process(pcm[at:at+80], evs[:0])
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDetector(b *testing.B) {
	d, evs, speech, at := vad.NewDetector(vad.Config{}), make([]vad.Event, 0, 16), dsptest.Speech(1, -20, 80000), 0
	b.ReportAllocs()
	for b.Loop() {
		evs = d.Process(speech[at:at+80], evs[:0])
		at = (at + 80) % len(speech)
	}
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / 80
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125000/ns, "channels/core")
}
