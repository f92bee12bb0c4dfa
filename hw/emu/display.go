package emu

import (
	"tipring/dsp/callerid"
	"tipring/tdm"
)

// A display is the part of a telephone that shows who calls: a caller-ID receiver on the on-hook line, and what it has seen
// of the events that tell one standard from another.
type display struct {
	zone     callerid.Standard
	receiver *callerid.Receiver // nil while the line is quiet
	listen   int                // ms that the receiver still listens for
	shown    CallerID
	shownAt  int64 // card samples

	loop   loopStage
	loopMs int // in that stage

	waiting *callerid.WaitingReceiver // nil on hook, and where the country's standard has no form for a call

	ringMs  int   // of the ring that is on or was last
	ringing bool  // voltage is on
	rangAt  int64 // card samples
}

const (
	// listenMs is how long a receiver listens after the last sound: a DTMF message may end by a pause of 500 ms.
	listenMs = 700
	// alertFor is how long ago the ring of a message after or between rings may have ended (GR-30-CORE: 1.5 s).
	alertFor = 3 * tdm.Rate
	// keepFor is how long a message that came before ringing waits for it.
	keepFor = 4 * tdm.Rate
)

// ring follows the ringing voltage. first says that the card has begun to ring the line.
func (d *display) ring(on, first bool, now int64) (changed bool) {
	if first && d.shown != (CallerID{}) && now-d.shownAt > keepFor {
		d.shown, changed = CallerID{}, true // it belonged to an earlier call
	}
	switch {
	case on && !d.ringing:
		d.ringMs = 1
	case on:
		d.ringMs++
	case d.ringing:
		d.rangAt = now
	}
	d.ringing = on
	return changed
}

// hear takes one quantum of an on-hook line and reports whether a caller is shown anew. Bad messages are not shown.
func (d *display) hear(pcm *[tdm.Quantum]int16, sounds bool, reversed bool, now int64) (changed bool) {
	if sounds {
		d.listen = listenMs
	}
	if d.listen == 0 {
		return false
	}
	if d.receiver == nil {
		d.receiver = callerid.NewReceiver()
	}
	if d.listen--; d.listen == 0 {
		defer d.deafen()
	}
	m := d.receiver.Process(pcm[:])
	if m != nil && d.loop == displayLooped {
		d.loop = displayRead
	}
	if m == nil || !m.ChecksumOK {
		return false
	}
	d.show(m, d.standard(m, reversed, now), now)
	return true
}

func (d *display) show(m *callerid.Message, standard string, now int64) {
	d.shown, d.shownAt = CallerID{Number: m.Number, Name: m.Name, Time: m.Time, Standard: standard}, now
	if w := absent(m.NumberReason); w != "" {
		d.shown.Number = w
	}
	if w := absent(m.NameReason); w != "" {
		d.shown.Name = w
	}
}

func absent(reason byte) string {
	switch reason {
	case callerid.Private:
		return private
	case callerid.Unavailable:
		return unavailable
	}
	return ""
}

// deafen ends listening, as an off-hook does.
func (d *display) deafen() { d.receiver, d.listen = nil, 0 }

// pulseMs is the longest ring that is a ring pulse alerting signal (EN 300 659-1: 200 to 300 ms).
const pulseMs = 320

// standard names the way in which a message has come: the zone's own when what was seen fits it, else the first of the table
// that does, else the modulation alone.
func (d *display) standard(m *callerid.Message, reversed bool, now int64) string {
	rang := d.ringMs > 0 && now-d.rangAt < alertFor
	fits := func(s callerid.Standard) bool {
		if s.Physical.String() != m.Standard || s.Physical != callerid.DTMF && (s.Format == callerid.SDMF) != (m.Type == callerid.TypeSDMF) {
			return false
		}
		switch s.Alert {
		case callerid.AfterRing:
			return rang && d.ringMs > pulseMs
		case callerid.RingPulse:
			return rang && d.ringMs <= pulseMs
		case callerid.LineReversal, callerid.LineReversalDTAS, callerid.LoopClosure:
			return reversed
		default:
			return !rang && !reversed
		}
	}
	if fits(d.zone) {
		return d.zone.Name
	}
	for _, name := range callerid.Names() {
		if s, _ := callerid.Lookup(name); fits(s) {
			return name
		}
	}
	return m.Standard
}
