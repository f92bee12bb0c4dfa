package span

import (
	"tipring/dsp/callerid"
	"tipring/dsp/dtmf"
	"tipring/dsp/faxtone"
	"tipring/dsp/mf"
	"tipring/dsp/tone"
	"tipring/tdm"
)

// evsCap is how many events of one detector a block can bring without allocating: more than 20 ms have room for.
const evsCap = 16

// detectors is what listens on a slot, and what it found in the block at hand.
type detectors struct {
	dtmf   *dtmf.Detector
	digits []dtmf.Event
	forLeg bool // no events

	tones *tone.Detector
	heard []tone.Event

	mf      *mf.Detector
	mfNames string
	signals []mf.Event

	callerID *callerid.Receiver
	alert    *callerid.AlertDetector

	// One detector for each direction; their findings share a slice, since neither is looked at later.
	faxLine, faxLeg *faxtone.Detector
	faxTones        []faxtone.Event

	activity *activity
	found    []activityEvent
}

// newDetectors allocates what d asks for; nil when that is nothing.
func newDetectors(d Detect) *detectors {
	if d == (Detect{}) {
		return nil
	}
	det := new(detectors)
	if d.Digits {
		det.dtmf = dtmf.NewDetector(dtmf.Config{})
		det.digits = make([]dtmf.Event, 0, evsCap)
	}
	if d.Tones != nil {
		det.tones = tone.NewDetector(d.Tones)
		det.heard = make([]tone.Event, 0, evsCap)
	}
	if d.MF != nil {
		det.mf, det.mfNames = mf.NewDetector(d.MF), d.MF.Names
		det.signals = make([]mf.Event, 0, evsCap)
	}
	if d.CallerID {
		det.callerID = callerid.NewReceiver()
	}
	if d.Alert {
		det.alert = callerid.NewAlertDetector()
	}
	if d.Fax {
		det.faxLine, det.faxLeg = faxtone.NewDetector(), faxtone.NewDetector()
		det.faxTones = make([]faxtone.Event, 0, evsCap)
	}
	if d.SilenceMs > 0 || d.Voice {
		det.activity = &activity{silence: d.SilenceMs * tdm.Quantum, voice: d.Voice}
		det.found = make([]activityEvent, 0, evsCap)
	}
	return det
}

// detect listens to what slot i received in the block that begins at at.
func (p *Pump) detect(i int, at int64) {
	s := &p.slots[i]
	d, rx := s.det, s.rx
	if d.dtmf != nil {
		d.digits = d.dtmf.Process(rx, d.digits[:0])
		for j := range d.digits {
			p.digit(i, at, &d.digits[j])
		}
	}
	if d.tones != nil {
		d.heard = d.tones.Process(rx, d.heard[:0])
		for _, e := range d.heard {
			p.emit(Event{Slot: i, At: at + int64(e.At), Kind: toneKinds[e.Kind], Tone: e.Name})
		}
	}
	if d.mf != nil {
		d.signals = d.mf.Process(rx, d.signals[:0])
		for _, e := range d.signals {
			p.emit(Event{Slot: i, At: at + int64(e.At), Kind: mfKinds[e.Kind], Digit: d.mfNames[e.Signal-1], Dur: e.Dur})
		}
	}
	if d.callerID != nil {
		if m := d.callerID.Process(rx); m != nil {
			p.emit(Event{Slot: i, At: at + int64(len(rx)), Kind: CallerID, CallerID: m})
		}
	}
	if d.alert != nil && d.alert.Process(rx) {
		p.emit(Event{Slot: i, At: at + int64(len(rx)), Kind: Alert})
	}
	if d.faxLine != nil {
		d.faxTones = d.faxLine.Process(rx, d.faxTones[:0])
		p.fax(i, at, false)
	}
	if d.activity != nil {
		d.found = d.activity.process(rx, d.found[:0])
		for _, e := range d.found {
			p.emit(Event{Slot: i, At: at + int64(e.at), Kind: e.kind, Dur: e.dur})
		}
	}
}

var toneKinds = [...]EventKind{tone.Start: ToneStart, tone.Recognised: ToneRecognised, tone.End: ToneEnd}

var mfKinds = [...]EventKind{mf.Start: MFStart, mf.End: MFEnd}

func (p *Pump) digit(i int, at int64, e *dtmf.Event) {
	out := Event{Slot: i, At: at + int64(e.At), Digit: e.Digit}
	switch e.Kind {
	case dtmf.Start:
		out.Kind = DigitStart
		p.shared[i].digits.Add(1)
	case dtmf.End:
		out.Kind, out.Dur = DigitEnd, e.Dur
	default:
		return
	}
	if !p.slots[i].det.forLeg {
		p.emit(out)
	}
}

// detectFromLeg listens to what goes from the leg to slot i; base is the sample of what the card sends at which it begins.
func (p *Pump) detectFromLeg(i int, base int64) {
	s := &p.slots[i]
	if d := s.det; d != nil && d.faxLeg != nil {
		d.faxTones = d.faxLeg.Process(s.tx, d.faxTones[:0])
		p.fax(i, base, true)
	}
}

// fax switches slot i to voice-band data at the first tone of a fax machine or modem. At 2100 Hz with phase reversals the
// canceller goes off altogether (ITU-T G.168 clause 7).
func (p *Pump) fax(i int, base int64, fromLeg bool) {
	s := &p.slots[i]
	for _, e := range s.det.faxTones {
		if e.Kind != faxtone.Start {
			continue
		}
		p.voiceBand(i, true)
		if s.echo != nil && e.Tone.DisablesEchoCanceller() {
			s.echo.SetEnabled(false)
			s.hold.Reset()
			s.held = true
		}
		p.emit(Event{Slot: i, At: base + int64(e.At), Kind: FaxTone, Tone: e.Tone.String(), FromLeg: fromLeg})
	}
}

// holdOff follows the signals that keep a disabled canceller so, and enables it when they have ended: without its non-linear
// processor as long as the slot carries voice-band data.
func (s *slot) holdOff(d faxtone.Direction, pcm []int16) {
	if !s.held {
		return
	}
	s.hold.Process(d, pcm)
	if s.hold.Released() {
		s.held = false
		s.echo.SetEnabled(true)
	}
}
