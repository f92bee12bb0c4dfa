package wire

// Limits of a Transfer.
const (
	MaxOps      = 64
	MaxOpOctets = 64
)

// BytewiseCS is the flag of an operation after each of whose octets the chip select rises.
const BytewiseCS = 1

// An Op is one transaction on the SPI bus.
type Op struct {
	Device uint8
	Flags  uint8
	Data   []byte // to send
}

// AppendOp appends one operation to a TRANSFER body, which begins with the number of them.
func (o Op) Append(b []byte) []byte {
	return append(append(b, o.Device, o.Flags, byte(len(o.Data))), o.Data...)
}

// Transfer is a request's operations. Their data aliases the body.
type Transfer struct{ Ops []Op }

// Append appends the body to b.
func (t Transfer) Append(b []byte) []byte {
	b = append(b, byte(len(t.Ops)))
	for _, o := range t.Ops {
		b = o.Append(b)
	}
	return b
}

// Parse reads a body.
func (t *Transfer) Parse(body []byte) error {
	r := reader{b: body}
	n := int(r.u8())
	ok := n >= 1 && n <= MaxOps
	t.Ops = t.Ops[:0]
	total := 0
	for i := 0; i < n && ok && !r.short; i++ {
		o := Op{Device: r.u8(), Flags: r.u8()}
		length := int(r.u8())
		o.Data = r.take(length)
		total += length
		ok = length >= 1 && length <= MaxOpOctets && o.Flags <= BytewiseCS && total <= MaxBody-2
		t.Ops = append(t.Ops, o)
	}
	return r.err(ok)
}

// TransferAnswer has what the chips sent, of all operations carried out one after the other; Data aliases the body.
type TransferAnswer struct {
	Status Status
	Done   uint8
	Data   []byte
}

// Append appends the body to b.
func (t TransferAnswer) Append(b []byte) []byte {
	if t.Status != OK && t.Status != NoDevice {
		return append(b, byte(t.Status))
	}
	return append(append(b, byte(t.Status), t.Done), t.Data...)
}

// Parse reads a body.
func (t *TransferAnswer) Parse(body []byte) error {
	r := reader{b: body}
	*t = TransferAnswer{Status: Status(r.u8())}
	if t.Status == OK || t.Status == NoDevice {
		t.Done = r.u8()
		t.Data = r.b
	}
	return r.err(t.Done <= MaxOps)
}
