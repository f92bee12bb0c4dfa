package hdlc

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/tdm"
)

// The check value of CRC-16/X-25, and the answer to a SABME, against the standard's own words.
func TestFCS(t *testing.T) {
	if got := FCS([]byte("123456789")); got != 0x906e {
		t.Errorf("check value %04x, want 906e", got)
	}
	for _, f := range [][]byte{{0x02, 0x01, 0x7f}, {0x02, 0x01, 0x73}, {0}} {
		if got, want := FCS(f), division(f); got != want {
			t.Errorf("% x: %04x, want %04x", f, got, want)
		}
	}
}

// division works the FCS out as Q.921 §2.7 words it: the ones complement of the remainder of the frame, its first 16 bits
// inverted, multiplied by x^16.
func division(frame []byte) uint16 {
	var bits []uint8
	for _, b := range frame {
		for i := range 8 {
			bits = append(bits, b>>i&1)
		}
	}
	bits = append(bits, make([]uint8, 16)...)
	for i := range 16 {
		bits[i] ^= 1
	}
	for i := range len(bits) - 16 {
		if bits[i] == 1 {
			for _, k := range []int{0, 4, 11, 16} { // x^16, x^12, x^5, 1
				bits[i+k] ^= 1
			}
		}
	}
	var r uint16 // the coefficient of the highest term is sent first: lowest bit of the first octet
	for i, b := range bits[len(bits)-16:] {
		r |= uint16(b^1) << i
	}
	return r
}

// lineBits encodes frames bit by bit, straight from Q.921 §2: the reference for the tables.
func lineBits(frames [][]byte) (line []uint8) {
	flag := []uint8{0, 1, 1, 1, 1, 1, 1, 0}
	line = append(line, flag...)
	for _, f := range frames {
		fcs := division(f)
		ones := 0
		for _, b := range append(slices.Clone(f), byte(fcs), byte(fcs>>8)) {
			for i := range 8 {
				bit := b >> i & 1
				line = append(line, bit)
				if ones++; bit == 0 {
					ones = 0
				}
				if ones == 5 {
					line, ones = append(line, 0), 0
				}
			}
		}
		line = append(line, flag...)
	}
	return line
}

// slots packs bits into the channel's octets.
func slots(line []uint8, mask uint8) []byte {
	out := []byte{}
	for len(line) > 0 {
		o := ^mask
		for b := uint8(0x80); b != 0; b >>= 1 {
			if mask&b != 0 && len(line) > 0 {
				if line[0] == 1 {
					o |= b
				}
				line = line[1:]
			}
		}
		out = append(out, o)
	}
	return out
}

func randomFrames(rnd *rand.Rand, n int) [][]byte {
	frames := make([][]byte, n)
	for i := range frames {
		f := make([]byte, 1+rnd.IntN(60))
		for j := range f {
			if f[j] = byte(rnd.Uint32()); rnd.IntN(3) == 0 {
				f[j] = 0xff
			}
		}
		frames[i] = f
	}
	return frames
}

var masks = []uint8{0xff, 0xfe, 0xc0, 0x80, 0x3c, 0x55, 0x01}

func TestEncoderSendsWhatTheStandardWrites(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, mask := range masks {
		frames := randomFrames(rnd, 40)
		e := NewEncoder(Config{Mask: mask, Queue: 1 << 16})
		for _, f := range frames {
			if !e.Send(f) {
				t.Fatal("refused")
			}
		}
		want := lineBits(frames)
		got := make([]byte, len(want)*8)
		e.Read(got)
		if w := slots(want, mask); !bytes.Equal(got[:len(w)-1], w[:len(w)-1]) {
			t.Errorf("mask %02x: the line differs", mask)
		}
		if e.Pending() != 0 {
			t.Errorf("mask %02x: %d octets pending", mask, e.Pending())
		}
	}
}

func TestDecoderAnyOffsetAnyCutAnyMask(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, mask := range masks {
		for offset := range 9 {
			frames := randomFrames(rnd, 40)
			line := append(bytes.Repeat([]byte{1}, offset), lineBits(frames)...)
			line = append(line, bytes.Repeat([]byte{1}, 16)...)
			var got [][]byte
			d := NewDecoder(Config{Mask: mask}, func(f []byte) { got = append(got, bytes.Clone(f)) })
			for o := slots(line, mask); len(o) > 0; {
				n := 1 + rnd.IntN(min(len(o), 20))
				d.Write(o[:n])
				o = o[n:]
			}
			if !slices.EqualFunc(got, frames, bytes.Equal) {
				t.Errorf("mask %02x offset %d: %d frames of %d, counters %+v", mask, offset, len(got), len(frames), d.Counters())
			}
			if c := d.Counters(); c.BadFCS+c.Misaligned+c.TooShort+c.TooLong != 0 || c.Frames != 40 {
				t.Errorf("mask %02x offset %d: %+v", mask, offset, c)
			}
		}
	}
}

func TestDecoderCountsWhatIsWrong(t *testing.T) {
	flag := []uint8{0, 1, 1, 1, 1, 1, 1, 0}
	good := lineBits([][]byte{{2, 1, 0x7f}})
	flipped := slices.Clone(good)
	flipped[10] ^= 1
	aborted := append(slices.Clone(good[:20]), 1, 1, 1, 1, 1, 1, 1, 1)
	for name, x := range map[string]struct {
		line []uint8
		want Counters
	}{
		"a good frame":                {good, Counters{Frames: 1, Octets: 3}},
		"flags with shared zeros":     {append(good, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0), Counters{Frames: 1, Octets: 3}},
		"one wrong bit":               {flipped, Counters{BadFCS: 1}},
		"an abort":                    {aborted, Counters{Aborts: 1}},
		"an abort and a good frame":   {append(slices.Clone(aborted), good...), Counters{Aborts: 1, Frames: 1, Octets: 3}},
		"nothing but an FCS":          {lineBits([][]byte{{}}), Counters{TooShort: 1}},
		"not whole octets":            {append(append(slices.Clone(flag), 0, 0, 0, 1), flag...), Counters{Misaligned: 1}},
		"a frame that is too long":    {lineBits([][]byte{make([]byte, 9)}), Counters{TooLong: 1}},
		"marks":                       {bytes.Repeat([]byte{1}, 64), Counters{}},
		"a frame without a flag":      {good[8:], Counters{}},
		"one flag between two frames": {lineBits([][]byte{{1}, {2}}), Counters{Frames: 2, Octets: 2}},
	} {
		d := NewDecoder(Config{MaxFrame: 8}, func([]byte) {})
		d.Write(slots(append(slices.Clone(x.line), 1, 1, 1, 1, 1, 1, 1), 0xff))
		if d.Counters() != x.want {
			t.Errorf("%s: %+v, want %+v", name, d.Counters(), x.want)
		}
	}
}

func TestHyperchannelThroughBlocks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, fill := range []Fill{Flags, Marks} {
		e := NewEncoder(Config{Fill: fill})
		var got [][]byte
		d := NewDecoder(Config{}, func(f []byte) { got = append(got, bytes.Clone(f)) })
		channel := []int{3, 17, 29}
		b := tdm.Block{N: 16, Data: make([]byte, 31*16)}
		frames := randomFrames(rnd, 30)
		for i, todo := 0, frames; i < 200; i++ {
			for len(todo) > 0 && rnd.IntN(3) == 0 && e.Send(todo[0]) {
				todo = todo[1:]
			}
			e.ReadBlock(b, channel)
			d.WriteBlock(b, channel)
		}
		if !slices.EqualFunc(got, frames, bytes.Equal) {
			t.Errorf("fill %d: %d of %d frames, %+v", fill, len(got), len(frames), d.Counters())
		}
	}
}

func TestSendRefuses(t *testing.T) {
	e := NewEncoder(Config{MaxFrame: 8, Queue: 22})
	for i, x := range []struct {
		n    int
		want bool
	}{{0, false}, {9, false}, {8, true}, {8, true}, {1, false}} {
		if got := e.Send(make([]byte, x.n)); got != x.want {
			t.Errorf("send %d of %d octets: %v", i, x.n, got)
		}
	}
	if e.Refused() != 3 {
		t.Errorf("refused %d, want 3", e.Refused())
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []Config{{MaxFrame: -1}, {MaxFrame: 1 << 16}, {Queue: 100}, {Fill: 2}} {
		if c.Validate() == nil {
			t.Errorf("%+v passed", c)
		}
	}
}

// The check that the random streams of the fuzzer go through: the tables do what a bit at a time does.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{0x7e, 0x40, 0x80, 0xfe, 0x7e, 0x7e})
	f.Add(slots(lineBits([][]byte{{2, 1, 0x7f}, {0xff, 0xff, 0xff}}), 0xff))
	f.Add([]byte{0xfd, 0xf9, 0x7e, 0x3f, 0x7e, 0xfc, 0xff})
	f.Fuzz(func(t *testing.T, octets []byte) {
		var fast, slow [][]byte
		a := NewDecoder(Config{MaxFrame: 16}, func(f []byte) { fast = append(fast, bytes.Clone(f)) })
		b := NewDecoder(Config{MaxFrame: 16}, func(f []byte) { slow = append(slow, bytes.Clone(f)) })
		a.Write(octets)
		for _, o := range octets {
			b.bits(o)
		}
		if a.Counters() != b.Counters() || !slices.EqualFunc(fast, slow, bytes.Equal) {
			t.Errorf("by tables %+v, by bits %+v", a.Counters(), b.Counters())
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte{0x02, 0x01, 0x7f}, uint8(0xff))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff}, uint8(0x80))
	f.Fuzz(func(t *testing.T, frame []byte, mask uint8) {
		e := NewEncoder(Config{Mask: mask})
		if !e.Send(frame) {
			return
		}
		var got []byte
		d := NewDecoder(Config{Mask: mask}, func(f []byte) { got = bytes.Clone(f) })
		line := make([]byte, 16*(len(frame)+8))
		e.Read(line)
		d.Write(line)
		if !bytes.Equal(got, frame) {
			t.Errorf("got % x, want % x", got, frame)
		}
	})
}

func TestHotPathAllocatesNothing(t *testing.T) {
	e := NewEncoder(Config{})
	d := NewDecoder(Config{}, func([]byte) {})
	frame, line := make([]byte, 30), make([]byte, 160)
	if n := testing.AllocsPerRun(100, func() {
		e.Send(frame)
		e.Read(line)
		d.Write(line)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if d.Counters().Frames == 0 {
		t.Error("no frame came through")
	}
}

func BenchmarkChannel(b *testing.B) {
	for _, load := range []string{"idle", "full"} {
		frame := []byte{0, 1, 0, 0, 8, 2, 0, 1, 5, 4, 3, 0x80, 0x90, 0xa3, 0x18, 3, 0xa9, 0x83, 0x81, 0xff, 0xff, 0x7e}
		for _, dir := range []string{"encode", "decode"} {
			b.Run(fmt.Sprintf("%s/load=%s", dir, load), func(b *testing.B) {
				e, d := NewEncoder(Config{}), NewDecoder(Config{}, func([]byte) {})
				line := make([]byte, 80)
				if load == "full" {
					for e.Pending() < 200 {
						e.Send(frame)
					}
				}
				e.Read(line)
				for b.Loop() {
					if dir == "decode" {
						d.Write(line)
						continue
					}
					if load == "full" && e.Pending() < 200 {
						e.Send(frame)
					}
					e.Read(line)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/80, "ns/octet")
			})
		}
	}
}
