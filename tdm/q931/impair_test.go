package q931

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/tdm"
	"tipring/tdm/hdlc"
)

var impairedCalls = flag.Int("impaired", 300, "calls a cell of the impaired runs; 10000 for the full one, whose figures testdata/libpri/impaired.txt holds")

// A badLine loses, doubles and damages frames, each with probability p. A damaged frame has one bit of its HDLC coding
// flipped, so that the FCS decides.
type badLine struct {
	p                      float64
	rnd                    *rand.Rand
	lost, doubled, damaged int
	line                   []byte
	got                    [][]byte
	encoder                *hdlc.Encoder
	decoder                *hdlc.Decoder
}

func newBadLine(p float64, seed uint64) *badLine {
	l := &badLine{p: p, rnd: rand.New(rand.NewPCG(seed, 5)), line: make([]byte, 700), encoder: hdlc.NewEncoder(hdlc.Config{})}
	l.decoder = hdlc.NewDecoder(hdlc.Config{}, func(f []byte) { l.got = append(l.got, slices.Clone(f)) })
	return l
}

func (l *badLine) mangle(b []byte) [][]byte {
	switch r := l.rnd.Float64(); {
	case r < l.p:
		l.lost++
		return nil
	case r < 2*l.p:
		l.doubled++
		return [][]byte{b, b}
	case r < 3*l.p:
		l.damaged++
		l.encoder.Send(b)
		n := 1 + (len(b)+4)*10/8 // flags, FCS and inserted zeros
		l.encoder.Read(l.line[:n+2])
		l.line[l.rnd.IntN(len(b))+1] ^= 1 << l.rnd.IntN(8)
		l.got = nil
		l.decoder.Write(l.line[:n+2])
		l.encoder.Read(l.line[:8])
		l.decoder.Write(l.line[:8])
		return l.got
	}
	return [][]byte{b}
}

// TestLibpriImpaired makes calls both ways at once over a bad line, each switch type on both sides, and asks afterwards whether
// anything is left: a call, a channel, a timer, at either end.
func TestLibpriImpaired(t *testing.T) {
	needLibpri(t)
	peers.Lock(t)
	var figures cellFigures
	t.Cleanup(func() { figures.write(t) })
	for _, v := range Variants {
		for _, network := range []bool{false, true} {
			for _, p := range []float64{0.01, 0.05} {
				t.Run(fmt.Sprintf("%s/network=%v/p=%v", v.Name, network, p), func(t *testing.T) {
					// Cells run beside each other: they wait for T200 most of the time.
					t.Parallel()
					figures.add(impaired(t, v, network, p))
				})
			}
		}
	}
}

func impaired(t *testing.T, v Variant, network bool, p float64) string {
	c := libpriConfig(t, v.Name, network)
	c.Overlap = false
	c.DataLink.T200 = 100 * time.Millisecond
	// What a reset of the data link loses, layer 3 repeats: in 30 s by the book.
	c.Timers.T303, c.Timers.T305, c.Timers.T308, c.Timers.T313 = 2*time.Second, time.Second, 500*time.Millisecond, time.Second
	s := newStation(t, c, "auto")
	for _, timer := range []string{"T200 100", "T303 2000", "T305 1000", "T308 500"} {
		s.say("timer %s", timer)
	}
	if !s.begin() {
		t.Fatal("no D channel")
	}
	line := newBadLine(p, uint64(len(v.Name))*2+uint64(p*100))
	s.mangle = line.mangle
	ended, failed, open := 0, 0, 0
	s.auto = func(x *side, id CallID, q tdm.Primitive) {
		switch q.Kind {
		case tdm.Setup:
			for _, k := range []tdm.PrimitiveKind{tdm.Proceeding, tdm.Alerting, tdm.Connect} {
				s.tell(id, tdm.Primitive{Kind: k})
			}
		case tdm.Connect:
			s.tell(id, hangUp(tdm.CauseNormalClearing))
		case tdm.Release:
			if slices.Contains(s.order, id) {
				break
			}
			ended, open = ended+1, open-1
			if q.Cause != tdm.CauseNormalClearing {
				failed++
			}
		}
	}
	half := *impairedCalls / 2
	s.say("load %d 10 %x", half, channelsOf(v)&0xffff8000) // from timeslot 15 up; ours are those below
	begun, made := time.Now(), 0
	done := func() bool {
		return ended == half && slices.ContainsFunc(s.seen, func(l string) bool { return len(l) > 5 && l[:5] == "load " })
	}
	limit := time.Duration(half) * 200 * time.Millisecond
	for !done() && time.Since(begun) < max(limit, 12*time.Second) {
		for made < half && open < 10 {
			x := *setup.ISDN
			for t := uint8(1); t < 15; t++ {
				if ch := (tdm.Channel{Timeslot: t}); s.link.Free(ch) {
					x.Channel, x.Exclusive = ch, true
					break
				}
			}
			if x.Channel.Timeslot == 0 {
				break
			}
			q := setup
			q.ISDN = &x
			id := s.dial(q)
			if id == 0 {
				break // the link is being reset
			}
			made++
			open++
		}
		s.turn(20 * time.Millisecond)
	}
	took := time.Since(begun)
	s.mangle = nil
	s.until("rest", func() bool { return s.link.Calls() == 0 }) // timers of what was lost last
	s.rest(time.Second)
	load := s.peer("load")
	we := "user"
	if network {
		we = "network"
	}
	var theirs rateOf
	if load != "" {
		theirs = parseLoad(t, load)
	}
	_, causes, _ := strings.Cut(load, " causes")
	figures := fmt.Sprintf("%-8s we=%-7s %.0f %%: ours %d, %d of them not cleared normally; libpri's %d, %d (causes%s); frames lost %d, doubled %d, damaged %d; answers repeated %d; %.0f s",
		v.Name, we, p*100, ended, failed, theirs.calls, theirs.failed, causes, line.lost, line.doubled, line.damaged, s.link.Counters().CaughtUp, took.Seconds())
	t.Log(figures)
	if ended != half || load == "" {
		t.Errorf("%d of our %d calls have ended; libpri's: %q", ended, half, load)
	}
	s.done()
	s.say("calls")
	if l := s.peer("calls"); l != "calls open=0" {
		t.Errorf("libpri: %s", l)
	}
	if line.lost == 0 || line.doubled == 0 || line.damaged == 0 {
		t.Error("the line was not bad")
	}
	return figures
}

const impairedFile = "testdata/libpri/impaired.txt"

// cellFigures are the figures of the cells, which -update keeps.
type cellFigures struct {
	mu    sync.Mutex
	lines []string
}

func (f *cellFigures) add(line string) {
	f.mu.Lock()
	f.lines = append(f.lines, line)
	f.mu.Unlock()
}

func (f *cellFigures) write(t *testing.T) {
	if !*update || t.Failed() {
		return
	}
	slices.Sort(f.lines)
	text := fmt.Sprintf("# go test -run TestLibpriImpaired -impaired %d -update ./tdm/q931\n# Nothing was left of any call at either end: no call, no reference, no channel, no timer. Calls that were not\n# cleared normally, with the number of each cause: a reset of the data link makes libpri forget calls that we still have. Until\n# its STATUS has said so (cause 101, or 81 for what crossed it) we refuse new calls on their channels (44), and what it lost on\n# the way is cleared by timers (102).\n%s\n", *impairedCalls, strings.Join(f.lines, "\n"))
	if err := os.WriteFile(impairedFile, []byte(text), 0o644); err != nil {
		t.Error(err)
	}
}
