package q931

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/tdm"
)

// libpriTypes are libpri's numbers of our variants.
var libpriTypes = map[string]string{"euroisdn": "5", "ni2": "1", "5ess": "3", "4ess": "4", "dms100": "2", "qsig": "10"}

var buildPeer = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "libpri")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "peer")
	out, err := exec.Command("cc", "-O2", "-o", bin, "testdata/libpri/peer.c", "-lpri").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cc: %v\n%s", err, out)
	}
	return bin, nil
})

// needLibpri returns the peer program, built against Debian's libpri-dev.
func needLibpri(t testing.TB) string {
	peers.Need(t, "cc")
	if _, err := os.Stat("/usr/include/libpri.h"); err != nil {
		if os.Getenv("TIPRING_PEERS") == "require" {
			t.Fatal("libpri-dev is not installed and TIPRING_PEERS=require")
		}
		t.Skip("libpri-dev is not installed")
	}
	bin, err := buildPeer()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// pair returns the two ends of a line that keeps the boundaries of frames.
func pair(t testing.TB) (ours net.Conn, theirs *os.File) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fds[0]), "line")
	ours, err = net.FileConn(f)
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	return ours, os.NewFile(uintptr(fds[1]), "line")
}

// A station is our side in real time, with libpri at the other end of the line.
type station struct {
	*side
	start  time.Time
	conns  []net.Conn
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan string
	frame  chan frameFrom
	seen   []string // lines of the peer that nothing has asked for yet
	all    []string
	trace  func(d int, sent bool, b []byte)
	used   int                     // channels that calls of libpri hold already
	mangle func(b []byte) [][]byte // what becomes of a frame on the line, either way; nil: nothing
}

type frameFrom struct {
	d int
	b []byte
}

func newStation(t testing.TB, c Config, args ...string) *station {
	t.Helper()
	bin := needLibpri(t)
	s := &station{side: &side{name: "we", link: New(c), said: make(map[CallID][]tdm.Primitive)}, start: time.Now(),
		lines: make(chan string, 1024), frame: make(chan frameFrom, 4096)}
	if x, ok := t.(*testing.T); ok {
		s.t = x
	}
	node := "te"
	if !c.Network {
		node = "nt"
	}
	s.cmd = exec.Command(bin, append([]string{node, libpriTypes[c.Variant.Name]}, args...)...)
	for d := range c.DChannels {
		ours, theirs := pair(t)
		s.conns = append(s.conns, ours)
		s.cmd.ExtraFiles = append(s.cmd.ExtraFiles, theirs)
		defer theirs.Close()
		go func() {
			for {
				b := make([]byte, 512)
				n, err := ours.Read(b)
				if err != nil {
					return
				}
				s.frame <- frameFrom{d, b[:n]}
			}
		}()
	}
	s.cmd.Stderr = os.Stderr
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		sc := bufio.NewScanner(out)
		for sc.Scan() {
			s.lines <- sc.Text()
		}
		close(s.lines)
	}()
	now := time.Duration(0)
	s.now = &now
	t.Cleanup(func() {
		s.in.Close()
		for _, c := range s.conns {
			c.Close()
		}
		s.cmd.Wait()
	})
	return s
}

func (s *station) tick() { *s.now = time.Since(s.start) }

// out sends what the link wants sent, and gives the rest to the side.
func (s *station) out(out []Output) {
	for _, o := range out {
		if o.Kind != ToLine {
			continue
		}
		if s.trace != nil {
			s.trace(o.D, true, o.Octets)
		}
		frames := [][]byte{o.Octets}
		if s.mangle != nil {
			frames = s.mangle(o.Octets)
		}
		for _, b := range frames {
			s.conns[o.D].Write(b)
		}
	}
	s.take(out)
}

// turn handles one thing that happens, or returns after the wait.
func (s *station) turn(wait time.Duration) {
	s.tick()
	if at, ok := s.link.Next(); ok {
		wait = max(0, min(wait, at-*s.now))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case f := <-s.frame:
		s.tick()
		frames := [][]byte{f.b}
		if s.mangle != nil {
			frames = s.mangle(f.b)
		}
		for _, b := range frames {
			if s.trace != nil {
				s.trace(f.d, false, b)
			}
			s.out(s.link.Frame(*s.now, f.d, b))
		}
	case line, ok := <-s.lines:
		if ok {
			s.seen = append(s.seen, line)
			s.all = append(s.all, line)
		}
	case <-timer.C:
		s.tick()
		s.out(s.link.Advance(*s.now))
	}
}

// until runs until ok, for at most the patience of a real peer.
const patience = 5 * time.Second

func (s *station) until(what string, ok func() bool) bool {
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			return false
		}
		s.turn(50 * time.Millisecond)
	}
	return true
}

// rest lets things settle for a moment: it ends when nothing has happened for d.
func (s *station) rest(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		n := len(s.all) + len(s.frame)
		s.turn(time.Until(end))
		if len(s.all)+len(s.frame) != n {
			end = time.Now().Add(d)
		}
	}
}

func (s *station) say(format string, args ...any) { fmt.Fprintf(s.in, format+"\n", args...) }

// peer waits for a line of the peer that begins so, takes it off, and returns it; "" when it does not come.
func (s *station) peer(prefix string) string {
	at := -1
	s.until(prefix, func() bool {
		at = slices.IndexFunc(s.seen, func(l string) bool { return l == prefix || strings.HasPrefix(l, prefix+" ") })
		return at >= 0
	})
	if at < 0 {
		return ""
	}
	l := s.seen[at]
	s.seen = slices.Delete(s.seen, at, at+1)
	return l
}

// peerCall is the peer's number of the call that such a line names.
func peerCall(line string) string {
	w := strings.Fields(line)
	if len(w) < 2 {
		return "0"
	}
	return w[1]
}

// value is the value of key=... in a line, to the next blank or, of the last one, to the end.
func value(line, key string) string {
	_, after, ok := strings.Cut(line, " "+key+"=")
	if !ok {
		return ""
	}
	if key != "name" && key != "text" {
		after, _, _ = strings.Cut(after, " ")
	}
	return after
}

// heardIt waits until the call was told so.
func (s *station) heardIt(id CallID, want string) bool {
	return s.until(want, func() bool { return s.heard(id) == want })
}

// offered waits for a call from the peer beyond the n that were there.
func (s *station) offered(n int) (CallID, bool) {
	ok := s.until("a call", func() bool { return len(s.order) > n })
	if !ok {
		return 0, false
	}
	return s.order[n], true
}

func (s *station) tell(id CallID, p tdm.Primitive) {
	s.tick()
	s.out(s.link.Primitive(*s.now, id, p))
}

func (s *station) dial(p tdm.Primitive) CallID {
	s.tick()
	id, cause, out := s.link.Setup(*s.now, p)
	s.out(out)
	if cause != 0 {
		s.all = append(s.all, fmt.Sprintf("setup refused: %v", cause))
	}
	return id
}

// begin brings the D channels up.
func (s *station) begin() bool {
	s.tick()
	s.out(s.link.Start(*s.now))
	return s.until("up", func() bool { return s.link.Up() }) && s.peer("up 0") != ""
}

// libpriConfig is a cell's configuration of our side.
func libpriConfig(t testing.TB, variantName string, network bool) Config {
	c := e1(t, variantName)
	if c.Variant.MuLaw {
		c.Interfaces[0].Channels = T1Channels
	}
	c.Network = network
	c.Descending = network
	c.Overlap = c.Variant.Overlap
	return c
}
