package wav_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tipring/cmd/peers"
	"tipring/dsp/g711"
	"tipring/dsp/wav"
)

var ramp = func() []int16 {
	pcm := make([]int16, 1000)
	for i := range pcm {
		pcm[i] = int16(i*65 - 32768)
	}
	return pcm
}()

func TestWriteRead(t *testing.T) {
	for _, pcm := range [][]int16{nil, {1}, {-32768, 32767}, ramp} {
		var b bytes.Buffer
		if err := wav.Write(&b, pcm); err != nil {
			t.Fatal(err)
		}
		got, rate, err := wav.Read(&b)
		if err != nil || rate != 8000 || !slices.Equal(got, pcm) {
			t.Errorf("%d samples come back as %d at %d Hz, %v", len(pcm), len(got), rate, err)
		}
	}
}

func chunk(id string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 != 0 {
		b = append(b, 0)
	}
	return b
}

func fmtChunk(tag, channels uint16, rate uint32, bits uint16, extra ...byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, tag)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, rate*uint32(channels)*uint32(bits)/8)
	b = binary.LittleEndian.AppendUint16(b, channels*bits/8)
	b = binary.LittleEndian.AppendUint16(b, bits)
	return chunk("fmt ", append(b, extra...))
}

func file(chunks ...[]byte) []byte {
	body := append([]byte("WAVE"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func TestReadOtherFormats(t *testing.T) {
	octets := []byte{0xFF, 0x80, 0x00, 0x7F, 0xD5, 0x2A}
	extensible := make([]byte, 24)
	extensible[0] = 22
	extensible[8] = 1
	streamed := file(fmtChunk(1, 1, 8000, 16), []byte("data\xFF\xFF\xFF\xFF\x01\x00\x02\x00"))
	for _, tt := range []struct {
		name string
		data []byte
		want []int16
		rate int
	}{
		{"mu-law", file(fmtChunk(7, 1, 8000, 8), chunk("data", octets)), decoded(g711.MuLaw, octets), 8000},
		{"A-law with extension", file(fmtChunk(6, 1, 8000, 8, 0, 0), chunk("data", octets)), decoded(g711.ALaw, octets), 8000},
		{"extensible", file(fmtChunk(0xFFFE, 1, 16000, 16, extensible...), chunk("data", []byte{1, 0, 255, 255})), []int16{1, -1}, 16000},
		{"other chunks, odd length", file(chunk("LIST", []byte("abc")), fmtChunk(1, 1, 44100, 16), chunk("fact", []byte{1, 2, 3, 4}), chunk("data", []byte{5, 0})), []int16{5}, 44100},
		{"length never filled in", streamed, []int16{1, 2}, 8000},
	} {
		got, rate, err := wav.Read(bytes.NewReader(tt.data))
		if err != nil || rate != tt.rate || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v at %d Hz, %v; want %v at %d", tt.name, got, rate, err, tt.want, tt.rate)
		}
	}
}

func decoded(l g711.Law, b []byte) []int16 {
	pcm := make([]int16, len(b))
	l.Decode(pcm, b)
	return pcm
}

func TestReadRefuses(t *testing.T) {
	good := file(fmtChunk(1, 1, 8000, 16), chunk("data", []byte{1, 0, 2, 0}))
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "fewer than 12 bytes"},
		{"text", []byte("hello, this is text"), "starts with"},
		{"stereo", file(fmtChunk(1, 2, 8000, 16), chunk("data", nil)), "2 channels"},
		{"8-bit linear", file(fmtChunk(1, 1, 8000, 8), chunk("data", nil)), "8 bits"},
		{"float", file(fmtChunk(3, 1, 8000, 32), chunk("data", nil)), "format 0x0003"},
		{"rate 0", file(fmtChunk(1, 1, 0, 16), chunk("data", nil)), "0 samples a second"},
		{"no data", file(fmtChunk(1, 1, 8000, 16)), "without a data chunk"},
		{"data first", file(chunk("data", nil)), "before its fmt"},
		{"short fmt", file(chunk("fmt ", make([]byte, 4))), "fmt chunk of 4 bytes"},
		{"huge fmt", file([]byte("fmt \xF0\xFF\xFF\xFF")), "fmt chunk of"},
		{"cut in data", good[:len(good)-1], "cut short"},
		{"cut in a chunk", file([]byte("LIST\x00\x00\x00\x10ab")), "inside its \"LIST\""},
		{"half a sample", file(fmtChunk(1, 1, 8000, 16), chunk("data", []byte{1, 2, 3})), "half a sample"},
	} {
		if _, _, err := wav.Read(bytes.NewReader(tt.data)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

type broken struct{}

var errBroken = errors.New("disk gone")

func (broken) Write([]byte) (int, error) { return 0, errBroken }
func (broken) Read([]byte) (int, error)  { return 0, errBroken }

func TestErrorsOfTheFilePass(t *testing.T) {
	if err := wav.Write(broken{}, ramp); !errors.Is(err, errBroken) {
		t.Errorf("Write gives %v", err)
	}
	if _, _, err := wav.Read(broken{}); !errors.Is(err, errBroken) {
		t.Errorf("Read gives %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(fmtChunk(1, 1, 8000, 16), chunk("data", []byte{1, 0, 2, 0})))
	f.Add(file(fmtChunk(7, 1, 8000, 8), chunk("data", []byte{1, 0, 2, 0})))
	f.Fuzz(func(t *testing.T, data []byte) {
		pcm, rate, err := wav.Read(bytes.NewReader(data))
		if err == nil && (rate <= 0 || len(pcm) > len(data)) {
			t.Fatalf("%d samples at %d Hz from %d bytes", len(pcm), rate, len(data))
		}
	})
}

// TestSox checks both directions against a program that this project did not write.
func TestSox(t *testing.T) {
	sox := peers.Need(t, "sox")[0]
	var b bytes.Buffer
	if err := wav.Write(&b, ramp); err != nil {
		t.Fatal(err)
	}
	for _, encoding := range [][]string{{"-e", "signed", "-b", "16"}, {"-e", "mu-law"}, {"-e", "a-law"}} {
		out := filepath.Join(t.TempDir(), "out.wav")
		cmd := exec.Command(sox, append(append([]string{"-D", "-t", "wav", "-"}, encoding...), out)...)
		cmd.Stdin = bytes.NewReader(b.Bytes())
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("sox %v: %v: %s", encoding, err, text)
		}
		raw := exec.Command(sox, out, "-t", "raw", "-e", "signed", "-b", "16", "-L", "-")
		want, err := raw.Output()
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := wav.Read(openFile(t, out))
		if err != nil || len(got) != len(ramp) {
			t.Fatalf("%v: %d samples, %v", encoding, len(got), err)
		}
		for i, s := range got {
			if w := int16(binary.LittleEndian.Uint16(want[2*i:])); s != w {
				t.Fatalf("%v: sample %d is %d, sox reads %d", encoding, i, s, w)
			}
		}
	}
}
