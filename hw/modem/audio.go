package modem

import (
	"time"

	"tipring/dsp/dtmf"
	"tipring/dsp/level"
	"tipring/dsp/tone"
)

// An activity is what the audio of an off-hook line does.
type activity uint8

const (
	nobody  activity = iota
	playing          // half duplex, to the line
	taking           // half duplex, from it
	conversing
)

// pace is how often a prompt is fed, lead how far ahead of its time: what the modem and the system buffer.
const (
	pace = 20 * time.Millisecond
	lead = BufferMs * 8 // samples
)

// An audio is the sound of one line. It belongs to Run's goroutine.
type audio struct {
	l     *line
	doing activity
	live  bool // the modem has begun the data
	dec   *decoder
	enc   *encoder
	buf   []byte // what is encoded, before it is shielded
	block [160]int16

	// A prompt.
	src     Source
	breakIn bool
	broken  bool // a digit has come
	ended   bool // the source is at its end, or the play was stopped
	since   time.Time
	sent    int64 // samples
	nextAt  time.Time

	rec *recording

	done func(error)
	err  error // what done gets

	// A conversation.
	heard    int64 // samples from the line since the session began
	heardAt  time.Time
	gap      time.Duration // between the last two portions of samples
	ahead    int           // samples sent ahead of the modem's pace
	echo     *echoPath
	meter    silence
	said     silence      // the same of what goes to the line
	rxLevel  *level.Meter // of the line's audio, both ways
	txLevel  *level.Meter
	tones    *tone.Detector
	toneEv   []tone.Event
	ring     bool // ringing tone has been heard
	sounding bool // some tone is being heard

	digits struct {
		own      *dtmf.Detector
		evs      []dtmf.Event
		byModem  bool // the modem reports digits: its word counts
		shielded bool // between <DLE>/ and <DLE>~
		last     byte // reported inside the shielding
		pending  byte // our own finding that waits for its end
	}
}

func (a *audio) init(l *line) {
	a.l = l
	a.rxLevel, a.txLevel = level.NewMeter(0), level.NewMeter(0)
	a.toneEv = make([]tone.Event, 0, 16)
	a.digits.evs = make([]dtmf.Event, 0, 16)
}

// begin is called when the line has gone off hook.
func (a *audio) begin() {
	f := a.l.cap.Format
	a.dec, a.enc = newDecoder(f, a.pcm), newEncoder(f)
	a.tones = tone.NewDetector(a.l.m.plan)
	a.digits.own = dtmf.NewDetector(dtmf.Config{})
	a.digits.byModem, a.digits.shielded, a.digits.pending = false, false, 0
	a.meter, a.said, a.ring, a.sounding = silence{}, silence{}, false, false
	a.rxLevel.Reset()
	a.txLevel.Reset()
}

// clock is the number of samples that have come from the line.
func (a *audio) clock() int64 { return a.heard }

// play gives a prompt to the line.
func (a *audio) play(src Source, breakIn bool, done func(error)) {
	if !a.free(done) {
		return
	}
	a.doing, a.src, a.breakIn, a.broken, a.ended, a.sent = playing, src, breakIn, len(a.l.call.digits) > 0, false, 0
	if breakIn && a.broken {
		a.finish(nil)
		return
	}
	a.data(a.l.d.Play, transmit)
}

// record takes a message from the line.
func (a *audio) record(r *recording, done func(error)) {
	if a.free(done) {
		a.doing, a.rec, a.ended = taking, r, false
		a.data(a.l.d.Record, receive)
	}
}

// free reports whether the line has nothing else to do, and keeps done for the end if so.
func (a *audio) free(done func(error)) bool {
	if a.l.state != lineTalking || a.doing != nobody || a.l.cap.Format.Coding == unsupported || a.l.d.Family == Cellular || a.l.call.conversation {
		done(ErrNotNow)
		return false
	}
	a.done, a.err = done, nil
	return true
}

// data has the modem begin.
func (a *audio) data(text string, p phase) {
	l := a.l
	l.script.generation++ // nothing of an older script comes between
	l.whenIdle(l.script.generation, func() {
		l.m.eng.send(l.m.now, command{text: text, data: p, began: a.began, done: func(_ []string, err error) { a.dataEnded(err) }})
	})
}

func (a *audio) began() {
	a.live, a.since, a.nextAt = true, a.l.m.now, a.l.m.now
	if a.doing == conversing {
		a.prefill()
	}
	if a.doing == nobody { // stopped before it had begun
		a.l.m.eng.stop(a.l.m.now, true, 0)
	}
}

// dataEnded is the modem's final word on the data.
func (a *audio) dataEnded(err error) {
	a.live = false
	if a.dec != nil {
		a.dec.flush()
	}
	was := a.doing
	l := a.l
	asked := a.err != nil || a.ended || was == nobody
	if err == nil && was == conversing && !asked {
		err = finalError("the end of the conversation")
	}
	if _, ok := err.(finalError); ok && asked {
		err = nil
	}
	if err == nil && len(l.d.AfterPlay) > 0 && was == playing && l.state == lineTalking {
		l.run(l.d.AfterPlay, func(error) { a.finish(a.err) })
		return
	}
	if err == nil {
		err = a.err
	}
	a.finish(err)
	l.idled()
	if err != nil && a.err == nil && l.state == lineTalking {
		if f, ok := err.(finalError); ok && (f == "NO CARRIER" || f == "BUSY") {
			l.hint("carrier")
			return
		}
		l.reason = err
		l.event(lnFault)
	}
}

// finish tells whoever asked.
func (a *audio) finish(err error) {
	done := a.done
	a.done, a.doing, a.src, a.rec = nil, nobody, nil, nil
	if done != nil {
		done(err)
	}
}

// stop ends what is going on, at once; whoever asked for it gets err.
func (a *audio) stop(err error) {
	if a.l.d.Family == Cellular {
		a.l.closeAudio()
	}
	if a.doing == nobody {
		return
	}
	a.err, a.ended = err, true
	if a.live {
		a.l.m.eng.stop(a.l.m.now, true, 0)
		return
	}
	a.doing = nobody // it has not begun: began will see
	a.finish(err)
}

// close forgets the call's audio.
func (a *audio) close() {
	a.finish(errCutOff)
	a.live, a.err = false, nil
	a.echo = nil
}

// advance feeds a prompt.
func (a *audio) advance() {
	if a.doing != playing || !a.live || a.ended || a.l.m.now.Before(a.nextAt) {
		return
	}
	a.nextAt = a.l.m.now.Add(pace)
	if a.breakIn && a.broken {
		a.ended = true
		a.l.m.eng.stop(a.l.m.now, true, 0)
		return
	}
	allowed := int64(a.l.m.now.Sub(a.since)/(time.Second/8000)) + lead
	for a.sent < allowed {
		if a.l.m.cmd.room()-len(a.l.m.eng.out) < 4*len(a.block)*2 {
			a.l.counts.Congested++
			return // flow control: the modem has enough
		}
		n := a.src.Read(a.block[:])
		amplify(a.block[:n], a.l.m.txGain)
		a.out(a.block[:n])
		a.sent += int64(n)
		if n < len(a.block) {
			a.ended = true
			rest := time.Duration(a.sent)*(time.Second/8000) - a.l.m.now.Sub(a.since)
			a.l.m.eng.stop(a.l.m.now, false, max(0, rest))
			return
		}
	}
}

// due is when advance is wanted.
func (a *audio) due() time.Time {
	if a.doing == playing && a.live && !a.ended {
		return a.nextAt
	}
	return time.Time{}
}

// out sends samples to the modem.
func (a *audio) out(pcm []int16) {
	a.txLevel.Process(pcm)
	a.buf = a.enc.encode(a.buf[:0], pcm)
	a.l.m.eng.out = shield(a.l.m.eng.out, a.buf)
}

// octet takes one octet of sound from the line, fed ends a batch of them.
func (a *audio) octet(b byte) {
	if a.dec != nil {
		a.dec.octet(b)
	}
}

func (a *audio) fed() {
	if a.live && a.dec != nil {
		a.dec.pass()
	}
}

// pcm takes samples from the line.
func (a *audio) pcm(pcm []int16) {
	a.heard += int64(len(pcm))
	if a.l.state != lineTalking {
		return // what the modem had on its way when the call ended
	}
	if a.doing == conversing {
		if now := a.l.m.now; !now.Equal(a.heardAt) {
			a.gap, a.heardAt = now.Sub(a.heardAt), now
		}
		a.talk(pcm)
	} else {
		amplify(pcm, a.l.m.rxGain)
	}
	a.rxLevel.Process(pcm)
	a.meter.add(pcm)
	a.listen(pcm)
	if a.doing == taking && a.rec.add(pcm) && !a.ended {
		a.ended = true
		a.l.m.eng.stop(a.l.m.now, false, 0)
	}
	if s := a.l.m.cfg.SilenceAfter; s > 0 && a.doing == conversing && min(a.meter.quiet, a.said.quiet) >= int(s/(time.Second/8000)) {
		a.l.hint("silence")
	}
}

// listen looks for tones and digits.
func (a *audio) listen(pcm []int16) {
	a.toneEv = a.tones.Process(pcm, a.toneEv[:0])
	for _, e := range a.toneEv {
		a.tone(e)
	}
	a.digits.evs = a.digits.own.Process(pcm, a.digits.evs[:0])
	for _, e := range a.digits.evs {
		switch {
		case a.digits.byModem || a.doing == conversing: // in a conversation the gateway listens itself
		case e.Kind == dtmf.Start:
			a.digits.pending = e.Digit
		case e.Kind == dtmf.End && a.digits.pending != 0:
			d := a.digits.pending
			a.digits.pending = 0
			a.digit(d)
		}
	}
	a.supervise()
}

// codeDigit takes a digit that the modem has recognised. Inside the shielding it repeats while the tone lasts.
func (a *audio) codeDigit(d byte) {
	a.digits.byModem, a.digits.pending = true, 0
	if a.digits.shielded {
		if d == a.digits.last {
			return
		}
		a.digits.last = d
	}
	if a.doing != conversing {
		a.digit(d)
	}
}

func (a *audio) shielding(on bool) { a.digits.shielded, a.digits.last = on, 0 }

// digit is one of the far party's.
func (a *audio) digit(d byte) {
	c := a.l.call
	if c == nil {
		return
	}
	if a.doing == taking && a.rec.ends(d) {
		if !a.ended {
			a.ended = true
			a.rec.finish(RecordDigit)
			a.l.m.eng.stop(a.l.m.now, false, 0)
		}
		return
	}
	c.digit(d)
	if a.doing == playing {
		a.broken = true
		if a.live {
			a.nextAt = a.l.m.now
		}
	}
}

// modemSilence is the modem's word that nobody speaks any more. A recording ends; in a conversation it may be the far
// party that listens.
func (a *audio) modemSilence() {
	if a.doing == taking && !a.ended {
		a.ended = true
		a.rec.finish(RecordSilence)
		a.l.m.eng.stop(a.l.m.now, false, 0)
	}
}
