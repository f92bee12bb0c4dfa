package sip

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Bounds on what strangers can make us hold on stream connections.
const (
	maxStreams        = 1024
	maxStreamsPerAddr = 64
	streamQueue       = 64               // messages waiting to be written
	streamIdle        = 15 * time.Minute // RFC 5626 §4.4.1 asks clients for a keep-alive every 95 to 120 s
	streamMessage     = 10 * time.Second // from a message's first byte to its last
	streamWrite       = 10 * time.Second
	streamDial        = 10 * time.Second
	streamFlush       = time.Second // a message, when the server stops
)

// A stream is a TCP connection to a peer. One goroutine reads it and one writes it; send only queues.
type stream struct {
	t      *transport
	sock   *socket
	peer   netip.AddrPort
	out    chan []byte
	quit   chan struct{} // closed by flush
	done   chan struct{} // closed by close
	once   sync.Once
	mu     sync.Mutex // guards conn
	conn   net.Conn   // nil while it is dialled
	heldBy netip.Addr // counted in perAddr; invalid for those we dialled
}

var errStreamClosed = errors.New("sip: connection closed")

func (t *transport) newStream(s *socket, peer netip.AddrPort, conn net.Conn) *stream {
	return &stream{t: t, sock: s, peer: peer, conn: conn, out: make(chan []byte, streamQueue), quit: make(chan struct{}),
		done: make(chan struct{})}
}

func (t *transport) accept(s *socket) {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			t.log.Warn("sip: connection not accepted", "error", err)
			select { // out of descriptors: let some be closed first
			case <-time.After(100 * time.Millisecond):
			case <-t.done:
				return
			}
			continue
		}
		peer, err := netip.ParseAddrPort(conn.RemoteAddr().String())
		if err != nil {
			conn.Close()
			continue
		}
		peer = netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
		if !t.admit(peer) || !t.keep(s, peer, conn) {
			conn.Close()
		}
	}
}

func (t *transport) keep(s *socket, peer netip.AddrPort, conn net.Conn) bool {
	c := t.newStream(s, peer, conn)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || len(t.streams) >= maxStreams || t.perAddr[peer.Addr()] >= maxStreamsPerAddr {
		return false
	}
	c.heldBy = peer.Addr()
	t.perAddr[peer.Addr()]++
	t.streams[peer] = c
	t.wg.Go(c.read)
	t.wg.Go(c.write)
	return true
}

// dial returns the connection to peer, or begins one; messages queue until it stands.
func (t *transport) dial(s *socket, peer netip.AddrPort) (*stream, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.streams[peer]; c != nil {
		return c, nil
	}
	if t.closed {
		return nil, errStreamClosed
	}
	if len(t.streams) >= maxStreams {
		return nil, errors.New("sip: too many connections")
	}
	c := t.newStream(s, peer, nil)
	t.streams[peer] = c
	t.wg.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), streamDial)
		go func() { // gives up early when the transport stops
			select {
			case <-c.done:
				cancel()
			case <-ctx.Done():
			}
		}()
		conn, err := t.cfg.Dial(ctx, peer)
		cancel()
		if err != nil {
			t.log.Info("sip: no connection", "peer", peer, "error", err)
			c.close()
			return
		}
		c.mu.Lock()
		c.conn = conn
		c.mu.Unlock()
		select {
		case <-c.done: // closed meanwhile, before there was a conn to close
			conn.Close()
			return
		default:
		}
		t.wg.Go(c.read)
		c.write()
	})
	return c, nil
}

func (c *stream) dialling() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn == nil
}

// dialled reports that the connection is one of ours to a peer.
func (c *stream) dialled() bool { return !c.heldBy.IsValid() }

func (c *stream) send(data []byte) error {
	select {
	case <-c.done:
		return errStreamClosed
	default:
	}
	select {
	case c.out <- data:
		return nil
	default: // the peer does not read
		c.close()
		return errStreamClosed
	}
}

// close may be called from anywhere and any number of times. It tells the transport in the background, since it is called
// from below transactions.
func (c *stream) close() {
	c.once.Do(func() {
		close(c.done)
		c.mu.Lock()
		if c.conn != nil {
			c.conn.Close()
		}
		c.mu.Unlock()
		t := c.t
		t.mu.Lock()
		if t.streams[c.peer] == c {
			delete(t.streams, c.peer)
		}
		if c.heldBy.IsValid() {
			if t.perAddr[c.heldBy]--; t.perAddr[c.heldBy] == 0 {
				delete(t.perAddr, c.heldBy)
			}
		}
		stopped := t.closed
		t.mu.Unlock()
		if !stopped {
			go t.lost(c)
		}
	})
}

// flush closes the connection when what is queued has been written, or could not be.
func (c *stream) flush() { close(c.quit) }

func (c *stream) write() {
	defer c.close()
	put := func(data []byte, within time.Duration) bool {
		c.conn.SetWriteDeadline(time.Now().Add(within))
		_, err := c.conn.Write(data)
		return err == nil
	}
	for {
		select {
		case data := <-c.out:
			if !put(data, streamWrite) {
				return
			}
		case <-c.quit:
			for {
				select {
				case data := <-c.out:
					if !put(data, streamFlush) {
						return
					}
				default:
					return
				}
			}
		case <-c.done:
			return
		}
	}
}

func (c *stream) read() {
	defer c.close()
	var held []byte
	buf := make([]byte, 8<<10)
	c.conn.SetReadDeadline(time.Now().Add(streamIdle))
	for {
		n, err := c.conn.Read(buf)
		if err != nil {
			return
		}
		fresh := len(held) == 0
		held = append(held, buf[:n]...)
		for {
			var msg []byte
			var ok bool
			held = c.keepAlive(held)
			if msg, held, ok = frame(held); !ok {
				return
			}
			if msg == nil {
				break
			}
			c.t.receive(flow{sock: c.sock, conn: c, peer: c.peer}, msg)
			fresh = true
		}
		switch {
		case len(held) == 0, string(held) == "\r\n": // half a keep-alive
			c.conn.SetReadDeadline(time.Now().Add(streamIdle))
		case fresh:
			c.conn.SetReadDeadline(time.Now().Add(streamMessage))
		}
	}
}

// keepAlive takes the line ends between messages away and answers a double one with a single one (RFC 5626 §3.5.1).
func (c *stream) keepAlive(held []byte) []byte {
	for bytes.HasPrefix(held, []byte("\r\n\r\n")) {
		c.send(crlf)
		held = held[4:]
	}
	if len(held) > 2 && bytes.HasPrefix(held, crlf) && held[2] != '\r' {
		held = held[2:]
	}
	return held
}

// frame cuts the first whole message off a stream (RFC 3261 §18.3). A nil message with ok means that more has to come; not
// ok, that the stream cannot be followed any further.
func frame(held []byte) (msg, rest []byte, ok bool) {
	end := bytes.Index(held, []byte("\r\n\r\n"))
	if end < 0 {
		return nil, held, len(held) <= maxMessage
	}
	length := -1
	for line := range bytes.SplitSeq(held[:end], crlf) {
		name, value, found := strings.Cut(string(line), ":")
		name = strings.TrimRight(name, " \t")
		if !found || !strings.EqualFold(name, "Content-Length") && !strings.EqualFold(name, "l") {
			continue
		}
		n, err := parseNumber(trimLWS(value), maxMessage)
		if err != nil || length >= 0 && int(n) != length {
			return nil, held, false
		}
		length = int(n)
	}
	total := end + 4 + max(length, 0)
	if length < 0 || total > maxMessage {
		return nil, held, false
	}
	if len(held) < total {
		return nil, held, true
	}
	return held[:total], held[total:], true
}
