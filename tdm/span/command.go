package span

import (
	"fmt"
	"math"
	"slices"

	"tipring/dsp/echo"
	"tipring/dsp/level"
	"tipring/dsp/mf"
	"tipring/dsp/tone"
	"tipring/tdm"
)

// The methods of this file are commands. Each is queued, applied between two blocks in the order of the calls, and safe
// from any goroutine. They return at once; only when the queue is full (1,024 commands and 8 for every slot) they wait for
// the pump's next block. A slot that the card does not have is a programming error and panics in the caller.

// Detect says what to look for in what comes from a line. The zero value looks for nothing.
type Detect struct {
	Digits bool // DTMF: DigitStart, DigitEnd, and a DigitLeg's Digits
	// Tones looks for the call-progress tones of a country: ToneStart, ToneRecognised, ToneEnd.
	Tones *tone.Plan
	// MF looks for the register signals of a system between exchanges: MFStart, MFEnd.
	MF       *mf.System
	CallerID bool // caller-ID messages of any standard: CallerID
	Alert    bool // the alerting signal that precedes caller ID in a call: Alert
	// Fax looks for fax and modem tones from the line and from the leg: FaxTone, and voice-band data mode by itself.
	Fax       bool
	SilenceMs int  // length of a silence that is worth a Silence event; 0: none
	Voice     bool // Voice
}

func (p *Pump) check(slot int) {
	if slot < 0 || slot >= len(p.slots) {
		panic(fmt.Sprintf("span: card %s has no slot %d, it has %d slots", p.info.Name, slot, len(p.slots)))
	}
}

func (p *Pump) do(f func()) {
	select {
	case p.commands <- f:
	case <-p.done:
	}
}

// Attach connects a leg to a slot, in place of whatever was attached, a cross-connect included. Nil detaches.
func (p *Pump) Attach(slot int, leg Leg) {
	p.check(slot)
	p.do(func() { p.attach(slot, leg) })
}

// Detach removes the leg or the cross-connect (of both its slots).
func (p *Pump) Detach(slot int) { p.Attach(slot, nil) }

// Connect cross-connects two slots of the card: what one receives the other sends, a block later, sample exact while the
// receive gain of the one and the transmit gain of the other are 0 dB. The echo canceller of a direction that is exact
// rests, since the delay is below perception; detectors go on. Connecting a slot with itself returns its audio.
func (p *Pump) Connect(a, b int) {
	p.check(a)
	p.check(b)
	p.do(func() { p.connect(a, b) })
}

func (p *Pump) connect(a, b int) {
	p.attach(a, nil)
	p.attach(b, nil)
	p.slots[a].peer, p.slots[b].peer = b, a
	p.slots[a].levels, p.slots[b].levels = levels{}, levels{}
}

func (p *Pump) attach(slot int, leg Leg) {
	s := &p.slots[slot]
	if s.peer >= 0 {
		other := &p.slots[s.peer]
		other.peer, other.owner, other.fromFar = -1, nil, 1
		s.peer = -1
	}
	s.toFar, s.fromFar = 1, 1
	p.voiceBand(slot, false)
	s.leg, s.owner, s.octets = leg, nil, nil
	if leg != nil {
		s.levels = levels{}
	}
	s.digitLeg, _ = leg.(DigitLeg)
	p.dirty = true
}

// Play replaces what goes to the line by a source, from sample at of what the card sends (0, or one that has passed: from
// the next block) to the source's end, which is reported as PlayDone with the id. A newer Play takes the place of an older
// one at once, and nil stops it; neither is reported. The leg goes on being ticked. The pump owns the source until then.
func (p *Pump) Play(slot int, id uint32, at int64, src Source) {
	p.check(slot)
	p.do(func() {
		p.slots[slot].play = playing{src: src, id: id, at: at}
		p.dirty = true
	})
}

// Mute keeps what the line receives from its leg or cross-connect, which gets silence; detectors hear it. An exchange mutes the far
// party so for the alerting signal and data of a second call, a telephone its earpiece (GR-30-CORE, off-hook data transmission).
func (p *Pump) Mute(slot int, on bool) {
	p.check(slot)
	p.do(func() { p.slots[slot].muted = on })
}

// Detect replaces what is looked for on a slot. Detectors start fresh.
func (p *Pump) Detect(slot int, d Detect) {
	p.check(slot)
	det := newDetectors(d)
	p.do(func() {
		p.slots[slot].det = det
		p.dirty = true
	})
}

// Sig sends signalling bits from sample at of what the card sends (0, or one that has passed: from the next block), run by
// run, to the millisecond. The last run's value stays; SigDone with the id reports its beginning, or the end of its time
// when it has one. A newer Sig takes the place of an older one at once. No runs: what is sent now stays.
func (p *Pump) Sig(slot int, id uint32, at int64, runs []tdm.SigRun) {
	p.check(slot)
	runs = slices.Clone(runs)
	if n := len(runs); n > 0 && runs[n-1].Ms != 0 {
		runs = append(runs, tdm.SigRun{Bits: runs[n-1].Bits})
	}
	p.do(func() {
		p.slots[slot].send = sending{on: true, runs: runs, id: id, at: at}
		p.dirty = true
	})
}

// Control passes a command to the card's Controller; its answer comes back as Controlled. A card without lines answers
// with an error.
func (p *Pump) Control(slot int, c tdm.Command) {
	p.check(slot)
	p.do(func() {
		if p.ctl == nil {
			p.emit(Event{Slot: slot, At: p.now.Load(), Kind: Controlled, ID: c.ID,
				Err: fmt.Errorf("span: card %s takes no commands", p.info.Name)})
			return
		}
		p.ctl.Control(slot, c)
	})
}

// Gain sets the gains of a slot in dB: rx on what comes from the line, behind the echo canceller and before detectors and
// leg; tx on what goes to it, from leg and Play alike. Values are limited to -60..+24 dB.
func (p *Pump) Gain(slot int, rxDB, txDB float64) {
	p.check(slot)
	rx, tx := linear(rxDB), linear(txDB)
	p.do(func() { p.slots[slot].rxGain, p.slots[slot].txGain = rx, tx })
}

func linear(db float64) float32 {
	if db == 0 || math.IsNaN(db) {
		return 1
	}
	return float32(level.Gain(max(-60, min(24, db))))
}

// Echo turns the slot's echo canceller on or off; it is off at first. One that is turned on again knows what it had
// learned.
func (p *Pump) Echo(slot int, on bool) {
	p.check(slot)
	var fresh *echo.Canceller
	var history []int16
	if on && p.shared[slot].canceller.CompareAndSwap(false, true) {
		fresh, history = newCanceller(p.tailMs, slot), make([]int16, p.info.Delay+p.n)
	}
	p.do(func() {
		s := &p.slots[slot]
		if fresh != nil {
			s.echo, s.history = fresh, history
			s.echo.SetNLP(!s.band)
		}
		s.echoOn = on
	})
}

// ForgetEcho has the slot's echo canceller, if it has one, begin anew: the next call's echo comes another way.
func (p *Pump) ForgetEcho(slot int) {
	p.check(slot)
	p.do(func() {
		if s := &p.slots[slot]; s.echo != nil {
			s.echo.Reset()
			s.echoAt = 0
		}
	})
}

// VoiceBand switches a slot to voice-band data (ITU-T V.152) or back: the canceller's non-linear processor off, and the
// leg told when it is a VoiceBandLeg. The pump does it by itself at a fax tone when Detect.Fax is set; it ends with the
// leg.
func (p *Pump) VoiceBand(slot int, on bool) {
	p.check(slot)
	p.do(func() { p.voiceBand(slot, on) })
}

func (p *Pump) voiceBand(slot int, on bool) {
	s := &p.slots[slot]
	if s.band == on {
		return
	}
	s.band = on
	if s.echo != nil {
		s.echo.SetNLP(!on)
		s.echo.SetEnabled(true)
		s.held = false
	}
	if leg, ok := s.leg.(VoiceBandLeg); ok {
		leg.VoiceBand(on)
	}
}
