package loop

import (
	"tipring/dsp/dtmf"
	"tipring/dsp/level"
	"tipring/dsp/pulse"
	"tipring/dsp/tone"
	"tipring/tdm"
	"tipring/tdm/span"
)

// howlerDBm0 is the level of the howler, its four frequencies together: as loud as the sum can be without clipping.
const howlerDBm0 = -4

// execute carries out one output of the machine.
func (l *Line) execute(o *output) {
	pump := l.group.pump
	switch o.kind {
	case outUp:
		if c := l.call; c != nil {
			if o.prim.Kind == tdm.Release {
				l.call = nil
			}
			l.says = append(l.says, saying{c, o.prim})
		}
	case outOffer:
		l.call = &Call{line: l}
		l.says = append(l.says, saying{l.call, o.prim})
	case outRefuse:
		l.says = append(l.says, saying{l.setup, o.prim})
	case outStart:
		l.deadlines[o.timer] = l.now + ms(o.ms)
		l.rearm()
	case outStop:
		l.deadlines[o.timer] = 0
		l.rearm()
	case outTone:
		l.play(0, l.generator(o.tone), nil)
	case outQuiet:
		l.play(0, nil, nil)
	case outBurst:
		l.play(o.at, l.burst, func(l *Line) { l.fxsStep(fxsBurstDone, &input{}) })
	case outDigits:
		l.sendDigits(o.digits)
	case outRing:
		l.control(tdm.Command{Op: tdm.OpRing, Cadence: o.cadence})
	case outRingOff:
		l.control(tdm.Command{Op: tdm.OpRingStop})
	case outFeed:
		l.control(tdm.Command{Op: tdm.OpLinefeed, Linefeed: o.feed})
	case outHook:
		l.setHook(o.on)
	case outDetect:
		pump.Detect(l.slot, l.detect(o.detect))
		l.heard = l.now
	case outCanceler:
		pump.Echo(l.slot, o.on)
	case outMute:
		pump.Mute(l.slot, o.on)
	case outWait:
		l.wait()
	case outUpWaiting:
		l.tellWaiting(o.prim)
	case outRecall:
		l.recall()
	case outAlert:
		l.alertWaiting()
	case outWaitingID:
		l.sendWaiting(o.at)
	case outAck:
		l.acknowledge()
	case outCount:
		l.counters[o.counter]++
	}
}

// A saying is a primitive on its way up.
type saying struct {
	call *Call
	prim tdm.Primitive
}

// deliver hands it to the gateway. A Setup is a new call's first: it brings the way for the rest.
func (s *saying) deliver(l *Line) {
	if s.prim.Kind != tdm.Setup {
		s.call.up(s.prim)
		return
	}
	if s.call.up = l.group.incoming(s.call, s.prim); s.call.up == nil {
		s.call.up = func(tdm.Primitive) {}
		l.follow = append(l.follow, func(l *Line) { l.disconnect(s.call, tdm.CauseResourceUnavailable) })
	}
}

// play replaces what goes to the line; done is called at its end, unless something else was played before.
func (l *Line) play(at int64, src span.Source, done func(*Line)) {
	l.ids++
	l.playID, l.playEnd = l.ids, done
	l.group.pump.Play(l.slot, l.ids, at, src)
}

func (l *Line) control(c tdm.Command) {
	l.ids++
	c.ID = l.ids
	l.group.pump.Control(l.slot, c)
}

// signal sends hook runs on an FXO line.
func (l *Line) signal(runs []tdm.SigRun, done func(*Line)) {
	l.ids++
	l.sigID, l.sigEnd = l.ids, done
	l.group.pump.Sig(l.slot, l.ids, 0, runs)
}

func (l *Line) setHook(off bool) {
	if off {
		l.signal([]tdm.SigRun{{Bits: tdm.SigOffHook}}, func(l *Line) { l.fxoStep(fxoHookSent, &input{}) })
	} else {
		l.signal([]tdm.SigRun{{Bits: 0}}, nil)
	}
}

// sendDigits sends digits: to the telephone by DTMF, to the exchange as the line is set.
func (l *Line) sendDigits(digits string) {
	s := l.m.set
	if l.fxs != nil {
		l.play(0, dtmf.NewSource(digits, 100, 100, level.DBm0(s.plan.DTMF.High)), func(l *Line) { l.fxsStep(fxsDigitsSent, &input{}) })
		return
	}
	dialled := func(l *Line) { l.fxoStep(fxoDialled, &input{}) }
	if s.FXO.DialMode == DialTone {
		if digits == "" {
			l.follow = append(l.follow, dialled)
			return
		}
		l.play(0, dtmf.NewSource(digits, s.FXO.DigitMs, s.FXO.DigitPauseMs, level.DBm0(s.FXO.DigitDBm0)), dialled)
		return
	}
	runs := pulseRuns(digits, s)
	if len(runs) == 0 {
		l.follow = append(l.follow, dialled)
		return
	}
	l.signal(runs, dialled)
}

// pulseRuns are the hook runs of a number. What has no pulses ('*', '#', letters) is left out.
func pulseRuns(digits string, s *settings) []tdm.SigRun {
	kept := make([]byte, 0, len(digits))
	for i := range len(digits) {
		if d := digits[i]; d >= '0' && d <= '9' || d == ',' || d == 'w' {
			kept = append(kept, d)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	loop, err := pulse.Encode(string(kept), s.pulses())
	if err != nil {
		return nil
	}
	runs := make([]tdm.SigRun, 0, len(loop)+1)
	for _, r := range loop {
		var bits uint8
		if r.Closed {
			bits = tdm.SigOffHook
		}
		runs = append(runs, tdm.SigRun{Bits: bits, Ms: uint16(min(r.Ms, 65535))})
	}
	return append(runs, tdm.SigRun{Bits: tdm.SigOffHook})
}

// pulses is the line's shape of dial pulses and flashes: the zone's, but for what the line sets.
func (s *settings) pulses() pulse.Config {
	c := pulse.ForZone(s.Zone)
	switch s.PulseDigits {
	case "standard":
		c.Digits = pulse.DigitsStandard
	case "se":
		c.Digits = pulse.DigitsSweden
	case "nz":
		c.Digits = pulse.DigitsNewZealand
	}
	f := s.FXS
	if f.FlashMaxMs < 0 {
		// No flash: whatever is longer than a pulse is on-hook.
		c.FlashMinMs, c.FlashMaxMs, c.HangupMs = noFlashMs, noFlashMs, noFlashMs
		return c
	}
	if f.FlashMinMs > 0 {
		c.FlashMinMs = f.FlashMinMs
	}
	if f.FlashMaxMs > 0 {
		c.FlashMaxMs, c.HangupMs = f.FlashMaxMs, f.FlashMaxMs+1
	}
	return c
}

// noFlashMs is when an open loop is on-hook on a line without hook flash: EIA/TIA-464 takes any break of more than 200 ms
// for a disconnect where flashes are not recognised.
const noFlashMs = 200

// generator is the source of a tone by name.
func (l *Line) generator(name string) span.Source {
	s := l.m.set
	switch name {
	case toneHowler:
		return tone.NewGenerator(s.plan.Howler(), howlerDBm0)
	case toneUnobtainable:
		return tone.NewGenerator(s.unobtainable(), level.DBm0(s.FXS.ToneDBm0))
	}
	spec, ok := s.plan.Tone(name)
	if !ok {
		spec, _ = s.plan.Tone("congestion")
	}
	return tone.NewGenerator(spec, level.DBm0(s.FXS.ToneDBm0))
}

// unobtainable is the zone's tone for a number that does not exist. A special information tone that is played once, and
// would be followed by an announcement, is followed by congestion tone.
func (s *settings) unobtainable() tone.Spec {
	spec := s.plan.NumberUnobtainable()
	last := len(spec.Segments) - 1
	if last < 1 || spec.Segments[last].N != 0 || spec.Segments[last].Ms != 0 || !spec.Segments[last-1].Once {
		return spec
	}
	congestion, ok := s.plan.Tone("congestion")
	if !ok {
		return spec
	}
	segments := append([]tone.Segment(nil), spec.Segments[:last]...)
	segments = append(segments, tone.Segment{Ms: 500, Once: true})
	return tone.Spec{Segments: append(segments, congestion.Segments...)}
}

// detect translates what a machine listens for into what the pump shall look for.
func (l *Line) detect(d listen) span.Detect {
	out := span.Detect{Digits: d&listenDigits != 0, Fax: d&listenFax != 0, Voice: d&listenVoice != 0, CallerID: d&listenCallerID != 0,
		Alert: d&listenAlert != 0}
	switch {
	case d&listenTones != 0:
		out.Tones = l.m.set.progress
	case d&listenDialTone != 0:
		out.Tones = l.m.set.awaitDial
	}
	return out
}
