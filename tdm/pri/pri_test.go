package pri_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/dsp/dsptest"
	"tipring/hw/emu"
	"tipring/tdm"
	"tipring/tdm/hunt"
	"tipring/tdm/pri"
	"tipring/tdm/q931"
	"tipring/tdm/span"
)

// A rig is one E1 with a switch behind it, a group on our side, and a soft place for the audio of its calls.
type rig struct {
	*testing.T
	ctx   context.Context
	far   *emu.ISDNSwitch
	line  *emu.SpanFar
	pump  *span.Pump
	group *pri.Group
	calls chan *party
}

// A party is our user of a call: it keeps what it was told.
type party struct {
	*pri.Call
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
		case <-time.After(10 * time.Minute):
			t.Fatalf("no %v", kind)
		}
	}
}

// A stage is what a story plays on: lines, of which those in d have a D channel.
type stage struct {
	framing tdm.Framing
	variant string
	lines   int
	d       []int
	order   hunt.Order
	digits  int // of the switch's numbers
	overlap bool
}

var oneE1 = stage{framing: tdm.E1CRC4, variant: "euroisdn", lines: 1, d: []int{0}}

// scene runs a story in fake time. Afterwards no goroutine and no call is left.
func scene(t *testing.T, s stage, story func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		far, err := emu.NewISDNSwitch(emu.ISDNConfig{Framing: s.framing, Variant: s.variant, Lines: s.lines, DChannels: s.d, Digits: s.digits})
		if err != nil {
			t.Fatal(err)
		}
		code, d := tdm.HDB3, uint8(16)
		if !s.framing.E1() {
			code, d = tdm.B8ZS, 24
		}
		variant, err := q931.FindVariant(s.variant)
		if err != nil {
			t.Fatal(err)
		}
		lc := q931.Config{Variant: variant, DChannels: s.d, Overlap: s.overlap}
		ec := emu.SpanConfig{Name: "e1"}
		for i := range s.lines {
			name := fmt.Sprint("span", i+1)
			ec.Spans = append(ec.Spans, emu.Span{Name: name, Framing: s.framing, LineCode: code, ClockPriority: 1, Switch: far.At(i)})
			x := q931.Interface{ID: i, Channels: 1<<(s.framing.Timeslots()+1) - 2}
			if slices.Contains(s.d, i) {
				x.Channels &^= 1 << d
			}
			lc.Interfaces = append(lc.Interfaces, x)
		}
		card, err := emu.NewSpanCard(ec)
		if err != nil {
			t.Fatal(err)
		}
		pump, err := span.New(span.Config{Card: card})
		if err != nil {
			t.Fatal(err)
		}
		r := &rig{T: t, ctx: t.Context(), far: far, line: card.Far("span1"), pump: pump, calls: make(chan *party, 64)}
		var spans []pri.Span
		for i := range s.lines {
			spans = append(spans, pri.Span{Name: ec.Spans[i].Name, Pump: pump, Card: card, Line: i, D: d, Order: s.order})
		}
		r.group, err = pri.New(pri.Config{
			Name:  "span1",
			Link:  lc,
			Spans: spans,
			Incoming: func(c *pri.Call, setup tdm.Primitive) func(tdm.Primitive) {
				p := &party{Call: c, setup: setup, up: make(chan tdm.Primitive, 64)}
				r.calls <- p
				return func(x tdm.Primitive) { p.up <- x }
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		board := pri.NewBoard(pump, card)
		board.Add(r.group)
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
		r.until("the D channel", func() bool { return r.group.Status().Up })
		story(r)
		r.until("rest", func() bool { return r.group.Status().Calls == 0 && len(r.far.Status().Calls) == 0 })
		for _, ch := range r.group.Status().Channels {
			if ch.State != "idle" && !ch.Blocked {
				t.Errorf("timeslot %d is %s", ch.Channel.Timeslot, ch.State)
			}
		}
	})
}

func (r *rig) until(what string, cond func() bool) {
	r.Helper()
	for range 30000 {
		if cond() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.Fatalf("%s: not within five minutes", what)
}

func (r *rig) call(number string) *party {
	p := &party{up: make(chan tdm.Primitive, 64)}
	p.Call = r.group.Call(tdm.Primitive{Kind: tdm.Setup, Called: number, Calling: tdm.PartyNumber{Digits: "201", Name: "Front Desk"}},
		func(x tdm.Primitive) { p.up <- x })
	return p
}

// A user is the audio of our side of a call: it says a tone and keeps what it hears.
type user struct {
	mu    sync.Mutex
	heard []int16
	say   []int16
	at    int
}

func (u *user) Tick(_ int64, rx, tx []int16) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.heard = append(u.heard, rx...)
	for i := range tx {
		tx[i] = u.say[(u.at+i)%len(u.say)]
	}
	u.at += len(tx)
}

// audio checks that a tone passes both ways on the call's B channel, without loss.
func (r *rig) audio(p *party) {
	r.Helper()
	u := &user{say: dsptest.Sine(1000, -12, 8000)}
	e := p.End()
	e.Pump.Attach(e.Slot, u)
	time.Sleep(100 * time.Millisecond)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := r.far.Play(r.ctx, dsptest.Sine(1500, -15, 2*8000)); err != nil {
			r.Error(err)
		}
	})
	pcm, err := r.far.Record(r.ctx, time.Second)
	wg.Wait()
	if err != nil {
		r.Fatal(err)
	}
	if l := dsptest.ToneLevel(pcm, 1000); l < -13 || l > -11 {
		r.Errorf("the switch hears %.1f dBm0", l)
	}
	u.mu.Lock()
	got := u.heard[len(u.heard)-8000:]
	u.mu.Unlock()
	if l := dsptest.ToneLevel(got, 1500); l < -16 || l > -14 {
		r.Errorf("we hear %.1f dBm0", l)
	}
	if n := dsptest.Discontinuities(got); n != 0 {
		r.Errorf("%d discontinuities", n)
	}
	e.Pump.Detach(e.Slot)
}

func TestOutgoingCall(t *testing.T) {
	scene(t, oneE1, func(r *rig) {
		p := r.call("5556677")
		p.expect(t, tdm.Proceeding)
		if a := p.expect(t, tdm.Alerting); !a.InBand || p.End().Pump != r.pump {
			t.Errorf("alerting %+v on %+v", a, p.End())
		}
		p.expect(t, tdm.Connect)
		st := r.far.Status()
		if len(st.Calls) != 1 || st.Calls[0].From != "201" || st.Calls[0].To != "5556677" || st.Calls[0].State != "talking" {
			t.Errorf("the switch has %+v", st)
		}
		r.audio(p)
		p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
		if rel := p.expect(t, tdm.Release); rel.Cause != tdm.CauseNormalClearing {
			t.Errorf("released with %v", rel.Cause)
		}
	})
}

func TestIncomingCall(t *testing.T) {
	scene(t, oneE1, func(r *rig) {
		if err := r.far.Call(r.ctx, "5557788", "John Doe", "201"); err != nil {
			t.Fatal(err)
		}
		p := <-r.calls
		if p.setup.Called != "201" || p.setup.Calling.Digits != "5557788" || p.setup.Calling.Name != "John Doe" {
			t.Errorf("offered %+v", p.setup)
		}
		p.Send(tdm.Primitive{Kind: tdm.Proceeding})
		p.Send(tdm.Primitive{Kind: tdm.Alerting})
		p.Send(tdm.Primitive{Kind: tdm.Connect})
		if _, err := r.far.Await(r.ctx, func(s emu.ISDNStatus) bool { return len(s.Calls) == 1 && s.Calls[0].State == "talking" }); err != nil {
			t.Fatal(err)
		}
		r.audio(p)
		if err := r.far.Hangup(r.ctx); err != nil {
			t.Fatal(err)
		}
		p.expect(t, tdm.Disconnect)
		p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
		p.expect(t, tdm.Release)
	})
}

func TestBusy(t *testing.T) {
	scene(t, oneE1, func(r *rig) {
		r.far.Busy(r.ctx, true)
		p := r.call("5556677")
		got := <-p.up
		for got.Kind != tdm.Disconnect && got.Kind != tdm.Release {
			got = <-p.up
		}
		if got.Cause != tdm.CauseUserBusy {
			t.Errorf("%+v", got)
		}
		p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseUserBusy})
	})
}

// The cable is pulled for three seconds in the middle of twenty calls, and they go on; for two minutes, and they end (T309).
func TestCablePulled(t *testing.T) {
	for _, c := range []struct {
		name string
		away time.Duration
		stay bool
	}{{"3 s", 3 * time.Second, true}, {"2 minutes", 2 * time.Minute, false}} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.away > time.Minute {
				t.Skip("-short: minutes of a line, bit by bit")
			}
			scene(t, oneE1, func(r *rig) {
				var ps []*party
				for range 20 {
					p := r.call("5556677")
					p.expect(t, tdm.Connect)
					ps = append(ps, p)
				}
				r.line.Pull()
				time.Sleep(c.away)
				r.line.Plug()
				time.Sleep(30 * time.Second)
				if n := r.group.Status().Calls; c.stay != (n == 20) || !c.stay && n != 0 {
					t.Errorf("%d calls are up", n)
				}
				if c.stay {
					r.audio(ps[19]) // the newest, which the switch speaks on
				}
				for _, p := range ps {
					p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
					if rel := p.expect(t, tdm.Release); !c.stay && rel.Cause != tdm.CauseDestinationOutOfOrder {
						t.Errorf("released with %v", rel.Cause)
					}
				}
			})
		})
	}
}
