package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/hw/emu"
	"tipring/hw/modem"
	"tipring/hw/serial"
	"tipring/hw/serial/pty"
)

// The modem of the default run is driven like an exchange line.
func TestModemByCommands(t *testing.T) {
	live(t, nil, func(g *rig) {
		g.silent(`emu modem1 ring --from 5557788 --name John`)
		g.await("modem1", "ringing", emu.Ringing)
		g.await("fxs1", "ringing", emu.Ringing)
		if st := g.status("modem1"); st.CallerID.Number != "5557788" {
			g.Errorf("%+v", st)
		}
		g.silent("emu fxs1 offhook")
		g.await("modem1", "off-hook", emu.OffHook)
		time.Sleep(2 * time.Second)
		if out := g.ok("lines"); strings.Count(out, "talking") != 2 {
			g.Errorf("lines\n%s", out)
		}
		g.silent("emu modem1 hangup", "emu fxs1 onhook")
		g.await("modem1", "on-hook", emu.OnHook)
		time.Sleep(5 * time.Second)
		g.silent("emu modem1 busy on", "emu fxs1 offhook", "emu fxs1 dial 55550123")
		g.await("modem1", "the number", emu.Digits("5550123"))
		g.await("fxs1", "busy tone", emu.Tone("busy"))
		g.silent("emu fxs1 onhook")
		g.fails(2, "juggle", "emu", "modem1", "juggle")
		if out := g.ok("cdr", "--data", g.dir); strings.Count(out, "modem1") != 2 {
			g.Errorf("records\n%s", out)
		}
	})
}

// A probe of an emulated modem on a pseudo-terminal, by the real serial port, says what it is for; its transcript, played back,
// gives the same.
func TestProbe(t *testing.T) {
	for _, c := range []struct {
		model string
		args  []string
		says  []string
	}{
		{"si2494", nil, []string{"dialect", "si2494 (by ATI6)", "full duplex  yes", "chosen       4 ulaw 8000 Hz", "used for     conversation"}},
		{"usr5637", nil, []string{"full duplex  no", "used for     answering, announcements, DTMF menus, recording; no conversation: it is half duplex (no +VTR)"}},
		{"huawei", []string{"--audio", "AUDIO"}, []string{"dialect", "huawei", "used for  ", "conversation"}},
	} {
		t.Run(c.model, func(t *testing.T) {
			t.Parallel()
			m, err := emu.NewModem(emu.ModemConfig{Model: c.model, Line: emu.Line{Name: "m"}})
			if err != nil {
				t.Fatal(err)
			}
			path, audio, err := m.OpenPTY()
			if err != nil {
				t.Fatal(err)
			}
			var run sync.WaitGroup
			run.Go(func() { m.Run(t.Context()) })
			t.Cleanup(func() {
				m.Close()
				run.Wait()
			})
			file := filepath.Join(t.TempDir(), "said.transcript")
			args := []string{"modem", "probe", path, "--transcript", file}
			for _, a := range c.args {
				args = append(args, strings.Replace(a, "AUDIO", audio, 1))
			}
			var out, errs bytes.Buffer
			if code := execute(env{ctx: t.Context(), stdout: &out, stderr: &errs}, args); code != 0 {
				t.Fatalf("exit %d: %s%s", code, &out, &errs)
			}
			for _, want := range append(c.says, file) {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in\n%s", want, &out)
				}
			}
			said, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				p, err := modem.NewReplay(bytes.NewReader(said))
				if err != nil {
					t.Fatal(err)
				}
				open := func() (serial.Port, error) { return p, nil }
				can, err := modem.Probe(context.Background(), open, open, "", nil)
				if err != nil || p.Err() != nil || can.Dialect != c.model {
					t.Errorf("%+v: %v, %v", can, err, p.Err())
				}
			})
		})
	}
}

func TestProbeFaults(t *testing.T) {
	far, path, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	dir := t.TempDir()
	t.Chdir(dir)
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{1, "no such file", []string{"/dev/none"}},
		{2, "klingon", []string{path, "--dialect", "klingon"}},
		{1, "no such file", []string{filepath.Join(dir, "none"), "--transcript", filepath.Join(dir, "a")}},
		{1, "no serial device", []string{"/dev/null", "--transcript", filepath.Join(dir, "b")}},
		{1, "within 200ms", []string{path, "--timeout", "200ms", "--transcript", filepath.Join(dir, "c")}},
		{2, "none/d", []string{path, "--transcript", filepath.Join(dir, "none/d")}},
	} {
		var out, errs bytes.Buffer
		code := execute(env{ctx: t.Context(), stdout: &out, stderr: &errs}, append([]string{"modem", "probe"}, c.args...))
		if code != c.code || !strings.Contains(errs.String(), c.says) || strings.Count(errs.String(), "\n") != 1 || out.Len() > 0 {
			t.Errorf("%v: exit %d, %q, %q; want exit %d and one line with %q", c.args, code, &out, &errs, c.code, c.says)
		}
	}
	if left, err := filepath.Glob("none*"); err != nil || len(left) > 0 {
		t.Errorf("of a device that is not there are left %q, %v", left, err)
	}
}
