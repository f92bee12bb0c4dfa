package q931

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tipring/tdm"
)

// A ladder is a dialogue of two sides as text: each layer 3 message on a line with its octets and its elements, each
// primitive that a call is told, and the time in milliseconds when it moves.
//
//	> SETUP 08 02 00 01 05 ...      from the user to the network
//	    called party number a1 35
//	< CALL PROCEEDING ...           from the network to the user
//	network: SETUP                  told to the network's call
type ladder struct {
	out strings.Builder
	at  time.Duration
}

func (l *ladder) stamp(now time.Duration) {
	if now != l.at {
		l.at = now
		fmt.Fprintf(&l.out, "* %d ms\n", now.Milliseconds())
	}
}

// record makes a ladder of what the sides of r do from now on.
func (r *rig) record() *ladder {
	l := &ladder{}
	for _, s := range []*side{r.user, r.network} {
		s.note = func(d int, frame []byte) {
			if len(frame) <= 4 || frame[2]&1 != 0 {
				return
			}
			l.stamp(r.now)
			arrow := ">"
			if s == r.network {
				arrow = "<"
			}
			if len(s.link.d) > 1 {
				arrow += fmt.Sprintf(" D%d", d)
			}
			var m Message
			if err := m.Parse(frame[4:]); err != nil {
				fmt.Fprintf(&l.out, "%s % x  %v\n", arrow, frame[4:], err)
				return
			}
			name := m.Type.String()
			if m.Protocol != protocolQ931 {
				name = fmt.Sprintf("maintenance %02x", uint8(m.Type))
			}
			fmt.Fprintf(&l.out, "%s %s  % x\n", arrow, name, frame[4:])
			for _, e := range m.Elements {
				fmt.Fprintf(&l.out, "    %v\n", e)
			}
		}
		s.hear = func(id CallID, p tdm.Primitive) {
			l.stamp(r.now)
			one := &side{said: map[CallID][]tdm.Primitive{id: {p}}}
			fmt.Fprintf(&l.out, "%s: %s%s\n", s.name, one.heard(id), details(p))
		}
	}
	return l
}

func details(p tdm.Primitive) (s string) {
	if p.Kind == tdm.Setup {
		s = fmt.Sprintf(" %q from %q %q", p.Called, p.Calling.Digits, p.Calling.Name)
	}
	x := p.ISDN
	if x == nil {
		return s
	}
	if x.Channel.Timeslot != 0 {
		s += fmt.Sprintf(" on %d/%d", x.Channel.Interface, x.Channel.Timeslot)
	}
	if x.Redirecting != nil {
		s += fmt.Sprintf(" sent on by %q, reason %d", x.Redirecting.Digits, x.Reason)
	}
	if x.Redirection != nil {
		s += fmt.Sprintf(" to %q, reason %d", x.Redirection.Digits, x.Reason)
	}
	if x.Connected != nil {
		s += fmt.Sprintf(" connected %q %q", x.Connected.Digits, x.Connected.Name)
	}
	if x.Alerting {
		s += " alerting"
	}
	if x.Peer != 0 {
		s += fmt.Sprintf(" with call %d", x.Peer)
	}
	if x.CallingSub != "" || x.CalledSub != "" {
		s += fmt.Sprintf(" subaddress % x from % x", x.CalledSub, x.CallingSub)
	}
	if x.Keypad != "" {
		s += fmt.Sprintf(" keypad %q", x.Keypad)
	}
	if x.UserUser != "" {
		s += fmt.Sprintf(" user-user %q", x.UserUser)
	}
	if ch := x.Charge; ch != nil {
		s += fmt.Sprintf(" %c %d units %d %q", ch.Phase, ch.Units, ch.Amount, ch.Currency)
		if ch.Phase == 'S' {
			s += fmt.Sprintf(" per %v for %q", ch.Per, ch.Item)
		}
	}
	if x.Name != "" {
		s += fmt.Sprintf(" %q", x.Name)
	}
	return s
}

// A story is told on a rig of the variant, and ends with nothing left.
type story struct {
	name, variant string
	change        func(*Config)
	tell          func(r *rig)
}

var stories = []story{
	{"overlap", "euroisdn", overlapping, func(r *rig) {
		p := setup
		p.Called, p.ISDN = "55", &tdm.ISDN{}
		id := r.user.call(p)
		r.user.do(id, tdm.Primitive{Kind: tdm.Information, Digit: '5'}) // before SETUP ACKNOWLEDGE: it waits
		r.settle()
		in := r.network.last()
		r.network.do(in, tdm.Primitive{Kind: tdm.SetupAck, InBand: true})
		r.settle()
		r.user.do(id, tdm.Primitive{Kind: tdm.Information, Digit: '1'})
		r.user.do(id, tdm.Primitive{Kind: tdm.Information, ISDN: &tdm.ISDN{Complete: true}})
		r.settle()
		r.network.do(in, tdm.Primitive{Kind: tdm.Proceeding})
		r.network.do(in, tdm.Primitive{Kind: tdm.Connect, ISDN: &tdm.ISDN{Connected: &tdm.QualifiedNumber{PartyNumber: tdm.PartyNumber{Digits: "5551"}}}})
		r.settle()
		r.network.do(in, tdm.Primitive{Kind: tdm.Notify, Event: "userinformation", ISDN: &tdm.ISDN{UserUser: "\x04hello"}})
		r.user.do(id, tdm.Primitive{Kind: tdm.Notify, Event: "userinformation", ISDN: &tdm.ISDN{UserUser: "\x04hallo"}})
		r.settle()
		r.user.do(id, hangUp(tdm.CauseNormalClearing))
	}},
	{"tones", "euroisdn", nil, func(r *rig) {
		r.user.call(setup)
		r.settle()
		in := r.network.last()
		r.network.do(in, tdm.Primitive{Kind: tdm.Proceeding})
		r.network.do(in, tdm.Primitive{Kind: tdm.Progress, ISDN: &tdm.ISDN{ProgressValue: 1, ProgressLocation: 2}})
		p := hangUp(tdm.CauseNoAnswer)
		p.InBand = true
		r.network.do(in, p)
		r.settle()
		r.wait(31 * time.Second)
	}},
	{"tones-qsig", "qsig", nil, func(r *rig) {
		id, in := r.connected(r.network, r.user)
		p := hangUp(tdm.CauseNormalClearing)
		p.InBand = true
		r.user.do(in, p)
		r.settle()
		r.network.expect(id, "CONNECT, DISCONNECT 16 in-band")
		r.wait(31 * time.Second)
	}},
	{"glare", "euroisdn", nil, func(r *rig) {
		// Both take the same channel at the same time: the network wins, and gives the user's call another one.
		p := setup
		x := *p.ISDN
		x.Channel = tdm.Channel{Timeslot: 9}
		p.ISDN = &x
		out := r.user.call(p)
		back := r.network.call(p)
		r.settle()
		r.network.do(r.network.last(), tdm.Primitive{Kind: tdm.Proceeding})
		r.user.do(r.user.last(), tdm.Primitive{Kind: tdm.Proceeding})
		r.settle()
		if a, b := r.user.link.CallOn(tdm.Channel{Timeslot: 9}), r.user.last(); a != b {
			r.t.Errorf("channel 9 is call %d's, not %d's", a, b)
		}
		r.user.do(out, hangUp(tdm.CauseNormalClearing))
		r.network.do(back, hangUp(tdm.CauseNormalClearing))
	}},
	{"glare-exclusive", "ni2", nil, func(r *rig) {
		// The user insists on a channel that the network has just taken: it is refused with cause 44.
		p := setup
		x := *p.ISDN
		x.Channel, x.Exclusive = tdm.Channel{Timeslot: 9}, true
		p.ISDN = &x
		r.user.call(p)
		back := r.network.call(p)
		r.settle()
		r.network.do(back, hangUp(tdm.CauseNormalClearing))
	}},
	{"channel-unacceptable", "euroisdn", nil, func(r *rig) {
		for _, s := range []*side{r.user, r.network} {
			p := setup
			x := *p.ISDN
			x.Exclusive = true
			p.ISDN = &x
			id := s.call(p)
			r.settle()
			c := s.far.link.byID[s.far.last()]
			c.channel = tdm.Channel{Timeslot: 20} // the peer answers with a channel that was not offered
			s.far.do(s.far.last(), tdm.Primitive{Kind: tdm.Proceeding})
			r.settle()
			s.expect(id, "DISCONNECT 6, RELEASE 6")
			s.far.link.channels[0][1].call, s.far.link.channels[0][31].call = nil, nil
		}
	}},
	{"restart", "euroisdn", nil, func(r *rig) {
		r.connected(r.user, r.network)
		r.connected(r.network, r.user)
		r.user.take(r.user.link.Restart(r.now, tdm.Channel{Timeslot: 1}, tdm.Channel{Timeslot: 2}))
		r.settle()
		r.network.take(r.network.link.Confirm(r.now))
		r.settle()
		r.network.take(r.network.link.Confirm(r.now))
		r.settle()
		r.network.take(r.network.link.RestartAll(r.now))
		r.settle()
		r.user.take(r.user.link.Confirm(r.now))
	}},
	{"restart-interface", "ni2", twoSpans("ni2"), func(r *rig) {
		// One interface of two, and then both.
		kept, _ := r.connected(r.user, r.network)
		p := setup
		x := *p.ISDN
		x.Channel = tdm.Channel{Interface: 1, Timeslot: 3}
		p.ISDN = &x
		gone := r.network.call(p)
		r.settle()
		r.network.take(r.network.link.RestartInterface(r.now, 1))
		r.settle()
		r.user.take(r.user.link.Confirm(r.now))
		r.settle()
		r.network.expect(gone, "RELEASE 41")
		r.user.expect(kept, "CONNECT")
		for t := range 24 {
			if ch := (tdm.Channel{Interface: 1, Timeslot: uint8(t)}); r.user.link.b(ch).exists && (!r.user.link.Free(ch) || !r.network.link.Free(ch)) {
				r.t.Errorf("channel %d is %s", t, r.user.link.ChannelStatus(ch))
			}
		}
		r.user.take(r.user.link.RestartAll(r.now))
		r.settle()
		r.network.take(r.network.link.Confirm(r.now))
	}},
	{"notify", "euroisdn", nil, func(r *rig) {
		id, in := r.connected(r.user, r.network)
		r.user.do(id, notify(tdm.EventNotify, &tdm.ISDN{Notification: 2, Display: "bearer change"}))
		r.network.do(in, notify(tdm.EventNotify, &tdm.ISDN{Notification: 0}))
		r.network.do(in, notify(tdm.EventDisplay, &tdm.ISDN{Display: "hello"}))
		r.settle()
		r.network.expect(in, "SETUP, NOTIFY notify")
		r.user.expect(id, "CONNECT, NOTIFY hold, NOTIFY display")
		r.user.do(id, hangUp(tdm.CauseNormalClearing))
	}},
	{"hold", "euroisdn", nil, func(r *rig) {
		id, in := r.connected(r.user, r.network)
		r.user.do(id, tdm.Primitive{Kind: tdm.Notify, Event: "hold"})
		r.settle()
		r.user.do(id, tdm.Primitive{Kind: tdm.Notify, Event: "retrieve"})
		r.settle()
		r.network.do(in, tdm.Primitive{Kind: tdm.Notify, Event: "hold"})
		r.settle()
		r.user.do(id, hangUp(tdm.CauseNormalClearing))
	}},
	{"hold-rejected", "dms100", nil, func(r *rig) {
		id, _ := r.connected(r.user, r.network)
		r.feed(r.network, appendHeader(nil, protocolQ931, CallRef{Value: 1, FromOriginator: true, Octets: 2}, Hold))
		r.user.do(id, hangUp(tdm.CauseNormalClearing))
	}},
	{"name-late", "ni2", func(c *Config) { c.NameWait = time.Second }, func(r *rig) {
		// The network announces a name and sends it 300 ms later; then one that does not come.
		for _, late := range []time.Duration{300 * time.Millisecond, 2 * time.Second} {
			for _, s := range []*side{r.network, r.user} {
				r.announced(s, late)
			}
		}
	}},
	{"name-qsig", "qsig", nil, func(r *rig) {
		p := setup
		p.Calling.Name = "Alice"
		x := *p.ISDN
		x.Redirecting, x.Reason = &tdm.QualifiedNumber{PartyNumber: tdm.PartyNumber{Digits: "4000"}}, 1
		p.ISDN = &x
		id := r.user.call(p)
		r.settle()
		in := r.network.last()
		r.network.do(in, tdm.Primitive{Kind: tdm.Connect, ISDN: &tdm.ISDN{Connected: &tdm.QualifiedNumber{PartyNumber: tdm.PartyNumber{Digits: "5551234", Name: "Bob"}}}})
		r.settle()
		r.network.do(in, tdm.Primitive{Kind: tdm.Notify, Event: "name", ISDN: &tdm.ISDN{Name: "Carol"}})
		r.settle()
		r.user.do(id, hangUp(tdm.CauseNormalClearing))
	}},
	{"private", "euroisdn", nil, func(r *rig) {
		p := setup
		p.Calling.Presentation, p.Calling.Name = tdm.Restricted, "Alice"
		id := r.network.call(p)
		r.settle()
		r.user.do(r.user.last(), hangUp(tdm.CauseCallRejected))
		r.settle()
		r.network.expect(id, "RELEASE 21")
	}},
	{"charges", "euroisdn", nil, func(r *rig) {
		_, in := r.connected(r.user, r.network)
		for _, ch := range []tdm.Charge{{Phase: 'D', Units: 300, Subtotal: true}, {Phase: 'D', Currency: "EUR", Amount: 125, Exponent: -2}, {Phase: 'D', Free: true}} {
			r.network.do(in, tdm.Primitive{Kind: tdm.Notify, Event: "charge", ISDN: &tdm.ISDN{Charge: &ch}})
		}
		p := hangUp(tdm.CauseNormalClearing)
		p.ISDN = &tdm.ISDN{Charge: &tdm.Charge{Phase: 'E', Currency: "EUR", Amount: 150, Exponent: -2}}
		r.network.do(in, p)
	}},
	{"service", "5ess", nil, func(r *rig) {
		for _, in := range []bool{false, true} {
			out, err := r.user.link.SetService(r.now, tdm.Channel{Timeslot: 3}, in)
			if err != nil {
				r.t.Error(err)
			}
			r.user.take(out)
			r.settle()
			if got := r.network.link.Free(tdm.Channel{Timeslot: 3}); got != in {
				r.t.Errorf("in service %v: free at the far end %v", in, got)
			}
		}
	}},
	{"nfas", "ni2", func(c *Config) {
		c.Interfaces = []Interface{{ID: 4, Channels: T1Channels}, {ID: 5, Channels: T1Channels}}
		c.DChannels = []int{0, 1}
	}, func(r *rig) {
		id, _ := r.connected(r.user, r.network)
		for _, s := range []*side{r.user, r.network} {
			s.take(s.link.Line(r.now, 0, false))
		}
		r.settle()
		r.user.expect(id, "CONNECT")
		// Channels of both interfaces are controlled from the second D channel.
		p := setup
		x := *p.ISDN
		x.Channel = tdm.Channel{Interface: 0, Timeslot: 7}
		p.ISDN = &x
		other := r.user.call(p)
		r.settle()
		r.network.do(r.network.last(), tdm.Primitive{Kind: tdm.Proceeding})
		r.settle()
		r.user.do(other, hangUp(tdm.CauseNormalClearing))
		r.user.do(id, hangUp(tdm.CauseNormalClearing))
	}},
	{"switch-restart", "ni2", nil, func(r *rig) {
		// A switch that restarts brings its channels up one by one.
		r.connected(r.user, r.network)
		r.network.take(r.network.link.Restart(r.now, r.network.link.all()...))
		for range 31 {
			r.settle()
			r.user.take(r.user.link.Confirm(r.now))
		}
		r.settle()
		for t := range 32 {
			ch := tdm.Channel{Timeslot: uint8(t)}
			if r.user.link.b(ch).exists && !r.user.link.Free(ch) {
				r.t.Errorf("channel %d is %s", t, r.user.link.ChannelStatus(ch))
			}
		}
	}},
}

// invoke codes an invoke component of a local operation.
func invoke(id, local int64, argument []byte) []byte {
	return tlv(tagInvoke, join(berInt(berInteger, id), berInt(berInteger, local), argument)...)
}

// announced is a call from s whose SETUP says that a name follows, by informationFollowing of GR-1367.
func (r *rig) announced(s *side, late time.Duration) {
	m := setupOctets(r.t, s)
	var x Message
	if err := x.Parse(m); err != nil {
		r.t.Fatal(err)
	}
	at := 0
	for x.Elements[at].ID < elFacility {
		at++
	}
	f := Element{ID: elFacility, Contents: join(interpreted, tlv(tagInvoke, join(berInt(berInteger, 1), tlv(berOID, []byte(oidT1+"\x04")...), tlv(berEnumerated, 0))...))}
	x.Elements = append(x.Elements[:at:at], append([]Element{f}, x.Elements[at:]...)...)
	k := len(s.far.order)
	r.feed(s, x.Append(nil))
	if len(s.far.order) != k {
		r.t.Error("the call was offered before its name had come")
	}
	r.wait(late)
	ref := x.Ref
	name := appendHeader(nil, protocolQ931, ref, Facility)
	name = appendElement(name, elFacility, join(interpreted, invoke(2, 0, tlv(nameAllowed, []byte("Dora")...)))...)
	r.feed(s, name)
	r.feed(s, appendCause(appendHeader(nil, protocolQ931, ref, ReleaseComplete), 0, 16))
}

// allStories adds a plain call each way for every switch type.
func allStories() []story {
	all := slices.Concat(stories, services)
	for _, v := range Variants {
		all = append(all, story{"call-" + v.Name, v.Name, nil, func(r *rig) {
			for _, s := range []*side{r.user, r.network} {
				p := setup
				p.Calling.Name = "Alice"
				id := s.call(p)
				r.settle()
				in := s.far.last()
				s.far.do(in, tdm.Primitive{Kind: tdm.Proceeding})
				s.far.do(in, tdm.Primitive{Kind: tdm.Alerting, InBand: true})
				r.settle()
				s.far.do(in, tdm.Primitive{Kind: tdm.Connect})
				r.settle()
				s.do(id, hangUp(tdm.CauseNormalClearing))
				r.settle()
			}
		}})
	}
	return all
}

// TestLadders tells every story and compares its messages with the committed ones.
func TestLadders(t *testing.T) {
	for _, x := range allStories() {
		t.Run(x.name, func(t *testing.T) {
			r := newRig(t, x.variant, x.change)
			l := r.record()
			x.tell(r)
			r.settle()
			r.done()
			file := filepath.Join("testdata/ladders", x.name+".txt")
			if *update {
				os.MkdirAll("testdata/ladders", 0o755)
			}
			golden(t, file, l.out.String())
		})
	}
}
