package sdp

// Direction says which way media flows, seen from the one who says it (RFC 3264 §5.1).
type Direction uint8

// The directions. The zero value stands for none said.
const (
	unset Direction = iota
	SendRecv
	SendOnly
	RecvOnly
	Inactive
)

var directions = map[string]Direction{"sendrecv": SendRecv, "sendonly": SendOnly, "recvonly": RecvOnly, "inactive": Inactive}

// String gives the attribute.
func (d Direction) String() string {
	return [...]string{"", "sendrecv", "sendonly", "recvonly", "inactive"}[d]
}

// Send and Recv take a direction apart.
func (d Direction) Send() bool { return d == SendRecv || d == SendOnly }

// Recv reports whether the one who says d wants to receive.
func (d Direction) Recv() bool { return d == SendRecv || d == RecvOnly }

func directionOf(send, recv bool) Direction {
	switch {
	case send && recv:
		return SendRecv
	case send:
		return SendOnly
	case recv:
		return RecvOnly
	}
	return Inactive
}

// Answer gives the direction of an answer to an offered one when the answerer itself wants local (RFC 3264 §6.1): never
// more than both want, so sendonly is answered with recvonly and inactive with inactive.
func (d Direction) Answer(local Direction) Direction {
	return directionOf(local.Send() && d.Recv(), local.Recv() && d.Send())
}
