package pseudowire

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// The bits of a control word, with the length of a short packet in it.
func TestHeader(t *testing.T) {
	for _, row := range []struct {
		h    Header
		rtp  bool
		n    int
		want []byte
	}{
		{Header{Seq: 0x1234}, false, 256, []byte{0x00, 0x00, 0x12, 0x34}},
		{Header{Seq: 1, L: true}, false, 0, []byte{0x08, 0x04, 0x00, 0x01}},
		{Header{Seq: 2, R: true, M: RemoteRDI}, false, 31, []byte{0x06, 0x23, 0x00, 0x02}},
		{Header{Seq: 3, Fragment: Last}, false, 60, []byte{0x00, 0x80, 0x00, 0x03}},
		{Header{Seq: 4, Fragment: First, Timestamp: 0x01020304, SSRC: 5}, true, 8,
			[]byte{0x80, 96, 0, 4, 1, 2, 3, 4, 0, 0, 0, 5, 0x00, 0x58, 0x00, 0x04}},
	} {
		got := row.h.Append(nil, row.rtp, row.n)
		if !bytes.Equal(got, row.want) {
			t.Errorf("%+v is %x, want %x", row.h, got, row.want)
		}
		payload := bytes.Repeat([]byte{0xa5}, row.n)
		// A link pads what is short.
		h, p, err := Parse(append(append(got, payload...), 0, 0), row.rtp)
		if row.n >= minLen-HeaderLen(row.rtp) {
			p = p[:len(p)-2]
		}
		if err != nil || h != row.h || !bytes.Equal(p, payload) {
			t.Errorf("%x comes back as %+v with %d octets, %v", got, h, len(p), err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{0x00, 0x00, 0x12, 0x34, 1, 2, 3}, false)
	f.Add(Header{Seq: 9, L: true, Timestamp: 7}.Append(nil, true, 0), true)
	f.Add([]byte{0x01, 0xff, 0, 0}, false)
	f.Fuzz(func(t *testing.T, b []byte, rtp bool) {
		h, payload, err := Parse(b, rtp)
		if err != nil {
			return
		}
		if len(payload) > len(b) {
			t.Fatalf("%d octets of payload in a packet of %d", len(payload), len(b))
		}
		again, p, err := Parse(append(h.Append(nil, rtp, len(payload)), payload...), rtp)
		if err != nil || again != h || !bytes.Equal(p, payload) {
			t.Fatalf("%x: %+v, then %+v, %v", b, h, again, err)
		}
		buf := NewBuffer(BufferConfig{Octets: 64, Delay: 2, Max: 4})
		buf.Put(h, payload)
		buf.Get()
	})
}

// The layout of RFC 5086 4.2 and 4.3.
func TestStructure(t *testing.T) {
	s := Structure{Slots: 3, Frames: 8, Multiframe: 16}
	data := [][]byte{{0, 1, 2, 3, 4, 5, 6, 7}, {10, 11, 12, 13, 14, 15, 16, 17}, {20, 21, 22, 23, 24, 25, 26, 27}}
	slot := func(k int) []byte { return data[k] }
	if s.Fragment(0) != First || s.Fragment(1) != Last || s.Fragment(2) != First || (Structure{Slots: 1, Frames: 8, Multiframe: 24}).Fragment(1) != Middle {
		t.Error("fragments of a multiframe")
	}
	if s.Len(First) != 24 || s.Len(Last) != 26 || (Structure{Slots: 3, Frames: 8}).Len(Whole) != 24 {
		t.Error("lengths")
	}
	payload := make([]byte, s.Len(Last))
	s.Pack(payload, Last, slot, 0, []uint8{0xa, 0xb, 0xc})
	want := []byte{0, 10, 20, 1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24, 5, 15, 25, 6, 16, 26, 7, 17, 27, 0xab, 0xc0}
	if !bytes.Equal(payload, want) {
		t.Errorf("payload %v, want %v", payload, want)
	}
	back := [][]byte{make([]byte, 8), make([]byte, 8), make([]byte, 8)}
	abcd := make([]uint8, 3)
	s.Unpack(payload, Last, func(k int) []byte { return back[k] }, 0, abcd)
	if !bytes.Equal(back[2], data[2]) || !bytes.Equal(abcd, []uint8{0xa, 0xb, 0xc}) {
		t.Errorf("comes back as %v, %v", back, abcd)
	}
	for _, bad := range []Structure{{}, {Slots: 32, Frames: 8}, {Slots: 1, Frames: 4}, {Slots: 1, Frames: 24, Multiframe: 16}, {Slots: 1, Frames: 168}, {Slots: 1, Frames: 8, Multiframe: 8}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// A player puts and gets by sequence number; the payload tells the number.
type player struct {
	b   *Buffer
	out []int // what was played, -1 for lost or none
}

func newPlayer(delay, most int) *player {
	return &player{b: NewBuffer(BufferConfig{Octets: 2, Delay: delay, Max: most})}
}

func (p *player) put(seqs ...int) {
	for _, s := range seqs {
		p.b.Put(Header{Seq: uint16(s)}, []byte{byte(s >> 8), byte(s)})
	}
}

func (p *player) get(n int) []int {
	p.out = p.out[:0]
	for range n {
		_, payload, ok := p.b.Get()
		if !ok {
			p.out = append(p.out, -1)
			continue
		}
		p.out = append(p.out, int(payload[0])<<8|int(payload[1]))
	}
	return p.out
}

func (p *player) expect(t *testing.T, what string, want ...int) {
	t.Helper()
	got := p.get(len(want))
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: played %v, want %v", what, got, want)
			return
		}
	}
}

func TestBuffer(t *testing.T) {
	p := newPlayer(3, 6)
	p.put(65534, 65535)
	p.expect(t, "filling", -1)
	p.put(1, 0, 0) // reordered and twice
	p.expect(t, "across the wrap", 65534, 65535, 0, 1)
	p.expect(t, "empty", -1)
	p.put(3, 2, 4)
	p.expect(t, "begins anew, in order", 2, 3)
	p.put(6, 7)
	p.expect(t, "one is lost", 4, -1, 6)
	p.put(5) // too late
	p.put(8, 9, 10, 11, 12, 13)
	p.expect(t, "too much waits", 11, 12, 13)
	p.put(14, 15, 16)
	p.get(1)
	p.put(40000)
	p.expect(t, "a stray is no new sequence", 15, 16)
	p.put(40000, 40001, 40002, 40003)
	p.expect(t, "but two are", 40001, 40002, 40003)
	if c := p.b.Counters(); c != (Counters{Received: 21, Lost: 1, Late: 1, Duplicate: 1, Reordered: 2, Overruns: 1, Underruns: 1, Resyncs: 1}) {
		t.Errorf("counters %+v", c)
	}
}

// Loss of packets is there at the start, ends with ten that arrive and comes with eight that do not.
func TestLoss(t *testing.T) {
	p := newPlayer(1, 4)
	for i := range 10 {
		if !p.b.Loss() {
			t.Errorf("no loss of packets after %d", i)
		}
		p.put(i)
		p.get(1)
	}
	if p.b.Loss() {
		t.Error("loss of packets after ten good ones")
	}
	p.get(7)
	if p.b.Loss() {
		t.Error("loss of packets after seven that are missing")
	}
	if p.get(1); !p.b.Loss() || p.b.Counters().LossEvents != 1 {
		t.Error("no loss of packets after eight that are missing")
	}
}

// Whatever comes, what is played comes in order and no packet twice, and the books balance.
func TestBufferRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		p := newPlayer(1+rng.IntN(8), 2+rng.IntN(20))
		sent := rng.IntN(65536)
		last, played := -1, uint64(0)
		for range 3000 {
			for range rng.IntN(3) {
				switch rng.IntN(12) {
				case 0: // lost
				case 1:
					p.put(sent - rng.IntN(10))
				case 2:
					p.put(sent, sent)
				case 3:
					p.put(sent+1, sent)
					sent++
				default:
					p.put(sent)
				}
				sent++
			}
			for _, s := range p.get(1) {
				if s < 0 {
					continue
				}
				played++
				if last >= 0 && int16(uint16(s)-uint16(last)) <= 0 {
					t.Fatalf("%d is played after %d", s, last)
				}
				last = s
			}
		}
		if c := p.b.Counters(); played > c.Received || played < c.Received/3 {
			t.Fatalf("%d played, %+v", played, c)
		}
	}
}

func BenchmarkBuffer(b *testing.B) {
	buf := NewBuffer(BufferConfig{Octets: 256, Delay: 10, Max: 20})
	payload := make([]byte, 248)
	var packet []byte
	seq := uint16(0)
	b.ReportAllocs()
	for b.Loop() {
		h := Header{Seq: seq}
		seq++
		packet = append(h.Append(packet[:0], false, len(payload)), payload...)
		got, p, _ := Parse(packet, false)
		buf.Put(got, p)
		buf.Get()
	}
}
