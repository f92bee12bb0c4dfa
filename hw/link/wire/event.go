package wire

// EventKind says what an Event tells.
type EventKind uint8

// Kinds of event.
const (
	EventInterrupt EventKind = iota + 1
	EventHostLost
	EventClockLost
	EventClockBack
	EventLog
)

// String returns the kind in words.
func (k EventKind) String() string {
	if names := [...]string{"", "interrupt", "host lost", "clock lost", "clock back", "log"}; int(k) < len(names) && k > 0 {
		return names[k]
	}
	return "event " + hex8(uint8(k))
}

// MaxLog is the longest text of a log event.
const MaxLog = 100

// Event is something that happened on the card.
type Event struct {
	Number uint32
	Oldest uint32 // that the card still has
	Tick   uint32
	Kind   EventKind
	Line   uint8
	Text   string
}

// Append appends the body to b.
func (e Event) Append(b []byte) []byte {
	b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, e.Number), e.Oldest), e.Tick)
	return append(append(b, byte(e.Kind), e.Line), e.Text[:min(len(e.Text), MaxLog)]...)
}

// Parse reads a body.
func (e *Event) Parse(body []byte) error {
	r := reader{b: body}
	*e = Event{Number: r.u32(), Oldest: r.u32(), Tick: r.u32(), Kind: EventKind(r.u8()), Line: r.u8()}
	e.Text = clean(r.b[:min(len(r.b), MaxLog)])
	return r.err(e.Number != 0 && int32(e.Number-e.Oldest) >= 0)
}

// EventAck acknowledges an event and all before it.
type EventAck struct{ Number uint32 }

// Append appends the body to b.
func (e EventAck) Append(b []byte) []byte { return le.AppendUint32(b, e.Number) }

// Parse reads a body.
func (e *EventAck) Parse(body []byte) error {
	r := reader{b: body}
	e.Number = r.u32()
	return r.err(true)
}
