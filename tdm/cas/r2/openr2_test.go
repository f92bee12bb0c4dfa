package r2

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tipring/cmd/peers"
	"tipring/dsp/g711"
	"tipring/tdm"
	"tipring/tdm/cas"
)

var buildPeer = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "openr2")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "peer")
	if out, err := exec.Command("cc", "-O2", "-o", bin, "testdata/openr2/peer.c", "-lopenr2").CombinedOutput(); err != nil {
		return "", fmt.Errorf("cc: %v\n%s", err, out)
	}
	return bin, nil
})

// needOpenR2 returns the peer program, built against Debian's libopenr2-dev.
func needOpenR2(t *testing.T) string {
	peers.Need(t, "cc")
	if _, err := os.Stat("/usr/include/openr2.h"); err != nil {
		if os.Getenv("TIPRING_PEERS") == "require" {
			t.Fatal("libopenr2-dev is not installed and TIPRING_PEERS=require")
		}
		t.Skip("libopenr2-dev is not installed")
	}
	bin, err := buildPeer()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// block is the samples that go to the peer at once.
const block = 160

// A line joins our machine, with detectors and generators at work, to a channel of openr2: A-law both ways, the peer's clock is
// the number of blocks.
type line struct {
	*wire
	us     *end
	in     io.Writer
	out    io.Reader
	ear    *cas.Receiver
	on     cas.Register
	source cas.Source
	said   string // events of the peer, a letter each
	text   string // of the last event "offered"
	cause  byte   // of the last event "disconnected"
	theirs byte   // bits
}

func newLine(t *testing.T, bin, variant string, cfg Config) *line {
	digits := "4"
	if variant == "cn" {
		digits = "10" // else openr2 ends the calling number without its end signal, where A-1 asks for digits of both
	}
	cmd := exec.Command(bin, strings.ToUpper(variant), digits, "7")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	l := &line{wire: &wire{t: t}, us: newEnd(t, "we", cfg), in: in, out: out, ear: cas.NewReceiver(cas.NoRegister), theirs: 9}
	l.us.debounce.Jump(idleBits)
	l.step(l.us, cas.Input{Kind: cas.Begin, Bits: idleBits})
	l.run(1000)
	return l
}

// run lets ms pass.
func (l *line) run(ms int) {
	for range (ms + 19) / 20 {
		l.block(0, 0)
	}
}

// block carries 20 ms both ways, with a command to the peer.
func (l *line) block(command, arg byte) {
	e := l.us
	buf := make([]byte, 3+block+64)
	for len(e.runs) > 0 && e.left <= 0 {
		e.bits, e.left = cas.Bits(e.runs[0].Bits), int(e.runs[0].Ms)
		e.runs = e.runs[1:]
	}
	e.left -= 20
	var pcm [block]int16
	if e.tone != 0 {
		if l.source == nil {
			src, err := cas.NewHeld(e.register, e.tone)
			if err != nil {
				l.t.Fatal(err)
			}
			l.source = src
		}
		l.source.Read(pcm[:])
	}
	buf[0], buf[1], buf[2] = byte(e.bits), command, arg
	g711.ALaw.Encode(buf[3:3+block], pcm[:])
	if _, err := l.in.Write(buf[:3+block]); err != nil {
		l.t.Fatal(err)
	}
	if _, err := io.ReadFull(l.out, buf); err != nil {
		l.t.Fatal(err)
	}
	if buf[1] != 0 {
		l.said += string(rune(buf[1]))
		fmt.Fprintf(&l.log, "%7d openr2 %c %d %s\n", l.ms, buf[1], buf[2], bytes.TrimRight(buf[3+block:], "\x00"))
		switch buf[1] {
		case 'o':
			l.text = string(bytes.TrimRight(buf[3+block:], "\x00"))
		case 'd':
			l.cause = buf[2]
		}
	}
	l.theirs = buf[0]
	l.ms += 20
	now := l.ms * tdm.Quantum
	e.debounce.Set(cas.Bits(l.theirs), now)
	do := func(in cas.Input) {
		tone, reg := e.tone, e.register
		l.step(e, in)
		if e.tone != tone || e.register != reg {
			l.source = nil
		}
	}
	if b, _, ok := e.debounce.Due(now); ok {
		do(cas.Input{Kind: cas.Line, Bits: b})
	}
	if e.listen != l.on {
		l.on, l.ear = e.listen, cas.NewReceiver(e.listen)
	}
	g711.ALaw.Decode(pcm[:], buf[3:3+block])
	l.ear.Process(pcm[:], do)
	for {
		timer, _, ok := e.timers.Due(now)
		if !ok {
			break
		}
		do(cas.Input{Kind: cas.Expired, Timer: timer})
	}
}

// command gives the peer one.
func (l *line) command(c, arg byte) { l.block(c, arg) }

// waitFor lets time pass until the peer has said an event.
func (l *line) waitFor(event string) {
	l.t.Helper()
	for range 1500 {
		if strings.Contains(l.said, event) {
			return
		}
		l.block(0, 0)
	}
	l.t.Fatalf("openr2 does not say %q, only %q; we are %v\n%s", event, l.said, l.us.m.state, l.log.String())
}

// wants lets time pass until we have said a primitive.
func (l *line) wants(k tdm.PrimitiveKind) tdm.Primitive {
	l.t.Helper()
	for range 1500 {
		for i := range l.us.ups {
			if p := l.us.ups[i]; p.Kind == k {
				l.us.ups = l.us.ups[i+1:]
				return p
			}
		}
		l.block(0, 0)
	}
	l.t.Fatalf("we do not say %v, but are %v; openr2 has said %q\n%s", k, l.us.m.state, l.said, l.log.String())
	panic("unreached")
}

// rest holds both ends to be idle again.
func (l *line) rest() {
	l.t.Helper()
	l.run(2000)
	if l.us.m.state != idle || l.us.m.call || cas.Bits(l.theirs)&(cas.A|cas.B) != idleBits || strings.Contains(l.said, "x") {
		l.t.Errorf("at rest we are %v, openr2 sends %v and has said %q\n%s", l.us.m.state, cas.Bits(l.theirs), l.said, l.log.String())
	}
}

// causes of openr2 that it can say, and what they are to us.
var openr2Causes = map[string][2]byte{"busy": {0, 17}, "congestion": {1, 42}, "unallocated": {2, 1}}

// Ten variants, both sides, against openr2: numbers, answer, refusals, clearing by either end.
func TestOpenR2(t *testing.T) {
	bin := needOpenR2(t)
	for i := range Variants {
		v := &Variants[i]
		cfg := Config{Variant: v.Name, DNIS: 7, ANI: 4}
		forward := func(name string, p tdm.Primitive, play func(t *testing.T, l *line)) {
			t.Run(v.Name+"/forward/"+name, func(t *testing.T) {
				l := newLine(t, bin, v.Name, cfg)
				l.down(l.us, p)
				l.waitFor("o")
				play(t, l)
				l.rest()
			})
		}
		hang := func(l *line) {
			l.down(l.us, tdm.Primitive{Kind: tdm.Disconnect, Cause: 16})
			l.wants(tdm.Release)
			l.waitFor("e")
		}
		answer := func(l *line) {
			l.command('a', 0)
			l.wants(tdm.Alerting)
			l.waitFor("a")
			l.run(500)
			l.command('n', 0)
			l.wants(tdm.Connect)
		}
		forward("answer", setup(false), func(t *testing.T, l *line) {
			if !strings.HasPrefix(l.text, "4689|5551234|0") {
				t.Errorf("numbers and category arrive as %q", l.text)
			}
			answer(l)
			l.run(1000)
			hang(l)
		})
		forward("restricted", setup(true), func(t *testing.T, l *line) {
			if strings.Contains(l.text, "4689") || !strings.Contains(l.text, "5551234") {
				t.Errorf("numbers arrive as %q", l.text)
			}
			hang(l)
		})
		forward("cleared back", setup(false), func(t *testing.T, l *line) {
			answer(l)
			l.run(1000)
			l.command('d', 6)
			if c := l.wants(tdm.Release).Cause; c != 16 {
				t.Errorf("cause %v", c)
			}
			l.waitFor("e")
		})
		forward("no answer", setup(false), func(t *testing.T, l *line) {
			l.command('a', 0)
			l.wants(tdm.Alerting)
			l.run(2000)
			hang(l)
		})
		for name, c := range openr2Causes {
			forward(name, setup(false), func(t *testing.T, l *line) {
				l.command('d', c[0])
				want := c[1]
				if v.Name == "mx" && want == 1 {
					want = 17 // one signal for both
				}
				if got := l.wants(tdm.Release).Cause; got != tdm.Cause(want) {
					t.Errorf("cause %v, want %v", got, tdm.Cause(want))
				}
				l.waitFor("e")
			})
		}
		backward := func(name string, play func(t *testing.T, l *line, p tdm.Primitive)) {
			t.Run(v.Name+"/backward/"+name, func(t *testing.T) {
				cfg := cfg
				if v.Name == "cn" {
					cfg.ANI = 0 // openr2's outgoing register answers A-1 by digits of the called number alone
				}
				l := newLine(t, bin, v.Name, cfg)
				l.command('m', 0)
				play(t, l, l.wants(tdm.Setup))
				l.rest()
			})
		}
		backward("answer", func(t *testing.T, l *line, p tdm.Primitive) {
			if p.Called != "5551234" || p.Calling.Digits != "4689" && v.Name != "cn" {
				t.Errorf("called %q, calling %+v", p.Called, p.Calling)
			}
			l.down(l.us, tdm.Primitive{Kind: tdm.Alerting})
			l.waitFor("a")
			l.run(500)
			l.down(l.us, tdm.Primitive{Kind: tdm.Connect})
			l.waitFor("n")
			l.run(1000)
			l.command('d', 6)
			l.wants(tdm.Release)
			l.waitFor("e")
		})
		backward("we clear back", func(t *testing.T, l *line, p tdm.Primitive) {
			l.down(l.us, tdm.Primitive{Kind: tdm.Connect})
			l.waitFor("n")
			l.run(1000)
			l.down(l.us, tdm.Primitive{Kind: tdm.Disconnect, Cause: 16})
			l.wants(tdm.Release)
			l.waitFor("e")
		})
		backward("no answer", func(t *testing.T, l *line, p tdm.Primitive) {
			l.down(l.us, tdm.Primitive{Kind: tdm.Alerting})
			l.waitFor("a")
			l.run(2000)
			l.command('d', 6)
			l.wants(tdm.Release)
			l.waitFor("e")
		})
		for name, c := range openr2Causes {
			if v.Name == "co" && name == "busy" {
				continue // openr2 sends B-2 for busy, and takes it for an acceptance without charge
			}
			backward(name, func(t *testing.T, l *line, p tdm.Primitive) {
				l.down(l.us, tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.Cause(c[1])})
				l.waitFor("d")
				if want := c[0]; l.cause != want && !(v.Name == "mx" && want == 2) {
					t.Errorf("openr2 has cause %d, want %d", l.cause, want)
				}
				l.waitFor("e")
			})
		}
	}
}
