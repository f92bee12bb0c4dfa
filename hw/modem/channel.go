package modem

import (
	"sync"

	"tipring/hw/serial"
)

const (
	chunkSize   = 1024
	readChunks  = 16
	writeChunks = 16
)

// A chunk is some octets on their way between a port and the driver's goroutine.
type chunk struct {
	b [chunkSize]byte
	n int
}

// A channel runs a port: one goroutine that waits in Read, one that waits in Write. Chunks go round, so that nothing is
// allocated once it runs.
type channel struct {
	port  serial.Port
	in    chan *chunk // what was read
	inUse chan *chunk // free ones for the reader
	out   chan *chunk
	spare chan *chunk // free ones for the writer
	fault chan error  // the first error, once
	done  chan struct{}
	wait  sync.WaitGroup
}

func newChannel(p serial.Port) *channel {
	c := &channel{port: p, in: make(chan *chunk, readChunks), inUse: make(chan *chunk, readChunks),
		out: make(chan *chunk, writeChunks), spare: make(chan *chunk, writeChunks), fault: make(chan error, 2), done: make(chan struct{})}
	for range readChunks {
		c.inUse <- new(chunk)
	}
	for range writeChunks {
		c.spare <- new(chunk)
	}
	c.wait.Go(c.read)
	c.wait.Go(c.write)
	return c
}

func (c *channel) read() {
	for {
		var k *chunk
		select {
		case k = <-c.inUse:
		case <-c.done:
			return
		}
		n, err := c.port.Read(k.b[:])
		if err != nil {
			c.fault <- err
			return
		}
		k.n = n
		select {
		case c.in <- k:
		case <-c.done:
			return
		}
	}
}

func (c *channel) write() {
	for {
		select {
		case k := <-c.out:
			if _, err := c.port.Write(k.b[:k.n]); err != nil {
				c.fault <- err
				return
			}
			c.spare <- k
		case <-c.done:
			return
		}
	}
}

// room is how many octets can be sent without waiting.
func (c *channel) room() int { return len(c.spare) * chunkSize }

// send takes as much of b as there is room for and returns the rest. It never waits.
func (c *channel) send(b []byte) []byte {
	for len(b) > 0 {
		select {
		case k := <-c.spare:
			k.n = copy(k.b[:], b)
			b = b[k.n:]
			c.out <- k // there are as many places as chunks
		default:
			return b
		}
	}
	return b
}

// close ends both goroutines and the port.
func (c *channel) close() {
	close(c.done)
	c.port.Close()
	c.wait.Wait()
}
