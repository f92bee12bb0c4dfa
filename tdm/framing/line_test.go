package framing

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"tipring/tdm"
)

var framings = []tdm.Framing{tdm.E1CRC4, tdm.E1DoubleFrame, tdm.T1ESF, tdm.T1SF, tdm.J1ESF, tdm.J1SF}

// random returns a source of random timeslots that keeps what it gave.
func random(f tdm.Framing, seed uint64, kept *[][]byte) func(frame []byte) {
	rng := rand.New(rand.NewPCG(seed, 1))
	return func(frame []byte) {
		for i := range frame {
			frame[i] = byte(rng.Uint32())
		}
		if kept != nil {
			*kept = append(*kept, bytes.Clone(frame))
		}
	}
}

// shift delays a line by n bits, filled up with the beginning of noise.
func shift(line []byte, n int) []byte {
	out := make([]byte, 0, len(line)+n/8+1)
	rng := rand.New(rand.NewPCG(uint64(n), 9))
	for range n / 8 {
		out = append(out, byte(rng.Uint32()))
	}
	n %= 8
	last := byte(rng.Uint32())
	for _, o := range line {
		out = append(out, last<<(8-n)|o>>n)
		last = o
	}
	return out
}

// flip inverts bits of a line at a rate.
func flip(line []byte, rng *rand.Rand, rate float64) (at []int) {
	if rate == 0 {
		return nil
	}
	for i := skip(rng, rate); i < 8*len(line); i += 1 + skip(rng, rate) {
		line[i/8] ^= 0x80 >> (i % 8)
		at = append(at, i)
	}
	return at
}

func skip(rng *rand.Rand, rate float64) int { return int(rng.ExpFloat64() / rate) }

// A reference builds a line bit by bit out of the tables of G.704, with the CRC by long division: it shares nothing with
// Sender but the numbers.
func reference(f tdm.Framing, frames [][]byte) (line []byte) {
	const fasBits = "0011011"
	var bits, block []byte
	crc := make([]byte, 6)
	var e1Si = [16]byte{1: 0, 3: 0, 5: 1, 7: 0, 9: 1, 11: 1, 13: 1, 15: 1}
	sf, fps := "100011011100", "001011"
	octet := func(o byte) (b []byte) {
		for i := 7; i >= 0; i-- {
			b = append(b, o>>i&1)
		}
		return b
	}
	text := func(s string) (b []byte) {
		for _, c := range s {
			b = append(b, byte(c-'0'))
		}
		return b
	}
	// remainder divides by x^width + x + 1.
	remainder := func(message []byte, width int) []byte {
		m := append(bytes.Clone(message), make([]byte, width)...)
		for i := range message {
			if m[i] == 1 {
				m[i] = 0
				m[i+width-1] ^= 1
				m[i+width] ^= 1
			}
		}
		return m[len(message):]
	}
	for i, p := range frames {
		if f.E1() {
			n := i % 16
			if n%8 == 0 {
				crc, block = remainder(block, 4), nil
			}
			first := byte(1)
			var rest []byte
			if n%2 == 0 {
				rest = text(fasBits)
			} else {
				rest = text("1011111")
			}
			counted := first
			if f == tdm.E1CRC4 {
				if n%2 == 0 {
					first, counted = crc[n%8/2], 0
				} else {
					first = e1Si[n]
					counted = first
				}
			}
			bits = append(append(bits, first), rest...)
			block = append(append(block, counted), rest...)
			for _, o := range p[1:] {
				bits = append(bits, octet(o)...)
				block = append(block, octet(o)...)
			}
			continue
		}
		var fb byte
		if f.ESF() {
			n := i % 24
			if n == 0 {
				crc, block = remainder(block, 6), nil
			}
			switch (n + 1) % 4 {
			case 0:
				fb = fps[n/4] - '0'
			case 2:
				fb = crc[n/4]
			default:
				fb = text("01111110")[i/2%8] // flags on the data link
			}
			counted := byte(1)
			if f.Japanese() {
				counted = fb
			}
			block = append(block, counted)
		} else {
			fb = sf[i%12] - '0'
		}
		bits = append(bits, fb)
		for _, o := range p[1:] {
			bits = append(bits, octet(o)...)
			block = append(block, octet(o)...)
		}
	}
	for i := 0; i+8 <= len(bits); i += 8 {
		var o byte
		for _, b := range bits[i : i+8] {
			o = o<<1 | b
		}
		line = append(line, o)
	}
	return line
}

// The Sender and a bit by bit reference agree.
func TestSenderIsTheStandards(t *testing.T) {
	for _, f := range framings {
		var kept [][]byte
		s := NewSender(Config{Framing: f}, random(f, 1, &kept))
		line := make([]byte, 480*f.Bits()/8)
		s.Read(line)
		want := reference(f, kept)
		// The first block's CRC field is that of a block that never was.
		if !bytes.Equal(line, want[:len(line)]) {
			i := 0
			for line[i] == want[i] {
				i++
			}
			t.Errorf("%v: octet %d of the line is %02x, reference %02x", f, i, line[i], want[i])
		}
	}
}

// Whatever the line's octets are cut into, and wherever in them the frames lie, they are found in time and come out whole.
func TestAnyOffsetAnyCut(t *testing.T) {
	for _, f := range framings {
		for _, offset := range []int{0, 1, 7, 8, 100, 191, 255, 777} {
			var kept, got [][]byte
			s := NewSender(Config{Framing: f}, random(f, 2, &kept))
			line := make([]byte, 800*f.Bits()/8)
			for rest, cut := line, 1; len(rest) > 0; cut = cut%97 + 1 {
				n := min(cut, len(rest))
				s.Read(rest[:n])
				rest = rest[n:]
			}
			line = shift(line, offset)
			r := NewReceiver(Config{Framing: f}, func(frame []byte) { got = append(got, bytes.Clone(frame[1:])) })
			for rest, cut := line, 1; len(rest) > 0; cut = cut%89 + 1 {
				n := min(cut, len(rest))
				r.Write(rest[:n])
				rest = rest[n:]
			}
			missing := len(kept) - len(got)
			limit := 12
			if !f.E1() {
				limit = 30
			}
			if f.ESF() {
				limit = 102
			}
			if !r.Aligned() || missing > limit {
				t.Errorf("%v, offset %d: aligned %v, %d of %d frames", f, offset, r.Aligned(), len(got), len(kept))
				continue
			}
			for i, frame := range got[:len(got)-1] {
				if !bytes.Equal(frame, kept[i+missing][1:]) && !bytes.Equal(frame, kept[i+missing-1][1:]) {
					t.Errorf("%v, offset %d: frame %d is not what was sent", f, offset, i)
					break
				}
			}
			if c := r.counts; c != (counts{}) {
				t.Errorf("%v, offset %d: counts %+v on a clean line", f, offset, c)
			}
		}
	}
}

// A foreign sender without CRC-4 is taken for what it is after 400 ms, keeps its frames all the while, and its alarms work
// (ITU-T G.706 Annex B).
func TestAnnexB(t *testing.T) {
	s := NewSender(Config{Framing: tdm.E1DoubleFrame}, random(tdm.E1DoubleFrame, 3, nil))
	frames := 0
	r := NewReceiver(Config{Framing: tdm.E1CRC4}, func([]byte) { frames++ })
	line := make([]byte, 256)
	at := 0
	for ms := 1; ms <= 1000; ms++ {
		s.Read(line)
		r.Write(line)
		if r.e1.noCRC && at == 0 {
			at = ms
		}
	}
	if at < 395 || at > 410 {
		t.Errorf("interworking begins after %d ms, want 400", at)
	}
	if frames < 8*1000-8 || r.counts.losses != 0 || r.counts.path != 0 {
		t.Errorf("%d frames, counts %+v", frames, r.counts)
	}
}

// An imitation of the alignment words in the payload, even one that is found first, is left for the alignment that has a CRC
// multiframe.
func TestFalseAlignment(t *testing.T) {
	n := 0
	s := NewSender(Config{Framing: tdm.E1CRC4}, func(frame []byte) {
		for i := range frame {
			frame[i] = 0xd5
		}
		frame[5] = 0x9b
		if n&1 != 0 {
			frame[5] = 0xdf
		}
		n++
	})
	line := make([]byte, 8000*32)
	s.Read(line)
	r := NewReceiver(Config{Framing: tdm.E1CRC4}, func([]byte) {})
	r.Write(line[2 : 400*32])
	if !r.e1.multi || r.counts.moved != 1 || (r.began+16)%256 != 0 {
		t.Errorf("multiframe %v, moved %d times, frames begin at %d, want 240", r.e1.multi, r.counts.moved, r.began)
	}
	r.Write(line[400*32:])
	if r.counts.path != 0 || r.counts.losses != 0 {
		t.Errorf("counts %+v", r.counts)
	}
}

// An E1 keeps its alignment for ten seconds with one bit in a thousand wrong.
func TestE1KeepsAlignment(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	s := NewSender(Config{Framing: tdm.E1CRC4}, random(tdm.E1CRC4, 4, nil))
	r := NewReceiver(Config{Framing: tdm.E1CRC4}, func([]byte) {})
	rng := rand.New(rand.NewPCG(4, 4))
	line := make([]byte, 256)
	for ms := range 10_100 {
		s.Read(line)
		if ms >= 100 {
			flip(line, rng, 1e-3)
		}
		r.Write(line)
	}
	if r.counts.losses != 0 || !r.e1.multi {
		t.Errorf("counts %+v, multiframe %v", r.counts, r.e1.multi)
	}
	// 87.1 % of the blocks of 2,048 bits are hit, and CRC-4 sees all but one in sixteen of those with many errors.
	if p := r.counts.path; p < 7900 || p > 8900 {
		t.Errorf("%d of 10,000 blocks are errored", p)
	}
	t.Logf("10 s at 1e-3: %d losses, %d errored blocks, %d wrong words", r.counts.losses, r.counts.path, r.counts.framing)
}

// A T1 loses alignment at most as often as two wrong ones of four alignment bits come.
func TestT1LosesAlignmentSeldom(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	const seconds, p = 60, 1e-3
	for _, f := range []tdm.Framing{tdm.T1ESF, tdm.T1SF} {
		s := NewSender(Config{Framing: f}, random(f, 5, nil))
		frames := 0
		r := NewReceiver(Config{Framing: f}, func([]byte) { frames++ })
		rng := rand.New(rand.NewPCG(5, 5))
		line := make([]byte, 193)
		for range seconds * 1000 {
			s.Read(line)
			flip(line, rng, p)
			r.Write(line)
		}
		// An error that has another among the three alignment bits before it.
		perSecond := 2000.0
		if f == tdm.T1SF {
			perSecond = 4000
		}
		mean := seconds * perSecond * p * 3 * p
		limit := uint64(mean + 4*max(1, mean)) // four standard deviations and more
		if r.counts.losses > limit {
			t.Errorf("%v: %d losses in %d s at 1e-3, computed %.2f", f, r.counts.losses, seconds, mean)
		}
		if frames < seconds*8000*99/100 {
			t.Errorf("%v: %d frames", f, frames)
		}
		t.Logf("%v: %d losses in %d s at 1e-3, computed %.2f", f, r.counts.losses, seconds, mean)
	}
}

// A model that sees only which frames have a wrong alignment word, and the bit-level Receiver, lose alignment at the same
// frame and count the same errors.
func TestFrameModelAgrees(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of frames")
	}
	rng := rand.New(rand.NewPCG(6, 6))
	losses := 0
	for trial := range 200 {
		s := NewSender(Config{Framing: tdm.E1DoubleFrame}, random(tdm.E1DoubleFrame, uint64(trial), nil))
		frames := 0
		r := NewReceiver(Config{Framing: tdm.E1DoubleFrame}, func([]byte) { frames++ })
		head := make([]byte, 4*32)
		s.Read(head)
		r.Write(head)
		start := frames
		line := make([]byte, 2000*32)
		s.Read(line)
		flip(line, rng, 0.02)
		lost, wrong := 2000, uint64(0)
		var fasRun, bitRun int
		for i := range 2000 {
			first := line[32*i]
			if i&1 == 0 {
				if fasRun++; first&fasMask == fas {
					fasRun = 0
				} else {
					wrong++
				}
			} else if bitRun++; first&0x40 != 0 {
				bitRun = 0
			} else {
				wrong++
			}
			if fasRun == 3 || bitRun == 3 {
				lost = i
				break
			}
		}
		if lost < 2000 {
			losses++
		}
		for i := 0; i < 2000 && r.counts.losses == 0; i++ {
			r.Write(line[32*i : 32*i+32])
		}
		if got := frames - start; got != lost || r.counts.framing != wrong {
			t.Fatalf("trial %d: the model loses alignment at frame %d with %d errors, the receiver at %d with %d", trial, lost, wrong, got, r.counts.framing)
		}
	}
	if losses < 20 {
		t.Errorf("only %d of 200 trials lose alignment", losses)
	}
}

// Signalling bits arrive.
func TestSignalling(t *testing.T) {
	for _, f := range framings {
		c := Config{Framing: f, CAS: true, Clear: 1 << 7}
		voice := random(f, 7, nil)
		s := NewSender(c, func(frame []byte) { voice(frame); frame[7] = 0xa4 })
		clearWrong := 0
		r := NewReceiver(c, func(frame []byte) {
			if frame[7] != 0xa4 {
				clearWrong++
			}
		})
		line := make([]byte, f.Bits())
		for round := range 5 {
			for slot := 1; slot <= f.Timeslots(); slot++ {
				s.SetABCD(slot, uint8(slot+round)&15)
			}
			for range 60 {
				s.Read(line)
				r.Write(line)
			}
			for slot := 1; slot <= f.Timeslots(); slot++ {
				want := uint8(slot+round) & 15
				switch {
				case f.E1() && slot == 16, !f.E1() && slot == 7:
					continue
				case f.E1() && slot < 16 && want == 0:
					want = 1
				case !f.E1() && !f.ESF():
					want = want&0xc | want>>2
				}
				if a := r.ABCD(slot); a != want {
					t.Errorf("%v: timeslot %d has %04b, want %04b", f, slot, a, want)
				}
			}
		}
		if clearWrong > 0 {
			t.Errorf("%v: a clear timeslot came wrong %d times", f, clearWrong)
		}
	}
}
