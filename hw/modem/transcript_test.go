package modem_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"tipring/hw/emu"
	"tipring/hw/modem"
	"tipring/hw/serial"
	"tipring/hw/serial/serialtest"
)

var update = flag.Bool("update", false, "write the transcripts of the emulated models anew")

// probeEmulated probes an emulated modem.
func probeEmulated(t *testing.T, model, dialect string, w *bytes.Buffer) (c modem.Capability, err error) {
	synctest.Test(t, func(t *testing.T) {
		e, err2 := emu.NewModem(emu.ModemConfig{Model: model, Line: emu.Line{Name: "m"}})
		if err2 != nil {
			t.Fatal(err2)
		}
		done := make(chan error)
		go func() { done <- e.Run(t.Context()) }()
		open := func() (serial.Port, error) {
			p, far := serialtest.Pair()
			e.Plug(far)
			return p, nil
		}
		c, err = modem.Probe(t.Context(), open, open, dialect, w)
		e.Close()
		<-done
	})
	return c, err
}

// Each transcript is what its modem said to a probe; played back to the driver of today it gives the same capability.
func TestTranscripts(t *testing.T) {
	if *update {
		for _, m := range emu.ModemModels() {
			var w bytes.Buffer
			if _, err := probeEmulated(t, m.ID, m.Dialect, &w); err != nil {
				t.Fatal(m.ID, err)
			}
			if err := os.WriteFile(filepath.Join("testdata", m.ID+".transcript"), w.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, _ := filepath.Glob("testdata/*.transcript")
	if len(files) < len(emu.ModemModels()) {
		t.Errorf("%d transcripts", len(files))
	}
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".transcript")
		t.Run(id, func(t *testing.T) {
			var dialect string
			for _, m := range emu.ModemModels() {
				if m.ID == id {
					dialect = m.Dialect
				}
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				p, err := modem.NewReplay(bytes.NewReader(raw))
				if err != nil {
					t.Fatal(err)
				}
				open := func() (serial.Port, error) { return p, nil }
				c, err := modem.Probe(t.Context(), open, open, dialect, nil)
				if err != nil || p.Err() != nil {
					t.Fatal(err, p.Err())
				}
				if c.Dialect != id && c.Dialect != dialect || !c.Voice || c.Format.Coding == "" {
					t.Errorf("%+v", c)
				}
			})
		})
	}
}

// What is not a transcript is refused, and a host that says something else is told where.
func TestReplayFaults(t *testing.T) {
	for _, s := range []string{"", "hello", "tipring modem transcript 1\n? x", "tipring modem transcript 1\n> AT"} {
		if p, err := modem.NewReplay(strings.NewReader(s)); err == nil && s != "" {
			t.Errorf("%q: %v", s, p)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		p, err := modem.NewReplay(strings.NewReader("tipring modem transcript 1\n# a comment\n> \"AT+NEVER\\r\"\n< \"\\r\\nOK\\r\\n\"\n"))
		if err != nil {
			t.Fatal(err)
		}
		open := func() (serial.Port, error) { return p, nil }
		if _, err := modem.Probe(context.Background(), open, nil, "", nil); err == nil || p.Err() == nil {
			t.Error(err, p.Err())
		}
	})
}

// Numbers and names are not in a transcript.
func TestTranscriptIsPrivate(t *testing.T) {
	var w bytes.Buffer
	if _, err := probeEmulated(t, "v253", "", &w); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.String(), `> "AT+VSM=?\r"`) || !strings.HasPrefix(w.String(), "tipring modem transcript 1\n") {
		t.Errorf("%s", w.String())
	}
	for in, want := range map[string]string{
		"NMBR = 2125550199\r\n": "NMBR = 5555555555\r\n", "NAME=BOB B.\r\n": "NAME=555 5.\r\n", "NMBR = P\r\n": "NMBR = P\r\n",
		"ATDT2125550199;\r": "ATDT5555555555;\r", "MESG=80AB\r\n": "MESG=0000\r\n", "+CLIP: \"+4930\",145\r\n": "+CLIP: \"+5555\",555\r\n", "ATI3\r": "ATI3\r",
	} {
		if got := modem.Private(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
