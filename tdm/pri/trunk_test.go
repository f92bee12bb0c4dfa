package pri_test

import (
	"testing"
	"time"

	"tipring/hw/emu"
	"tipring/tdm"
	"tipring/tdm/hunt"
	"tipring/tdm/pri"
)

// hangUp ends a call of ours.
func (r *rig) hangUp(p *party) {
	r.Helper()
	p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
	p.expect(r.T, tdm.Release)
}

// channel is the state of a B channel.
func (r *rig) channel(ch tdm.Channel) pri.ChannelStatus {
	for _, c := range r.group.Status().Channels {
		if c.Channel == ch {
			return c
		}
	}
	r.Fatalf("there is no channel %+v", ch)
	return pri.ChannelStatus{}
}

// Three calls one after the other, each over before the next.
func TestOrder(t *testing.T) {
	for order, want := range map[hunt.Order][3]uint8{
		hunt.Ascending: {1, 1, 1}, hunt.Descending: {31, 31, 31}, hunt.RoundRobin: {1, 2, 3}, hunt.LeastUsed: {1, 2, 3},
	} {
		s := oneE1
		s.order = order
		scene(t, s, func(r *rig) {
			var got [3]uint8
			for i := range got {
				p := r.call("5556677")
				p.expect(t, tdm.Alerting)
				got[i] = p.Channel().Timeslot
				r.hangUp(p)
			}
			if got != want {
				t.Errorf("%v: timeslots %v, want %v", order, got, want)
			}
		})
	}
}

// An operator blocks a channel on which a call is, then all: the call goes on, new ones go elsewhere or nowhere, both ways.
// Where the switch type has SERVICE the switch knows.
func TestBlock(t *testing.T) {
	for _, s := range []stage{oneE1, {framing: tdm.T1ESF, variant: "ni2", lines: 1, d: []int{0}}} {
		t.Run(s.variant, func(t *testing.T) {
			scene(t, s, func(r *rig) {
				far := func(n int) {
					t.Helper()
					if s.variant == "euroisdn" {
						n = 0
					}
					r.until("SERVICE", func() bool { return r.far.Status().Out == n })
				}
				up := r.call("5556677")
				up.expect(t, tdm.Connect)
				first := tdm.Channel{Timeslot: 1}
				r.group.Block(first, true)
				r.until("the block", func() bool { return r.channel(first).Blocked })
				if st := r.channel(first); st.State != "busy" || up.Channel() != first {
					t.Errorf("the channel with a call is %+v, the call on %+v", st, up.Channel())
				}
				p := r.call("5556677")
				p.expect(t, tdm.Connect)
				if p.Channel().Timeslot != 2 {
					t.Errorf("the next call is on %+v", p.Channel())
				}
				r.hangUp(p)
				r.hangUp(up)
				if st := r.channel(first); st.State != "blocked" {
					t.Errorf("after its call the channel is %+v", st)
				}
				far(1)
				// A switch that cannot be told at once is told when the D channel comes up.
				r.line.Pull()
				r.until("the failure", func() bool { return !r.group.Status().Up && !r.far.Status().Up })
				r.group.BlockSpan(0, true)
				r.line.Plug()
				r.until("the D channel", func() bool { return r.group.Status().Up && r.far.Status().Up })
				if s.variant == "ni2" {
					far(23)
				}
				if rel := r.call("5556677").expect(t, tdm.Release); rel.Cause != tdm.CauseNoCircuit {
					t.Errorf("a call of ours ends with %v", rel.Cause)
				}
				if err := r.far.Call(r.ctx, "5557788", "", "201"); (err != nil) != (s.variant == "ni2") {
					t.Errorf("the switch's call: %v", err)
				}
				r.until("rest", func() bool { return len(r.far.Status().Calls) == 0 })
				r.group.BlockSpan(0, false)
				r.until("the end of the block", func() bool { return !r.channel(first).Blocked })
				far(0)
				p = r.call("5556677")
				p.expect(t, tdm.Connect)
				r.hangUp(p)
			})
		})
	}
}

// An operator restarts a channel, which ends its call alone, and the whole span.
func TestRestart(t *testing.T) {
	scene(t, oneE1, func(r *rig) {
		a, b := r.call("5556677"), r.call("5556678")
		a.expect(t, tdm.Connect)
		b.expect(t, tdm.Connect)
		r.group.Restart(a.Channel())
		if rel := a.expect(t, tdm.Release); rel.Cause != tdm.CauseTemporaryFailure {
			t.Errorf("released with %v", rel.Cause)
		}
		time.Sleep(time.Second)
		if st := r.group.Status(); st.Calls != 1 || r.channel(tdm.Channel{Timeslot: 1}).State != "idle" {
			t.Errorf("%d calls, timeslot 1 %+v", st.Calls, r.channel(tdm.Channel{Timeslot: 1}))
		}
		r.group.RestartSpan(0)
		b.expect(t, tdm.Release)
		r.until("the restart", func() bool { return r.channel(tdm.Channel{Timeslot: 31}).State == "idle" })
	})
}

// Three T1s share a D channel with its backup (NFAS). Calls go over the span that they ask for, 24 of them over the one that
// has no D channel; the cable of the span with the D channel is pulled, and the calls of the others go on over the backup.
func TestNFAS(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: framers take minutes under the race detector, and shorter stories have the same goroutines")
	}
	scene(t, stage{framing: tdm.T1ESF, variant: "ni2", lines: 3, d: []int{0, 1}}, func(r *rig) {
		on := func(span int) *party {
			p := &party{up: make(chan tdm.Primitive, 64)}
			p.Call = r.group.CallOn(span, tdm.Primitive{Kind: tdm.Setup, Called: "5556677"}, func(x tdm.Primitive) { p.up <- x })
			p.expect(t, tdm.Connect)
			return p
		}
		first, second := on(0), on(1)
		if second.Name() != "span2" || first.Channel() != (tdm.Channel{Timeslot: 1}) || second.Channel() != (tdm.Channel{Interface: 1, Timeslot: 1}) {
			t.Errorf("calls on %+v, and on %+v of %s", first.Channel(), second.Channel(), second.Name())
		}
		var third []*party
		for range 24 {
			third = append(third, on(2))
		}
		if ch := third[23].Channel(); ch != (tdm.Channel{Interface: 2, Timeslot: 24}) {
			t.Errorf("the last call is on %+v", ch)
		}
		full := &party{up: make(chan tdm.Primitive, 64)}
		full.Call = r.group.CallOn(2, tdm.Primitive{Kind: tdm.Setup, Called: "5556677"}, func(x tdm.Primitive) { full.up <- x })
		if rel := full.expect(t, tdm.Release); rel.Cause != tdm.CauseNoCircuit {
			t.Errorf("a call too many ends with %v", rel.Cause)
		}
		r.audio(third[23])
		r.line.Pull() // of span1
		r.until("the backup", func() bool { st := r.group.Status(); return st.Up && st.DChannels[1].Active && !st.DChannels[0].Up })
		time.Sleep(30 * time.Second)
		if st := r.group.Status(); st.Calls < 25 {
			t.Errorf("%d calls are left", st.Calls)
		}
		r.audio(third[23])
		for _, p := range append(third, second) {
			r.hangUp(p)
		}
		if err := r.far.Call(r.ctx, "5557788", "", "201"); err != nil {
			t.Fatal(err)
		}
		in := <-r.calls
		if in.Name() != "span3" || in.Channel() != (tdm.Channel{Interface: 2, Timeslot: 24}) {
			t.Errorf("the switch calls on %+v of %s", in.Channel(), in.Name())
		}
		in.Send(tdm.Primitive{Kind: tdm.Connect})
		if _, err := r.far.Await(r.ctx, func(s emu.ISDNStatus) bool { return s.Calls[len(s.Calls)-1].State == "talking" }); err != nil {
			t.Fatal(err)
		}
		r.hangUp(in)
		r.line.Plug()
		time.Sleep(time.Minute)
		r.hangUp(first)
	})
}
