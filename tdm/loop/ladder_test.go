package loop

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tipring/tdm"
	"tipring/tdm/fsm"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A ladder is a dialogue with one machine as text. Its file holds the script and what came of it:
//
//	# comment
//	: fxs zone=us number=201         the machine and its settings
//	> 1500 offhook                   1,500 ms later this comes in
//	* 2000 howler                    a timer expired, 2,000 ms after the start
//	< tone dial                      what the machine wants done
//	= dialtone                       and its new state
//
// The test keeps the lines with #, : and > and works out the others.
type ladderRun struct {
	t         *testing.T
	fxs       *fxs
	fxo       *fxo
	m         *machine
	now       int64
	deadlines map[timer]int64
	out       strings.Builder
}

var (
	fxsCover = fsm.NewCover(fxsTable)
	fxoCover = fsm.NewCover(fxoTable)
)

func (r *ladderRun) printf(format string, args ...any) { fmt.Fprintf(&r.out, format+"\n", args...) }

func (r *ladderRun) state() string {
	if r.fxs != nil {
		return r.fxs.state.String()
	}
	return r.fxo.state.String()
}

// settle shows what the machine wants and starts its timers.
func (r *ladderRun) settle(before string) {
	for _, o := range r.m.out {
		switch o.kind {
		case outStart:
			r.deadlines[o.timer] = r.now + ms(o.ms)
		case outStop:
			delete(r.deadlines, o.timer)
		}
		r.printf("< %v", o)
	}
	if s := r.state(); s != before {
		r.printf("= %s", s)
	}
}

func (r *ladderRun) step(event string, in *input) {
	before := r.state()
	r.m.now, r.m.out = r.now, r.m.out[:0]
	if r.fxs != nil {
		i := slices.Index(fxsEventNames[:], event)
		if i < 0 {
			r.t.Fatalf("no event %q", event)
		}
		r.fxs.input(fxsEvent(i), in)
	} else {
		i := slices.Index(fxoEventNames[:], event)
		for k := tdm.Setup; k <= tdm.Disconnect; k++ {
			if e, ok := fxoPrimitives[k]; ok && k.String() == event {
				i = int(e)
			}
		}
		if i < 0 {
			r.t.Fatalf("no event %q", event)
		}
		r.fxo.input(fxoEvent(i), in)
	}
	r.settle(before)
}

// advance moves time and lets timers expire.
func (r *ladderRun) advance(by int) {
	to := r.now + ms(by)
	for {
		due, at := numTimers, to+1
		for t, d := range r.deadlines {
			if d < at || d == at && t < due {
				due, at = t, d
			}
		}
		if due == numTimers {
			break
		}
		r.now = at
		delete(r.deadlines, due)
		r.m.running[due] = false
		r.printf("* %d %v", r.now/tdm.Quantum, due)
		if r.fxs != nil {
			r.step(fxsTimerEvents[due].String(), &input{})
		} else {
			r.step(fxoTimerEvents[due].String(), &input{})
		}
	}
	r.now = to
}

func fields(line string) (words []string, keys map[string]string) {
	keys = make(map[string]string)
	for _, w := range strings.Fields(line) {
		if k, v, ok := strings.Cut(w, "="); ok {
			keys[k] = v
		} else {
			words = append(words, w)
		}
	}
	return words, keys
}

func number(t *testing.T, s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%q is not a number", s)
	}
	return n
}

// create makes the machine that a ":" line describes.
func (r *ladderRun) create(line string) {
	clear(r.deadlines)
	r.fxs, r.fxo = nil, nil
	words, keys := fields(line)
	c := LineConfig{Name: "line", Echo: true}
	on := func(v string) bool { return v == "on" }
	for k, v := range keys {
		switch k {
		case "zone":
			c.Zone = v
		case "number":
			c.Number = v
		case "openfeed":
			c.FXS.OpenFeedMs = number(r.t, v)
		case "reverse":
			c.FXS.ReverseOnAnswer = on(v)
		case "howler":
			c.FXS.HowlerAfterMs = number(r.t, v)
		case "cleartone":
			c.FXS.ClearTone = v
		case "callerid":
			c.CallerID = v
		case "callwaiting":
			c.CallWaiting = on(v)
		case "dial":
			c.FXO.DialMode = DialMode(v)
		case "dialtone":
			c.FXO.DialToneMs = number(r.t, v)
		case "blind":
			c.FXO.DialBlind = on(v)
		case "answer":
			c.FXO.AnswerOn.Polarity, c.FXO.AnswerOn.Voice = strings.Contains(v, "polarity"), strings.Contains(v, "voice")
		case "after":
			c.FXO.AnswerOn.AfterMs = number(r.t, v)
		case "cpc":
			c.FXO.Disconnect.CurrentMs = number(r.t, v)
		case "ignore":
			c.FXO.Disconnect.IgnoreFlip = strings.Contains(v, "flip")
			c.FXO.Disconnect.IgnoreTone = strings.Contains(v, "tone")
		case "blocked", "unannounced":
		default:
			r.t.Fatalf("no setting %q", k)
		}
	}
	kind := tdm.FXS
	if words[0] == "fxo" {
		kind = tdm.FXO
	}
	s, err := resolve(c, tdm.Info{Name: "card", Slots: []tdm.Slot{{Kind: kind, Name: "line"}}})
	if err != nil {
		r.t.Fatal(err)
	}
	s.callerIDUnannounced = keys["unannounced"] == "on"
	if kind == tdm.FXS {
		r.fxs = &fxs{machine: machine{set: s, blocked: keys["blocked"]}, row: fxsCover.Take}
		r.m = &r.fxs.machine
		return
	}
	r.fxo = &fxo{machine: machine{set: s, blocked: keys["blocked"]}, row: fxoCover.Take, battery: true}
	r.m = &r.fxo.machine
	before := r.state()
	r.fxo.rest(nil)
	r.settle(before)
}

// bits sets what the machine sees of the line.
func (r *ladderRun) bits(event string) {
	if r.fxs != nil {
		switch event {
		case "offhook":
			r.fxs.closed = true
		case "onhook":
			r.fxs.closed = false
		}
		return
	}
	switch x := r.fxo; event {
	case "ringon":
		x.ring = true
	case "ringoff":
		x.ring = false
	case "battery":
		x.battery = true
	case "nobattery":
		x.battery = false
	case "polarity":
		x.reversed = !x.reversed
	case "current":
		x.current = true
	case "nocurrent":
		x.current = false
	}
}

// comeIn handles a ">" line.
func (r *ladderRun) comeIn(line string) {
	words, keys := fields(line)
	r.advance(number(r.t, words[0]))
	event := strings.Join(words[1:], " ")
	in := &input{reason: keys["reason"]}
	in.prim = tdm.Primitive{Called: keys["called"], InBand: keys["inband"] == "true", AlertInfo: keys["alert"]}
	in.prim.Calling.Digits = keys["calling"]
	if v := keys["cause"]; v != "" {
		in.prim.Cause = tdm.Cause(number(r.t, v))
	}
	if v := keys["digit"]; v != "" {
		in.digit, in.prim.Digit = v[0], v[0]
	}
	if strings.HasPrefix(event, "callerid") {
		in.caller = caller{ok: event == "callerid", number: tdm.PartyNumber{Digits: keys["number"], Name: keys["name"]}}
	}
	if r.fxs != nil && event == "SETUP" {
		in.alert = r.alert(keys)
	}
	r.bits(event)
	if event == "" { // time passes
		return
	}
	if v := keys["closed"]; v != "" {
		r.fxs.closed = v == "true"
	}
	r.step(event, in)
}

// alert is the alerting of a SETUP: ring=MS/MS/..., after=MS (a burst of that length after ring 1), and
// before=reverse,wait:MS,pulse:MS,activate:MS,burst.
func (r *ladderRun) alert(keys map[string]string) alerting {
	a := alerting{cadence: r.m.set.cadence}
	if ring := distinctiveRing(keys["alert"]); ring != nil {
		a.cadence, _ = cadence(ring)
	}
	if v := keys["after"]; v != "" {
		a.withBurst(number(r.t, v), 500, 200)
	}
	for s := range strings.SplitSeq(keys["before"], ",") {
		name, length, _ := strings.Cut(s, ":")
		step := alertStep{}
		if length != "" {
			step.ms = number(r.t, length)
		}
		switch name {
		case "reverse":
			step.kind = stepReverse
		case "wait":
			step.kind = stepWait
		case "pulse":
			step.kind = stepPulse
		case "burst":
			step.kind = stepBurst
		case "activate":
			step.kind, a.reversed, a.shortMs = stepActivate, true, 500
		default:
			continue
		}
		a.before = append(a.before, step)
	}
	return a
}

func runLadder(t *testing.T, script string) string {
	r := &ladderRun{t: t, deadlines: make(map[timer]int64)}
	sc := bufio.NewScanner(strings.NewReader(script))
	for sc.Scan() {
		switch line := sc.Text(); {
		case line == "", strings.HasPrefix(line, "#"):
			r.printf("%s", line)
		case strings.HasPrefix(line, ":"):
			r.printf("%s", line)
			r.create(line[1:])
		case strings.HasPrefix(line, ">"):
			words, _ := fields(line[1:])
			r.advance(number(t, words[0])) // timers show up before the line
			r.printf("%s", line)
			r.comeIn(strings.Replace(line[1:], words[0], "0", 1))
		}
	}
	return r.out.String()
}

// TestLadders runs every dialogue in testdata/ladders, and then asks whether they took every row of both diagrams.
func TestLadders(t *testing.T) {
	files, err := filepath.Glob("testdata/ladders/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no ladders: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got := runLadder(t, string(want))
			if *update && got != string(want) {
				if err := os.WriteFile(f, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			compare(t, got, string(want))
		})
	}
	if t.Failed() {
		return
	}
	for _, row := range fxsCover.Missing() {
		t.Errorf("no ladder takes the FXS row %s", row)
	}
	for _, row := range fxoCover.Missing() {
		t.Errorf("no ladder takes the FXO row %s", row)
	}
}

// compare shows the first line that differs, with some of what came before.
func compare(t *testing.T, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Fatalf("line %d:\n%s\ngot  %q\nwant %q\n(run with -update and review)", i+1, strings.Join(g[max(0, i-6):min(i, len(g))], "\n"), a, b)
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, got, string(want))
}

func TestFXSDiagram(t *testing.T) {
	if s := fxsTable.Unreachable(fxsIdle); s != nil {
		t.Errorf("no arrow leads to %v", s)
	}
	if s := fxsTable.Stuck(); s != nil {
		t.Errorf("no arrow leads out of %v", s)
	}
	for _, r := range fxsTable.Rows() {
		if r.Clause == "" {
			t.Errorf("%v names no clause", r)
		}
	}
	golden(t, "testdata/fxs.dot", fxsTable.DOT("fxs"))
	golden(t, "testdata/fxs-unhandled.txt", fxsTable.Unhandled())
}

func TestFXODiagram(t *testing.T) {
	if s := fxoTable.Unreachable(fxoIdle); s != nil {
		t.Errorf("no arrow leads to %v", s)
	}
	if s := fxoTable.Stuck(); s != nil {
		t.Errorf("no arrow leads out of %v", s)
	}
	for _, r := range fxoTable.Rows() {
		if r.Clause == "" {
			t.Errorf("%v names no clause", r)
		}
	}
	golden(t, "testdata/fxo.dot", fxoTable.DOT("fxo"))
	golden(t, "testdata/fxo-unhandled.txt", fxoTable.Unhandled())
}

func TestEveryTimerAndPrimitiveHasItsEvent(t *testing.T) {
	for tm := range numTimers {
		_, s := fxsTimerEvents[tm]
		_, o := fxoTimerEvents[tm]
		if !s && !o {
			t.Errorf("timer %v leads nowhere", tm)
		}
	}
	for k := tdm.Setup; k <= tdm.Disconnect; k++ {
		if _, ok := fxsPrimitives[k]; !ok {
			t.Errorf("FXS: %v leads nowhere", k)
		}
		if _, ok := fxoPrimitives[k]; !ok {
			t.Errorf("FXO: %v leads nowhere", k)
		}
	}
}
