package emu

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tipring/dsp/g711"
	"tipring/dsp/tone"
	"tipring/tdm"
	"tipring/tdm/hdlc"
	"tipring/tdm/q931"
)

// ISDNConfig describes the ISDN switch at the far end of a span.
type ISDNConfig struct {
	Framing tdm.Framing
	Variant string // q931.Variants; "" is euroisdn on E1 and ni2 elsewhere
	// User has the switch be the user's side, so that ours is the network's.
	User bool
	Zone string // country of its tones; "us" when empty
	// AnswerMs is how long a called party rings before it answers by itself; below 0: Answer does it. 0 means 3000.
	AnswerMs int
	// Lines is how many lines the switch has (NFAS), 1 when 0; DChannels are those with a D channel, the first when empty.
	Lines     int
	DChannels []int
	IDs       []int // identifiers of the lines in channel identifications; from 0 when empty
	// Digits is how many digits a number has: of a shorter one the switch asks for more (overlap), or has none when the caller
	// says that it is complete. 0: any number is complete.
	Digits int
}

// An ISDNSwitch is a switch with a primary rate access (package q931): it takes calls to any number, rings and answers them, and
// makes calls. Everything happens in Exchange of its lines, by the first one's count of milliseconds. It implements Switch for a
// switch with one line.
type ISDNSwitch struct {
	d       uint8 // timeslot of the D channels
	law     g711.Law
	zone    *tone.Plan
	after   int // AnswerMs
	digits  int
	link    *q931.Link
	running sync.Mutex  // guards what follows, for lines of different cards
	lines   []*isdnLine // as the link's interfaces
	coders  []*isdnLine // those with a D channel
	ms      int64
	calls   []*isdnCall // in the order of their beginning

	stage
}

// An isdnCall is a call of the switch with its user.
type isdnCall struct {
	id       q931.CallID
	ch       tdm.Channel
	number   string // of the other side
	called   string
	name     string
	incoming bool // to the switch
	clear    bool // octets and no sound: they go back
	state    string
	answerAt int64
	dial     string // digits that are still to be sent
	dialAt   int64
	dialGap  int64
	talk
}

// ISDNStatus is what can be seen of a switch; the keys of its JSON form are fixed.
type ISDNStatus struct {
	Span  string           `json:"span"`
	Up    bool             `json:"up"`   // the D channel
	Busy  bool             `json:"busy"` // every number is
	Tones bool             `json:"tones"`
	Out   int              `json:"out_of_service"` // B channels that the gateway says are
	Calls []ISDNCallStatus `json:"calls"`
	Line  FarStatus        `json:"line"`
}

// ISDNCallStatus is one call of a switch.
type ISDNCallStatus struct {
	Direction string `json:"direction"` // "in" to the switch, "out" of it
	Line      int    `json:"line"`      // of the switch, from 0
	Timeslot  int    `json:"timeslot"`
	Data      bool   `json:"data"` // 64 kbit/s unrestricted: octets come back
	From      string `json:"from"`
	To        string `json:"to"`
	Name      string `json:"name"`
	State     string `json:"state"` // calling, ringing, talking
}

// NewISDNSwitch makes a switch.
func NewISDNSwitch(cfg ISDNConfig) (*ISDNSwitch, error) {
	variant, d, law := "euroisdn", uint8(16), g711.ALaw
	channels := q931.E1Channels
	if !cfg.Framing.E1() {
		variant, d, law, channels = "ni2", 24, g711.MuLaw, q931.T1Channels&^(1<<24)
	}
	i := slices.IndexFunc(q931.Variants, func(v q931.Variant) bool { return v.Name == or(cfg.Variant, variant) })
	if i < 0 {
		return nil, fmt.Errorf("emulated switch: there is no switch type %q", cfg.Variant)
	}
	plan, ok := tone.Zone(or(cfg.Zone, "us"))
	if !ok {
		return nil, fmt.Errorf("emulated switch: zone %q is not known", cfg.Zone)
	}
	if cfg.AnswerMs == 0 {
		cfg.AnswerMs = 3000
	}
	if len(cfg.DChannels) == 0 {
		cfg.DChannels = []int{0}
	}
	s := &ISDNSwitch{d: d, law: law, zone: plan, after: cfg.AnswerMs, digits: cfg.Digits, stage: newStage()}
	lc := q931.Config{
		Variant: q931.Variants[i], Network: !cfg.User, DChannels: cfg.DChannels, Overlap: q931.Variants[i].Overlap,
		Descending: true, // the gateway hunts upwards
		Explicit:   cfg.Lines > 1,
	}
	for k := range max(1, cfg.Lines) {
		line := &isdnLine{s: s, index: k}
		s.lines = append(s.lines, line)
		x := q931.Interface{ID: k, Channels: channels}
		if k < len(cfg.IDs) {
			x.ID = cfg.IDs[k]
		}
		if !slices.Contains(cfg.DChannels, k) {
			x.Channels |= 1 << d
		}
		lc.Interfaces = append(lc.Interfaces, x)
	}
	if err := lc.Validate(); err != nil {
		return nil, fmt.Errorf("emulated switch: %w", err)
	}
	s.link = q931.New(lc)
	for n, k := range cfg.DChannels {
		line := s.lines[k]
		line.enc = hdlc.NewEncoder(hdlc.Config{})
		line.dec = hdlc.NewDecoder(hdlc.Config{}, func(frame []byte) { s.apply(s.link.Frame(s.now(), n, frame)) })
		s.coders = append(s.coders, line)
	}
	return s, nil
}

func (s *ISDNSwitch) now() time.Duration { return time.Duration(s.ms) * time.Millisecond }

// Exchange implements Switch for the first line.
func (s *ISDNSwitch) Exchange(tx, rx tdm.Block) { s.lines[0].Exchange(tx, rx) }

// Line implements lineWatcher for the first line.
func (s *ISDNSwitch) Line(up bool) { s.lines[0].Line(up) }

// At is what uses the far end of a line, counted from 0.
func (s *ISDNSwitch) At(line int) Switch { return s.lines[line] }

// An isdnLine is one of a switch's lines.
type isdnLine struct {
	s     *ISDNSwitch
	index int
	enc   *hdlc.Encoder // nil: no D channel
	dec   *hdlc.Decoder
}

// Exchange implements Switch.
func (l *isdnLine) Exchange(tx, rx tdm.Block) {
	s := l.s
	s.running.Lock()
	defer s.running.Unlock()
	if l.index == 0 {
		s.tick()
	}
	fill(tx.Data, s.law)
	if l.dec != nil {
		l.dec.Write(rx.Slot(int(s.d) - 1))
	}
	for _, c := range s.calls {
		if int(c.ch.Interface) == l.index {
			s.audio(c, tx, rx)
		}
	}
	if l.enc != nil {
		l.enc.Read(tx.Slot(int(s.d) - 1))
	}
}

// Line implements lineWatcher: the D channel of a line that does not work is down at once.
func (l *isdnLine) Line(up bool) {
	s := l.s
	s.running.Lock()
	defer s.running.Unlock()
	if d := slices.Index(s.coders, l); d >= 0 {
		s.apply(s.link.Line(s.now(), d, up))
	}
}

// tick is a millisecond of the switch.
func (s *ISDNSwitch) tick() {
	if s.ms++; s.ms == 1 {
		s.apply(s.link.Start(s.now()))
	}
	s.enter()
	if at, ok := s.link.Next(); ok && at <= s.now() {
		s.apply(s.link.Advance(s.now()))
	}
	for _, c := range s.calls {
		if c.answerAt > 0 && c.answerAt <= s.ms {
			c.answerAt = 0
			s.connect(c)
		}
		if c.dial != "" && c.dialAt > 0 && c.dialAt <= s.ms {
			s.dialNext(c)
		}
	}
}

func fill(octets []byte, law g711.Law) {
	for i := range octets {
		octets[i] = law.Silence()
	}
}

// audio carries a millisecond between a call's user and its B channel.
func (s *ISDNSwitch) audio(c *isdnCall, tx, rx tdm.Block) {
	if c.ch.Timeslot == 0 {
		return
	}
	slot := int(c.ch.Timeslot) - 1
	if c.clear {
		copy(tx.Slot(slot), rx.Slot(slot))
		return
	}
	c.exchange(s.law, tx.Slot(slot), rx.Slot(slot))
}

// apply does what the link wants.
func (s *ISDNSwitch) apply(out []q931.Output) {
	cleared := false
	for _, o := range slices.Clone(out) {
		switch o.Kind {
		case q931.ToLine:
			s.coders[o.D].enc.Send(o.Octets)
		case q931.Cleared:
			cleared = true
		}
	}
	type up struct {
		id q931.CallID
		ch tdm.Channel
		p  tdm.Primitive
	}
	var ups []up
	for _, o := range out {
		if o.Kind == q931.Up {
			ups = append(ups, up{o.Call, o.Channel, o.Primitive})
		}
	}
	for _, u := range ups { // which call the link again
		s.primitive(u.id, u.ch, u.p)
	}
	if cleared {
		s.apply(s.link.Confirm(s.now()))
	}
	s.publish()
}

// A call to the switch is proceeding and rings at once when its number is complete; one of its own goes on as the gateway says.
func (s *ISDNSwitch) primitive(id q931.CallID, ch tdm.Channel, p tdm.Primitive) {
	c := s.call(id)
	switch p.Kind {
	case tdm.Setup:
		c = &isdnCall{id: id, ch: ch, number: p.Calling.Digits, name: p.Calling.Name, called: p.Called, incoming: true, state: "ringing"}
		c.clear = p.ISDN != nil && p.ISDN.Bearer.Capability == unrestrictedDigital
		s.calls = append(s.calls, c)
		s.number(c, p)
	case tdm.SetupAck:
		if c != nil {
			c.ch, c.state, c.dialAt = ch, "dialling", s.ms+c.dialGap
		}
	case tdm.Information:
		if c != nil && c.state == "dialling" && c.incoming {
			if p.Digit != 0 {
				c.called += string(rune(p.Digit))
			}
			s.number(c, p)
		}
	case tdm.Proceeding:
		if c != nil {
			c.dial = ""
		}
	case tdm.Release:
		if c != nil {
			s.forget(c)
		}
	case tdm.Disconnect:
		if c != nil {
			s.down(c, tdm.Primitive{Kind: tdm.Disconnect, Cause: p.Cause})
		}
	case tdm.Alerting:
		if c != nil {
			c.ch, c.state = ch, "ringing"
		}
	case tdm.Connect:
		if c != nil {
			c.ch, c.state = ch, "talking"
		}
	}
}

// ringingLevel is that of the switch's ringing tone.
const ringingLevel = -13

func (s *ISDNSwitch) down(c *isdnCall, p tdm.Primitive) {
	s.apply(s.link.Primitive(s.now(), c.id, p))
}

func (s *ISDNSwitch) connect(c *isdnCall) {
	c.state, c.tone = "talking", nil
	s.down(c, tdm.Primitive{Kind: tdm.Connect})
}

func (s *ISDNSwitch) call(id q931.CallID) *isdnCall {
	for _, c := range s.calls {
		if c.id == id {
			return c
		}
	}
	return nil
}

func (s *ISDNSwitch) forget(c *isdnCall) {
	s.calls = slices.DeleteFunc(slices.Clone(s.calls), func(x *isdnCall) bool { return x == c })
	c.end()
}

// publish refreshes what others see.
func (s *ISDNSwitch) publish() {
	s.show(func(shown *ISDNStatus) {
		shown.Up, shown.Calls, shown.Out = s.link.Up(), make([]ISDNCallStatus, 0, len(s.calls)), 0
		for i := range s.lines {
			for t := range uint8(32) {
				if s.link.ChannelStatus(tdm.Channel{Interface: uint8(i), Timeslot: t}) == "out of service (far)" {
					shown.Out++
				}
			}
		}
		for _, c := range s.calls {
			st := ISDNCallStatus{Direction: "out", Line: int(c.ch.Interface), Timeslot: int(c.ch.Timeslot), Data: c.clear, From: c.number, To: c.called, Name: c.name, State: c.state}
			if c.incoming {
				st.Direction = "in"
			}
			shown.Calls = append(shown.Calls, st)
		}
	})
}

// Call makes a call from a number, with a name, to another.
func (s *ISDNSwitch) Call(ctx context.Context, from, name, to string) error {
	return s.place(ctx, isdnCall{number: from, name: name, called: to})
}

// place begins a call of the switch's.
func (s *ISDNSwitch) place(ctx context.Context, c isdnCall) error {
	to := c.called + c.dial
	if strings.Trim(to, "0123456789*#") != "" || to == "" || len(to) > maxDigits {
		return badRequest{fmt.Errorf("to %q: want 1 to %d digits", to, maxDigits)}
	}
	return s.do(ctx, func() error {
		x := &tdm.ISDN{Complete: c.dial == ""}
		if c.clear {
			x.Bearer.Capability = unrestrictedDigital
		}
		p := tdm.Primitive{Kind: tdm.Setup, Called: c.called, Calling: caller(c.number, c.name), ISDN: x}
		id, cause, out := s.link.Setup(s.now(), p)
		if cause != 0 {
			s.apply(out)
			return fmt.Errorf("no call: %v", cause)
		}
		c.id, c.state = id, "calling"
		s.calls = append(s.calls, &c)
		s.apply(out)
		return nil
	})
}

// Answer has the called party of the newest call that rings answer.
func (s *ISDNSwitch) Answer(ctx context.Context) error {
	return s.withNewest(ctx, "rings", func(c *isdnCall) bool { return c.incoming && c.state == "ringing" }, func(c *isdnCall) error {
		s.connect(c)
		return nil
	})
}

// Hangup has the switch's party of the newest call hang up.
func (s *ISDNSwitch) Hangup(ctx context.Context) error { return s.HangupCharged(ctx, nil) }

// HangupCharged is Hangup with an advice of charge, or nil.
func (s *ISDNSwitch) HangupCharged(ctx context.Context, g *tdm.Charge) error {
	return s.withNewest(ctx, "is up", func(*isdnCall) bool { return true }, func(c *isdnCall) error {
		p := tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing}
		if g != nil {
			p.ISDN = &tdm.ISDN{Charge: g, CauseLocation: 2}
		}
		s.down(c, p)
		return nil
	})
}

// Play has the switch's party of the newest call speak, to the end.
func (s *ISDNSwitch) Play(ctx context.Context, pcm []int16) error {
	return speak(ctx, s.withAudio, pcm)
}

// Record returns what the switch's party of the newest call hears in the next d, or to the end of the call.
func (s *ISDNSwitch) Record(ctx context.Context, d time.Duration) ([]int16, error) {
	return hear(ctx, s.withAudio, d)
}

func (s *ISDNSwitch) withAudio(ctx context.Context, f func(*talk) error) error {
	return s.withNewest(ctx, "has audio", talking, func(c *isdnCall) error { return f(&c.talk) })
}

func talking(c *isdnCall) bool { return c.state == "talking" || c.incoming }

func (s *ISDNSwitch) withNewest(ctx context.Context, what string, is func(*isdnCall) bool, f func(*isdnCall) error) error {
	return s.do(ctx, func() error {
		for _, c := range slices.Backward(s.calls) {
			if is(c) {
				return f(c)
			}
		}
		return fmt.Errorf("no call %s", what)
	})
}
