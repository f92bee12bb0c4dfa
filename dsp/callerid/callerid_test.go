package callerid

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"tipring/dsp/dtmf"
	"tipring/dsp/fsk"
	"tipring/dsp/tone"
)

var alice = Message{Number: "5551234", Name: "ALICE LIDDELL", Time: "07041530"}

// receive runs a receiver over a message with silence around it, 160 samples at a time.
func receive(r *Receiver, pcm []int16) (out []Message) {
	for len(pcm) > 0 {
		n := min(160, len(pcm))
		if m := r.Process(pcm[:n]); m != nil {
			out = append(out, *m)
		}
		pcm = pcm[n:]
	}
	return out
}

func burst(s Standard, m Message) []int16 {
	t := NewTransmitter(s, m, 0)
	pcm := make([]int16, 800+t.Samples()+6000)
	t.Read(pcm[800 : len(pcm)-6000])
	return pcm
}

// The message of GR-30-CORE's own example layout, checked by hand.
func TestEncodeOctets(t *testing.T) {
	got := Encode(Message{Number: "6095551212", Time: "03301522"}, SDMF)
	want := "\x04\x1203301522" + "6095551212"
	var s byte
	for i := range len(want) {
		s += want[i]
	}
	want += string([]byte{-s})
	if string(got) != want {
		t.Errorf("SDMF % x, want % x", got, want)
	}
	got = Encode(alice, MDMF)
	want = "\x80\x22\x01\x0807041530\x02\x075551234\x07\x0dALICE LIDDELL"
	if !strings.HasPrefix(string(got), want) || len(got) != len(want)+1 || sum(got) != 0 {
		t.Errorf("MDMF %q, want %q and a checksum", got, want)
	}
}

func TestDecodeWhatEncodeMakes(t *testing.T) {
	for _, m := range []Message{
		alice,
		{Number: "+441234567890", Name: "Żółć & Müller", Time: "12312359", CallType: CallVoice, Called: "201", Redirecting: "202"},
		{NumberReason: Private, NameReason: Private, Time: "01010000"},
		{},
	} {
		got, err := Decode(Encode(m, MDMF))
		if err != nil {
			t.Fatal(err)
		}
		want := m
		want.Type, want.ChecksumOK, want.Raw = TypeMDMF, true, got.Raw
		want.Name = fold(m.Name)
		if m.Number == "" && m.NumberReason == 0 {
			want.NumberReason = Unavailable
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v\nwant %+v", got, want)
		}
	}
}

func TestPrivateNumberIsNeverSent(t *testing.T) {
	m := Message{Number: "5551234", NumberReason: Private, Name: "SECRET", NameReason: Private}
	for _, f := range []Format{MDMF, SDMF} {
		if p := Encode(m, f); bytes.Contains(p, []byte("5551234")) || bytes.Contains(p, []byte("SECRET")) {
			t.Errorf("format %d: % x", f, p)
		}
	}
	for f := FormABC; f <= FormHash; f++ {
		if d := encodeDTMF(m, f); strings.Contains(d, "5551234") {
			t.Errorf("DTMF form %d: %s", f, d)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	good := Encode(alice, MDMF)
	bad := bytes.Clone(good)
	bad[20] ^= 0x10
	overrun := frame(TypeMDMF, []byte{ParamCallingNumber, 9, '1'})
	for _, row := range []struct {
		name string
		p    []byte
		want error
	}{
		{"empty", nil, ErrShort},
		{"cut off", good[:len(good)-1], ErrShort},
		{"checksum", bad, ErrChecksum},
		{"parameter overruns", overrun, nil},
		{"single data message too short", frame(TypeSDMF, []byte("123")), nil},
	} {
		m, err := Decode(row.p)
		if err == nil || row.want != nil && !errors.Is(err, row.want) {
			t.Errorf("%s: error %v", row.name, err)
		}
		if m.Number != "" || m.Name != "" || m.Time != "" {
			t.Errorf("%s: %+v", row.name, m)
		}
	}
}

func TestDirtyFieldsAreEmpty(t *testing.T) {
	for name, m := range map[string][]byte{
		"control in number": {ParamCallingNumber, 4, '1', '2', 0x0D, '3'},
		"letter in number":  {ParamCallingNumber, 4, '1', '2', 'x', '3'},
		"control in name":   {ParamCallingName, 4, 'A', 'B', 0x00, 'C'},
		"C1 in name":        {ParamCallingName, 3, 'A', 0x85, 'C'},
		"newline in name":   {ParamCallingName, 3, 'A', '\n', 'C'},
		"reason":            {ParamNumberAbsence, 1, 'x'},
		"impossible time":   append([]byte{ParamTime, 8}, "13010000"...),
	} {
		got, err := Decode(frame(TypeMDMF, m))
		if err != nil || !got.Dirty || got.Number != "" || got.Name != "" || got.Time != "" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestReasonInPlaceOfTheNumber(t *testing.T) {
	m, err := Decode(frame(TypeMDMF, []byte{ParamCallingNumber, 1, 'P', ParamCallingName, 1, 'O'}))
	if err != nil || m.NumberReason != Private || m.NameReason != Unavailable || m.Number != "" || m.Name != "" {
		t.Errorf("%+v, %v", m, err)
	}
	m, err = Decode(Encode(Message{NumberReason: Private, Time: "02031234"}, SDMF))
	if err != nil || m.NumberReason != Private || m.Time != "02031234" {
		t.Errorf("SDMF: %+v, %v", m, err)
	}
}

// Message waiting by both layouts and both modulations: octets, and what comes of them over a line.
func TestMessageWaiting(t *testing.T) {
	on := Message{Type: TypeMDMFWaiting, Waiting: IndicatorOn, Messages: 3, Time: "07041530", Number: "5551234"}
	if got, want := Encode(Message{Type: TypeMDMFWaiting, Waiting: IndicatorOff}, MDMF), []byte{0x82, 3, 0x0B, 1, 0, 0x6F}; !bytes.Equal(got, want) {
		t.Errorf("lamp off: % x, want % x", got, want)
	}
	if got, want := Encode(Message{Type: TypeSDMFWaiting, Waiting: IndicatorOn}, SDMF), []byte{6, 3, 0x42, 0x42, 0x42, 0x31}; !bytes.Equal(got, want) {
		t.Errorf("lamp on: % x, want % x", got, want)
	}
	for _, name := range []string{"bell202", "bell202-sdmf", "etsi-ring", "etsi-dtas"} {
		s, _ := Lookup(name)
		for _, m := range []Message{on, {Type: TypeMDMFWaiting, Waiting: IndicatorOff}} {
			got := receive(NewReceiver(s), burst(s, m))
			if len(got) != 1 || got[0].Waiting != m.Waiting || !got[0].ChecksumOK || got[0].Dirty {
				t.Fatalf("%s: %+v, want %+v", name, got, m)
			}
			if g := got[0]; s.Format == MDMF && (g.Type != TypeMDMFWaiting || g.Messages != m.Messages || g.Number != m.Number || g.Time != m.Time) {
				t.Errorf("%s: %+v, want %+v", name, g, m)
			}
		}
	}
	for _, bad := range [][]byte{{ParamVisualIndicator, 1, 7}, {ParamVisualIndicator, 2, 0, 0}, {ParamMessageCount, 0}} {
		if m, err := Decode(frame(TypeMDMFWaiting, bad)); err != nil || !m.Dirty || m.Waiting != Unsaid {
			t.Errorf("% x: %+v, %v", bad, m, err)
		}
	}
}

// All parameters are kept, those too that have no field.
func TestEveryParameterIsKept(t *testing.T) {
	var body []byte
	for p := range 31 {
		body = append(body, byte(p+1), 2, 'x', byte(p))
	}
	m, err := Decode(frame(TypeMDMF, body))
	if err != nil {
		t.Fatal(err)
	}
	for p := range 31 {
		if v, ok := m.Parameter(byte(p + 1)); !ok || !bytes.Equal(v, []byte{'x', byte(p)}) {
			t.Errorf("parameter %#02x: % x, %v", p+1, v, ok)
		}
	}
}

func TestParameter(t *testing.T) {
	m, err := Decode(frame(TypeMDMFWaiting, []byte{ParamVisualIndicator, 1, 0xFF, ParamMessageCount, 1, 3}))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := m.Parameter(ParamMessageCount); !ok || len(v) != 1 || v[0] != 3 {
		t.Errorf("message count %v, %v", v, ok)
	}
	if _, ok := m.Parameter(ParamCallingName); ok {
		t.Error("a name that is not there")
	}
}

func TestDTMFForms(t *testing.T) {
	for _, row := range []struct {
		m    Message
		f    DTMFForm
		want string
	}{
		{Message{Number: "31205551234"}, FormABC, "A31205551234C"},
		{Message{NumberReason: Private}, FormABC, "B10C"},
		{Message{}, FormABC, "B00C"},
		{Message{Number: "45551234"}, FormAHash, "A45551234#"},
		{Message{NumberReason: Private}, FormAHash, "D1#"},
		{Message{NumberReason: Unavailable}, FormAHash, "D3#"},
		{Message{Number: "0912345678"}, FormDC, "D0912345678C"},
		{Message{Number: "12345678"}, FormHash, "12345678#"},
	} {
		got := encodeDTMF(row.m, row.f)
		if got != row.want {
			t.Errorf("%+v form %d: %s, want %s", row.m, row.f, got, row.want)
		}
		back := decodeDTMF(got)
		want := row.m.NumberReason
		if row.m.Number == "" && want == 0 {
			want = Unavailable
		}
		if back.Number != row.m.Number || back.NumberReason != want || back.Dirty {
			t.Errorf("%s: %+v", got, back)
		}
	}
	if m := decodeDTMF("A12345D67890C"); m.Number != "12345" || m.Redirecting != "67890" {
		t.Errorf("redirected: %+v", m)
	}
	if m := decodeDTMF("A12*45C"); !m.Dirty || m.Number != "" {
		t.Errorf("star in a number: %+v", m)
	}
}

func TestEveryStandardIsReceived(t *testing.T) {
	for _, name := range Names() {
		s, _ := Lookup(name)
		if s.Physical == None {
			continue
		}
		for _, m := range []Message{alice, {NumberReason: Private, Time: "07041530"}} {
			if m.NumberReason != 0 && (s.DTMFForm == FormDC || s.DTMFForm == FormHash) {
				continue // no word for it
			}
			got := receive(NewReceiver(), burst(s, m))
			if len(got) != 1 {
				t.Errorf("%s: %d messages", name, len(got))
				continue
			}
			g := got[0]
			if !g.ChecksumOK || g.Dirty || g.Number != m.Number || g.NumberReason != m.NumberReason || g.Standard != s.Physical.String() {
				t.Errorf("%s: %+v", name, g)
			}
			if s.Physical != DTMF && s.Format != NTT && g.Time != m.Time || s.MaxName > 0 && g.Name != m.Name {
				t.Errorf("%s: %+v", name, g)
			}
		}
	}
}

func TestReceiverNamesItsStandard(t *testing.T) {
	s, _ := Lookup("etsi-lr")
	if got := receive(NewReceiver(s), burst(s, alice)); len(got) != 1 || got[0].Standard != "etsi-lr" {
		t.Errorf("%+v", got)
	}
}

func TestReceiverAnyCut(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"bell202", "etsi-dtas", "dtmf"} {
		s, _ := Lookup(name)
		pcm := burst(s, alice)
		for i := range pcm {
			pcm[i] += int16(rnd.NormFloat64() * 100)
		}
		want := fmt.Sprint(receive(NewReceiver(), pcm))
		for range 5 {
			r := NewReceiver()
			var got []Message
			for done := 0; done < len(pcm); {
				n := min(1+rnd.IntN(300), len(pcm)-done)
				if m := r.Process(pcm[done : done+n]); m != nil {
					got = append(got, *m)
				}
				done += n
			}
			if fmt.Sprint(got) != want {
				t.Errorf("%s: %+v\nwant %s", name, got, want)
			}
		}
	}
}

func TestTransmitterAnyCut(t *testing.T) {
	for _, name := range Names() {
		s, _ := Lookup(name)
		a := NewTransmitter(s, alice, 0)
		whole := make([]int16, a.Samples())
		if n := a.Read(whole); n != len(whole) || a.Samples() != 0 {
			t.Fatalf("%s: %d of %d samples", name, n, len(whole))
		}
		rnd := rand.New(rand.NewPCG(3, 4))
		b := NewTransmitter(s, alice, 0)
		var cut []int16
		for b.Samples() > 0 {
			buf := make([]int16, 1+rnd.IntN(100))
			cut = append(cut, buf[:b.Read(buf)]...)
		}
		if !reflect.DeepEqual(whole, cut) && len(whole) > 0 {
			t.Errorf("%s: a cut changed the output", name)
		}
	}
}

func TestChecksumErrorIsReportedWithoutFields(t *testing.T) {
	s, _ := Lookup("bell202")
	tx := NewTransmitter(s, alice, 0)
	pcm := make([]int16, tx.Samples()+4000)
	tx.Read(pcm)
	// A click in the name.
	for i := 5000; i < 5020; i++ {
		pcm[i] = -pcm[i]
	}
	got := receive(NewReceiver(s), pcm)
	if len(got) != 1 || got[0].ChecksumOK || got[0].Number != "" || got[0].Name != "" || got[0].Time != "" || len(got[0].Raw) == 0 {
		t.Errorf("%+v", got)
	}
}

func TestReceiverAllocatesForMessagesAlone(t *testing.T) {
	r := NewReceiver()
	pcm := make([]int16, 160)
	rnd := rand.New(rand.NewPCG(5, 6))
	for i := range pcm {
		pcm[i] = int16(rnd.NormFloat64() * 3000)
	}
	if n := testing.AllocsPerRun(100, func() { r.Process(pcm) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestEveryZoneHasARow(t *testing.T) {
	have := map[string]Zone{}
	for _, z := range Zones() {
		if _, ok := Lookup(z.Standard); !ok {
			t.Errorf("%s: no standard %q", z.ID, z.Standard)
		}
		if _, twice := have[z.ID]; twice || z.Source == "" {
			t.Errorf("%s: twice or without a source", z.ID)
		}
		have[z.ID] = z
	}
	for _, id := range tone.Zones() {
		z, ok := have[id]
		if !ok {
			t.Errorf("%s: no row", id)
			continue
		}
		delete(have, id)
		plan, _ := tone.Zone(id)
		if plan.CallerID == nil {
			continue
		}
		s := ForZone(id)
		signalling := map[string]string{"jclip": "v23_jp"}[s.Physical.String()]
		if signalling == "" {
			signalling = s.Physical.String()
		}
		if z.Certainty != Stated || signalling != plan.CallerID.Signalling {
			t.Errorf("%s: %s (%s), but the tone table says %s", id, s.Name, z.Certainty, plan.CallerID.Signalling)
		}
	}
	for id := range have {
		t.Errorf("%s is no zone", id)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Encode(alice, MDMF))
	f.Add(Encode(alice, SDMF))
	f.Add([]byte{0x80, 3, 2, 1})
	f.Add(frame(TypeMDMF, []byte{ParamCallingName, 3, 'a', 0, 'b'}))
	f.Add(Encode(alice, NTT))
	f.Add(Encode(alice, NTT)[2:])
	f.Fuzz(func(t *testing.T, p []byte) {
		// The checksum would keep the fuzzer out of the parser, so both as given and with the right one.
		ntt := append([]byte{even(dle), even(soh)}, p...)
		crc := crc16(ntt[2:])
		ntt = append(ntt, byte(crc), byte(crc>>8))
		for _, p := range [][]byte{p, frame(TypeMDMF, p[:min(len(p), 255)]), frame(TypeSDMF, p[:min(len(p), 255)]), ntt} {
			m, err := Decode(p)
			check(t, &m)
			if err != nil && (m.Number != "" || m.Name != "") {
				t.Errorf("error %v with fields: %+v", err, m)
			}
			for b := range 256 {
				m.Parameter(byte(b))
			}
		}
		m := decodeDTMF(string(p))
		check(t, &m)
	})
}

// check holds a message to what its users rely on.
func check(t *testing.T, m *Message) {
	for _, n := range []string{m.Number, m.Called, m.Redirecting} {
		if strings.Trim(n, "0123456789*#+ABCD") != "" {
			t.Errorf("number %q", n)
		}
	}
	for _, r := range m.Name {
		if r < 0x20 || r >= 0x7F && r < 0xA0 {
			t.Errorf("name %q", m.Name)
		}
	}
	if m.Time != "" && !validTime(m.Time) {
		t.Errorf("time %q", m.Time)
	}
	if !m.ChecksumOK && (m.Number != "" || m.Name != "" || m.Time != "") {
		t.Errorf("fields of a damaged message: %+v", m)
	}
}

// FuzzReceiver sends any octets through the modem and any digits through the DTMF detector.
func FuzzReceiver(f *testing.F) {
	f.Add(Encode(alice, MDMF), uint8(0))
	f.Add([]byte("\x80\x80\x04\x06\x82"), uint8(1))
	f.Add([]byte("A12345D678C"), uint8(2))
	f.Fuzz(func(t *testing.T, p []byte, way uint8) {
		p = p[:min(len(p), 60)]
		var pcm []int16
		if way%3 == 2 {
			s := dtmf.NewSource(string(p), 60, 40, -10)
			pcm = make([]int16, s.Samples())
			s.Read(pcm)
		} else {
			m := fsk.NewModulator([]fsk.Spec{fsk.Bell202, fsk.V23}[way%3], -13)
			m.Marks(30)
			m.Bytes(p...)
			pcm = make([]int16, m.Samples())
			m.Read(pcm)
		}
		for _, m := range receive(NewReceiver(), append(pcm, make([]int16, 1000)...)) {
			check(t, &m)
		}
	})
}
