package cas_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/dsp/dsptest"
	"tipring/dsp/level"
	"tipring/hw/emu"
	"tipring/tdm"
	"tipring/tdm/cas"
	"tipring/tdm/hunt"
	"tipring/tdm/pri"
	"tipring/tdm/span"
)

// A rig is one span with a switch behind it and a group on our side: bits are robbed or ride in timeslot 16, through both framers
// and the pulses between them.
type rig struct {
	*testing.T
	ctx   context.Context
	far   *emu.CASSwitch
	line  *emu.SpanFar
	pump  *span.Pump
	group *cas.Group
	calls chan *party
}

// A party is our user of a call: it keeps what it was told.
type party struct {
	*cas.Call
	setup tdm.Primitive
	up    chan tdm.Primitive
}

func (p *party) expect(t *testing.T, kind tdm.PrimitiveKind) tdm.Primitive {
	t.Helper()
	for {
		select {
		case got := <-p.up:
			if got.Kind == kind {
				return got
			}
			if got.Kind == tdm.Release {
				t.Fatalf("released with %v, want %v", got.Cause, kind)
			}
		case <-time.After(2 * time.Minute):
			t.Fatalf("no %v", kind)
		}
	}
}

// A protocol is a signalling with its two ends.
type protocol struct {
	name      string
	ours, far func(e1 bool) cas.Machine
	called    string // what the far end's call to 5551234 has as its number here
	farCalled string // what our call has there, if not its number
	calling   string // of a call from 2015550000 here
	noAnswer  bool   // the far end's answer is not to be seen
}

func em(start cas.EMStart, r cas.Register, hold bool) func(bool) cas.Machine {
	return func(e1 bool) cas.Machine {
		return cas.NewEM(cas.EMConfig{Config: cas.Config{E1: e1, Register: r, Hold: hold}, Start: start})
	}
}

func fxs(ground bool) func(bool) cas.Machine {
	return func(e1 bool) cas.Machine {
		return cas.NewFXS(cas.LoopConfig{Config: cas.Config{E1: e1, Complete: func(n string) bool { return len(n) == 7 }}, Ground: ground})
	}
}

func fxo(ground bool) func(bool) cas.Machine {
	return func(e1 bool) cas.Machine {
		return cas.NewFXO(cas.LoopConfig{Config: cas.Config{E1: e1, Number: "100"}, Ground: ground})
	}
}

var protocols = []protocol{
	{name: "em-immediate", ours: em(cas.Immediate, cas.DTMF, false), far: em(cas.Immediate, cas.DTMF, true), called: "5551234"},
	{name: "em-wink", ours: em(cas.Wink, cas.DTMF, false), far: em(cas.Wink, cas.DTMF, true), called: "5551234"},
	{name: "r1", ours: em(cas.Wink, cas.R1, false), far: em(cas.Wink, cas.R1, true), called: "5551234"},
	{name: "fgd", ours: em(cas.FGD, cas.R1, false), far: em(cas.FGD, cas.R1, true), called: "5551234", calling: "2015550000"},
	{name: "fgd-dtmf", ours: em(cas.FGD, cas.DTMF, false), far: em(cas.FGD, cas.DTMF, true), called: "5551234", calling: "2015550000"},
	{name: "fxs-loop", ours: fxs(false), far: fxo(false), called: "5551234", farCalled: "100"},
	{name: "fxs-ground", ours: fxs(true), far: fxo(true), called: "5551234", farCalled: "100"},
	{name: "fxo-loop", ours: fxo(false), far: fxs(false), called: "100", noAnswer: true},
	{name: "fxo-ground", ours: fxo(true), far: fxs(true), called: "100", noAnswer: true},
}

// scene runs a story in fake time. Afterwards no goroutine and no call is left.
func scene(t *testing.T, p protocol, f tdm.Framing, story func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		slots, code := []int{1, 2, 23, 24}, tdm.B8ZS
		if f.E1() {
			slots, code = []int{1, 15, 17, 31}, tdm.HDB3
		}
		far, err := emu.NewCASSwitch(emu.CASConfig{Framing: f, Timeslots: slots, Machine: func() cas.Machine { return p.far(f.E1()) }})
		if err != nil {
			t.Fatal(err)
		}
		card, err := emu.NewSpanCard(emu.SpanConfig{Name: "card", Spans: []emu.Span{
			{Name: "span1", Framing: f, LineCode: code, CAS: true, ClockPriority: 1, Switch: far},
		}})
		if err != nil {
			t.Fatal(err)
		}
		pump, err := span.New(span.Config{Card: card})
		if err != nil {
			t.Fatal(err)
		}
		r := &rig{T: t, ctx: t.Context(), far: far, line: card.Far("span1"), pump: pump, calls: make(chan *party, 64)}
		r.group, err = cas.NewGroup(cas.GroupConfig{
			Name: "span1", Pump: pump, Card: card, Timeslots: slots, Order: hunt.Ascending, Zone: "us", Echo: true,
			Machine: func() cas.Machine { return p.ours(f.E1()) },
			Incoming: func(c *cas.Call, setup tdm.Primitive) func(tdm.Primitive) {
				p := &party{Call: c, setup: setup, up: make(chan tdm.Primitive, 64)}
				r.calls <- p
				return func(x tdm.Primitive) { p.up <- x }
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		board := pri.NewBoard(pump, card)
		board.Listen(0, r.group)
		ctx, stop := context.WithCancel(context.Background())
		media, stopMedia := context.WithCancel(context.Background())
		var signalling, pumps sync.WaitGroup
		pumps.Go(func() { pump.Run(media) })
		signalling.Go(func() { board.Run(ctx) })
		signalling.Go(func() { r.group.Run(ctx) })
		defer func() {
			stop()
			signalling.Wait()
			stopMedia()
			pumps.Wait()
		}()
		r.rest()
		time.Sleep(2 * time.Second) // the far end's guard time
		story(r)
		r.rest()
		if l := r.group.Status().Lost; l != 0 {
			t.Errorf("%d events lost", l)
		}
	})
}

// rest waits until both ends have no calls and every channel is idle.
func (r *rig) rest() {
	r.Helper()
	r.until("rest", func() bool {
		st := r.group.Status()
		return st.Calls == 0 && len(r.far.Status().Calls) == 0 && !slices.ContainsFunc(st.Channels, func(c cas.ChannelStatus) bool { return c.Condition != cas.Idle })
	})
}

func (r *rig) until(what string, cond func() bool) {
	r.Helper()
	for range 12000 {
		if cond() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.Fatalf("%s: not within two minutes: %+v, far end %+v", what, r.group.Status().Channels, r.far.Status())
}

func (r *rig) await(what string, cond func(emu.ISDNStatus) bool) {
	r.Helper()
	r.until(what, func() bool { return cond(r.far.Status()) })
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) call(number string) *party {
	p := &party{up: make(chan tdm.Primitive, 64)}
	p.Call = r.group.Call(tdm.Primitive{Kind: tdm.Setup, Called: number, Calling: tdm.PartyNumber{Digits: "2015551111"}}, func(x tdm.Primitive) { p.up <- x })
	return p
}

// talk has each end hear the other.
func (r *rig) talk(p *party) {
	r.Helper()
	ear := &listener{src: dsptest.Sine(1477.3, -12, 4*tdm.Rate)}
	r.pump.Attach(p.End().Slot, ear)
	go r.far.Play(r.ctx, dsptest.Sine(1004, -15, 2*tdm.Rate))
	time.Sleep(time.Second)
	pcm, err := r.far.Record(r.ctx, 500*time.Millisecond)
	r.must(err)
	if got := level.Of(pcm); got < -14 || got > -10 {
		r.Errorf("the far end hears %v", got)
	}
	time.Sleep(time.Second)
	r.pump.Detach(p.End().Slot)
	time.Sleep(100 * time.Millisecond)
	if got := level.Of(ear.heard[len(ear.heard)/4 : len(ear.heard)/2]); got < -17 || got > -13 {
		r.Errorf("we hear %v", got)
	}
}

// A listener is a leg that speaks and keeps what it hears.
type listener struct{ src, heard []int16 }

func (l *listener) Tick(_ int64, rx, tx []int16) {
	l.heard = append(l.heard, rx...)
	clear(tx)
	l.src = l.src[copy(tx, l.src):]
}

var framings = []tdm.Framing{tdm.T1ESF, tdm.T1SF, tdm.E1CRC4}

// Every protocol over every framing: a call out with speech both ways that the far end clears, and one in that we clear.
func TestCalls(t *testing.T) {
	for i, p := range protocols {
		for j, f := range framings {
			if testing.Short() && j != i%len(framings) {
				continue
			}
			t.Run(fmt.Sprint(p.name, " ", f), func(t *testing.T) {
				scene(t, p, f, func(r *rig) {
					c := r.call("5556677")
					if !p.noAnswer {
						c.expect(t, tdm.Connect)
					} else {
						c.expect(t, tdm.Progress)
					}
					r.await("the call is answered", func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 && s.Calls[0].State == "talking" })
					st := r.far.Status().Calls[0]
					if st.To != cmp.Or(p.farCalled, "5556677") {
						t.Errorf("the far end has %+v", st)
					}
					if want := p.calling != ""; want != (st.From == "2015551111") {
						t.Errorf("the far end has the caller %q", st.From)
					}
					if c.Timeslot() != 1 {
						t.Errorf("the call is on timeslot %d", c.Timeslot())
					}
					r.talk(c)
					r.must(r.far.Hangup(r.ctx))
					if rel := c.expect(t, tdm.Release); rel.Cause != tdm.CauseNormalClearing {
						t.Errorf("released with %v", rel.Cause)
					}
					r.rest()

					r.must(r.far.Call(r.ctx, "2015550000", "", "5551234"))
					in := <-r.calls
					if in.setup.Called != p.called || in.setup.Calling.Digits != p.calling {
						t.Errorf("the call that comes in has %+v", in.setup)
					}
					in.Send(tdm.Primitive{Kind: tdm.Alerting})
					time.Sleep(2 * time.Second)
					in.Send(tdm.Primitive{Kind: tdm.Connect})
					time.Sleep(time.Second)
					r.talk(in)
					in.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
					in.expect(t, tdm.Release)
				})
			})
		}
	}
}

// A busy number is told by a tone: the far end's, as what comes from it is audio.
func TestBusy(t *testing.T) {
	scene(t, protocols[1], tdm.T1ESF, func(r *rig) {
		r.must(r.far.Busy(r.ctx, true))
		c := r.call("5556677")
		c.expect(t, tdm.Progress)
		time.Sleep(5 * time.Second) // the far end waits for more digits
		ear := &listener{}
		r.pump.Attach(c.End().Slot, ear)
		time.Sleep(2 * time.Second)
		r.pump.Detach(c.End().Slot)
		c.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUserBusy})
		c.expect(t, tdm.Release)
		time.Sleep(20 * time.Millisecond)
		on, off := 0, 0
		for i := 0; i+400 <= len(ear.heard); i += 400 {
			switch l := level.Of(ear.heard[i : i+400]); {
			case l > -16:
				on++
			case l < -50:
				off++
			}
		}
		if on < 10 || off < 10 {
			t.Errorf("of 40 pieces %d are tone and %d silence: no busy tone of 0.5 s and 0.5 s", on, off)
		}
	})
}

// A pulled cable releases the calls, takes the channels out of service and gives them back when the failure has ended.
func TestAlarm(t *testing.T) {
	for _, f := range framings {
		scene(t, protocols[1], f, func(r *rig) {
			c := r.call("5556677")
			c.expect(t, tdm.Connect)
			r.line.Pull()
			if rel := c.expect(t, tdm.Release); rel.Cause != tdm.CauseNetworkOutOfOrder {
				t.Errorf("%v: released with %v", f, rel.Cause)
			}
			if rel := r.call("5556677").expect(t, tdm.Release); rel.Cause != tdm.CauseNetworkOutOfOrder {
				t.Errorf("%v: a call is released with %v", f, rel.Cause)
			}
			if st := r.group.Status(); st.Up {
				t.Errorf("%v: the group is up", f)
			}
			r.line.Plug()
			r.must(r.far.Hangup(r.ctx)) // the emulated switch does not look at alarms
			r.until("the channels are back", func() bool { return r.group.Status().Up })
		})
	}
}

// Blocked channels are left out, calls that come to them get no start-dial signal and go to the next.
func TestBlock(t *testing.T) {
	scene(t, protocols[2], tdm.E1CRC4, func(r *rig) {
		if r.group.Block(16, true) {
			t.Error("the signalling timeslot can be blocked")
		}
		for _, ts := range []int{1, 31} {
			if !r.group.Block(ts, true) {
				t.Fatal("not blocked")
			}
		}
		r.until("blocked", func() bool { return r.group.Status().Channels[3].Condition == cas.Blocked })
		c := r.call("5556677")
		c.expect(t, tdm.Connect)
		if c.Timeslot() != 15 {
			t.Errorf("on timeslot %d", c.Timeslot())
		}
		r.must(r.far.Call(r.ctx, "", "", "5551234")) // on 31
		time.Sleep(6 * time.Second)
		select {
		case in := <-r.calls:
			t.Errorf("a call comes in on blocked timeslot %d", in.Timeslot())
		default:
		}
		for _, ts := range []int{1, 31} {
			r.group.Block(ts, false)
		}
		c.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
		c.expect(t, tdm.Release)
	})
}

// Both ends take the same channel at once: our call gives way to the one that comes in and goes on over another.
func TestGlareMovesTheCall(t *testing.T) {
	scene(t, protocols[2], tdm.T1ESF, func(r *rig) {
		for _, ts := range []int{1, 2, 23} {
			r.group.Block(ts, true)
		}
		out := r.call("5556677") // on 24
		r.must(r.far.Call(r.ctx, "", "", "5551234"))
		r.group.Block(23, false)
		in := <-r.calls
		if in.Timeslot() != 24 {
			t.Errorf("the call that comes in is on timeslot %d", in.Timeslot())
		}
		out.expect(t, tdm.Connect)
		if out.Timeslot() != 23 {
			t.Errorf("the call that gave way is on timeslot %d", out.Timeslot())
		}
		if n := r.group.Status().Counts["glare"]; n != 1 {
			t.Errorf("glare was counted %d times", n)
		}
		in.Send(tdm.Primitive{Kind: tdm.Connect})
		time.Sleep(time.Second)
		for _, p := range []*party{in, out} {
			p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
			p.expect(t, tdm.Release)
		}
		for _, ts := range []int{1, 2} {
			r.group.Block(ts, false)
		}
	})
}

// More calls than channels: the one too many is told that there is no circuit.
func TestAllChannelsBusy(t *testing.T) {
	scene(t, protocols[1], tdm.T1ESF, func(r *rig) {
		var out []*party
		for range 5 {
			out = append(out, r.call("5556677"))
		}
		if rel := out[4].expect(t, tdm.Release); rel.Cause != tdm.CauseNoCircuit {
			t.Errorf("released with %v", rel.Cause)
		}
		for _, p := range out[:4] {
			p.expect(t, tdm.Connect)
			p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
			p.expect(t, tdm.Release)
		}
	})
}

func TestGroupRefusesAWrongConfiguration(t *testing.T) {
	for _, cfg := range []cas.GroupConfig{
		{}, {Name: "x", Machine: func() cas.Machine { return nil }, Incoming: func(*cas.Call, tdm.Primitive) func(tdm.Primitive) { return nil }},
	} {
		if _, err := cas.NewGroup(cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}
