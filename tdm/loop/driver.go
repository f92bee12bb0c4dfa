package loop

import (
	"tipring/dsp/callerid"
	"tipring/dsp/pulse"
	"tipring/tdm"
	"tipring/tdm/span"
)

// driver is a line's part of the group's goroutine: the machine, its timers and what it has asked of the pump.
type driver struct {
	fxs *fxs // one of the two is set
	fxo *fxo
	m   *machine // what they share

	now       int64 // of the last event
	call      *Call // the call that holds the line, or nil
	setup     *Call // the call of the Setup at hand
	setupPrim tdm.Primitive
	// waiting is the second call of a telephone in a call, or nil.
	waiting      *Call
	waitingSetup tdm.Primitive
	deadlines    [numTimers]int64
	soonest      int64    // no deadline is earlier; 0: none runs
	says         []saying // what is to go up
	follow       []func(*Line)

	sig     uint8 // received bits
	hook    *pulse.Decoder
	hookEvs []pulse.Event
	hookSet *settings // those that hook was made from

	ids     uint32 // last one given to a command
	playID  uint32 // the Play whose end matters
	playEnd func(*Line)
	burst   *callerid.Transmitter // of the call that is presented; nil: none
	sigID   uint32                // the Sig whose end matters
	sigEnd  func(*Line)

	heard    int64 // when one side was last heard, while silence is listened for
	since    int64
	state    uint8
	counters counters
	fault    string
}

func newLine(g *Group, s *settings) *Line {
	l := &Line{group: g, name: s.Name, slot: s.Slot, kind: s.kind}
	if s.kind == tdm.FXS {
		l.fxs = &fxs{machine: machine{set: s}}
		l.m = &l.fxs.machine
		l.newHook()
	} else {
		l.fxo = &fxo{machine: machine{set: s}}
		l.m = &l.fxo.machine
	}
	l.publish()
	return l
}

// newHook makes the decoder of the telephone's loop afresh, on hook.
func (l *Line) newHook() {
	l.hookSet = l.m.set
	l.hook = pulse.NewDecoder(l.m.set.pulses())
}

// begin brings the line to rest when the group starts.
func (l *Line) begin() {
	p := l.group.pump
	p.Gain(l.slot, l.m.set.RxGainDB, l.m.set.TxGainDB)
	if l.fxo != nil {
		l.run(func() { l.fxo.rest(nil) })
	}
}

// advance lets the timers that are due by to expire, in order, and moves the line's time there.
func (l *Line) advance(to int64) {
	for l.soonest != 0 && l.soonest <= to {
		due, at := numTimers, int64(0)
		for t, d := range l.deadlines {
			if d != 0 && d <= to && (at == 0 || d < at) {
				due, at = timer(t), d
			}
		}
		if due == numTimers {
			l.rearm()
			break
		}
		l.now = max(l.now, at)
		l.deadlines[due] = 0
		l.rearm()
		l.m.running[due] = false
		if l.fxs != nil {
			l.fxsStep(fxsTimerEvents[due], &input{})
		} else {
			l.fxoStep(fxoTimerEvents[due], &input{})
		}
	}
	l.now = max(l.now, to)
}

func (l *Line) rearm() {
	l.soonest = 0
	for _, d := range l.deadlines {
		if d != 0 && (l.soonest == 0 || d < l.soonest) {
			l.soonest = d
		}
	}
}

// tick moves the line's time to the end of a block.
func (l *Line) tick(at int64) {
	l.advance(at)
	if l.fxs != nil {
		l.hookEvs = l.hook.Advance(at/tdm.Quantum, l.hookEvs[:0])
		l.hooks()
	}
}

func (l *Line) fxsStep(e fxsEvent, in *input) {
	was := l.fxs.state
	l.run(func() { l.fxs.input(e, in) })
	if s := l.fxs.state; s == fxsIdle && (was == fxsRefeed || l.hookSet != l.m.set) {
		l.newHook()
	}
}

func (l *Line) fxoStep(e fxoEvent, in *input) { l.run(func() { l.fxo.input(e, in) }) }

// run lets the machine work on one input, carries out what it wants, and publishes what has changed.
func (l *Line) run(f func()) {
	l.m.now = l.now
	l.m.out = l.m.out[:0]
	f()
	accepted := l.setup
	for i := range l.m.out {
		if k := l.m.out[i].kind; k == outRefuse || k == outWait {
			accepted = nil
		}
	}
	if accepted != nil {
		l.call = accepted
	}
	for i := range l.m.out {
		l.execute(&l.m.out[i])
	}
	l.setup = nil
	l.publish()
	// The call hears last: when it does, the line is commanded and its status tells so.
	for len(l.says) > 0 {
		say := l.says[0]
		l.says = l.says[1:]
		say.deliver(l)
	}
	for len(l.follow) > 0 {
		next := l.follow[0]
		l.follow = l.follow[1:]
		next(l)
	}
}

// primitive hands a primitive of call c to the machine. A primitive of any other call than the line's own is of one that
// has ended.
func (l *Line) primitive(c *Call, p tdm.Primitive) {
	in := &input{prim: p}
	switch {
	case p.Kind == tdm.Setup:
		l.setup, l.setupPrim = c, p
		if l.fxs != nil && l.fxs.state == fxsIdle {
			in.alert = l.plan(&p)
		}
	case c == l.waiting:
		if p.Kind == tdm.Disconnect {
			l.fxsStep(fxsWaitCleared, in)
		}
		return
	case c != l.call:
		return
	}
	if l.fxs != nil {
		if e, ok := fxsPrimitives[p.Kind]; ok {
			l.fxsStep(e, in)
		}
	} else if e, ok := fxoPrimitives[p.Kind]; ok {
		l.fxoStep(e, in)
	}
}

// disconnect clears the line's call from within, as if the call had.
func (l *Line) disconnect(c *Call, cause tdm.Cause) {
	l.primitive(c, tdm.Primitive{Kind: tdm.Disconnect, Cause: cause})
}

// fail takes the line out of service.
func (l *Line) fail(reason string, cause tdm.Cause) {
	in := &input{reason: reason, prim: tdm.Primitive{Cause: cause}}
	if l.fxs != nil {
		l.fxsStep(fxsFail, in)
	} else {
		l.fxoStep(fxoFail, in)
	}
}

func (l *Line) restore() {
	if l.fxs != nil {
		l.fxsStep(fxsRestore, &input{})
	} else {
		l.fxoStep(fxoRestore, &input{})
	}
}

// configure takes changed settings: gains and canceller now, the rest when the line is idle.
func (l *Line) configure(s *settings) {
	l.run(func() {
		now := *l.m.set
		now.RxGainDB, now.TxGainDB, now.Echo = s.RxGainDB, s.TxGainDB, s.Echo
		l.m.set, l.m.next = &now, s
		l.group.pump.Gain(l.slot, s.RxGainDB, s.TxGainDB)
		l.m.echo(l.m.wantsEcho)
		if l.fxs != nil && l.fxs.state == fxsIdle {
			l.fxs.idle()
		}
		if l.fxo != nil && l.fxo.state == fxoIdle {
			l.m.adopt()
			l.fxo.listenIdle()
		}
	})
	if l.fxs != nil && l.fxs.state == fxsIdle {
		l.newHook()
	}
}

// event handles what the pump found on the line.
func (l *Line) event(e *span.Event) {
	if e.Kind == span.Sig {
		// The decoder sees the edge before the timers that come after it, and its own delays before the edge.
		l.advance(e.At)
		if l.fxs != nil {
			l.telephone(e)
		} else {
			l.exchange(e)
		}
		return
	}
	l.advance(e.At)
	switch e.Kind {
	case span.PlayDone:
		if end := l.playEnd; e.ID == l.playID && end != nil {
			l.playEnd = nil
			end(l)
		}
		return
	case span.SigDone:
		if end := l.sigEnd; e.ID == l.sigID && end != nil {
			l.sigEnd = nil
			end(l)
		}
		return
	case span.FaxTone:
		// The pump has made the slot voice-band data by itself; the call only has to know.
		if l.call != nil {
			l.run(func() { l.m.up(tdm.Primitive{Kind: tdm.Notify, Event: "fax", At: e.At}) })
		}
		return
	case span.Controlled:
		if e.Err != nil {
			l.group.log.Warn("line fault", "line", l.name, "err", e.Err)
			l.fault = e.Err.Error()
			l.publish()
		} else if e.ID == 0 && l.fault != "" {
			l.group.log.Info("line works again", "line", l.name)
			l.fault = ""
			l.publish()
		}
		return
	}
	if l.fxs != nil {
		if e.Kind == span.DigitStart {
			l.fxsStep(fxsDTMF, &input{digit: e.Digit})
		}
		return
	}
	l.heardOnFXO(e)
}

// telephone handles a change of an FXS line's bits.
func (l *Line) telephone(e *span.Event) {
	changed := l.sig ^ e.Sig
	l.sig = e.Sig
	if changed&tdm.SigLoopClosed != 0 {
		closed := e.Sig&tdm.SigLoopClosed != 0
		l.fxs.closed = closed
		if s := l.fxs.state; s != fxsOpenFeed && s != fxsRefeed {
			l.hookEvs = l.hook.Edge(e.At/tdm.Quantum, closed, l.hookEvs[:0])
			l.hooks()
		}
	}
	if changed&tdm.SigRinging == 0 {
		return
	}
	switch {
	case e.Sig&tdm.SigRinging != 0:
		l.fxsStep(fxsRingOn, &input{})
	case e.Sig&tdm.SigRingTrip == 0: // a tripped ring is about to become off-hook
		l.fxsStep(fxsRingOff, &input{})
	}
}

// hooks hands on what the decoder of the telephone's loop has found.
func (l *Line) hooks() {
	for _, h := range l.hookEvs {
		switch h.Kind {
		case pulse.OffHook:
			l.fxsStep(fxsOffHook, &input{})
		case pulse.OnHook:
			l.fxsStep(fxsOnHook, &input{})
		case pulse.Flash:
			l.fxsStep(fxsFlash, &input{})
		case pulse.Pulse:
			l.fxsStep(fxsBreak, &input{})
		case pulse.Digit:
			l.fxsStep(fxsPulse, &input{digit: h.Digit})
		}
	}
}

// exchange handles a change of an FXO line's bits. The machine sees all of them before the first event.
func (l *Line) exchange(e *span.Event) {
	if e.Sig&tdm.SigBattery == 0 {
		// Without voltage there is no polarity: an open feed is not a reversal of one that was reversed.
		e.Sig = e.Sig&^tdm.SigReversed | l.sig&tdm.SigReversed
	}
	changed := l.sig ^ e.Sig
	l.sig = e.Sig
	x := l.fxo
	x.battery, x.ring = e.Sig&tdm.SigBattery != 0, e.Sig&tdm.SigRing != 0
	x.reversed, x.current = e.Sig&tdm.SigReversed != 0, e.Sig&tdm.SigLoopCurrent != 0
	for _, b := range [...]struct {
		bit     uint8
		on, off fxoEvent
	}{
		{tdm.SigBattery, fxoBattery, fxoNoBattery},
		{tdm.SigReversed, fxoPolarity, fxoPolarity},
		{tdm.SigRing, fxoRingOn, fxoRingOff},
		{tdm.SigLoopCurrent, fxoCurrent, fxoNoCurrent},
	} {
		switch {
		case changed&b.bit == 0:
		case e.Sig&b.bit != 0:
			l.fxoStep(b.on, &input{})
		default:
			l.fxoStep(b.off, &input{})
		}
	}
}

// fxoTones are the events of tones that begin to be recognised, and of their end. Dial tone has three forms.
var fxoTones = map[string]struct{ heard, ended fxoEvent }{
	"dial":           {fxoDialHeard, fxoDialEnded},
	"stutter":        {fxoDialHeard, fxoDialEnded},
	"dialrecall":     {fxoDialHeard, fxoDialEnded},
	"busy":           {fxoBusyHeard, numFXOEvents},
	"congestion":     {fxoCongestion, numFXOEvents},
	"info":           {fxoInfoHeard, numFXOEvents},
	toneUnobtainable: {fxoInfoHeard, numFXOEvents},
	toneHowler:       {fxoHowlerHeard, numFXOEvents},
	"ring":           {fxoRingback, fxoRingbackEnded},
}

// heardOnFXO handles what the detectors found on an FXO line.
func (l *Line) heardOnFXO(e *span.Event) {
	switch e.Kind {
	case span.DigitStart:
		l.counters[cntDigits]++
		l.publish()
	case span.ToneRecognised:
		if t, ok := fxoTones[e.Tone]; ok {
			l.fxoStep(t.heard, &input{tone: e.Tone})
		}
	case span.ToneEnd:
		if t, ok := fxoTones[e.Tone]; ok && t.ended != numFXOEvents {
			l.fxoStep(t.ended, &input{tone: e.Tone})
		}
	case span.CallerID:
		if c := callerOf(e.CallerID); c.ok {
			l.fxoStep(fxoCallerID, &input{caller: c})
		} else {
			l.fxoStep(fxoCallerIDBad, &input{})
		}
	case span.Alert:
		l.fxoStep(fxoAlert, &input{})
	case span.Voice:
		l.fxoStep(fxoVoice, &input{})
	}
}
