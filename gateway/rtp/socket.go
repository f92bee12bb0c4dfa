package rtp

import (
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// maxDatagram is more than any packet that is of use here.
const maxDatagram = 2048

// outgoing is what the egress goroutine keeps of a stream.
type outgoing struct {
	queued               atomic.Bool // is in Engine.ready
	ssrc                 atomic.Uint32
	sent, octets, errors atomic.Uint64
	// clock is the timestamp of the engine's time 0 by the last packet sent: how a sender report relates the two. One value,
	// since another goroutine reads it.
	clock atomic.Uint32
}

// send sends what the pump has made.
func (s *Stream) send(now time.Duration) {
	se := s.session.Load()
	for o := s.sender.ring.get(); o != nil; o = s.sender.ring.get() {
		if to := se.rtp.dest(); to.IsValid() {
			if _, err := s.pair.rtp.WriteToUDPAddrPort(o.data[:o.n], to); err != nil {
				s.out.errors.Add(1)
			} else {
				s.out.sent.Add(1)
				s.out.octets.Add(uint64(o.n - headerLen))
				if o.audio {
					s.out.clock.Store(o.end - units(now))
				}
			}
		}
		s.sender.ring.release()
	}
}

// serve has take called with what a socket receives, always from the same goroutine.
func (s *Stream) serve(c PacketConn, take func([]byte, netip.AddrPort)) error {
	done, err := s.engine.sockets.serve(c, take, s.engine.readers.Go)
	if err == nil && !done {
		s.engine.readers.Go(func() { s.read(c, take) })
	}
	return err
}

func (s *Stream) takeRTP(b []byte, from netip.AddrPort) {
	s.receive(b, from, time.Since(s.engine.epoch))
}
func (s *Stream) takeRTCP(b []byte, from netip.AddrPort) { s.rtcp.receive(b, from, time.Now()) }

// shut closes the sockets.
func (s *Stream) shut() {
	for _, c := range []PacketConn{s.pair.rtp, s.pair.rtcp} {
		s.engine.sockets.forget(c)
		c.Close()
	}
}

// receive takes one datagram from the RTP socket.
func (s *Stream) receive(b []byte, from netip.AddrPort, arrival time.Duration) {
	se := s.session.Load()
	if news := s.recv.take(se, b, from, arrival); news.IsValid() {
		s.tell(Event{Kind: SourceLocked, Remote: news})
	}
	if se != nil && s.recv.refused == tellRefused {
		s.recv.refused++
		s.tell(Event{Kind: Dropped, Remote: from})
	}
}

// read calls take for each datagram until the socket is closed.
func (s *Stream) read(c PacketConn, take func([]byte, netip.AddrPort)) {
	buf := make([]byte, maxDatagram)
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		switch {
		case err == nil:
			take(buf[:n], plain(from))
		case errors.Is(err, net.ErrClosed), s.closed.Load():
			return
		default:
			// A port-unreachable answer to what was sent shows up here; the socket goes on working.
			s.out.errors.Add(1)
		}
	}
}

// units converts a time to timestamp units, modulo 2^32.
func units(d time.Duration) uint32 { return uint32(d / (time.Second / 8000)) }
