package dtmf

import (
	"fmt"
	"testing"

	"tipring/dsp/level"
)

// one makes a legal digit of 50 ms: level, twist, offsets, phases and the place against the hops are random. It returns
// the signal and the digit's first sample.
func one(seed uint64, snr float64) (sig []float64, p pulse, start int) {
	rnd := newRand(seed)
	p = at(all16[seed%16], 50, 60, level.DBm0(-3-22*rnd.Float64()))
	p.lowOff, p.highOff = 0.015*(2*rnd.Float64()-1), 0.015*(2*rnd.Float64()-1)
	if t := level.DBm0(11*rnd.Float64() - 7.5); t < 0 {
		p.high += t
	} else {
		p.low -= t
	}
	start = 400 + rnd.IntN(100)
	sig = add(make([]float64, start), p, rnd)
	addNoise(sig, min(p.low, p.high)-level.DBm0(snr), rnd)
	return sig, p, start
}

// TestEventTiming feeds digits a sample at a time and asserts when each event comes and what it says: Suspect at most
// 16 ms after the first sample, Start within 40 ms, End within 30 ms of the last, all with the right sample.
func TestEventTiming(t *testing.T) {
	for _, snr := range []float64{15, 20, 40} {
		t.Run(fmt.Sprintf("%vdB", snr), func(t *testing.T) {
			var late [End + 1]int // worst, in samples behind the edge
			worstAt, worstDur := 0, 0
			const n = 1000
			for i := range n {
				sig, p, start := one(uint64(i), snr)
				end := start + 400
				d := NewDetector(Config{})
				var seen []Kind
				for k, s := range samples(sig) {
					for _, e := range d.Process([]int16{s}, nil) {
						if len(seen) == 0 && e.Kind == Suspect && k < start {
							continue
						}
						edge := start
						if e.Kind == End {
							edge = end
							worstDur = max(worstDur, e.Dur-400, 400-e.Dur)
						}
						if e.Digit != p.digit {
							t.Fatalf("digit %c: %v", p.digit, e)
						}
						seen = append(seen, e.Kind)
						late[e.Kind] = max(late[e.Kind], k+1-edge)
						worstAt = max(worstAt, k+e.At-edge, edge-k-e.At)
					}
				}
				if fmt.Sprint(seen) != fmt.Sprint([]Kind{Suspect, Start, End}) {
					t.Fatalf("seed %d, digit %c: events %v", i, p.digit, seen)
				}
			}
			t.Logf("Suspect %.1f ms, Start %.1f ms, End %.1f ms at most; At within %.1f ms, Dur within %.1f ms",
				ms(late[Suspect]), ms(late[Start]), ms(late[End]), ms(worstAt), ms(worstDur))
			if late[Suspect] > 16*8 || late[Start] > 40*8 || late[End] > 30*8 || worstAt > 4*8 || worstDur > 5*8 {
				t.Error("too late or too far off")
			}
		})
	}
}

func ms(samples int) float64 { return float64(samples) / 8 }

// A mute counts what a gateway that follows the events would mute of a signal without digits.
type mute struct {
	d                     *Detector
	total, samples, times int
	since                 int
	digits                string
}

func (m *mute) run(pcm []int16) {
	var evs []Event
	for len(pcm) > 0 {
		n := min(hop, len(pcm))
		evs = m.d.Process(pcm[:n], evs[:0])
		m.total += n
		m.digits += digitsOf(evs)
		for _, e := range evs {
			switch e.Kind {
			case Suspect:
				m.since = m.total
				m.times++
			case Clear, End:
				m.samples += m.total - m.since
			}
		}
		pcm = pcm[n:]
	}
}

func (m *mute) percent() float64 { return 100 * float64(m.samples) / float64(m.total) }

func (m *mute) String() string {
	return fmt.Sprintf("%d s: %d false digits, %.3f %% muted, %d times", m.total/rate, len(m.digits), m.percent(), m.times)
}

// TestSpeechIsSeldomMuted counts what suspicion costs on synthetic talk, whose vowels are steadier than a voice's.
func TestSpeechIsSeldomMuted(t *testing.T) {
	m := mute{d: NewDetector(Config{})}
	for s := range 600 {
		m.run(samples(speech(rate, uint64(5000+s))))
	}
	t.Log(&m)
	if m.digits != "" || m.percent() > 0.5 {
		t.Errorf("false digits %q, %.2f %% muted", m.digits, m.percent())
	}
}

// A digit that begins with speech over it, or is no digit after all, never leaves a Suspect open.
func TestSuspicionEnds(t *testing.T) {
	for name, p := range map[string]pulse{
		"15 ms":             at('5', 15, 100, -10),
		"20 ms":             at('5', 20, 100, -10),
		"off by 3.2 %":      {digit: '5', onMs: 200, offMs: 100, low: -10, high: -10, lowOff: 0.032},
		"twist of 9 dB":     {digit: '5', onMs: 200, offMs: 100, low: -10, high: -19},
		"below the minimum": at('5', 200, 100, -41),
	} {
		for seed := range uint64(40) {
			sig, _ := train(seed, p)
			open := false
			for _, e := range detect(Config{}, sig) {
				open = e.Kind == Suspect
				if e.Kind == Start {
					t.Errorf("%s: a digit", name)
				}
			}
			if open {
				t.Errorf("%s: still suspected", name)
			}
		}
	}
}

// Digits that change without a pause are told apart, and the first one's End comes before the second one's Suspect.
func TestDigitsWithoutAPause(t *testing.T) {
	for seed := range uint64(100) {
		rnd := newRand(seed)
		a, b := all16[seed%16], all16[(seed*7+3)%16]
		if a == b {
			continue
		}
		sig := add(make([]float64, 400+rnd.IntN(100)), at(a, 80, 0, -10), rnd)
		sig = add(sig, at(b, 80, 60, -10), rnd)
		evs := detect(Config{}, sig)
		if got := digitsOf(evs); got != string([]byte{a, b}) {
			t.Errorf("%c%c: %s %v", a, b, got, evs)
		}
	}
}

// A key held for five seconds is one digit with its length.
func TestLongDigit(t *testing.T) {
	sig, _ := train(1, at('0', 5000, 100, -12))
	evs := detect(Config{}, sig)
	if digitsOf(evs) != "0" || len(evs) != 3 {
		t.Fatal(evs)
	}
	if d := evs[2].Dur; d < 39980 || d > 40020 {
		t.Errorf("Dur %d, want 40000", d)
	}
}
