package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/dsp/wav"
	"tipring/gateway/api"
	"tipring/gateway/call"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

func TestAtRest(t *testing.T) {
	live(t, nil, func(g *rig) {
		for name, args := range map[string][]string{
			"lines": {"lines"}, "calls": {"calls"}, "calls.json": {"calls", "--json"}, "cdr": {"cdr", "--data", g.dir}, "route": {"route", "202"},
			"route.json": {"route", "*43", "--from", "8000", "--json"}, "route-denied": {"route", "47", "--from", "local"}, "reload": {"reload"},
			"reload.json": {"reload", "--json"}, "span": {"span"}, "emu-span": {"emu", "span1", "status"}, "emu-fxs": {"emu", "fxs1", "status"}, "emu-fxo": {"emu", "fxo1", "status"},
		} {
			g.golden(name, g.ok(args...))
		}
		if out := g.ok("cdr", "--data", g.dir, "--json"); out != "" {
			g.Errorf("no calls are %q", out)
		}
		var st api.Status
		g.json(&st, g.ok("status", "--json"))
		if st.Version != "v1.2.3" || !st.Ready || st.Draining || st.Lines != 5 || len(st.Modems) != 1 || !st.Modems[0].Conversation || len(st.Cards) != 2 || !st.Cards[0].Up || len(st.SIP.Trunks) != 1 {
			g.Errorf("status %+v", st)
		}
		var lines []api.Line
		g.json(&lines, g.ok("lines", "--json"))
		if len(lines) != 5 || lines[4].Kind != "modem" || lines[0].Name != "fxs1" || lines[0].State != "idle" || lines[3].Kind != "fxo" {
			g.Errorf("lines %+v", lines)
		}
		out := g.ok("status")
		for _, want := range []string{
			"tipring v1.2.3, ready, up 1s, configuration: built-in default\n", "5 lines, 0 calls\n", "modem modem1 on memory: conversations, dialect si2494, format 4 ulaw 8000 Hz, 0 underruns, 0 faults\n", "span span1 (E1 CRC-4): alarms none, 0 calls\n", "card emu (emulated card): up, 4 slots, PCMU, 10 ms blocks, load ",
			"SIP on udp 127.0.0.1:5060, tcp 127.0.0.1:5060\n", "account 8000: not registered\n", "trunk local at 127.0.0.1:5070: reachable ",
		} {
			if !strings.Contains(out, want) {
				g.Errorf("status lacks %q:\n%s", want, out)
			}
		}
		// A state may not be asked for in passing by a name that is not there.
		if out := g.ok("emu", "fxs2", "status"); strings.Count(out, "\n") != 1 {
			g.Errorf("emu status is not one line: %q", out)
		}
		if out := g.ok("version"); strings.Count(out, "\n") != 1 || len(out) < 2 {
			g.Errorf("version %q", out)
		}
	})
}

// One phone calls the other; the call is shown, ended by its id, and recorded.
func TestCallByCommands(t *testing.T) {
	live(t, nil, func(g *rig) {
		g.silent("emu fxs1 offhook", "emu fxs1 dial 202")
		g.await("fxs2", "ringing", emu.Ringing)
		g.golden("calls-ringing", g.ok("calls"))
		g.silent("emu fxs2 offhook")
		time.Sleep(3 * time.Second)
		g.golden("calls-talking", g.ok("calls"))
		var calls []call.Status
		g.json(&calls, g.ok("calls", "--json"))
		if len(calls) != 1 || calls[0].State != call.Talking || calls[0].From != "201" || calls[0].To != "202" || calls[0].B != "fxs2" {
			g.Fatalf("calls %+v", calls)
		}
		var lines []api.Line
		g.json(&lines, g.ok("lines", "--json"))
		for i, l := range lines {
			if busy := i < 2; busy != (l.State == "talking") || busy != (l.Hook == "off") || busy != (l.Call == calls[0].ID) {
				g.Errorf("line %+v", l)
			}
		}
		if out := g.ok("lines"); strings.Count(out, calls[0].ID) != 2 || strings.Count(out, "talking") != 2 {
			g.Errorf("lines\n%s", out)
		}
		if out := g.ok("status"); !strings.Contains(out, "5 lines, 1 call\n") {
			g.Errorf("status\n%s", out)
		}
		g.fails(1, "`tipring calls`", "hangup", "nobody")
		g.silent("hangup " + calls[0].ID)
		time.Sleep(time.Second)
		if out := g.ok("calls", "--json"); out != "[]\n" {
			g.Errorf("calls are left: %s", out)
		}
		g.silent("emu fxs1 onhook", "emu fxs2 onhook")
		time.Sleep(2 * time.Second)
		g.golden("cdr-hangup", g.ok("cdr", "--data", g.dir))
		out := g.ok("cdr", "--data", g.dir, "--json")
		var keys map[string]any
		if err := json.Unmarshal([]byte(out), &keys); err != nil || strings.Count(out, "\n") != 1 {
			g.Fatalf("cdr --json: %v in %q", err, out)
		}
		for k, want := range map[string]any{
			"id": calls[0].ID, "from": "201", "to": "202", "port": "fxs1", "direction": "internal", "cause": 16.0, "sip_status": 0.0, "released_by": "gateway", "detector": "",
		} {
			if keys[k] != want {
				g.Errorf("%s is %v, want %v", k, keys[k], want)
			}
		}
		for _, k := range []string{"start", "answered", "ended"} {
			if s, _ := keys[k].(string); !strings.HasPrefix(s, "2000-01-01T00:00:") {
				g.Errorf("%s is %v", k, keys[k])
			}
		}
		if d, _ := keys["duration_s"].(float64); d < 2.9 || d > 4 {
			g.Errorf("duration_s is %v", keys["duration_s"])
		}
		g.golden("cdr-keys", strings.Join(slices.Sorted(maps.Keys(keys)), "\n")+"\n")
		if out := g.ok("cdr", "--data", g.dir, "--json", "--port", "fxo1"); out != "" {
			g.Errorf("records of another port: %s", out)
		}
		if out := g.ok("cdr", "--data", g.dir, "--json", "--since", "1s", "--limit", "1"); out != "" {
			g.Errorf("records of the last second: %s", out)
		}
	})
}

// The exchange calls, the phone answers, audio goes both ways, the exchange hangs up.
func TestExchangeByCommands(t *testing.T) {
	live(t, nil, func(g *rig) {
		sent, heard, said := filepath.Join(g.files, "sent.wav"), filepath.Join(g.files, "heard.wav"), filepath.Join(g.files, "said.wav")
		write := func(name string, hz float64) {
			f, err := os.Create(name)
			if err == nil {
				err = wav.Write(f, dsptest.Sine(hz, -12, 2*tdm.Rate))
			}
			if err == nil {
				err = f.Close()
			}
			if err != nil {
				g.Fatal(err)
			}
		}
		write(sent, 1004)
		write(said, 700)
		read := func(name string) []int16 {
			f, err := os.Open(name)
			if err != nil {
				g.Fatal(err)
			}
			defer f.Close()
			pcm, rate, err := wav.Read(f)
			if err != nil || rate != tdm.Rate {
				g.Fatalf("%s: rate %d, %v", name, rate, err)
			}
			return pcm
		}
		g.silent(`emu fxo1 ring --from 5557788 --name "John Doe"`)
		g.await("fxs1", "caller ID", func(s emu.Status) bool { return s.CallerID.Number == "5557788" && s.CallerID.Name == "John Doe" })
		g.silent("emu fxs1 offhook")
		g.await("fxo1", "answer", emu.OffHook)
		time.Sleep(time.Second)
		done := make(chan struct{})
		go func() {
			defer close(done)
			g.silent("emu fxo1 play " + sent)
		}()
		from := time.Now()
		g.silent("emu fxs1 record " + heard + " --for 1500ms")
		if d := time.Since(from); d < 1500*time.Millisecond {
			g.Errorf("record of 1.5 s returned after %v", d)
		}
		<-done
		if pcm := read(heard); len(pcm) != 12000 || dsptest.DominantHz(pcm[4000:]) < 1003 || dsptest.DominantHz(pcm[4000:]) > 1005 {
			g.Errorf("the phone heard %d samples, %.1f Hz", len(pcm), dsptest.DominantHz(pcm[4000:]))
		}
		go g.runs(g.Context(), "emu", "fxs1", "play", said)
		g.silent("emu fxo1 record " + heard + " --for 1s")
		if hz := dsptest.DominantHz(read(heard)); hz < 699 || hz > 701 {
			g.Errorf("the exchange heard %.1f Hz", hz)
		}
		g.silent("emu fxs1 flash", "emu fxo1 hangup --signal cpc")
		time.Sleep(3 * time.Second)
		g.silent("emu fxs1 onhook")
		time.Sleep(3 * time.Second)
		g.golden("cdr-exchange", g.ok("cdr", "--data", g.dir))

		g.silent("emu fxo2 ring --from private")
		g.await("fxs1", "private call", func(s emu.Status) bool { return s.CallerID.Number == "private" })
		g.silent("emu fxo2 hangup --signal none")
		time.Sleep(10 * time.Second)

		// The far number is busy; then it is free, and answers.
		g.silent("emu fxo1 busy on", "emu fxs1 offhook")
		g.await("fxs1", "dial tone", emu.Tone("dial"))
		g.silent("emu fxs1 dial 95551234 --pulse")
		g.await("fxs1", "busy tone", emu.Tone("busy"))
		g.silent("emu fxs1 onhook", "emu fxo1 busy off")
		time.Sleep(5 * time.Second)
		g.silent("emu fxs2 offhook")
		g.await("fxs2", "dial tone", emu.Tone("dial"))
		g.silent("emu fxs2 dial 95551234")
		g.await("fxs2", "ringback", emu.Tone("ring"))
		port := "fxo1"
		if g.status("fxo1").Hook == "on" {
			port = "fxo2"
		}
		g.silent("emu "+port+" answer", "emu "+port+" hangup --signal polarity", "emu fxs2 onhook")
		time.Sleep(5 * time.Second)
	})
}

// What a far end cannot do now fails with status 1, what it can never do with 2.
func TestCommandsThatFail(t *testing.T) {
	live(t, nil, func(g *rig) {
		wavFile := filepath.Join(g.files, "x.wav")
		if err := os.WriteFile(wavFile, []byte("no WAV"), 0o644); err != nil {
			g.Fatal(err)
		}
		for _, c := range []struct {
			code       int
			says, line string
		}{
			{1, "on hook", "emu fxs1 onhook"},
			{1, "on hook", "emu fxs1 flash"},
			{1, "on hook", "emu fxs1 dial 202"},
			{1, "no call", "emu fxo1 answer"},
			{1, "no call", "emu fxo1 hangup"},
			{1, `port "fxs9"`, "emu fxs9 offhook"},
			{1, "fxo1 cannot", "emu fxo1 offhook"},
			{1, "fxs1 cannot", "emu fxs1 ring --from 1"},
			{1, "WAV", "emu fxs1 play " + wavFile},
			{2, "no such file", "emu fxs1 play " + g.files + "/none.wav"},
			{2, "no such file", "emu fxs1 record " + g.files + "/none/x.wav --for 1s"},
			{1, `port "fxs9"`, "emu fxs9 record " + wavFile + " --for 1s"},
			{1, `port "fxs9"`, "emu fxs9 record " + g.files + "/new.wav --for 1s"},
			{2, "--for", "emu fxs1 record " + g.files + "/x.wav"},
			{2, "--for", "emu fxs1 record " + g.files + "/x.wav --for 0s"},
			{2, "--for", "emu fxs1 record " + g.files + "/x.wav --for soon"},
			{2, "cannot be dialled", "emu fxs1 dial 2o2"},
			{2, "digits", "emu fxs1 dial"},
			{2, "--signal", "emu fxo1 hangup --signal smoke"},
			{2, "value", "emu fxo1 busy maybe"},
			{2, "--pulses", "emu fxs1 dial 1 --pulses"},
			{2, "expected", "emu"},
			{2, "expected", "emu fxs1"},
			{2, "juggle", "emu fxs1 juggle"},
			{2, "expected one of", ""},
			{2, "frobnicate", "frobnicate"},
			{2, "--jsn", "lines --jsn"},
			{2, "watch", "lines again"},
			{2, "number is missing", `route ""`},
			{2, `"nobody"`, "route 1 --from nobody"},
			{1, "no such call", "hangup 1"},
			{2, "", "cdr --data " + g.files + "/none"},
			{2, "--limit", "cdr --limit 0 --data " + g.dir},
			{2, "--since", "cdr --since yesterday"},
			{2, "none.toml", "check " + g.files + "/none.toml"},
			{2, "--emulate", "run -c x.toml --emulate fxs=1"},
			{2, "fxs=N,fxo=N,modem=N", "run --emulate many"},
			{2, "127.0.0.1:5060", "run --sip 5060"},
			{2, "127.0.0.1:8080", "run --http 9080"},
			{1, `there is no line or span "nope"`, "machines nope"},
			{1, "modem1 (modem) has no state machine", "machines modem1"},
		} {
			g.fails(c.code, c.says, words(c.line)...)
		}
		if b, err := os.ReadFile(wavFile); err != nil || string(b) != "no WAV" {
			g.Errorf("a refused recording left %q of the file that was there, %v", b, err)
		}
		if _, err := os.Stat(g.files + "/new.wav"); err == nil {
			g.Error("a refused recording left a file")
		}
	})
}

func TestNoGateway(t *testing.T) {
	g := &rig{T: t}
	for _, line := range []string{"status", "lines", "calls", "reload", "route 1", "hangup 1", "emu fxs1 offhook", "emu fxs1 status"} {
		var out, errs strings.Builder
		code := execute(env{ctx: t.Context(), stdout: &out, stderr: &errs}, append(words(line), "--http", "127.0.0.1:1"))
		if code != 1 || out.String() != "" || !strings.Contains(errs.String(), "no gateway answers at http://127.0.0.1:1") || strings.Count(errs.String(), "\n") != 1 {
			g.Errorf("%s: exit %d, %q, %q", line, code, &out, &errs)
		}
	}
}

// The token comes from a flag or from the environment.
func TestTokenOnTheCommandLine(t *testing.T) {
	live(t, func(c *config.Config) { c.API.Token = "0123456789abcdef" }, func(g *rig) {
		g.fails(1, "token needed", "status")
		g.fails(1, "token needed", "lines", "--token", "wrong")
		g.ok("status", "--token", "0123456789abcdef")
	})
	t.Setenv("TIPRING_TOKEN", "0123456789abcdef")
	live(t, func(c *config.Config) { c.API.Token = "0123456789abcdef" }, func(g *rig) { g.ok("calls") })
}

func TestReload(t *testing.T) {
	live(t, nil, func(g *rig) {
		next := func(change func(*config.Config)) {
			g.reload = func() (*config.Config, error) {
				c, err := config.Default("")
				if err != nil {
					return nil, err
				}
				c.Data.Dir, c.Accounts[0].Password, c.Trunks[0].OptionsInterval = g.dir, "secret", 0
				change(c)
				return c, nil
			}
		}
		next(func(c *config.Config) { c.Timers.NoAnswer = 20 * time.Second })
		g.golden("reload-applied", g.ok("reload"))
		next(func(c *config.Config) {
			c.Timers.NoAnswer = 20 * time.Second
			c.HTTP.Listen = netip.MustParseAddrPort("127.0.0.1:8081")
		})
		g.golden("reload-restart", g.ok("reload"))
		g.reload = func() (*config.Config, error) { return config.Parse("bad.toml", "[timers]\nno_answr = 3\n[[card]]\n") }
		code, out, errs := g.runs(g.Context(), "reload")
		if code != 2 || out != "" || !strings.Contains(errs, "bad.toml:2: ") || !strings.HasSuffix(errs, "; nothing was changed\n") {
			g.Errorf("reload of a bad file: exit %d, %q, %q", code, out, errs)
		}
		code, out, _ = g.runs(g.Context(), "reload", "--json")
		var report api.ReloadReport
		g.json(&report, out)
		if code != 2 || len(report.Faults) < 2 {
			g.Errorf("reload --json of a bad file: exit %d, %s", code, out)
		}
	})
}

// watch shows the lines twice a second until it is interrupted, which is no failure.
func TestWatch(t *testing.T) {
	live(t, nil, func(g *rig) {
		for _, c := range []struct {
			args  []string
			begin string
		}{{[]string{"lines", "watch"}, "\x1b[H\x1b[2JLINE "}, {[]string{"lines", "watch", "--json"}, "[\n"}} {
			ctx, cancel := context.WithTimeout(g.Context(), 1600*time.Millisecond)
			code, out, errs := g.runs(ctx, c.args...)
			cancel()
			if n := strings.Count(out, c.begin); code != 0 || errs != "" || n != 4 || !strings.HasPrefix(out, c.begin) {
				g.Errorf("%v: exit %d, %q, %d screens", c.args, code, errs, n)
			}
		}
	})
}
