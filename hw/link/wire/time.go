package wire

// Time is the request for the card's time.
type Time struct{ Host uint64 } // us

// Append appends the body to b.
func (t Time) Append(b []byte) []byte { return le.AppendUint64(b, t.Host) }

// Parse reads a body.
func (t *Time) Parse(body []byte) error {
	r := reader{b: body}
	t.Host = r.u64()
	return r.err(true)
}

// TimeAnswer answers a Time.
type TimeAnswer struct {
	Status     Status
	Host, Card uint64 // us
	Tick       uint32
}

// Append appends the body to b.
func (t TimeAnswer) Append(b []byte) []byte {
	return le.AppendUint32(le.AppendUint64(le.AppendUint64(append(b, byte(t.Status)), t.Host), t.Card), t.Tick)
}

// Parse reads a body.
func (t *TimeAnswer) Parse(body []byte) error {
	r := reader{b: body}
	*t = TimeAnswer{Status(r.u8()), r.u64(), r.u64(), r.u32()}
	return r.err(true)
}
