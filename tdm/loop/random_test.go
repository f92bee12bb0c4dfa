package loop

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tipring/tdm"
)

// An actor drives one machine with random but physically possible inputs, and holds it to what a call may rely on: a
// Release is the last word of every call, each call gets exactly one, and nothing goes up without a call.
type actor struct {
	t         *testing.T
	rnd       *rand.Rand
	m         *machine
	event     func(name int, in *input)
	now       int64
	deadlines map[timer]int64
	expire    func(timer)
	call      int // number of the call that holds the line, 0: none
	calls     int
	setup     int // number of the call of the Setup at hand
	waiting   int // number of the call that waits
	recall    bool
	released  map[int]int
	log       []string
}

func (a *actor) failf(format string, args ...any) {
	a.t.Helper()
	for _, l := range a.log[max(0, len(a.log)-40):] {
		a.t.Log(l)
	}
	a.t.Fatalf(format, args...)
}

// settle checks what the machine wants.
func (a *actor) settle() {
	a.t.Helper()
	refused := slices.ContainsFunc(a.m.out, func(o output) bool { return o.kind == outRefuse || o.kind == outWait })
	if a.setup != 0 && !refused {
		if a.call != 0 {
			a.failf("a second call was accepted")
		}
		a.call = a.setup
	}
	for _, o := range a.m.out {
		a.log = append(a.log, "< "+o.String())
		switch o.kind {
		case outStart:
			a.deadlines[o.timer] = a.now + ms(o.ms)
		case outStop:
			delete(a.deadlines, o.timer)
		case outUp:
			if a.call == 0 {
				a.failf("%v goes up without a call", o)
			}
			if o.prim.Kind == tdm.Release {
				a.released[a.call]++
				a.call = 0
			}
		case outOffer:
			if a.call != 0 {
				a.failf("offered while a call holds the line")
			}
			a.calls++
			a.call = a.calls
		case outRefuse:
			if a.setup == 0 || o.prim.Kind != tdm.Release {
				a.failf("refuses nothing: %v", o)
			}
			a.released[a.setup]++
		case outWait:
			if a.call == 0 || a.waiting != 0 {
				a.failf("call %d waits beside %d and %d", a.setup, a.call, a.waiting)
			}
			a.waiting = a.setup
		case outUpWaiting:
			if a.waiting == 0 {
				a.failf("%v goes up without a call that waits", o)
			}
			if o.prim.Kind == tdm.Release {
				a.released[a.waiting]++
				a.waiting = 0
			}
		case outRecall:
			if a.call != 0 || a.waiting == 0 {
				a.failf("recalls %d beside %d", a.waiting, a.call)
			}
			a.recall = true
		}
	}
	a.setup = 0
}

func (a *actor) step(name string, e int, in *input) {
	a.log = append(a.log, "> "+name)
	a.m.now, a.m.out = a.now, a.m.out[:0]
	a.event(e, in)
	a.settle()
	if a.recall {
		a.recall, a.setup, a.waiting = false, a.waiting, 0
		a.step("recall", int(fxsSetup), &input{recall: true, alert: alerting{cadence: a.m.set.cadence}})
	}
}

func (a *actor) pass(n int) {
	to := a.now + ms(n)
	for {
		due, at := numTimers, to+1
		for t := range numTimers {
			if d, ok := a.deadlines[t]; ok && d < at {
				due, at = t, d
			}
		}
		if due == numTimers {
			break
		}
		a.now = at
		delete(a.deadlines, due)
		a.m.running[due] = false
		a.expire(due)
	}
	a.now = to
}

func (a *actor) check() {
	a.t.Helper()
	if a.call != 0 {
		a.failf("call %d still holds the line", a.call)
	}
	for c := 1; c <= a.calls; c++ {
		if a.released[c] != 1 {
			a.failf("call %d was released %d times", c, a.released[c])
		}
	}
	if a.m.sounding || a.m.cancels || a.m.muted {
		a.failf("at rest the line plays or cancels echo")
	}
}

func newActor(t *testing.T, seed uint64) *actor {
	return &actor{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), deadlines: make(map[timer]int64), released: make(map[int]int)}
}

func TestRandomTelephones(t *testing.T) {
	for seed := range uint64(500) {
		a := newActor(t, seed)
		s, err := resolve(LineConfig{Number: "201", Echo: true, CallWaiting: seed%4 < 2, FXS: FXSConfig{OpenFeedMs: int(seed%2) * 800, ReverseOnAnswer: seed%3 == 0}},
			tdm.Info{Slots: []tdm.Slot{{Kind: tdm.FXS, Name: "fxs1"}}})
		if err != nil {
			t.Fatal(err)
		}
		x := &fxs{machine: machine{set: s}}
		a.m = &x.machine
		a.event = func(e int, in *input) { x.input(fxsEvent(e), in) }
		step := func(e fxsEvent, in *input) { a.step(e.String(), int(e), in) }
		a.expire = func(tm timer) { step(fxsTimerEvents[tm], &input{}) }
		down := func(k tdm.PrimitiveKind) {
			if a.call != 0 {
				step(fxsPrimitives[k], &input{prim: tdm.Primitive{Kind: k, Cause: 16, InBand: a.rnd.IntN(2) == 0, Digit: '1'}})
			}
		}
		hook := func(off bool) {
			if x.closed != off && x.state != fxsOpenFeed && x.state != fxsRefeed {
				x.closed = off
				step(map[bool]fxsEvent{true: fxsOffHook, false: fxsOnHook}[off], &input{})
			}
		}
		ring := false
		for range 300 {
			a.pass(a.rnd.IntN(1500))
			switch k := a.rnd.IntN(22); k {
			case 0, 1, 2, 3:
				hook(!x.closed)
			case 4:
				if x.closed {
					step(fxsFlash, &input{})
				}
			case 5, 6:
				if x.closed {
					step([]fxsEvent{fxsBreak, fxsPulse}[k-5], &input{digit: '3'})
				}
			case 7:
				if x.hearing&listenDigits != 0 {
					step(fxsDTMF, &input{digit: '4'})
				}
			case 8, 9, 10:
				if x.ringing || ring {
					ring = !ring
					step(map[bool]fxsEvent{true: fxsRingOn, false: fxsRingOff}[ring], &input{})
				}
			case 11:
				if x.sounding {
					step(fxsBurstDone, &input{})
				}
			case 12, 13:
				a.calls++
				a.setup = a.calls
				in := &input{alert: alerting{cadence: s.cadence}}
				if k == 13 {
					in.alert.withBurst(a.rnd.IntN(4000), 500, 200)
				} else if a.rnd.IntN(3) == 0 {
					in.alert.before = []alertStep{{kind: stepReverse}, {stepActivate, 6000}, {kind: stepBurst}, {stepWait, 2000}}
					in.alert.reversed, in.alert.shortMs = true, 500
				} else if a.rnd.IntN(2) == 0 {
					in.alert.before = []alertStep{{kind: stepReverse}, {stepPulse, 250}, {kind: stepBurst}, {stepWait, 250}}
				}
				step(fxsSetup, in)
			case 20:
				if a.waiting != 0 {
					step(fxsWaitCleared, &input{prim: tdm.Primitive{Cause: 16}})
				}
			case 21:
				if x.hearing&listenDigits != 0 {
					step(fxsDTMF, &input{digit: 'D'})
				}
			case 14:
				if a.rnd.IntN(20) == 0 {
					step(fxsFail, &input{reason: "x", prim: tdm.Primitive{Cause: 27}})
				}
			case 15:
				step(fxsRestore, &input{})
			default:
				down(tdm.PrimitiveKind(a.rnd.IntN(7) + int(tdm.SetupAck)))
			}
		}
		// Whatever happened, it ends: the call clears, the telephone hangs up.
		down(tdm.Disconnect)
		a.pass(5000)
		step(fxsRestore, &input{})
		hook(false)
		a.pass(5000)
		down(tdm.Disconnect) // a call that waited is the line's now
		a.pass(5000)
		if x.state != fxsIdle || x.ringing || x.linefeed != tdm.FeedForward || x.hearing != 0 || len(a.deadlines) != 0 {
			a.failf("seed %d: %v, %v %+v", seed, x.state, a.deadlines, x)
		}
		a.check()
	}
}

func TestRandomTrunks(t *testing.T) {
	for seed := range uint64(500) {
		a := newActor(t, seed)
		zone := []string{"us", "jp"}[seed%3%2]
		s, err := resolve(LineConfig{Number: "5550101", Echo: true, Zone: zone, CallWaiting: zone == "us", FXO: FXOConfig{DialBlind: seed%2 == 0}},
			tdm.Info{Slots: []tdm.Slot{{Kind: tdm.FXO, Name: "fxo1"}}})
		if err != nil {
			t.Fatal(err)
		}
		x := &fxo{machine: machine{set: s}, battery: true}
		a.m = &x.machine
		a.event = func(e int, in *input) { x.input(fxoEvent(e), in) }
		step := func(e fxoEvent, in *input) { a.step(e.String(), int(e), in) }
		a.expire = func(tm timer) { step(fxoTimerEvents[tm], &input{}) }
		x.rest(nil)
		a.settle()
		down := func(k tdm.PrimitiveKind) {
			if a.call != 0 {
				step(fxoPrimitives[k], &input{prim: tdm.Primitive{Kind: k, Cause: 16, Digit: '1'}})
			}
		}
		bit := func(v *bool, on, off fxoEvent) {
			*v = !*v
			step(map[bool]fxoEvent{true: on, false: off}[*v], &input{})
		}
		heard := []fxoEvent{fxoDialHeard, fxoDialEnded, fxoBusyHeard, fxoCongestion, fxoInfoHeard, fxoHowlerHeard, fxoRingback, fxoRingbackEnded}
		for range 300 {
			a.pass(a.rnd.IntN(1500))
			switch a.rnd.IntN(28) {
			case 0, 1, 2, 3:
				bit(&x.ring, fxoRingOn, fxoRingOff)
			case 4:
				bit(&x.battery, fxoBattery, fxoNoBattery)
			case 5:
				bit(&x.reversed, fxoPolarity, fxoPolarity)
			case 6, 7, 8:
				if x.off || x.current {
					bit(&x.current, fxoCurrent, fxoNoCurrent)
				}
			case 9:
				if x.hearing&listenCallerID != 0 {
					step(fxoCallerID, &input{caller: caller{ok: true}})
				}
			case 10:
				if x.hearing&listenCallerID != 0 {
					step(fxoCallerIDBad, &input{})
				}
			case 11, 12:
				if x.hearing&(listenTones|listenDialTone) != 0 {
					step(heard[a.rnd.IntN(len(heard))], &input{})
				}
			case 13:
				if x.hearing&listenVoice != 0 {
					step(fxoVoice, &input{})
				}
			case 14:
				if x.hearing&listenSilence != 0 && a.rnd.IntN(5) == 0 {
					step(fxoSilence, &input{})
				}
			case 15, 16:
				if x.off && !x.sent {
					step(fxoHookSent, &input{})
				}
			case 17:
				if x.sending {
					step(fxoDialled, &input{})
				}
			case 24, 25:
				if x.hearing&listenAlert != 0 {
					step(fxoAlert, &input{})
				}
			case 18, 19:
				a.calls++
				a.setup = a.calls
				step(fxoSetup, &input{prim: tdm.Primitive{Called: "0199"}})
			case 20:
				if a.rnd.IntN(20) == 0 {
					step(fxoFail, &input{reason: "x", prim: tdm.Primitive{Cause: 27}})
				}
			case 21:
				step(fxoRestore, &input{})
			default:
				down(tdm.PrimitiveKind(a.rnd.IntN(7) + int(tdm.SetupAck)))
			}
		}
		down(tdm.Disconnect)
		if x.ring {
			bit(&x.ring, fxoRingOn, fxoRingOff)
		}
		if x.current {
			bit(&x.current, fxoCurrent, fxoNoCurrent)
		}
		if !x.battery {
			bit(&x.battery, fxoBattery, fxoNoBattery)
		}
		step(fxoRestore, &input{})
		a.pass(30_000)
		if x.state != fxoIdle || x.off || x.hearing != 0 || len(a.deadlines) != 0 {
			a.failf("seed %d: %v, %v %+v", seed, x.state, a.deadlines, x)
		}
		a.check()
	}
}
