package pri_test

import (
	"strings"
	"testing"
	"time"

	"tipring/tdm"
	"tipring/tdm/fsm"
	"tipring/tdm/q921"
	"tipring/tdm/q931"
)

// What an operator can ask of a group while a call is up: its frames, its machines, and channels for a test.
func TestAsk(t *testing.T) {
	scene(t, oneE1, func(r *rig) {
		frames, stop := r.group.Trace()
		p := r.call("5556677")
		p.expect(t, tdm.Connect)
		time.Sleep(time.Second)
		list, began, err := r.group.Machines(r.ctx)
		if err != nil {
			t.Fatal(err)
		}
		find := func(machine string) (found []fsm.Instance) {
			for _, x := range list {
				if x.Machine == machine {
					found = append(found, x)
				}
			}
			return found
		}
		if d := find("q921"); len(d) != 1 || d[0].State != q921.Established.String() || d[0].Parent != "span1" || len(d[0].Timers) == 0 {
			t.Errorf("data links %+v", d)
		}
		if c := find("q931"); len(c) != 1 || c[0].State != "U10 active" || time.Since(began.Add(time.Duration(c[0].Since))) < time.Second {
			t.Errorf("calls %+v", c)
		}
		if h := find("restart"); len(h) != 2 || h[0].State != q931.Rest0.String() {
			t.Errorf("restarts %+v", h)
		}

		on, other := p.Channel(), tdm.Channel{Timeslot: 20}
		taken, busy, err := r.group.Reserve(r.ctx, []tdm.Channel{on, other}, false)
		if err != nil || len(taken) != 0 || len(busy) != 1 || busy[0] != on {
			t.Errorf("of a channel with a call %v are taken, %v busy, %v", taken, busy, err)
		}
		taken, _, err = r.group.Reserve(r.ctx, []tdm.Channel{on, other}, true)
		if err != nil || len(taken) != 2 {
			t.Errorf("by force %v are taken, %v", taken, err)
		}
		p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
		p.expect(t, tdm.Release)
		if taken, _, _ = r.group.Reserve(r.ctx, []tdm.Channel{other, {Timeslot: 21}}, false); len(taken) != 1 || taken[0].Timeslot != 21 {
			t.Errorf("%v are taken of a channel that is blocked and one that is not", taken)
		}
		for _, ch := range []tdm.Channel{on, other, {Timeslot: 21}} {
			r.group.Block(ch, false)
		}

		stop()
		var said []string
		for len(frames) > 0 {
			f := <-frames
			x, err := q921.Parse(f.Octets, !f.Sent)
			if err != nil || f.Lost != 0 {
				t.Fatalf("%x, %d lost: %v", f.Octets, f.Lost, err)
			}
			if x.Kind == q921.I {
				var m q931.Message
				if err := m.Parse(x.Info); err != nil {
					t.Fatal(err)
				}
				said = append(said, map[bool]string{true: "> ", false: "< "}[f.Sent]+m.Type.String())
			}
		}
		want := "> SETUP, < CALL PROCEEDING, < ALERTING, < CONNECT, > CONNECT ACKNOWLEDGE, > DISCONNECT, < RELEASE, > RELEASE COMPLETE"
		if got := strings.Join(said, ", "); got != want {
			t.Errorf("the trace has %s\nwant %s", got, want)
		}
	})
}

// A trace whose reader sleeps loses frames, and says how many.
func TestTraceThatIsBehind(t *testing.T) {
	scene(t, oneE1, func(r *rig) {
		frames, stop := r.group.Trace()
		defer stop()
		const calls = 40 // of 6 messages, each acknowledged
		for range calls {
			p := r.call("5556677")
			p.expect(t, tdm.Alerting)
			p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
			p.expect(t, tdm.Release)
		}
		n := len(frames)
		for range n {
			if f := <-frames; f.Lost != 0 {
				t.Fatalf("%d lost before the trace was full", f.Lost)
			}
		}
		p := r.call("5556677")
		p.expect(t, tdm.Connect)
		if f := <-frames; f.Lost < calls*6-n {
			t.Errorf("%d lost, after %d that were not", f.Lost, n)
		}
		p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
		p.expect(t, tdm.Release)
	})
}
