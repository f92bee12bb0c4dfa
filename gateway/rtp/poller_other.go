//go:build !(linux && (amd64 || arm64 || arm))

package rtp

import "net/netip"

// A sockets opens UDP sockets for an Engine. Here each is read by a goroutine of its own.
type sockets struct{}

func (*sockets) listen(addr netip.AddrPort) (PacketConn, error) { return listenUDP(addr) }

func (*sockets) serve(PacketConn, func([]byte, netip.AddrPort), func(func())) (bool, error) {
	return false, nil
}

func (*sockets) forget(PacketConn) {}
