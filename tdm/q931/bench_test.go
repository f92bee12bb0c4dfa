package q931

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/tdm"
)

// A loop is two sides that speak over slices in memory, each call answered at once and then cleared.
type loop struct {
	a, b   *Link
	toA    []wire
	toB    []wire
	now    time.Duration
	spare  [][]byte
	open   int
	ended  int
	failed int
}

type wire struct {
	d int
	b []byte
}

func (l *loop) copy(b []byte) []byte {
	if n := len(l.spare); n > 0 {
		c := append(l.spare[n-1][:0], b...)
		l.spare = l.spare[:n-1]
		return c
	}
	return append(make([]byte, 0, 280), b...)
}

// handle does what a side wants; calls are answered by b and cleared by a.
func (l *loop) handle(side *Link, out []Output) {
	var act [8]struct {
		id CallID
		k  tdm.PrimitiveKind
	}
	n := 0
	for i := range out {
		o := &out[i]
		switch o.Kind {
		case ToLine:
			w := wire{o.D, l.copy(o.Octets)}
			if side == l.a {
				l.toB = append(l.toB, w)
			} else {
				l.toA = append(l.toA, w)
			}
		case Up:
			switch {
			case o.Primitive.Kind == tdm.Release && side == l.a:
				l.open--
				l.ended++
				if o.Primitive.Cause != tdm.CauseNormalClearing {
					l.failed++
				}
			case o.Primitive.Kind == tdm.Setup || o.Primitive.Kind == tdm.Connect:
				act[n].id, act[n].k = o.Call, o.Primitive.Kind
				n++
			}
		}
	}
	for _, x := range act[:n] {
		if x.k == tdm.Connect {
			l.handle(side, side.Primitive(l.now, x.id, hangUp(tdm.CauseNormalClearing)))
			continue
		}
		for _, k := range []tdm.PrimitiveKind{tdm.Proceeding, tdm.Alerting, tdm.Connect} {
			l.handle(side, side.Primitive(l.now, x.id, tdm.Primitive{Kind: k}))
		}
	}
}

func newLoop(b testing.TB, name string) *loop {
	c := e1(b, name)
	l := &loop{a: New(c)}
	c.Network = true
	l.b = New(c)
	l.handle(l.a, l.a.Start(0))
	l.handle(l.b, l.b.Start(0))
	l.carry()
	if !l.a.Up() || !l.b.Up() {
		b.Fatal("not up")
	}
	return l
}

// carry moves frames until none is on the way.
func (l *loop) carry() {
	for len(l.toA)+len(l.toB) > 0 {
		for i := 0; i < len(l.toB); i++ {
			w := l.toB[i]
			l.handle(l.b, l.b.Frame(l.now, w.d, w.b))
			l.spare = append(l.spare, w.b)
		}
		l.toB = l.toB[:0]
		for i := 0; i < len(l.toA); i++ {
			w := l.toA[i]
			l.handle(l.a, l.a.Frame(l.now, w.d, w.b))
			l.spare = append(l.spare, w.b)
		}
		l.toA = l.toA[:0]
	}
}

func (l *loop) calls(n, atOnce int) {
	for left := n; left > 0 || l.open > 0; {
		for left > 0 && l.open < atOnce {
			_, cause, out := l.a.Setup(l.now, setup)
			if cause != 0 {
				panic(cause)
			}
			left--
			l.open++
			l.handle(l.a, out)
		}
		l.carry()
		l.now += time.Millisecond
		l.a.Advance(l.now)
		l.b.Advance(l.now)
	}
}

// BenchmarkCalls is complete calls with our stack on both ends of a line in memory, 30 at once: SETUP to RELEASE COMPLETE.
func BenchmarkCalls(b *testing.B) {
	for _, v := range Variants {
		b.Run("variant="+v.Name, func(b *testing.B) {
			l := newLoop(b, v.Name)
			l.calls(1000, 30)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				l.calls(30, 30)
				n += 30
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "calls/s")
			if l.failed > 0 || l.a.Calls()+l.b.Calls() > 0 {
				b.Errorf("%d failed, %d and %d left", l.failed, l.a.Calls(), l.b.Calls())
			}
		})
	}
}

// BenchmarkSpans is 32 spans whose D channels are full: 71 calls a second each way is what 64 kbit/s carries. cores is how many
// processors both ends of them take; half of it is one end.
func BenchmarkSpans(b *testing.B) {
	const spans, rate = 32, 71
	var all []*loop
	for range spans {
		all = append(all, newLoop(b, "euroisdn"))
	}
	n := 0
	for b.Loop() {
		for _, l := range all {
			l.calls(rate, 30)
			n++
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(n/spans), "cores")
}

// BenchmarkMemory is what a call in being takes of the heap at one end, with its timers, references and channel.
func BenchmarkMemory(b *testing.B) {
	for _, v := range Variants {
		b.Run("variant="+v.Name, func(b *testing.B) {
			each := 0.0
			for b.Loop() {
				each = memoryOfACall(b, v.Name)
			}
			b.ReportMetric(each, "B/call")
		})
	}
}

// TestMemoryOfACall bounds it.
func TestMemoryOfACall(t *testing.T) {
	const limit = 1600
	each := memoryOfACall(t, "euroisdn")
	t.Logf("%.0f octets a call and end", each)
	if each > limit {
		t.Errorf("a call takes %.0f octets, more than %d", each, limit)
	}
}

func memoryOfACall(t testing.TB, variant string) float64 {
	const spans = 400
	var links []*loop
	for range spans {
		links = append(links, newLoop(t, variant))
	}
	before := heap()
	calls := 0
	for _, l := range links {
		for range 30 {
			_, _, out := l.a.Setup(0, setup)
			for i := range out {
				if out[i].Kind == ToLine {
					l.b.Frame(0, 0, out[i].Octets)
				}
			}
		}
		calls += l.a.Calls() + l.b.Calls()
	}
	each := (heap() - before) / float64(calls)
	runtime.KeepAlive(links)
	return each
}

func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// A rate is what one arrangement did.
type rateOf struct {
	calls, failed int
	seconds       float64
}

func (r rateOf) perSecond() float64 { return float64(r.calls) / r.seconds }

// libpriBackToBack makes n calls between two peers, 30 at once.
func libpriBackToBack(t testing.TB, v Variant, n int) rateOf {
	bin := needLibpri(t)
	a, b := pairFiles(t)
	nt := exec.Command(bin, "nt", libpriTypes[v.Name], "auto")
	nt.ExtraFiles = []*os.File{a}
	ntIn, _ := nt.StdinPipe()
	te := exec.Command(bin, "te", libpriTypes[v.Name])
	te.ExtraFiles = []*os.File{b}
	in, _ := te.StdinPipe()
	out, _ := te.StdoutPipe()
	for _, c := range []*exec.Cmd{nt, te} {
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
	}
	a.Close()
	b.Close()
	defer func() {
		in.Close()
		ntIn.Close()
		te.Wait()
		nt.Wait()
	}()
	sc := bufio.NewScanner(out)
	for sc.Scan() {
		if strings.HasPrefix(sc.Text(), "up") {
			fmt.Fprintf(in, "load %d %d %x\n", n, 30, channelsOf(v))
		}
		if strings.HasPrefix(sc.Text(), "load ") {
			return parseLoad(t, sc.Text())
		}
	}
	t.Fatal("the peers said nothing")
	return rateOf{}
}

func channelsOf(v Variant) uint32 {
	if v.MuLaw {
		return T1Channels
	}
	return E1Channels
}

func parseLoad(t testing.TB, line string) (r rateOf) {
	if _, err := fmt.Sscanf(line, "load calls=%d failed=%d seconds=%f", &r.calls, &r.failed, &r.seconds); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return r
}

// oursAgainstLibpri makes n calls from us to a peer that answers at once, 30 at once, one thread that blocks in the socket.
func oursAgainstLibpri(t testing.TB, v Variant, n int) rateOf {
	c := libpriConfig(t, v.Name, true)
	c.Overlap = false
	bin := needLibpri(t)
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fds[0])
	cmd := exec.Command(bin, "te", libpriTypes[v.Name], "auto")
	theirs := os.NewFile(uintptr(fds[1]), "line")
	cmd.ExtraFiles = []*os.File{theirs}
	in, _ := cmd.StdinPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	defer func() {
		in.Close()
		cmd.Wait()
	}()
	x := &far{link: New(c), fd: fds[0], left: n, most: 30}
	if c.Variant.MuLaw {
		x.most = 23
	}
	x.start = time.Now()
	x.handle(x.link.Start(0))
	var begun time.Time
	for x.ended < n {
		if x.link.Up() && begun.IsZero() {
			begun = time.Now()
			x.more()
		}
		if frames := x.wait(t); len(frames) > 0 {
			x.handle(x.link.Frames(time.Since(x.start), 0, frames))
		} else {
			x.handle(x.link.Advance(time.Since(x.start)))
		}
	}
	return rateOf{calls: x.ended, failed: x.failed, seconds: time.Since(begun).Seconds()}
}

// far is our side in a loop of its own.
type far struct {
	link             *Link
	fd               int
	start            time.Time
	left, open, most int
	ended, failed    int
	buffers          [16][512]byte
	frames           [][]byte
	deadline         time.Duration
}

// wait blocks for a frame until the next timer is due, and takes what else has come by then.
func (x *far) wait(t testing.TB) [][]byte {
	x.frames = x.frames[:0]
	for i := range x.buffers {
		k, _, err := syscall.Recvfrom(x.fd, x.buffers[i][:], syscall.MSG_DONTWAIT)
		if err == syscall.EAGAIN && i == 0 {
			if at, ok := x.link.Next(); ok && (at < x.deadline || x.deadline <= time.Since(x.start)) {
				x.deadline = at
				left := max(at-time.Since(x.start), time.Millisecond)
				tv := syscall.NsecToTimeval(left.Nanoseconds())
				if err := syscall.SetsockoptTimeval(x.fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &tv); err != nil {
					t.Fatal(err)
				}
			}
			k, _, err = syscall.Recvfrom(x.fd, x.buffers[i][:], 0)
		}
		if err == syscall.EAGAIN || err == syscall.EINTR {
			break
		}
		if err != nil || k == 0 {
			t.Fatalf("the peer is gone: %v", err)
		}
		x.frames = append(x.frames, x.buffers[i][:k])
	}
	return x.frames
}

func (x *far) more() {
	for x.left > 0 && x.open < x.most {
		_, cause, out := x.link.Setup(time.Since(x.start), setup)
		if cause != 0 {
			return
		}
		x.left--
		x.open++
		x.handle(out)
	}
}

func (x *far) handle(out []Output) {
	var clear []CallID
	for i := range out {
		o := &out[i]
		switch {
		case o.Kind == ToLine:
			syscall.Write(x.fd, o.Octets)
		case o.Kind == Up && o.Primitive.Kind == tdm.Connect:
			clear = append(clear, o.Call)
		case o.Kind == Up && o.Primitive.Kind == tdm.Release:
			x.open--
			x.ended++
			if o.Primitive.Cause != tdm.CauseNormalClearing {
				x.failed++
			}
		}
	}
	for _, id := range clear {
		x.handle(x.link.Primitive(time.Since(x.start), id, hangUp(tdm.CauseNormalClearing)))
	}
	if len(out) > 0 && x.open < x.most && x.left > 0 && x.ended > 0 {
		x.more()
	}
}

func pairFiles(t testing.TB) (a, b *os.File) {
	ours, theirs := pair(t)
	f, err := ours.(*net.UnixConn).File()
	if err != nil {
		t.Fatal(err)
	}
	ours.Close()
	return f, theirs
}

// BenchmarkCallRates compares, in one run, calls a second of libpri with itself, of us with libpri, and of us with ourselves in
// memory. The arrangements take turns and the best turn of each counts, since other work on the processors only ever slows
// one down. What it prints are ratios to libpri with itself, and how much of a processor 32 D channels take that carry
// what 64 kbit/s can.
func BenchmarkCallRates(b *testing.B) {
	needLibpri(b)
	peers.Lock(b)
	v := variant(b, "euroisdn")
	const n, turns = 4000, 6
	var own, against, memory float64
	for b.Loop() {
		for range turns {
			r := libpriBackToBack(b, v, n)
			own = max(own, r.perSecond())
			if r.failed > 0 {
				b.Errorf("libpri with itself: %d of %d calls failed", r.failed, r.calls)
			}
			r = oursAgainstLibpri(b, v, n)
			against = max(against, r.perSecond())
			if r.failed > 0 {
				b.Errorf("we with libpri: %d of %d calls failed", r.failed, r.calls)
			}
			l := newLoop(b, v.Name)
			begun := time.Now()
			l.calls(n, 30)
			memory = max(memory, n/time.Since(begun).Seconds())
		}
	}
	const lines, line = 32, 71
	b.ReportMetric(own, "libpri-calls/s")
	b.ReportMetric(against/own, "with-libpri/libpri")
	b.ReportMetric(memory/own, "memory/libpri")
	b.ReportMetric(lines*line/memory, "cores/32-lines")
}
