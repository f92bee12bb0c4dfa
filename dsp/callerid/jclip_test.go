package callerid

import (
	"bytes"
	"errors"
	"math/bits"
	"math/rand/v2"
	"testing"

	"tipring/dsp/level"
)

// The octets of a message, laid out by hand; the CRC is worked out highest bit first on mirrored octets, as asterisk does.
func TestEncodeNTT(t *testing.T) {
	got := Encode(Message{Number: "0312345678", Called: "201"}, NTT)
	want := []byte{0x90, 0x81, 0x87, 0x90, 0x82, 0xc0, 0x11, 0x82, 0x0a}
	for _, b := range []byte("0312345678\x09\x03201") {
		want = append(want, b|byte(bits.OnesCount8(b)&1)<<7)
	}
	want = append(want, 0x90, 0x03)
	if len(got) != len(want)+2 || !bytes.Equal(got[:len(want)], want) {
		t.Fatalf("% x, want % x and a CRC", got, want)
	}
	var crc uint16
	for _, b := range got[2:] {
		crc ^= uint16(bits.Reverse8(b)) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	if crc != 0 {
		t.Errorf("the CRC leaves %#04x", crc)
	}
	m, err := Decode(got)
	if err != nil || m.Number != "0312345678" || m.Called != "201" || m.Type != TypeJCLIP || !m.ChecksumOK {
		t.Errorf("%+v, %v", m, err)
	}
	if v, ok := m.Parameter(ParamJCLIPCalled); !ok || string(v) != "201" {
		t.Errorf("parameter %q, %v", v, ok)
	}
}

// Doubled octets are read once: a text of 16 octets has DLE for its length.
func TestNTTTransparency(t *testing.T) {
	p := Encode(Message{Number: "03123456789012"}, NTT)
	if !bytes.Contains(p, []byte{0xc0, 0x90, 0x90}) {
		t.Fatalf("% x has no doubled length", p)
	}
	if m, err := Decode(p); err != nil || m.Number != "03123456789012" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestNTTReasons(t *testing.T) {
	for reason, want := range map[byte]byte{'P': Private, 'O': Unavailable, 'C': Unavailable, 'S': Unavailable} {
		m, err := Decode(Encode(Message{Number: "0312345678", NumberReason: reason}, NTT))
		if err != nil || m.Number != "" || m.NumberReason != want || m.Dirty {
			t.Errorf("%c: %+v, %v", reason, m, err)
		}
	}
	if m, err := Decode(Encode(Message{NumberReason: 'x'}, NTT)); err != nil || !m.Dirty {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestDamagedNTT(t *testing.T) {
	good := Encode(alice, NTT)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x04
		if m, err := Decode(bad); err == nil || m.Number != "" || m.ChecksumOK {
			t.Errorf("octet %d: %+v, %v", i, m, err)
		}
		if _, err := Decode(good[:i]); err == nil {
			t.Errorf("cut at %d: no error", i)
		}
	}
	if _, err := Decode(good[:5]); !errors.Is(err, ErrShort) {
		t.Errorf("%v, want ErrShort", err)
	}
}

// A receiver that listens for everything reads NTT's form among the others, in noise as well as those.
func TestReceiveNTT(t *testing.T) {
	for _, snr := range []float64{30, 12, 8} {
		rnd := rand.New(rand.NewPCG(17, uint64(snr)))
		read := 0
		for range 100 {
			pcm := burst(JCLIP, alice)
			sigma := (JCLIP.DBm0 - level.DBm0(snr)).RMS()
			for i := range pcm {
				pcm[i] += int16(sigma * rnd.NormFloat64())
			}
			if got := receive(NewReceiver(), pcm); len(got) == 1 && got[0].ChecksumOK && got[0].Number == alice.Number && got[0].Standard == "jclip" {
				read++
			}
		}
		t.Logf("%v dB: %d of 100", snr, read)
		if read < 99 {
			t.Errorf("%v dB: %d of 100", snr, read)
		}
	}
	// One that is told what to listen for reads nothing else by the same modulation.
	v23, _ := Lookup("etsi-ring")
	if got := receive(NewReceiver(v23), burst(JCLIP, alice)); len(got) > 1 || len(got) == 1 && got[0].ChecksumOK {
		t.Errorf("without jclip: %+v", got)
	}
	if got := receive(NewReceiver(JCLIP), burst(v23, alice)); len(got) != 0 {
		t.Errorf("jclip alone: %+v", got)
	}
	pcm := burst(JCLIP, alice)
	if got := receive(NewReceiver(JCLIP), append(pcm[:len(pcm)-6300], make([]int16, 6000)...)); len(got) != 1 || got[0].ChecksumOK {
		t.Errorf("cut off: %+v", got)
	}
}
