package pcapng

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"
)

// Every block says its length twice, and the blocks fill the file; the packet holds the frame behind its cooked header.
func TestBlocks(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, Interface{Name: "span1"}, Interface{Name: "span2"})
	if err != nil {
		t.Fatal(err)
	}
	frame := []byte{0x02, 0x01, 0x7f}
	const at = 1_700_000_000*time.Second + 5
	if err := w.Frame(1, at, true, true, frame); err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	var kinds []uint32
	for rest := b.Bytes(); len(rest) > 0; {
		n := le.Uint32(rest[4:])
		if n%4 != 0 || le.Uint32(rest[n-4:]) != n {
			t.Fatalf("block of %d octets ends with %d", n, le.Uint32(rest[n-4:]))
		}
		kinds = append(kinds, le.Uint32(rest))
		if kinds[len(kinds)-1] == blockPacket {
			got := time.Duration(uint64(le.Uint32(rest[12:]))<<32 | uint64(le.Uint32(rest[16:])))
			if le.Uint32(rest[8:]) != 1 || got != at || le.Uint32(rest[20:]) != cookedOctets+3 {
				t.Errorf("interface %d at %v of %d octets", le.Uint32(rest[8:]), got, le.Uint32(rest[20:]))
			}
			packet := rest[28:]
			if packet[1] != typeOutgoing || packet[6] != 1 || packet[15] != protocolLAPD || !bytes.Equal(packet[16:19], frame) {
				t.Errorf("packet % x", packet[:20])
			}
		}
		rest = rest[n:]
	}
	if len(kinds) != 4 || kinds[0] != blockSection || kinds[1] != blockInterface || kinds[2] != blockInterface || kinds[3] != blockPacket {
		t.Errorf("blocks %x", kinds)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("disk full")

func TestAWriterThatFails(t *testing.T) {
	if _, err := NewWriter(full{}); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}

func TestFrameAllocatesNothing(t *testing.T) {
	w, err := NewWriter(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, 40)
	if n := testing.AllocsPerRun(100, func() { w.Frame(0, 1, false, false, frame) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
