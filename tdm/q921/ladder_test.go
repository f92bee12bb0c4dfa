package q921

import (
	"bufio"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tipring/tdm/fsm"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A ladder is a dialogue with one link as text. Its file holds the script and what came of it:
//
//	# comment
//	: network k=1                    the link and its parameters
//	> 0 DL-ESTABLISH request         that many milliseconds later this comes in
//	> 5 RR nr=1 f                    or this frame, a response; "command" and "p" make it a command
//	- 02 01 01 03                    its octets
//	* 1000 T200                      a timer expired, 1,000 ms after the start
//	< send 02 01 01 02  RR nr=1      what the link wants done
//	= 7 multiple frame established   and its new state
//
// The test keeps the lines with #, : and > and works out the others.
type ladder struct {
	t        *testing.T
	link     *Link
	network  bool
	now      time.Duration
	deadline [numTimers]time.Duration
	gen      [numTimers]uint32
	out      strings.Builder
}

var cover = fsm.NewCover(table)

func (r *ladder) printf(format string, args ...any) { fmt.Fprintf(&r.out, format+"\n", args...) }

func (r *ladder) create(line string) {
	c := Config{}
	for _, w := range strings.Fields(line) {
		k, v, _ := strings.Cut(w, "=")
		n, _ := strconv.Atoi(v)
		switch k {
		case "user":
		case "network":
			c.Network = true
		case "auto":
			c.Auto = true
		case "k":
			c.K = n
		case "n201":
			c.N201 = n
		case "queue":
			c.Queue = n
		default:
			r.t.Fatalf("no parameter %q", w)
		}
	}
	r.network = c.Network
	r.link = New(c)
	r.link.row = cover.Take
	r.now, r.deadline = 0, [numTimers]time.Duration{}
	r.printf("= %v", r.link.State())
}

func (r *ladder) input(in Input) {
	before := r.link.State()
	for _, o := range r.link.Input(in) {
		switch o.Action {
		case Send:
			f, err := Parse(o.Octets, r.network)
			if err != nil {
				r.t.Fatal(err)
			}
			r.printf("< send % x  %v", o.Octets, f)
		case DataIndication, UnitDataIndication:
			r.printf("< %v % x", o.Action, o.Octets)
		case ErrorIndication:
			r.printf("< %v %v", o.Action, o.Code)
		case Start:
			r.printf("< start %v %d ms", o.Timer, o.After.Milliseconds())
			r.deadline[o.Timer], r.gen[o.Timer] = r.now+o.After, o.Gen
		case Stop:
			r.printf("< stop %v", o.Timer)
			r.deadline[o.Timer] = 0
		default:
			r.printf("< %v", o.Action)
		}
	}
	if s := r.link.State(); s != before {
		r.printf("= %v", s)
	}
}

func (r *ladder) advance(to time.Duration) {
	for {
		due, at := numTimers, to+1
		for t, d := range r.deadline {
			if d != 0 && d < at {
				due, at = Timer(t), d
			}
		}
		if due == numTimers {
			r.now = to
			return
		}
		r.now, r.deadline[due] = at, 0
		r.printf("* %d %v", at.Milliseconds(), due)
		r.input(Input{Event: Expired, Timer: due, Gen: r.gen[due]})
	}
}

// frame reads "I ns=1 nr=2 p info=0802", "SABME p", "RR command nr=1 p", "raw 02 01".
func (r *ladder) frame(words []string) []byte {
	if words[0] == "raw" {
		b, err := hex.DecodeString(strings.Join(words[1:], ""))
		if err != nil {
			r.t.Fatal(err)
		}
		return b
	}
	f := Frame{Kind: Kind(slices.Index(kindNames[:], words[0])), TEI: r.link.tei}
	f.Command = f.Kind == I || f.Kind == SABME || f.Kind == DISC || f.Kind == UI
	for _, w := range words[1:] {
		k, v, _ := strings.Cut(w, "=")
		n, _ := strconv.Atoi(v)
		switch k {
		case "ns":
			f.NS = uint8(n)
		case "nr":
			f.NR = uint8(n)
		case "tei":
			f.TEI = uint8(n)
		case "info":
			f.Info, _ = hex.DecodeString(v)
		case "p":
			f.PF, f.Command = true, true
		case "f":
			f.PF = true
		case "command":
			f.Command = true
		case "response":
			f.Command = false
		default:
			r.t.Fatalf("no such part of a frame: %q", w)
		}
	}
	return f.Append(nil, !r.network)
}

func (r *ladder) comeIn(line string) {
	words := strings.Fields(line)
	ms, err := strconv.Atoi(words[0])
	if err != nil {
		r.t.Fatal(err)
	}
	r.advance(r.now + time.Duration(ms)*time.Millisecond)
	r.printf("> %s", strings.TrimSpace(line))
	words = words[1:]
	if len(words) == 0 {
		return
	}
	for e := EstablishRequest; e <= Flush; e++ {
		rest, ok := strings.CutPrefix(strings.Join(words, " "), e.String())
		if !ok {
			continue
		}
		in := Input{Event: e}
		if e == AssignRequest {
			n, _ := strconv.Atoi(strings.TrimSpace(rest))
			in.TEI = uint8(n)
		} else {
			in.Octets, _ = hex.DecodeString(strings.ReplaceAll(rest, " ", ""))
		}
		r.input(in)
		return
	}
	b := r.frame(words)
	r.printf("- % x", b)
	r.input(Input{Event: Received, Octets: b})
}

func runLadder(t *testing.T, script string) string {
	r := &ladder{t: t}
	sc := bufio.NewScanner(strings.NewReader(script))
	for sc.Scan() {
		switch line := sc.Text(); {
		case line == "", line[0] == '#':
			r.printf("%s", line)
		case line[0] == ':':
			r.printf("%s", line)
			r.create(line[1:])
		case line[0] == '>':
			r.comeIn(line[1:])
		}
	}
	return r.out.String()
}

// TestLadders runs every dialogue, and then asks whether they took every row of the diagram.
func TestLadders(t *testing.T) {
	files, err := filepath.Glob("testdata/ladders/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no ladders: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			script, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, f, runLadder(t, string(script)))
		})
	}
	if t.Failed() {
		return
	}
	for _, row := range cover.Missing() {
		t.Errorf("no ladder takes the row %s", row)
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
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s line %d: got\n%s\n(run with -update and review)", file, i+1, strings.Join(g[max(0, i-6):min(i+1, len(g))], "\n"))
		}
	}
}

func TestDiagram(t *testing.T) {
	if s := table.Unreachable(Unassigned); s != nil {
		t.Errorf("no arrow leads to %v", s)
	}
	if s := table.Stuck(); s != nil {
		t.Errorf("no arrow leads out of %v", s)
	}
	golden(t, "testdata/q921.dot", table.DOT("q921"))
	golden(t, "testdata/q921-unhandled.txt", table.Unhandled())
}
