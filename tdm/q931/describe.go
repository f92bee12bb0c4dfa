package q931

import (
	"fmt"
	"strings"
)

// Describe is the message on one line for people: its type, its call reference, and its elements with what they say. Text
// of the far end is in it as it came.
func (m *Message) Describe() string {
	var b strings.Builder
	name := m.Type.String()
	if m.Protocol != protocolQ931 {
		name = maintenanceName(m.Protocol, m.Type)
	}
	b.WriteString(name)
	switch {
	case m.Ref.Octets == 0:
		b.WriteString(", dummy reference")
	case m.Ref.Value == globalCallRef:
		b.WriteString(", global reference")
	default:
		fmt.Fprintf(&b, ", reference %d", m.Ref.Value)
	}
	if !m.Ref.FromOriginator {
		b.WriteString(" of the other side")
	}
	for _, e := range m.Elements {
		b.WriteString("; ")
		b.WriteString(e.Describe())
	}
	if m.Truncated {
		b.WriteString("; and an element that is cut off")
	}
	return b.String()
}

// maintenanceName names a message of the maintenance protocols, which have two types of their own.
func maintenanceName(protocol byte, t MessageType) string {
	for _, v := range Variants {
		if v.Maintenance == protocol {
			switch t {
			case v.service():
				return "SERVICE"
			case v.serviceAck():
				return "SERVICE ACKNOWLEDGE"
			}
		}
	}
	return fmt.Sprintf("protocol %02x, message %02x", protocol, uint8(t))
}

// Describe is the element with what it says; one whose contents cannot be read, or that is not known, is shown in hexadecimal.
func (e Element) Describe() string {
	if e.Codeset != 0 {
		return e.String()
	}
	name := elementNames[e.ID]
	if e.ID == elCongestion || e.ID == elRepeat {
		return fmt.Sprintf("%s %d", name, e.Value)
	}
	f := describers[e.ID]
	if f == nil {
		return e.String()
	}
	if text, ok := f(e.Contents); ok {
		return name + ": " + text
	}
	return "bad " + e.String()
}

// A describer says what the contents of an element mean; ok is false when they are in error.
type describer func(c []byte) (text string, ok bool)

var describers = map[ElementID]describer{
	elBearer: describeBearer, elCause: describeCause, elChannel: describeChannel, elProgress: describeProgress,
	elCalling: describeNumber, elCalled: describeNumber, elConnected: describeNumber, elRedirecting: describeNumber, elRedirection: describeNumber,
	elDisplay: func(c []byte) (string, bool) { return fmt.Sprintf("%q", displayText(c)), true },
	elKeypad:  func(c []byte) (string, bool) { return fmt.Sprintf("%q", c), true },
	elCallState: func(c []byte) (string, bool) {
		if len(c) != 1 {
			return "", false
		}
		for i, n := range stateNumbers {
			if n == c[0]&0x3f {
				return stateNames[i], true
			}
		}
		return fmt.Sprint(c[0] & 0x3f), true
	},
	elRestart: func(c []byte) (string, bool) {
		if len(c) != 1 {
			return "", false
		}
		switch c[0] & 7 {
		case restartChannels:
			return "indicated channels", true
		case restartInterface:
			return "single interface", true
		case restartAll:
			return "all interfaces", true
		}
		return "", false
	},
	elChangeStatus: func(c []byte) (string, bool) {
		if len(c) != 1 {
			return "", false
		}
		return word(c[0]&7, "in service", "maintenance", "out of service"), true
	},
	elNotification: func(c []byte) (string, bool) {
		if len(c) == 0 {
			return "", false
		}
		return word(c[0]&0x7f, "user suspended", "user resumed", "bearer service change"), true
	},
	elFacility: describeFacility,
}

// word is a value in words, or itself.
func word(v uint8, words ...string) string {
	if int(v) < len(words) && words[v] != "" {
		return words[v]
	}
	return fmt.Sprint(v)
}

// locations are those of Q.850 §2.2.3.
func location(v uint8) string {
	return word(v, "user", "local private network", "local public network", "transit network", "remote public network", "remote private network", "", "international network",
		"", "", "beyond interworking")
}

func describeCause(c []byte) (string, bool) {
	x, err := parseCause(c)
	if err != nil {
		return "", false
	}
	s := fmt.Sprintf("%d %v, %s", uint8(x.Value), x.Value, location(x.Location))
	if len(x.Diagnostics) > 0 {
		s += fmt.Sprintf(", diagnostics % x", x.Diagnostics)
	}
	return s, true
}

func describeBearer(c []byte) (string, bool) {
	x, err := parseBearer(c)
	if err != nil {
		return "", false
	}
	var s string
	switch x.Capability {
	case 0:
		s = "speech"
	case 8:
		s = "unrestricted digital"
	case 9:
		s = "restricted digital"
	case 16:
		s = "3.1 kHz audio"
	case 17:
		s = "unrestricted digital with tones"
	case 24:
		s = "video"
	default:
		s = fmt.Sprintf("capability %d", x.Capability)
	}
	if x.Rate != circuit64 {
		s += fmt.Sprintf(", rate %02x", x.Rate)
	}
	switch x.Layer1 {
	case 0:
	case 2:
		s += ", mu-law"
	case 3:
		s += ", A-law"
	default:
		s += fmt.Sprintf(", layer 1 protocol %d", x.Layer1)
	}
	return s, true
}

func describeChannel(c []byte) (string, bool) {
	x, err := parseChannel(c)
	if err != nil {
		return "", false
	}
	var parts []string
	if x.Interface >= 0 {
		parts = append(parts, fmt.Sprintf("interface %d", x.Interface))
	}
	switch {
	case x.DChannel:
		parts = append(parts, "D channel")
	case x.Selection == selectNone:
		parts = append(parts, "no channel")
	case x.Selection == selectAny:
		parts = append(parts, "any channel")
	case x.Channels != 0:
		var list []string
		for n := range 32 {
			if x.Channels>>n&1 != 0 {
				list = append(list, fmt.Sprint(n))
			}
		}
		parts = append(parts, "channel "+strings.Join(list, " "))
	case x.notB || x.noUnit:
		parts = append(parts, fmt.Sprintf("% x", c))
	}
	if x.Exclusive {
		parts = append(parts, "exclusive")
	} else {
		parts = append(parts, "preferred")
	}
	return strings.Join(parts, ", "), true
}

func describeProgress(c []byte) (string, bool) {
	loc, d, err := parseProgress(c)
	if err != nil {
		return "", false
	}
	text := word(d, "", "not end-to-end ISDN", "destination not ISDN", "origination not ISDN", "returned to the ISDN", "interworking", "", "", "in-band information")
	return fmt.Sprintf("%d %s, %s", d, text, location(loc)), true
}

func describeNumber(c []byte) (string, bool) {
	x, err := parseNumber(c)
	if err != nil {
		return "", false
	}
	parts := []string{
		fmt.Sprintf("%q", x.Digits),
		word(x.Type, "unknown type", "international", "national", "network specific", "subscriber", "", "abbreviated"),
		word(x.Plan, "unknown plan", "ISDN plan", "", "data plan", "telex plan", "", "", "", "national plan", "private plan"),
	}
	if x.HasScreening {
		parts = append(parts, word(x.Presentation, "allowed", "restricted", "not available"),
			word(x.Screening, "not screened", "verified and passed", "verified and failed", "network provided"))
	}
	if x.HasReason {
		parts = append(parts, word(x.Reason, "reason unknown", "busy", "no reply", "", "deflected", "", "", "", "", "out of order", "by the called terminal", "", "", "", "", "unconditional"))
	}
	return strings.Join(parts, ", "), true
}

func describeFacility(c []byte) (string, bool) {
	var parts []string
	err := eachComponent(c, func(x component) {
		kind := map[byte]string{tagInvoke: "invoke", tagResult: "result", tagError: "error", tagReject: "reject"}[x.kind]
		switch {
		case x.oid != "":
			kind += fmt.Sprintf(" oid % x", x.oid)
		case x.local >= 0:
			kind += fmt.Sprintf(" %d", x.local)
		}
		parts = append(parts, fmt.Sprintf("%s id %d", kind, x.id))
	})
	return strings.Join(parts, ", "), err == nil && len(parts) > 0
}
