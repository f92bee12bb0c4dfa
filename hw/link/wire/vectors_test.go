package wire

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write ../testdata anew")

// A body is what every message type offers.
type body interface{ Append([]byte) []byte }

type parser interface{ Parse([]byte) error }

type raw []byte

func (r raw) Append(b []byte) []byte { return append(b, r...) }

func ramp(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return b
}

// vectors are one message of every kind and then some. Their files are read by the firmware's tests too.
var vectors = []struct {
	name, meaning string
	t             Type
	session       uint8
	seq           uint16
	body          body
}{
	{"hello", "the host begins session 0x5a", TypeHello, 0x5a, 0, Hello{1, 0, 1200, 0xdeadbeef}},
	{"hello-answer", "an application on board lc8 in slot A, asked to start", TypeHello | Answer, 0x5a, 0, HelloAnswer{OK, 1, 0, Application, 0, CauseAsked,
		1200, 4, 32, 8, 2, 1, 64, 3, FeaturePCM | FeatureTransfer | FeatureSense | FeatureFirmware | FeatureCrash, 12345, "lc8", "1.2.3", "TR0001"}},
	{"hello-answer-boot", "a bootloader without an image", TypeHello | Answer, 0x5a, 0, HelloAnswer{OK, 1, 0, Boot, BootSlot, CausePower,
		1200, 1, 0, 0, 0, 1, 0, 3, FeatureFirmware | FeatureCrash, 80, "qemu", "0.9.0", "TR0002"}},
	{"time", "host's time 0x0102030405060708 us", TypeTime, 0x5a, 1, Time{0x0102030405060708}},
	{"time-answer", "card's time 5000000 us, tick 5000", TypeTime | Answer, 0x5a, 1, TimeAnswer{OK, 0x0102030405060708, 5000000, 5000}},
	{"transfer", "read register 1 of a chip with two-octet frames on chip select 0, write three octets to chip select 3", TypeTransfer, 0x5a, 2,
		Transfer{[]Op{{0, BytewiseCS, []byte{0x81, 0}}, {3, 0, []byte{0x20, 5, 0}}}}},
	{"transfer-answer", "both carried out", TypeTransfer | Answer, 0x5a, 2, TransferAnswer{OK, 2, []byte{0xff, 0x28, 0xff, 0xff, 0xff}}},
	{"transfer-answer-no-device", "the first carried out, the chip select of the second does not exist", TypeTransfer | Answer, 0x5a, 2, TransferAnswer{NoDevice, 1, []byte{0xff, 0x28}}},
	{"transfer-answer-malformed", "nothing carried out", TypeTransfer | Answer, 0x5a, 3, TransferAnswer{Status: Malformed}},
	{"sense", "slot 2: register 68 & 3 to bits 0 and 1, register 64 & 0x70 to bits 2 to 4, of chip select 2", TypeSense, 0x5a, 4, Sense{2, 2, [MaxSense]Probe{
		{2, BytewiseCS, 2, [4]byte{0x80 | 68, 0}, TestBits, 3, 0}, {2, BytewiseCS, 2, [4]byte{0x80 | 64, 0}, TestBits, 0x70, 6}}}},
	{"sense-magnitude", "slot 5: bit 1 when register 29 is 3 V away from zero, bit 2 when register 12 is at least 4", TypeSense, 0x5a, 5, Sense{5, 2, [MaxSense]Probe{
		{5, 0, 3, [4]byte{0x60, 29, 0}, TestMagnitude, 2, 3}, {5, 0, 3, [4]byte{0x60, 12, 0}, TestAtLeast, 4, 4}}}},
	{"sense-answer", "taken", TypeSense | Answer, 0x5a, 5, Verdict{}},
	{"drive", "slot 2: value 0 writes linefeed 1, value 1 linefeed 4, value 2 nothing; 0 when the host is lost", TypeDrive, 0x5a, 6, Drive{2, 2, BytewiseCS, 3, 0, 0, [MaxDrive]Write{
		{2, [8]byte{64, 1}}, {2, [8]byte{64, 4}}, {}}}},
	{"drive-answer", "no such slot", TypeDrive | Answer, 0x5a, 6, Verdict{Status: NoDevice}},
	{"start", "1 ms a frame, 8 slots, mu-law silence", TypeStart, 0x5a, 7, Start{1, 8, 0xff}},
	{"start-answer", "the first up frame has tick 0xfffffffe", TypeStart | Answer, 0x5a, 7, StartAnswer{OK, 0xfffffffe}},
	{"start-answer-malformed", "the frame would not fit", TypeStart | Answer, 0x5a, 7, StartAnswer{Status: Malformed}},
	{"stop", "no body", TypeStop, 0x5a, 8, raw(nil)},
	{"stop-answer", "taken", TypeStop | Answer, 0x5a, 8, Verdict{}},
	{"statistics", "no body", TypeStatistics, 0x5a, 9, raw(nil)},
	{"statistics-answer", "counter i is i", TypeStatistics | Answer, 0x5a, 9, counted()},
	{"reset", "stay in the bootloader, although PCM runs", TypeReset, 0x5a, 10, Reset{ResetStay | ResetForce}},
	{"reset-answer", "PCM runs", TypeReset | Answer, 0x5a, 10, Verdict{Status: LinesBusy}},
	{"info", "no body", TypeInfo, 0x5a, 11, raw(nil)},
	{"info-answer", "slot B on trial, A to go back to", TypeInfo | Answer, 0x5a, 11, Info{OK, Application, 1, 1, 1, 1, 0, 0, 0, 0, 7, 0x60000, 16,
		[2]SlotInfo{{Good, 40000, 7, "1.2.3"}, {NotChecked, 41008, 8, "1.3.0"}}}},
	{"erase", "slot 1, not while PCM runs", TypeErase, 0x5a, 12, Erase{1, 0}},
	{"erase-answer", "goes on", TypeErase | Answer, 0x5a, 12, Verdict{Status: Pending}},
	{"write", "32 octets at 0x200 of slot 1", TypeWrite, 0x5a, 13, FlashWrite{1, 0x200, ramp(32)}},
	{"write-answer", "the running slot", TypeWrite | Answer, 0x5a, 13, Verdict{Status: WrongState}},
	{"sum", "4096 octets at 0x1000 of slot 1", TypeSum, 0x5a, 14, Sum{1, 0x1000, 4096}},
	{"sum-answer", "CRC-32 of 4096 octets ff", TypeSum | Answer, 0x5a, 14, SumAnswer{OK, 0xf154670a}},
	{"commit", "slot 1", TypeCommit, 0x5a, 15, Commit{1}},
	{"commit-answer", "made for another board", TypeCommit | Answer, 0x5a, 15, Verdict{Refused, WrongBoard}},
	{"confirm", "no body", TypeConfirm, 0x5a, 16, raw(nil)},
	{"confirm-answer", "confirmed", TypeConfirm | Answer, 0x5a, 16, Verdict{}},
	{"rollback", "no body", TypeRollback, 0x5a, 17, raw(nil)},
	{"rollback-answer", "below the security floor", TypeRollback | Answer, 0x5a, 17, Verdict{Refused, TooOld}},
	{"crash-read", "no body", TypeCrashRead, 0x5a, 18, raw(nil)},
	{"crash-read-answer", "word i is 0x11111111 * (i+1), a fault", TypeCrashRead | Answer, 0x5a, 18, Crash{OK, CrashFault, 0x11111111, 0x22222222, 0x33333333, 0x44444444,
		0x55555555, 0x66666666, 0x77777777, 0x88888888, 0x99999999, 0xaaaaaaaa}},
	{"crash-clear", "no body", TypeCrashClear, 0x5a, 19, raw(nil)},
	{"crash-clear-answer", "a session that has no such request", TypeCrashClear | Answer, 0x5a, 19, Verdict{Status: Unknown}},
	{"event", "number 3 of which 2 is the oldest kept, interrupt line 1 fell at tick 5001", TypeEvent, 0x5a, 2, Event{3, 2, 5001, EventInterrupt, 1, ""}},
	{"event-log", "number 4, a line of text", TypeEvent, 0x5a, 3, Event{4, 2, 5002, EventLog, 0, "adc out of range"}},
	{"event-ack", "all up to number 4 taken", TypeEventAck, 0x5a, 1, EventAck{4}},
	{"up", "2 slots, 1 ms from tick 6000, 20 ms buffered, underrun", TypeUp, 0x5a, 0x1234, PCM{6000, 2, 1, 20, UpUnderrun, []byte{1, 4}, ramp(16)}},
	{"down", "2 slots, 2 ms from tick 6020, slot 0 rings in its second ms", TypeDown, 0x5a, 0x1234, PCM{6020, 2, 2, 0, 0, []byte{0, 1, 0, 0}, ramp(32)}},
	{"down-32", "32 slots, 4 ms: the longest that the table of the highway asks for, and groups of COBS longer than 254 octets", TypeDown, 0x5a, 0x1235,
		PCM{6024, 32, 4, 0, 0, bytes.Repeat([]byte{1}, 128), bytes.Repeat([]byte{0xff}, 1024)}},
}

func counted() Statistics {
	var s Statistics
	for i, f := range s.fields() {
		*f = uint32(i)
	}
	return s
}

func (v *Message) bytes(b body) []byte { return End(b.Append(Begin(nil, v.Type, v.Session, v.Seq)), 0) }

// Every message is on the wire as its file has it, and comes back.
func TestVectors(t *testing.T) {
	names := map[string]bool{}
	for _, v := range vectors {
		m := Message{Type: v.t, Session: v.session, Seq: v.seq}
		message := m.bytes(v.body)
		wire := AppendFrame(nil, message)
		var b strings.Builder
		fmt.Fprintf(&b, "# %s: %s\nmessage: % x\nwire: % x\n", v.t, v.meaning, message, wire)
		file := filepath.Join("../testdata", v.name+".txt")
		names[v.name+".txt"] = true
		if *update {
			if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != b.String() {
			t.Errorf("%s is\n%s, want\n%s", v.name, b.String(), want)
		}

		var d Decoder
		got, rest, ok := d.Next(wire)
		if !ok || len(rest) != 0 || got.Type != v.t || got.Session != v.session || got.Seq != v.seq || !bytes.Equal(got.Body, v.body.Append(nil)) {
			t.Errorf("%s comes back as %+v", v.name, got)
			continue
		}
		if _, is := v.body.(raw); is {
			continue
		}
		back := reflect.New(reflect.TypeOf(v.body))
		if err := back.Interface().(parser).Parse(got.Body); err != nil {
			t.Errorf("%s: %v", v.name, err)
		} else if !bytes.Equal(back.Elem().Interface().(body).Append(nil), got.Body) {
			t.Errorf("%s comes back as %+v", v.name, back.Elem())
		}
		// A newer minor version appends.
		if !slices.Contains([]Type{TypeTransfer | Answer, TypeWrite, TypeEvent}, v.t) {
			if err := back.Interface().(parser).Parse(append(bytes.Clone(got.Body), 1, 2, 3)); err != nil {
				t.Errorf("%s with three octets more: %v", v.name, err)
			} else if !bytes.Equal(back.Elem().Interface().(body).Append(nil), got.Body) {
				t.Errorf("%s with three octets more comes back as %+v", v.name, back.Elem())
			}
		}
	}
	files, err := os.ReadDir("../testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !names[f.Name()] && strings.HasSuffix(f.Name(), ".txt") {
			t.Errorf("%s is the file of no message", f.Name())
		}
	}
}

// Every type has a name and a vector.
func TestTypes(t *testing.T) {
	for typ := range typeNames {
		for _, want := range []Type{typ, typ | Answer} {
			if want&Answer != 0 && !typ.Request() {
				continue
			}
			if !slices.ContainsFunc(vectors, func(v struct {
				name, meaning string
				t             Type
				session       uint8
				seq           uint16
				body          body
			}) bool {
				return v.t == want
			}) {
				t.Errorf("%v has no vector", want)
			}
		}
	}
}

// A body that ends early is refused, except where what is there says enough.
func TestShortBodies(t *testing.T) {
	for _, v := range vectors {
		if _, is := v.body.(raw); is || slices.Contains([]Type{TypeTransfer | Answer, TypeWrite, TypeEvent}, v.t) {
			continue
		}
		full := v.body.Append(nil)
		for n := range full {
			p := reflect.New(reflect.TypeOf(v.body)).Interface().(parser)
			if err := p.Parse(full[:n]); err == nil {
				t.Errorf("%s cut to %d of %d octets is taken", v.name, n, len(full))
			}
		}
	}
}

func FuzzDecoder(f *testing.F) {
	for _, v := range vectors {
		m := Message{Type: v.t, Session: v.session, Seq: v.seq}
		f.Add(AppendFrame(nil, m.bytes(v.body)), 3)
	}
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		collect := func(step int) (out []string, faults Faults) {
			var d Decoder
			for rest := data; len(rest) > 0; {
				piece := rest[:min(step, len(rest))]
				rest = rest[len(piece):]
				for {
					m, more, ok := d.Next(piece)
					if !ok {
						break
					}
					if len(m.Body) > MaxBody {
						t.Fatalf("a body of %d octets", len(m.Body))
					}
					out = append(out, fmt.Sprint(m.Type, m.Session, m.Seq, hex.EncodeToString(m.Body)))
					for _, v := range vectors {
						if p, is := reflect.New(reflect.TypeOf(v.body)).Interface().(parser); is && v.t == m.Type {
							if p.Parse(m.Body) == nil {
								reflect.ValueOf(p).Elem().Interface().(body).Append(nil)
							}
						}
					}
					piece = more
				}
			}
			return out, d.Faults
		}
		whole, a := collect(len(data) + 1)
		pieces, b := collect(1 + cut&31)
		if !slices.Equal(whole, pieces) || a != b {
			t.Fatalf("%v %+v in one piece, %v %+v in pieces", whole, a, pieces, b)
		}
	})
}

func FuzzCOBS(f *testing.F) {
	f.Add([]byte{})
	f.Add(ramp(600))
	f.Add(bytes.Repeat([]byte{1}, 254))
	f.Add(bytes.Repeat([]byte{1}, 508))
	f.Fuzz(func(t *testing.T, data []byte) {
		enc := AppendCOBS(nil, data)
		if bytes.IndexByte(enc, 0) >= 0 || len(enc) > len(data)+len(data)/254+1 {
			t.Fatalf("% x", enc)
		}
		if dec, err := DecodeCOBS(bytes.Clone(enc)); err != nil || !bytes.Equal(dec, data) {
			t.Fatalf("% x, %v", dec, err)
		}
		// What decodes has one encoding, but for a last group that is full.
		if dec, err := DecodeCOBS(bytes.Clone(data)); err == nil && len(dec) > len(data) {
			t.Fatalf("%d octets of %d", len(dec), len(data))
		}
	})
}

func TestFrameAllocatesNothing(t *testing.T) {
	var d Decoder
	message, frame := make([]byte, 0, MaxMessage), make([]byte, 0, MaxFrame+2)
	data, sig := make([]byte, 32*32), make([]byte, 32*4)
	n := testing.AllocsPerRun(100, func() {
		m := Begin(message, TypeUp, 1, 2)
		m = End(PCM{Tick: 1, Slots: 32, Ms: 4, Sig: sig, Data: data}.Append(m), 0)
		got, _, ok := d.Next(AppendFrame(frame, m))
		var p PCM
		if !ok || p.Parse(got.Body) != nil || len(p.Data) != len(data) {
			t.Fatal("the frame does not come back")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func TestProbe(t *testing.T) {
	for _, c := range []struct {
		p       Probe
		v, want uint8
	}{
		{Probe{Test: TestBits, Mask: 3}, 0x07, 3},
		{Probe{Test: TestBits, Mask: 0x70, Arg: 6}, 0x40, 0x10},
		{Probe{Test: TestMagnitude, Mask: 2, Arg: 3}, 0xfd, 2},
		{Probe{Test: TestMagnitude, Mask: 2, Arg: 3}, 0xfe, 0},
		{Probe{Test: TestMagnitude, Mask: 2, Arg: 3}, 3, 2},
		{Probe{Test: TestMagnitude, Mask: 2, Arg: 128}, 0x80, 2},
		{Probe{Test: TestAtLeast, Mask: 4, Arg: 4}, 0x83, 0},
		{Probe{Test: TestAtLeast, Mask: 4, Arg: 4}, 0x84, 4},
	} {
		if got := c.p.Eval(c.v); got != c.want {
			t.Errorf("%+v of %#02x is %#02x, want %#02x", c.p, c.v, got, c.want)
		}
	}
}
