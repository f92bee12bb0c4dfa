package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/dsp/dsptest"
	"tipring/dsp/wav"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// sitePlan is the set-up that real peers meet: each line belongs to the trunk whose name is to-LINE, both ways, so that calls
// on several lines at once do not meet. fxs2, fxo2 and modem2 have no echo canceller: their peers send back what they hear,
// which a canceller takes for echo, and rightly so. The modems bear it when this process wakes up late: driver, emulation and
// serial port take turns in it, where a card has one pump. Nothing ever happens on the line idle.
const sitePlan = `
[[card]]
name = "emu"
driver = "emu"

[[port]]
name = "fxs1"
kind = "fxs"
number = "201"

[[port]]
name = "fxs2"
kind = "fxs"
number = "202"
echo = false

[[port]]
name = "fxo1"
kind = "fxo"
number = "5550101"
answer_on = "polarity"

[[port]]
name = "fxo2"
kind = "fxo"
number = "5550102"
answer_on = "polarity"
echo = false

[[port]]
name = "idle"
kind = "fxs"

[[modem]]
name = "modem1"
emulate = "si2494"
number = "5550201"
jitter_min = "400ms"

[[modem]]
name = "modem2"
emulate = "si2494"
number = "5550202"
jitter_min = "250ms"
echo = false

[[account]]
name = "8000"
password = "secret"

[[account]]
name = "8001"
password = "secret"

[[route]]
name = "accounts"
from = "fxs"
called = "8xxx"
to = "account"

[[route]]
name = "out"
from = "account"
called = "9xx."
strip = 1
to = "fxo1"
`

// siteLine is what sitePlan has once for each line.
const siteLine = `
[[trunk]]
name = "to-%[1]s"
host = "127.0.0.1"
port = %[2]d
options_interval = "0s"
trusted = true

[[route]]
name = "to-%[1]s"
from = "%[1]s"
called = "%[3]s"
to = "to-%[1]s"

[[route]]
name = "from-%[1]s"
from = "to-%[1]s"
to = "%[1]s"
`

// A site is the gateway in real time on loopback sockets, for peers that we did not write.
type site struct {
	*testing.T
	app   *App
	ports map[string]int // UDP port of the trunk's peer, by line
	ctx   context.Context
	idle  *sync.Mutex
}

var loopback = netip.MustParseAddr("127.0.0.1")

// open starts a gateway whose SIP and RTP are on an address, and stops it at the end of the test. Every port is one that the
// system chose, and only this host gets an answer.
func open(t *testing.T, addr netip.Addr) *site {
	t.Helper()
	return openPlan(t, addr, sitePlan, "fxs1", "fxs2", "fxo1", "fxo2", "modem1", "modem2")
}

// openPlan is open for another set-up, with siteLine for each of its lines.
func openPlan(t *testing.T, addr netip.Addr, plan string, lines ...string) *site {
	t.Helper()
	peers.Lock(t)
	s := &site{T: t, ports: map[string]int{}, idle: &sync.Mutex{}}
	for _, line := range lines {
		s.ports[line] = freePort(t)
		called := "6xxx"
		if !strings.HasPrefix(line, "fxs") {
			called = "x."
		}
		plan += fmt.Sprintf(siteLine, line, s.ports[line], called)
	}
	cfg, err := config.Parse("site.toml", plan)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Data.Dir = t.TempDir()
	cfg.SIP.UDP = []netip.AddrPort{netip.AddrPortFrom(addr, 0)}
	cfg.SIP.TCP = nil
	cfg.SIP.Allow = []netip.Prefix{netip.PrefixFrom(addr, addr.BitLen())}
	cfg.RTP.Address = addr
	cfg.HTTP.Listen = netip.AddrPortFrom(loopback, 0)
	cfg.RTP.PortMin, cfg.RTP.PortMax = 0, 0
	// What comes late is not what these tests are about: a deep buffer has no reason to move in the midst of a passage.
	cfg.RTP.JitterMin, cfg.RTP.JitterMax = 200*time.Millisecond, 500*time.Millisecond
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(testWriter{t}, nil))
	}
	if s.app, err = New(Options{Config: cfg, Log: log, Version: "test"}); err != nil {
		t.Fatal(err)
	}
	prioritise(os.Getpid(), -15)
	t.Cleanup(func() { prioritise(os.Getpid(), 0) })
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.app.Run(ctx) }()
	<-s.app.Ready()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the gateway ended with %v", err)
		}
	})
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return s
}

// run is t.Run in parallel with the others of one t.
func (s *site) run(t *testing.T, name string, f func(s *site)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		sub := *s
		sub.T = t
		f(&sub)
	})
}

// prioritise gives the threads that a process has, and those that they make, a nice value. Real time on a machine that tests other
// packages meanwhile needs one below zero; where this user may not have it, passages may have to be sent again.
func prioritise(pid, nice int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	for _, task := range tasks {
		if tid, err := strconv.Atoi(filepath.Base(task)); err == nil {
			syscall.Setpriority(syscall.PRIO_PROCESS, tid, nice)
		}
	}
}

// freePort finds an even port of which the next is likely to be free too.
func freePort(t testing.TB) int {
	t.Helper()
	for {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := c.LocalAddr().(*net.UDPAddr).Port
		c.Close()
		if port%2 == 0 {
			return port
		}
	}
}

// outside is the address from which this host speaks to others; without one it is loopback.
func outside(t testing.TB) netip.Addr {
	t.Helper()
	c, err := net.Dial("udp4", "192.0.2.1:9") // RFC 5737; a datagram socket sends nothing by being connected
	if err != nil {
		return loopback
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
}

// sip is the gateway's UDP address.
func (s *site) sip() string { return s.app.SIPAddrs()[0].String() }

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// await waits for a far end to be as it should be.
func (s *site) await(e anEar, what string, cond func(emu.Status) bool) {
	s.Helper()
	if _, err := e.Await(s.ctx, cond); err != nil {
		s.Fatalf("waiting for %s: %v; it is %+v", what, err, e.Status())
	}
}

// pause lets the card run for a time, by its own count of samples: as long as a recording on a line where nothing happens.
func (s *site) pause(d time.Duration) {
	s.Helper()
	s.idle.Lock()
	defer s.idle.Unlock()
	_, err := s.app.Phone("idle").Record(s.ctx, d)
	s.must(err)
}

// until waits for what only asking can tell.
func (s *site) until(what string, cond func() bool) {
	s.Helper()
	for range 100 {
		if cond() {
			return
		}
		s.pause(100 * time.Millisecond)
	}
	s.Fatalf("%s: not within 10 s of the card's time", what)
}

// recording starts a recording and returns what waits for its end.
func (s *site) recording(e anEar, d time.Duration) (wait func() []int16) {
	type result struct {
		pcm []int16
		err error
	}
	done := make(chan result, 1)
	go func() {
		pcm, err := e.Record(s.ctx, d)
		done <- result{pcm, err}
	}()
	return func() []int16 {
		s.Helper()
		r := <-done
		s.must(r.err)
		return r.pcm
	}
}

// A program is a running peer.
type program struct {
	cmd  *exec.Cmd
	out  *bytes.Buffer // to be read when it has ended
	in   io.WriteCloser
	done chan error
}

// start runs a peer until it ends by itself, at the latest with the test.
func (s *site) start(dir, name string, args ...string) *program {
	s.Helper()
	p := &program{cmd: exec.CommandContext(s.ctx, name, args...), out: &bytes.Buffer{}, done: make(chan error, 1)}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.out, p.out
	var err error
	p.in, err = p.cmd.StdinPipe()
	s.must(err)
	s.must(p.cmd.Start())
	prioritise(p.cmd.Process.Pid, -15)
	go func() { p.done <- p.cmd.Wait() }()
	s.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
		if s.Failed() {
			s.Logf("%s:\n%s", name, p.out)
		}
	})
	return p
}

// finished waits for a peer to end well.
func (s *site) finished(p *program) {
	s.Helper()
	err := <-p.done
	p.done <- err
	if err != nil {
		s.Errorf("%s: %v", p.cmd.Path, err)
	}
}

// record returns the record of the last call from a line, trunk or account to another, when it has ended.
func (s *site) record(from, to string) (r cdr.Record) {
	s.Helper()
	s.until("record of the call from "+from+" to "+to, func() bool {
		rs, err := s.app.Records(s.ctx, cdr.Filter{})
		s.must(err)
		found := false
		for _, x := range rs {
			if x.Port == from && x.Peer == to {
				r, found = x, true
			}
		}
		return found && !r.Open()
	})
	return r
}

// readWAV returns a file's audio at 8 kHz.
func (s *site) readWAV(file string) []int16 {
	s.Helper()
	f, err := os.Open(file)
	s.must(err)
	defer f.Close()
	pcm, rate, err := wav.Read(f)
	s.must(err)
	return dsptest.Resample(pcm, rate)
}

// writeWAV writes 8 kHz audio and returns the file's name.
func (s *site) writeWAV(name string, pcm []int16) string {
	s.Helper()
	file := filepath.Join(s.TempDir(), name)
	f, err := os.Create(file)
	s.must(err)
	s.must(wav.Write(f, pcm))
	s.must(f.Close())
	return file
}

// The limits of what a call may do to audio: dB, Hz, the median correlation of speech in windows of 1 s, and jumps that the
// speech did not have.
const (
	levelLimit       = 1.0
	frequencyLimit   = 1.0
	correlationLimit = 0.9
	jumpLimit        = 5
)

// A finding is what became of a passage.
type finding struct {
	lag    int  // samples by which it is late
	moved  bool // it was not always late by as much: the jitter buffer had to move
	faults []string
	text   string
}

func (f *finding) fault(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}

// compareSpeech says what is wrong with speech that came through. The level does not count for speech that comes back: it has
// its own echo under it.
func compareSpeech(in, out []int16, back bool) finding {
	median, lag, windows := dsptest.SpeechCorrelation(in, out)
	f := finding{lag: lag}
	gain := 0.0
	parts := dsptest.SpeechWindows(in, out, lag)
	for _, w := range parts {
		gain += w.GainDB / float64(len(parts))
		f.moved = f.moved || w.Lag != parts[0].Lag
	}
	jumps := dsptest.Discontinuities(out[max(0, lag):max(0, min(len(out), len(in)+lag))]) - dsptest.Discontinuities(in)
	f.text = fmt.Sprintf("correlation %.3f over %d windows, %+.2f dB, %d discontinuities", median, windows, gain, jumps)
	if median < correlationLimit || windows < 3 {
		f.fault("speech has a median correlation of %.3f over %d windows, want %.1f", median, windows, correlationLimit)
	}
	if !back && math.Abs(gain) > levelLimit {
		f.fault("speech is changed by %+.2f dB", gain)
	}
	if jumps > jumpLimit {
		f.fault("%d discontinuities", jumps)
	}
	return f
}

// passes sends a passage through a call and checks what became of it.
func (s *site) passes(what string, send func() finding) {
	s.Helper()
	f := send()
	s.Logf("%s: %s", what, f.text)
	for _, fault := range f.faults {
		s.Errorf("%s: %s", what, fault)
	}
	if len(f.faults) > 0 && f.moved {
		s.Logf("%s: the jitter buffer moved in the passage", what)
	}
}

// espeak says a few sentences.
func (s *site) espeak() []int16 {
	s.Helper()
	bins := peers.Need(s, "espeak-ng", "sox")
	dir := s.TempDir()
	raw, file := filepath.Join(dir, "raw.wav"), filepath.Join(dir, "speech.wav")
	text := "The quick brown fox jumps over the lazy dog. She sells sea shells by the sea shore, and the telephone rings all over the old house."
	for _, c := range [][]string{
		{bins[0], "-v", "en", "-s", "150", "-w", raw, text},
		{bins[1], raw, "-r", fmt.Sprint(tdm.Rate), "-c", "1", "-b", "16", file, "gain", "-n", "-6", "sinc", "200-3400"},
	} {
		if out, err := exec.CommandContext(s.ctx, c[0], c[1:]...).CombinedOutput(); err != nil {
			s.Fatalf("%s: %v\n%s", c[0], err, out)
		}
	}
	return s.readWAV(file)
}
