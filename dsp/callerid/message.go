package callerid

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Message types of GR-30-CORE and EN 300 659-3 §5.2.
const (
	TypeSDMF         = 0x04 // single data message: date, time and calling number
	TypeSDMFWaiting  = 0x06 // single data message: message waiting
	TypeMDMF         = 0x80 // multiple data message: call set-up
	TypeMDMFWaiting  = 0x82 // message waiting indicator
	TypeAdviceCharge = 0x86
	TypeSMS          = 0x89
)

// Parameter types of GR-30-CORE and EN 300 659-3 §5.4.
const (
	ParamTime             = 0x01
	ParamCallingNumber    = 0x02
	ParamCalledNumber     = 0x03
	ParamNumberAbsence    = 0x04
	ParamRedirectReason   = 0x05 // GR-30-CORE
	ParamQualifier        = 0x06 // GR-30-CORE: 'L' long distance
	ParamCallingName      = 0x07
	ParamNameAbsence      = 0x08
	ParamVisualIndicator  = 0x0B
	ParamCallType         = 0x11
	ParamMessageCount     = 0x13
	ParamForwardedType    = 0x15
	ParamCallingUserType  = 0x16
	ParamRedirectingParty = 0x1A
)

// Reasons for the absence of a number or a name, EN 300 659-3 §5.4.4 and §5.4.6.
const (
	Unavailable = 'O'
	Private     = 'P'
)

// Call types, EN 300 659-3 §5.4.7.
const (
	CallVoice          = 0x01
	CallRingback       = 0x02
	CallNameDelivery   = 0x03
	CallMessageWaiting = 0x81
)

// An Indicator is what a message says of the lamp that shows waiting messages.
type Indicator byte

// The indicators.
const (
	Unsaid Indicator = iota
	IndicatorOff
	IndicatorOn
)

// Limits of the fields, GR-30-CORE and EN 300 659-3.
const (
	MaxNumber = 20
	MaxName   = 50
)

// A Message is what an exchange tells about a call.
type Message struct {
	Type byte // TypeSDMF, TypeMDMF, TypeJCLIP ...; 0 for DTMF

	Number      string // of the caller: digits, '*', '#', '+', 'A' to 'D'
	Name        string // printable
	Time        string // MMDDHHMM, the exchange's local time; empty when absent or impossible
	Called      string // number dialled by the caller
	Redirecting string // last redirecting party

	NumberReason byte // why there is no Number: Unavailable, Private; 0 when there is one or nothing was said
	NameReason   byte
	CallType     byte // CallVoice ...; 0: not said

	Waiting  Indicator // TypeSDMFWaiting, TypeMDMFWaiting (GR-1401-CORE, EN 300 659-3 §5.4.10)
	Messages byte      // how many wait; 0: not said

	// ChecksumOK is false when the message was damaged; it then has no other field but Type, Standard and Raw.
	ChecksumOK bool
	// Dirty is set when a field held what has no place in it; that field is empty.
	Dirty bool
	// Standard is the name of the standard that it came in by.
	Standard string
	// Raw is the message as received, from its type to its checksum, or the DTMF digits. Untrusted.
	Raw []byte
}

// Errors of Decode.
var (
	ErrShort    = errors.New("callerid: message is cut off")
	ErrChecksum = errors.New("callerid: checksum is wrong")
)

// Format is the layout of a message.
type Format uint8

// The formats.
const (
	MDMF Format = iota // multiple data message
	SDMF               // single data message: no name
	NTT                // NTT's number display: no name
)

// Encode returns the octets of a message with its checksum. A number or name that has a reason for its absence is not
// encoded; characters that a telephone cannot show are replaced or left out.
func Encode(m Message, f Format) []byte {
	if f == NTT {
		return encodeNTT(m)
	}
	if m.Type == TypeSDMFWaiting || m.Type == TypeMDMFWaiting {
		return encodeWaiting(m, f)
	}
	var body []byte
	number, _ := cleanNumber(m.Number)
	if m.NumberReason != 0 || number == "" {
		number = ""
	}
	reason := m.NumberReason
	if number == "" && reason == 0 {
		reason = Unavailable
	}
	number = number[:min(len(number), MaxNumber)]
	if f == SDMF {
		t := m.Time
		if !validTime(t) {
			t = "01010000"
		}
		body = append(body, t...)
		if number == "" {
			body = append(body, reason)
		} else {
			body = append(body, number...)
		}
		return frame(TypeSDMF, body)
	}
	add := func(p byte, v string) {
		body = append(append(body, p, byte(len(v))), v...)
	}
	if m.CallType != 0 {
		add(ParamCallType, string([]byte{m.CallType}))
	}
	if validTime(m.Time) {
		add(ParamTime, m.Time)
	}
	if number == "" {
		add(ParamNumberAbsence, string([]byte{reason}))
	} else {
		add(ParamCallingNumber, number)
	}
	if m.NameReason != 0 {
		add(ParamNameAbsence, string([]byte{m.NameReason}))
	} else if name := fold(m.Name); name != "" {
		add(ParamCallingName, name[:min(len(name), MaxName)])
	}
	if c, _ := cleanNumber(m.Called); c != "" {
		add(ParamCalledNumber, c[:min(len(c), MaxNumber)])
	}
	if r, _ := cleanNumber(m.Redirecting); r != "" {
		add(ParamRedirectingParty, r[:min(len(r), MaxNumber)])
	}
	t := m.Type
	if t == 0 {
		t = TypeMDMF
	}
	return frame(t, body)
}

// What a single data message says of the lamp, three times over.
const (
	lampOn  = 0x42
	lampOff = 0x6F
)

// encodeWaiting returns the octets of a message about waiting messages. One that does not say which turns the lamp on.
func encodeWaiting(m Message, f Format) []byte {
	lamp, visual := byte(lampOn), byte(0xFF)
	if m.Waiting == IndicatorOff {
		lamp, visual = lampOff, 0
	}
	if f == SDMF {
		return frame(TypeSDMFWaiting, []byte{lamp, lamp, lamp})
	}
	var body []byte
	if m.CallType != 0 {
		body = append(body, ParamCallType, 1, m.CallType)
	}
	if validTime(m.Time) {
		body = append(append(body, ParamTime, 8), m.Time...)
	}
	body = append(body, ParamVisualIndicator, 1, visual)
	if m.Messages > 0 {
		body = append(body, ParamMessageCount, 1, m.Messages)
	}
	if n, _ := cleanNumber(m.Number); n != "" && m.NumberReason == 0 {
		n = n[:min(len(n), MaxNumber)]
		body = append(append(body, ParamCallingNumber, byte(len(n))), n...)
	}
	return frame(TypeMDMFWaiting, body)
}

// frame puts type, length and checksum around a body: the two's complement of the sum of all octets before it.
func frame(t byte, body []byte) []byte {
	p := append([]byte{t, byte(len(body))}, body...)
	return append(p, -sum(p))
}

func sum(p []byte) (s byte) {
	for _, b := range p {
		s += b
	}
	return s
}

// Decode reads a message from its type to its checksum; octets behind it are ignored. One of NTT's is read from DLE SOH to its
// CRC. With an error the Message still has
// Type, Raw and ChecksumOK, and nothing else.
func Decode(p []byte) (Message, error) {
	m := Message{Raw: append([]byte(nil), p...)}
	if isNTT(p) {
		m.Type = TypeJCLIP
		switch {
		case len(p) < shortestNTT:
			return m, ErrShort
		case crc16(p[2:]) != 0:
			return m, ErrChecksum
		}
		if m.ChecksumOK = true; !m.decodeNTT() {
			return m, errors.New("callerid: the frame has no message of NTT's")
		}
		return m, nil
	}
	if len(p) > 0 {
		m.Type = p[0]
	}
	if len(p) < 3 || len(p) < int(p[1])+3 {
		return m, ErrShort
	}
	p = p[:int(p[1])+3]
	m.Raw = m.Raw[:len(p)]
	if sum(p) != 0 {
		return m, ErrChecksum
	}
	m.ChecksumOK = true
	body := p[2 : len(p)-1]
	switch {
	case m.Type == TypeSDMF:
		if len(body) < 9 {
			return m, fmt.Errorf("callerid: single data message of %d octets, want at least 9", len(body))
		}
		m.setTime(body[:8])
		m.setNumber(body[8:])
		return m, nil
	case m.Type == TypeSDMFWaiting && len(body) == 3 && body[0] == body[1] && body[1] == body[2]:
		switch body[0] {
		case lampOn:
			m.Waiting = IndicatorOn
		case lampOff:
			m.Waiting = IndicatorOff
		}
		return m, nil
	case m.Type < TypeMDMF:
		return m, nil
	}
	clean := m
	for len(body) > 0 {
		if len(body) < 2 || len(body) < int(body[1])+2 {
			return clean, fmt.Errorf("callerid: parameter %#02x runs beyond the message", body[0])
		}
		m.set(body[0], body[2:int(body[1])+2])
		body = body[int(body[1])+2:]
	}
	// A network that gives a reason as well as a number has sent the number by mistake.
	if m.NumberReason != 0 {
		m.Number = ""
	}
	if m.NameReason != 0 {
		m.Name = ""
	}
	return m, nil
}

// Parameter returns the value of a parameter of a multiple data message, untrusted, and whether it is there.
func (m *Message) Parameter(p byte) ([]byte, bool) {
	var body []byte
	switch {
	case !m.ChecksumOK || len(m.Raw) < 3:
		return nil, false
	case m.Type == TypeJCLIP && isNTT(m.Raw):
		if text, ok := textNTT(m.Raw); ok && len(text) > 2 {
			body = text[2:]
		}
	case m.Type >= TypeMDMF:
		body = m.Raw[2 : len(m.Raw)-1]
	}
	for ; len(body) >= 2 && len(body) >= int(body[1])+2; body = body[int(body[1])+2:] {
		if body[0] == p {
			return body[2 : int(body[1])+2], true
		}
	}
	return nil, false
}

func (m *Message) set(p byte, v []byte) {
	switch p {
	case ParamTime:
		m.setTime(v)
	case ParamCallingNumber:
		m.setNumber(v)
	case ParamNumberAbsence:
		m.NumberReason = m.reason(v)
	case ParamCallingName:
		m.setName(v)
	case ParamNameAbsence:
		m.NameReason = m.reason(v)
	case ParamCalledNumber:
		m.Called = m.number(v)
	case ParamRedirectingParty:
		m.Redirecting = m.number(v)
	case ParamVisualIndicator:
		switch {
		case len(v) == 1 && v[0] == 0:
			m.Waiting = IndicatorOff
		case len(v) == 1 && v[0] == 0xFF:
			m.Waiting = IndicatorOn
		default:
			m.Dirty = true
		}
	case ParamMessageCount:
		if len(v) == 1 {
			m.Messages = v[0]
		} else {
			m.Dirty = true
		}
	case ParamCallType:
		if len(v) == 1 {
			m.CallType = v[0]
		} else {
			m.Dirty = true
		}
	}
}

func (m *Message) setTime(v []byte) {
	if validTime(string(v)) {
		m.Time = string(v)
	} else {
		m.Dirty = true
	}
}

// setNumber takes the calling number; some exchanges send the reason for its absence in its place.
func (m *Message) setNumber(v []byte) {
	if len(v) == 1 && (v[0] == Unavailable || v[0] == Private) {
		m.NumberReason = v[0]
		return
	}
	m.Number = m.number(v)
}

func (m *Message) setName(v []byte) {
	if len(v) == 1 && (v[0] == Unavailable || v[0] == Private) {
		m.NameReason = v[0]
		return
	}
	name, ok := cleanName(v)
	if !ok {
		m.Dirty = true
	}
	m.Name = name
}

func (m *Message) number(v []byte) string {
	n, ok := cleanNumber(string(v))
	if !ok || len(n) > 2*MaxNumber {
		m.Dirty = true
		return ""
	}
	return n
}

func (m *Message) reason(v []byte) byte {
	if len(v) == 1 && (v[0] == Unavailable || v[0] == Private) {
		return v[0]
	}
	m.Dirty = true
	return Unavailable
}

// validTime tells whether t is month, day, hour and minute.
func validTime(t string) bool {
	if len(t) != 8 {
		return false
	}
	var f [4]int
	for i := range len(t) {
		if t[i] < '0' || t[i] > '9' {
			return false
		}
		f[i/2] = f[i/2]*10 + int(t[i]-'0')
	}
	return f[0] >= 1 && f[0] <= 12 && f[1] >= 1 && f[1] <= 31 && f[2] <= 23 && f[3] <= 59
}

// cleanNumber drops the separators that people and some exchanges put into numbers; ok is false when anything else is left
// that is no digit, and the number is then empty.
func cleanNumber(s string) (number string, ok bool) {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'D', c == '*', c == '#', c == '+':
			b.WriteByte(c)
		case c == ' ', c == '-', c == '.', c == '(', c == ')', c == '/':
		default:
			return "", false
		}
	}
	return b.String(), true
}

// cleanName reads ASCII with the upper half of ISO 8859-1, which exchanges send although T.50 has none; ok is false when
// there is a control character, and the name is then empty.
func cleanName(v []byte) (name string, ok bool) {
	var b strings.Builder
	for _, c := range v {
		if c < 0x20 || c >= 0x7F && c < 0xA0 || c == 0xAD {
			return "", false
		}
		if c == 0xA0 {
			c = ' '
		}
		b.WriteRune(rune(c))
	}
	return strings.TrimSpace(b.String()), true
}

// latin is what the letters of ISO 8859-1 from 0xC0 become on a telephone that has ASCII alone.
var latin = [64]string{
	"A", "A", "A", "A", "Ae", "A", "AE", "C", "E", "E", "E", "E", "I", "I", "I", "I",
	"D", "N", "O", "O", "O", "O", "Oe", "x", "O", "U", "U", "U", "Ue", "Y", "Th", "ss",
	"a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
	"d", "n", "o", "o", "o", "o", "oe", "/", "o", "u", "u", "u", "ue", "y", "th", "y",
}

// fold turns a name into ASCII.
func fold(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == utf8.RuneError || r < 0x20 || r >= 0x7F && r < 0xA0:
		case r < 0x7F:
			b.WriteRune(r)
		case r >= 0xC0 && r <= 0xFF:
			b.WriteString(latin[r-0xC0])
		case r == 0xA0:
			b.WriteByte(' ')
		default:
			b.WriteByte('?')
		}
	}
	return strings.TrimSpace(b.String())
}
