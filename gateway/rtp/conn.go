package rtp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync/atomic"
)

// A PacketConn is a UDP socket. *net.UDPConn is one. Its methods are called from several goroutines at once; Close
// unblocks a read.
type PacketConn interface {
	ReadFromUDPAddrPort(b []byte) (n int, from netip.AddrPort, err error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
	Close() error
}

func listenUDP(addr netip.AddrPort) (PacketConn, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, err
	}
	return c, nil
}

// A pair is the sockets of a stream: RTP on an even port and RTCP on the next one (RFC 3550 §11).
type pair struct {
	rtp, rtcp PacketConn
	local     netip.AddrPort
}

// ports hands out pairs from a range, round robin so that a port just closed is the last to be used again. It is safe for
// concurrent use: who finds a pair is settled by the system that binds it.
type ports struct {
	listen   func(netip.AddrPort) (PacketConn, error)
	ip       netip.Addr
	min, max uint16       // both 0: any
	next     atomic.Int32 // index of the pair to try first
}

func newPorts(c Config) (*ports, error) {
	p := &ports{listen: c.ListenPacket, ip: c.IP, min: c.PortMin, max: c.PortMax}
	if !p.ip.IsValid() {
		return nil, errors.New("rtp: no IP address to listen on")
	}
	if p.min == 0 && p.max == 0 {
		return p, nil
	}
	if p.pairs() < 1 {
		return nil, fmt.Errorf("rtp: ports %d-%d hold no even port and its successor", c.PortMin, c.PortMax)
	}
	p.next.Store(rand.Int32N(int32(p.pairs())))
	return p, nil
}

func (p *ports) first() int { return (int(p.min) + 1) &^ 1 }
func (p *ports) pairs() int { return (int(p.max) + 1 - p.first()) / 2 }

// open binds a pair.
func (p *ports) open() (pair, error) {
	if p.min == 0 && p.max == 0 {
		return p.openAny()
	}
	var last error
	n, begin := p.pairs(), int(p.next.Load())
	for i := range n {
		index := (begin + i) % n
		pr, err := p.bind(uint16(p.first() + 2*index))
		if err == nil {
			p.next.Store(int32((index + 1) % n))
			return pr, nil
		}
		last = err
	}
	return pair{}, fmt.Errorf("rtp: all %d port pairs of %d-%d are in use: %w", n, p.min, p.max, last)
}

// openAny takes a free port from the system and its neighbour, as often as the neighbour is taken.
func (p *ports) openAny() (pair, error) {
	var last error
	for range 64 {
		a, err := p.listen(netip.AddrPortFrom(p.ip, 0))
		if err != nil {
			return pair{}, fmt.Errorf("rtp: listen on %s: %w", p.ip, err)
		}
		port := addrPort(a).Port()
		if port&1 == 1 {
			a.Close()
			port--
			if pr, err := p.bind(port); err == nil {
				return pr, nil
			}
			continue
		}
		b, err := p.listen(netip.AddrPortFrom(p.ip, port+1))
		if err != nil {
			a.Close()
			last = err
			continue
		}
		return pair{rtp: a, rtcp: b, local: addrPort(a)}, nil
	}
	return pair{}, fmt.Errorf("rtp: no free port pair on %s: %w", p.ip, last)
}

func (p *ports) bind(port uint16) (pair, error) {
	a, err := p.listen(netip.AddrPortFrom(p.ip, port))
	if err != nil {
		return pair{}, err
	}
	b, err := p.listen(netip.AddrPortFrom(p.ip, port+1))
	if err != nil {
		a.Close()
		return pair{}, err
	}
	return pair{rtp: a, rtcp: b, local: addrPort(a)}, nil
}

func addrPort(c PacketConn) netip.AddrPort {
	switch a := c.LocalAddr().(type) {
	case *net.UDPAddr:
		return plain(a.AddrPort())
	case nil:
		return netip.AddrPort{}
	default:
		ap, _ := netip.ParseAddrPort(a.String())
		return plain(ap)
	}
}

// plain undoes the IPv4-mapped form in which a dual-stack socket reports IPv4 peers.
func plain(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
