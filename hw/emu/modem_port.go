package emu

import (
	"io"
	"sync"
)

// A hostPort is the modem's end of a serial line: a goroutine that reads into a bounded buffer, and one that writes from
// another one, so that a host that is late holds up nobody. A full input buffer is not read into: that is flow control.
type hostPort struct {
	rw io.ReadWriteCloser

	mu     sync.Mutex
	in     []byte
	out    []byte
	limit  int
	change chan struct{}
	gone   bool
	lost   int // octets for the host that found no room
}

// outLimit is how much waits for a host that does not read: two seconds of 8 kHz samples.
const outLimit = 16000

func newHostPort(rw io.ReadWriteCloser, limit int) *hostPort {
	p := &hostPort{rw: rw, limit: limit, change: make(chan struct{})}
	go p.read()
	go p.write()
	return p
}

// changed wakes the goroutines; p.mu is held.
func (p *hostPort) changed() {
	close(p.change)
	p.change = make(chan struct{})
}

func (p *hostPort) read() {
	var b [256]byte
	for {
		n, err := p.rw.Read(b[:])
		p.mu.Lock()
		if err != nil || p.gone {
			p.gone = true
			p.changed()
			p.mu.Unlock()
			return
		}
		p.in = append(p.in, b[:n]...)
		for len(p.in) > p.limit && !p.gone {
			change := p.change
			p.mu.Unlock()
			<-change
			p.mu.Lock()
		}
		p.mu.Unlock()
	}
}

func (p *hostPort) write() {
	for {
		p.mu.Lock()
		for len(p.out) == 0 && !p.gone {
			change := p.change
			p.mu.Unlock()
			<-change
			p.mu.Lock()
		}
		b := p.out
		p.out = nil
		gone := p.gone
		p.mu.Unlock()
		if gone {
			return
		}
		if _, err := p.rw.Write(b); err != nil {
			return // the reader notices too
		}
	}
}

// take returns at most n octets of the host's.
func (p *hostPort) take(n int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	n = min(n, len(p.in))
	b := p.in[:n:n]
	p.in = p.in[n:]
	if n > 0 {
		p.changed()
	}
	return b
}

// drain throws the host's octets away.
func (p *hostPort) drain() { p.take(1 << 20) }

// send queues octets for the host and reports whether there was room.
func (p *hostPort) send(b []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.out)+len(b) > outLimit {
		p.lost += len(b)
		return false
	}
	p.out = append(p.out, b...)
	p.changed()
	return true
}

func (p *hostPort) close() {
	p.mu.Lock()
	p.gone = true
	p.changed()
	p.mu.Unlock()
	p.rw.Close()
}
