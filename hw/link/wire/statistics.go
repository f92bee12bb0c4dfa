package wire

// Statistics are the card's counters since its start; each wraps.
type Statistics struct {
	UpSent, UpDropped                            uint32
	DownReceived, DownLate, DownEarly, DownTwice uint32
	UnderrunMs, TicksMissed                      uint32
	CRC, Frame, Stale                            uint32
	Requests, Again, Old                         uint32
	Events, EventsLost, EventsAgain              uint32
	HostLost, SPIErrors, SenseLate               uint32
}

func (s *Statistics) fields() [20]*uint32 {
	return [...]*uint32{&s.UpSent, &s.UpDropped, &s.DownReceived, &s.DownLate, &s.DownEarly, &s.DownTwice, &s.UnderrunMs, &s.TicksMissed,
		&s.CRC, &s.Frame, &s.Stale, &s.Requests, &s.Again, &s.Old, &s.Events, &s.EventsLost, &s.EventsAgain, &s.HostLost, &s.SPIErrors, &s.SenseLate}
}

// Append appends the body of the answer, with status OK, to b.
func (s Statistics) Append(b []byte) []byte {
	all := s.fields()
	b = append(b, byte(OK), byte(len(all)))
	for _, f := range all {
		b = le.AppendUint32(b, *f)
	}
	return b
}

// Parse reads the body of an answer. Counters that an older card does not have are zero.
func (s *Statistics) Parse(body []byte) error {
	*s = Statistics{}
	r := reader{b: body}
	ok := Status(r.u8()) == OK
	n := int(r.u8())
	for i, f := range s.fields() {
		if i < n {
			*f = r.u32()
		}
	}
	return r.err(ok)
}
