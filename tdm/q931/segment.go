package q931

// A reassembly puts the segments of a message together, Q.931 Annex H. There is one a group: segments of two messages are
// not interleaved on a D channel.
type reassembly struct {
	t314  timer
	key   CallRef
	left  int
	octet []byte
}

const (
	maxSegments   = 8 // Annex H
	segmentHeader = 4 // of the segmented message element
	firstSegment  = 0x80
)

func (s *reassembly) expire() { s.octet = s.octet[:0] } // the message is lost (§H.2)

// receiveSegment takes one SEGMENT. A message that is whole is received like any other.
func (l *Link) receiveSegment(d *dLink, b []byte) {
	s := &l.segment
	head := 3 + int(l.msg.Ref.Octets)
	rest := b[head:]
	if len(rest) < segmentHeader || rest[0] != byte(elSegmented) || rest[1] != 2 {
		l.counters.Ignored++
		return
	}
	left := int(rest[2] &^ firstSegment)
	switch {
	case rest[2]&firstSegment != 0 && left < maxSegments && MessageType(rest[3]) != Segment:
		s.octet = append(s.octet[:0], b[:head-1]...)
		s.octet = append(s.octet, rest[3])
		s.key = l.msg.Ref
		l.clock.start(&s.t314, l.now+l.times.T314)
	case rest[2]&firstSegment == 0 && len(s.octet) > 0 && s.key == l.msg.Ref && left == s.left-1:
	default:
		l.counters.Ignored++
		s.octet = s.octet[:0]
		l.clock.stop(&s.t314)
		return
	}
	s.left = left
	s.octet = append(s.octet, rest[segmentHeader:]...)
	if left > 0 {
		return
	}
	l.clock.stop(&s.t314)
	whole := s.octet
	s.octet = nil
	l.receive(d, whole)
}

// segments cuts a message that is longer than N201 into pieces of at most n octets.
func segments(message []byte, n int, send func([]byte)) {
	head := 3 + int(message[1]&0x0f)
	t := message[head-1]
	room := n - head - segmentHeader
	body := message[head:]
	count := (len(body) + room - 1) / room
	for i := range count {
		piece := body[i*room : min((i+1)*room, len(body))]
		left := byte(count - 1 - i)
		if i == 0 {
			left |= firstSegment
		}
		out := append([]byte(nil), message[:head-1]...)
		out = append(out, byte(Segment), byte(elSegmented), 2, left, t)
		send(append(out, piece...))
	}
}
