package modemtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/dsp/dtmf"
	"tipring/hw/emu"
	"tipring/hw/modem"
	"tipring/tdm"
)

// Run holds a model of modem to everything that a line has to do.
func Run(t *testing.T, model string) {
	scenes := []struct {
		name string
		kind kind
		edit func(*emu.ModemConfig, *modem.Config)
		f    func(*Bench)
	}{
		{"capability", any, nil, capability},
		{"caller ID", any, nil, callerID},
		{"private", any, nil, private},
		{"damaged caller ID", wired, nil, damaged},
		{"abandoned", any, nil, abandoned},
		{"declined", any, nil, declined},
		{"incoming conversation", full, nil, incoming},
		{"outgoing conversation", full, nil, outgoing},
		{"busy", full, nil, busy},
		{"no dial tone", wiredFull, func(c *emu.ModemConfig, _ *modem.Config) { c.Line.Script.NoDialTone = true }, noDialTone},
		{"hang-up hints", wiredFull, func(_ *emu.ModemConfig, c *modem.Config) { c.SilenceAfter, c.Limit = 5*time.Second, 40*time.Second }, hints},
		{"flash", wiredFull, nil, flash},
		{"refused conversation", half, nil, refused},
		{"untaken", any, func(_ *emu.ModemConfig, c *modem.Config) { c.Attend, c.NewPipe = nil, nil }, untaken},
		{"in use", any, nil, inUse},
		{"message", message, func(_ *emu.ModemConfig, c *modem.Config) {
			c.Attend = func(context.Context, *modem.Call, tdm.Primitive) {} // the scene has its own
		}, takeMessage},
		{"torn reads", any, nil, torn},
		{"rubbish", any, nil, rubbish},
	}
	for _, s := range scenes {
		if !s.kind.fits(model) {
			continue
		}
		t.Run(s.name, func(t *testing.T) { Scene(t, model, s.edit, s.f) })
	}
	t.Run("faults", func(t *testing.T) { faults(t, model) })
}

// A kind is which modems a scene is for.
type kind uint8

const (
	any       kind = iota
	wired          // not cellular
	full           // that can hold a conversation
	wiredFull      // both
	half           // half duplex
	message        // that can play and record
)

func (k kind) fits(id string) bool {
	for _, m := range emu.ModemModels() {
		if m.ID != id {
			continue
		}
		switch k {
		case wired, message:
			return !m.Cellular
		case full:
			return m.Cellular || m.Duplex
		case wiredFull:
			return m.Duplex
		case half:
			return !m.Cellular && !m.Duplex
		}
	}
	return true
}

// capability: the modem is known for what it is, and the gateway says what it is good for.
func capability(b *Bench) {
	s := b.State("idle")
	m := b.Emu.Model()
	c := s.Capability
	if c.Dialect != m.ID && c.Dialect != m.Dialect {
		b.T.Errorf("dialect %s by %s", c.Dialect, c.By)
	}
	if m.Formats[map[bool]string{true: "", false: fmt.Sprint(c.Format.Number)}[m.Cellular]] != string(c.Format.Coding) {
		b.T.Errorf("format %+v of %v", c.Format, m.Formats)
	}
	if want := m.Cellular || m.Duplex; s.Conversation != want || (s.WhyNot == "") != want || c.Uses() == "" {
		b.T.Errorf("conversation %v, why not: %q; %s", s.Conversation, s.WhyNot, c.Uses())
	}
}

// ring has the line rung and returns the call. A half-duplex line offers its calls to whoever attends it.
func (b *Bench) ring(opts ...emu.RingOption) *Party {
	b.T.Helper()
	b.State("idle")
	b.Must(b.Office.Ring("5550199", "BOB", opts...))
	return b.Incoming()
}

func callerID(b *Bench) {
	p := b.ring(emu.CalledAt(time.Date(2026, 7, 9, 21, 5, 0, 0, time.UTC)))
	if c := p.Setup.Calling; p.Setup.Kind != tdm.Setup || c.Digits != "5550199" || c.Presentation != tdm.Allowed || !b.Emu.Model().Cellular && (c.Name != "BOB" || p.Call.CallerTime != "07092105") {
		b.T.Errorf("%+v, at %q", p.Setup, p.Call.CallerTime)
	}
}

func private(b *Bench) {
	if p := b.ring(emu.Present(tdm.Restricted)); p.Setup.Calling.Presentation != tdm.Restricted || p.Setup.Calling.Digits != "" {
		b.T.Errorf("%+v", p.Setup)
	}
}

// damaged: a message with a wrong checksum is no caller's, and the call is offered all the same.
func damaged(b *Bench) {
	if p := b.ring(emu.BadChecksum()); p.Setup.Calling.Digits != "" || p.Setup.Calling.Presentation != tdm.Unavailable {
		b.T.Errorf("%+v", p.Setup)
	}
}

func abandoned(b *Bench) {
	p := b.ring(emu.AbandonAfter(9 * time.Second))
	if v := p.Up(b.T); v.Kind != tdm.Release || v.Detector != "ring" {
		b.T.Errorf("%+v", v)
	}
	if s := b.State("idle"); s.Counters.Abandoned != 1 {
		b.T.Errorf("%+v", s.Counters)
	}
}

// declined: a call that nobody wants rings on until the caller gives up, and the line is idle then.
func declined(b *Bench) {
	p := b.ring(emu.AbandonAfter(20 * time.Second))
	p.Call.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUserBusy})
	if v := p.Up(b.T); v.Kind != tdm.Release {
		b.T.Errorf("%+v", v)
	}
	b.State("declined")
	b.State("idle")
	if s := b.Office.Status(); s.Hook != "on" {
		b.T.Errorf("%+v", s)
	}
}

// both talks in both directions at once and compares each with what was said.
func (b *Bench) both(leg *modem.Leg, least float64) {
	b.T.Helper()
	in, out := dsptest.Speech(11, -18, 8*8000), dsptest.Speech(12, -18, 8*8000)
	// Both pipes learn in the first seconds in what portions the modem takes and gives.
	b.Talk(leg, dsptest.Speech(13, -18, 5*8000))
	heard := make(chan []int16)
	go func() {
		pcm, err := b.Office.Record(b.T.Context(), 9500*time.Millisecond)
		if err != nil {
			b.T.Error(err)
		}
		heard <- pcm
	}()
	// The two sides take turns: what is compared is the path, not the canceller.
	go func() {
		time.Sleep(9 * time.Second)
		if err := b.Office.Play(b.T.Context(), in); err != nil {
			b.T.Error(err)
		}
	}()
	back := b.Talk(leg, append(out, make([]int16, 9*8000)...))
	if c, lag, n := dsptest.SpeechCorrelation(out, <-heard); c < least {
		b.T.Errorf("to the line: correlation %.3f over %d windows, %d ms late", c, n, lag/8)
	}
	if c, lag, n := dsptest.SpeechCorrelation(in, back[8*8000:]); c < least {
		b.T.Errorf("from the line: correlation %.3f over %d windows, lag %d ms", c, n, lag/8)
	}
}

func incoming(b *Bench) {
	p := b.ring()
	p.Call.Send(tdm.Primitive{Kind: tdm.Connect})
	b.State("talking")
	b.await(emu.OffHook)
	b.both(p.Call.Leg(), 0.9)
	p.Call.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
	if v := p.Up(b.T); v.Kind != tdm.Release || v.Cause != tdm.CauseNormalClearing {
		b.T.Errorf("%+v", v)
	}
	b.await(emu.OnHook)
	if s := b.State("idle"); s.Counters.Answered != 1 || s.Counters.Timeouts != 0 || s.Counters.Unexpected != 0 || s.Counters.Congested != 0 {
		b.T.Errorf("%+v", s.Counters)
	}
}

func (b *Bench) await(cond func(emu.Status) bool) emu.Status {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.T.Context(), 2*time.Minute)
	defer cancel()
	s, err := b.Office.Await(ctx, cond)
	if err != nil {
		b.T.Fatalf("%v: office %+v, line %+v", err, b.Office.Status(), b.Modem.Status())
	}
	return s
}

func outgoing(b *Bench) {
	b.State("idle")
	p := b.Dial("5551234")
	b.await(emu.Digits("5551234"))
	p.Await(b.T, tdm.Proceeding)
	stop := b.keepTalking(p.Call.Leg())
	p.Await(b.T, tdm.Alerting)
	b.Must(b.Office.Answer())
	if !b.Emu.Model().Cellular {
		b.Must(b.Office.Play(b.T.Context(), dsptest.Speech(3, -18, 3*8000)))
	}
	if v := p.Await(b.T, tdm.Connect); v.AnswerBasis == "" || v.AnswerBasis == "time" {
		b.T.Errorf("%+v", v)
	}
	stop()
	b.both(p.Call.Leg(), 0.9)
	b.Must(b.Office.Hangup(emu.SignalTone))
	stop = b.keepTalking(p.Call.Leg())
	defer stop()
	if v := p.Await(b.T, tdm.Release); v.Detector == "" {
		b.T.Errorf("%+v", v)
	}
	b.State("idle")
}

// keepTalking runs the gateway's clock with silence until the function that it returns is called.
func (b *Bench) keepTalking(leg *modem.Leg) func() {
	ctx, cancel := context.WithCancel(b.T.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		rx, tx := make([]int16, 80), make([]int16, 80)
		for {
			leg.Tick(b.clock.Add(80), tx, rx)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

func busy(b *Bench) {
	b.State("idle")
	b.Must(b.Office.Busy(true))
	p := b.Dial("5551234")
	defer b.keepTalking(p.Call.Leg())()
	v := p.Await(b.T, tdm.Release)
	if !b.Emu.Model().Cellular && v.Cause != tdm.CauseUserBusy {
		b.T.Errorf("%+v", v)
	}
	b.State("idle")
	b.await(emu.OnHook)
}

func noDialTone(b *Bench) {
	b.State("idle")
	if v := b.Dial("5551234").Await(b.T, tdm.Release); v.Cause != tdm.CauseNetworkOutOfOrder {
		b.T.Errorf("%+v", v)
	}
	b.State("idle")
	b.await(emu.OnHook)
}

// hints: the far party goes in every way there is, and the line is on hook afterwards.
func hints(b *Bench) {
	for _, c := range []struct {
		how  string
		gone func()
		want string
	}{
		{"current", func() { b.Must(b.Office.Hangup(emu.SignalCPC)) }, "loop"},
		{"polarity", func() { b.Must(b.Office.Hangup(emu.SignalPolarity)) }, "loop"},
		{"tone", func() { b.Must(b.Office.Hangup(emu.SignalTone)) }, ""}, // the modem's word or our own detector
		{"silence", func() { b.Must(b.Office.Hangup(emu.SignalNone)) }, "silence"},
		{"limit", func() { go b.Office.Play(b.T.Context(), dsptest.Speech(5, -18, 60*8000)) }, "limit"},
	} {
		p := b.ring()
		p.Call.Send(tdm.Primitive{Kind: tdm.Connect})
		b.State("talking")
		stop := b.keepTalking(p.Call.Leg())
		time.Sleep(2 * time.Second)
		c.gone()
		v := p.Await(b.T, tdm.Release)
		stop()
		if c.want != "" && v.Detector != c.want || v.Detector == "" {
			b.T.Errorf("%s: %+v", c.how, v)
		}
		b.await(emu.OnHook)
		b.State("idle")
		time.Sleep(2 * time.Second) // until the exchange takes the open loop for no flash
	}
}

func flash(b *Bench) {
	p := b.ring()
	p.Call.Send(tdm.Primitive{Kind: tdm.Connect})
	b.State("talking")
	stop := b.keepTalking(p.Call.Leg())
	time.Sleep(2 * time.Second)
	b.Must(p.Call.Flash(b.T.Context()))
	b.await(func(s emu.Status) bool { return s.Digits == "!" })
	stop()
	b.both(p.Call.Leg(), 0.9) // it goes on
}

func refused(b *Bench) {
	b.State("idle")
	if v := b.Dial("5551234").Up(b.T); v.Kind != tdm.Release || v.Cause != tdm.CauseBearerNotImplemented {
		b.T.Errorf("%+v", v)
	}
	if s := b.Modem.Status(); s.State != "idle" || s.Counters.Refused != 1 || s.WhyNot == "" || s.Conversation {
		b.T.Errorf("%+v", s)
	}
}

// untaken: a call that comes in on a line that cannot hold a conversation, and that nobody attends, is left to ring.
func untaken(b *Bench) {
	b.State("idle")
	b.Must(b.Office.Ring("5550199", "BOB", emu.AbandonAfter(15*time.Second)))
	b.State("declined")
	b.State("idle")
}

// inUse: while a call is there, and with a number that is none, a call is refused and the line does not move.
func inUse(b *Bench) {
	b.State("idle")
	for _, number := range []string{"", "555;H1", "5\rATZ", "sip:5"} {
		if v := b.Dial(number).Up(b.T); v.Kind != tdm.Release || v.Cause != tdm.CauseInvalidNumber && v.Cause != tdm.CauseBearerNotImplemented {
			b.T.Errorf("%q: %+v", number, v)
		}
	}
	p := b.ring(emu.AbandonAfter(12 * time.Second))
	if v := b.Dial("5551234").Up(b.T); v.Kind != tdm.Release || v.Cause != tdm.CauseCircuitUnavailable && v.Cause != tdm.CauseBearerNotImplemented {
		b.T.Errorf("%+v", v)
	}
	p.Await2(b.T)
	b.State("idle")
}

// Await2 waits for the Release.
func (p *Party) Await2(t *testing.T) tdm.Primitive {
	t.Helper()
	for {
		if v := p.Up(t); v.Kind == tdm.Release {
			return v
		}
	}
}

// takeMessage is an answering machine: a prompt, a menu of one digit, a message, a good-bye.
func takeMessage(b *Bench) {
	prompt, said := dsptest.Speech(31, -16, 6*8000), dsptest.Speech(32, -16, 6*8000)
	type result struct {
		pcm []int16
		end modem.RecordEnd
		err error
	}
	results := make(chan result, 1)
	b.SetAttend(func(ctx context.Context, c *modem.Call, _ tdm.Primitive) {
		var r result
		defer func() { results <- r }()
		if r.err = c.Rings(ctx, 2); r.err != nil {
			return
		}
		if r.err = c.Answer(ctx); r.err != nil {
			return
		}
		if r.err = c.Play(ctx, &pcmSource{prompt}, false); r.err != nil {
			return
		}
		d, err := c.Digit(ctx)
		if r.err = err; err != nil {
			return
		}
		if d != '7' {
			r.err = fmt.Errorf("digit %q", d)
			return
		}
		// A prompt that is broken into ends early.
		began := time.Now()
		if r.err = c.Play(ctx, &pcmSource{dsptest.Speech(33, -16, 20*8000)}, true); r.err != nil {
			return
		}
		if took := time.Since(began); took > 8*time.Second {
			r.err = fmt.Errorf("the prompt went on for %v after the digit", took)
			return
		}
		if d, _ := c.Digit(ctx); d != '2' {
			r.err = fmt.Errorf("digit %q breaks in", d)
			return
		}
		r.pcm, r.end, r.err = c.Record(ctx, modem.Record{Samples: 30 * 8000, Silence: 3 * 8000})
	})
	b.State("idle")
	b.Must(b.Office.Ring("5550199", "BOB"))
	b.await(emu.OffHook)
	heard, err := b.Office.Record(b.T.Context(), 9*time.Second)
	b.Must(err)
	if c, _, n := dsptest.SpeechCorrelation(prompt, heard); c < 0.9 {
		b.T.Errorf("the prompt: correlation %.3f over %d windows", c, n)
	}
	press := func(d string) {
		pcm := make([]int16, 1600)
		dtmf.NewSource(d, 100, 100, -10).Read(pcm)
		b.Must(b.Office.Play(b.T.Context(), pcm))
	}
	press("7")
	time.Sleep(4 * time.Second)
	press("2")
	time.Sleep(2 * time.Second)
	b.Must(b.Office.Play(b.T.Context(), said))
	var r result
	select {
	case r = <-results:
	case <-time.After(2 * time.Minute):
		b.T.Fatalf("no message within two minutes: office %+v, line %+v", b.Office.Status(), b.Modem.Status())
	}
	if r.err != nil || r.end != modem.RecordSilence {
		b.T.Fatalf("%v, the recording ended by %q", r.err, r.end)
	}
	if c, _, n := dsptest.SpeechCorrelation(said, r.pcm); c < 0.9 {
		b.T.Errorf("the message: correlation %.3f over %d windows", c, n)
	}
	b.await(emu.OnHook)
	if s := b.State("idle"); s.Counters.Timeouts != 0 || s.Counters.Underruns != 0 {
		b.T.Errorf("%+v", s.Counters)
	}
}

// A pcmSource plays samples once.
type pcmSource struct{ pcm []int16 }

// Read implements modem.Source.
func (s *pcmSource) Read(dst []int16) int {
	n := copy(dst, s.pcm)
	s.pcm = s.pcm[n:]
	return n
}

// torn: octets that come one at a time, and then late, change nothing.
func torn(b *Bench) {
	b.State("idle")
	b.Far().Torn(1)
	p := b.ring()
	if p.Setup.Calling.Digits != "5550199" {
		b.T.Errorf("%+v", p.Setup)
	}
	p.Call.Send(tdm.Primitive{Kind: tdm.Connect})
	if !full.fits(b.Emu.Model().ID) {
		return
	}
	b.State("talking")
	stop := b.keepTalking(p.Call.Leg())
	time.Sleep(2 * time.Second)
	for range 5 { // reads that come up to 500 ms late
		b.Far().Stall(true)
		time.Sleep(modem.BufferMs * time.Millisecond)
		b.Far().Stall(false)
		time.Sleep(time.Second)
	}
	stop()
	p.Call.Send(tdm.Primitive{Kind: tdm.Disconnect})
	p.Await(b.T, tdm.Release)
	if s := b.State("idle"); s.Counters.Timeouts != 0 {
		b.T.Errorf("%+v", s.Counters)
	}
}

// rubbish among the results harms nothing: the line takes its next call.
func rubbish(b *Bench) {
	b.State("idle")
	noise := make([]byte, 600)
	for i := range noise {
		noise[i] = byte(i*i*7 + i>>3)
	}
	for _, s := range []string{"\r\nOK\r\nOK\r\nCONN", "\r\nERROR\r\n\x10\x03\x10", string(noise), "\r\nNO CARRIER\r\n\x10b\x10s\r\n", "VCON\r\nRINGRINGNMBR=\r\nMESG=zz\r\nNMBR = \x01\x02;DROP\r\n"} {
		b.Emu.Rubbish([]byte(s))
		time.Sleep(3 * time.Second)
	}
	time.Sleep(20 * time.Second)
	for len(b.calls) > 0 {
		<-b.calls
	}
	if p := b.ring(); p.Setup.Calling.Digits != "5550199" {
		b.T.Errorf("%+v", p.Setup)
	}
}
