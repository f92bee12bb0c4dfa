package slip

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A packet of a simulated sender.
type packet struct {
	ts     uint32
	pcm    []int16
	arrive float64 // in the consumer's samples
}

// A sender makes packets of a signal. Its clock runs 1+ppm/1e6 times as fast as the consumer's.
type sender struct {
	signal func(i int64) int16
	size   int
	ppm    float64
	first  uint32
	delay  func(i int) float64 // network delay of packet i in samples; negative: lost
}

func (s sender) packets(n int) []packet {
	var out []packet
	for i := range n {
		d := s.delay(i)
		if d < 0 {
			continue
		}
		p := packet{ts: s.first + uint32(i*s.size), pcm: make([]int16, s.size)}
		for j := range p.pcm {
			p.pcm[j] = s.signal(int64(i*s.size + j))
		}
		p.arrive = float64((i+1)*s.size)/(1+s.ppm/1e6) + d
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b packet) int {
		switch {
		case a.arrive < b.arrive:
			return -1
		case a.arrive > b.arrive:
			return 1
		}
		return 0
	})
	return out
}

// playOut runs b over blocks blocks of block samples, giving it what has arrived before each.
func playOut(b *Buffer, ps []packet, block, blocks int, each func(at int64, out []int16)) {
	dst := make([]int16, block)
	for k := range blocks {
		at := int64(k * block)
		for len(ps) > 0 && ps[0].arrive <= float64(at+int64(block)) {
			b.Put(at, ps[0].ts, ps[0].pcm)
			ps = ps[1:]
		}
		b.Get(at, dst)
		each(at, dst)
	}
}

// ramp is a signal that tells its own position.
func ramp(i int64) int16 { return int16(i%20000) + 1 }

func sine(hz, amp float64) func(int64) int16 {
	return func(i int64) int16 { return int16(math.Round(amp * math.Sin(2*math.Pi*hz*float64(i)/8000))) }
}

func steady(d float64) func(int) float64 { return func(int) float64 { return d } }

func TestPerfectStreamComesOutUnchanged(t *testing.T) {
	for _, size := range []int{8, 80, 160, 240} {
		for _, block := range []int{8, 80, 160} {
			b := New(Config{MinDelay: 160, StartDelay: 160})
			s := sender{signal: ramp, size: size, first: 0xFFFFFF00, delay: steady(3)} // the timestamps wrap
			blocks := 16000 / block
			want := int16(1)
			playOut(b, s.packets(16000/size), block, blocks, func(at int64, out []int16) {
				for _, v := range out {
					if v == 0 && want == 1 {
						continue // not started
					}
					if v != want {
						t.Fatalf("size %d block %d at %d: got %d, want %d; %+v", size, block, at, v, want, b.Stats())
					}
					want++
				}
			})
			st := b.Stats()
			if want < 15000 || st.Concealed > 0 || st.Late > 0 {
				t.Errorf("size %d block %d: reached %d, %+v", size, block, want, st)
			}
		}
	}
}

func TestJitter(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, jitter := range []float64{0, 40, 160, 400, 800} {
		b := New(Config{})
		s := sender{signal: sine(200, 8000), size: 160, delay: func(int) float64 { return 100 + jitter*rng.Float64() }}
		n := 3000
		var early uint64
		playOut(b, s.packets(n), 80, n*2, func(at int64, _ []int16) {
			if at == 160*500 {
				early = b.Stats().Concealed
			}
		})
		st := b.Stats()
		t.Logf("jitter %v: %+v", jitter, st)
		if lost := st.Concealed - early; float64(lost) > 0.01*float64(160*n) {
			t.Errorf("jitter %v: %d samples concealed", jitter, lost)
		}
		if float64(st.Target) > jitter+160 {
			t.Errorf("jitter %v: target %d", jitter, st.Target)
		}
	}
}

func TestClockOffset(t *testing.T) {
	for _, ppm := range []float64{-200, 200, 1000, -1000} {
		b := New(Config{})
		s := sender{signal: sine(440, 8000), size: 80, ppm: ppm, delay: steady(5)}
		n := 12000 // 120 s
		playOut(b, s.packets(n), 80, n, func(int64, []int16) {})
		st := b.Stats()
		t.Logf("%v ppm: %+v", ppm, st)
	}
}
