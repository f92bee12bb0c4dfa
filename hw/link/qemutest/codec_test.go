package qemutest

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tipring/firmware/oracle"
	"tipring/hw/link/wire"
)

// A vector is a message of hw/link/testdata.
type vector struct {
	name          string
	message, wire []byte
}

func vectors(t testing.TB) []vector {
	t.Helper()
	files, err := filepath.Glob("../testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	all := make([]vector, len(files))
	for i, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[i].name = strings.TrimSuffix(filepath.Base(f), ".txt")
		for line := range strings.Lines(string(text)) {
			key, digits, _ := strings.Cut(line, ":")
			octets, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
			switch {
			case strings.HasPrefix(line, "#"):
			case err != nil:
				t.Fatalf("%s: %v", f, err)
			case key == "message":
				all[i].message = octets
			case key == "wire":
				all[i].wire = octets
			}
		}
	}
	return all
}

// messages is what a decoder finds in a stream: every message without its CRC, and how many frames it has dropped.
type messages struct {
	found      [][]byte
	crc, frame uint32
}

func inGo(stream []byte) (m messages) {
	var d wire.Decoder
	for {
		message, rest, ok := d.Next(stream)
		if !ok {
			break
		}
		stream = rest
		m.found = append(m.found, append(wire.Begin(nil, message.Type, message.Session, message.Seq), message.Body...))
	}
	m.crc, m.frame = d.CRC, d.Frame
	return m
}

func inC(t testing.TB, o *oracle.Oracle, stream []byte) (m messages) {
	answer := o.Ask(t, 'F', stream)
	for binary.LittleEndian.Uint16(answer) != 0xffff {
		n := binary.LittleEndian.Uint16(answer)
		m.found = append(m.found, answer[2:][:n])
		answer = answer[2+n:]
	}
	m.crc, m.frame = binary.LittleEndian.Uint32(answer[2:]), binary.LittleEndian.Uint32(answer[6:])
	return m
}

// The firmware's codec makes and reads the octets of every message that the protocol's description has.
func TestVectors(t *testing.T) {
	o := oracle.Start(t)
	for _, v := range vectors(t) {
		m := inC(t, o, v.wire)
		if len(m.found) != 1 || !bytes.Equal(m.found[0], v.message[:len(v.message)-4]) {
			t.Errorf("%s: the firmware reads %x", v.name, m.found)
		}
		if got := o.Ask(t, 'E', v.message[:len(v.message)-4]); !bytes.Equal(got, v.wire) {
			t.Errorf("%s: the firmware writes %x", v.name, got)
		}
	}
}

// FuzzDecoders holds the firmware's decoder and this program's to the same messages and counts, whatever the stream.
func FuzzDecoders(f *testing.F) {
	var all []byte
	for _, v := range vectors(f) {
		f.Add(v.wire)
		all = append(all, v.wire...)
		broken := bytes.Clone(v.wire)
		broken[len(broken)/2] ^= 0x10
		f.Add(broken)
		f.Add(v.wire[:len(v.wire)/2])
	}
	f.Add(all)
	f.Add(bytes.Repeat([]byte{0x55}, 3000))
	longest := wire.AppendFrame(nil, wire.End(append(wire.Begin(nil, wire.TypeTransfer, 1, 1), make([]byte, wire.MaxBody)...), 0))
	f.Add(longest)
	f.Add(wire.AppendFrame(nil, wire.End(append(wire.Begin(nil, wire.TypeTransfer, 1, 1), make([]byte, wire.MaxBody+1)...), 0)))
	f.Add(wire.AppendFrame(nil, wire.End(append(wire.Begin(nil, wire.TypeTransfer, 1, 1), bytes.Repeat([]byte{9}, wire.MaxBody)...), 0)))
	o := oracle.Start(f)
	f.Fuzz(func(t *testing.T, stream []byte) {
		here, there := inGo(stream), inC(t, o, stream)
		if here.crc != there.crc || here.frame != there.frame || len(here.found) != len(there.found) {
			t.Fatalf("here %d messages, %d and %d dropped; in the firmware %d, %d and %d", len(here.found), here.crc, here.frame, len(there.found), there.crc, there.frame)
		}
		for i := range here.found {
			if !bytes.Equal(here.found[i], there.found[i]) {
				t.Errorf("message %d: here %x, in the firmware %x", i, here.found[i], there.found[i])
			}
		}
	})
}

// FuzzRequests holds both sides to the same opinion of which TRANSFER, SENSE and DRIVE are well formed.
func FuzzRequests(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.message[0], v.message[4:len(v.message)-4])
	}
	o := oracle.Start(f)
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		var err error
		switch wire.Type(kind) {
		case wire.TypeTransfer:
			err = new(wire.Transfer).Parse(body)
		case wire.TypeSense:
			err = new(wire.Sense).Parse(body)
		case wire.TypeDrive:
			err = new(wire.Drive).Parse(body)
		default:
			return
		}
		if len(body) > wire.MaxBody {
			return
		}
		status := wire.Status(o.Ask(t, 'R', append([]byte{kind}, body...))[0])
		switch {
		case err != nil && status != wire.Malformed && status != wire.NoDevice, err == nil && status == wire.Malformed:
			t.Errorf("%v % x: here %v, in the firmware %v", wire.Type(kind), body, err, status)
		}
	})
}
