package callerid

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
)

// A conversation joins both sides by a line with a loss each way, on which there is noise and, towards the telephone, whatever
// else is given. It returns what the exchange came to and what the telephone read.
func conversation(s Standard, lossDB float64, noise level.DBm0, seed uint64, cut func() int, set *WaitingReceiver) (exchange Progress, got *Message, samples int) {
	rnd := rand.New(rand.NewPCG(seed, 5))
	x := NewWaitingSender(s, alice, 0)
	g := math.Pow(10, -lossDB/20)
	carry := func(v int16) int16 { return int16(math.Round(g*float64(v) + noise.RMS()*rnd.NormFloat64())) }
	const block = 80
	down, up := make([]int16, block), make([]int16, block) // what arrives, a block late
	for samples < 2*rate && exchange != Unacknowledged && (exchange != Sent || got == nil) {
		tx, ty := make([]int16, block), make([]int16, block)
		for at := 0; at < block; {
			n := min(cut(), block-at)
			exchange = x.Process(tx[at:at+n], up[at:at+n])
			if _, m := set.Process(ty[at:at+n], down[at:at+n]); m != nil {
				got = m
			}
			at += n
		}
		for i := range block {
			down[i], up[i] = carry(tx[i]), carry(ty[i])
		}
		samples += block
	}
	return exchange, got, samples
}

func whole() int { return 80 }

// TestIdentificationInACall: alert, acknowledgement, message, by both modulations, over a short and a long line.
func TestIdentificationInACall(t *testing.T) {
	for _, name := range []string{"bell202", "etsi-dtas"} {
		s, _ := Lookup(name)
		for _, row := range []struct {
			loss  float64
			noise level.DBm0
		}{{0, -60}, {6, -45}, {18, -55}} {
			ok := 0
			for i := range uint64(50) {
				x, m, _ := conversation(s, row.loss, row.noise, i, whole, NewWaitingReceiver(-6, s))
				if x == Sent && m != nil && m.ChecksumOK && m.Number == alice.Number {
					ok++
				}
			}
			if ok != 50 {
				t.Errorf("%s, loss %v dB, noise %v dBm0: %d of 50", name, row.loss, row.noise, ok)
			}
		}
	}
}

// A telephone without the function is sent no data.
func TestNoAcknowledgement(t *testing.T) {
	s, _ := Lookup("bell202")
	x := NewWaitingSender(s, alice, 0)
	tx, rx := make([]int16, 80), dsptest.Speech(3, -15, 80*100)
	for i := 0; ; i++ {
		now := x.Process(tx, rx[80*i:][:80])
		if now == Sending || i == 99 {
			t.Fatalf("stage %d after %d ms", now, 10*i)
		}
		if now == Unacknowledged {
			break
		}
	}
}

func TestWaitingAnyCut(t *testing.T) {
	s, _ := Lookup("bell202")
	_, want, n := conversation(s, 3, -60, 1, whole, NewWaitingReceiver(-6, s))
	rnd := rand.New(rand.NewPCG(6, 6))
	for name, cut := range map[string]func() int{"1": func() int { return 1 }, "random": func() int { return 1 + rnd.IntN(79) }} {
		_, got, k := conversation(s, 3, -60, 1, cut, NewWaitingReceiver(-6, s))
		if k != n || got == nil || !slices.Equal(got.Raw, want.Raw) {
			t.Errorf("cut %s: %d samples, %+v; want %d, %+v", name, k, got, n, want)
		}
	}
}

// alertTone makes an alerting signal with silence around it.
func alertTone(ms int, low, high level.DBm0, off float64) []int16 {
	pcm := make([]int16, 1600)
	for i := range ms * rate / 1000 {
		x := 2 * math.Pi * float64(i) / rate * (1 + off)
		pcm = append(pcm, int16(math.Round(low.Amplitude()*math.Sin(dtasLowHz*x)+high.Amplitude()*math.Sin(dtasHighHz*x))))
	}
	return append(pcm, make([]int16, 1600)...)
}

// The limits of GR-30-CORE for CAS: each tone -32 to -14 dBm, 6 dB of twist, 0.5 %, 75 to 85 ms; EN 300 659-1's DT-AS is up to
// 110 ms long. What is half or twice as long, or a single tone, is none.
func TestAlertDetector(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 9))
	for _, row := range []struct {
		name      string
		ms        int
		low, high level.DBm0
		off       float64
		want      bool
	}{
		{"75 ms", 75, -20, -20, 0, true}, {"85 ms", 85, -20, -20, 0, true}, {"110 ms", 110, -20, -20, 0, true},
		{"loud", 80, -14, -14, 0, true}, {"faint", 80, -38, -38, 0, true},
		{"low weaker", 80, -26, -20.5, 0, true}, {"high weaker", 80, -20.5, -26, 0, true},
		{"high", 80, -20, -20, 0.005, true}, {"low", 80, -20, -20, -0.005, true},
		{"40 ms", 40, -20, -20, 0, false}, {"200 ms", 200, -20, -20, 0, false},
		{"one tone", 80, -20, -80, 0, false}, {"3 % off", 80, -20, -20, 0.03, false}, {"-55 dBm0", 80, -55, -55, 0, false},
	} {
		for range 50 {
			pcm := alertTone(row.ms, row.low, row.high, row.off)[rnd.IntN(40):]
			noise := (min(max(row.low, row.high), -20) - 18).RMS()
			for i := range pcm {
				pcm[i] += int16(math.Round(noise * rnd.NormFloat64()))
			}
			if got := NewAlertDetector().Process(pcm); got != row.want {
				t.Errorf("%s: %v", row.name, got)
				break
			}
		}
	}
}

// Ten minutes of talk hold no alerting signal.
func TestTalkIsNoAlert(t *testing.T) {
	d := NewAlertDetector()
	for s := range uint64(60) {
		for i, pcm := 0, dsptest.Speech(s, -12, 10*rate); i < len(pcm); i += 80 {
			if d.Process(pcm[i : i+80]) {
				t.Errorf("talk %d, %d ms", s, i/8)
			}
		}
	}
}

// Speech in the room does not hide the signal: a talker 10 dB below each of its tones at the telephone's own ear.
func TestAlertUnderTalk(t *testing.T) {
	heard := 0
	for s := range uint64(100) {
		pcm := alertTone(80, -20, -20, 0)
		talk := dsptest.Speech(s, -30, len(pcm))
		for i := range pcm {
			pcm[i] += talk[i]
		}
		if NewAlertDetector().Process(pcm) {
			heard++
		}
	}
	t.Logf("%d of 100", heard)
	if heard < 99 {
		t.Errorf("%d of 100", heard)
	}
}

func TestAlertDetectorAllocatesNothing(t *testing.T) {
	d, pcm := NewAlertDetector(), alertTone(80, -20, -20, 0)
	if n := testing.AllocsPerRun(10, func() { d.Process(pcm) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAlertDetector(b *testing.B) {
	d, pcm := NewAlertDetector(), dsptest.Speech(1, -15, rate)
	b.ReportAllocs()
	for b.Loop() {
		d.Process(pcm)
	}
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / rate
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125_000/ns, "channels/core")
}

// FuzzWaiting: both sides of an identification in a call take any samples, in any cut, and fill what goes out.
func FuzzWaiting(f *testing.F) {
	s, _ := Lookup("bell202")
	x := NewWaitingSender(s, alice, 0)
	tx := make([]int16, 1600)
	x.Process(tx, make([]int16, 1600))
	seed := make([]byte, 2*len(tx))
	for i, v := range tx {
		binary.LittleEndian.PutUint16(seed[2*i:], uint16(v))
	}
	f.Add(seed, uint16(100))
	f.Fuzz(func(t *testing.T, p []byte, cut uint16) {
		p = p[:min(len(p), 3000)]
		pcm := make([]int16, len(p)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(p[2*i:]))
		}
		n := min(int(cut), len(pcm))
		run := func(parts ...[]int16) (tel, office []int16) {
			phone, exchange := NewWaitingReceiver(-6, s), NewWaitingSender(s, alice, 0)
			for _, part := range parts {
				a, b := make([]int16, len(part)), make([]int16, len(part))
				if _, m := phone.Process(a, part); m != nil {
					check(t, m)
				}
				exchange.Process(b, part)
				tel, office = append(tel, a...), append(office, b...)
			}
			return tel, office
		}
		a, b := run(pcm)
		c, d := run(pcm[:n], pcm[n:])
		if !slices.Equal(a, c) || !slices.Equal(b, d) {
			t.Errorf("cut at %d of %d: other samples go out", n, len(pcm))
		}
	})
}
