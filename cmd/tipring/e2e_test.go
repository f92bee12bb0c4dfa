package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/gateway/api"
	"tipring/gateway/call"
	"tipring/hw/emu"
)

// The binary itself, as an operator meets it: signals, exit statuses, and what it leaves behind.
func TestBinary(t *testing.T) {
	gocmd := peers.Need(t, "go")[0]
	peers.Lock(t)
	bin := filepath.Join(t.TempDir(), "tipring")
	if out, err := exec.Command(gocmd, "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, c := range []struct {
		name string
		test func(b *binary)
	}{
		{"killed in a call", (*binary).killedInACall},
		{"drains", (*binary).drains},
		{"stops at once when told twice", (*binary).hurries},
		{"reloads", (*binary).reloads},
		{"port in use", (*binary).portInUse},
		{"check", (*binary).check},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			c.test(&binary{T: t, ctx: ctx, path: bin, data: t.TempDir()})
		})
	}
}

// A binary is the program under test with its data folder.
type binary struct {
	*testing.T
	ctx  context.Context
	path string
	data string
}

func (b *binary) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// run runs a command to its end.
func (b *binary) run(args ...string) (status int, stdout, stderr string) {
	b.Helper()
	var out, err bytes.Buffer
	cmd := exec.CommandContext(b.ctx, b.path, args...)
	cmd.Stdout, cmd.Stderr = &out, &err
	status = exitStatus(cmd.Run())
	b.must(b.ctx.Err())
	return status, out.String(), err.String()
}

// exitStatus is the status in what Run or Wait returned, -1 after a signal.
func exitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// records is what tipring cdr prints.
func (b *binary) records() (list []map[string]any) {
	b.Helper()
	status, out, stderr := b.run("cdr", "--json", "--data", b.data)
	if status != 0 {
		b.Fatalf("cdr ends with %d: %s", status, stderr)
	}
	for line := range strings.Lines(out) {
		r := map[string]any{}
		b.must(json.Unmarshal([]byte(line), &r))
		list = append(list, r)
	}
	return list
}

// A gateway is a running child.
type gateway struct {
	*binary
	cmd       *exec.Cmd
	http, sip string
	api       *api.Client
	emu       *emu.Client
	log       *lockedBuffer
	ended     chan error
}

// lockedBuffer keeps what a child writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// What the banner says of addresses. HTTP comes after SIP.
var (
	sipInBanner  = regexp.MustCompile(`^  SIP +.*?(127\.0\.0\.1:\d+)`)
	httpInBanner = regexp.MustCompile(`^  HTTP +http://(127\.0\.0\.1:\d+)`)
)

// start starts the gateway on ports that the system chooses and waits until it has said what it has, which is when it is
// ready.
func (b *binary) start(args ...string) *gateway {
	b.Helper()
	g := &gateway{binary: b, log: &lockedBuffer{}, ended: make(chan error, 1)}
	g.cmd = exec.CommandContext(b.ctx, b.path, append([]string{"run", "--sip", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", b.data}, args...)...)
	g.cmd.Stderr = g.log
	stdout, w, err := os.Pipe()
	b.must(err)
	g.cmd.Stdout = w
	b.must(g.cmd.Start())
	w.Close()
	go func() { g.ended <- g.cmd.Wait() }()
	b.Cleanup(func() {
		g.cmd.Process.Kill()
		<-g.ended
		if b.Failed() {
			b.Logf("the gateway's log:\n%s", g.log)
		}
	})
	banner := bufio.NewScanner(stdout)
	for g.http == "" && banner.Scan() {
		if m := sipInBanner.FindStringSubmatch(banner.Text()); m != nil {
			g.sip = m[1]
		}
		if m := httpInBanner.FindStringSubmatch(banner.Text()); m != nil {
			g.http = m[1]
		}
	}
	if g.http == "" || g.sip == "" {
		b.Fatalf("no addresses in the banner; the log: %s", g.log)
	}
	go io.Copy(io.Discard, stdout)
	g.api = &api.Client{Base: "http://" + g.http}
	g.emu = &emu.Client{Base: "http://" + g.http}
	return g
}

// wait waits for the gateway's end and returns its exit status.
func (g *gateway) wait() int {
	g.Helper()
	err := <-g.ended
	g.ended <- err
	return exitStatus(err)
}

// until asks until something is so, for at most a minute; fxo2, where nothing happens, paces it.
func (g *gateway) until(what string, cond func() bool) {
	g.Helper()
	for !cond() {
		if err := g.emu.Record(g.ctx, "fxo2", 50*time.Millisecond, io.Discard); err != nil {
			g.Fatalf("waiting for %s: %v", what, err)
		}
	}
}

// await waits for a far end to be as it should be.
func (g *gateway) await(port, what string, cond func(emu.Status) bool) {
	g.Helper()
	g.until(what, func() bool {
		st, err := g.emu.Status(g.ctx, port)
		g.must(err)
		return cond(st)
	})
}

// talk has telephone 1 call telephone 2, which answers, and returns the call.
func (g *gateway) talk() (c call.Status) {
	g.Helper()
	g.must(g.emu.OffHook(g.ctx, "fxs1"))
	g.await("fxs1", "dial tone", emu.Tone("dial"))
	g.must(g.emu.Dial(g.ctx, "fxs1", "202", false))
	g.await("fxs2", "ringing", emu.Ringing)
	g.must(g.emu.OffHook(g.ctx, "fxs2"))
	g.until("answer", func() bool {
		calls, err := g.api.Calls(g.ctx)
		g.must(err)
		if len(calls) == 1 {
			c = calls[0]
		}
		return !c.Answered.IsZero()
	})
	return c
}

// A kill -9 in a call leaves its record, with the answer, and the next start closes it.
func (b *binary) killedInACall() {
	g := b.start()
	c := g.talk()
	g.until("the answer in the record", func() bool {
		rs := b.records()
		return len(rs) == 1 && rs[0]["answered"] != nil
	})
	b.must(g.cmd.Process.Kill())
	g.wait()
	if rs := b.records(); len(rs) != 1 || rs[0]["id"] != c.ID || rs[0]["ended"] != nil {
		b.Fatalf("after the kill the records are %v, want that of the open call %s", rs, c.ID)
	}
	b.start()
	rs := b.records()
	if len(rs) != 1 {
		b.Fatalf("after the restart the records are %v", rs)
	}
	r := rs[0]
	for _, key := range []string{"id", "start", "answered", "ended", "duration_s", "from", "to", "port", "direction", "cause", "sip_status", "released_by", "detector"} {
		if _, ok := r[key]; !ok {
			b.Errorf("the record has no %s: %v", key, r)
		}
	}
	for key, want := range map[string]any{
		"id": c.ID, "from": "201", "to": "202", "port": "fxs1", "direction": "internal", "cause": 41.0, "released_by": "recovery",
	} {
		if r[key] != want {
			b.Errorf("%s of the record is %v, want %v", key, r[key], want)
		}
	}
	if r["ended"] == nil || r["answered"] == nil {
		b.Errorf("the record is not closed: %v", r)
	}
}

// SIGTERM lets calls end in peace and takes no new one.
func (b *binary) drains() {
	g := b.start("--emulate", "fxs=3,fxo=2")
	c := g.talk()
	b.must(g.cmd.Process.Signal(syscall.SIGTERM))
	g.until("draining", func() bool {
		st, err := g.api.Status(b.ctx)
		b.must(err)
		return st.Draining
	})
	b.must(g.emu.OffHook(b.ctx, "fxs3"))
	g.await("fxs3", "refusal", func(st emu.Status) bool { return st.Tone != "" })
	if st, err := g.emu.Status(b.ctx, "fxs3"); err != nil || st.Tone == "dial" {
		b.Errorf("while draining a telephone hears %q (%v), want no dial tone", st.Tone, err)
	}
	calls, err := g.api.Calls(b.ctx)
	b.must(err)
	if !slices.ContainsFunc(calls, func(x call.Status) bool { return x.ID == c.ID }) {
		b.Errorf("the call is not up while draining: %+v", calls)
	}
	b.must(g.emu.OnHook(b.ctx, "fxs3"))
	b.must(g.emu.OnHook(b.ctx, "fxs1"))
	if status := g.wait(); status != 0 {
		b.Errorf("the gateway ends with %d", status)
	}
	found := false
	for _, r := range b.records() {
		if r["ended"] == nil {
			b.Errorf("an open record is left: %v", r)
		}
		if r["id"] == c.ID {
			found = true
			if r["cause"] != 16.0 || r["released_by"] != "caller" {
				b.Errorf("the record is %v", r)
			}
		}
	}
	if !found {
		b.Error("there is no record of the call")
	}
}

// A second SIGTERM clears the calls that the first one let go on.
func (b *binary) hurries() {
	g := b.start("--emulate", "fxs=3,fxo=2")
	c := g.talk()
	b.must(g.cmd.Process.Signal(syscall.SIGTERM))
	g.until("draining", func() bool {
		st, err := g.api.Status(b.ctx)
		b.must(err)
		return st.Draining
	})
	b.must(g.cmd.Process.Signal(syscall.SIGTERM))
	if status := g.wait(); status != 0 {
		b.Errorf("the gateway ends with %d", status)
	}
	for _, r := range b.records() {
		if r["id"] == c.ID && (r["cause"] != 41.0 || r["released_by"] != "gateway") {
			b.Errorf("the record is %v", r)
		}
	}
}

const reloadable = `
[[card]]
name = "emu"
driver = "emu"

[[port]]
name = "fxs"
count = 2
kind = "fxs"
number = "201"

[[port]]
name = "fxo"
count = 2
kind = "fxo"
number = "5550101"

[[route]]
name = "phones"
from = "any"
called = "2xx"
to = "phone"
`

// SIGHUP applies a changed file without dropping a call, and a file with faults not at all.
func (b *binary) reloads() {
	file := filepath.Join(b.TempDir(), "tipring.toml")
	write := func(text string) { b.must(os.WriteFile(file, []byte(text), 0o644)) }
	write(reloadable)
	g := b.start("-c", file)
	c := g.talk()
	accounts := func() int {
		st, err := g.api.Status(b.ctx)
		b.must(err)
		return len(st.SIP.Accounts)
	}
	if n := accounts(); n != 0 {
		b.Fatalf("%d accounts before there is one", n)
	}
	good := reloadable + "\n[[account]]\nname = \"8001\"\n\n[[route]]\nname = \"accounts\"\nfrom = \"fxs\"\ncalled = \"8xxx\"\nto = \"account\"\n"
	write(good)
	b.must(g.cmd.Process.Signal(syscall.SIGHUP))
	g.until("the new account", func() bool { return accounts() == 1 })

	write(good + "\n[[account]]\nname = \"8002\"\nflavour = \"mint\"\n")
	b.must(g.cmd.Process.Signal(syscall.SIGHUP))
	g.until("the refusal in the log", func() bool { return strings.Contains(g.log.String(), "flavour") })
	if n := accounts(); n != 1 {
		b.Errorf("%d accounts after a file with a fault, want 1 as before", n)
	}
	if status, out, stderr := b.run("reload", "--http", g.http); status != 2 || !strings.Contains(stderr, file) || !strings.Contains(stderr, "flavour") {
		b.Errorf("reload of a file with a fault ends with %d: %s%s", status, out, stderr)
	}
	calls, err := g.api.Calls(b.ctx)
	b.must(err)
	if len(calls) != 1 || calls[0].ID != c.ID {
		b.Errorf("the calls are %+v, want %s alone", calls, c.ID)
	}
	b.must(g.emu.OnHook(b.ctx, "fxs1"))
	b.must(g.cmd.Process.Signal(syscall.SIGTERM))
	if status := g.wait(); status != 0 {
		b.Errorf("the gateway ends with %d", status)
	}
}

// A port that is taken is one clear line and exit status 1.
func (b *binary) portInUse() {
	g := b.start()
	for _, c := range []struct{ sip, http, taken string }{
		{g.sip, "127.0.0.1:0", g.sip},
		{"127.0.0.1:0", g.http, g.http},
	} {
		status, stdout, stderr := b.run("run", "--sip", c.sip, "--http", c.http, "--data", b.TempDir())
		if status != 1 {
			b.Errorf("with %s taken it ends with %d", c.taken, status)
		}
		if stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "tipring: ") ||
			!strings.Contains(stderr, c.taken) || !strings.Contains(stderr, "in use") {
			b.Errorf("with %s taken it says %q and %q, want one line", c.taken, stdout, stderr)
		}
	}
}

// tipring check says everything that is wrong with a file, where it is, and ends with 2.
func (b *binary) check() {
	file := filepath.Join(b.TempDir(), "faulty.toml")
	b.must(os.WriteFile(file, []byte(reloadable), 0o644))
	if status, out, stderr := b.run("check", file); status != 0 || !strings.Contains(out, "4 lines") || stderr != "" {
		b.Errorf("a good file ends with %d: %q, %q", status, out, stderr)
	}
	faulty := strings.NewReplacer(
		`driver = "emu"`, `driver = "emu"`+"\nflavour = \"mint\"", // unknown key
		`number = "201"`, `number = 201`, // wrong type
		`number = "5550101"`, `number = "5550101"`+"\nslot = 0", // a slot that is taken
		`to = "phone"`, `to = "nobody"`, // no such target
	).Replace(reloadable)
	b.must(os.WriteFile(file, []byte(faulty), 0o644))
	status, out, stderr := b.run("check", file)
	if status != 2 || out != "" {
		b.Errorf("a file with faults ends with %d and prints %q", status, out)
	}
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	for _, fault := range []string{"flavour = ", "number = 201", "slot = 0", `to = "nobody"`} {
		n := 1 + strings.Count(faulty[:strings.Index(faulty, fault)], "\n")
		key, _, _ := strings.Cut(fault, " ")
		where := regexp.MustCompile(fmt.Sprintf(`^%s:%d: \w+\[\d\]\.%s: .`, regexp.QuoteMeta(file), n, key))
		if !slices.ContainsFunc(lines, where.MatchString) {
			b.Errorf("no fault of %s in line %d among\n%s", key, n, stderr)
		}
	}
}
