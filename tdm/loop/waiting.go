package loop

import (
	"tipring/dsp/callerid"
	"tipring/dsp/dtmf"
	"tipring/dsp/level"
	"tipring/dsp/tone"
	"tipring/tdm"
)

// round is how long one round of the zone's call-waiting tone sounds, in milliseconds: up to a pause of half a second.
func round(p *tone.Plan) int {
	spec, _ := p.Tone("callwaiting")
	sum, last := 0, 0
	for _, s := range spec.Segments {
		if s.N == 0 && s.Ms >= 500 {
			break
		}
		sum += s.Ms
		if s.N > 0 {
			last = sum
		}
	}
	return max(last, 1)
}

// A signal is a source and then silence without end.
type signal struct {
	src interface{ Read([]int16) int }
}

func (s signal) Read(dst []int16) int {
	n := s.src.Read(dst)
	clear(dst[n:])
	return len(dst)
}

// The driver's part of a second call.

// wait notes that the call of the Setup at hand waits.
func (l *Line) wait() { l.waiting, l.waitingSetup = l.setup, l.setupPrim }

// tellWaiting hands a primitive to the call that waits.
func (l *Line) tellWaiting(p tdm.Primitive) {
	c := l.waiting
	if c == nil {
		return
	}
	if p.Kind == tdm.Release {
		l.waiting = nil
	}
	l.says = append(l.says, saying{c, p})
}

// recall presents the call that waited to the idle telephone.
func (l *Line) recall() {
	c, p := l.waiting, l.waitingSetup
	l.waiting = nil
	l.follow = append(l.follow, func(l *Line) {
		l.setup, l.setupPrim = c, p
		l.fxsStep(fxsSetup, &input{prim: p, alert: l.plan(&p), recall: true})
	})
}

// alertWaiting plays the alerting signal.
func (l *Line) alertWaiting() {
	s := l.m.set
	l.play(0, signal{callerid.NewWaitingAlert(s.standard, level.DBm0(s.FXS.CallerIDDBm0))}, nil)
}

// sendWaiting plays the message of the call that waits.
func (l *Line) sendWaiting(at int64) {
	s := l.m.set
	m := l.message(&l.waitingSetup.Calling)
	l.play(at, callerid.NewWaitingMessage(s.standard, m, level.DBm0(s.FXS.CallerIDDBm0)), func(l *Line) { l.fxsStep(fxsBurstDone, &input{}) })
}

// acknowledge plays the digit that tells the exchange that we can read (GR-30-CORE: D, 55 to 65 ms).
func (l *Line) acknowledge() {
	l.play(0, signal{dtmf.NewSource("D", 60, 60, level.DBm0(l.m.set.FXO.DigitDBm0))}, nil)
}
