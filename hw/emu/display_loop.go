package emu

import (
	"tipring/dsp/callerid"
	"tipring/tdm"
)

// A loopStage is how far a telephone of NTT's form has come with the data of a call: it closes the loop in the pause behind a
// short ring, and opens it when the data has come or does not come.
type loopStage uint8

const (
	displayIdle   loopStage = iota
	displayCalled           // a short ring has ended
	displayLooped           // the data is due
	displayRead             // once a call
)

const (
	loopAfterMs = 100  // from the end of the short ring
	loopDataMs  = 3000 // how long data may take
)

// loops advances one millisecond and reports whether the display closes the loop. The polarity is the call's mark: it is reversed
// until the answer.
func (d *display) loops(reversed bool) bool {
	if d.zone.Alert != callerid.LoopClosure {
		return false
	}
	was := d.loop
	switch {
	case !reversed:
		d.loop, d.ringMs = displayIdle, 0
	case d.loop == displayIdle && !d.ringing && d.ringMs >= 250 && d.ringMs <= callerid.LongestActivationMs:
		d.loop = displayCalled
	case d.loop == displayCalled && d.loopMs == loopAfterMs:
		d.loop = displayLooped
	case d.loop == displayLooped && d.loopMs == loopDataMs:
		d.loop = displayRead
	}
	if d.loopMs++; d.loop != was {
		d.loopMs = 0
	}
	return d.loop == displayLooped
}

// converse listens in a call for a second one, and reports whether a caller is shown anew. While the telephone acknowledges or reads,
// mouth becomes what it sends, without the handset's voice.
func (d *display) converse(mouth *quantum, heard *[tdm.Quantum]int16, now int64) (changed bool) {
	if d.waiting == nil {
		return false
	}
	var tx [tdm.Quantum]int16
	stage, m := d.waiting.Process(tx[:], heard[:])
	if stage != callerid.Idle {
		*mouth = quantum{}
		copy16(mouth, tx[:])
	}
	if m == nil || !m.ChecksumOK {
		return false
	}
	d.show(m, d.zone.Name, now)
	return true
}
