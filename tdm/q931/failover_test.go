package q931

import (
	"testing"
	"time"

	"tipring/tdm"
)

func twoSpans(name string) func(*Config) {
	return func(c *Config) {
		v, err := FindVariant(name)
		if err != nil {
			panic(err)
		}
		c.Variant = v
		c.Interfaces = []Interface{{ID: 0, Channels: T1Channels}, {ID: 1, Channels: T1Channels}}
		c.DChannels = []int{0, 1}
	}
}

// A failure that one end alone sees: it names the other D channel by SERVICE, and the peer follows at once although its own data
// link has not failed. The call goes on, is cleared there, and what comes next is made there.
func TestThePeerFollowsToTheDChannelThatSERVICENames(t *testing.T) {
	for _, name := range []string{"ni2", "5ess", "4ess", "dms100"} {
		sides(t, twoSpans(name), func(t *testing.T, r *rig, us, them *side) {
			id, in := r.connected(us, them)
			us.take(us.link.Line(r.now, 0, false))
			r.settle()
			if us.link.active != 1 || them.link.active != 1 || !them.link.d[0].up || us.link.claimed {
				t.Fatalf("%s: we are on D channel %d, the peer on %d, its first one up: %v", name, us.link.active, them.link.active, them.link.d[0].up)
			}
			if _, ok := us.link.Next(); ok && us.link.backup.running() {
				t.Error("T321 runs although the peer has answered")
			}
			us.expect(id, "CONNECT")
			them.do(in, hangUp(tdm.CauseNormalClearing))
			r.settle()
			us.expect(id, "CONNECT, DISCONNECT 16, RELEASE 16")
			us.take(us.link.Line(r.now, 0, true)) // it comes back and stands by
			r.wait(time.Minute)
			if us.link.active != 1 || them.link.active != 1 || !us.link.d[0].up {
				t.Errorf("%s: after the repair on %d and %d", name, us.link.active, them.link.active)
			}
			r.connected(us, them)
			them.take(them.link.Line(r.now, 1, false))
			r.settle()
			if us.link.active != 0 || them.link.active != 0 {
				t.Errorf("%s: back on %d and %d", name, us.link.active, them.link.active)
			}
			them.take(them.link.Line(r.now, 1, true))
			for _, s := range []*side{us, them} {
				for x := range s.link.byID {
					s.do(x, hangUp(tdm.CauseNormalClearing))
				}
				r.settle()
			}
		})
	}
}

// Both ends name another D channel at once, and what they say arrives in either order: they end on one and the same.
func TestTwoDChannelsNamedAtOnce(t *testing.T) {
	for _, userFirst := range []bool{true, false} {
		r := newRig(t, "ni2", twoSpans("ni2"))
		r.connected(r.user, r.network)
		name := func(s *side, d int) {
			s.link.begin(r.now)
			s.link.carry(s.link.d[d])
			s.take(s.link.end())
		}
		name(r.user, 1)
		name(r.network, 0)
		first, second := r.user, r.network
		if !userFirst {
			first, second = r.network, r.user
		}
		for _, s := range []*side{first, second} {
			for d := range s.line {
				frames := s.line[d]
				s.line[d] = nil
				for _, b := range frames {
					s.take(s.link.Frame(r.now, d, b))
				}
			}
		}
		r.settle()
		if r.user.link.active != r.network.link.active {
			t.Errorf("user first %v: the user is on %d, the network on %d", userFirst, r.user.link.active, r.network.link.active)
		}
	}
}

// A peer that takes the active D channel out of service is left for the other one, and a SERVICE for a D channel that it does not
// come on is nothing.
func TestAnActiveDChannelOutOfService(t *testing.T) {
	sides(t, twoSpans("ni2"), func(t *testing.T, r *rig, us, them *side) {
		id, _ := r.connected(us, them)
		send := func(on, about int, in bool) {
			l := them.link
			l.begin(r.now)
			l.serviceHead(l.config.Variant.service(), in, true)
			e := channelElement{Interface: about, Exclusive: true, DChannel: true}
			l.build = e.append(l.build)
			l.sendOn(on)
			them.take(l.end())
			r.settle()
		}
		ignored := us.link.counters.Ignored
		send(0, 1, true)
		if us.link.active != 0 || us.link.counters.Ignored != ignored+1 {
			t.Errorf("on D channel %d, %d ignored", us.link.active, us.link.counters.Ignored-ignored)
		}
		send(0, 0, false)
		if us.link.active != 1 || them.link.active != 1 {
			t.Errorf("we are on %d, the peer on %d", us.link.active, them.link.active)
		}
		us.do(id, hangUp(tdm.CauseNormalClearing))
		r.settle()
	})
}
