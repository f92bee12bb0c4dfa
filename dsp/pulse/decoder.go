package pulse

// Kind is what an Event says.
type Kind uint8

// The findings of a Decoder.
const (
	OffHook Kind = iota + 1 // the loop has closed
	OnHook                  // the loop has stayed open for HangupMs
	Flash                   // the loop was open for a flash
	Digit                   // a dialled digit is complete
	// Pulse is the first break of a possible digit: dial tone can go now. A Digit, a Flash (a clash) or nothing follows.
	Pulse
)

// String returns the kind's name.
func (k Kind) String() string {
	names := [...]string{OffHook: "off-hook", OnHook: "on-hook", Flash: "flash", Digit: "digit", Pulse: "pulse"}
	if int(k) >= len(names) || k == 0 {
		return "none"
	}
	return names[k]
}

// An Event is one finding.
type Event struct {
	Kind  Kind
	Digit byte
	// AtMs is when it happened at the line: the edge that closed (OffHook) or opened the loop (OnHook, Flash, Pulse), the end
	// of the last pulse (Digit).
	AtMs int64
	Ms   int // Flash: how long the loop was open
}

type state uint8

const (
	onHook state = iota // loop open for good
	closed
	open // loop open, meaning not known yet
)

// A Decoder turns loop edges into events.
type Decoder struct {
	cfg Config

	state state
	since int64 // when the present state began; in onHook, unknown

	pulses    int
	firstOpen int64 // begin of the first pulse's break
	firstMs   int   // its length
	lastClose int64 // end of the last pulse's break

	// An edge not yet debounced.
	pending   bool
	pendingAt int64
	level     bool // last level reported
}

// NewDecoder returns a Decoder that is on-hook.
func NewDecoder(c Config) *Decoder { return &Decoder{cfg: c.withDefaults()} }

// OffHook reports whether the loop is closed or open for less than an on-hook.
func (d *Decoder) OffHook() bool { return d.state != onHook }

// Edge takes a change of the loop at a time in milliseconds, no earlier than any time given before, and appends what
// followed to evs. A level equal to the last one is no edge.
func (d *Decoder) Edge(atMs int64, isClosed bool, evs []Event) []Event {
	evs = d.Advance(atMs, evs)
	if isClosed == d.level {
		return evs
	}
	d.level = isClosed
	if d.pending {
		// Back before the debounce time: neither edge was one.
		d.pending = false
		return evs
	}
	d.pending, d.pendingAt = true, atMs
	return evs
}

// Advance tells the Decoder that time has come to atMs with no edge since, and appends what followed to evs.
func (d *Decoder) Advance(atMs int64, evs []Event) []Event {
	if d.pending && atMs-d.pendingAt >= int64(d.cfg.DebounceMs) {
		evs = d.timers(d.pendingAt, evs)
		evs = d.edge(d.pendingAt, d.level, evs)
		d.pending = false
	}
	if d.pending {
		atMs = min(atMs, d.pendingAt) // what runs since before the edge must not expire on it
	}
	return d.timers(atMs, evs)
}

// timers lets the times of the present state run out.
func (d *Decoder) timers(now int64, evs []Event) []Event {
	ms := now - d.since
	switch {
	case d.state == closed && d.pulses > 0 && ms >= int64(d.cfg.InterDigitMs):
		evs = d.complete(evs)
	case d.state == open && ms >= int64(d.cfg.HangupMs):
		evs = append(evs, Event{Kind: OnHook, AtMs: d.since})
		d.state, d.pulses = onHook, 0
	}
	return evs
}

// edge takes a debounced change.
func (d *Decoder) edge(at int64, isClosed bool, evs []Event) []Event {
	switch {
	case isClosed && d.state == onHook:
		d.pulses = 0
		evs = append(evs, Event{Kind: OffHook, AtMs: at})
	case isClosed && d.state == open:
		return d.broken(at, evs)
	case !isClosed && d.state == closed:
		d.state, d.since = open, at
		return evs
	default:
		return evs
	}
	d.state, d.since = closed, at
	return evs
}

// broken judges a break that has just ended.
func (d *Decoder) broken(at int64, evs []Event) []Event {
	began := d.since
	ms := int(at - began)
	d.state, d.since = closed, at
	c := &d.cfg
	switch {
	case ms < c.BreakMinMs:
		// Bounce within a make: the make goes on from before it.
		if d.pulses > 0 {
			d.since = d.lastClose
		}
	case ms <= c.BreakMaxMs:
		if d.pulses++; d.pulses == 1 {
			d.firstOpen, d.firstMs = began, ms
			evs = append(evs, Event{Kind: Pulse, AtMs: began})
		}
		d.lastClose = at
	case ms >= c.FlashMinMs && ms <= c.FlashMaxMs:
		d.pulses = 0 // the digit was given up
		evs = append(evs, Event{Kind: Flash, AtMs: began, Ms: ms})
	default:
		d.pulses = 0
	}
	return evs
}

// complete ends a train of pulses.
func (d *Decoder) complete(evs []Event) []Event {
	n := d.pulses
	d.pulses = 0
	if n == 1 && d.cfg.Clash == ClashFlash && d.firstMs >= d.cfg.FlashMinMs && d.firstMs <= d.cfg.FlashMaxMs {
		return append(evs, Event{Kind: Flash, AtMs: d.firstOpen, Ms: d.firstMs})
	}
	if n > len(d.cfg.Digits) {
		return evs
	}
	return append(evs, Event{Kind: Digit, Digit: d.cfg.Digits[n-1], AtMs: d.lastClose})
}
