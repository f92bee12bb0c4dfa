package faxtone_test

import (
	"math"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/faxtone"
	"tipring/dsp/level"
)

// turned is 2100 Hz whose phase jumps by so many degrees every 450 ms.
func turned(degrees float64, ms int) []int16 {
	pcm := make([]int16, ms*8)
	for i := range pcm {
		phase := 2 * math.Pi * (2100*float64(i)/8000 + degrees/360*float64(i/3600))
		pcm[i] = int16(math.Round(level.DBm0(-13).Amplitude() * math.Sin(phase)))
	}
	return pcm
}

// disabled is how many ms after the first sample the canceller is disabled; -1: it is not.
func disabled(pcm []int16) int {
	d := faxtone.NewDetector()
	for i := 0; i+80 <= len(pcm); i += 80 {
		for _, e := range d.Process(pcm[i:i+80], nil) {
			if e.Kind == faxtone.Start && e.Tone.DisablesEchoCanceller() {
				return (i + 80) / 8
			}
		}
	}
	return -1
}

// TestDisabler holds the detector to the clauses on when a canceller is disabled.
func TestDisabler(t *testing.T) {
	for _, tt := range []struct {
		name string
		pcm  []int16
		want bool
	}{
		{"G.168 §7.2 0 dBm0", ans(2100, 0, 2000, 450, 0), true},
		{"G.165 §4.2 -6 dBm0", ans(2100, -6, 2000, 450, 0), true},
		{"G.168 §7.2 G.165 §4.2 -31 dBm0", ans(2100, -31, 2000, 450, 0), true},
		{"G.168 §7.2 G.165 §4.2 2079 Hz", ans(2079, -13, 2000, 450, 0), true},
		{"G.168 §7.2 G.165 §4.2 2121 Hz", ans(2121, -13, 2000, 450, 0), true},
		{"G.168 §7.2 G.165 §4.2 reversals of 155 degrees", turned(155, 2000), true},
		{"G.168 §7.2 G.165 §4.2 reversals of 205 degrees", turned(205, 2000), true},
		{"G.168 §7.2 G.165 §4.2 jumps of 110 degrees", turned(110, 4000), false},
		{"G.168 §7.2 G.165 §4.2 no reversals: for suppressors (G.164)", ans(2100, -13, 4000, 0, 0), false},
		{"G.168 §7.3 G.165 §4.3 as much power at 1500 Hz", dsptest.Mix(ans(2100, -13, 4000, 450, 0), dsptest.Sine(1500, -13, 32000)), false},
		{"G.168 §7.3 G.165 §4.3 white noise 11 dB below", dsptest.Mix(ans(2100, -13, 4000, 450, 0), dsptest.White(1, -24, 32000)), true},
		{"G.168 §7.6 G.165 §4.6 ten minutes of speech", dsptest.Speech(11, -15, 10*60*8000), false},
		{"G.168 §7.7 G.165 §4.7 V.21", v21(-13, "0100101101110010", 10000, 0), false},
	} {
		at := disabled(mulaw(tt.pcm))
		if at >= 0 != tt.want {
			t.Errorf("%s: disabled at %d ms, want %v", tt.name, at, tt.want)
		}
		if at > 1000 {
			t.Errorf("%s: disabled after %d ms; G.168 §7.5 and G.165 §4.5 allow a second", tt.name, at)
		}
	}
}

// released is how many ms after the end of signal, the same in one direction, the canceller is enabled again; -1: within a
// second it is not; -2: before the end. The other direction is silent.
func released(signal []int16, d faxtone.Direction) int {
	var h faxtone.Hold
	h.Reset()
	silence := make([]int16, 80)
	pcm := append(slices.Clip(signal), make([]int16, 8000)...)
	for i := 0; i+80 <= len(pcm); i += 80 {
		h.Process(d, pcm[i:i+80])
		h.Process(1-d, silence)
		if h.Released() {
			return max(-2, (i+80-len(signal))/8)
		}
	}
	return -1
}

// TestHold holds the release to its clauses, in either direction.
func TestHold(t *testing.T) {
	for _, d := range []faxtone.Direction{faxtone.FromLine, faxtone.ToLine} {
		for _, tt := range []struct {
			hz   float64
			dBm0 level.DBm0
			hold bool
		}{
			{390, -27, true}, {500, -27, true}, {700, -31, true}, {1800, -31, true}, {3000, -31, true},
			{200, -36, false}, {390, -36, false}, {1000, -36, false}, {3400, -36, false}, {50, -20, false},
		} {
			at := released(dsptest.Sine(tt.hz, tt.dBm0, 16000), d)
			if tt.hold && (at < 100 || at > 400) {
				t.Errorf("G.168 §7.4, §7.8, G.165 §4.4, §4.8: after %v Hz at %v dBm0 enabled %d ms later, want 250 +-150", tt.hz, tt.dBm0, at)
			}
			if !tt.hold && at != -2 {
				t.Errorf("G.168 §7.4, G.165 §4.4: %v Hz at %v dBm0 holds the canceller off (%d)", tt.hz, tt.dBm0, at)
			}
		}
		// G.168 §7.8, G.165 §4.8: no drop-out of 100 ms releases; noise of an idle line does.
		gaps := dsptest.Sine(1800, -20, 32000)
		for at := 3001; at < 30000; at += 4000 {
			clear(gaps[at : at+800])
		}
		if at := released(gaps, d); at < 100 || at > 400 {
			t.Errorf("G.168 §7.8, G.165 §4.8: with drop-outs of 100 ms enabled %d ms after the end", at)
		}
		if at := released(dsptest.White(1, -40, 16000), d); at != -2 {
			t.Errorf("G.168 §7.4, G.165 §4.4: noise of -40 dBm0 holds the canceller off (%d)", at)
		}
	}
}

// TestHoldAnyCut: the moment of release is the same sample for any cut.
func TestHoldAnyCut(t *testing.T) {
	pcm := append(dsptest.Sine(1000, -20, 5003), make([]int16, 4000)...)
	at := func(chunk int) int {
		var h faxtone.Hold
		for i := 0; i+chunk <= len(pcm); i += chunk {
			h.Process(faxtone.FromLine, pcm[i:i+chunk])
			h.Process(faxtone.ToLine, make([]int16, chunk))
			if h.Released() {
				return i + chunk
			}
		}
		return -1
	}
	first := at(1)
	for _, chunk := range []int{7, 8, 80, 333} {
		if got, want := at(chunk), (first+chunk-1)/chunk*chunk; got != want || first < 7000 {
			t.Errorf("pieces of %d samples: released at %d, want %d", chunk, got, want)
		}
	}
}
