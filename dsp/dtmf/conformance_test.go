package dtmf

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"tipring/dsp/level"
)

// A row is one requirement of ITU-T Q.24 or one test of the Mitel CM7291 tape, as testdata/conformance.json lists them. run
// returns what was measured and whether it meets the bar. A row that does not reach it says so in short and is counted,
// not hidden.
type row struct {
	name  string // of the JSON's row
	bar   string
	run   func() (figure string, ok bool)
	short string
}

// heard returns how many of n trials, each made by trial, gave exactly the digit wanted, and how many gave another one.
func heard(c Config, n int, trial func(i int) ([]float64, byte)) (right, wrong int) {
	for i := range n {
		sig, want := trial(i)
		switch digitsOf(detect(c, sig)) {
		case string(want):
			right++
		case "":
		default:
			wrong++
		}
	}
	return right, wrong
}

// train makes 50 ms of silence at a random place against the hops, and then a pulse.
func train(seed uint64, p pulse) ([]float64, byte) {
	rnd := newRand(seed)
	return add(make([]float64, 400+rnd.IntN(100)), p, rnd), p.digit
}

// bandwidth finds how far one tone of a digit may be off before it is refused, in 0.1 % steps, upwards or downwards.
func bandwidth(digit byte, high bool, sign float64) float64 {
	for step := 1; ; step++ {
		off := sign * float64(step) / 1000
		p := at(digit, 50, 50, -17)
		if high {
			p.highOff = off
		} else {
			p.lowOff = off
		}
		right, _ := heard(Config{}, 10, func(i int) ([]float64, byte) { return train(uint64(i), p) })
		if right < 10 {
			return float64(step-1) / 10
		}
		if step > 60 {
			return 6
		}
	}
}

func recognitionBandwidth() (string, bool) {
	var s []string
	ok := true
	for _, d := range []byte("159D") {
		for _, high := range []bool{false, true} {
			plus, minus := bandwidth(d, high, 1), bandwidth(d, high, -1)
			s = append(s, fmt.Sprintf("%c +%.1f-%.1f", d, plus, minus))
			rrb, rcfo := plus+minus, plus-minus
			ok = ok && rrb >= 3+rcfo && rrb < 15+rcfo && min(plus, minus) >= 1.5 && max(plus, minus) < 3.5
		}
	}
	return strings.Join(s, ", ") + " %", ok
}

// twist finds by how many tenths of a dB the low or the high tone of every digit may be weaker.
func twist(c Config, highWeaker bool) (least, most float64) {
	least, most = 99, 0
	for _, d := range []byte("159D") {
		got := 0.0
		for tenth := 0; tenth <= 200; tenth++ {
			p := at(d, 50, 50, -3)
			if highWeaker {
				p.high -= level.DBm0(float64(tenth) / 10)
			} else {
				p.low -= level.DBm0(float64(tenth) / 10)
			}
			if right, _ := heard(c, 5, func(i int) ([]float64, byte) { return train(uint64(i), p) }); right < 5 {
				break
			}
			got = float64(tenth) / 10
		}
		least, most = min(least, got), max(most, got)
	}
	return least, most
}

// lengths returns how many of n digits, all 16, of a length are heard.
func lengths(c Config, ms float64, n int) int {
	right, _ := heard(c, n, func(i int) ([]float64, byte) { return train(uint64(i), at(all16[i%16], ms, 50, -10)) })
	return right
}

// offsets returns the least share, over all digits and signs, of digits heard whose tones are off.
func offsets(c Config, low, high float64, plusHz float64, n int) (least, most float64) {
	least = 100
	for _, d := range []byte(all16) {
		for sign := range 4 {
			sl, sh := float64(1-sign&1*2), float64(1-sign>>1*2)
			p := at(d, 50, 50, -10)
			p.lowOff, p.highOff = sl*low, sh*high
			if low != 0 {
				p.lowHz = sl * plusHz
			}
			if high != 0 {
				p.highHz = sh * plusHz
			}
			right, wrong := heard(c, n, func(i int) ([]float64, byte) { return train(uint64(i), p) })
			if low == 0 && right+wrong > right {
				right += wrong
			}
			share := 100 * float64(right) / float64(n)
			least, most = min(least, share), max(most, share)
		}
	}
	return least, most
}

// gaps returns how many of n pairs of pulses with a gap between them are heard as so many digits.
func gaps(c Config, ms float64, digits, n int) int {
	got := 0
	for i := range n {
		rnd := newRand(uint64(i))
		d := all16[i%16]
		sig := make([]float64, 400+rnd.IntN(100))
		sig = add(sig, at(d, 50, ms, -10), rnd)
		sig = add(sig, at(d, 50, 50, -10), rnd)
		if digitsOf(detect(c, sig)) == strings.Repeat(string(d), digits) {
			got++
		}
	}
	return got
}

// inNoise returns how many of n digits are right and wrong at a signal-to-noise ratio per tone.
func inNoise(digits string, snr, dBm0 float64, n int) (right, wrong int) {
	rnd := newRand(uint64(1000 + snr))
	return heard(Config{}, n, func(i int) ([]float64, byte) {
		d := digits[i%len(digits)]
		sig := add(make([]float64, 400+rnd.IntN(100)), at(d, 50, 50, level.DBm0(dBm0)), rnd)
		addNoise(sig, level.DBm0(dBm0-snr), rnd)
		return sig, d
	})
}

func dialTone(above float64) int {
	right, _ := heard(Config{}, 160, func(i int) ([]float64, byte) {
		sig, d := train(uint64(i), at(all16[i%16], 50, 50, -15))
		addTones(sig, level.DBm0(-15+above), 350, 440)
		return sig, d
	})
	return right
}

func all(got, of int) (string, bool)  { return fmt.Sprintf("%d of %d", got, of), got == of }
func none(got, of int) (string, bool) { return fmt.Sprintf("%d of %d", got, of), got == 0 }

var rows = []row{
	{"mitel 2", "160 of 160, none extra", func() (string, bool) {
		rnd := newRand(2)
		sig := make([]float64, 400)
		for range 10 {
			for i := range len(all16) {
				sig = add(sig, at(all16[i], 50, 50, -4), rnd)
			}
		}
		got := digitsOf(detect(Config{}, sig))
		return fmt.Sprintf("%d digits", len(got)), got == strings.Repeat(all16, 10)
	}, ""},
	{"mitel 3", "every tone accepted to 1.5 %, refused from 3.5 %; 3 % + RCFO <= RRB < 15 % + RCFO", recognitionBandwidth, ""},
	{"mitel 4", "high tone weaker to 8.0 dB, low tone to 4.0 dB, and not 0.3 dB more", func() (string, bool) {
		n0, n1 := twist(Config{}, true)
		r0, r1 := twist(Config{}, false)
		return fmt.Sprintf("high weaker %.1f to %.1f dB, low weaker %.1f to %.1f dB", n0, n1, r0, r1),
			n0 >= 8 && n1 <= 8.3 && r0 >= 4 && r1 <= 4.3
	}, ""},
	{"mitel 5", "digit 1 from +3 dBm0 down, 25 dB or more", func() (string, bool) {
		top, bottom := -99.0, 99.0
		for l := 3.0; l > -60; l-- {
			right, _ := heard(Config{}, 10, func(i int) ([]float64, byte) { return train(uint64(i), at('1', 50, 50, level.DBm0(l))) })
			if right == 10 {
				top, bottom = max(top, l), l
			} else if top > -99 {
				break
			}
		}
		return fmt.Sprintf("%+.0f to %.0f dBm0", top, bottom), top == 3 && bottom <= -25
	}, ""},
	{"mitel 6", "guard time 20 to 40 ms", func() (string, bool) {
		responses := 0
		for tenth := 490; tenth > 100; tenth-- {
			right, _ := heard(Config{}, 1, func(i int) ([]float64, byte) { return train(uint64(tenth), at('1', float64(tenth)/10, 50, -10)) })
			responses += right
		}
		g := float64(500-responses) / 10
		return fmt.Sprintf("%.1f ms", g), g >= 20 && g <= 40
	}, ""},
	{"mitel 7", "1000 of 1000 at 6 dB", func() (string, bool) {
		var s []string
		ok := true
		for _, snr := range []float64{26, 12, 8, 6} {
			right, wrong := inNoise("1", snr, -4, 1000)
			s = append(s, fmt.Sprintf("%.0f dB: %d (%d wrong)", snr, right, wrong))
			ok = ok && wrong == 0 && right == 1000
		}
		return strings.Join(s, ", "), ok
	}, ""},
	{"mitel 8", "own bar: no false digit in 10 min of synthetic formant speech", func() (string, bool) {
		evs, n := talk(600)
		return fmt.Sprintf("%d false digits in %d s", len(digitsOf(evs)), n/rate), digitsOf(evs) == ""
	}, ""},
	{"dial tone", "16 digits x 10 at -15 dBm0 a tone under a dial tone 12 dB above", func() (string, bool) {
		return all(dialTone(12), 160)
	}, ""},
	{"snr", "2000 of 2000 digits, -4 to -29 dBm0, at 6 dB", func() (string, bool) {
		var s []string
		ok := true
		for _, snr := range []float64{24, 9, 6} {
			for _, l := range []float64{-4, -29} {
				right, wrong := inNoise(all16, snr, l, 2000)
				s = append(s, fmt.Sprintf("%.0f dB at %.0f dBm0: %.2f %% (%d wrong)", snr, l, float64(right)/20, wrong))
				ok = ok && wrong == 0 && right == 2000
			}
		}
		return strings.Join(s, ", "), ok
	}, ""},
	{"frequency, must accept", "1.5 % + 4 Hz (Australia) and 1.8 % (NTT, Brazil), one tone and both", func() (string, bool) {
		a, _ := offsets(Config{}, 0.015, 0, 4, 20)
		b, _ := offsets(Config{}, 0.015, 0.015, 4, 20)
		c, _ := offsets(Config{}, 0.018, 0.018, 0, 20)
		return fmt.Sprintf("one tone %.0f %%, both %.0f %%, both at 1.8 %%: %.0f %%", a, b, c), min(a, b, c) == 100
	}, ""},
	{"frequency, must reject", "3.0 % (NTT, Brazil) and 3.5 % (AT&T), one tone and both", func() (string, bool) {
		_, a := offsets(Config{}, 0.03, 0, 0, 20)
		_, b := offsets(Config{}, 0, 0.03, 0, 20)
		_, c := offsets(Config{}, 0.03, 0.03, 0, 20)
		_, d := offsets(Config{}, 0.035, 0, 0, 20)
		return fmt.Sprintf("low tone %.0f %%, high tone %.0f %%, both %.0f %%, 3.5 %%: %.0f %%", a, b, c, d), max(a, b, c, d) == 0
	}, ""},
	{"level, must accept", "-27 to 0 dBm0", func() (string, bool) {
		got := 0
		for l := -27; l <= 0; l++ {
			right, _ := heard(Config{}, 16, func(i int) ([]float64, byte) { return train(uint64(i), at(all16[i], 50, 50, level.DBm0(l))) })
			got += right
		}
		return all(got, 28*16)
	}, ""},
	{"level, must reject", "-55 dBm0 (AT&T), -50 (Brazil); -29 (NTT) by setting", func() (string, bool) {
		at50, _ := heard(Config{}, 160, func(i int) ([]float64, byte) { return train(uint64(i), at(all16[i%16], 50, 50, -50)) })
		ntt, _ := heard(Config{MinDBm0: -27}, 160, func(i int) ([]float64, byte) { return train(uint64(i), at(all16[i%16], 50, 50, -29)) })
		return none(at50+ntt, 320)
	}, ""},
	{"twist", "settable: 10 dB (Australia), 9 (Brazil), 6 (Denmark), 5 (NTT) to 0.3 dB", func() (string, bool) {
		var s []string
		ok := true
		for _, db := range []float64{10, 9, 6, 5} {
			c := Config{TwistDB: db, ReverseTwistDB: db}
			n0, n1 := twist(c, true)
			r0, r1 := twist(c, false)
			s = append(s, fmt.Sprintf("%.0f: %.1f/%.1f", db, n0, r0))
			ok = ok && math.Min(n0, r0) >= db && math.Max(n1, r1) <= db+0.3
		}
		return strings.Join(s, ", ") + " dB", ok
	}, ""},
	{"signal length, must accept (ms)", "40 always; to beat: 36 always", func() (string, bool) {
		a, b := lengths(Config{}, 40, 320), lengths(Config{}, 36, 320)
		return fmt.Sprintf("40 ms: %d, 36 ms: %d of 320", a, b), a == 320 && b == 320
	}, ""},
	{"signal length, must reject (ms)", "25 never (Australia; AT&T 23)", func() (string, bool) {
		a, b := lengths(Config{}, 25, 320), lengths(Config{}, 23, 320)
		return fmt.Sprintf("25 ms: %d, 23 ms: %d of 320", a, b), a == 0 && b == 0
	}, ""},
	{"pause, must see (ms)", "30 (NTT, Brazil); to beat: 20", func() (string, bool) {
		a, b, c := gaps(Config{}, 30, 2, 320), gaps(Config{}, 20, 2, 320), gaps(Config{}, 17, 2, 320)
		return fmt.Sprintf("30 ms: %d, 20 ms: %d, 17 ms: %d of 320", a, b, c), a == 320 && b == 320
	}, ""},
	{"interruption, must bridge (ms)", "10 (AT&T); 12 (Australia) and 20 (Denmark) by setting", func() (string, bool) {
		a := gaps(Config{}, 10, 1, 320)
		b := gaps(Config{BridgeMs: 12}, 12, 1, 320)
		c := gaps(Config{BridgeMs: 20}, 20, 1, 320)
		return fmt.Sprintf("10 ms: %d, 12 ms: %d, 20 ms: %d of 320", a, b, c), a+b+c == 960
	}, ""},
	{"digit period (ms)", "93 (AT&T): 47 on, 46 off; 80 (40 on, 40 off)", func() (string, bool) {
		got := 0
		for i, ms := range []float64{46.5, 40} {
			rnd := newRand(uint64(i))
			sig := make([]float64, 400)
			for k := range 160 {
				sig = add(sig, at(all16[k%16], ms, ms, -10), rnd)
			}
			if digitsOf(detect(Config{}, sig)) == strings.Repeat(all16, 10) {
				got++
			}
		}
		return all(got, 2)
	}, ""},
}

func TestConformance(t *testing.T) {
	short := 0
	for _, r := range rows {
		t.Run(strings.ReplaceAll(r.name, " ", "_"), func(t *testing.T) {
			figure, ok := r.run()
			t.Logf("bar: %s; measured: %s", r.bar, figure)
			switch {
			case ok && r.short != "":
				t.Errorf("meets its bar although listed as short: %s", r.short)
			case !ok && r.short == "":
				t.Errorf("falls short of its bar")
			case !ok:
				short++
				t.Logf("short of its bar: %s", r.short)
			}
		})
	}
	t.Logf("%d of %d rows are listed as short of their bar", short, len(rows))
	t.Run("mitel_8_tapes", func(t *testing.T) {
		t.Skip("not run: the recordings of Mitel's side 2 and Bellcore TR-TSY-000763 are not to be had; mitel_8 and TestHourOfSpeech stand in")
	})
}

// Every row of the data has a test.
func TestConformanceIsComplete(t *testing.T) {
	raw, err := os.ReadFile("testdata/conformance.json")
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Mitel []struct {
			Test int
		} `json:"mitel_cm7291"`
		Q24 []struct {
			Name            string
			Administrations map[string]any
		} `json:"q24"`
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		t.Fatal(err)
	}
	want := []string{"dial tone", "snr"}
	for _, m := range data.Mitel {
		if m.Test != 1 { // calibration is not a test
			want = append(want, fmt.Sprintf("mitel %d", m.Test))
		}
	}
	for _, q := range data.Q24 {
		if q.Name != "talk-off" { // of every administration, by recordings
			want = append(want, q.Name)
		}
		for name := range q.Administrations {
			if name != "all" && !slices.ContainsFunc(administrations, func(a administration) bool { return a.name == name }) {
				t.Errorf("no tests of %s, which has a limit in %q", name, q.Name)
			}
		}
	}
	have := map[string]bool{}
	for _, r := range rows {
		have[r.name] = true
	}
	for _, w := range want {
		if !have[w] {
			t.Errorf("no test of %q", w)
		}
		delete(have, w)
	}
	for h := range have {
		t.Errorf("%q is no row of the data", h)
	}
}
