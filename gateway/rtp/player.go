package rtp

import (
	"math/rand/v2"
	"sync/atomic"

	"tipring/dsp/cng"
	"tipring/dsp/g711"
	"tipring/dsp/level"
	"tipring/tdm/slip"
)

// voiceBandDelay is the fixed play-out delay for voice-band data: more than the jitter of most networks, since a modem
// survives delay but not a gap (ITU-T V.152 §6).
const voiceBandDelay = 800

// maxPacket is the longest packet that is played in one piece: 200 ms, which RFC 3551 §4.2 asks a receiver to take.
const maxPacket = 1600

// loudestNoise is a guard for ears: RFC 3389 can ask for noise at overload.
const loudestNoise = level.DBm0(-30)

// A player makes what the peer sent into what goes to the line. It belongs to the pump; its counters are atomic.
type player struct {
	ring  *ring[slot]
	buf   *slip.Buffer
	noise *cng.Generator
	noisy bool // the peer has described its noise
	tones tones
	drift drift
	meter *level.Meter

	on      bool
	epoch   uint32
	ptime   int // samples in the packet received last
	band    bool
	clear   bool          // octets and no sound
	unread  atomic.Uint64 // telephone-events and comfort noise that made no sense
	most    int           // samples that the buffer takes at once
	scratch [maxPacket]int16
}

func newPlayer(r *ring[slot], minDepthMs, maxDepthMs int) *player {
	p := &player{ring: r, ptime: DefaultPtimeMs * 8, most: maxDepthMs * 8, meter: level.NewMeter(meterMs)}
	p.noise = cng.NewGenerator(rand.Uint64())
	p.buf = slip.New(slip.Config{MinDelay: minDepthMs * 8, MaxDelay: maxDepthMs * 8, Fill: p.fill})
	return p
}

func (p *player) configure(se *session) {
	if se.Recv && !p.on {
		p.restart()
	}
	p.on = se.Recv
	if se.Clear != p.clear {
		p.clear = se.Clear
		p.delay()
	}
}

// fill gives what is heard while the peer sends nothing on purpose: the noise that it described, if it did.
func (p *player) fill(dst []int16) {
	if p.noisy && !p.band && !p.clear {
		p.noise.Read(dst)
	} else {
		clear(dst)
	}
}

func (p *player) restart() {
	p.noisy = false
	p.buf.Reset()
	p.tones.reset()
	p.drift.reset()
}

func (p *player) voiceBand(on bool) {
	if on == p.band {
		return
	}
	p.band = on
	p.delay()
}

// delay sets the mode of the buffer: what is no sound has a fixed delay, and nothing in its place when it is missing.
func (p *player) delay() {
	if p.band || p.clear {
		p.buf.SetFixed(voiceBandDelay)
	} else {
		p.buf.SetFixed(0)
	}
}

// give fills the block that begins at card sample at.
func (p *player) give(at int64, tx []int16) {
	for s := p.ring.get(); s != nil; s = p.ring.get() {
		p.accept(at, s)
	}
	if !p.on {
		clear(tx)
		return
	}
	p.buf.Get(at, tx)
	p.tones.play(at, tx)
	p.meter.Process(tx)
}

// accept takes the packet that begins with slot s, and the slots that continue it.
func (p *player) accept(at int64, s *slot) {
	if s.epoch != p.epoch {
		p.epoch = s.epoch
		p.restart()
	}
	ts := s.ts
	switch s.kind {
	case slotEvent:
		te, ok := parseEvent(s.data[:s.n])
		if ok {
			delay := int64(p.buf.Stats().Delay + p.ptime)
			p.tones.report(at, ts, s.marker, te, delay)
			p.buf.Silence(at, ts)
		} else {
			p.unread.Add(1)
		}
		p.ring.release()
	case slotNoise:
		if n, err := cng.FromRFC3389(s.data[:s.n]); err == nil {
			n.Level = min(n.Level, loudestNoise)
			p.noise.Set(n)
			p.noisy = true
			p.buf.Silence(at, ts)
		} else {
			p.unread.Add(1)
		}
		p.ring.release()
	case slotMore: // of a packet whose beginning found the ring full
		p.ring.release()
	case slotAudio:
		p.drift.add(at, ts)
		n := p.decode(s, 0)
		for {
			s = p.ring.get()
			if s == nil || s.kind != slotMore {
				break
			}
			if n+int(s.n) > len(p.scratch) {
				p.store(at, ts, p.scratch[:n])
				ts, n = ts+uint32(n), 0
			}
			n = p.decode(s, n)
		}
		p.ptime = n
		p.store(at, ts, p.scratch[:n])
	}
}

// decode appends a slot's samples to the first n of scratch and releases it.
func (p *player) decode(s *slot, n int) int {
	switch {
	case p.clear:
		for i, o := range s.data[:s.n] {
			p.scratch[n+i] = sampleOf(o)
		}
	case s.alaw:
		g711.ALaw.Decode(p.scratch[n:], s.data[:s.n])
	default:
		g711.MuLaw.Decode(p.scratch[n:], s.data[:s.n])
	}
	n += int(s.n)
	p.ring.release()
	return n
}

// store puts the samples into the jitter buffer that are not part of a telephone-event.
func (p *player) store(at int64, ts uint32, pcm []int16) {
	for len(pcm) > 0 {
		covered := p.tones.covers(ts)
		k := min(len(pcm), p.most)
		if p.tones.covers(ts+uint32(k-1)) != covered {
			for k = 1; p.tones.covers(ts+uint32(k)) == covered; k++ {
			}
		}
		if !covered {
			p.buf.Put(at, ts, pcm[:k])
		}
		ts += uint32(k)
		pcm = pcm[k:]
	}
}
