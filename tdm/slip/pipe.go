package slip

import "sync/atomic"

// pipeChunks is how many blocks a Pipe's ring holds: 320 ms of 10 ms blocks, more than a buffer would play.
const pipeChunks = 32

// maxBlock is the longest block that Write takes, 20 ms.
const maxBlock = 160

// A Pipe carries one direction of a call from one card to another: Write belongs to the pump goroutine of the one, Read to
// that of the other. Neither waits.
type Pipe struct {
	ring    [pipeChunks]chunk
	written atomic.Uint32 // chunks, by the producer
	read    atomic.Uint32 // chunks, by the consumer
	full    atomic.Uint64
	fixed   atomic.Int32 // wanted by either side
	applied int32        // by the consumer
	buf     *Buffer
}

type chunk struct {
	ts  uint32
	n   int
	pcm [maxBlock]int16
}

// NewPipe allocates a pipe whose consumer plays out by a Buffer with cfg.
func NewPipe(cfg Config) *Pipe { return &Pipe{buf: New(cfg)} }

// Write sends one block of at most 20 ms; at is the producer's card time. When the consumer does not read, it is dropped
// and counted.
func (p *Pipe) Write(at int64, pcm []int16) {
	w := p.written.Load()
	if w-p.read.Load() >= pipeChunks || len(pcm) > maxBlock {
		p.full.Add(1)
		return
	}
	c := &p.ring[w%pipeChunks]
	c.ts, c.n = uint32(at), copy(c.pcm[:], pcm)
	p.written.Store(w + 1)
}

// Read fills one block; at is the consumer's card time.
func (p *Pipe) Read(at int64, dst []int16) {
	if f := p.fixed.Load(); f != p.applied {
		p.applied = f
		p.buf.SetFixed(int(f))
	}
	w := p.written.Load()
	for r := p.read.Load(); r != w; r++ {
		c := &p.ring[r%pipeChunks]
		p.buf.Put(at, c.ts, c.pcm[:c.n])
		p.read.Store(r + 1)
	}
	p.buf.Get(at, dst)
}

// SetFixed is Buffer.SetFixed by the consumer's next Read. It is safe from any goroutine.
func (p *Pipe) SetFixed(delay int) { p.fixed.Store(int32(delay)) }

// Stats returns the buffer's counters and the number of blocks that found the ring full. It is safe from any goroutine.
func (p *Pipe) Stats() (s Stats, full uint64) { return p.buf.Stats(), p.full.Load() }
