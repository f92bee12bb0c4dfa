package callerid

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tipring/cmd/peers"
	"tipring/dsp/wav"
)

// minimodem's caller-ID mode, an independent decoder, reads number, name and time of what the Transmitter sends.
func TestMinimodemReadsUs(t *testing.T) {
	tool := peers.Need(t, "minimodem")[0]
	for _, name := range []string{"bell202", "bell202-sdmf"} {
		s, _ := Lookup(name)
		file := filepath.Join(t.TempDir(), "cid.wav")
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := wav.Write(f, burst(s, alice)); err != nil {
			t.Fatal(err)
		}
		f.Close()
		out, err := exec.Command(tool, "--rx", "--quiet", "--file", file, "--samplerate", "8000", "callerid").Output()
		if err != nil {
			t.Fatalf("minimodem: %v", err)
		}
		want := []string{alice.Number, "07/04 15:30"}
		if s.Format == MDMF {
			want = append(want, alice.Name)
		}
		for _, w := range want {
			if !strings.Contains(string(out), w) {
				t.Errorf("%s: minimodem reads %q, want %q in it", name, out, w)
			}
		}
	}
}

// The Receiver reads a message that minimodem has modulated, in both modulations.
func TestWeReadMinimodem(t *testing.T) {
	tools := peers.Need(t, "minimodem", "sox")
	for _, tones := range [][2]string{{"1200", "2200"}, {"1300", "2100"}} {
		dir := t.TempDir()
		wide, narrow := filepath.Join(dir, "wide.wav"), filepath.Join(dir, "narrow.wav")
		send := exec.Command(tools[0], "--tx", "--file", wide, "--samplerate", "48000", "--mark", tones[0], "--space", tones[1], "1200")
		send.Stdin = bytes.NewReader(append(bytes.Repeat([]byte{0x55}, 30), Encode(alice, MDMF)...))
		if out, err := send.CombinedOutput(); err != nil {
			t.Fatalf("minimodem: %v: %s", err, out)
		}
		if out, err := exec.Command(tools[1], wide, "-r", "8000", narrow).CombinedOutput(); err != nil {
			t.Fatalf("sox: %v: %s", err, out)
		}
		f, err := os.Open(narrow)
		if err != nil {
			t.Fatal(err)
		}
		pcm, _, err := wav.Read(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		got := receive(NewReceiver(), append(pcm, make([]int16, 4000)...))
		if len(got) != 1 || got[0].Number != alice.Number || got[0].Name != alice.Name || got[0].Time != alice.Time {
			t.Errorf("%s/%s Hz: %+v", tones[0], tones[1], got)
		}
	}
}

// multimon-ng's CLIPFSK receiver reads what the Transmitter sends by V.23.
func TestMultimonReadsUs(t *testing.T) {
	tools := peers.Need(t, "sox", "multimon-ng")
	s, _ := Lookup("etsi-ring")
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.LittleEndian, burst(s, alice)); err != nil {
		t.Fatal(err)
	}
	format := []string{"-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-L"}
	args := append(append([]string{}, format...), "-r", "8000", "-")
	args = append(append(append(args, format...), "-r", "22050"), "-")
	resample := exec.Command(tools[0], args...)
	resample.Stdin = &raw
	wide, err := resample.Output()
	if err != nil {
		t.Fatalf("sox: %v", err)
	}
	decode := exec.Command(tools[1], "-q", "-c", "-a", "CLIPFSK", "-t", "raw", "-")
	decode.Stdin = bytes.NewReader(wide)
	out, err := decode.Output()
	if err != nil {
		t.Fatalf("multimon-ng: %v", err)
	}
	for _, w := range []string{alice.Number, alice.Name} {
		if !strings.Contains(string(out), w) {
			t.Errorf("multimon-ng reads %q, want %q in it", out, w)
		}
	}
}
