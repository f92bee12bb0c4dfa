package slip

import (
	"math/bits"

	"tipring/dsp/plc"
)

const (
	// frame is how often the delay is looked at, in samples given out.
	frame = 80
	// concealMax is where a stream that brings nothing counts as paused: ITU-T G.711 Appendix I mutes after 60 ms.
	concealMax = 480
	// history is what is kept behind the play-out position, for repeating a pitch period.
	history = 512
	// stray is how far in the past a timestamp still counts as late and not as one of a new timeline.
	stray = 8000
)

// Config describes a Buffer. Lengths are in samples at 8 kHz.
type Config struct {
	// MinDelay and MaxDelay bound the adaptive target; 0 means 0 and DefaultMaxDelay.
	MinDelay, MaxDelay int
	// StartDelay is the target until jitter has been measured; 0 means DefaultStartDelay.
	StartDelay int
	// Slack is how far the delay may lie from its target before it is changed, as long as it covers the jitter: with a MinDelay
	// far above the jitter a host that wakes up late, which looks like a step of the clocks, changes nothing.
	Slack int
	// Fill gives what is heard while the sender is silent on purpose or the stream is paused (comfort noise). Nil: zeros.
	Fill func(dst []int16)
}

// Defaults of a Config.
const (
	DefaultMaxDelay   = 1600 // 200 ms
	DefaultStartDelay = 240  // 30 ms
)

// A Buffer is an elastic buffer. See the package comment.
type Buffer struct {
	cfg   Config
	pcm   []int16  // ring by timestamp, a power of two
	have  []uint64 // a bit a sample of pcm
	mask  int64
	plc   *plc.Concealer
	est   estimator
	fade  splice
	stats counters

	last      int64 // newest timestamp seen, to unwrap the next one
	seen      bool  // last is valid
	suspect   int64 // timestamp that would follow a packet that was off the timeline
	suspected bool

	anchored bool
	offset   int64 // card samples minus timestamp: what is played at at is at-offset
	end      int64 // just after the newest sample stored
	next     int64 // card time of the next Get, unless the card slips
	held     int   // samples concealed while the timeline stood still at the end
	pause    int   // samples to wait before the timeline goes on
	// Timestamps in [quietFrom, quietTo) that are missing are missing on purpose.
	quietFrom, quietTo int64
	fixed              int // delay in fixed mode, 0 in adaptive mode
	out                int // samples given out, modulo frame
}

// New allocates a buffer, empty and adaptive.
func New(cfg Config) *Buffer {
	if cfg.MaxDelay <= 0 {
		cfg.MaxDelay = DefaultMaxDelay
	}
	if cfg.StartDelay <= 0 {
		cfg.StartDelay = DefaultStartDelay
	}
	cfg.MinDelay = max(0, min(cfg.MinDelay, cfg.MaxDelay))
	cfg.Slack = max(0, min(cfg.Slack, cfg.MinDelay))
	cfg.StartDelay = max(cfg.MinDelay, min(cfg.StartDelay, cfg.MaxDelay))
	if cfg.Fill == nil {
		cfg.Fill = func(dst []int16) { clear(dst) }
	}
	size := 1 << bits.Len(uint(2*cfg.MaxDelay+4000))
	b := &Buffer{cfg: cfg, pcm: make([]int16, size), have: make([]uint64, size/64), mask: int64(size - 1), plc: plc.New()}
	b.est.reset(cfg.StartDelay)
	return b
}

// Reset forgets the stream and what was learned of its jitter: a new sender. The mode stays.
func (b *Buffer) Reset() {
	b.seen, b.suspected, b.anchored = false, false, false
	b.est.reset(b.cfg.StartDelay)
	b.fade.left = 0
	b.plc.Reset()
}

// SetFixed puts the buffer into fixed mode with the given delay in samples, at most MaxDelay; 0 returns it to adaptive mode.
func (b *Buffer) SetFixed(delay int) {
	b.fixed = max(0, min(delay, b.cfg.MaxDelay))
	b.fade.left, b.held, b.pause = 0, 0, 0
	if b.fixed > 0 && b.anchored {
		b.jump(b.excess())
	}
}

// Put stores samples that arrived by card time at and begin at the sender's timestamp ts, in any order. What is there
// already or comes too late is dropped and counted. A timestamp far from the others starts a new timeline when the next
// one follows it. Silence declared at ts or before ends here.
func (b *Buffer) Put(at int64, ts uint32, pcm []int16) {
	b.stats.packets.Add(1)
	if len(pcm) == 0 || len(pcm) > b.cfg.MaxDelay {
		b.stats.oversize.Add(1)
		return
	}
	t := b.unwrap(ts)
	idle := !b.anchored || b.quietTo == forever && at-b.offset >= b.end
	if !idle && b.astray(t, len(pcm)) {
		return
	}
	b.last = max(b.last, t)
	b.est.measure(at, at-t)
	if idle || !b.anchored {
		b.anchor(at, t)
	}
	pos := at - b.offset
	if b.held > 0 && t >= pos {
		if b.fixed == 0 {
			// What was concealed at a standstill stands for the samples that turn out to be missing.
			skip := min(t-pos, int64(b.held))
			b.offset -= skip
			pos += skip
		}
		b.held = 0
	}
	if t < pos {
		if t+int64(len(pcm)) <= pos {
			b.stats.late.Add(1)
			return
		}
		pcm = pcm[pos-t:]
		t = pos
	}
	if deep := t + int64(len(pcm)) - pos - int64(len(b.pcm)-history); deep > 0 {
		b.jump(int(deep) + b.cfg.MaxDelay) // a burst: its end is what matters
	}
	b.store(t, pcm)
	if t >= b.quietFrom {
		b.quietTo = min(b.quietTo, t)
	}
}

// Silence tells that the sender stopped on purpose: from ts on nothing is missing until the next Put. Call it for a
// comfort-noise packet (RFC 3389), and for the audio's pause during telephone events (RFC 4733).
func (b *Buffer) Silence(at int64, ts uint32) {
	if !b.seen {
		return
	}
	t := b.unwrap(ts)
	if t < b.end-stray || t > b.end+stray {
		return
	}
	if t >= b.quietFrom && b.quietTo == forever {
		return // it goes on
	}
	b.quietFrom, b.quietTo = t, forever
}

const forever = int64(1) << 62

func (b *Buffer) unwrap(ts uint32) int64 {
	if !b.seen {
		b.seen, b.last, b.end = true, int64(ts), int64(ts)
	}
	return b.last + int64(int32(ts-uint32(b.last)))
}

// astray reports that t is too far from the timeline to be believed. The second such packet in a row that fits the first
// one is believed and starts afresh.
func (b *Buffer) astray(t int64, n int) bool {
	if t > b.end-stray && t < b.end+stray {
		b.suspected = false
		return false
	}
	if b.suspected && t >= b.suspect && t < b.suspect+stray {
		b.stats.resyncs.Add(1)
		b.Reset()
		b.seen, b.last, b.end = true, t, t
		return false
	}
	b.suspected, b.suspect = true, t+int64(n)
	b.stats.strays.Add(1)
	return true
}

// anchor starts the timeline: the sample at t is played one delay after the earliest packets' arrival.
func (b *Buffer) anchor(at, t int64) {
	if b.fixed > 0 || at-t-b.est.least() > int64(b.cfg.MaxDelay) {
		b.est.relate(at, at-t) // no jitter: the sender's clock stood still while it paused
	}
	b.anchored = true
	b.held, b.pause, b.fade.left = 0, 0, 0
	b.offset = max(b.est.least()+int64(b.target()), at-t)
	b.end = t
	b.quietFrom, b.quietTo = -forever, forever
	clear(b.have)
}

// store copies pcm to timestamp t.
func (b *Buffer) store(t int64, pcm []int16) {
	e := t + int64(len(pcm))
	if e > b.end {
		b.mark(b.end, e, false)
		b.end = e
	}
	if b.run(t, len(pcm), true) == len(pcm) {
		b.stats.duplicates.Add(1)
		return
	}
	i := t & b.mask
	n := copy(b.pcm[i:], pcm)
	copy(b.pcm, pcm[n:])
	b.mark(t, e, true)
}

// mark sets or clears the bits of [from, to).
func (b *Buffer) mark(from, to int64, present bool) {
	if to-from > b.mask {
		from = to - b.mask - 1
	}
	for from < to {
		i := from & b.mask
		n := min(64-i&63, to-from)
		m := (^uint64(0) >> (64 - n)) << (i & 63)
		if present {
			b.have[i>>6] |= m
		} else {
			b.have[i>>6] &^= m
		}
		from += n
	}
}

// run counts the samples from t on, at most n, that are all present or all missing.
func (b *Buffer) run(t int64, n int, present bool) int {
	got := 0
	for got < n {
		i := (t + int64(got)) & b.mask
		w := b.have[i>>6] >> (i & 63)
		if present {
			w = ^w
		}
		k := min(bits.TrailingZeros64(w), 64-int(i&63))
		got += k
		if k == 0 || k < 64-int(i&63) {
			break
		}
	}
	return min(got, n)
}

// read copies present samples from timestamp t.
func (b *Buffer) read(dst []int16, t int64) {
	i := t & b.mask
	n := copy(dst, b.pcm[i:])
	copy(dst[n:], b.pcm)
}

func (b *Buffer) sample(t int64) int16 { return b.pcm[t&b.mask] }
