package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tipring/cmd/peers"
	"tipring/dsp/callerid"
)

func run(t *testing.T, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	c := exec.Command(name, args...)
	c.Stdin = bytes.NewReader(stdin)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return out
}

// TestDspReadsSox: digits and tones that sox made, in 16 bits and in both laws.
func TestDspReadsSox(t *testing.T) {
	sox := peers.Need(t, "sox")[0]
	f := filepath.Join(t.TempDir(), "f.wav")
	for _, coding := range [][]string{{"-b", "16"}, {"-e", "mu-law"}, {"-e", "a-law"}} {
		record := func(tones ...string) {
			args := append(append([]string{"-n", "-r", "8000", "-c", "1"}, coding...), f)
			run(t, nil, sox, append(args, tones...)...)
		}
		record("synth", "0.1", "sine", "770", "sine", "1336", "remix", "-", "gain", "-9", "pad", "0.2", "0.2")
		if got := dsp(t, 0, "dtmf", f); !regexp.MustCompile(`^\{"digit":"5","at":0\.(19|20)\d,"dur":0\.(09|10)\d,"low_dbm0":-\d+\.\d,"high_dbm0":-\d+\.\d,"twist_db":-?0\.\d\}\n$`).MatchString(got) {
			t.Errorf("%v: %s", coding, got)
		}
		record("synth", "0.48", "sine", "425", "gain", "-15", "pad", "0", "0.48", "repeat", "9")
		if got := dsp(t, 0, "tones", f, "--zone", "de"); !strings.Contains(got, `{"tone":"busy","at":0.0`) {
			t.Errorf("%v: %s", coding, got)
		}
		if got := dsp(t, 0, "learn-tone", f); !strings.Contains(got, `"spec":"425/480,0/480"`) {
			t.Errorf("%v: %s", coding, got)
		}
	}
	run(t, nil, sox, "-n", "-r", "16000", "-c", "1", "-b", "16", f, "synth", "1", "sine", "425")
	dsp(t, 2, "tones", f)
	run(t, nil, sox, "-n", "-r", "8000", "-c", "2", "-b", "16", f, "synth", "1", "sine", "425")
	dsp(t, 2, "tones", f)
}

// TestDspAndMinimodem: a message that minimodem sent is read, and one that was generated is read by minimodem.
func TestDspAndMinimodem(t *testing.T) {
	tools := peers.Need(t, "minimodem", "sox")
	dir := t.TempDir()
	wide, f := filepath.Join(dir, "wide.wav"), filepath.Join(dir, "f.wav")
	octets := callerid.Encode(callerid.Message{Number: "5551234", Name: "JO", Time: "12241830"}, callerid.MDMF)
	for standard, hz := range map[string][2]string{"bell202": {"1200", "2200"}, "v23": {"1300", "2100"}} {
		run(t, append(bytes.Repeat([]byte{0x55}, 30), octets...), tools[0], "--tx", "--file", wide, "--samplerate", "48000", "--mark", hz[0], "--space", hz[1], "1200")
		run(t, nil, tools[1], wide, "-r", "8000", f)
		want := `"standard":"` + standard + `","type":"call-setup","number":"5551234","name":"JO","time":"12241830","checksum_ok":true`
		for _, asked := range []string{"auto", standard} {
			if got := dsp(t, 0, "callerid", f, "--standard", asked); !strings.Contains(got, want) {
				t.Errorf("%s as %s: %s", standard, asked, got)
			}
		}
		dsp(t, 0, "generate", "callerid", "--number", "5551234", "--name", "JO", "--standard", standard, "-o", f)
		run(t, nil, tools[1], f, "-r", "48000", wide)
		if got := run(t, nil, tools[0], "--rx", "--quiet", "--file", wide, "--mark", hz[0], "--space", hz[1], "1200"); !bytes.Contains(got, []byte("5551234")) {
			t.Errorf("minimodem reads %q", got)
		}
	}
}

// TestDspAndMultimon: digits that were generated are read by multimon-ng.
func TestDspAndMultimon(t *testing.T) {
	tools := peers.Need(t, "multimon-ng", "sox")
	f := filepath.Join(t.TempDir(), "f.wav")
	dsp(t, 0, "generate", "dtmf", "1470*258#", "-o", f)
	raw := run(t, nil, tools[1], f, "-t", "raw", "-e", "signed", "-b", "16", "-r", "22050", "-")
	got := string(run(t, raw, tools[0], "-q", "-a", "DTMF", "-t", "raw", "-"))
	digits := regexp.MustCompile(`DTMF: (.)`).FindAllStringSubmatch(got, -1)
	var b strings.Builder
	for _, d := range digits {
		b.WriteString(d[1])
	}
	if b.String() != "1470*258#" {
		t.Errorf("multimon-ng reads %q of %q", b.String(), got)
	}
}
