package q921

import (
	"fmt"
	"time"
)

// TEI management, Q.921 §5.3: messages in UI frames of SAPI 63 and TEI 127. A basic access needs it; on a primary access the
// TEI is 0 and all of this is silent.

const (
	managementSAPI   = 63
	managementEntity = 0x0f
	anyTEI           = 127
	firstAutomatic   = 64
	lastAutomatic    = 126

	defaultT201 = time.Second
	defaultT202 = 2 * time.Second
	defaultN202 = 3
)

// MessageType is the type of a management message, Q.921 table 8.
type MessageType uint8

// The messages.
const (
	IdentityRequest  MessageType = 1
	IdentityAssigned MessageType = 2
	IdentityDenied   MessageType = 3
	IdentityCheck    MessageType = 4 // identity check request
	IdentityChecked  MessageType = 5 // identity check response
	IdentityRemove   MessageType = 6
	IdentityVerify   MessageType = 7
)

// A Management message: entity identifier, reference number Ri, type, action indicator Ai.
type Management struct {
	Type MessageType
	Ri   uint16
	Ai   uint8
}

// ParseManagement reads the information of a UI frame of SAPI 63.
func ParseManagement(info []byte) (Management, error) {
	if len(info) != 5 || info[0] != managementEntity || info[4]&extended == 0 || info[3] < 1 || info[3] > 7 {
		return Management{}, fmt.Errorf("q921: % x is no management message (§5.3.1)", info)
	}
	return Management{Type: MessageType(info[3]), Ri: uint16(info[1])<<8 | uint16(info[2]), Ai: info[4] >> 1}, nil
}

// Append appends the message's information.
func (m Management) Append(b []byte) []byte {
	return append(b, managementEntity, byte(m.Ri>>8), byte(m.Ri), byte(m.Type), m.Ai<<1|extended)
}

// A TEIOutput is one thing that TEI management wants done.
type TEIOutput struct {
	Send   []byte        // a frame, or nil
	Assign uint8         // user: MDL-ASSIGN request with this TEI, 0 for none
	Remove uint8         // MDL-REMOVE request for this TEI, 0 for none
	Failed bool          // user: MDL-ERROR response, no TEI is to be had
	Start  time.Duration // start the timer (T201, T202) afresh with this, 0 to leave it as it is
	Stop   bool
}

// A TEIUser asks for a TEI, as one terminal (§5.3.2). It has one owner.
type TEIUser struct {
	random func() uint16
	ri     uint16
	tries  int
	asking bool
	tei    uint8 // 0: none
}

// NewTEIUser returns a terminal without a TEI. random gives reference numbers.
func NewTEIUser(random func() uint16) *TEIUser { return &TEIUser{random: random} }

// Ask is the MDL-ASSIGN indication: a TEI is wanted.
func (u *TEIUser) Ask() TEIOutput {
	u.tries, u.asking = 0, true
	return u.request()
}

func (u *TEIUser) request() TEIOutput {
	u.tries++
	u.ri = u.random()
	return TEIOutput{Send: managementFrame(Management{Type: IdentityRequest, Ri: u.ri, Ai: anyTEI}, false), Start: defaultT202}
}

// Expired is T202: N202 requests are made, each with a new reference number (§5.3.2.1).
func (u *TEIUser) Expired() TEIOutput {
	switch {
	case !u.asking:
		return TEIOutput{}
	case u.tries < defaultN202:
		return u.request()
	}
	u.asking = false
	return TEIOutput{Failed: true}
}

// Receive takes a management message of the network.
func (u *TEIUser) Receive(m Management) TEIOutput {
	switch m.Type {
	case IdentityAssigned:
		switch {
		case u.asking && m.Ri == u.ri && m.Ai >= firstAutomatic && m.Ai <= lastAutomatic:
			u.asking, u.tei = false, m.Ai
			return TEIOutput{Assign: m.Ai, Stop: true}
		case u.tei != 0 && m.Ai == u.tei: // another terminal was given ours (§5.3.4.1)
			return u.drop()
		}
	case IdentityDenied:
		if u.asking && m.Ri == u.ri {
			u.asking = false
			return TEIOutput{Failed: true, Stop: true}
		}
	case IdentityCheck:
		if u.tei != 0 && (m.Ai == u.tei || m.Ai == anyTEI) {
			return TEIOutput{Send: managementFrame(Management{Type: IdentityChecked, Ri: u.random(), Ai: u.tei}, false)}
		}
	case IdentityRemove:
		if u.tei != 0 && (m.Ai == u.tei || m.Ai == anyTEI) {
			return u.drop()
		}
	}
	return TEIOutput{}
}

func (u *TEIUser) drop() TEIOutput {
	tei := u.tei
	u.tei = 0
	return TEIOutput{Remove: tei}
}

// A TEINetwork assigns TEIs on one interface (§5.3.2, §5.3.3). It has one owner.
type TEINetwork struct {
	used    [lastAutomatic + 1]bool
	check   uint8    // TEI that is being checked, 0 for none
	checks  int      // identity check requests of it so far
	answers int      // to the one at hand
	waiting []uint16 // reference numbers of requests that wait for a free TEI
}

// NewTEINetwork returns an interface on which no TEI is assigned.
func NewTEINetwork() *TEINetwork { return &TEINetwork{} }

// maxWaiting bounds the requests that wait while a TEI is checked; the others are denied.
const maxWaiting = 8

// Receive takes a management message of a terminal.
func (n *TEINetwork) Receive(m Management) TEIOutput {
	switch m.Type {
	case IdentityRequest:
		return n.request(m)
	case IdentityChecked:
		if n.check != 0 && m.Ai == n.check {
			n.answers++
		}
	case IdentityVerify: // §5.3.5: a terminal asks whether its TEI is its own
		if m.Ai >= firstAutomatic && m.Ai <= lastAutomatic && n.check == 0 {
			n.checks = 0
			return n.ask(m.Ai)
		}
	}
	return TEIOutput{}
}

func (n *TEINetwork) request(m Management) TEIOutput {
	if m.Ai != anyTEI { // only an automatic TEI is asked for (§5.3.2)
		return n.deny(m.Ri)
	}
	for tei := uint8(firstAutomatic); tei <= lastAutomatic; tei++ {
		if !n.used[tei] {
			n.used[tei] = true
			return TEIOutput{Send: managementFrame(Management{Type: IdentityAssigned, Ri: m.Ri, Ai: tei}, true)}
		}
	}
	if len(n.waiting) >= maxWaiting {
		return n.deny(m.Ri)
	}
	n.waiting = append(n.waiting, m.Ri)
	if n.check != 0 {
		return TEIOutput{}
	}
	n.checks = 0
	return n.ask(firstAutomatic)
}

func (n *TEINetwork) deny(ri uint16) TEIOutput {
	return TEIOutput{Send: managementFrame(Management{Type: IdentityDenied, Ri: ri, Ai: anyTEI}, true)}
}

func (n *TEINetwork) ask(tei uint8) TEIOutput {
	n.check, n.answers = tei, 0
	n.checks++
	return TEIOutput{Send: managementFrame(Management{Type: IdentityCheck, Ai: tei}, true), Start: defaultT201}
}

// Expired is T201: a TEI that nobody answers for twice is free; one that two answer for is taken from both (§5.3.3).
func (n *TEINetwork) Expired() []TEIOutput {
	tei := n.check
	switch {
	case tei == 0:
		return nil
	case n.answers == 0 && n.checks < 2:
		return []TEIOutput{n.ask(tei)}
	}
	n.check = 0
	var out []TEIOutput
	switch {
	case n.answers == 1:
	default:
		n.used[tei] = false
		if n.answers > 1 {
			out = append(out, n.Remove(tei))
		} else {
			out = append(out, TEIOutput{Remove: tei})
		}
	}
	return append(out, n.next(tei)...)
}

// next serves those that wait, or looks at the next TEI for them.
func (n *TEINetwork) next(tei uint8) []TEIOutput {
	if len(n.waiting) == 0 {
		return nil
	}
	if !n.used[tei] {
		ri := n.waiting[0]
		n.waiting = n.waiting[1:]
		out := []TEIOutput{n.request(Management{Type: IdentityRequest, Ri: ri, Ai: anyTEI})}
		if len(n.waiting) == 0 {
			return out
		}
		return append(out, n.after(tei)...)
	}
	return n.after(tei)
}

func (n *TEINetwork) after(tei uint8) []TEIOutput {
	if tei < lastAutomatic {
		n.checks = 0
		return []TEIOutput{n.ask(tei + 1)}
	}
	var out []TEIOutput
	for _, ri := range n.waiting {
		out = append(out, n.deny(ri))
	}
	n.waiting = n.waiting[:0]
	return out
}

// Remove takes a TEI away (§5.3.4): MDL-REMOVE here, and identity remove to the terminals.
func (n *TEINetwork) Remove(tei uint8) TEIOutput {
	if int(tei) < len(n.used) {
		n.used[tei] = false
	}
	return TEIOutput{Send: managementFrame(Management{Type: IdentityRemove, Ai: tei}, true), Remove: tei}
}

func managementFrame(m Management, fromNetwork bool) []byte {
	f := Frame{SAPI: managementSAPI, TEI: broadcastTEI, Command: true, Kind: UI, Info: m.Append(nil)}
	return f.Append(nil, fromNetwork)
}
