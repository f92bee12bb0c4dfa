package plc_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/fft"
	"tipring/dsp/plc"
	"tipring/dsp/wav"
)

// spectrum returns the power of 20 ms under a Hann window, in bins of 31.25 Hz from 200 to 3400 Hz, in dB, none below a floor
// of 10: some -70 dBm0.
func spectrum(plan *fft.Plan, pcm []int16) (dB [103]float64) {
	var x [256]float32
	var re, im [129]float32
	for i, s := range pcm {
		x[i] = float32(float64(s) * (0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(len(pcm)))))
	}
	plan.Forward(re[:], im[:], x[:])
	for k := range dB {
		r, i := float64(re[k+6]), float64(im[k+6])
		dB[k] = max(10, 10*math.Log10((r*r+i*i)/float64(len(pcm))+1e-9))
	}
	return dB
}

// distances compares what was concealed with what was sent, in windows of 20 ms every 10 that hold any of it: the log-spectral
// distance (Gray and Markel, IEEE Trans. ASSP 24, 1976) in dB, and the segmental signal-to-noise ratio with segments held
// within -10 and 35 dB.
func distances(sent, got []int16, touched func(from, to int) bool) (lsd, seg float64, n int) {
	plan := fft.New(256)
	for at := 0; at+160 <= len(sent); at += 80 {
		if !touched(at, at+160) {
			continue
		}
		var s, e float64
		for i := at; i < at+160; i++ {
			d := float64(sent[i]) - float64(got[i])
			s, e = s+float64(sent[i])*float64(sent[i]), e+d*d
		}
		if s < 160*300*300/10 { // pauses
			continue
		}
		a, b := spectrum(plan, sent[at:at+160]), spectrum(plan, got[at:at+160])
		var sum float64
		for k := range a {
			sum += (a[k] - b[k]) * (a[k] - b[k])
		}
		lsd += math.Sqrt(sum / float64(len(a)))
		seg += max(-10, min(35, 10*math.Log10(s/max(e, 1))))
		n++
	}
	return lsd / float64(max(n, 1)), seg / float64(max(n, 1)), n
}

// voices are natural-sounding speech where espeak-ng is installed, and formant speech everywhere.
func voices(t testing.TB) map[string][]int16 {
	v := map[string][]int16{}
	for seed := range uint64(2) {
		v[fmt.Sprintf("formant %d", seed)] = dsptest.Speech(seed, -20, 100000)
	}
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		if os.Getenv("TIPRING_PEERS") == "require" {
			t.Fatal("espeak-ng is not installed and TIPRING_PEERS=require")
		}
		return v
	}
	for voice, text := range map[string]string{
		"en+m3": "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. It is easy to tell the depth of a well. These days a chicken leg is a rare dish.",
		"en+f2": "Rice is often served in round bowls. The juice of lemons makes fine punch. The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage.",
		"de+m1": "Die Sonne lacht vom blauen Himmel. Der Zug hat heute wieder einmal Verspaetung. Wir wollen morgen in die Berge fahren und dort wandern.",
		"fr+f4": "Le soleil brille dans un ciel sans nuages. Les enfants jouent dehors depuis ce matin. Nous partirons demain de bonne heure.",
	} {
		name := filepath.Join(t.TempDir(), "v.wav")
		if out, err := exec.Command("espeak-ng", "-v", voice, "-w", name, text).CombinedOutput(); err != nil {
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
		v[voice] = dsptest.AtLevel(dsptest.Resample(pcm, rate), -20)
	}
	return v
}

// losses are which 10 ms frames are lost: frames of so many 10 ms, at random or in bursts of so many.
func losses(n, frame, burst int, share float64, seed uint64) []bool {
	rng := rand.New(rand.NewPCG(seed, 7))
	lost := make([]bool, n)
	for at := 40; at < n; at += frame {
		if rng.Float64() < share/float64(burst) {
			for i := at; i < min(n, at+frame*burst); i++ {
				lost[i] = true
			}
			at += frame * burst
		}
	}
	return lost
}

// figures are distances and clicks: discontinuities that the sent speech does not have.
type figures struct {
	lsd, seg float64
	clicks   int
}

// compare conceals all voices by both methods.
func compare(t testing.TB, speech map[string][]int16, frame, burst int, share float64) (ours, appendix figures) {
	var total float64
	for name, pcm := range speech {
		n := len(pcm) / 80
		pcm = pcm[:80*n]
		lost := losses(n, frame, burst, share, uint64(len(name)))
		a, c := &appendixI{}, plc.New()
		var want, got []int16
		for i := range n {
			f := append([]int16(nil), pcm[80*i:80*i+80]...)
			if lost[i] {
				c.Lost(f)
				want = append(want, a.lost()...)
			} else {
				want = append(want, a.good(f)...)
				c.Good(f)
			}
			got = append(got, f...)
		}
		// A gap's effect ends 10 ms after it.
		touched := func(from, to int) bool {
			for i := max(0, from/80-1); i <= (to-1)/80; i++ {
				if lost[i] {
					return true
				}
			}
			return false
		}
		m := n*80 - appendixDelay
		l1, s1, k := distances(pcm[:m], got[:m], touched)
		l2, s2, _ := distances(pcm[:m], want[appendixDelay:], touched)
		if testing.Verbose() {
			t.Logf("%2d ms x %d, %s: LSD %.2f, Appendix I %.2f; segmental SNR %.2f, %.2f", 10*frame, burst, name, l1, l2, s1, s2)
		}
		w := float64(k)
		ours.lsd, ours.seg = ours.lsd+w*l1, ours.seg+w*s1
		appendix.lsd, appendix.seg = appendix.lsd+w*l2, appendix.seg+w*s2
		if share > 0.05 && burst == 1 { // takes long
			own := dsptest.Discontinuities(pcm[:m])
			ours.clicks += dsptest.Discontinuities(got[:m]) - own
			appendix.clicks += dsptest.Discontinuities(want[appendixDelay:]) - own
		}
		total += w
	}
	ours.lsd, ours.seg = ours.lsd/total, ours.seg/total
	appendix.lsd, appendix.seg = appendix.lsd/total, appendix.seg/total
	return ours, appendix
}

// TestBetterThanAppendixI: nearer to what was sent than G.711 Appendix I by both measures, with no more clicks.
func TestBetterThanAppendixI(t *testing.T) {
	speech := voices(t)
	for _, tt := range []struct {
		frame, burst int // 10 ms, frames
		share        float64
		lsd, seg     float64 // dB by which to be better
	}{{1, 1, 0.05, 0.15, 0.7}, {2, 1, 0.05, 0.03, 1.5}, {2, 1, 0.10, 0.25, 1.5}, {2, 2, 0.10, 0.5, 1}, {3, 2, 0.10, 0.1, 0.4}} {
		ours, appendix := compare(t, speech, tt.frame, tt.burst, tt.share)
		what := fmt.Sprintf("frames of %d ms, %d in a row, %.0f %% lost: log-spectral distance %.2f dB (Appendix I %.2f), segmental SNR %.2f dB (%.2f), %d clicks (%d)",
			10*tt.frame, tt.burst, 100*tt.share, ours.lsd, appendix.lsd, ours.seg, appendix.seg, ours.clicks, appendix.clicks)
		t.Log(what)
		if ours.lsd > appendix.lsd-tt.lsd || ours.seg < appendix.seg+tt.seg || ours.clicks > appendix.clicks+3 {
			t.Error(what)
		}
	}
}
