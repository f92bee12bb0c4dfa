package q931

import (
	"strings"
	"testing"
	"time"

	"tipring/tdm"
)

// sides runs a story with each side as the one that is looked at.
func sides(t *testing.T, change func(*Config), f func(t *testing.T, r *rig, us, them *side)) {
	for _, who := range []string{"user", "network"} {
		t.Run(who, func(t *testing.T) {
			r := newRig(t, "euroisdn", change)
			us, them := r.user, r.network
			if who == "network" {
				us, them = them, us
			}
			f(t, r, us, them)
			r.wait(10 * time.Minute)
			if !t.Failed() {
				r.done()
			}
		})
	}
}

func overlapping(c *Config) { c.Overlap = true }

// runs lets time pass until the timer expires, and checks when it did.
func (r *rig) runs(s *side, k timerKind, want time.Duration) {
	r.t.Helper()
	before, since := s.link.counters.TimerExpiries[k], r.now
	for s.link.counters.TimerExpiries[k] == before && r.now < since+time.Hour {
		at, ok := s.link.Next()
		if !ok {
			break
		}
		r.wait(max(at-r.now, time.Millisecond))
	}
	if got := r.now - since; s.link.counters.TimerExpiries[k] != before+1 || got < want || got > want+50*time.Millisecond {
		r.t.Errorf("%s: %v expired after %v, want %v", s.name, k, got, want)
	}
}

func TestT301EndsACallThatNobodyAnswers(t *testing.T) {
	sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
		id := us.call(setup)
		r.settle()
		them.do(them.last(), tdm.Primitive{Kind: tdm.Alerting})
		r.settle()
		r.runs(us, t301, 180*time.Second)
		r.settle()
		us.expect(id, "ALERTING, DISCONNECT 19, RELEASE 19")
	})
}

func TestT302SaysThatNoMoreDigitsCome(t *testing.T) {
	sides(t, overlapping, func(t *testing.T, r *rig, us, them *side) {
		p := setup
		p.Called, p.ISDN = "55", &tdm.ISDN{}
		id := them.call(p)
		r.settle()
		in := us.last()
		us.do(in, tdm.Primitive{Kind: tdm.SetupAck})
		r.settle()
		r.wait(5 * time.Second)
		them.do(id, tdm.Primitive{Kind: tdm.Information, Digit: '7'})
		r.settle()
		want := 15 * time.Second
		if us.name == "network" {
			want = 12 * time.Second
		}
		r.runs(us, t302, want)
		us.expect(in, "SETUP, INFORMATION 7, INFORMATION complete")
		us.do(in, hangUp(tdm.CauseInvalidNumber))
		r.settle()
		them.expect(id, "SETUP ACK, DISCONNECT 28, RELEASE 28")
	})
}

func TestT303RepeatsSetupOctetByOctetAndThenGivesUp(t *testing.T) {
	sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
		var setups [][]byte
		id, _, out := us.link.Setup(r.now, setup)
		keep := func(out []Output) {
			for _, o := range out {
				if o.Kind == ToLine && len(o.Octets) > 8 && MessageType(o.Octets[8]) == Setup {
					setups = append(setups, append([]byte(nil), o.Octets[4:]...))
				}
			}
			us.take(out)
		}
		them.deaf = true
		keep(out)
		// The peer's data link acknowledges and its layer 3 is silent.
		ack := func() {
			us.take(us.link.Frame(r.now, 0, rr(us, uint8(us.link.d[0].data.Counters().Sent[0]))))
		}
		ack()
		for range 2 {
			r.now += 4 * time.Second
			keep(us.link.Advance(r.now))
			ack()
		}
		if len(setups) != 2 || string(setups[0]) != string(setups[1]) {
			t.Errorf("%d SETUPs: % x", len(setups), setups)
		}
		us.expect(id, "RELEASE 18")
		them.deaf = false
	})
}

// rr is an RR response of the peer with that N(R).
func rr(s *side, nr uint8) []byte {
	address := byte(0) // the user's peer is the network: a response has C/R 0
	if s.link.config.Network {
		address = 2
	}
	return []byte{address, 1, 1, nr << 1}
}

func TestT304EndsOverlapThatLeadsNowhere(t *testing.T) {
	sides(t, overlapping, func(t *testing.T, r *rig, us, them *side) {
		p := setup
		p.ISDN = &tdm.ISDN{}
		id := us.call(p)
		r.settle()
		them.do(them.last(), tdm.Primitive{Kind: tdm.SetupAck})
		r.settle()
		for range 20 { // digits keep it from expiring, and T302 of the peer
			r.wait(8 * time.Second)
			us.do(id, tdm.Primitive{Kind: tdm.Information, Digit: '1'})
			r.settle()
		}
		want := 30 * time.Second
		if us.name == "network" {
			want = 20 * time.Second
		}
		r.runs(us, t304, want)
		r.settle()
		if h := us.heard(id); !strings.HasSuffix(h, "DISCONNECT 28, RELEASE 28") {
			t.Errorf("heard %q", h)
		}
	})
}

// connected is a call from us to them that is answered.
func (r *rig) connected(us, them *side) (out, in CallID) {
	r.t.Helper()
	out = us.call(setup)
	r.settle()
	in = them.last()
	them.do(in, tdm.Primitive{Kind: tdm.Connect})
	r.settle()
	us.expect(out, "CONNECT")
	return out, in
}

func TestT305AndT308WhenThePeerNeverClears(t *testing.T) {
	sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
		id, _ := r.connected(us, them)
		ch := us.link.byID[id].channel
		us.do(id, hangUp(tdm.CauseNormalClearing))
		them.silent = true
		r.runs(us, t305, 30*time.Second)
		r.runs(us, t308, 4*time.Second)
		r.runs(us, t308, 4*time.Second)
		us.expect(id, "CONNECT, RELEASE 16")
		if s := us.link.ChannelStatus(ch); s != "suspect" {
			t.Errorf("the channel is %s after a call that was never released", s)
		}
		// A restart heals it.
		them.silent = false
		us.take(us.link.Restart(r.now, ch))
		r.settle()
		them.take(them.link.Confirm(r.now))
		r.settle()
		if !us.link.Free(ch) {
			t.Errorf("the channel is %s after a restart", us.link.ChannelStatus(ch))
		}
	})
}

func TestT306KeepsTonesAndThenReleases(t *testing.T) {
	r := newRig(t, "euroisdn", nil)
	id := r.user.call(setup)
	r.settle()
	in := r.network.last()
	r.network.do(in, tdm.Primitive{Kind: tdm.Proceeding})
	p := hangUp(tdm.CauseUserBusy)
	p.InBand = true
	r.network.do(in, p)
	r.settle()
	r.user.expect(id, "PROCEEDING, DISCONNECT 17 in-band")
	if r.user.link.CallOn(tdm.Channel{Timeslot: 1}) != id {
		t.Error("the bearer was let go of while tones play")
	}
	r.runs(r.network, t306, 30*time.Second)
	r.settle()
	r.user.expect(id, "PROCEEDING, DISCONNECT 17 in-band, RELEASE 17")
	r.done()
}

func TestTheUserEndsTonesItself(t *testing.T) {
	r := newRig(t, "euroisdn", nil)
	id := r.user.call(setup)
	r.settle()
	in := r.network.last()
	r.network.do(in, tdm.Primitive{Kind: tdm.Proceeding})
	p := hangUp(tdm.CauseUserBusy)
	p.InBand = true
	r.network.do(in, p)
	r.settle()
	r.user.do(id, hangUp(tdm.CauseNormalClearing))
	r.settle()
	r.network.expect(in, "SETUP, RELEASE 17")
	r.user.expect(id, "PROCEEDING, DISCONNECT 17 in-band, RELEASE 17")
	r.done()
}

func TestT309KeepsActiveCallsWhileTheLinkIsDown(t *testing.T) {
	for _, down := range []time.Duration{3 * time.Second, 2 * time.Minute} {
		sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
			var active, inTheMaking []CallID
			for range 10 {
				a, _ := r.connected(us, them)
				active = append(active, a)
			}
			for range 10 {
				inTheMaking = append(inTheMaking, us.call(setup))
				r.settle()
				them.do(them.last(), tdm.Primitive{Kind: tdm.Alerting})
				r.settle()
			}
			for _, s := range []*side{us, them} {
				s.take(s.link.Line(r.now, 0, false))
			}
			for _, id := range inTheMaking {
				us.expect(id, "ALERTING, RELEASE 27")
			}
			r.wait(down)
			for _, s := range []*side{us, them} {
				s.take(s.link.Line(r.now, 0, true))
			}
			r.settle()
			r.wait(10 * time.Second)
			want := "CONNECT"
			if down > 90*time.Second {
				want = "CONNECT, RELEASE 27"
			}
			for _, id := range active {
				us.expect(id, want)
				if want == "CONNECT" {
					us.do(id, hangUp(tdm.CauseNormalClearing))
				}
			}
			r.settle()
		})
	}
}

func TestT310EndsACallThatDoesNotProgress(t *testing.T) {
	sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
		id := us.call(setup)
		r.settle()
		them.do(them.last(), tdm.Primitive{Kind: tdm.Proceeding})
		r.settle()
		want := 60 * time.Second
		if us.name == "network" {
			want = 40 * time.Second
		}
		r.runs(us, t310, want)
		r.settle()
		us.expect(id, "PROCEEDING, DISCONNECT 102, RELEASE 102")

		// PROGRESS stops it.
		id = us.call(setup)
		r.settle()
		in := them.last()
		them.do(in, tdm.Primitive{Kind: tdm.Proceeding})
		them.do(in, tdm.Primitive{Kind: tdm.Progress})
		r.settle()
		r.wait(5 * time.Minute)
		us.expect(id, "PROCEEDING, PROGRESS in-band")
		us.do(id, hangUp(tdm.CauseNormalClearing))
		r.settle()
	})
}

func TestT313WaitsForConnectAck(t *testing.T) {
	r := newRig(t, "euroisdn", nil)
	r.network.call(setup)
	r.settle()
	in := r.user.last()
	r.network.silent = true
	r.user.do(in, tdm.Primitive{Kind: tdm.Connect})
	r.runs(r.user, t313, 4*time.Second)
	r.user.expect(in, "SETUP, DISCONNECT 102")
}

func TestT314DropsHalfAMessage(t *testing.T) {
	r := newRig(t, "euroisdn", nil)
	m := segmented(t, setupOctets(t, r.network), 40)
	if len(m) < 2 {
		t.Fatalf("%d segments", len(m))
	}
	r.feed(r.user, m[0])
	r.runs(r.user, t314, 4*time.Second)
	r.feed(r.user, m[1:]...)
	if len(r.user.order) != 0 {
		t.Error("a call was made of half a message")
	}
	r.feed(r.user, m...)
	if len(r.user.order) != 1 || r.user.said[r.user.last()][0].Called != setup.Called {
		t.Errorf("calls offered: %v", r.user.order)
	}
}

func TestT316RepeatsRestart(t *testing.T) {
	sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
		them.silent = true
		ch := tdm.Channel{Timeslot: 4}
		us.take(us.link.Restart(r.now, ch))
		for range 3 {
			r.runs(us, t316, 120*time.Second)
		}
		o := us.other[len(us.other)-1]
		if o.Kind != RestartDone || o.OK || us.link.Free(ch) {
			t.Errorf("after the last one: %+v, channel %s", o, us.link.ChannelStatus(ch))
		}
		them.silent = false
	})
}

func TestT317BoundsTheClearing(t *testing.T) {
	sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
		id, in := r.connected(us, them)
		them.take(them.link.RestartAll(r.now))
		them.expect(in, "SETUP, RELEASE 41")
		r.settle()
		us.expect(id, "CONNECT, RELEASE 41")
		r.runs(us, t317, 60*time.Second)
		if s := us.link.ChannelStatus(tdm.Channel{Timeslot: 4}); s != "suspect" {
			t.Errorf("a channel that was not cleared is %s", s)
		}
		// The repetition finds us in order.
		r.wait(61 * time.Second)
		us.take(us.link.Confirm(r.now))
		r.settle()
		if !us.link.Free(tdm.Channel{Timeslot: 4}) || !them.link.Free(tdm.Channel{Timeslot: 4}) {
			t.Error("the channels are not free after the second RESTART")
		}
	})
}

func TestT322AsksTwiceAndClears(t *testing.T) {
	sides(t, nil, func(t *testing.T, r *rig, us, them *side) {
		id, _ := r.connected(us, them)
		us.take(us.link.Audit(r.now, id))
		r.settle()
		r.wait(time.Minute)
		us.expect(id, "CONNECT") // it was answered

		them.silent = true
		us.take(us.link.Audit(r.now, id))
		r.runs(us, t322, 4*time.Second)
		r.runs(us, t322, 4*time.Second)
		us.expect(id, "CONNECT, DISCONNECT 41")
		them.silent = false
		r.wait(time.Minute)
	})
}

func TestT321SetsBothDChannelsUp(t *testing.T) {
	change := func(c *Config) {
		c.Variant = variant(t, "ni2")
		c.Interfaces = []Interface{{ID: 0, Channels: T1Channels}, {ID: 1, Channels: T1Channels}}
		c.DChannels = []int{0, 1}
	}
	sides(t, change, func(t *testing.T, r *rig, us, them *side) {
		id, _ := r.connected(us, them)
		them.silent = true
		us.take(us.link.Line(r.now, 0, false))
		if us.link.active != 1 {
			t.Fatal("the second D channel did not take over")
		}
		sent := us.link.d[1].data.Counters().Sent
		r.runs(us, t321, 30*time.Second)
		if us.link.d[1].data.Counters().Sent[4] != sent[4]+1 { // SABME
			t.Error("the second D channel was not set up afresh")
		}
		_ = id
		them.silent = false
		r.wait(2 * time.Minute)
		us.take(us.link.Line(r.now, 0, true))
		r.wait(time.Minute)
	})
}

// A peer whose data link failed and came back while nothing was outstanding has forgotten calls in the making: ours are asked
// for, and go.
func TestCallsThatThePeerForgotEnd(t *testing.T) {
	short := func(c *Config) { c.Timers.T309 = time.Millisecond }
	sides(t, short, func(t *testing.T, r *rig, us, them *side) {
		id := them.call(setup)
		r.settle()
		in := us.last()
		us.do(in, tdm.Primitive{Kind: tdm.Connect})
		r.settle()
		them.take(them.link.Line(r.now, 0, false))
		r.wait(10 * time.Millisecond)
		them.expect(id, "CONNECT, RELEASE 27")
		them.take(them.link.Line(r.now, 0, true))
		r.settle()
		r.wait(time.Second)
		us.expect(in, "SETUP, RELEASE 101")
	})
}
