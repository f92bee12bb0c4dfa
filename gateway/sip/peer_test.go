package sip

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/gateway/call"
	"tipring/gateway/rtp"
	"tipring/tdm"
)

// A bench is a server on real sockets of the loopback interface whose incoming calls are handled by a function.
type bench struct {
	testing.TB
	s    *Server
	addr string // of both listeners
	stop func()
}

func startBench(tb testing.TB, cfg Config, incoming call.Incoming) *bench {
	tb.Helper()
	engine, err := rtp.NewEngine(rtp.Config{IP: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		tb.Fatal(err)
	}
	packet, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	packet.(*net.UDPConn).SetReadBuffer(4 << 20)
	stream, err := net.Listen("tcp", packet.LocalAddr().String())
	if err != nil {
		tb.Fatal(err)
	}
	cfg.Listen = []Listen{{Packet: packet}, {Stream: stream}}
	cfg.Engine, cfg.Incoming = engine, incoming
	s, err := New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { engine.Run(ctx) })
	wg.Go(func() { s.Run(ctx) })
	b := &bench{TB: tb, s: s, addr: packet.LocalAddr().String(), stop: sync.OnceFunc(func() { cancel(); wg.Wait() })}
	tb.Cleanup(b.stop)
	return b
}

// freePort finds a port that is free for UDP on loopback.
func freePort(tb testing.TB) int {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// answering takes every call at once, or as mode says by its called number.
func answering(p call.Party, setup tdm.Primitive) call.Up {
	switch setup.Called {
	case "busy":
		p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUserBusy})
	case "ring":
		p.Send(tdm.Primitive{Kind: tdm.Alerting})
	default:
		p.Send(tdm.Primitive{Kind: tdm.Alerting})
		p.Send(tdm.Primitive{Kind: tdm.Connect})
	}
	return func(tdm.Primitive) {}
}

// sipp runs sipp with a scenario of testdata/sipp, or a built-in one, and fails the test if a call failed.
func (b *bench) sipp(scenario string, args ...string) *sippRun {
	b.Helper()
	path := peers.Need(b, "sipp")[0]
	flag, file := "-sn", scenario
	if strings.HasSuffix(scenario, ".xml") {
		flag, file = "-sf", filepath.Join("testdata", "sipp", scenario)
	}
	file, err := func() (string, error) {
		if flag == "-sn" {
			return file, nil
		}
		return filepath.Abs(file)
	}()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	cmd := exec.Command(path, append([]string{flag, file, "-i", "127.0.0.1", "-nostdin", "-trace_err", "-error_file", filepath.Join(dir, "errors"),
		"-timeout", "30s", "-timeout_error"}, args...)...)
	cmd.Dir = dir
	r := &sippRun{b: b, cmd: cmd, dir: dir}
	cmd.Stdout, cmd.Stderr = &r.out, &r.out
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return r
}

type sippRun struct {
	b   *bench
	cmd *exec.Cmd
	dir string
	out bytes.Buffer
}

func (r *sippRun) wait() {
	r.b.Helper()
	if err := r.cmd.Wait(); err != nil {
		errors, _ := os.ReadFile(filepath.Join(r.dir, "errors"))
		tail := r.out.String()
		r.b.Fatalf("sipp: %v\n%s\n%s", err, errors, tail[max(0, len(tail)-3000):])
	}
}

// trunkAt is a trusted trunk on a port of loopback.
func trunkAt(port int) Config {
	return Config{Accounts: []Account{{Name: "alice", User: "8000", Password: "secret"}},
		Trunks: []Trunk{{Name: "local", Host: "127.0.0.1", Port: port, Trusted: true, User: "us", Password: "ours", Realm: "sipp"}}}
}

func TestSippCalls(t *testing.T) {
	peers.Need(t, "sipp")
	peers.Lock(t)
	for _, row := range []struct {
		name, scenario, number string
		args                   []string
	}{
		{"plain call", "uac", "201", []string{"-m", "20", "-r", "20", "-d", "50"}},
		{"over TCP", "uac", "201", []string{"-m", "5", "-r", "20", "-t", "t1"}},
		{"busy", "busy.xml", "busy", []string{"-m", "5"}},
		{"cancelled", "cancel.xml", "ring", []string{"-m", "5"}},
		{"ACK lost", "lostack.xml", "201", []string{"-m", "2"}},
		{"held", "hold.xml", "201", []string{"-m", "5"}},
		{"digest", "auth.xml", "201", []string{"-m", "5", "-au", "8000", "-ap", "secret", "-s", "201"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			port := freePort(t)
			cfg := trunkAt(port)
			if row.name == "digest" || row.name == "over TCP" { // from another port: no trunk
				cfg = trunkAt(freePort(t))
				if row.name == "over TCP" {
					cfg = trunkAt(port)
					cfg.Trunks[0].AnyPort = true
				}
			}
			b := startBench(t, cfg, answering)
			b.sipp(row.scenario, append([]string{"-p", strconv.Itoa(port), "-s", row.number, b.addr}, row.args...)...).wait()
			b.stop()
			if n := b.s.Status().Dialogs; n != 0 {
				t.Errorf("%d dialogs left", n)
			}
		})
	}
}

func TestSippAnswers(t *testing.T) {
	peers.Need(t, "sipp")
	peers.Lock(t)
	for _, row := range []struct {
		name, scenario string
		want           []tdm.PrimitiveKind
		hangUp         bool
		status         int
		args           []string
	}{
		{"plain call", "uas", []tdm.PrimitiveKind{tdm.Alerting, tdm.Connect}, true, 0, nil},
		{"busy", "uas-busy.xml", nil, false, 486, nil},
		{"no answer", "uas-ring.xml", []tdm.PrimitiveKind{tdm.Alerting}, true, 0, nil},
		{"challenged", "uas-auth.xml", []tdm.PrimitiveKind{tdm.Connect}, true, 0, nil},
		// With -nr sipp does not take the ACKs, which are alike, for repetitions of one.
		{"200 repeated", "uas-lostack.xml", []tdm.PrimitiveKind{tdm.Connect}, false, 0, []string{"-nr"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			port := freePort(t)
			b := startBench(t, trunkAt(port), answering)
			run := b.sipp(row.scenario, append([]string{"-p", strconv.Itoa(port), "-m", "1"}, row.args...)...)
			up := make(chan tdm.Primitive, 100)
			// sipp needs a moment to listen: INVITEs are repeated until then.
			p := b.s.Trunk("local").Call(tdm.Primitive{Kind: tdm.Setup, Called: "6001", Calling: tdm.PartyNumber{Digits: "201"}}, func(p tdm.Primitive) { up <- p })
			next := func() tdm.Primitive {
				for {
					select {
					case p := <-up:
						if p.Kind != tdm.Proceeding {
							return p
						}
					case <-time.After(20 * time.Second):
						run.cmd.Process.Kill()
						run.wait() // fails with what sipp saw
					}
				}
			}
			for _, k := range row.want {
				if got := next(); got.Kind != k {
					t.Fatalf("got %+v, want %v", got, k)
				}
			}
			if row.hangUp {
				p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
			}
			if got := next(); got.Kind != tdm.Release || got.SIPStatus != row.status {
				t.Errorf("got %+v", got)
			}
			run.wait()
		})
	}
}

// BenchmarkCalls is calls a second through the SIP side: sipp places INVITE, 180, 200, ACK, BYE over UDP at a fixed rate;
// failed calls fail it. CPU is the server's and the test's, not sipp's.
func BenchmarkCalls(b *testing.B) {
	peers.Need(b, "sipp")
	for _, rate := range []int{300, 1000, 2000} {
		b.Run(fmt.Sprintf("cps=%d", rate), func(b *testing.B) {
			peers.Lock(b)
			port := freePort(b)
			var calls atomic.Int64
			s := startBench(b, trunkAt(port), func(p call.Party, setup tdm.Primitive) call.Up {
				calls.Add(1)
				return answering(p, setup)
			})
			cpu := cpuTime()
			for b.Loop() {
				s.sipp("uac", "-p", strconv.Itoa(port), "-s", "201", s.addr, "-r", strconv.Itoa(rate), "-m", strconv.Itoa(4*rate)).wait()
			}
			used := cpuTime() - cpu
			n := calls.Load()
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "calls/s")
			b.ReportMetric(float64(used.Microseconds())/float64(n), "cpu-us/call")
			b.ReportMetric(0, "ns/op")
		})
	}
}
