package q931

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tipring/tdm"
)

// A side is a Link with a driver in fake time and a user that remembers what its calls were told.
type side struct {
	t      *testing.T
	name   string
	link   *Link
	far    *side
	now    *time.Duration
	loss   float64
	rnd    *rand.Rand
	deaf   bool // frames to this side are thrown away
	silent bool // its data links answer, its layer 3 hears nothing
	line   [2][][]byte
	said   map[CallID][]tdm.Primitive
	order  []CallID // calls offered
	other  []Output // everything that is not a frame or a primitive
	auto   func(s *side, id CallID, p tdm.Primitive)
	note   func(d int, frame []byte)        // sees what is sent
	hear   func(id CallID, p tdm.Primitive) // and what calls are told
}

func (s *side) take(out []Output) {
	type said struct {
		id CallID
		p  tdm.Primitive
	}
	var ups []said
	for _, o := range out {
		switch o.Kind {
		case ToLine:
			if s.note != nil {
				s.note(o.D, o.Octets)
			}
			if s.far == nil || s.far.deaf || s.rnd != nil && s.rnd.Float64() < s.loss {
				break
			}
			s.far.line[o.D] = append(s.far.line[o.D], slices.Clone(o.Octets))
		case Up:
			if s.hear != nil {
				s.hear(o.Call, o.Primitive)
			}
			if o.Primitive.Kind == tdm.Setup {
				s.order = append(s.order, o.Call)
			}
			s.said[o.Call] = append(s.said[o.Call], o.Primitive)
			ups = append(ups, said{o.Call, o.Primitive})
		default:
			o.Channels = slices.Clone(o.Channels)
			s.other = append(s.other, o)
		}
	}
	for _, u := range ups {
		if s.auto != nil {
			s.auto(s, u.id, u.p)
		}
	}
}

func (s *side) do(id CallID, p tdm.Primitive) { s.take(s.link.Primitive(*s.now, id, p)) }

func (s *side) call(p tdm.Primitive) CallID {
	s.t.Helper()
	id, cause, out := s.link.Setup(*s.now, p)
	s.take(out)
	if cause != 0 {
		s.t.Fatalf("%s: Setup refused: %v", s.name, cause)
	}
	return id
}

// last is the call that was offered last.
func (s *side) last() CallID {
	s.t.Helper()
	if len(s.order) == 0 {
		s.t.Fatalf("%s: no call was offered", s.name)
	}
	return s.order[len(s.order)-1]
}

// heard is what a call was told, as words: "SETUP ACK, PROCEEDING".
func (s *side) heard(id CallID) string {
	out := ""
	for i, p := range s.said[id] {
		if i > 0 {
			out += ", "
		}
		out += p.Kind.String()
		if p.Kind == tdm.Disconnect || p.Kind == tdm.Release {
			out += fmt.Sprintf(" %d", p.Cause)
		}
		if p.Kind == tdm.Information {
			if p.Digit != 0 {
				out += " " + string(p.Digit)
			}
			if p.ISDN != nil && p.ISDN.Complete {
				out += " complete"
			}
		}
		if p.Kind == tdm.Notify {
			out += " " + p.Event
			if p.Cause != 0 {
				out += fmt.Sprintf(" %d", p.Cause)
			}
		}
		if p.InBand {
			out += " in-band"
		}
	}
	return out
}

func (s *side) expect(id CallID, want string) {
	s.t.Helper()
	if got := s.heard(id); got != want {
		s.t.Errorf("%s: call heard %q, want %q", s.name, got, want)
	}
}

// A rig is the two sides of a line.
type rig struct {
	t             *testing.T
	now           time.Duration
	user, network *side
}

func variant(t testing.TB, name string) Variant {
	v, err := FindVariant(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func e1(t testing.TB, variantName string) Config {
	return Config{Variant: variant(t, variantName), Interfaces: []Interface{{Channels: E1Channels}}, DChannels: []int{0}}
}

func newSide(t *testing.T, name string, c Config, now *time.Duration) *side {
	s := &side{t: t, name: name, link: New(c), now: now, said: make(map[CallID][]tdm.Primitive)}
	s.link.row = userCover.Take
	if s.link.table == networkTable {
		s.link.row = networkCover.Take
	}
	return s
}

// newRig connects a user and a network; change, if any, alters both configurations.
func newRig(t *testing.T, variantName string, change func(*Config)) *rig {
	r := &rig{t: t}
	c := e1(t, variantName)
	if change != nil {
		change(&c)
	}
	r.user = newSide(t, "user", c, &r.now)
	c.Network, c.Descending = true, true
	r.network = newSide(t, "network", c, &r.now)
	r.user.far, r.network.far = r.network, r.user
	r.user.take(r.user.link.Start(0))
	r.network.take(r.network.link.Start(0))
	r.settle()
	if !r.user.link.Up() || !r.network.link.Up() {
		t.Fatal("the D channel is not up")
	}
	r.user.other, r.network.other = nil, nil
	return r
}

// settle carries frames until none is on the way.
func (r *rig) settle() {
	for busy := true; busy; {
		busy = false
		for _, s := range []*side{r.user, r.network} {
			for d := range s.line {
				if len(s.line[d]) > 0 {
					b := s.line[d][0]
					s.line[d] = s.line[d][1:]
					busy = true
					if !s.deaf {
						s.take(s.link.Frame(r.now, d, s.hears(b)))
					}
				}
			}
		}
	}
}

// hears makes an I frame's message one of a protocol that nobody speaks while layer 3 is to be silent.
func (s *side) hears(b []byte) []byte {
	if s.silent && len(b) > 4 && b[2]&1 == 0 {
		b[4] = 0xff
	}
	return b
}

// feed gives layer 3 messages to a side as its peer's data link would.
func (r *rig) feed(s *side, messages ...[]byte) {
	for _, m := range messages {
		s.far.take(s.far.link.inject(r.now, m))
		r.settle()
	}
}

// inject sends octets as a message.
func (l *Link) inject(now time.Duration, m []byte) []Output {
	l.begin(now)
	l.build = append(l.build[:0], m...)
	l.queue(l.active, l.build)
	return l.end()
}

// setupOctets is a SETUP of that side, which is not sent: the call is forgotten.
func setupOctets(t *testing.T, s *side) []byte {
	t.Helper()
	l := s.link
	l.begin(*s.now)
	ref, _ := l.newRef()
	c := l.newCall(ref)
	ch, _ := l.hunt()
	l.take(c, ch)
	c.step(reqSetup, &input{prim: &setup})
	l.pending = l.pending[:0]
	m := slices.Clone(c.message)
	l.drop(c)
	return m
}

func segmented(t *testing.T, m []byte, n int) (out [][]byte) {
	t.Helper()
	segments(m, n, func(b []byte) { out = append(out, slices.Clone(b)) })
	return out
}

// wait lets time pass, timer by timer.
func (r *rig) wait(d time.Duration) {
	for end := r.now + d; ; {
		at := end
		for _, s := range []*side{r.user, r.network} {
			if n, ok := s.link.Next(); ok && n < at {
				at = n
			}
		}
		r.now = max(r.now, at)
		for _, s := range []*side{r.user, r.network} {
			s.take(s.link.Advance(r.now))
		}
		r.settle()
		if at == end {
			return
		}
	}
}

// done checks that nothing is left of any call: each was told of one Release, last; no channel is held, no timer of a call runs.
func (r *rig) done() {
	r.t.Helper()
	for _, s := range []*side{r.user, r.network} {
		s.done()
	}
}

func (s *side) done() {
	s.t.Helper()
	if n := s.link.Calls(); n != 0 {
		s.t.Errorf("%s: %d calls are left: %v", s.name, n, s.link.Machines(""))
	}
	if n := len(s.link.calls); n != 0 {
		s.t.Errorf("%s: %d call references are left", s.name, n)
	}
	for i := range s.link.channels {
		for t := range s.link.channels[i] {
			if s.link.channels[i][t].call != nil {
				s.t.Errorf("%s: timeslot %d/%d is held", s.name, i, t)
			}
		}
	}
	for _, x := range s.link.clock.heap {
		if x.call != nil {
			s.t.Errorf("%s: %v of a call runs", s.name, x.kind)
		}
	}
	for id, ps := range s.said {
		for i, p := range ps {
			if (p.Kind == tdm.Release) != (i == len(ps)-1) {
				s.t.Errorf("%s: call %d heard %q", s.name, id, s.heard(id))
				break
			}
		}
	}
}

func hangUp(c tdm.Cause) tdm.Primitive { return tdm.Primitive{Kind: tdm.Disconnect, Cause: c} }
