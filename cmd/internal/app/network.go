package app

import (
	"context"
	"net"
	"net/netip"

	"tipring/gateway/rtp"
)

// A Network is where sockets come from. The zero value is the host's.
type Network struct {
	Dial   func(ctx context.Context, to netip.AddrPort) (net.Conn, error) // TCP for SIP, towards a peer
	Packet func(addr string) (net.PacketConn, error)                      // UDP for SIP and pseudowires
	Stream func(addr string) (net.Listener, error)                        // TCP for SIP and HTTP; a nil listener: none
	Media  func(addr netip.AddrPort) (rtp.PacketConn, error)              // UDP for RTP and RTCP
}

func (n Network) packet(addr string) (net.PacketConn, error) {
	if n.Packet != nil {
		return n.Packet(addr)
	}
	return net.ListenPacket("udp", addr)
}

func (n Network) stream(addr string) (net.Listener, error) {
	if n.Stream != nil {
		return n.Stream(addr)
	}
	return net.Listen("tcp", addr)
}
