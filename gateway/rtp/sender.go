package rtp

import (
	"math"
	"sync/atomic"

	pion "github.com/pion/rtp"

	"tipring/dsp/dtmf"
	"tipring/dsp/g711"
	"tipring/dsp/level"
)

const (
	// maxSegment is the longest duration that a telephone-event can state (RFC 4733 §2.5.1.3).
	maxSegment = 0xFFFF
	// finals is how often the last report of an event is sent (§2.5.1.4).
	finals = 3
	// interDigit is the least pause between two digits of SendDigit: 40 ms tell digits apart (ITU-T Q.24), with 10 ms to spare.
	interDigit = 400
	// endLag is how much later than it happened the end of a tone may be found, so that no report claims a duration that the
	// final one takes back.
	endLag = 240
	// sentDigitLevel is what digits of SendDigit are said to have, or have, for each tone.
	sentDigitLevel = level.DBm0(-9)
)

// A muted is a stretch of card samples that leave as silence, because they are a digit that goes as a telephone-event.
type muted struct {
	from, to  int64
	confirmed bool // a digit for certain: the packets wholly within are not sent at all
}

const forever = math.MaxInt64

// An order is a digit of SendDigit.
type order struct {
	digit   byte
	samples int
}

// A sender makes packets of what comes from the line. It belongs to the pump.
//
// Samples wait in their original form until their packet is full and are muted only then, so that what a later finding of
// the detector says about them still counts.
type sender struct {
	ring    *ring[outbound]
	ready   bool // packets were made since the last kick
	dropped atomic.Uint64
	digits  atomic.Uint64

	on     bool
	header pion.Header
	pt     uint8
	law    g711.Law
	dtmfPT uint8
	ptime  int    // samples a packet
	offset uint32 // timestamp of card sample 0

	pending [MaxPtimeMs * 8]int16
	n       int
	first   int64 // card sample of pending[0]
	marker  bool  // the next audio packet begins a talkspurt (RFC 3551 §4.1)

	mutes  [8]muted
	nmutes int

	event   sending
	orders  chan order
	ordered order // being sent; samples 0: none
	until   int64 // card sample of its end
	rest    int64 // no order begins before this card sample
	tone    touchTone

	meter *level.Meter
	band  bool // voice-band data
	clear bool // octets and no sound
	dtx   dtx
}

// sending is the telephone-event on its way.
type sending struct {
	active bool
	code   uint8
	volume uint8
	start  int64 // card sample of the tone's beginning
	closed int64 // samples in earlier segments; the present one's timestamp is that of start+closed
	lag    int64
	last   uint16 // duration of the report sent last
	opened bool   // the marker has been sent
	finals int    // final reports still to be sent
}

func (s *sender) configure(se *session) {
	if s.on && !se.Send {
		s.flushFinals()
		s.event = sending{}
		s.nmutes = 0
	}
	if !s.on && se.Send {
		s.marker = true
	}
	if se.DTMFPT != s.dtmfPT && se.DTMFPT == 0 {
		s.event, s.nmutes = sending{}, 0
	}
	s.on = se.Send && (se.Remote.IsValid() || se.LearnFrom.IsValid())
	s.pt, s.law, s.dtmfPT, s.clear = se.PT, se.Law, se.DTMFPT, se.Clear
	if n := se.PtimeMs * 8; n != s.ptime {
		s.ptime = n
		s.n = min(s.n, n-1)
	}
	if se.SSRC != 0 {
		s.header.SSRC = se.SSRC
	}
	s.dtx.configure(se, s.first)
}

// find takes the detector's findings of the block that begins at card sample at and is taken next. With echo set, what
// begins there is no key of the telephone.
func (s *sender) find(at int64, evs []dtmf.Event, echo bool) {
	if !s.on || s.dtmfPT == 0 || s.ordered.samples > 0 {
		return
	}
	for i := range evs {
		ev := &evs[i]
		when := at + int64(ev.At)
		switch ev.Kind {
		case dtmf.Suspect:
			if !echo {
				s.mute(when)
			}
		case dtmf.Clear:
			s.unmute()
		case dtmf.Start:
			code, ok := eventCode(ev.Digit)
			muted := s.nmutes > 0 && s.mutes[s.nmutes-1].to == forever
			if !ok || !muted && echo {
				continue
			}
			if !muted {
				s.mute(when)
			}
			s.mutes[s.nmutes-1].confirmed = true
			s.begin(code, volumeOf(ev.LowDBm0, ev.HighDBm0), when, endLag)
			s.report(at)
		case dtmf.End:
			if s.nmutes > 0 && s.mutes[s.nmutes-1].to == forever {
				s.mutes[s.nmutes-1].to = when
			}
			s.end(int64(ev.Dur))
		}
	}
}

func (s *sender) mute(from int64) {
	if s.nmutes == len(s.mutes) {
		copy(s.mutes[:], s.mutes[1:])
		s.nmutes--
	}
	s.mutes[s.nmutes] = muted{from: from, to: forever}
	s.nmutes++
}

// unmute takes back a suspicion.
func (s *sender) unmute() {
	if s.nmutes > 0 && s.mutes[s.nmutes-1].to == forever && !s.mutes[s.nmutes-1].confirmed {
		s.nmutes--
	}
}

// move goes over to a card whose samples are counted by gap higher. The timestamps go on.
func (s *sender) move(gap int64) {
	s.flushFinals()
	s.n, s.nmutes = 0, 0
	s.ordered = order{}
	s.first += gap
	s.rest += gap
	s.dtx.spokenAt += gap
	s.dtx.lastAt += gap
	s.offset -= uint32(gap)
	s.marker = true
}

// take sends the block that begins at card sample at.
func (s *sender) take(at int64, rx []int16) {
	if !s.on {
		s.n = 0
		return
	}
	if at != s.first+int64(s.n) { // the card has slipped, or sending begins
		s.first, s.n = at, 0
	}
	s.meter.Process(rx)
	for len(rx) > 0 {
		if !s.clear {
			s.order(at)
		}
		k := min(len(rx), s.ptime-s.n)
		if s.ordered.samples > 0 && s.until > at {
			k = min(k, int(s.until-at))
		}
		into := s.pending[s.n : s.n+k]
		if s.ordered.samples > 0 && s.dtmfPT == 0 {
			s.tone.read(into)
		} else {
			copy(into, rx[:k])
		}
		s.n += k
		at += int64(k)
		rx = rx[k:]
		if s.ordered.samples > 0 && at == s.until {
			s.finish(at)
		}
		if s.n == s.ptime {
			s.flush()
		}
	}
}

// order begins the next digit of SendDigit when its time has come.
func (s *sender) order(at int64) {
	if s.ordered.samples > 0 || s.event.active || at < s.rest || len(s.orders) == 0 {
		return
	}
	select {
	case s.ordered = <-s.orders:
	default:
		return
	}
	s.until = at + int64(s.ordered.samples)
	code, _ := eventCode(s.ordered.digit)
	if s.dtmfPT != 0 {
		s.mute(at)
		s.mutes[s.nmutes-1].confirmed = true
		s.begin(code, volumeOf(float32(sentDigitLevel), float32(sentDigitLevel)), at, 0)
		return
	}
	if code == eventFlash { // there is no tone for it
		s.ordered = order{}
		return
	}
	s.digits.Add(1)
	s.tone.start(s.ordered.digit, sentDigitLevel)
}

func (s *sender) finish(at int64) {
	if s.event.active {
		s.mutes[s.nmutes-1].to = at
		s.end(int64(s.ordered.samples))
	}
	s.ordered = order{}
	s.rest = at + interDigit
}

// flush sends the pending samples as a packet, and what is due of a telephone-event.
func (s *sender) flush() {
	end := s.first + int64(s.n)
	if s.event.active {
		s.report(end)
	} else if s.event.finals > 0 {
		s.final()
	}
	whole := false
	for i := range s.mutes[:s.nmutes] {
		m := &s.mutes[i]
		if m.from <= s.first && m.to >= end {
			whole = whole || m.confirmed
		}
	}
	if whole {
		s.marker = true
	} else if !s.dtx.pause(s) {
		s.audio()
	}
	kept := 0
	for _, m := range s.mutes[:s.nmutes] {
		if m.to > end {
			s.mutes[kept] = m
			kept++
		}
	}
	s.nmutes = kept
	s.first, s.n = end, 0
}

// audio sends the pending samples.
func (s *sender) audio() {
	out := s.packet(s.pt, s.marker, s.first, s.n)
	if out == nil {
		return
	}
	s.marker = false
	out.audio, out.end = true, s.header.Timestamp+uint32(s.n)
	payload := out.data[headerLen : headerLen+s.n]
	if s.clear {
		for i, v := range s.pending[:s.n] {
			payload[i] = octetOf(v)
		}
		s.commit()
		return
	}
	s.law.Encode(payload, s.pending[:s.n])
	silence := s.law.Silence()
	for _, m := range s.mutes[:s.nmutes] {
		a, b := max(m.from-s.first, 0), min(m.to-s.first, int64(s.n))
		for i := a; i < b; i++ {
			payload[i] = silence
		}
	}
	s.commit()
}

// packet fills the header of the next packet with n octets of payload; nil: the ring is full.
func (s *sender) packet(pt uint8, marker bool, sample int64, n int) *outbound {
	s.header.Version, s.header.PayloadType, s.header.Marker = 2, pt, marker
	s.header.Timestamp = uint32(sample) + s.offset
	seq := s.header.SequenceNumber
	s.header.SequenceNumber++ // a packet that is dropped here is a lost one to the peer
	out := s.ring.put(0)
	if out == nil {
		s.dropped.Add(1)
		return nil
	}
	s.header.SequenceNumber = seq
	_, _ = s.header.MarshalTo(out.data[:headerLen])
	s.header.SequenceNumber++
	out.n, out.audio = headerLen+n, false
	return out
}

func (s *sender) commit() {
	s.ring.commit(1)
	s.ready = true
}

// begin opens a telephone-event whose tone began at card sample start. lag is by how much the end may be known late.
func (s *sender) begin(code, volume uint8, start int64, lag int64) {
	s.flushFinals()
	s.event = sending{active: true, code: code, volume: volume, start: start, lag: lag}
	s.digits.Add(1)
}

// report says how long the event has lasted for certain, when all up to card sample now has been seen.
func (s *sender) report(now int64) {
	e := &s.event
	d := s.segment(max(1, now-e.lag-e.start))
	if e.opened && d <= e.last {
		return
	}
	s.put(d, false)
}

// segment closes segments while the event, which has lasted dur samples, is longer than one can state, and returns the
// duration within the present one (RFC 4733 §2.5.1.3).
func (s *sender) segment(dur int64) uint16 {
	e := &s.event
	for dur-e.closed > maxSegment {
		for range finals {
			s.put(maxSegment, false)
		}
		e.closed += maxSegment
		e.last = 0
	}
	return uint16(dur - e.closed)
}

// end closes the event with its exact length in samples.
func (s *sender) end(dur int64) {
	e := &s.event
	if !e.active {
		return
	}
	e.last = max(e.last, s.segment(max(1, dur, e.closed+1)))
	e.active, e.finals = false, finals
	s.final()
}

func (s *sender) final() {
	s.event.finals--
	s.put(s.event.last, true)
}

// flushFinals sends at once the final reports that are still due: a new event may not wait for them.
func (s *sender) flushFinals() {
	if s.event.active {
		s.end(s.event.closed + int64(s.event.last))
	}
	for s.event.finals > 0 {
		s.final()
	}
}

func (s *sender) put(dur uint16, end bool) {
	e := &s.event
	out := s.packet(s.dtmfPT, !e.opened, e.start+e.closed, eventLen)
	e.opened, e.last = true, dur
	if out == nil {
		return
	}
	telephoneEvent{event: e.code, end: end, volume: e.volume, duration: dur}.put(out.data[headerLen:])
	s.commit()
}
