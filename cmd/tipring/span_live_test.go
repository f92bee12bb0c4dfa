package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/gateway/api"
	"tipring/gateway/config"
	"tipring/hw/emu"
)

// performance returns the counters of the quarter hour at hand.
func (g *rig) performance() (near, far api.PerformanceInterval) {
	g.Helper()
	var p api.SpanPerformance
	g.json(&p, g.ok("span", "pm", "span1", "--json"))
	if len(p.Near.Quarters) == 0 || len(p.Far.Quarters) == 0 {
		g.Fatalf("no counters: %+v", p)
	}
	return p.Near.Quarters[0], p.Far.Quarters[0]
}

// Errors on the line show as errored seconds at both ends; a cable that is pulled makes unavailable seconds, from the first on.
func TestSpanPerformance(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: framers take minutes under the race detector, and shorter stories have the same goroutines")
	}
	// The gateway starts at 00:12:30, so that a quarter hour ends after two minutes and a half.
	live(t, func(*config.Config) {
		time.Sleep(12*time.Minute + 30*time.Second)
	}, func(g *rig) {
		time.Sleep(20 * time.Second)
		before, _ := g.performance()
		g.silent("emu span1 errors 1e-4")
		time.Sleep(30 * time.Second)
		g.silent("emu span1 errors 0")
		time.Sleep(2 * time.Second)
		near, far := g.performance()
		for name, i := range map[string]api.PerformanceInterval{"near": near, "far": far} {
			// 1e-4 makes 20 in 100 of the 1,000 blocks of 2,048 bits wrong.
			if n := i.ES - before.ES; n < 29 || n > 32 || i.UAS != 0 || i.SES-before.SES > 1 || i.BBE < 30*130 || i.BBE > 30*250 {
				g.Errorf("%s end after 30 s of errors: %+v, before %+v", name, i, before)
			}
		}
		if near.ESL < 29 || near.CVL < 30*150 {
			g.Errorf("the line itself: %+v", near)
		}

		g.silent("emu span1 pull")
		time.Sleep(7500 * time.Millisecond)
		if now, _ := g.performance(); now.SES < near.SES+6 || now.UAS != 0 {
			g.Errorf("after 7.5 s without a signal: %+v", now)
		}
		time.Sleep(12500 * time.Millisecond)
		now, _ := g.performance()
		if now.UAS < 19 || now.UAS > 20 || now.SES-near.SES > 1 || now.ES-near.ES > 1 {
			g.Errorf("after 20 s without a signal: %+v, before %+v", now, near)
		}
		if out := g.ok("span", "pm", "span1"); !strings.Contains(out, "span1 near end: unavailable\n") {
			g.Errorf("pm\n%s", out)
		}
		g.silent("emu span1 plug")
		time.Sleep(30 * time.Second)
		after, _ := g.performance()
		if after.UAS < 20 || after.UAS > 22 {
			g.Errorf("after the cable came back: %+v", after)
		}
		time.Sleep(time.Minute)
		var p api.SpanPerformance
		g.json(&p, g.ok("span", "pm", "span1", "--json"))
		if q := p.Near.Quarters; len(q) != 2 || q[1].UAS != after.UAS || q[0].UAS != 0 || q[0].ES != 0 || !q[0].Begin.Equal(time.Date(2000, 1, 1, 0, 15, 0, 0, time.UTC)) || q[1].Seconds < 148 || q[1].Seconds > 152 {
			g.Errorf("quarter hours %+v", q)
		}
		if d := p.Near.Days; len(d) != 1 || d[0].UAS != after.UAS || d[0].ES < after.ES {
			g.Errorf("days %+v", d)
		}
		g.fails(1, `no such span: "span9"; there are span1`, "span", "pm", "span9")
		g.fails(1, `no such span: "span9"; there are span1`, "span", "show", "span9")
	})
}

var bertLine = regexp.MustCompile(`(?m)^ +(\d+\.\d)  (yes|no) +(\d+) +(\d+) +(\S+) +(\d+) +(\d+)$`)

// A test against the loop of the far end counts the errors that were put in, and no other.
func TestSpanBERT(t *testing.T) {
	live(t, nil, func(g *rig) {
		g.silent("emu span1 loop payload")
		time.Sleep(time.Second)
		out := g.ok("span", "bert", "span1", "--for", "5s", "--insert", "25", "--timeslots", "1-15,17-31")
		lines := bertLine.FindAllStringSubmatch(out, -1)
		if len(lines) != 5 {
			g.Fatalf("%d lines:\n%s", len(lines), out)
		}
		last := lines[4]
		if last[1] != "5.0" || last[2] != "yes" || last[4] != "25" || last[6] != "25" || last[7] != "0" || len(last[3]) < len("9000000") {
			g.Errorf("a test with 25 errors put in ends with %s", last[0])
		}
		if out := g.ok("span", "bert", "span1", "--for", "2s", "--json", "--pattern", "qrss"); !strings.Contains(out, `"errors":0,"losses":0,"inserted":0,"final":true`) {
			g.Errorf("without errors: %s", out)
		}
		g.silent("emu span1 loop none")
		code, _, errs := g.runs(g.Context(), "span", "bert", "span1", "--for", "2s", "--force")
		if code != 1 || !strings.Contains(errs, "the pattern does not come back") {
			g.Errorf("without a loop: exit %d, %q", code, errs)
		}
		g.fails(2, `pattern "2^7": want 2^9-1,`, "span", "bert", "span1", "--pattern", "2^7", "--json")
		g.fails(2, "timeslots", "span", "bert", "span1", "--timeslots", "0", "--json")
	})
}

// Tests and loops keep off calls, unless they are told not to; a channel under test takes no call.
func TestSpanInUse(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: framers take minutes under the race detector, and shorter stories have the same goroutines")
	}
	live(t, nil, func(g *rig) {
		g.silent("emu fxs1 offhook", "emu fxs1 dial 75556677")
		g.await("fxs1", "the answer", func(s emu.Status) bool { return s.Tone == "" })
		time.Sleep(8 * time.Second)
		g.fails(1, "1 of the timeslots have calls", "span", "bert", "span1", "--timeslots", "1", "--json")
		g.fails(1, "timeslot 16 is the D channel of 1 calls", "span", "bert", "span1", "--timeslots", "16", "--json")
		g.fails(1, "a loop would cut off 1 calls", "span", "loop", "span1", "line")
		if out := g.ok("machines", "span1"); !strings.Contains(out, "U10 active") || !strings.Contains(out, "7 multiple frame established") {
			g.Errorf("machines\n%s", out)
		}
		ended := make(chan string)
		go func() {
			_, out, _ := g.runs(g.Context(), "span", "bert", "span1", "--timeslots", "2-31", "--for", "5s", "--json", "--force")
			ended <- out
		}()
		time.Sleep(2 * time.Second)
		var s api.Span
		g.json(&s, g.ok("span", "show", "span1"))
		if !s.Testing || s.Channels["blocked"] != 29 || s.Channels["busy"] != 1 {
			g.Errorf("under test: %+v", s)
		}
		g.fails(1, "another test is running", "span", "bert", "span1", "--timeslots", "5", "--json")
		if out := <-ended; !strings.Contains(out, `"final":true`) {
			g.Errorf("the test said %s", out)
		}
		g.silent("emu fxs1 onhook")
		time.Sleep(time.Minute)
		g.json(&s, g.ok("span", "show", "span1"))
		if s.Testing || s.Channels["idle"] != 30 || !s.DChannel {
			g.Errorf("after the test: %+v", s)
		}

		// A loop shows, and ends.
		g.silent("span loop span1 line")
		time.Sleep(time.Second)
		if out := g.ok("span"); !strings.Contains(out, "line loop") {
			g.Errorf("span\n%s", out)
		}
		g.fails(2, "an E1 has no loop codes", "span", "loop", "span1", "line", "--far")
		g.silent("span loop span1 none")
		time.Sleep(30 * time.Second)
		if out := g.ok("span"); !strings.Contains(out, "none    up") {
			g.Errorf("span\n%s", out)
		}
	})
}

var traceTime = regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{6}`)

// The trace of a call, decoded on the screen.
func TestSpanTrace(t *testing.T) {
	live(t, nil, func(g *rig) {
		ctx, cancel := context.WithTimeout(g.Context(), 15*time.Second)
		defer cancel()
		traced := make(chan string)
		go func() {
			code, out, errs := g.runs(ctx, "span", "trace", "span1")
			if code != 0 || errs != "" {
				g.Errorf("trace: exit %d, %q", code, errs)
			}
			traced <- out
		}()
		g.call()
		// A block of the card more or less is a matter of who came first.
		g.golden("span-trace", traceTime.ReplaceAllString(<-traced, "HH:MM:SS.000000"))
	})
}

// call is a whole call from a telephone to the switch.
func (g *rig) call() {
	time.Sleep(time.Second)
	g.silent("emu fxs1 offhook", "emu fxs1 dial 75556677")
	time.Sleep(8 * time.Second)
	g.silent("emu fxs1 onhook")
	time.Sleep(2 * time.Second)
}

// tshark reads the capture of a call: LAPD and Q.931, each message by its name, and nothing malformed.
func TestSpanTraceIsReadByTshark(t *testing.T) {
	tshark := peers.Need(t, "tshark")[0]
	var file string
	live(t, nil, func(g *rig) {
		file = filepath.Join(g.files, "trace.pcapng")
		traced := make(chan string)
		go func() { traced <- g.ok("span", "trace", "span1", "-o", file, "--for", "30s") }()
		g.call()
		if out := <-traced; !regexp.MustCompile(`: \d\d frames\n$`).MatchString(out) {
			g.Errorf("trace -o says %q", out)
		}
	})
	read := func(args ...string) string {
		out, err := exec.Command(tshark, append([]string{"-r", file}, args...)...).Output()
		if err != nil {
			t.Fatalf("tshark %v: %v", args, err)
		}
		return string(out)
	}
	if bad := read("-Y", "_ws.malformed || _ws.expert.severity == error || !lapd"); bad != "" {
		t.Errorf("tshark complains of\n%s", bad)
	}
	got := strings.Fields(read("-Y", "q931", "-T", "fields", "-e", "q931.message_type", "-e", "frame.p2p_dir"))
	// Type and direction (0: sent by us): SETUP, CALL PROCEEDING, ALERTING, CONNECT and its acknowledgement, DISCONNECT, RELEASE, RELEASE COMPLETE.
	want := "0x05 0 0x02 1 0x01 1 0x07 1 0x0f 0 0x45 0 0x4d 1 0x5a 0"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("tshark reads\n%s, want\n%s", s, want)
	}
	if cr := read("-Y", "lapd.control.ftype == 0 && frame.p2p_dir == 0 && lapd.cr == 1"); cr != "" {
		t.Errorf("a command of the user has C/R 1:\n%s", cr)
	}
}
