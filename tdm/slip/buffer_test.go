package slip

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/dsp/dsptest"
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

func hash(i int) float64 { return rand.New(rand.NewPCG(uint64(i), 99)).Float64() }

// Jitter costs delay and not audio: after the first seconds the target covers it, and hardly more.
func TestJitter(t *testing.T) {
	for _, jitter := range []float64{0, 40, 160, 400, 800} {
		b := New(Config{})
		s := sender{signal: sine(200, 8000), size: 160, delay: func(i int) float64 { return 100 + jitter*hash(i) }}
		n := 3000
		var early Stats
		playOut(b, s.packets(n), 80, 2*n, func(at int64, _ []int16) {
			if at == 160*500 {
				early = b.Stats()
			}
		})
		st := b.Stats()
		if lost := st.Concealed - early.Concealed; lost > uint64(160*n/1000) {
			t.Errorf("jitter %v: %d samples concealed", jitter, lost)
		}
		if float64(st.Target) > jitter+100 || float64(st.Target) < 0.9*jitter-80 {
			t.Errorf("jitter %v: target %d", jitter, st.Target)
		}
		if d := st.Delay - st.Target; d < -40 || d > 200 {
			t.Errorf("jitter %v: delay %d, target %d", jitter, st.Delay, st.Target)
		}
	}
}

// The target falls again when the network calms down.
func TestTargetFollowsJitterBothWays(t *testing.T) {
	b := New(Config{})
	s := sender{signal: sine(200, 8000), size: 160, delay: func(i int) float64 {
		if i < 1000 || i >= 2000 {
			return 30 * hash(i)
		}
		return 700 * hash(i)
	}}
	targets := map[int64]int{}
	playOut(b, s.packets(4000), 80, 8000, func(at int64, _ []int16) { targets[at] = b.Stats().Target })
	calm, rough, after := targets[160*990], targets[160*1500], targets[160*3900]
	if calm > 110 || rough < 550 || rough > 850 || after > 110 {
		t.Errorf("targets: calm %d, rough %d, after %d", calm, rough, after)
	}
	if d := b.Stats().Delay; d > 300 {
		t.Errorf("delay after all %d", d)
	}
}

// Clocks that differ are followed for two minutes without a gap: what is gained or lost is whole pitch periods, and a
// listener hears no click.
func TestClockOffset(t *testing.T) {
	for _, ppm := range []float64{-200, -50, 50, 200, 1000} {
		for _, size := range []int{80, 160} {
			b := New(Config{MinDelay: 80})
			s := sender{signal: sine(440, 8000), size: size, ppm: ppm, delay: steady(5)}
			seconds := 120
			var out []int16
			playOut(b, s.packets(seconds*8080/size), 80, seconds*100, func(_ int64, dst []int16) { out = append(out, dst...) })
			st := b.Stats()
			drift := ppm / 1e6 * float64(seconds) * 8000
			if moved := float64(st.Removed) - float64(st.Repeated); math.Abs(moved-drift) > 400 {
				t.Errorf("%v ppm, packets of %d: moved %v samples, drift %v: %+v", ppm, size, moved, drift, st)
			}
			if st.Concealed > 0 || st.Late > 0 || st.Dropped+st.Inserted > uint64(2*size) {
				t.Errorf("%v ppm, packets of %d: %+v", ppm, size, st)
			}
			if n := dsptest.Discontinuities(out[8000 : 30*8000]); n > 0 {
				t.Errorf("%v ppm, packets of %d: %d discontinuities", ppm, size, n)
			}
		}
	}
}

// Every lost sample is concealed, and no other.
func TestLossIsConcealedAndCounted(t *testing.T) {
	for _, loss := range []float64{0.01, 0.05, 0.2} {
		b := New(Config{MinDelay: 320, StartDelay: 320})
		n, lost := 2000, 0
		s := sender{signal: sine(200, 8000), size: 160, delay: func(i int) float64 {
			if i > 0 && i < n-20 && hash(i) < loss {
				lost += 160
				return -1
			}
			return 3
		}}
		playOut(b, s.packets(n), 80, 2*n-2, func(int64, []int16) {})
		st := b.Stats()
		// A run of losses longer than the delay is concealed at a standstill, and what was concealed too much shifts the delay.
		if d := int(st.Concealed) - lost; d < -80 || d > 80+lost/5 {
			t.Errorf("loss %v: %d samples lost, %+v", loss, lost, st)
		}
		if lost == 0 || st.Late > 0 {
			t.Errorf("loss %v: %d lost, %+v", loss, lost, st)
		}
	}
}

func TestReorderedDuplicatedAndLate(t *testing.T) {
	b := New(Config{MinDelay: 480, StartDelay: 480})
	var arrivals []packet
	for i := range 200 {
		s := sender{signal: ramp, size: 160, delay: steady(0)}
		p := s.packets(i + 1)[i]
		switch i % 10 {
		case 3:
			p.arrive += 400 // behind the next two
		case 5:
			arrivals = append(arrivals, p) // twice
		case 7:
			if i > 100 && i < 150 {
				p.arrive += 4000 // after its time
			}
		}
		arrivals = append(arrivals, p)
	}
	slices.SortStableFunc(arrivals, func(a, b packet) int { return int(a.arrive - b.arrive) })
	// The jitter of the late ones must not raise the target: it is more than any that is bearable.
	playOut(b, arrivals, 80, 399, func(int64, []int16) {})
	st := b.Stats()
	if st.Duplicates != 20 || st.Late != 5 {
		t.Errorf("%+v", st)
	}
	if st.Concealed != 160*5 {
		t.Errorf("%d samples concealed for five late packets: %+v", st.Concealed, st)
	}
}

// A pause that the sender announces is filled, not concealed, and the stream goes on at the target delay.
func TestAnnouncedSilence(t *testing.T) {
	filled := 0
	b := New(Config{Fill: func(dst []int16) {
		filled += len(dst)
		for i := range dst {
			dst[i] = -7
		}
	}})
	s := sender{signal: sine(300, 8000), size: 160, delay: steady(0)}
	ps := s.packets(400)
	var talk []packet
	for i, p := range ps {
		if i%100 < 50 {
			talk = append(talk, p)
		}
	}
	dst := make([]int16, 80)
	silent := 0
	for k := range 800 {
		at := int64(k * 80)
		for len(talk) > 0 && talk[0].arrive <= float64(at+80) {
			b.Put(at, talk[0].ts, talk[0].pcm)
			if next := talk[0].ts + 160; next%16000 == 8000 {
				b.Silence(at, next)
				b.Silence(at, next+160) // repeated
			}
			talk = talk[1:]
		}
		b.Get(at, dst)
		for _, v := range dst {
			if v == -7 {
				silent++
			}
		}
	}
	st := b.Stats()
	if st.Concealed != 0 || st.Removed > 400 || st.Late > 0 {
		t.Errorf("%+v", st)
	}
	if silent != filled || silent < 4*8000-1600 || silent > 4*8000+1600 {
		t.Errorf("%d samples of silence, %d filled", silent, filled)
	}
}

// A pause without notice is concealed for 60 ms, as far as Appendix I goes, and is a pause then.
func TestUnannouncedPause(t *testing.T) {
	b := New(Config{})
	s := sender{signal: sine(300, 8000), size: 160, delay: steady(0)}
	ps := s.packets(1000)
	ps = slices.Delete(ps, 200, 800) // 12 s
	playOut(b, ps, 80, 2000, func(int64, []int16) {})
	st := b.Stats()
	if st.Concealed != concealMax || st.Late+st.Strays+st.Resyncs > 0 || st.Packets != 400 {
		t.Errorf("%+v", st)
	}
}

// A sender that jumps to other timestamps is followed after its second packet; a single stray one changes nothing.
func TestTimelineJumps(t *testing.T) {
	b := New(Config{})
	s := sender{signal: sine(300, 8000), size: 160, first: 5000, delay: steady(0)}
	ps := s.packets(600)
	for i := 300; i < len(ps); i++ {
		ps[i].ts += 0x70000000
	}
	ps[100].ts ^= 0x55555555
	var last int
	playOut(b, ps, 80, 1198, func(at int64, dst []int16) {
		for i, v := range dst {
			if v != 0 {
				last = int(at) + i
			}
		}
	})
	st := b.Stats()
	if st.Resyncs != 1 || st.Strays != 2 || st.Late > 0 {
		t.Errorf("%+v", st)
	}
	if last < 1190*80 || st.Concealed > 160+160+concealMax {
		t.Errorf("last sound at %d, %+v", last, st)
	}
}

// After a stall a burst of all that was held up is not played from its beginning.
func TestBurstAfterStall(t *testing.T) {
	b := New(Config{})
	s := sender{signal: sine(300, 8000), size: 160, delay: func(i int) float64 {
		if i >= 300 && i < 400 {
			return float64((400 - i) * 160)
		}
		return 10
	}}
	var delay int
	playOut(b, s.packets(1000), 80, 1998, func(at int64, _ []int16) {
		if at == 160*450 {
			delay = b.Stats().Delay
		}
	})
	if st := b.Stats(); delay > 2000 || st.Dropped < 10000 || st.Delay > 600 {
		t.Errorf("delay %d half a second after, %+v", delay, st)
	}
}

// Fixed mode keeps the delay: a loss is zeros of its length, no sample moves, and clocks that differ end in a jump.
func TestFixedMode(t *testing.T) {
	b := New(Config{})
	b.SetFixed(800)
	n := 1000
	s := sender{signal: ramp, size: 160, delay: func(i int) float64 {
		if i%50 == 49 {
			return -1
		}
		return 300 * hash(i)
	}}
	first, offset := true, int64(0)
	playOut(b, s.packets(n), 80, 2*n-12, func(at int64, out []int16) {
		for i, v := range out {
			pos := at + int64(i) - offset
			if first {
				if v == 0 {
					continue
				}
				first, offset = false, at+int64(i)
				pos = 0
			}
			want := ramp(pos)
			if pos/160%50 == 49 {
				want = 0
			}
			if v != want {
				t.Fatalf("sample %d of the stream is %d, want %d: %+v", pos, v, want, b.Stats())
			}
		}
	})
	st := b.Stats()
	if st.Removed+st.Repeated+st.Late > 0 || st.Concealed < 160*(uint64(n)/50-1) || st.Concealed > 160*uint64(n)/50 {
		t.Errorf("%+v", st)
	}

	for _, ppm := range []float64{-1000, 1000} {
		b := New(Config{})
		b.SetFixed(320)
		s := sender{signal: sine(1000, 8000), size: 80, ppm: ppm, delay: steady(0)}
		playOut(b, s.packets(12100), 80, 12000, func(int64, []int16) {})
		st := b.Stats()
		moved, drift := float64(st.Dropped)-float64(st.Inserted), ppm/1e6*120*8000
		if st.Removed+st.Repeated+st.Late+st.Concealed > 0 || math.Abs(moved-drift) > 330 {
			t.Errorf("%v ppm: moved %v, drift %v, %+v", ppm, moved, drift, st)
		}
	}
}

// A call that turns out to be a fax goes over to fixed mode and back without losing its place.
func TestModeChange(t *testing.T) {
	b := New(Config{})
	s := sender{signal: sine(300, 8000), size: 160, delay: steady(20)}
	playOut(b, s.packets(900), 80, 1798, func(at int64, _ []int16) {
		switch at {
		case 300 * 160:
			b.SetFixed(800)
		case 310 * 160:
			if d := b.Stats().Delay; d < 700 || d > 800 {
				t.Errorf("delay %d in fixed mode", d)
			}
		case 600 * 160:
			b.SetFixed(0)
		}
	})
	st := b.Stats()
	if st.Concealed+st.Late > 0 || st.Inserted < 500 || st.Removed < 400 || st.Delay > 100 {
		t.Errorf("%+v", st)
	}
}

// The card of the consumer loses samples: so does the listener, but nothing else happens.
func TestConsumerSlips(t *testing.T) {
	b := New(Config{MinDelay: 400, StartDelay: 400})
	s := sender{signal: sine(300, 8000), size: 160, delay: steady(0)}
	ps := s.packets(500)
	dst := make([]int16, 80)
	at := int64(0)
	for k := 0; at < 490*160; k++ {
		if k == 400 {
			at += 203
		}
		for len(ps) > 0 && ps[0].arrive <= float64(at+80) {
			b.Put(at, ps[0].ts, ps[0].pcm)
			ps = ps[1:]
		}
		b.Get(at, dst)
		at += 80
	}
	if st := b.Stats(); st.Concealed+st.Late+st.Strays > 0 || st.Removed+st.Repeated > 200 {
		t.Errorf("%+v", st)
	}
}

// The same packets at the same times give the same samples for any cut of Get.
func TestAnyCut(t *testing.T) {
	s := sender{signal: sine(130, 9000), size: 160, ppm: 300, delay: func(i int) float64 {
		if hash(i+7) < 0.03 {
			return -1
		}
		return 250 * hash(i)
	}}
	render := func(cut int) []int16 {
		b := New(Config{})
		ps := s.packets(800)
		out := make([]int16, 160*800)
		for at := 0; at < len(out); at += 160 {
			for len(ps) > 0 && ps[0].arrive <= float64(at+160) {
				b.Put(int64(at), ps[0].ts, ps[0].pcm)
				ps = ps[1:]
			}
			for i := 0; i < 160; i += cut {
				b.Get(int64(at+i), out[at+i:at+min(160, i+cut)])
			}
		}
		return out
	}
	whole := render(160)
	for _, cut := range []int{1, 7, 8, 40, 80, 120} {
		if !slices.Equal(render(cut), whole) {
			t.Errorf("cut %d differs", cut)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	b := New(Config{})
	pcm, dst := make([]int16, 160), make([]int16, 80)
	at, ts := int64(0), uint32(0)
	i := 0
	if n := testing.AllocsPerRun(2000, func() {
		if i++; i%17 != 0 {
			b.Put(at, ts, pcm)
		}
		ts += 160
		b.Get(at, dst)
		b.Get(at+80, dst)
		at += 160
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzBuffer feeds a buffer whatever a sender can think of. Every byte group is one packet: how far its timestamp is
// from the last one, how many samples it has, and when it comes.
func FuzzBuffer(f *testing.F) {
	f.Add([]byte{160, 0, 0, 0, 160, 2, 160, 0, 0, 0, 160, 2, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1})
	f.Add([]byte{0, 0, 0, 0x80, 255, 0, 160, 0, 0, 0, 8, 90, 0, 0x20, 0, 0, 80, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 300 {
			return // longer stories say no more
		}
		b := New(Config{MaxDelay: 400})
		pcm, dst := make([]int16, 512), make([]int16, 160)
		for i := range pcm {
			pcm[i] = 5000
		}
		var at, got int64
		ts := uint32(0)
		for ; len(data) >= 6; data = data[6:] {
			ts += uint32(data[0]) | uint32(data[1])<<8 | uint32(data[2])<<16 | uint32(data[3])<<24
			switch {
			case data[5]&0x80 != 0 && data[4] == 0:
				b.Silence(at, ts)
			case data[5]&0x80 != 0 && data[4] == 1:
				b.SetFixed(int(data[3]) * 4)
			case data[5]&0x80 != 0 && data[4] == 2:
				at += int64(data[3]) // the card slips
			default:
				b.Put(at, ts, pcm[:int(data[4])*2])
			}
			for range data[5] & 7 {
				n := 8 * (1 + int(data[4])%20)
				b.Get(at, dst[:n])
				at += int64(n)
				got += int64(n)
			}
		}
		st := b.Stats()
		if int64(st.Concealed) > got || st.Delay < -stray || st.Late+st.Strays+st.Duplicates+st.Oversize > st.Packets {
			t.Fatalf("%d samples given out, %+v", got, st)
		}
		// However it was treated, it plays the next sender that behaves.
		b.SetFixed(0)
		for k := range 300 {
			b.Put(at, uint32(k*160), pcm[:160])
			b.Get(at, dst)
			at += 160
		}
		if dst[159] != 5000 {
			t.Fatalf("a good stream comes out as %d: %+v", dst, b.Stats())
		}
	})
}

func BenchmarkBuffer(b *testing.B) {
	for _, row := range []struct {
		name   string
		jitter float64
		loss   float64
	}{{"clean", 0, 0}, {"jitter", 400, 0}, {"loss=5%", 100, 0.05}} {
		b.Run(row.name, func(b *testing.B) {
			speech := dsptest.Speech(2, -20, 160*500)
			s := sender{size: 160, signal: func(i int64) int16 { return speech[i] }, delay: func(i int) float64 {
				if hash(i) < row.loss {
					return -1
				}
				return row.jitter * hash(i+1000)
			}}
			ps := s.packets(500)
			buf := New(Config{})
			dst := make([]int16, 80)
			n, next, round := 0, 0, 0
			b.ReportAllocs()
			for b.Loop() {
				at := int64(n * 80)
				for next < len(ps) && ps[next].arrive+float64(round*len(speech)) <= float64(at+80) {
					buf.Put(at, ps[next].ts+uint32(round*len(speech)), ps[next].pcm)
					next++
				}
				buf.Get(at, dst)
				if n++; n%1000 == 0 {
					next, round = 0, round+1
				}
			}
			perSample := float64(b.Elapsed().Nanoseconds()) / float64(80*n)
			b.ReportMetric(perSample, "ns/sample")
			b.ReportMetric(125000/perSample, "channels/core")
		})
	}
}
