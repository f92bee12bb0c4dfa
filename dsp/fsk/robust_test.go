package fsk

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"tipring/dsp/level"
)

// received returns how many of n messages of 40 octets come through a line at a signal-to-noise ratio.
func received(rx, tx Spec, at level.DBm0, snr float64, n int, line func([]int16) []int16) int {
	rnd := newRand(9)
	ok := 0
	for i := range n {
		p := payload(uint64(100+i), 40)
		pcm := message(tx, at, 300, 180, p)
		if line != nil {
			pcm = line(pcm)
		}
		pcm = noisy(pcm, at, snr, 400+rnd.IntN(50), 400, rnd)
		if bytes.Contains(bytesOf(NewDemodulator(rx).Process(pcm, nil)), p) {
			ok++
		}
	}
	return ok
}

// fir is a line of three taps that keeps the level of the burst.
func fir(a, b, c float64) func([]int16) []int16 {
	return func(x []int16) []int16 {
		y := make([]float64, len(x))
		var in, out float64
		for i := range x {
			y[i] = a * float64(x[i])
			if i > 0 {
				y[i] += b * float64(x[i-1])
			}
			if i > 1 {
				y[i] += c * float64(x[i-2])
			}
			in += float64(x[i]) * float64(x[i])
			out += y[i] * y[i]
		}
		g := math.Sqrt(in / out)
		z := make([]int16, len(x))
		for i, v := range y {
			z[i] = int16(math.Round(min(max(v*g, math.MinInt16), math.MaxInt16)))
		}
		return z
	}
}

// allpass is a line that delays the tones differently: two first-order sections with the pole at r.
func allpass(r float64) func([]int16) []int16 {
	return func(x []int16) []int16 {
		z := make([]int16, len(x))
		var s [2]float64
		for i, v := range x {
			u := float64(v)
			for k := range s {
				w := u + r*s[k]
				u, s[k] = s[k]-r*w, w
			}
			z[i] = int16(math.Round(u))
		}
		return z
	}
}

// twistOf returns by how many dB a line favours the mark.
func twistOf(s Spec, line func([]int16) []int16) float64 {
	at := func(hz float64) float64 {
		tone := s
		tone.MarkHz = hz
		m := NewModulator(tone, -10)
		m.Marks(200)
		pcm := make([]int16, m.Samples())
		m.Read(pcm)
		probe := make([]int16, 0, 2*len(pcm))
		// A constant companion keeps the line from scaling the tone back to its level.
		probe = append(append(probe, make([]int16, len(pcm))...), pcm...)
		for i := range len(pcm) {
			probe[i] = int16(8000 * math.Sin(2*math.Pi*1000*float64(i)/rate))
		}
		out := line(probe)
		return float64(level.Of(out[len(pcm)+10:]) - level.Of(out[10:len(pcm)]))
	}
	return at(s.MarkHz) - at(s.SpaceHz)
}

func TestLevels(t *testing.T) {
	for _, s := range both {
		for _, l := range []level.DBm0{3, 0, -10, -20, -30, -40, -45, -50, -55} {
			if got := received(s, s, l, math.Inf(1), 50, nil); got != 50 {
				t.Errorf("%s at %v dBm0: %d of 50", s.Name, l, got)
			}
		}
		if got := received(s, s, -65, math.Inf(1), 10, nil); got != 0 {
			t.Errorf("%s at -65 dBm0, below the least level: %d of 10", s.Name, got)
		}
	}
}

// Existing asynchronous receivers take, without noise, a bit rate of -3 to +5 % and tones of -150 to +200 Hz (Bell 202) and
// -50 to +100 Hz (V.23). Ours are at 20 dB, since standards allow senders 1 % of both.
func TestSenderTolerance(t *testing.T) {
	for _, s := range both {
		for _, percent := range []float64{-4, -3, -2, -1, 1, 2, 3, 4, 5} {
			tx := s
			tx.Baud *= 1 + percent/100
			if got := received(s, tx, -15, 20, 50, nil); got != 50 {
				t.Errorf("%s, bit rate %+v %%: %d of 50", s.Name, percent, got)
			}
		}
		for _, hz := range []float64{-200, -150, -75, -50, -25, 25, 50, 75, 150, 200} {
			tx := s
			tx.MarkHz += hz
			tx.SpaceHz += hz
			if got := received(s, tx, -15, 20, 50, nil); got != 50 {
				t.Errorf("%s, tones %+v Hz: %d of 50", s.Name, hz, got)
			}
		}
		for _, percent := range []float64{-1.5, 1.5} { // each tone its own way
			tx := s
			tx.MarkHz *= 1 + percent/100
			tx.SpaceHz *= 1 - percent/100
			if got := received(s, tx, -15, 20, 50, nil); got != 50 {
				t.Errorf("%s, deviation %+v %%: %d of 50", s.Name, percent, got)
			}
		}
	}
}

// The steady mark of V.21 may be off by as much as a third of the distance between its tones, and references moved there have
// the longest period of all.
func TestV21Offset(t *testing.T) {
	for _, s := range []Spec{V21Ch1, V21Ch2} {
		for _, hz := range []float64{-60, -12, 12, 60} {
			tx := s
			tx.MarkHz += hz
			tx.SpaceHz += hz
			if got := received(s, tx, -15, 20, 20, nil); got != 20 {
				t.Errorf("%s, tones %+v Hz: %d of 20", s.Name, hz, got)
			}
		}
	}
}

// hum is a line with mains hum of a level, its third harmonic 10 dB below it.
func hum(hz float64, at level.DBm0) func([]int16) []int16 {
	return func(x []int16) []int16 {
		y := make([]int16, len(x))
		for i, v := range x {
			w := 2 * math.Pi * hz / rate * float64(i)
			y[i] = clip(float64(v) + at.Amplitude()*(math.Sin(w)+0.3*math.Sin(3*w)))
		}
		return y
	}
}

// ringOff is a line on which ringing of 25 Hz, far beyond what can be coded, ends 60 ms before the burst with the charge of
// its coupling, which decays in 40 ms.
func ringOff(x []int16) []int16 {
	const gap = 60 * rate / 1000
	y := make([]int16, 0, rate/2+gap+len(x))
	for i := range rate / 2 {
		y = append(y, clip(200_000*math.Sin(2*math.Pi*25/rate*float64(i))))
	}
	for i := range gap + len(x) {
		v := 30_000 * math.Exp(-float64(i)/(40*rate/1000))
		if i >= gap {
			v += float64(x[i-gap])
		}
		y = append(y, clip(v))
	}
	return y
}

func clip(v float64) int16 { return int16(math.Round(min(max(v, math.MinInt16), math.MaxInt16))) }

// Hum 20 dB above the data, and the end of ringing just before them.
func TestDisturbedLines(t *testing.T) {
	for _, s := range both {
		for name, line := range map[string]func([]int16) []int16{"50 Hz": hum(50, 0), "60 Hz": hum(60, 0), "ring off": ringOff} {
			if got := received(s, s, -20, 20, 50, line); got != 50 {
				t.Errorf("%s, %s: %d of 50", s.Name, name, got)
			}
		}
	}
}

// Bellcore receivers take a twist of 10 dB either way (GR-30-CORE); delays differ by some 200 us on a long loaded loop.
func TestDistortedLines(t *testing.T) {
	for _, s := range both {
		for _, row := range []struct {
			name string
			line func([]int16) []int16
			snr  float64
			want int
		}{
			{"mark stronger", fir(1, 1.6, 0.7), 20, 50},
			{"space stronger", fir(1, -1.3, 0.5), 20, 50},
			{"mark stronger", fir(1, 1.6, 0.7), 14, 48},
			{"space stronger", fir(1, -1.3, 0.5), 14, 48},
			{"delay falls", allpass(0.5), 12, 50},
			{"delay rises", allpass(-0.5), 12, 50},
		} {
			got := received(s, s, -15, row.snr, 50, row.line)
			t.Logf("%s, %s (mark over space %+.1f dB), %v dB: %d of 50", s.Name, row.name, twistOf(s, row.line), row.snr, got)
			if got < row.want {
				t.Errorf("%d, want %d", got, row.want)
			}
		}
	}
}

// Characters may be kept apart by any stretch of mark, of whole bits or not, and the carrier may end with the last bit.
func TestUnevenCharacters(t *testing.T) {
	for _, s := range both {
		for seed := range uint64(20) {
			rnd := newRand(seed)
			fine := s
			fine.Baud *= 8 // eighths of a bit, to build fractional pauses
			m := NewModulator(fine, -15)
			bit := func(b byte, eighths int) {
				for range eighths {
					m.bits = append(m.bits, b)
				}
			}
			bit(1, 8*60)
			p := payload(seed, 30)
			for _, b := range p {
				bit(0, 8)
				for k := range 8 {
					bit(b>>k&1, 8)
				}
				bit(1, 8+rnd.IntN(40))
			}
			pcm := make([]int16, m.Samples())
			m.Read(pcm)
			pcm = noisy(pcm, -15, 14, 300, 400, rnd)
			if got := bytesOf(NewDemodulator(s).Process(pcm, nil)); !bytes.Contains(got, p) {
				t.Errorf("%s, seed %d: % x\nwant % x", s.Name, seed, got, p)
			}
		}
	}
}

// A message without channel seizure and with the least mark is read from its first octet.
func TestShortPreamble(t *testing.T) {
	for _, s := range both {
		for _, marks := range []int{80, 55} {
			ok := 0
			for i := range 50 {
				p := payload(uint64(i), 20)
				pcm := noisy(message(s, -15, 0, marks, p), -15, 12, 400+i, 400, newRand(uint64(i)))
				if bytes.HasSuffix(bytesOf(NewDemodulator(s).Process(pcm, nil)), p) {
					ok++
				}
			}
			if ok != 50 {
				t.Errorf("%s, %d marks: %d of 50", s.Name, marks, ok)
			}
		}
	}
}

func TestCarrierEvents(t *testing.T) {
	pcm := message(Bell202, -15, 300, 180, payload(1, 10))
	pcm = noisy(pcm, -15, 25, 4000, 4000, newRand(1))
	var kinds []Kind
	var at []int
	for _, e := range NewDemodulator(Bell202).Process(pcm, nil) {
		if e.Kind != Byte {
			kinds, at = append(kinds, e.Kind), append(at, e.At)
		}
	}
	end := len(pcm) - 4000
	if fmt.Sprint(kinds) != fmt.Sprint([]Kind{CarrierOn, CarrierOff}) || at[0] > 4000+30*8 || at[1] < end || at[1] > end+30*8 {
		t.Errorf("%v at %v, want 4000 and %d", kinds, at, end)
	}
}

// Neither noise nor speech-like signals make characters to speak of.
func TestNoiseIsNoData(t *testing.T) {
	for _, s := range both {
		got := bytesOf(NewDemodulator(s).Process(noisy(nil, -10, 0, 60*rate, 0, newRand(3)), nil))
		if len(got) > 6 {
			t.Errorf("%s: %d characters in a minute of noise", s.Name, len(got))
		}
	}
}

func FuzzDemodulator(f *testing.F) {
	seed := message(V23, -10, 20, 20, []byte{1, 2, 3})
	raw := make([]byte, len(seed))
	for i, v := range seed {
		raw[i] = byte(v >> 8)
	}
	f.Add(raw, true)
	f.Add([]byte("\x7f\x80\x00\x7f"), false)
	f.Fuzz(func(t *testing.T, p []byte, loud bool) {
		d := NewDemodulator(Bell202)
		pcm := make([]int16, len(p))
		for i, b := range p {
			pcm[i] = int16(int8(b))
			if loud {
				pcm[i] <<= 8
			}
		}
		last := 0
		for _, e := range d.Process(pcm, nil) {
			if e.At > len(pcm) || e.At < -keep {
				t.Errorf("event at %d of %d samples", e.At, len(pcm))
			}
			last++
		}
		if last > len(pcm)/8+2 {
			t.Errorf("%d events of %d samples", last, len(pcm))
		}
	})
}

func BenchmarkDemodulator(b *testing.B) {
	for _, s := range both {
		for name, pcm := range map[string][]int16{
			"data":  noisy(message(s, -15, 300, 180, payload(1, 200)), -15, 30, 0, 0, newRand(1)),
			"quiet": noisy(nil, -60, 0, 2*rate, 0, newRand(1)),
		} {
			b.Run(s.Name+"/signal="+name, func(b *testing.B) {
				d := NewDemodulator(s)
				evs := make([]Event, 0, 64)
				b.ReportAllocs()
				for b.Loop() {
					for i := 0; i+80 <= len(pcm); i += 80 {
						evs = d.Process(pcm[i:i+80], evs[:0])
					}
				}
				ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(len(pcm))
				b.ReportMetric(ns, "ns/sample")
				b.ReportMetric(125_000/ns, "channels/core")
			})
		}
	}
}

func BenchmarkModulator(b *testing.B) {
	m := NewModulator(V23, -13)
	p := payload(1, 12)
	buf := make([]int16, 800)
	b.ReportAllocs()
	for b.Loop() {
		m.Bytes(p...)
		m.Read(buf)
	}
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(len(buf))
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125_000/ns, "channels/core")
}
