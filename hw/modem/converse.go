package modem

import (
	"fmt"
	"time"

	"tipring/dsp/tone"
	"tipring/tdm"
)

// converse begins a conversation.
func (a *audio) converse() error {
	if a.doing != nobody {
		return fmt.Errorf("conversation: the line is busy with something else")
	}
	a.doing, a.err, a.ended, a.done = conversing, nil, false, nil
	a.echo = nil
	if !a.l.m.cfg.NoEcho {
		a.echo = newEchoPath()
	}
	if a.l.d.Family == Cellular {
		return a.l.openAudio()
	}
	a.data(a.l.d.Duplex, duplex)
	return nil
}

// prefill is sent before anything has been heard, so that the modem does not run dry when we are late.
func (a *audio) prefill() {
	a.ahead, a.gap, a.heardAt = 8*a.l.m.cfg.PrefillMs, 0, a.l.m.now
	a.send(a.ahead)
}

// send gives n samples of silence to the modem.
func (a *audio) send(n int) {
	for n > 0 {
		k := min(n, len(a.block))
		clear(a.block[:k])
		a.send8(a.block[:k])
		a.echo.sent(a.block[:k])
		n -= k
	}
}

// underrun is the modem's word that it has run dry. It gets ahead by what it last made us wait, since samples that come in
// portions are paid back in portions, and a little more. What it lost moved the echo.
func (a *audio) underrun() {
	if a.doing != conversing || !a.live {
		return
	}
	more := int(a.gap/(time.Second/8000)) + 160 - a.ahead
	more = max(160, min(more, 8*BufferMs-a.ahead))
	a.ahead += more
	a.send(more)
	a.echo.moved()
}

// talk is one batch of a conversation: what has come goes to the gateway, and as much goes back. The modem's clock paces
// both, so that neither of its buffers drifts.
func (a *audio) talk(pcm []int16) {
	leg := a.l.call.leg
	at := a.heard - int64(len(pcm))
	for len(pcm) > 0 {
		n := min(len(pcm), len(a.block))
		a.echo.cancel(pcm[:n])
		amplify(pcm[:n], a.l.m.rxGain)
		leg.in.Write(at, pcm[:n])
		leg.out.Read(at, a.block[:n])
		amplify(a.block[:n], a.l.m.txGain)
		a.said.add(a.block[:n])
		if a.l.d.Family != Cellular && a.l.m.cmd.room() < len(a.l.m.eng.out)+2*len(a.block) {
			a.l.counts.Congested++
		} else {
			a.echo.sent(a.block[:n])
			a.send8(a.block[:n])
		}
		pcm = pcm[n:]
		at += int64(n)
	}
}

// send8 sends samples by the port that carries them.
func (a *audio) send8(pcm []int16) {
	if a.l.d.Family == Cellular {
		a.txLevel.Process(pcm)
		a.l.sendRaw(pcm)
		return
	}
	a.out(pcm)
}

// tone takes a finding of the tone detector.
func (a *audio) tone(e tone.Event) {
	l := a.l
	called := l.call != nil && !l.call.answered
	switch {
	case e.Kind == tone.Start:
		a.sounding = true
	case e.Kind == tone.End:
		a.sounding = false
	case e.Kind != tone.Recognised:
	case e.Name == "ring" && called && !a.ring:
		a.ring = true
		l.call.send(tdm.Primitive{Kind: tdm.Alerting, InBand: true})
	case e.Name == "busy", e.Name == "congestion":
		if called {
			l.hint(e.Name)
		} else {
			l.hint("tone")
		}
	case e.Name == "info" && called:
		l.hint("sit")
	case e.Name == "dial" && !called:
		l.hint("tone")
	}
}

// answerVoice is how many samples of voice, less a quarter of the silence between, count as an answer: many times what a
// tone sounds before it is known for one.
const answerVoice = 4800

// supervise looks whether the far party of our call speaks.
func (a *audio) supervise() {
	l := a.l
	if a.sounding {
		a.meter.loud = 0 // it is no voice
	}
	if l.d.Family == Cellular {
		return // the network tells
	}
	if l.call != nil && !l.call.answered && l.state == lineTalking && a.meter.loud >= answerVoice {
		l.answered("voice")
	}
}

// flash opens the loop for a moment. A conversation pauses meanwhile.
func (l *line) flash(done func(error)) {
	resume := l.audio.doing == conversing
	if l.audio.doing != nobody && !resume {
		done(ErrNotNow)
		return
	}
	l.seizedAt = l.after(2 * time.Second) // the loop's break is our own
	l.audio.stop(errCutOff)
	l.run([]string{l.d.Flash}, func(err error) {
		l.seizedAt = l.m.now
		if resume && l.state == lineTalking && l.call != nil {
			l.converse()
		}
		done(err)
	})
}
