package q931

import (
	"errors"
	"fmt"
)

// MessageType is a message's type octet, Q.931 §4.4.
type MessageType uint8

// The messages of Q.931 tables 3-1 and 4-2 and of Q.932.
const (
	Alerting           MessageType = 0x01
	CallProceeding     MessageType = 0x02
	Progress           MessageType = 0x03
	Setup              MessageType = 0x05
	Connect            MessageType = 0x07
	SetupAck           MessageType = 0x0d
	ConnectAck         MessageType = 0x0f
	UserInformation    MessageType = 0x20
	SuspendReject      MessageType = 0x21
	ResumeReject       MessageType = 0x22
	Hold               MessageType = 0x24
	Suspend            MessageType = 0x25
	Resume             MessageType = 0x26
	HoldAck            MessageType = 0x28
	SuspendAck         MessageType = 0x2d
	ResumeAck          MessageType = 0x2e
	HoldReject         MessageType = 0x30
	Retrieve           MessageType = 0x31
	RetrieveAck        MessageType = 0x33
	RetrieveReject     MessageType = 0x37
	Disconnect         MessageType = 0x45
	Restart            MessageType = 0x46
	Release            MessageType = 0x4d
	RestartAck         MessageType = 0x4e
	ReleaseComplete    MessageType = 0x5a
	Segment            MessageType = 0x60
	Facility           MessageType = 0x62
	Notify             MessageType = 0x6e
	StatusEnquiry      MessageType = 0x75
	CongestionControl  MessageType = 0x79
	Information        MessageType = 0x7b
	Status             MessageType = 0x7d
	escapeToNational   MessageType = 0x00
	protocolQ931                   = 0x08
	protocolATT                    = 0x03 // maintenance: AT&T's switches, DMS-100
	protocolNational               = 0x43 // maintenance: NI-2
	globalCallRef                  = 0
	maxCallRefTwoOctet             = 0x7fff
)

var messageNames = map[MessageType]string{Alerting: "ALERTING", CallProceeding: "CALL PROCEEDING", Progress: "PROGRESS", Setup: "SETUP",
	Connect: "CONNECT", SetupAck: "SETUP ACKNOWLEDGE", ConnectAck: "CONNECT ACKNOWLEDGE", UserInformation: "USER INFORMATION",
	SuspendReject: "SUSPEND REJECT", ResumeReject: "RESUME REJECT", Hold: "HOLD", Suspend: "SUSPEND", Resume: "RESUME", HoldAck: "HOLD ACKNOWLEDGE",
	SuspendAck: "SUSPEND ACKNOWLEDGE", ResumeAck: "RESUME ACKNOWLEDGE", HoldReject: "HOLD REJECT", Retrieve: "RETRIEVE",
	RetrieveAck: "RETRIEVE ACKNOWLEDGE", RetrieveReject: "RETRIEVE REJECT", Disconnect: "DISCONNECT", Restart: "RESTART", Release: "RELEASE",
	RestartAck: "RESTART ACKNOWLEDGE", ReleaseComplete: "RELEASE COMPLETE", Segment: "SEGMENT", Facility: "FACILITY", Notify: "NOTIFY",
	StatusEnquiry: "STATUS ENQUIRY", CongestionControl: "CONGESTION CONTROL", Information: "INFORMATION", Status: "STATUS"}

func (t MessageType) String() string {
	if s, ok := messageNames[t]; ok {
		return s
	}
	return fmt.Sprintf("message %02x", uint8(t))
}

// A CallRef is a call reference, Q.931 §4.3. FromOriginator is the flag at 0: the side that chose the value sent it.
type CallRef struct {
	Value          uint16
	FromOriginator bool
	Octets         uint8 // length of the value: 0 is the dummy, 2 that of a primary access
}

// A Message is a message taken apart. Its contents point into the octets that it was parsed from.
type Message struct {
	Protocol  byte
	Ref       CallRef
	Type      MessageType
	Elements  []Element // every one, known or not, in order of appearance
	Truncated bool      // the last element claims more octets than there are, and is not among Elements
}

// An Element is an information element, Q.931 §4.5.
type Element struct {
	Codeset  uint8
	ID       ElementID
	Value    uint8  // low nibble of a type 1 single-octet element
	Contents []byte // of a variable length element, without its length
}

// ElementID is an identifier within a codeset. Of a type 1 single-octet element it is the octet with the low nibble zero.
type ElementID uint8

// The elements of codeset 0, Q.931 table 4-3.
const (
	elSegmented      ElementID = 0x00
	elChangeStatus   ElementID = 0x01 // of the maintenance messages
	elBearer         ElementID = 0x04
	elCause          ElementID = 0x08
	elCallState      ElementID = 0x14
	elChannel        ElementID = 0x18
	elFacility       ElementID = 0x1c
	elProgress       ElementID = 0x1e
	elNotification   ElementID = 0x27
	elDisplay        ElementID = 0x28
	elKeypad         ElementID = 0x2c
	elSignal         ElementID = 0x34
	elConnected      ElementID = 0x4c
	elConnectedSub   ElementID = 0x4d
	elCalling        ElementID = 0x6c
	elCallingSub     ElementID = 0x6d
	elCalled         ElementID = 0x70
	elCalledSub      ElementID = 0x71
	elRedirecting    ElementID = 0x74
	elRedirection    ElementID = 0x76
	elRestart        ElementID = 0x79
	elLowLayer       ElementID = 0x7c
	elHighLayer      ElementID = 0x7d
	elUserUser       ElementID = 0x7e
	elShift          ElementID = 0x90
	elMoreData       ElementID = 0xa0
	elSendComplete   ElementID = 0xa1
	elCongestion     ElementID = 0xb0
	elRepeat         ElementID = 0xd0
	singleOctet                = 0x80
	nonLocking                 = 0x08
	codesetMask                = 0x07
	comprehensionBit           = 0xf0 // all zero: the receiver has to understand the element, §4.5.1 note 4
)

var elementNames = map[ElementID]string{elSegmented: "segmented message", elChangeStatus: "change status", elBearer: "bearer capability",
	elCause: "cause", elCallState: "call state", elChannel: "channel identification", elFacility: "facility", elProgress: "progress indicator",
	elNotification: "notification indicator", elDisplay: "display", elKeypad: "keypad facility", elSignal: "signal", elConnected: "connected number",
	elConnectedSub: "connected subaddress", elCalling: "calling party number", elCallingSub: "calling party subaddress",
	elCalled: "called party number", elCalledSub: "called party subaddress", elRedirecting: "redirecting number", elRedirection: "redirection number",
	elRestart: "restart indicator", elLowLayer: "low layer compatibility", elHighLayer: "high layer compatibility", elUserUser: "user-user",
	elMoreData: "more data", elSendComplete: "sending complete", elCongestion: "congestion level", elRepeat: "repeat indicator"}

func (e Element) String() string {
	name, ok := elementNames[e.ID]
	if !ok || e.Codeset != 0 {
		name = fmt.Sprintf("element %d/%02x", e.Codeset, uint8(e.ID))
	}
	if e.ID&singleOctet != 0 {
		return name
	}
	return fmt.Sprintf("%s % x", name, e.Contents)
}

// ErrShort is a message of which not even the type can be read: §5.8.2 ignores it.
var ErrShort = errors.New("q931: message too short")

// Parse takes a message apart into m, whose Elements are reused. Only a header that cannot be read is an error; what is
// wrong with elements is for the caller to judge (§5.8.5 to §5.8.7).
func (m *Message) Parse(b []byte) error {
	*m = Message{Elements: m.Elements[:0]}
	if len(b) < 3 {
		return ErrShort
	}
	n := int(b[1] & 0x0f)
	if b[1]&0xf0 != 0 || len(b) < 3+n {
		return fmt.Errorf("q931: call reference of %d octets in a message of %d (§5.8.3.1)", b[1], len(b))
	}
	m.Protocol = b[0]
	m.Ref = CallRef{Octets: uint8(n), FromOriginator: n == 0 || b[2]&0x80 == 0}
	for i, v := range b[2 : 2+n] {
		if i == 0 {
			v &= 0x7f
		}
		m.Ref.Value = m.Ref.Value<<8 | uint16(v)
	}
	m.Type = MessageType(b[2+n])
	m.elements(b[3+n:])
	return nil
}

func (m *Message) elements(b []byte) {
	codeset, locked := uint8(0), uint8(0)
	for len(b) > 0 {
		id := b[0]
		e := Element{Codeset: codeset, ID: ElementID(id)}
		switch {
		case id&singleOctet == 0:
			if len(b) < 2 || len(b) < 2+int(b[1]) {
				m.Truncated = true
				return
			}
			e.Contents = b[2 : 2+int(b[1])]
			b = b[2+int(b[1]):]
		case ElementID(id&0xf0) == elShift:
			b = b[1:]
			codeset = id & codesetMask
			if id&nonLocking == 0 {
				// §4.5.3: a locking shift leads to a higher codeset only.
				locked = max(locked, codeset)
				codeset = locked
			}
			continue
		case ElementID(id&0xf0) == elMoreData: // type 2: the whole octet is the identifier
			b = b[1:]
		default:
			e.ID, e.Value = ElementID(id&0xf0), id&0x0f
			b = b[1:]
		}
		m.Elements = append(m.Elements, e)
		codeset = locked
	}
}

// find returns the first element of codeset 0 with this identifier: of one that may not be repeated, the first counts
// (§5.8.5.2).
func (m *Message) find(id ElementID) (Element, bool) {
	for i := range m.Elements {
		if m.Elements[i].ID == id && m.Elements[i].Codeset == 0 {
			return m.Elements[i], true
		}
	}
	return Element{}, false
}

func (m *Message) contents(id ElementID) []byte {
	e, _ := m.find(id)
	return e.Contents
}

func (m *Message) has(id ElementID) bool {
	_, ok := m.find(id)
	return ok
}

// Append appends the message to b, with the shifts that its elements need. It is Parse's inverse for what Parse gives,
// but for a non-canonical choice between the two shifts.
func (m *Message) Append(b []byte) []byte {
	b = appendHeader(b, m.Protocol, m.Ref, m.Type)
	for _, e := range m.Elements {
		if e.Codeset != 0 {
			b = append(b, byte(elShift)|nonLocking|e.Codeset)
		}
		switch {
		case e.ID&singleOctet == 0:
			b = appendElement(b, e.ID, e.Contents...)
		default:
			b = append(b, byte(e.ID)|e.Value)
		}
	}
	return b
}

func appendHeader(b []byte, protocol byte, r CallRef, t MessageType) []byte {
	b = append(b, protocol, r.Octets)
	for i := int(r.Octets) - 1; i >= 0; i-- {
		v := byte(r.Value >> (8 * i))
		if i == int(r.Octets)-1 && !r.FromOriginator {
			v |= 0x80
		}
		b = append(b, v)
	}
	return append(b, byte(t))
}

func appendElement(b []byte, id ElementID, contents ...byte) []byte {
	b = append(b, byte(id), byte(len(contents)))
	return append(b, contents...)
}
