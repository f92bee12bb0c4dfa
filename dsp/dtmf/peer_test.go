package dtmf

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"strings"
	"testing"

	"tipring/cmd/peers"
)

// multimon-ng, an independent receiver, reads all 16 digits of the generator.
func TestMultimonReadsOurDigits(t *testing.T) {
	tools := peers.Need(t, "sox", "multimon-ng")
	s := NewSource(all16+all16, 70, 70, -10)
	pcm := make([]int16, s.Samples()+8000)
	s.Read(pcm[4000:])
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.LittleEndian, pcm); err != nil {
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
	decode := exec.Command(tools[1], "-q", "-c", "-a", "DTMF", "-t", "raw", "-")
	decode.Stdin = bytes.NewReader(wide)
	out, err := decode.Output()
	if err != nil {
		t.Fatalf("multimon-ng: %v", err)
	}
	var got strings.Builder
	for line := range strings.Lines(string(out)) {
		if d, ok := strings.CutPrefix(strings.TrimSpace(line), "DTMF: "); ok {
			got.WriteString(d)
		}
	}
	if got.String() != all16+all16 {
		t.Errorf("multimon-ng reads %q, want %q", got.String(), all16+all16)
	}
}

// Synthesised talk of several voices gives no digit and mutes next to nothing.
func TestEspeakIsNoDigit(t *testing.T) {
	tools := peers.Need(t, "espeak-ng", "sox")
	const text = "The quick brown fox jumps over the lazy dog. Please hold the line while I connect you to extension two hundred and one. " +
		"Our office is open from eight in the morning until half past five. One, two, three, four, five, six, seven, eight, nine, zero. " +
		"How much wood would a woodchuck chuck if a woodchuck could chuck wood? She sells sea shells on the sea shore. "
	m := mute{d: NewDetector(Config{})}
	for _, voice := range []string{"en-us", "en-us+f3", "en+m7", "de", "fr", "it+f2", "es", "sv+f5"} {
		for _, pitch := range []string{"30", "50", "80"} {
			say := exec.Command(tools[0], "-v", voice, "-p", pitch, "--stdout", text)
			wav, err := say.Output()
			if err != nil {
				t.Fatalf("espeak-ng: %v", err)
			}
			narrow := exec.Command(tools[1], "-t", "wav", "-", "-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-L", "-", "norm", "-3")
			narrow.Stdin = bytes.NewReader(wav)
			raw, err := narrow.Output()
			if err != nil {
				t.Fatalf("sox: %v", err)
			}
			pcm := make([]int16, len(raw)/2)
			if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, pcm); err != nil {
				t.Fatal(err)
			}
			m.run(pcm)
		}
	}
	t.Log(&m)
	if m.digits != "" || m.percent() > 0.2 {
		t.Errorf("false digits %q, %.3f %% muted", m.digits, m.percent())
	}
}
