package dsptest_test

import (
	"math"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/dsp/level"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance || math.IsNaN(got) {
		t.Errorf("%s = %.3f, want %.3f +-%.3f", what, got, want, tolerance)
	}
}

// TestEchoPathLoss: the scaling of Annex D holds for the composite source signal, which proves the rendering of the signal
// and the paths at once.
func TestEchoPathLoss(t *testing.T) {
	paths := dsptest.EchoPaths()
	if !slices.Equal(paths, []string{"D.2", "D.3", "D.4", "D.5", "D.6", "D.7", "D.8", "D.9"}) {
		t.Fatalf("paths %v", paths)
	}
	css := dsptest.CSS(-10, 4*5600)
	for _, name := range paths {
		for _, erl := range []float64{6, 20} {
			echo := dsptest.Convolve(dsptest.EchoPath(name, erl, 0), css)
			near(t, name+" loss", float64(level.Of(css)-level.Of(echo)), erl, 0.25)
		}
		plain, late := dsptest.EchoPath(name, 6, 0), dsptest.EchoPath(name, 6, 40)
		if !slices.Equal(late[40:], plain) || slices.ContainsFunc(late[:40], func(v float64) bool { return v != 0 }) {
			t.Errorf("%s with a delay is not the path later", name)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown path is not refused")
		}
	}()
	dsptest.EchoPath("D.1", 6, 0)
}

// TestWhiteNoiseLoss: the range that the source of the tables gives, -3.7 to +4.3 dB.
func TestWhiteNoiseLoss(t *testing.T) {
	white := dsptest.White(1, -10, 40000)
	want := map[string]float64{"D.2": 0.88, "D.3": 0.5, "D.4": 0.03, "D.5": -1.29, "D.6": 4.27, "D.7": 0.09, "D.8": -3.68, "D.9": -2.41}
	for name, loss := range want {
		echo := dsptest.Convolve(dsptest.EchoPath(name, 10, 0), white)
		near(t, name+" white noise loss", float64(level.Of(white)-level.Of(echo)), 10+loss, 0.15)
	}
}

// TestCSS: Annex C, 48.62 ms voiced at 329.1 Hz, 200 ms noise, pause to 350 ms, then inverted.
func TestCSS(t *testing.T) {
	css := dsptest.CSS(-15, 11200)
	near(t, "voiced pitch", fundamental(css[:389], 330), 329.1, 1)
	near(t, "active level", float64(level.Of(css[:389+1600])), -15, 0.1)
	near(t, "voiced level", float64(level.Of(css[:389])), -15, 0.2)
	near(t, "noise level", float64(level.Of(css[389:1989])), -15, 0.2)
	if level.Of(css[1989:2800]) != level.Silence {
		t.Error("no pause to 350 ms")
	}
	for i, s := range css[:2800] {
		if d := int(css[2800+i]) + int(s); d < -1 || d > 1 {
			t.Fatal("the second period is not the first inverted")
		}
	}
	if !slices.Equal(css[5600:], css[:5600]) {
		t.Error("the signal does not repeat after 700 ms")
	}
	// Figure C.2: 17.8 dB at 215 Hz against 0 dB at 2850 Hz.
	low, high := bandLevel(css[389:1989], 210, 225), bandLevel(css[389:1989], 2840, 2855)
	near(t, "slope of the noise", float64(low-high), 17.5, 2)

	dt := dsptest.DoubleTalk(-15, 6400)
	near(t, "double-talk pitch", fundamental(dt[:582], 190), 192.6, 1)
	if level.Of(dt[582+1600:3200]) != level.Silence || level.Of(dt[:2182]) < -15.2 || level.Of(dt[:2182]) > -14.8 {
		t.Error("double-talk signal has the wrong parts")
	}
}

// fundamental is the pitch near a frequency, by the distance at which the signal repeats.
func fundamental(pcm []int16, around float64) float64 {
	best, at := math.Inf(-1), 0.0
	for hz := 0.8 * around; hz < 1.2*around; hz += 0.1 {
		period := 8000 / hz
		var sum float64
		for i := 100; i < len(pcm)-1; i++ {
			t := float64(i) - 2*period
			if t < 0 {
				continue
			}
			k := int(t)
			v := float64(pcm[k]) + (t-float64(k))*(float64(pcm[k+1])-float64(pcm[k]))
			d := v - float64(pcm[i])
			sum -= d * d / float64(len(pcm)-int(2*period))
		}
		if sum > best {
			best, at = sum, hz
		}
	}
	return at
}

func bandLevel(pcm []int16, from, to float64) level.DBm0 {
	var sum float64
	for hz := from; hz <= to; hz += 5 {
		r := dsptest.ToneLevel(pcm, hz).RMS()
		sum += r * r
	}
	return level.OfPower(sum)
}

func TestG168Level(t *testing.T) {
	for _, hz := range []float64{500, 1000, 3000} {
		l := dsptest.G168Level(dsptest.Sine(hz, -20, 8000))
		near(t, "settled level", float64(l[7999]), -20, 0.5)
	}
	l := dsptest.G168Level(append(dsptest.Sine(1000, -20, 4000), make([]int16, 4000)...))
	near(t, "35 ms after the end", float64(l[4050+280]), -20-4.34, 0.5)
	if l := dsptest.G168Level(dsptest.Sine(50, -20, 8000)); l[7999] > -35 {
		t.Errorf("50 Hz passes the band-pass at %.1f dBm0", l[7999])
	}
}

func TestSignals(t *testing.T) {
	near(t, "sine level", float64(level.Of(dsptest.Sine(1000, -12, 8000))), -12, 0.02)
	near(t, "noise level", float64(level.Of(dsptest.White(3, -30, 80000))), -30, 0.1)
	near(t, "speech level", float64(level.Of(dsptest.Speech(3, -20, 80000))), -20, 0.3)
	near(t, "rescaled", float64(level.Of(dsptest.AtLevel(dsptest.Sine(700, -40, 8000), -10))), -10, 0.05)
	if got := dsptest.AtLevel(make([]int16, 4), -10); !slices.Equal(got, make([]int16, 4)) {
		t.Error("silence was scaled to noise")
	}
	if got := dsptest.Mix([]int16{30000, 1}, []int16{30000}, []int16{0, 0, -5}); !slices.Equal(got, []int16{32767, 1, -5}) {
		t.Errorf("Mix = %v", got)
	}
	if slices.Equal(dsptest.White(1, -20, 100), dsptest.White(2, -20, 100)) {
		t.Error("two seeds give one noise")
	}
}

// TestSpeechIsLikeSpeech: loud syllables and real pauses, most of the energy below 1 kHz, no steady tone.
func TestSpeechIsLikeSpeech(t *testing.T) {
	pcm := dsptest.Speech(1, -20, 160000)
	var loud, pause, blocks int
	for at := 0; at+160 <= len(pcm); at += 160 {
		blocks++
		switch l := level.Of(pcm[at : at+160]); {
		case l > -20:
			loud++
		case l < -55:
			pause++
		}
	}
	if f := float64(loud) / float64(blocks); f < 0.15 || f > 0.6 {
		t.Errorf("%.0f%% of 20 ms blocks are loud", 100*f)
	}
	if f := float64(pause) / float64(blocks); f < 0.2 || f > 0.7 {
		t.Errorf("%.0f%% of 20 ms blocks are pause", 100*f)
	}
	low, high := bandLevel(pcm[:8000], 100, 1000), bandLevel(pcm[:8000], 1000, 3800)
	if low < high+3 {
		t.Errorf("energy below 1 kHz %.1f dBm0, above %.1f", low, high)
	}
	if !slices.Equal(pcm, dsptest.Speech(1, -20, 160000)) {
		t.Error("one seed gives two signals")
	}
}

func TestDominantHz(t *testing.T) {
	for _, hz := range []float64{60, 350, 425.3, 1004, 2130.77, 3400} {
		pcm := dsptest.Mix(dsptest.Sine(hz, -20, 2400), dsptest.White(1, -45, 2400))
		near(t, "frequency", dsptest.DominantHz(pcm), hz, 0.1)
	}
	pcm := dsptest.Mix(dsptest.Sine(440, -20, 8000), dsptest.Sine(350, -21, 8000))
	near(t, "the stronger of two", dsptest.DominantHz(pcm), 440, 0.1)
	if dsptest.DominantHz(nil) != 0 || dsptest.DominantHz(make([]int16, 800)) != 0 {
		t.Error("silence has a frequency")
	}
}

func TestToneLevel(t *testing.T) {
	pcm := dsptest.Mix(dsptest.Sine(440, -20, 4000), dsptest.Sine(350, -13, 4000))
	near(t, "440 Hz", float64(dsptest.ToneLevel(pcm, 440)), -20, 0.05)
	near(t, "350 Hz", float64(dsptest.ToneLevel(pcm, 350)), -13, 0.05)
	if l := dsptest.ToneLevel(pcm, 1000); l > -70 {
		t.Errorf("1000 Hz, which is not there, has %.1f dBm0", l)
	}
	if dsptest.ToneLevel(nil, 440) != level.Silence {
		t.Error("nothing has a level")
	}
}

func mulaw(pcm []int16) []int16 {
	octets, out := make([]byte, len(pcm)), make([]int16, len(pcm))
	g711.MuLaw.Encode(octets, pcm)
	g711.MuLaw.Decode(out, octets)
	return out
}

func TestDiscontinuities(t *testing.T) {
	clean := map[string][]int16{
		"silence": make([]int16, 16000),
		"sine":    dsptest.Sine(1004, -10, 16000),
		"tones":   dsptest.Mix(dsptest.Sine(350, -13, 16000), dsptest.Sine(440, -13, 16000)),
		"noise":   dsptest.White(1, -30, 16000),
	}
	for seed := range uint64(10) {
		clean[string(rune('0'+seed))+" speech"] = dsptest.Speech(seed, -20, 80000)
	}
	for name, pcm := range clean {
		for what, p := range map[string][]int16{"": pcm, " through mu-law": mulaw(pcm)} {
			if got := dsptest.Discontinuities(p); got != 0 {
				t.Errorf("%s%s: %d discontinuities where there are none", name, what, got)
			}
		}
	}
	// Ten cuts of 2.5 ms in a tone, ten clicks in speech, ten blocks of 10 ms missing from loud speech.
	cut := dsptest.Sine(1004, -10, 16000)
	for i := 10; i > 0; i-- {
		at := i * 1333
		cut = slices.Delete(cut, at, at+20)
	}
	if got := dsptest.Discontinuities(mulaw(cut)); got != 10 {
		t.Errorf("ten cuts in a tone: %d", got)
	}
	click := dsptest.Speech(4, -20, 80000)
	for i := range 10 {
		click[4000+i*7000] = 20000
	}
	if got := dsptest.Discontinuities(click); got < 9 || got > 10 { // one falls on a pitch pulse
		t.Errorf("ten clicks in speech: %d", got)
	}
}

func TestSpeechCorrelation(t *testing.T) {
	in := dsptest.Speech(8, -20, 80000)
	for name, tt := range map[string]struct {
		out      []int16
		min, max float64
		lag      int
	}{
		"itself":              {in, 0.9999, 1.0001, 0},
		"mu-law, late":        {append(make([]int16, 1234), mulaw(in)...), 0.998, 1.0001, 1234},
		"quieter, early":      {dsptest.AtLevel(in, -35)[500:], 0.998, 1.0001, -500},
		"with noise at equal": {dsptest.Mix(in, dsptest.White(1, -20, len(in))), 0.6, 0.8, 0},
		"other speech":        {dsptest.Speech(9, -20, 80000), -0.2, 0.4, math.MinInt},
		"inverted":            {invert(in), -1, 0.75, math.MinInt},
	} {
		median, lag, windows := dsptest.SpeechCorrelation(in, tt.out)
		if median < tt.min || median > tt.max || (tt.lag != math.MinInt && lag != tt.lag) || (tt.lag != math.MinInt && windows < 8) {
			t.Errorf("%s: median %.4f, lag %d, %d windows; want %.4f..%.4f at %d", name, median, lag, windows, tt.min, tt.max, tt.lag)
		}
	}
	for _, out := range [][]int16{nil, make([]int16, 80000)} {
		if median, _, _ := dsptest.SpeechCorrelation(in, out); median > 0.01 {
			t.Errorf("speech correlates by %.3f with silence", median)
		}
	}
	if median, _, windows := dsptest.SpeechCorrelation(make([]int16, 80000), in); median != 0 || windows != 0 {
		t.Errorf("silence sent: median %.3f of %d windows", median, windows)
	}
}

// TestSpeechWindowsFollowASlip: a path that loses 5 ms half way is aligned anew, and the windows show it.
func TestSpeechWindowsFollowASlip(t *testing.T) {
	in := dsptest.Speech(8, -20, 80000)
	out := slices.Delete(slices.Clone(in), 40000, 40040)
	median, lag, _ := dsptest.SpeechCorrelation(in, out)
	if median < 0.999 {
		t.Errorf("median %.4f over a slip", median)
	}
	w := dsptest.SpeechWindows(in, out, lag)
	if first, last := w[0].Lag, w[len(w)-1].Lag; first != 0 || last != -40 {
		t.Errorf("lags from %d to %d, want 0 to -40", first, last)
	}
}

func invert(pcm []int16) []int16 {
	out := make([]int16, len(pcm))
	for i, s := range pcm {
		out[i] = -s
	}
	return out
}

func TestResample(t *testing.T) {
	for _, rate := range []int{11025, 16000, 22050, 44100, 48000} {
		in := make([]int16, rate)
		for i := range in {
			in[i] = int16(8000 * math.Sin(2*math.Pi*1004*float64(i)/float64(rate)))
		}
		out := dsptest.Resample(in, rate)
		if len(out) != 8000 {
			t.Fatalf("a second at %d Hz is %d samples", rate, len(out))
		}
		near(t, "frequency", dsptest.DominantHz(out), 1004, 0.1)
		near(t, "level", float64(dsptest.ToneLevel(out[400:7600], 1004)-level.OfSine(8000)), 0, 0.05)
		for i := range in {
			in[i] = int16(8000 * math.Sin(2*math.Pi*5000*float64(i)/float64(rate)))
		}
		if l := level.Of(dsptest.Resample(in, rate)[400:7600]); rate > 11025 && l > -60 {
			t.Errorf("5 kHz at %d Hz comes back as an alias of %.1f dBm0", rate, l)
		}
	}
	if in := dsptest.Sine(300, -10, 99); !slices.Equal(dsptest.Resample(in, 8000), in) {
		t.Error("8 kHz is resampled")
	}
}
