// Package netsim is a network made of channels for tests in a testing/synctest bubble: a goroutine that reads a real socket
// there keeps fake time from advancing, one that reads these does not.
//
// It delivers datagrams at once and in order between PacketConns, and bytes between both ends of connections. There is no
// loss but what a filter takes away, no delay, no fragmentation, and no host: any address can be listened on. A datagram to
// an address where nobody listens, or whose reader is 4096 behind, is gone, as on a real network.
package netsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

const queue = 4096

// A Net is a network. Its methods are safe from any goroutine.
type Net struct {
	mu     sync.Mutex
	packet map[netip.AddrPort]*PacketConn
	stream map[netip.AddrPort]*Listener
	next   uint16
	filter func(from, to netip.AddrPort, data []byte) bool
}

// New returns a network with nobody on it.
func New() *Net {
	return &Net{packet: map[netip.AddrPort]*PacketConn{}, stream: map[netip.AddrPort]*Listener{}, next: 30000}
}

// Filter sets a function that says of each datagram whether it is delivered; nil: all are. It must not send.
func (n *Net) Filter(deliver func(from, to netip.AddrPort, data []byte) bool) {
	n.mu.Lock()
	n.filter = deliver
	n.mu.Unlock()
}

// Open counts the sockets, listeners included, that are not closed.
func (n *Net) Open() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.packet) + len(n.stream)
}

// ListenPacket opens a datagram socket. Port 0 takes any free even port.
func (n *Net) ListenPacket(addr netip.AddrPort) (*PacketConn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if addr.Port() == 0 {
		addr = n.free(addr.Addr())
	}
	if n.packet[addr] != nil {
		return nil, fmt.Errorf("listen udp %s: address already in use", addr)
	}
	c := &PacketConn{net: n, addr: addr, in: make(chan datagram, queue), closed: make(chan struct{}), moved: make(chan struct{})}
	n.packet[addr] = c
	return c, nil
}

func (n *Net) free(ip netip.Addr) netip.AddrPort {
	for {
		n.next += 2
		a := netip.AddrPortFrom(ip, n.next)
		if n.packet[a] == nil && n.stream[a] == nil {
			return a
		}
	}
}

type datagram struct {
	from netip.AddrPort
	data []byte
}

// PacketConn is a net.PacketConn that also has the methods of *net.UDPConn that take a netip.AddrPort.
type PacketConn struct {
	net    *Net
	addr   netip.AddrPort
	in     chan datagram
	once   sync.Once
	closed chan struct{}

	mu       sync.Mutex // guards deadline and moved
	deadline time.Time
	moved    chan struct{} // closed and replaced when the deadline changes
}

var _ net.PacketConn = (*PacketConn)(nil)

// ReadFromUDPAddrPort waits for a datagram.
func (c *PacketConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		c.mu.Lock()
		deadline, moved := c.deadline, c.moved
		c.mu.Unlock()
		var expired <-chan time.Time
		if !deadline.IsZero() {
			t := time.NewTimer(time.Until(deadline))
			defer t.Stop()
			expired = t.C
		}
		select {
		case d := <-c.in:
			return copy(b, d.data), d.from, nil
		case <-c.closed:
			return 0, netip.AddrPort{}, net.ErrClosed
		case <-expired:
			return 0, netip.AddrPort{}, os.ErrDeadlineExceeded
		case <-moved:
		}
	}
}

// ReadFrom waits for a datagram.
func (c *PacketConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteToUDPAddrPort delivers a datagram.
func (c *PacketConn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	c.net.mu.Lock()
	peer, filter := c.net.packet[to], c.net.filter
	c.net.mu.Unlock()
	if peer == nil || filter != nil && !filter(c.addr, to, b) {
		return len(b), nil
	}
	select {
	case peer.in <- datagram{c.addr, append([]byte(nil), b...)}:
	default:
	}
	return len(b), nil
}

// WriteTo delivers a datagram.
func (c *PacketConn) WriteTo(b []byte, to net.Addr) (int, error) {
	a, err := netip.ParseAddrPort(to.String())
	if err != nil {
		return 0, err
	}
	return c.WriteToUDPAddrPort(b, a)
}

// Close ends reads with net.ErrClosed.
func (c *PacketConn) Close() error {
	c.once.Do(func() {
		c.net.mu.Lock()
		delete(c.net.packet, c.addr)
		c.net.mu.Unlock()
		close(c.closed)
	})
	return nil
}

// LocalAddr returns a *net.UDPAddr.
func (c *PacketConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.addr) }

// AddrPort returns the address.
func (c *PacketConn) AddrPort() netip.AddrPort { return c.addr }

// SetReadDeadline bounds reads.
func (c *PacketConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	c.deadline = t
	close(c.moved)
	c.moved = make(chan struct{})
	c.mu.Unlock()
	return nil
}

// SetDeadline bounds reads; writes never wait.
func (c *PacketConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline does nothing, since writes never wait.
func (c *PacketConn) SetWriteDeadline(time.Time) error { return nil }

// Listener is a net.Listener.
type Listener struct {
	net    *Net
	addr   netip.AddrPort
	in     chan net.Conn
	once   sync.Once
	closed chan struct{}
}

// Listen opens a stream listener. Port 0 takes any free one.
func (n *Net) Listen(addr netip.AddrPort) (*Listener, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if addr.Port() == 0 {
		addr = n.free(addr.Addr())
	}
	if n.stream[addr] != nil {
		return nil, fmt.Errorf("listen tcp %s: address already in use", addr)
	}
	l := &Listener{net: n, addr: addr, in: make(chan net.Conn, 64), closed: make(chan struct{})}
	n.stream[addr] = l
	return l, nil
}

// Accept waits for a connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.in:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept with net.ErrClosed. Connections stay.
func (l *Listener) Close() error {
	l.once.Do(func() {
		l.net.mu.Lock()
		delete(l.net.stream, l.addr)
		l.net.mu.Unlock()
		close(l.closed)
	})
	return nil
}

// Addr returns a *net.TCPAddr.
func (l *Listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }

var errRefused = errors.New("connection refused")

// Dial connects from an address of from's to a listener; port 0 takes any free one.
func (n *Net) Dial(ctx context.Context, from, to netip.AddrPort) (net.Conn, error) {
	n.mu.Lock()
	l := n.stream[to]
	if from.Port() == 0 {
		from = n.free(from.Addr())
	}
	n.mu.Unlock()
	if l == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to), Err: errRefused}
	}
	a, b := net.Pipe()
	near := &conn{a, net.TCPAddrFromAddrPort(from), net.TCPAddrFromAddrPort(to)}
	far := &conn{b, near.remote, near.local}
	select {
	case l.in <- far:
		return near, nil
	case <-l.closed:
	case <-ctx.Done():
	}
	a.Close()
	b.Close()
	return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: near.remote, Err: errRefused}
}

// conn gives a pipe its addresses.
type conn struct {
	net.Conn
	local, remote net.Addr
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }
