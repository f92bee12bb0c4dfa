package rtp

import (
	"sync/atomic"

	"tipring/dsp/level"
)

const (
	// Q.24: a digit and the pause after it are at least 40 ms for a receiver to be sure of them.
	minTone  = 320
	minPause = 320
	// An event without an end lasts for three update intervals more than it was reported to, since final reports can be lost;
	// an update interval counts as at least minUpdate and at most maxUpdate (RFC 4733 §2.6.1: 50 ms is usual).
	minUpdate = 160
	maxUpdate = 400
	unheard   = 3
	// lead is by how much longer than the audio a tone waits, so that it ends in time although two of three final reports that
	// are 20 ms apart were lost.
	lead = 320
	// echoTime is how long after a tone its echo may be found on the line: the card's own delay, the longest tail that a
	// canceller has, 128 ms, and the detector's time.
	echoTime = 2400
	// A received level is kept within what a Q.24 receiver takes: each tone -6 to -25 dBm0.
	loudest, faintest = level.DBm0(-6), level.DBm0(-25)
)

// A received is one telephone-event of the peer.
type received struct {
	code    uint8
	volume  uint8
	final   bool
	ts      uint32 // of its beginning
	segment uint32 // timestamp of the present segment
	closed  uint32 // samples in earlier segments
	dur     uint32 // known duration
	update  uint32 // interval between reports, once known
	known   bool
	heard   int64 // card sample of the last report
	start   int64 // card sample at which the tone begins
	begun   bool
}

// A tones turns the telephone-events of the peer into tones for the line, each of the duration reported. It belongs to the
// pump.
//
// A tone begins 40 ms after the audio that the peer sent together with the first report would be played out, so that reports
// lead it and its end is known in time. From the first report on until its end nothing else is
// heard, and audio with timestamps within an event is not played, so that a tone which the peer left in the audio as well
// does not make two digits.
type tones struct {
	queue   [16]received
	n       int
	newest  uint32 // timestamp of the newest event
	any     bool
	ranges  [4]span32 // events that are over
	next    int
	tone    touchTone
	quiet   int64 // card sample just after the last one that had a tone, when sounded
	sounded bool
	count   atomic.Uint64
	tell    func(Event)
}

// A span32 is a range of timestamps.
type span32 struct{ from, len uint32 }

func (s span32) holds(ts uint32) bool { return ts-s.from < s.len }

func (t *tones) reset() {
	t.n, t.any, t.sounded = 0, false, false
	t.ranges = [4]span32{}
}

// report takes one report that came at card sample at; delay is the play-out delay of what comes with it.
func (t *tones) report(at int64, ts uint32, marker bool, te telephoneEvent, delay int64) {
	if t.n > 0 {
		e := &t.queue[t.n-1]
		if ts == e.segment {
			t.update(at, e, te)
			return
		}
		if !marker && !e.final && te.event == e.code && ts == e.segment+(e.dur-e.closed) { // the next segment, §2.5.1.3
			e.closed, e.segment, t.newest = e.dur, ts, ts
			t.update(at, e, te)
			return
		}
	}
	if t.any && int32(ts-t.newest) <= 0 {
		return // a report of an event that is over, once more or out of order
	}
	t.any, t.newest = true, ts
	if te.event > eventFlash {
		if name, ok := faxTones[te.event]; ok {
			t.tell(Event{Kind: FaxTone, At: at, Tone: name})
		}
		return
	}
	if te.event == eventFlash {
		t.tell(Event{Kind: Flash, At: at})
		return
	}
	t.close(at)
	if t.n == len(t.queue) {
		return
	}
	e := received{
		code: te.event, volume: te.volume, ts: ts, segment: ts, update: maxUpdate,
		start: max(at, at+delay+lead-int64(te.duration)),
	}
	if t.n > 0 {
		last := &t.queue[t.n-1]
		e.start = max(e.start, last.end()+minPause)
	}
	t.queue[t.n] = e
	t.n++
	t.count.Add(1)
	t.tell(Event{Kind: Digit, Digit: eventDigits[te.event], At: at})
	t.update(at, &t.queue[t.n-1], te)
}

func (t *tones) update(at int64, e *received, te telephoneEvent) {
	if te.event != e.code || e.final {
		return
	}
	e.heard = at
	dur := e.closed + uint32(te.duration)
	if dur > e.dur {
		switch step := max(minUpdate, min(maxUpdate, dur-e.dur)); {
		case e.dur == 0:
		case !e.known:
			e.update, e.known = step, true
		default:
			e.update = max(e.update, step)
		}
		e.dur = dur
	}
	if te.end {
		t.finish(at, e)
	}
}

// close ends the newest event, because the next one has begun or no more reports come.
func (t *tones) close(at int64) {
	if t.n > 0 && !t.queue[t.n-1].final {
		t.finish(at, &t.queue[t.n-1])
	}
}

func (t *tones) finish(at int64, e *received) {
	e.final = true
	t.ranges[t.next] = span32{e.ts, e.dur}
	t.next = (t.next + 1) % len(t.ranges)
	t.tell(Event{Kind: DigitEnd, Digit: eventDigits[e.code], At: at, Dur: int(e.dur)})
}

func (e *received) hold() int64 { return int64(unheard * e.update) }

// end returns the card sample at which the tone ends as far as is known.
func (e *received) end() int64 {
	n := int64(e.dur)
	if !e.final {
		n += e.hold()
	}
	return e.start + max(n, minTone)
}

// covers reports whether the sample with timestamp ts belongs to an event.
func (t *tones) covers(ts uint32) bool {
	for _, r := range t.ranges {
		if r.holds(ts) {
			return true
		}
	}
	for i := range t.queue[:t.n] {
		if e := &t.queue[i]; !e.final && ts-e.ts < e.dur+uint32(e.hold()) {
			return true
		}
	}
	return false
}

// echoes reports whether a tone found on the line at card sample at may be the echo of one of these.
func (t *tones) echoes(at int64) bool { return t.sounded && at < t.quiet+echoTime }

// play puts tones over the block that begins at card sample at.
func (t *tones) play(at int64, tx []int16) {
	if t.n == 0 {
		return
	}
	if e := &t.queue[t.n-1]; !e.final && at-e.heard >= e.hold() {
		t.finish(at, e)
	}
	end := at + int64(len(tx))
	for t.n > 0 && at < end {
		e := &t.queue[0]
		out := tx[int64(len(tx))-(end-at):]
		if at < e.start {
			k := min(int64(len(out)), e.start-at)
			clear(out[:k])
			at += k
			continue
		}
		if !e.begun {
			e.begun = true
			each := max(faintest, min(loudest, -level.DBm0(e.volume)-3))
			t.tone.start(eventDigits[e.code], each)
		}
		if k := min(int64(len(out)), e.end()-at); k > 0 {
			t.tone.read(out[:k])
			at += k
			t.quiet, t.sounded = at, true
		}
		if at < e.end() {
			continue
		}
		if !e.final { // the end may yet be reported
			clear(tx[int64(len(tx))-(end-at):])
			return
		}
		t.n--
		copy(t.queue[:], t.queue[1:t.n+1])
	}
}
