//go:build linux && (amd64 || arm64 || arm)

package rtp

import (
	"net/netip"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A sockets opens UDP sockets for an Engine and brings what they receive. Here one goroutine takes the datagrams of all
// sockets, woken by epoll, for as long as there are any; see the package comment for what that saves.
type sockets struct {
	mu   sync.Mutex
	poll *poller // nil while there is no socket
}

func (n *sockets) listen(addr netip.AddrPort) (PacketConn, error) {
	if addr.Addr().Zone() != "" {
		return listenUDP(addr)
	}
	return listenSocket(addr)
}

// serve has take called with each datagram of a socket of ours, from one goroutine for all, which start starts. It reports
// false for a socket that the caller has to read himself.
func (n *sockets) serve(c PacketConn, take func([]byte, netip.AddrPort), start func(func())) (bool, error) {
	u, ok := c.(*udpSocket)
	if !ok {
		return false, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.poll == nil {
		p, err := newPoller()
		if err != nil {
			return false, err
		}
		n.poll = p
		start(p.run)
	}
	return true, n.poll.add(u, take)
}

// forget ends what serve began, before the socket is closed.
func (n *sockets) forget(c PacketConn) {
	u, ok := c.(*udpSocket)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.poll != nil && n.poll.remove(u) == 0 {
		n.poll.epoll.Close()
		n.poll = nil
	}
}

// A poller waits for datagrams at many sockets. Its epoll descriptor is itself watched by Go's poller, so that waiting
// blocks a goroutine and not a thread.
type poller struct {
	epoll *os.File
	raw   syscall.RawConn

	mu    sync.Mutex
	socks map[int32]pollee // by descriptor
	gen   int32
}

// A pollee has a generation, since a descriptor may be closed and given out again between an event and its handling.
type pollee struct {
	c    *udpSocket
	take func([]byte, netip.AddrPort)
	gen  int32
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	f := os.NewFile(uintptr(fd), "epoll")
	raw, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &poller{epoll: f, raw: raw, socks: map[int32]pollee{}}, nil
}

func (p *poller) control(op int, fd int, ev *unix.EpollEvent) error {
	var err error
	if cerr := p.raw.Control(func(epfd uintptr) { err = unix.EpollCtl(int(epfd), op, fd, ev) }); cerr != nil {
		return cerr
	}
	return os.NewSyscallError("epoll_ctl", err)
}

func (p *poller) add(c *udpSocket, take func([]byte, netip.AddrPort)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gen++
	p.socks[int32(c.fd)] = pollee{c, take, p.gen}
	return p.control(unix.EPOLL_CTL_ADD, c.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(c.fd), Pad: p.gen})
}

// remove returns how many sockets are left.
func (p *poller) remove(c *udpSocket) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.socks[int32(c.fd)]; ok && s.c == c {
		delete(p.socks, int32(c.fd))
		// It fails for a descriptor that was never added, which is just as well.
		_ = p.control(unix.EPOLL_CTL_DEL, c.fd, nil)
	}
	return len(p.socks)
}

func (p *poller) find(ev unix.EpollEvent) (pollee, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.socks[ev.Fd]
	return s, ok && s.gen == ev.Pad
}

// run takes datagrams until the epoll descriptor is closed: one of each socket that has any, and again, so that a flood at
// one does not hold up the others.
func (p *poller) run() {
	events := make([]unix.EpollEvent, 256)
	buf := make([]byte, maxDatagram)
	n := 0
	wait := func(epfd uintptr) bool {
		var err error
		n, err = unix.EpollWait(int(epfd), events, 0)
		return n > 0 || err != nil && err != unix.EINTR
	}
	for p.raw.Read(wait) == nil && n >= 0 {
		for _, ev := range events[:n] {
			s, ok := p.find(ev)
			if !ok {
				continue
			}
			if k, from, err := s.c.ReadFromUDPAddrPort(buf); err == nil {
				s.take(buf[:k], plain(from))
			}
		}
	}
}
