//go:build linux && (amd64 || arm64 || arm)

package rtp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A udpSocket is a UDP socket outside of Go's own poller, served by a poller. It neither waits nor allocates.
type udpSocket struct {
	local netip.AddrPort
	ipv6  bool

	mu     sync.RWMutex // keeps fd from being closed, and given to somebody else, while it is used
	fd     int
	closed bool
}

func listenSocket(addr netip.AddrPort) (_ *udpSocket, err error) {
	ip := addr.Addr().Unmap()
	family := unix.AF_INET
	var sa unix.Sockaddr
	if ip.Is4() {
		sa = &unix.SockaddrInet4{Port: int(addr.Port()), Addr: ip.As4()}
	} else {
		family = unix.AF_INET6
		sa = &unix.SockaddrInet6{Port: int(addr.Port()), Addr: ip.As16()}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	defer func() {
		if err != nil {
			unix.Close(fd)
			err = &net.OpError{Op: "listen", Net: "udp", Addr: net.UDPAddrFromAddrPort(addr), Err: err}
		}
	}()
	if err := unix.Bind(fd, sa); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		return nil, os.NewSyscallError("getsockname", err)
	}
	port := 0
	switch b := bound.(type) {
	case *unix.SockaddrInet4:
		port = b.Port
	case *unix.SockaddrInet6:
		port = b.Port
	}
	return &udpSocket{fd: fd, ipv6: family == unix.AF_INET6, local: netip.AddrPortFrom(ip, uint16(port))}, nil
}

// sockaddr is a struct sockaddr_in or sockaddr_in6.
type sockaddr [unix.SizeofSockaddrInet6]byte

func (s *sockaddr) put(a netip.AddrPort, ipv6 bool) (size uintptr) {
	binary.BigEndian.PutUint16(s[2:], a.Port())
	if ipv6 {
		binary.NativeEndian.PutUint16(s[:], unix.AF_INET6)
		ip := a.Addr().As16()
		copy(s[8:24], ip[:])
		return unix.SizeofSockaddrInet6
	}
	binary.NativeEndian.PutUint16(s[:], unix.AF_INET)
	ip := a.Addr().As4()
	copy(s[4:8], ip[:])
	return unix.SizeofSockaddrInet4
}

func (s *sockaddr) get() netip.AddrPort {
	port := binary.BigEndian.Uint16(s[2:])
	if binary.NativeEndian.Uint16(s[:]) == unix.AF_INET6 {
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(s[8:24])), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(s[4:8])), port)
}

// WriteToUDPAddrPort sends one datagram, or fails when the socket's buffer is full.
func (c *udpSocket) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if len(b) == 0 || !to.IsValid() || !c.ipv6 && !to.Addr().Unmap().Is4() {
		return 0, syscall.EINVAL
	}
	var sa sockaddr
	size := sa.put(netip.AddrPortFrom(to.Addr().Unmap(), to.Port()), c.ipv6)
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(c.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&sa)), size)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// ReadFromUDPAddrPort takes one datagram, or fails when there is none.
func (c *udpSocket) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	var sa sockaddr
	size := uint32(len(sa))
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		return 0, netip.AddrPort{}, net.ErrClosed
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(c.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&size)))
	if errno != 0 {
		return 0, netip.AddrPort{}, errno
	}
	return int(n), sa.get(), nil
}

func (c *udpSocket) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.local) }

func (c *udpSocket) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	return unix.Close(c.fd)
}
