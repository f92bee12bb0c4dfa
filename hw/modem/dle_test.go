package modem

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// unshield is the whole of a stream: its data, its codes, and where it ended (-1: it did not).
func unshield(in []byte, cut func(int) int) (data, codes []byte, end int) {
	var d deshielder
	end = -1
	for at := 0; at < len(in); {
		n := min(cut(len(in)-at), len(in)-at)
		for i, b := range in[at : at+n] {
			switch what, b := d.next(b); what {
			case datum:
				data = append(data, b)
			case dlePair:
				data = append(data, b, b)
			case dleCode:
				codes = append(codes, b)
			case dataEnds:
				if end < 0 {
					end = at + i
				}
			}
		}
		at += n
	}
	return data, codes, end
}

func whole(n int) int { return n }

func TestDeshielder(t *testing.T) {
	for _, c := range []struct {
		in, data, codes string
		end             int
	}{
		{"abc", "abc", "", -1},
		{"a\x10\x10b", "a\x10b", "", -1},
		{"a\x10\x1ab", "a\x10\x10b", "", -1},
		{"a\x10bc\x10\x03d", "acd", "b", 5},
		{"\x10\x10\x10\x03", "\x10", "", 3},
		{"\x10\x10\x03", "\x10\x03", "", -1},
		{"\x10/\x105\x105\x10~", "", "/55~", -1},
		{"a\x10", "a", "", -1},
	} {
		data, codes, end := unshield([]byte(c.in), whole)
		if string(data) != c.data || string(codes) != c.codes || end != c.end {
			t.Errorf("%q: data %q, codes %q, end %d", c.in, data, codes, end)
		}
	}
}

// FuzzShield: what is shielded comes back, whatever the cut, with events among it and nothing else found in it; and any
// octets at all are taken apart without harm.
func FuzzShield(f *testing.F) {
	f.Add([]byte("\x10\x10\x03\x10"), []byte("b"), uint64(1))
	f.Add([]byte{0, 255, 16, 26, 16, 3}, []byte("/5~"), uint64(2))
	f.Fuzz(func(t *testing.T, data, events []byte, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var stream, codes []byte
		rest := data
		for _, e := range events {
			n := rng.IntN(len(rest) + 1)
			stream, rest = shield(stream, rest[:n]), rest[n:]
			if e != dle && e != sub && e != etx {
				stream = append(stream, dle, e)
				codes = append(codes, e)
			}
		}
		stream = append(shield(stream, rest), dle, etx)
		gotData, gotCodes, end := unshield(stream, func(int) int { return 1 + rng.IntN(4) })
		if !bytes.Equal(gotData, data) || !bytes.Equal(gotCodes, codes) || end != len(stream)-1 {
			t.Errorf("data %x, codes %q, end at %d of %d", gotData, gotCodes, end, len(stream))
		}
		a, b, c := unshield(data, whole)
		d, e, g := unshield(data, func(int) int { return 1 })
		if !bytes.Equal(a, d) || !bytes.Equal(b, e) || c != g {
			t.Errorf("%x: the cut matters", data)
		}
	})
}

func TestShieldAllocates(t *testing.T) {
	in, out := make([]byte, 160), make([]byte, 0, 320)
	for i := range in {
		in[i] = byte(i)
	}
	var d deshielder
	if n := testing.AllocsPerRun(100, func() {
		out = shield(out[:0], in)
		for _, b := range out {
			d.next(b)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkDLE is the cost of one octet of audio each way; one in 256 is a DLE, as in noise.
func BenchmarkDLE(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	data := make([]byte, 1600)
	for i := range data {
		data[i] = byte(rng.IntN(256))
	}
	stream := shield(nil, data)
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		var d deshielder
		n := 0
		for b.Loop() {
			for _, o := range stream {
				if what, _ := d.next(o); what == datum {
					n++
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/octet")
	})
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		out := make([]byte, 0, 2*len(data))
		n := 0
		for b.Loop() {
			out = shield(out[:0], data)
			n += len(data)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/octet")
	})
}
