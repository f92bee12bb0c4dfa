package wire

// Crash is where the card's program was when it last failed.
type Crash struct {
	Status                                   Status
	Kind                                     CrashKind
	PC, LR, PSR, SP, CFSR, HFSR, MMFAR, BFAR uint32
	Ms                                       uint32 // since the start
	InARow                                   uint32
}

// CrashKind is how a program failed.
type CrashKind uint8

// Kinds of crash.
const (
	NoCrash CrashKind = iota
	CrashFault
	CrashInterrupt
	CrashReturned
	CrashWatchdog
)

// String returns the kind in words.
func (k CrashKind) String() string {
	if names := [...]string{"none", "fault", "interrupt that nobody handles", "main returned", "watchdog"}; int(k) < len(names) {
		return names[k]
	}
	return "crash " + hex8(uint8(k))
}

func (c *Crash) words() [10]*uint32 {
	return [...]*uint32{&c.PC, &c.LR, &c.PSR, &c.SP, &c.CFSR, &c.HFSR, &c.MMFAR, &c.BFAR, &c.Ms, &c.InARow}
}

// Append appends the body to b.
func (c Crash) Append(b []byte) []byte {
	if c.Status != OK {
		return append(b, byte(c.Status))
	}
	b = append(b, byte(c.Status), byte(c.Kind), 0, 0)
	for _, w := range c.words() {
		b = le.AppendUint32(b, *w)
	}
	return b
}

// Parse reads a body.
func (c *Crash) Parse(body []byte) error {
	r := reader{b: body}
	*c = Crash{Status: Status(r.u8())}
	if c.Status != OK {
		return r.err(true)
	}
	c.Kind = CrashKind(r.u8())
	r.take(2)
	for _, w := range c.words() {
		*w = r.u32()
	}
	return r.err(true)
}
