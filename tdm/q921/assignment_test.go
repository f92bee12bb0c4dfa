package q921

import (
	"encoding/hex"
	"testing"
)

func message(t *testing.T, frame []byte, fromNetwork bool) Management {
	t.Helper()
	f, err := Parse(frame, fromNetwork)
	if err != nil || f.Kind != UI || f.SAPI != managementSAPI || f.TEI != broadcastTEI || !f.Command {
		t.Fatalf("frame % x: %v, %v", frame, f, err)
	}
	m, err := ParseManagement(f.Info)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func counting() func() uint16 {
	n := uint16(0)
	return func() uint16 { n++; return n }
}

// §5.3.2: a terminal asks, the network assigns, the terminal takes it.
func TestAssignment(t *testing.T) {
	u, n := NewTEIUser(counting()), NewTEINetwork()
	ask := u.Ask()
	if got := hex.EncodeToString(ask.Send); got != "fcff030f000101ff" || ask.Start != defaultT202 {
		t.Fatalf("asks with %s and T202 %v", got, ask.Start)
	}
	given := n.Receive(message(t, ask.Send, false))
	if got := hex.EncodeToString(given.Send); got != "feff030f00010281" {
		t.Fatalf("is given %s", got)
	}
	if out := u.Receive(message(t, given.Send, true)); out.Assign != firstAutomatic || !out.Stop {
		t.Errorf("takes %+v", out)
	}
	// Checked, it answers; removed, it lets go.
	if out := u.Receive(Management{Type: IdentityCheck, Ai: anyTEI}); message(t, out.Send, false).Ai != firstAutomatic {
		t.Errorf("checked: %+v", out)
	}
	if out := u.Receive(message(t, n.Remove(firstAutomatic).Send, true)); out.Remove != firstAutomatic {
		t.Errorf("removed: %+v", out)
	}
}

// §5.3.2.1: N202 requests, each with a reference number of its own; an answer to another one is not for us.
func TestAssignmentUnanswered(t *testing.T) {
	u := NewTEIUser(counting())
	u.Ask()
	for i := range defaultN202 {
		if out := u.Receive(Management{Type: IdentityAssigned, Ri: 99, Ai: 70}); out.Assign != 0 {
			t.Error("took another's TEI")
		}
		out := u.Expired()
		if last := i == defaultN202-1; out.Failed != last || !last && message(t, out.Send, false).Ri != uint16(i+2) {
			t.Errorf("expiry %d: %+v", i, out)
		}
	}
	if out := u.Expired(); out.Send != nil || out.Failed {
		t.Errorf("a late expiry: %+v", out)
	}
	u.Ask()
	if out := u.Receive(Management{Type: IdentityDenied, Ri: u.ri, Ai: anyTEI}); !out.Failed || !out.Stop {
		t.Errorf("denied: %+v", out)
	}
}

// §5.3.4.1: a terminal that hears its TEI given to another one lets go of it.
func TestDoubleAssignment(t *testing.T) {
	u := NewTEIUser(counting())
	u.Ask()
	u.Receive(Management{Type: IdentityAssigned, Ri: u.ri, Ai: 80})
	if out := u.Receive(Management{Type: IdentityAssigned, Ri: 7, Ai: 80}); out.Remove != 80 {
		t.Errorf("%+v", out)
	}
}

// §5.3.3: when all are given away, those that nobody answers for are found and given again, and double ones are removed.
func TestAuditWhenAllAreGiven(t *testing.T) {
	n := NewTEINetwork()
	for tei := firstAutomatic; tei <= lastAutomatic; tei++ {
		n.Receive(Management{Type: IdentityRequest, Ri: uint16(tei), Ai: anyTEI})
	}
	out := n.Receive(Management{Type: IdentityRequest, Ri: 500, Ai: anyTEI})
	if m := message(t, out.Send, true); m.Type != IdentityCheck || m.Ai != firstAutomatic || out.Start != defaultT201 {
		t.Fatalf("%+v", m)
	}
	n.Receive(Management{Type: IdentityChecked, Ai: firstAutomatic}) // 64 is in use
	next := n.Expired()
	if len(next) != 1 || message(t, next[0].Send, true).Ai != firstAutomatic+1 {
		t.Fatalf("%+v", next)
	}
	n.Expired() // 65: asked once more
	given := n.Expired()
	if len(given) != 2 || given[0].Remove != firstAutomatic+1 {
		t.Fatalf("%+v", given)
	}
	if m := message(t, given[1].Send, true); m.Type != IdentityAssigned || m.Ri != 500 || m.Ai != firstAutomatic+1 {
		t.Errorf("given %+v", m)
	}
	// Two terminals answer for one TEI: it is taken from both.
	n.Receive(Management{Type: IdentityVerify, Ai: 70})
	n.Receive(Management{Type: IdentityChecked, Ai: 70})
	n.Receive(Management{Type: IdentityChecked, Ai: 70})
	if out := n.Expired(); len(out) != 1 || message(t, out[0].Send, true).Type != IdentityRemove || out[0].Remove != 70 {
		t.Errorf("%+v", out)
	}
	if out := n.Receive(Management{Type: IdentityRequest, Ri: 1, Ai: 70}); message(t, out.Send, true).Type != IdentityDenied {
		t.Errorf("a TEI by name: %+v", out)
	}
}

func FuzzManagement(f *testing.F) {
	f.Add([]byte{0x0f, 0, 1, 1, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseManagement(b)
		if err != nil {
			return
		}
		if got := m.Append(nil); string(got) != string(b) {
			t.Errorf("% x comes back as % x", b, got)
		}
		NewTEINetwork().Receive(m)
		u := NewTEIUser(counting())
		u.Ask()
		u.Receive(m)
	})
}
