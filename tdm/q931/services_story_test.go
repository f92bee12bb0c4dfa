package q931

import (
	"strings"

	"tipring/tdm"
)

// Stories of supplementary services with libpri.

// notified waits until the call was told of an event, and returns the Notify.
func (s *station) notified(id CallID, event string) (p tdm.Primitive, ok bool) {
	ok = s.until(event, func() bool {
		for _, q := range s.said[id] {
			if q.Kind == tdm.Notify && q.Event == event {
				p = q
				return true
			}
		}
		return false
	})
	return p, ok
}

// bothEnd waits for the end of two calls that libpri clears.
func (s *station) bothEnd(a, b CallID) string {
	for _, id := range []CallID{a, b} {
		if !ended(s, id, tdm.CauseNormalClearing) {
			return "we heard " + s.heard(id)
		}
	}
	return "ok"
}

// transferOut: we ask libpri to join two calls.
func transferOut(s *station) string {
	first, n, _ := s.connectedOut()
	second, k, _ := s.connectedOut()
	s.tell(first, notify(tdm.EventTransfer, &tdm.ISDN{Peer: uint32(second), Connected: numbered("5550001"), Redirection: numbered("5550002")}))
	if s.link.config.Variant.has(opJoined) {
		if _, ok := s.notified(first, tdm.EventJoined); !ok {
			return "we heard " + s.heard(first)
		}
		for _, want := range []string{"5550001", "5550002"} {
			if l := s.peer("connected"); value(l, "number") != want {
				return "libpri: " + l
			}
		}
		if r := s.clearOut(first, n); r != "ok" {
			return r
		}
		return s.clearOut(second, k)
	}
	if s.peer("transfer") == "" {
		s.notified(first, tdm.EventTransferRefused)
		return "libpri heard no transfer; we heard " + s.heard(first)
	}
	s.say("transferred %s 1", k)
	s.say("hangup %s 16", k)
	s.say("hangup %s 16", n)
	if _, ok := s.notified(first, tdm.EventTransferred); !ok {
		return "we heard " + s.heard(first)
	}
	return s.bothEnd(first, second)
}

// transferIn: libpri asks us.
func transferIn(s *station) string {
	var ids []CallID
	var n []string
	for range 2 {
		in, k, ok := s.calledBy("")
		if !ok {
			return "no call came"
		}
		ids, n = append(ids, in), append(n, k)
		s.tell(in, tdm.Primitive{Kind: tdm.Proceeding})
		s.tell(in, tdm.Primitive{Kind: tdm.Connect})
		if s.peer("answer") == "" {
			return "no answer"
		}
		s.used++
	}
	s.used = 0
	s.say("transfer %s %s", n[0], n[1])
	if l := s.peer("transfer"); l != "transfer sent" {
		return "libpri: " + l
	}
	if s.link.config.Variant.has(opJoined) {
		for _, id := range ids {
			if _, ok := s.notified(id, tdm.EventParty); !ok {
				return "we heard " + s.heard(id)
			}
		}
	} else {
		at := CallID(0)
		s.until("transfer", func() bool {
			for _, id := range ids {
				if strings.HasSuffix(s.heard(id), "NOTIFY transfer") {
					at = id
				}
			}
			return at != 0
		})
		if at == 0 {
			return "we heard " + s.heard(ids[0]) + " and " + s.heard(ids[1])
		}
		if peer := s.said[at][len(s.said[at])-1].ISDN.Peer; CallID(peer) != ids[0]+ids[1]-at {
			return "the other call is another one"
		}
		s.tell(at, notify(tdm.EventTransferred, nil))
	}
	for _, id := range ids {
		s.tell(id, hangUp(tdm.CauseNormalClearing))
		s.say("hangup %s 16", peerCall(s.peer("disconnect")))
	}
	return s.bothEnd(ids[0], ids[1])
}

// transfer: the user asks, the network joins; in QSIG both do.
func transfer(s *station) string {
	switch {
	case s.link.config.Variant.Symmetric:
		return both(transferOut, transferIn)(s)
	case s.link.config.Network:
		return transferIn(s)
	}
	return transferOut(s)
}

// deflectOut: libpri calls, and we have the call sent elsewhere.
func deflectOut(s *station) string {
	in, n, ok := s.calledBy("")
	if !ok {
		return "no call came"
	}
	s.tell(in, tdm.Primitive{Kind: tdm.Proceeding})
	p := notify(tdm.EventDeflect, &tdm.ISDN{Redirection: numbered("5550002"), Redirecting: numbered("5551234"), Reason: 1, Calling: tdm.Numbering{Type: 2, Plan: 1}})
	p.Calling.Digits = "2125550100"
	s.tell(in, p)
	if l := s.peer("rerouting"); value(l, "to") != "5550002" || value(l, "from") != "5551234" || value(l, "reason") != "1" {
		return "libpri: " + l
	}
	s.say("deflected %s 1", n)
	if _, ok := s.notified(in, tdm.EventDeflected); !ok {
		return "we heard " + s.heard(in)
	}
	s.say("hangup %s 16", n)
	if !ended(s, in, tdm.CauseNormalClearing) {
		return "we heard " + s.heard(in)
	}
	return "ok"
}

// deflectIn: we call, and libpri has the call sent elsewhere.
func deflectIn(s *station) string {
	id := s.dial(setup)
	ring := s.peer("ring")
	n := peerCall(ring)
	s.say("proceeding %s %s", n, value(ring, "channel"))
	s.say("deflect %s 5550003", n)
	if l := s.peer("deflect"); l != "deflect sent" {
		return "libpri: " + l
	}
	p, ok := s.notified(id, tdm.EventDeflect)
	if !ok {
		return "we heard " + s.heard(id)
	}
	if x := p.ISDN; x.Redirection.Digits != "5550003" || x.Redirecting == nil || x.Redirecting.Digits != "5551234" || x.Reason != 1 {
		return "we were asked for " + details(p)
	}
	s.tell(id, notify(tdm.EventDeflected, nil))
	return s.clearOut(id, n)
}

// malicious: the called user asks the network to note a call.
func malicious(s *station) string {
	if s.link.config.Network {
		id, n, _ := s.connectedOut()
		s.say("mcid %s", n)
		if l := s.peer("mcid"); l != "mcid sent" {
			return "libpri: " + l
		}
		if _, ok := s.notified(id, tdm.EventMalicious); !ok {
			return "we heard " + s.heard(id)
		}
		s.tell(id, notify(tdm.EventMaliciousNoted, nil))
		if l := s.peer("mcidrsp"); value(l, "status") != "0" {
			return "libpri: " + l
		}
		return s.clearOut(id, n)
	}
	in, n, ok := s.calledBy("")
	if !ok {
		return "no call came"
	}
	s.tell(in, tdm.Primitive{Kind: tdm.Connect})
	if s.peer("answer") == "" {
		return "no answer"
	}
	s.tell(in, notify(tdm.EventMalicious, nil))
	if l := s.peer("mcid"); value(l, "from") != "2125550100" {
		return "libpri: " + l
	}
	s.say("hangup %s 16", n)
	if !ended(s, in, tdm.CauseNormalClearing) {
		return "we heard " + s.heard(in)
	}
	return "ok"
}

// informationOut sends user-user, keypad and subaddresses.
func informationOut(s *station) string {
	p := setup
	x := *p.ISDN
	x.UserUser, x.Keypad, x.CallingSub, x.CalledSub = "\x04hello", "*21#", "\x80P100", "\x80P200"
	p.ISDN = &x
	id := s.dial(p)
	ring := s.peer("ring")
	l := s.peer("more")
	s.refuseRing(ring, 16)
	if !ended(s, id, tdm.CauseNormalClearing) {
		return "we heard " + s.heard(id)
	}
	if value(l, "keypad") != "*21#" || value(l, "useruser") != "hello" || !strings.HasSuffix(value(l, "callingsub"), "100") || !strings.HasSuffix(value(l, "calledsub"), "200") {
		return "libpri: " + l
	}
	return "ok"
}

func informationIn(s *station) string {
	in, _, ok := s.calledBy("keypad=*22# useruser=hallo callingsub=P101 calledsub=P201")
	if !ok {
		return "no call came"
	}
	x := s.said[in][0].ISDN
	s.tell(in, hangUp(tdm.CauseNormalClearing))
	s.peer("hangup")
	if x.Keypad != "*22#" || x.UserUser != "\x04hallo" || x.CallingSub != "\x80P101" || x.CalledSub != "\x80P201" {
		return "we were told" + details(tdm.Primitive{ISDN: x})
	}
	return "ok"
}
