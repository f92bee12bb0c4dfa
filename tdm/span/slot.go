package span

import (
	"encoding/binary"

	"tipring/dsp/echo"
	"tipring/dsp/faxtone"
	"tipring/tdm"
)

// A slot is one timeslot's state, owned by the pump goroutine.
type slot struct {
	leg      Leg
	digitLeg DigitLeg // leg, when it is one
	octets   ClearLeg // in the place of leg, on a clear slot
	owner    *owner   // whoever attached it, when that was a Joint
	peer     int      // the slot cross-connected with this one, or -1
	det      *detectors
	play     playing
	muted    bool // what is received goes no further than the detectors
	send     sending
	echo     *echo.Canceller // nil until Echo turned it on for the first time
	echoOn   bool
	echoAt   int64 // sample that the canceller expects next
	hold     faxtone.Hold
	held     bool    // the canceller is disabled by a tone, as long as hold says
	history  []int16 // what was sent, from Delay samples before the received block to the end of the block now on its way
	rxGain   float32 // linear; 1 is 0 dB
	txGain   float32
	toFar    float32 // of the joint: to the leg; 1 without
	fromFar  float32 // of the joint: from the leg, or from the slot that this one is cross-connected with
	rx, tx   []int16
	sig      uint8 // received bits last reported
	band     bool  // voice-band data
	awake    bool  // is in the active list
	levels   levels
}

// busy reports whether the slot needs its part of a tick.
func (s *slot) busy() bool {
	return s.leg != nil || s.octets != nil || s.peer >= 0 || s.det != nil || s.play.src != nil || s.send.on
}

// sleep leaves the slot as one that has sent silence for long.
func (s *slot) sleep() {
	clear(s.history)
	clear(s.rx)
	clear(s.tx)
	s.levels.rx, s.levels.tx, s.levels.samples = 0, 0, 0
}

// slip makes up for n samples that the card lost: nothing was sent in their place.
func (s *slot) slip(n, block int) {
	if s.echo == nil {
		return
	}
	old := s.history[:len(s.history)-block] // the last block is the one that was exchanged after the loss
	k := min(n, len(old))
	copy(old, old[k:])
	clear(old[len(old)-k:])
}

// newCanceller makes the canceller of a slot. Its transforms come every 64 samples of the card's time, at another of its
// milliseconds for each neighbour, so that those of many slots do not fall into the same tick: cancel tells it the time.
func newCanceller(tailMs, slot int) *echo.Canceller {
	return echo.New(echo.Config{TailMs: tailMs, NLP: true, Phase: slot * tdm.Quantum})
}

// cancel removes the echo of what was sent from the block that begins at at. A canceller that has missed samples, since the
// card slipped or nothing was to be heard, is told.
func (s *slot) cancel(rx []int16, at int64) {
	if s.echoAt != at {
		s.echo.Slip(int(at - s.echoAt))
	}
	s.echo.Process(rx, rx, s.history[:len(rx)])
	s.echoAt = at + int64(len(rx))
}

// remember appends the octets now on their way to the canceller's reference: what will be on the line, quantised.
func (s *slot) remember(law tdm.Law, octets []byte) {
	if s.echo == nil {
		return
	}
	keep := len(s.history) - len(octets)
	copy(s.history, s.history[len(octets):])
	law.Decode(s.history[keep:], octets)
}

// signalling reports the changes in all slots' received bits, to the millisecond.
func (p *Pump) signalling(at int64) {
	const ones = 0x0101010101010101
	for i := range p.slots {
		s, bits := &p.slots[i], p.rx.SigSlot(i)
		q, same := 0, uint64(s.sig)*ones
		for q+8 <= len(bits) && binary.LittleEndian.Uint64(bits[q:]) == same {
			q += 8
		}
		for ; q < len(bits); q++ {
			if b := bits[q]; b != s.sig && p.emit(Event{Slot: i, At: at + int64(q*tdm.Quantum), Kind: Sig, Sig: b, Was: s.sig}) {
				s.sig = b
			}
		}
	}
}

// receive is phase 1 of slot i: from the card's octets to what the leg gets and the events.
func (p *Pump) receive(i int, at int64) {
	s := &p.slots[i]
	if s.octets != nil {
		return
	}
	rx := s.rx
	p.info.Law.Decode(rx, p.rx.Slot(i))
	if s.echo != nil && s.echoOn && !p.exact(s) {
		s.cancel(rx, at)
	}
	if s.rxGain != 1 {
		amplify(rx, s.rxGain)
	}
	s.levels.rx += power(rx)
	if s.det != nil {
		p.detect(i, at)
	}
	s.holdOff(faxtone.FromLine, rx)
	if s.muted {
		clear(rx)
	}
}

// exact reports whether what the slot received goes on as octets, untouched.
func (p *Pump) exact(s *slot) bool {
	return s.peer >= 0 && !s.muted && s.rxGain == 1 && p.slots[s.peer].txGain == 1 && p.slots[s.peer].fromFar == 1
}

// transmit is phase 2 of slot i: from the leg to the octets of the next block.
func (p *Pump) transmit(i int, at int64) {
	s, out := &p.slots[i], p.tx.Slot(i)
	if s.octets != nil {
		s.octets.Octets(at, p.rx.Slot(i), out)
		return
	}
	tx, next := s.tx, at+int64(p.n)
	from := 0 // tx[from:to] is to be encoded
	to := len(tx)
	switch {
	case s.peer >= 0:
		from = p.cross(s, out)
	case s.leg != nil:
		if s.digitLeg != nil && s.det != nil && len(s.det.digits) > 0 {
			s.digitLeg.Digits(at, s.det.digits)
		}
		if s.toFar != 1 {
			amplify(s.rx, s.toFar)
		}
		s.leg.Tick(at, s.rx, tx)
		if s.fromFar != 1 {
			amplify(tx, s.fromFar)
		}
	default:
		clear(tx)
	}
	p.detectFromLeg(i, next)
	s.holdOff(faxtone.ToLine, tx)
	if s.play.src != nil {
		a, b, ended := s.play.render(tx, next)
		if from == len(tx) && b > a {
			from, to = a, b
		}
		if ended {
			p.emit(Event{Slot: i, At: next + int64(b), Kind: PlayDone, ID: s.play.id})
			s.play = playing{}
			p.dirty = true
		}
	}
	if s.txGain != 1 {
		amplify(tx[from:to], s.txGain)
	}
	p.info.Law.Encode(out[from:to], tx[from:to])
	if s.echo != nil {
		s.remember(p.info.Law, out)
	}
	s.levels.tx += power(tx)
	if s.send.on {
		if s.send.render(p.tx.SigSlot(i), next) {
			p.emit(Event{Slot: i, At: s.send.at, Kind: SigDone, ID: s.send.id})
		}
		p.dirty = p.dirty || !s.send.on
	}
}

// cross copies what the peer received: as octets when no gain lies between, so that nothing is quantised again. It returns
// where the samples in s.tx begin that still are to be encoded.
func (p *Pump) cross(s *slot, out []byte) int {
	peer := &p.slots[s.peer]
	copy(s.tx, peer.rx)
	if p.exact(peer) {
		copy(out, p.rx.Slot(s.peer))
		return len(s.tx)
	}
	if s.fromFar != 1 {
		amplify(s.tx, s.fromFar)
	}
	return 0
}

// amplify multiplies by a linear gain and saturates.
func amplify(pcm []int16, gain float32) {
	for i, v := range pcm {
		pcm[i] = int16(max(-32768, min(32767, float32(v)*gain)))
	}
}

func power(pcm []int16) int64 {
	var sum int64
	for _, v := range pcm {
		sum += int64(v) * int64(v)
	}
	return sum
}
