package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// A socket is one address that we listen on: datagrams or stream connections.
type socket struct {
	network   string // "UDP" or "TCP", as in Via
	packet    net.PacketConn
	listener  net.Listener
	local     netip.AddrPort
	advertise netip.AddrPort // invalid: local
}

// A flow is a way to a peer: through which socket, or over which connection, and to what address. Flows are values.
type flow struct {
	sock *socket
	conn *stream // nil for datagrams
	peer netip.AddrPort
}

func (f flow) reliable() bool { return f.sock.network == "TCP" }

// sentBy is the address by which the peer of f reaches us (RFC 3261 §18.1.1).
func (f flow) sentBy() netip.AddrPort {
	s := f.sock
	if s.advertise.IsValid() {
		return s.advertise
	}
	if !s.local.Addr().IsUnspecified() {
		return s.local
	}
	return netip.AddrPortFrom(sourceFor(f.peer), s.local.Port())
}

// sourceFor asks the system which of our addresses it would send from. Connecting a UDP socket sends nothing.
func sourceFor(peer netip.AddrPort) netip.Addr {
	if c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(peer)); err == nil {
		defer c.Close()
		return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// A transport owns the sockets and the stream connections. It hands each datagram and each message framed on a stream to
// receive, on the goroutine that read it, in the order in which they came.
type transport struct {
	cfg     *Config
	log     *slog.Logger
	receive func(f flow, data []byte)
	// admit says whether the source is heard at all.
	admit func(netip.AddrPort) bool
	// lost is told that a connection has gone.
	lost func(*stream)

	sockets []*socket

	mu      sync.Mutex // guards streams and closed
	streams map[netip.AddrPort]*stream
	perAddr map[netip.Addr]int
	closed  bool
	done    chan struct{} // closed by stop
	wg      sync.WaitGroup
}

// listen binds everything or nothing.
func (t *transport) listen(listens []Listen) error {
	for _, l := range listens {
		s, err := bind(l)
		if err != nil {
			t.closeSockets()
			return err
		}
		t.sockets = append(t.sockets, s)
	}
	return nil
}

func bind(l Listen) (*socket, error) {
	s := &socket{packet: l.Packet, listener: l.Stream, advertise: l.Advertise}
	var err error
	switch {
	case s.packet != nil, s.listener != nil:
	case l.Network == "udp":
		s.packet, err = net.ListenPacket("udp", l.Addr)
	default:
		s.listener, err = net.Listen("tcp", l.Addr)
	}
	if err != nil {
		return nil, fmt.Errorf("sip: cannot listen on %s %s: %w", l.Network, l.Addr, err)
	}
	var a net.Addr
	if s.packet != nil {
		s.network, a = "UDP", s.packet.LocalAddr()
	} else {
		s.network, a = "TCP", s.listener.Addr()
	}
	if s.local, err = netip.ParseAddrPort(a.String()); err != nil {
		return nil, fmt.Errorf("sip: address of the listener: %w", err)
	}
	s.local = netip.AddrPortFrom(s.local.Addr().Unmap(), s.local.Port())
	return s, nil
}

func (t *transport) closeSockets() {
	for _, s := range t.sockets {
		if s.packet != nil {
			s.packet.Close()
		} else {
			s.listener.Close()
		}
	}
}

// start begins to read. stop ends all goroutines that it started.
func (t *transport) start() {
	for _, s := range t.sockets {
		t.wg.Go(func() {
			if s.packet != nil {
				t.readPackets(s)
			} else {
				t.accept(s)
			}
		})
	}
}

func (t *transport) stop() {
	close(t.done)
	t.mu.Lock()
	t.closed = true
	open := make([]*stream, 0, len(t.streams))
	for _, c := range t.streams {
		open = append(open, c)
	}
	t.mu.Unlock()
	t.closeSockets()
	for _, c := range open {
		if c.dialling() {
			c.close()
		} else {
			c.flush()
		}
	}
	t.wg.Wait()
}

func (t *transport) readPackets(s *socket) {
	buf := make([]byte, maxMessage)
	udp, _ := s.packet.(*net.UDPConn)
	for {
		var n int
		var from netip.AddrPort
		var err error
		if udp != nil {
			n, from, err = udp.ReadFromUDPAddrPort(buf)
		} else {
			var a net.Addr
			if n, a, err = s.packet.ReadFrom(buf); err == nil {
				from, err = netip.ParseAddrPort(a.String())
			}
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			t.log.Debug("sip: datagram not read", "error", err)
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if t.admit(from) {
			t.receive(flow{sock: s, peer: from}, buf[:n])
		}
	}
}

// send writes a message. Over a stream it only queues.
func (t *transport) send(f flow, data []byte) error {
	if f.conn != nil {
		return f.conn.send(data)
	}
	if f.sock.packet == nil {
		return errors.New("sip: no connection to " + f.peer.String())
	}
	if udp, ok := f.sock.packet.(*net.UDPConn); ok {
		_, err := udp.WriteToUDPAddrPort(data, f.peer)
		return err
	}
	_, err := f.sock.packet.WriteTo(data, net.UDPAddrFromAddrPort(f.peer))
	return err
}

// flowTo finds a way to a peer: a datagram socket of its address family, or a connection, which is dialled in the
// background when there is none.
func (t *transport) flowTo(network string, to netip.AddrPort) (flow, error) {
	network = strings.ToUpper(network)
	var found *socket
	for _, s := range t.sockets {
		if s.network != network || !reaches(s.local.Addr(), to.Addr()) {
			continue
		}
		found = s
		break
	}
	if found == nil {
		return flow{}, fmt.Errorf("sip: no %s listener from which %s can be reached", network, to)
	}
	f := flow{sock: found, peer: to}
	if network == "TCP" {
		c, err := t.dial(found, to)
		if err != nil {
			return flow{}, err
		}
		f.conn = c
	}
	return f, nil
}

func reaches(local, to netip.Addr) bool {
	if local.IsUnspecified() {
		return local.Is6() || to.Is4()
	}
	return local.Is4() == to.Is4() && local.IsLoopback() == to.IsLoopback()
}

func (t *transport) hasNetwork(network string) bool {
	for _, s := range t.sockets {
		if s.network == network {
			return true
		}
	}
	return false
}

func (t *transport) resolve(ctx context.Context, host string, port int) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return netip.AddrPortFrom(a.Unmap(), uint16(port)), nil
	}
	addrs, err := t.cfg.Resolve(ctx, host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	for _, a := range addrs {
		if a = a.Unmap(); t.usable(a) {
			return netip.AddrPortFrom(a, uint16(port)), nil
		}
	}
	return netip.AddrPort{}, fmt.Errorf("sip: %s has no address that a listener reaches", host)
}

func (t *transport) usable(a netip.Addr) bool {
	for _, s := range t.sockets {
		if reaches(s.local.Addr(), a) {
			return true
		}
	}
	return false
}

// A wire is the sip.Connection of one transaction: what sipgo's state machines write goes to one flow. sent sees every
// message before it goes out.
type wire struct {
	t    *transport
	f    flow
	sent func(msg sip.Message, data []byte)
}

func (w *wire) LocalAddr() net.Addr {
	if w.f.sock.packet != nil {
		return w.f.sock.packet.LocalAddr()
	}
	return w.f.sock.listener.Addr()
}

func (w *wire) WriteMsg(msg sip.Message) error {
	data := []byte(msg.String())
	if w.sent != nil {
		w.sent(msg, data)
	}
	return w.t.send(w.f, data)
}

func (w *wire) Ref(int) int            { return 1 }
func (w *wire) TryClose() (int, error) { return 1, nil }
func (w *wire) Close() error           { return nil }

// maxDatagram is the largest request that goes out over UDP while the path's MTU is unknown (RFC 3261 §18.1.1).
const maxDatagram = 1300

// fit makes a request that is too large for a datagram smaller by what it can do without, and if that is not enough takes
// TCP, when we listen for it. A request that stays over UDP all the same is left to IP's fragmentation.
func (s *Server) fit(req *sip.Request, f flow) flow {
	if f.reliable() || len(req.String()) <= maxDatagram {
		return f
	}
	for _, name := range []string{"User-Agent", "Accept", "Allow"} {
		req.RemoveHeader(name)
	}
	if len(req.String()) <= maxDatagram || !s.transport.hasNetwork("TCP") {
		return f
	}
	tcp, err := s.transport.flowTo("TCP", f.peer)
	if err != nil {
		return f
	}
	req.RemoveHeader("Via")
	addVia(req, tcp)
	return tcp
}
