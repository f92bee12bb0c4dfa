package q931

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tipring/tdm"
)

// The stories of the matrix. Each is told from our side; "Out" is a call from us.

func ended(s *station, id CallID, cause tdm.Cause) bool {
	return s.until("release", func() bool {
		ps := s.said[id]
		return len(ps) > 0 && ps[len(ps)-1].Kind == tdm.Release && ps[len(ps)-1].Cause == cause
	})
}

// refuse makes libpri proceed with a call that it is offered, and clear it: without an answer of its own it would send
// nothing at all.
func (s *station) refuse(cause int) { s.refuseRing(s.peer("ring"), cause) }

func (s *station) refuseRing(ring string, cause int) {
	n := peerCall(ring)
	s.say("proceeding %s %s", n, value(ring, "channel"))
	s.say("hangup %s %d", n, cause)
}

func busyOut(s *station) string {
	id := s.dial(setup)
	s.refuse(17)
	if !ended(s, id, tdm.CauseUserBusy) {
		return "we heard " + s.heard(id)
	}
	s.peer("hangup")
	return "ok"
}

func (s *station) calledBy(args string) (in CallID, n string, ok bool) {
	k := len(s.order)
	s.say("call channel=%d %s", s.freeChannel(), args)
	n = peerCall(s.peer("new"))
	in, ok = s.offered(k)
	return in, n, ok
}

func busyIn(s *station) string {
	in, _, ok := s.calledBy("")
	if !ok {
		return "no call came"
	}
	s.tell(in, hangUp(tdm.CauseUserBusy))
	if l := s.peer("hangup"); value(l, "cause") != "17" {
		return "libpri: " + l
	}
	if !ended(s, in, tdm.CauseUserBusy) {
		return "we heard " + s.heard(in)
	}
	return "ok"
}

func noAnswerOut(s *station) string {
	id := s.dial(setup)
	l := s.peer("ring")
	n, ch := peerCall(l), value(l, "channel")
	s.say("proceeding %s %s", n, ch)
	s.say("alerting %s %s", n, ch)
	if l := s.peer("disconnect"); value(l, "cause") != "19" { // our T301
		return "libpri: " + l
	}
	s.say("hangup %s 19", n)
	if !ended(s, id, tdm.CauseNoAnswer) {
		return "we heard " + s.heard(id)
	}
	return "ok"
}

func noAnswerIn(s *station) string {
	in, n, ok := s.calledBy("")
	if !ok {
		return "no call came"
	}
	s.tell(in, tdm.Primitive{Kind: tdm.Proceeding})
	s.tell(in, tdm.Primitive{Kind: tdm.Alerting})
	if s.peer("alerting") == "" {
		return "no alerting"
	}
	s.say("hangup %s 19", n)
	if !ended(s, in, tdm.CauseNoAnswer) {
		return "we heard " + s.heard(in)
	}
	return "ok"
}

func overlapOut(s *station) string {
	p := setup
	p.Called = "555"
	p.ISDN = &tdm.ISDN{Called: tdm.Numbering{Type: 2, Plan: 1}}
	id := s.dial(p)
	l := s.peer("ring")
	if value(l, "called") != "555" || value(l, "complete") != "0" {
		return "libpri: " + l
	}
	n, ch := peerCall(l), value(l, "channel")
	s.say("setupack %s %s", n, ch)
	if !s.heardIt(id, "SETUP ACK") {
		return "we heard " + s.heard(id)
	}
	digits := ""
	for _, d := range "1234" {
		s.tell(id, tdm.Primitive{Kind: tdm.Information, Digit: byte(d)})
		digits += value(s.peer("info"), "digits")
	}
	if digits != "1234" {
		return "libpri heard the digits " + digits
	}
	s.say("proceeding %s %s", n, ch)
	s.say("answer %s %s", n, ch)
	if !s.heardIt(id, "SETUP ACK, PROCEEDING, CONNECT") {
		return "we heard " + s.heard(id)
	}
	s.tell(id, hangUp(tdm.CauseNormalClearing))
	s.peer("disconnect")
	s.say("hangup %s 16", n)
	if !ended(s, id, tdm.CauseNormalClearing) {
		return "we heard " + s.heard(id)
	}
	return "ok"
}

func overlapIn(s *station) string {
	in, n, ok := s.calledBy("called=555 complete=0")
	if !ok {
		return "no call came"
	}
	if p := s.said[in][0]; p.Called != "555" || p.ISDN.Complete {
		return fmt.Sprintf("called %q complete %v", p.Called, p.ISDN.Complete)
	}
	s.tell(in, tdm.Primitive{Kind: tdm.SetupAck})
	if s.peer("setupack") == "" {
		return "no setupack"
	}
	for _, d := range "1234" {
		s.say("info %s %c", n, d)
	}
	if !s.heardIt(in, "SETUP, INFORMATION 1, INFORMATION 2, INFORMATION 3, INFORMATION 4") {
		return "we heard " + s.heard(in)
	}
	s.tell(in, tdm.Primitive{Kind: tdm.Proceeding})
	s.tell(in, tdm.Primitive{Kind: tdm.Connect})
	if s.peer("answer") == "" {
		return "no answer"
	}
	s.tell(in, hangUp(tdm.CauseNormalClearing))
	s.peer("disconnect")
	s.say("hangup %s 16", n)
	if !ended(s, in, tdm.CauseNormalClearing) {
		return "we heard " + s.heard(in)
	}
	return "ok"
}

// earlyOut: we clear before the peer has said anything. libpri answers by itself and tells its user nothing of it.
func earlyOut(s *station) string {
	id := s.dial(setup)
	s.tell(id, hangUp(tdm.CauseNormalClearing))
	if !ended(s, id, tdm.CauseNormalClearing) {
		return "we heard " + s.heard(id)
	}
	return "ok"
}

func earlyIn(s *station) string {
	in, n, ok := s.calledBy("")
	if !ok {
		return "no call came"
	}
	s.say("hangup %s 16", n)
	if !s.until("release", func() bool { return strings.Contains(s.heard(in), "RELEASE") }) {
		return "we heard " + s.heard(in)
	}
	return "ok"
}

func (s *station) got(kind OutputKind) (o Output, ok bool) {
	at := -1
	s.until("output", func() bool {
		at = slices.IndexFunc(s.other, func(o Output) bool { return o.Kind == kind })
		return at >= 0
	})
	if at < 0 {
		return o, false
	}
	o = s.other[at]
	s.other = slices.Delete(s.other, at, at+1)
	return o, true
}

func restartOut(s *station) string {
	s.tick()
	s.out(s.link.Restart(*s.now, tdm.Channel{Timeslot: 5}))
	if l := s.peer("restart"); value(l, "channel") != "5" {
		return "libpri: " + l
	}
	if o, ok := s.got(RestartDone); !ok || !o.OK || o.Channel.Timeslot != 5 {
		return "not done"
	}
	if !s.link.Free(tdm.Channel{Timeslot: 5}) {
		return "the channel is " + s.link.ChannelStatus(tdm.Channel{Timeslot: 5})
	}
	return "ok"
}

func restartIn(s *station) string {
	s.say("reset 7")
	o, ok := s.got(Cleared)
	if !ok || len(o.Channels) != 1 || o.Channels[0].Timeslot != 7 {
		return fmt.Sprintf("cleared %v", o.Channels)
	}
	s.tick()
	s.out(s.link.Confirm(*s.now))
	if l := s.peer("restartack"); value(l, "channel") != "7" {
		return "libpri: " + l
	}
	return "ok"
}

// name: where only the network sends Display, a name goes one way.
func name(s *station) string {
	switch {
	case !s.link.config.Variant.DisplayDown:
		return both(nameOut, nameIn)(s)
	case s.link.config.Network:
		return nameOut(s)
	}
	return nameIn(s)
}

func nameOut(s *station) string {
	p := setup
	p.Calling.Name = "ALICE"
	id := s.dial(p)
	l := s.peer("ring")
	name := value(l, "name")
	s.refuseRing(l, 16)
	if !ended(s, id, tdm.CauseNormalClearing) {
		return "we heard " + s.heard(id)
	}
	if name != "ALICE" {
		return fmt.Sprintf("libpri shows the name %q", name)
	}
	return "ok"
}

func nameIn(s *station) string {
	in, _, ok := s.calledBy("name=BOB")
	if !ok {
		return "no call came"
	}
	name := s.said[in][0].Calling.Name
	s.tell(in, hangUp(tdm.CauseNormalClearing))
	s.peer("hangup")
	if name != "BOB" {
		return fmt.Sprintf("we were shown the name %q", name)
	}
	return "ok"
}

func redirectingOut(s *station) string {
	p := setup
	x := *p.ISDN
	x.Redirecting = &tdm.QualifiedNumber{PartyNumber: tdm.PartyNumber{Digits: "2125550199"}, Numbering: tdm.Numbering{Type: 2, Plan: 1}}
	x.Reason = 1
	p.ISDN = &x
	id := s.dial(p)
	l := s.peer("ring")
	s.refuseRing(l, 16)
	if !ended(s, id, tdm.CauseNormalClearing) {
		return "we heard " + s.heard(id)
	}
	if value(l, "redirecting") != "2125550199" || value(l, "reason") != "1" {
		return "libpri shows " + value(l, "redirecting") + " reason " + value(l, "reason")
	}
	return "ok"
}

func redirectingIn(s *station) string {
	in, _, ok := s.calledBy("redirecting=2125550198")
	if !ok {
		return "no call came"
	}
	x := s.said[in][0].ISDN
	s.tell(in, hangUp(tdm.CauseNormalClearing))
	s.peer("hangup")
	if x.Redirecting == nil || x.Redirecting.Digits != "2125550198" || x.Reason != 1 {
		return fmt.Sprintf("we were shown %+v reason %d", x.Redirecting, x.Reason)
	}
	return "ok"
}

// connectedOut makes a call to libpri that is answered.
func (s *station) connectedOut() (id CallID, n, ch string) {
	id = s.dial(setup)
	l := s.peer("ring")
	n, ch = peerCall(l), value(l, "channel")
	s.say("proceeding %s %s", n, ch)
	s.say("answer %s %s", n, ch)
	s.heardIt(id, "PROCEEDING, CONNECT")
	return id, n, ch
}

func (s *station) clearOut(id CallID, n string) string {
	s.tell(id, hangUp(tdm.CauseNormalClearing))
	s.peer("disconnect")
	s.say("hangup %s 16", n)
	if !ended(s, id, tdm.CauseNormalClearing) {
		return "we heard " + s.heard(id)
	}
	return "ok"
}

func holdOut(s *station) string {
	id, n, ch := s.connectedOut()
	s.tell(id, tdm.Primitive{Kind: tdm.Notify, Event: "hold"})
	if s.peer("hold") == "" {
		return "libpri heard no HOLD"
	}
	s.say("holdack %s", n)
	if !s.heardIt(id, "PROCEEDING, CONNECT, NOTIFY held") {
		return "we heard " + s.heard(id)
	}
	s.tell(id, tdm.Primitive{Kind: tdm.Notify, Event: "retrieve"})
	if s.peer("retrieve") == "" {
		return "libpri heard no RETRIEVE"
	}
	s.say("retrieveack %s %s", n, ch)
	if !s.heardIt(id, "PROCEEDING, CONNECT, NOTIFY held, NOTIFY retrieved") {
		return "we heard " + s.heard(id)
	}
	return s.clearOut(id, n)
}

func holdIn(s *station) string {
	id, n, ch := s.connectedOut()
	s.say("hold %s", n)
	if l := s.peer("hold"); l != "hold sent" {
		return "libpri: " + l
	}
	if s.peer("holdack") == "" {
		return "no HOLD ACKNOWLEDGE came"
	}
	s.say("retrieve %s %s", n, ch)
	if s.peer("retrieveack") == "" {
		return "no RETRIEVE ACKNOWLEDGE came"
	}
	if !s.heardIt(id, "PROCEEDING, CONNECT, NOTIFY hold, NOTIFY retrieve") {
		return "we heard " + s.heard(id)
	}
	return s.clearOut(id, n)
}

// aoc: charges go from the network to the user.
func aoc(s *station) string {
	id, n, _ := s.connectedOut()
	if s.link.config.Network {
		rate := tdm.Charge{Phase: 'S', Item: "communication", Currency: "EUR", Amount: 9, Exponent: -2, Per: time.Minute}
		s.tell(id, notify(tdm.EventCharge, &tdm.ISDN{Charge: &rate}))
		if l := s.peer("aoc"); value(l, "phase") != "S" || value(l, "type") != "3" || value(l, "cost") != "9" {
			return "libpri: " + l
		}
		s.tell(id, notify(tdm.EventCharge, &tdm.ISDN{Charge: &tdm.Charge{Phase: 'D', Units: 7}}))
		if l := s.peer("aoc"); value(l, "phase") != "D" || value(l, "units") != "7" {
			return "libpri: " + l
		}
		p := hangUp(tdm.CauseNormalClearing)
		p.ISDN = &tdm.ISDN{Charge: &tdm.Charge{Phase: 'E', Units: 9}}
		s.tell(id, p)
		if l := s.peer("aoc"); value(l, "phase") != "E" || value(l, "units") != "9" {
			return "libpri: " + l
		}
		s.peer("disconnect")
		s.say("hangup %s 16", n)
		if !ended(s, id, tdm.CauseNormalClearing) {
			return "we heard " + s.heard(id)
		}
		return "ok"
	}
	s.say("aocs %s 9", n)
	s.say("aocd %s 7", n)
	s.say("aoce %s 9", n)
	s.say("hangup %s 16", n)
	if !ended(s, id, tdm.CauseNormalClearing) {
		return "we heard " + s.heard(id)
	}
	var got []string
	for _, p := range s.said[id] {
		if p.Event == "charge" {
			got = append(got, strings.TrimSpace(details(p)))
		}
	}
	if strings.Join(got, ", ") != `S 0 units 9 "EUR" per 1m0s for "communication", D 7 units 0 "", E 9 units 0 ""` {
		return fmt.Sprintf("we were charged %v", got)
	}
	return "ok"
}

func outOfService(s *station) string {
	for _, in := range []bool{false, true} {
		s.tick()
		out, err := s.link.SetService(*s.now, tdm.Channel{Timeslot: 5}, in)
		if err != nil {
			return err.Error()
		}
		s.out(out)
		l := s.peer("service")
		if want := map[bool]string{true: "0", false: "2"}[in]; value(l, "channel") != "5" || value(l, "status") != want {
			return "libpri: " + l
		}
		if !s.until("ack", func() bool { return !s.link.b(tdm.Channel{Timeslot: 5}).maintenance.running() }) {
			return "no SERVICE ACKNOWLEDGE came"
		}
	}
	return "ok"
}

func peerOutOfService(s *station) string {
	ch := tdm.Channel{Timeslot: 7}
	s.say("service 7 2")
	if !s.until("out", func() bool { return s.link.ChannelStatus(ch) == "out of service (far)" }) {
		return "the channel is " + s.link.ChannelStatus(ch)
	}
	if s.peer("serviceack") == "" {
		return "libpri heard no acknowledgement"
	}
	s.say("service 7 0")
	if !s.until("in", func() bool { return s.link.Free(ch) }) {
		return "the channel is " + s.link.ChannelStatus(ch)
	}
	return "ok"
}

// nfas: a call is up on the first D channel, which then falls silent; it goes on and is cleared over the second, and a new one
// is made there.
func nfas(s *station) string {
	if !s.until("both up", func() bool { return s.link.d[0].up && s.link.d[1].up }) {
		return "the second D channel does not come up"
	}
	s.rest(shortRest)
	id, n, _ := s.connectedOut()
	s.conns[0].Close() // both ends hear nothing any more
	s.say("timer T200 100")
	if !s.until("failover", func() bool { return s.link.active == 1 && !s.link.d[0].up }) {
		return "no failover"
	}
	if r := s.clearOut(id, n); r != "ok" {
		return r
	}
	s.rest(shortRest)
	return answerOut(s)
}
