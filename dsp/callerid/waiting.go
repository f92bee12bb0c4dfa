package callerid

import (
	"tipring/dsp/dtmf"
	"tipring/dsp/level"
)

// Identification in a call (type II, GR-30-CORE off-hook data transmission, EN 300 659-2) is a conversation: the exchange mutes the far end and
// sends the alerting signal, the telephone mutes its handset and acknowledges with a DTMF digit, the exchange sends the message
// without channel seizure. Both sides are here, each one Process that is given what comes from the line and fills in what goes
// to it. They count in steps of 5 ms from their first sample, so that the cut of the audio changes nothing.
const waitingStep = 40

// Times in samples.
const (
	waitingAlert = 80 * rate / 1000 // CAS, 75 to 85 ms
	// waitingAck is how long after the alerting signal the acknowledgement may begin (GR-30-CORE: 160 ms) and be in the
	// detector's hands.
	waitingAck   = (160 + 100) * rate / 1000
	waitingQuiet = 60 * rate / 1000 // from its end to the data, 50 to 500 ms
	waitingDelay = 20 * rate / 1000 // from the alerting signal's end to the acknowledgement, at most 100 ms
	ackMs        = 60               // 55 to 65
	// waitingData is how long the telephone stays muted for a message that does not come.
	waitingData = 500 * rate / 1000
)

// A Progress is how far an identification in a call has come.
type Progress uint8

// The stages. A WaitingSender goes Alerting, Acknowledging, Sending, Sent, or ends Unacknowledged; a WaitingReceiver is Idle,
// Acknowledging, Receiving and Idle again.
const (
	Idle Progress = iota
	Alerting
	Acknowledging
	Sending
	Receiving
	Sent
	Unacknowledged
)

// A WaitingSender is the exchange's side of one identification.
type WaitingSender struct {
	now      Progress
	wait     int // samples until the next stage, or the end of waiting
	at       int64
	alert    *Transmitter
	data     *Transmitter
	digits   *dtmf.Detector
	events   []dtmf.Event
	answered bool // the acknowledgement has ended
}

// NewWaitingSender returns the sender of a message by a standard of Bell 202 or V.23. A level of zero is the standard's own.
func NewWaitingSender(s Standard, m Message, at level.DBm0) *WaitingSender {
	return &WaitingSender{
		now:    Alerting,
		wait:   waitingAlert,
		alert:  NewWaitingAlert(s, at),
		data:   NewWaitingMessage(s, m, at),
		digits: dtmf.NewDetector(dtmf.Config{}),
		events: make([]dtmf.Event, 0, 16),
	}
}

// InCall reports whether a standard has a form for a call, which its conversation needs FSK for.
func (s *Standard) InCall() bool { return s.Physical == Bell202 || s.Physical == V23 }

// NewWaitingAlert returns the alerting signal of a call (CAS). A level of zero is the standard's own.
func NewWaitingAlert(s Standard, at level.DBm0) *Transmitter {
	if at == 0 {
		at = s.DBm0
	}
	return &Transmitter{dtas: waitingAlert, amp: (at - 3).Amplitude()}
}

// NewWaitingMessage returns the audio of a message in a call: it has no channel seizure.
func NewWaitingMessage(s Standard, m Message, at level.DBm0) *Transmitter {
	s.SeizureBits, s.MarkBits, s.DTASMs, s.GapMs = 0, 80, 0, 0
	return NewTransmitter(s, m, at)
}

// Process takes what comes from the telephone and fills tx, of the same length, with what goes to it. While the result is neither
// Sent nor Unacknowledged, tx has no room for a voice.
func (w *WaitingSender) Process(tx, rx []int16) Progress {
	for len(rx) > 0 {
		n := min(len(rx), waitingStep-int(w.at%waitingStep))
		w.send(tx[:n])
		w.hear(rx[:n])
		tx, rx = tx[n:], rx[n:]
		if w.at += int64(n); w.at%waitingStep == 0 {
			w.step()
		}
	}
	return w.now
}

func (w *WaitingSender) send(tx []int16) {
	n := 0
	switch w.now {
	case Alerting:
		n = w.alert.Read(tx)
	case Sending:
		n = w.data.Read(tx)
	}
	clear(tx[n:])
	w.wait -= len(tx)
}

func (w *WaitingSender) hear(rx []int16) {
	if w.now != Acknowledging {
		return
	}
	w.events = w.digits.Process(rx, w.events[:0])
	for _, e := range w.events {
		if e.Kind == dtmf.End && (e.Digit == 'A' || e.Digit == 'D') {
			w.answered = true
		}
	}
}

func (w *WaitingSender) step() {
	switch {
	case w.now == Alerting && w.wait <= 0:
		w.now, w.wait = Acknowledging, waitingAck
	case w.now == Acknowledging && w.answered:
		w.answered = false
		w.digits.Reset()
		w.now, w.wait = Sending, w.data.Samples()
		w.data.gap += waitingQuiet
		w.wait += waitingQuiet
	case w.now == Acknowledging && w.wait <= 0:
		w.now = Unacknowledged
	case w.now == Sending && w.wait <= 0:
		w.now = Sent
	}
}

// A WaitingReceiver is the telephone's side, for as long as the call lasts.
type WaitingReceiver struct {
	now      Progress
	wait     int
	at       int64
	alert    *AlertDetector
	keys     *dtmf.Generator
	level    level.DBm0
	receiver *Receiver
	heard    bool // the alerting signal
	message  *Message
}

// NewWaitingReceiver returns a telephone that acknowledges with tones of a level each, and reads messages of the standards.
func NewWaitingReceiver(at level.DBm0, standards ...Standard) *WaitingReceiver {
	return &WaitingReceiver{alert: NewAlertDetector(), keys: dtmf.NewGenerator(), level: at, receiver: NewReceiver(standards...)}
}

// Process takes what comes from the exchange and fills tx, of the same length, with what goes to it; silence while the result is
// Idle, when the handset's voice goes in its place. A message is returned when one has come, good or bad.
func (w *WaitingReceiver) Process(tx, rx []int16) (now Progress, m *Message) {
	for len(rx) > 0 {
		n := min(len(rx), waitingStep-int(w.at%waitingStep))
		w.send(tx[:n])
		w.hear(rx[:n])
		tx, rx = tx[n:], rx[n:]
		if w.at += int64(n); w.at%waitingStep == 0 {
			w.step()
			if w.message != nil {
				m, w.message = w.message, nil
			}
		}
	}
	return w.now, m
}

func (w *WaitingReceiver) send(tx []int16) {
	n := 0
	if w.now == Acknowledging {
		n = w.keys.Read(tx)
	}
	clear(tx[n:])
	w.wait -= len(tx)
}

func (w *WaitingReceiver) hear(rx []int16) {
	if w.now != Receiving {
		w.heard = w.alert.Process(rx) || w.heard
		return
	}
	if m := w.receiver.Process(rx); m != nil {
		w.message = m
	}
}

func (w *WaitingReceiver) step() {
	switch {
	case w.now == Idle && w.heard:
		w.keys.Pause(waitingDelay * 1000 / rate)
		w.keys.Digit('D', ackMs, 0, w.level, w.level)
		w.now, w.wait = Acknowledging, w.keys.Samples()
	case w.now == Acknowledging && w.wait <= 0:
		w.receiver.Reset()
		w.now, w.wait = Receiving, waitingData
	case w.now == Receiving && w.message != nil, w.now == Receiving && w.wait <= 0 && !w.receiver.Busy():
		w.now = Idle
	default:
		return
	}
	w.heard = false
}
