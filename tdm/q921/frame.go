package q921

import "fmt"

// Kind is the kind of a frame, Q.921 table 5.
type Kind uint8

// The frames.
const (
	I Kind = iota
	RR
	RNR
	REJ
	SABME
	DM
	UI
	DISC
	UA
	FRMR
	XID
	Undefined // a control field that table 5 does not have
	numKinds
)

var kindNames = [numKinds]string{"I", "RR", "RNR", "REJ", "SABME", "DM", "UI", "DISC", "UA", "FRMR", "XID", "undefined"}

func (k Kind) String() string {
	if k < numKinds {
		return kindNames[k]
	}
	return "?"
}

// Control octets without P/F, of the unnumbered and the supervisory frames.
var control = [numKinds]byte{RR: 0x01, RNR: 0x05, REJ: 0x09, SABME: 0x6f, DM: 0x0f, UI: 0x03, DISC: 0x43, UA: 0x63, FRMR: 0x87, XID: 0xaf}

const (
	pollFinal   = 0x10 // of an unnumbered frame's control octet
	extended    = 0x01 // address extension bit, and P/F of a numbered frame's second control octet
	commandBit  = 0x02
	headerOctet = 4 // address and a two-octet control field
)

// A Frame is a frame of the line taken apart, Q.921 §2 and §3.
type Frame struct {
	SAPI    uint8
	TEI     uint8
	Command bool // seen with the sender's side: §3.3.2
	Kind    Kind
	PF      bool // poll in a command, final in a response
	NS, NR  uint8
	Info    []byte // of I, UI, FRMR and XID; what is over in a frame that has none
}

// Parse takes a frame apart. fromNetwork says which side sent it, on which the sense of C/R depends. An error is an invalid
// frame (§2.9), which is discarded without a word to the peer.
func Parse(b []byte, fromNetwork bool) (Frame, error) {
	if len(b) < 3 {
		return Frame{}, fmt.Errorf("q921: invalid frame of %d octets: 3 or more are needed (§2.9)", len(b))
	}
	if b[0]&extended != 0 || b[1]&extended == 0 {
		return Frame{}, fmt.Errorf("q921: invalid frame: address %02x %02x is not two octets long (§2.9)", b[0], b[1])
	}
	f := Frame{SAPI: b[0] >> 2, TEI: b[1] >> 1, Command: b[0]&commandBit != 0 == fromNetwork}
	c := b[2]
	if c&3 == 3 {
		f.Kind, f.PF, f.Info = Undefined, c&pollFinal != 0, b[3:]
		for k := SABME; k <= XID; k++ {
			if control[k] == c&^pollFinal {
				f.Kind = k
			}
		}
		return f, nil
	}
	if len(b) < headerOctet {
		return Frame{}, fmt.Errorf("q921: invalid frame of %d octets: a frame with sequence numbers has 4 or more (§2.9)", len(b))
	}
	f.PF, f.NR, f.Info = b[3]&extended != 0, b[3]>>1, b[headerOctet:]
	switch {
	case c&1 == 0:
		f.Kind, f.NS = I, c>>1
	case c == control[RR]:
		f.Kind = RR
	case c == control[RNR]:
		f.Kind = RNR
	case c == control[REJ]:
		f.Kind = REJ
	default:
		f.Kind = Undefined
	}
	return f, nil
}

// Append appends the frame as the side that sends it puts it on the line.
func (f Frame) Append(b []byte, fromNetwork bool) []byte {
	address := f.SAPI << 2
	if f.Command == fromNetwork {
		address |= commandBit
	}
	b = append(b, address, f.TEI<<1|extended)
	var pf byte
	if f.PF {
		pf = 1
	}
	switch f.Kind {
	case I:
		b = append(b, f.NS<<1, f.NR<<1|pf)
	case RR, RNR, REJ:
		b = append(b, control[f.Kind], f.NR<<1|pf)
	default:
		b = append(b, control[f.Kind]|pf<<4)
	}
	return append(b, f.Info...)
}

// String is the frame on one line: "SABME p", "I ns=1 nr=2", "RR r nr=4 f".
func (f Frame) String() string {
	s := f.Kind.String()
	switch f.Kind {
	case I:
		s += fmt.Sprintf(" ns=%d nr=%d", f.NS, f.NR)
	case RR, RNR, REJ:
		if f.Command {
			s += " command"
		}
		s += fmt.Sprintf(" nr=%d", f.NR)
	}
	if f.PF && f.Command {
		s += " p"
	} else if f.PF {
		s += " f"
	}
	return s
}
