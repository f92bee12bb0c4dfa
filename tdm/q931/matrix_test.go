package q931

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/tdm"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A scenario is a story between us and libpri, told both ways where it can be. It returns "ok", or what was different: the
// committed matrix holds that together with the reason.
type scenario struct {
	name   string
	run    func(s *station) string
	change func(*Config)
	args   []string                             // of the peer
	exists func(v Variant, network bool) string // why the cell does not exist, or ""
}

var setup = tdm.Primitive{Kind: tdm.Setup, Called: "5551234", Calling: tdm.PartyNumber{Digits: "2125550100"}, ISDN: &tdm.ISDN{Complete: true,
	Called: tdm.Numbering{Type: 2, Plan: 1}, Calling: tdm.Numbering{Type: 2, Plan: 1}}}

func answerOut(s *station) string {
	id := s.dial(setup)
	ring := s.peer("ring")
	if ring == "" {
		return "no ring"
	}
	if value(ring, "called") != "5551234" || value(ring, "calling") != "2125550100" {
		return "wrong numbers: " + ring
	}
	n, ch := peerCall(ring), value(ring, "channel")
	s.say("proceeding %s %s", n, ch)
	s.say("alerting %s %s", n, ch)
	s.say("answer %s %s", n, ch)
	if !s.heardIt(id, "PROCEEDING, ALERTING, CONNECT") {
		return "we heard " + s.heard(id)
	}
	s.tell(id, hangUp(tdm.CauseNormalClearing))
	if s.peer("disconnect") == "" {
		return "no disconnect"
	}
	s.say("hangup %s 16", n)
	if !s.heardIt(id, "PROCEEDING, ALERTING, CONNECT, RELEASE 16") {
		return "we heard " + s.heard(id)
	}
	return "ok"
}

func answerIn(s *station) string {
	k := len(s.order)
	s.say("call channel=%d called=5551234 calling=2125550100", s.freeChannel())
	in, ok := s.offered(k)
	if !ok {
		return "no call came"
	}
	p := s.said[in][0]
	if p.Called != "5551234" || p.Calling.Digits != "2125550100" {
		return fmt.Sprintf("wrong numbers: %q from %q", p.Called, p.Calling.Digits)
	}
	n := peerCall(s.peer("new"))
	s.tell(in, tdm.Primitive{Kind: tdm.Proceeding})
	s.tell(in, tdm.Primitive{Kind: tdm.Alerting})
	s.tell(in, tdm.Primitive{Kind: tdm.Connect})
	if s.peer("answer") == "" {
		return "no answer"
	}
	s.say("hangup %s 16", n)
	if !s.heardIt(in, "SETUP, DISCONNECT 16, RELEASE 16") {
		return "we heard " + s.heard(in)
	}
	if s.peer("hangup") == "" && s.peer("hangupack") == "" {
		return "no hangup"
	}
	return "ok"
}

// freeChannel is the channel that libpri is told to call on: the last, where we hunt from the first, or the first.
func (s *station) freeChannel() int {
	if s.link.config.Descending {
		return 1 + s.used
	}
	return 23 - s.used
}

func both(out, in func(*station) string) func(*station) string {
	return func(s *station) string {
		if r := out(s); r != "ok" {
			return "we call: " + r
		}
		s.rest(shortRest)
		if r := in(s); r != "ok" {
			return "it calls: " + r
		}
		return "ok"
	}
}

const shortRest = 30 * time.Millisecond

var scenarios = []scenario{
	{name: "answer", run: both(answerOut, answerIn)},
	{name: "busy", run: both(busyOut, busyIn)},
	{name: "no-answer", run: both(noAnswerOut, noAnswerIn), change: func(c *Config) { c.Timers.T301 = 300 * time.Millisecond }},
	{name: "overlap", run: both(overlapOut, overlapIn), exists: func(v Variant, _ bool) string {
		if !v.Overlap {
			return "en bloc only (" + v.Spec + ")"
		}
		return ""
	}},
	{name: "early", run: both(earlyOut, earlyIn)},
	{name: "restart", run: both(restartOut, restartIn)},
	{name: "name", run: name, change: func(c *Config) { c.NameWait = 200 * time.Millisecond }, exists: func(v Variant, _ bool) string {
		if !v.namesTravel() {
			return "the interface carries no names (" + v.Spec + ")"
		}
		return ""
	}},
	{name: "redirecting", run: both(redirectingOut, redirectingIn)},
	{name: "hold", run: both(holdOut, holdIn), exists: func(v Variant, _ bool) string {
		if !v.Hold {
			return "no HOLD (" + v.Spec + ")"
		}
		return ""
	}},
	{name: "aoc", run: aoc, exists: func(v Variant, _ bool) string {
		if v.Name != "euroisdn" {
			if v.has(opFinal) {
				return "libpri has no ECMA-212 (ours: testdata/ladders, tshark)"
			}
			return "advice of charge is EN 300 182-1's and ECMA-212's"
		}
		return ""
	}},
	{name: "transfer", run: transfer, change: func(c *Config) { c.Transfer = true }, exists: func(v Variant, network bool) string {
		if !network && (v.has(opTwoChannel) || v.has(opLinkTransfer)) {
			return "libpri's network side takes no transfer of this switch type (ours does: testdata/ladders)"
		}
		return ""
	}},
	{name: "deflection", run: both(deflectOut, deflectIn), exists: func(v Variant, _ bool) string {
		if !v.has(opReroute) {
			return "no call rerouting (" + v.Spec + ")"
		}
		return ""
	}},
	{name: "malicious", run: malicious, exists: func(v Variant, _ bool) string {
		if !v.has(opMalicious) {
			return "malicious call identification is EN 300 130-1's"
		}
		return ""
	}},
	{name: "information", run: both(informationOut, informationIn)},
	{name: "service", run: both(outOfService, peerOutOfService), exists: func(v Variant, _ bool) string {
		if v.Maintenance == 0 {
			return "no SERVICE messages (" + v.Spec + ")"
		}
		return ""
	}},
	{name: "nfas", run: nfas, args: []string{"two"}, change: func(c *Config) {
		c.Interfaces = []Interface{{ID: 0, Channels: T1Channels}, {ID: 1, Channels: T1Channels}}
		c.DChannels = []int{0, 1}
		c.DataLink.T200, c.DataLink.T203 = 100*time.Millisecond, 500*time.Millisecond
	}, exists: func(v Variant, _ bool) string {
		if v.Name == "euroisdn" || v.Name == "qsig" {
			return "one D channel an access (" + v.Spec + ")"
		}
		return ""
	}},
}

var cells = flag.String("cells", "", "play only the cells of the matrix that match")

const matrixFile = "testdata/libpri/matrix.txt"

// TestLibpriMatrix plays every scenario with libpri, each switch type on both sides, and compares with the committed matrix.
func TestLibpriMatrix(t *testing.T) {
	needLibpri(t)
	peers.Lock(t)
	only := regexp.MustCompile(*cells)
	var b strings.Builder
	for _, sc := range scenarios {
		for _, v := range Variants {
			for _, network := range []bool{false, true} {
				we := "user"
				if network {
					we = "network"
				}
				if !only.MatchString(sc.name + " " + v.Name + " " + we) {
					continue
				}
				if sc.exists != nil {
					if why := sc.exists(v, network); why != "" {
						fmt.Fprintf(&b, "%-12s %-9s we=%-8s does not exist: %s\n", sc.name, v.Name, we, why)
						continue
					}
				}
				c := libpriConfig(t, v.Name, network)
				if sc.change != nil {
					sc.change(&c)
				}
				s := newStation(t, c, sc.args...)
				result := "no D channel"
				if s.begin() {
					result = sc.run(s)
					if result == "ok" {
						s.rest(shortRest)
						if n := s.link.Calls(); n != 0 {
							result = fmt.Sprintf("%d calls left", n)
						}
						s.say("calls")
						if l := s.peer("calls"); l != "calls open=0" && sc.name != "early" {
							result = "libpri: " + l
						}
					}
				}
				if result != "ok" && testing.Verbose() {
					t.Logf("%s %s we=%s: %s\n%s", sc.name, v.Name, we, result, strings.Join(s.all, "\n"))
				}
				fmt.Fprintf(&b, "%-12s %-9s we=%-8s %s\n", sc.name, v.Name, we, result)
				s.in.Close()
			}
		}
	}
	if *cells != "" {
		t.Logf("\n%s", b.String())
		return
	}
	if *update {
		os.WriteFile(matrixFile, []byte(b.String()), 0o644)
	}
	want, _ := os.ReadFile(matrixFile)
	if b.String() != string(want) {
		t.Errorf("the matrix is\n%s", b.String())
	}
}
