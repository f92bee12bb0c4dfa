package fsk

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tipring/cmd/peers"
	"tipring/dsp/wav"
)

const text = "The quick brown fox jumps over the lazy dog 0123456789 times.\n"

func minimodemArgs(mode, hz string, s Spec, file string) []string {
	return []string{mode, "--file", file, "--samplerate", hz, "--mark", fmt.Sprint(s.MarkHz), "--space", fmt.Sprint(s.SpaceHz), "1200"}
}

// minimodem, an independent modem, reads what the Modulator sends.
func TestMinimodemReadsUs(t *testing.T) {
	tool := peers.Need(t, "minimodem")[0]
	for _, s := range both {
		m := NewModulator(s, -10)
		m.Marks(200)
		m.Bytes([]byte(text)...)
		m.Marks(100)
		pcm := make([]int16, m.Samples())
		m.Read(pcm)
		name := filepath.Join(t.TempDir(), "tx.wav")
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := wav.Write(f, pcm); err != nil {
			t.Fatal(err)
		}
		f.Close()
		args := minimodemArgs("--rx", "8000", s, name)
		out, err := exec.Command(tool, append([]string{args[0], "--quiet"}, args[1:]...)...).Output()
		if err != nil {
			t.Fatalf("minimodem: %v", err)
		}
		if string(out) != text {
			t.Errorf("%s: minimodem reads %q, want %q", s.Name, out, text)
		}
	}
}

// The Demodulator reads what minimodem sends. minimodem's bits are whole samples, so it sends at 48 kHz, where its rate is
// 1200 and not 1143 bit/s.
func TestWeReadMinimodem(t *testing.T) {
	tools := peers.Need(t, "minimodem", "sox")
	for _, s := range both {
		dir := t.TempDir()
		wide, narrow := filepath.Join(dir, "wide.wav"), filepath.Join(dir, "narrow.wav")
		send := exec.Command(tools[0], minimodemArgs("--tx", "48000", s, wide)...)
		send.Stdin = bytes.NewReader([]byte(text))
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
		pcm, hz, err := wav.Read(f)
		f.Close()
		if err != nil || hz != rate {
			t.Fatalf("%d Hz, %v", hz, err)
		}
		got := bytesOf(NewDemodulator(s).Process(append(pcm, make([]int16, 800)...), nil))
		if !bytes.Contains(got, []byte(text)) {
			t.Errorf("%s: %q, want %q", s.Name, got, text)
		}
	}
}
