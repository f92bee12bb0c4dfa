package wire

import "fmt"

// Slots that are none.
const (
	BootSlot = 255
	NoSlot   = 254
)

// Fault is why an image is refused.
type Fault uint8

// Faults of an image.
const (
	Good Fault = iota
	Empty
	BadHeader
	WrongBoard
	WrongSlot
	TooOld
	WrongKey
	WrongSignature
	WrongDigest
	NotChecked Fault = 255
)

// String returns the fault in words.
func (f Fault) String() string {
	names := [...]string{"good", "empty", "malformed header", "made for another board", "linked for another slot", "below the security floor",
		"signed with an unknown key", "wrong signature", "body differs from what was signed"}
	switch {
	case int(f) < len(names):
		return names[f]
	case f == NotChecked:
		return "not checked"
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// Reset is the request for a reset.
type Reset struct{ Flags uint8 }

// Flags of Reset; Force is that of Erase too.
const (
	ResetStay  = 1 << 0
	ResetForce = 1 << 1
	EraseForce = 1 << 0
)

// Append appends the body to b.
func (x Reset) Append(b []byte) []byte { return append(b, x.Flags) }

// Parse reads a body.
func (x *Reset) Parse(body []byte) error {
	r := reader{b: body}
	x.Flags = r.u8()
	return r.err(x.Flags <= 3)
}

// SlotInfo describes what a slot holds.
type SlotInfo struct {
	Fault    Fault
	Length   uint32 // header included
	Security uint32
	Version  string
}

// Info is the answer to a FIRMWARE INFO.
type Info struct {
	Status   Status
	Role     Role
	Running  uint8
	Next     uint8 // slot that the next start takes, or NoSlot
	Trial    uint8
	Tries    uint8
	Back     uint8
	GivenUp  uint8
	Stay     uint8
	Work     uint8 // what is under way
	Floor    uint32
	SlotSize uint32
	Unit     uint32
	Slots    [2]SlotInfo
}

// Append appends the body to b.
func (i Info) Append(b []byte) []byte {
	if i.Status != OK {
		return append(b, byte(i.Status))
	}
	b = append(b, byte(i.Status), byte(i.Role), i.Running, i.Next, i.Trial, i.Tries, i.Back, i.GivenUp, i.Stay, i.Work)
	b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, i.Floor), i.SlotSize), i.Unit)
	for _, s := range i.Slots {
		b = append(b, byte(s.Fault), 0, 0, 0)
		b = appendText(le.AppendUint32(le.AppendUint32(b, s.Length), s.Security), s.Version, 32)
	}
	return b
}

// Parse reads a body.
func (i *Info) Parse(body []byte) error {
	r := reader{b: body}
	*i = Info{Status: Status(r.u8())}
	if i.Status != OK {
		return r.err(true)
	}
	i.Role, i.Running, i.Next, i.Trial, i.Tries = Role(r.u8()), r.u8(), r.u8(), r.u8(), r.u8()
	i.Back, i.GivenUp, i.Stay, i.Work = r.u8(), r.u8(), r.u8(), r.u8()
	i.Floor, i.SlotSize, i.Unit = r.u32(), r.u32(), r.u32()
	for n := range i.Slots {
		s := &i.Slots[n]
		s.Fault = Fault(r.u8())
		r.take(3)
		s.Length, s.Security, s.Version = r.u32(), r.u32(), r.text(32)
	}
	return r.err(i.Role <= Application && i.Unit >= 1 && i.Unit <= 256 && i.SlotSize <= 1<<24)
}

// Erase is the request to erase a slot.
type Erase struct{ Slot, Flags uint8 }

// Append appends the body to b.
func (e Erase) Append(b []byte) []byte { return append(b, e.Slot, e.Flags) }

// Parse reads a body.
func (e *Erase) Parse(body []byte) error {
	r := reader{b: body}
	*e = Erase{r.u8(), r.u8()}
	return r.err(e.Slot <= 1 && e.Flags <= EraseForce)
}

// FlashWrite is the request to write into a slot. Data aliases the body.
type FlashWrite struct {
	Slot   uint8
	Offset uint32
	Data   []byte
}

// Append appends the body to b.
func (w FlashWrite) Append(b []byte) []byte {
	return append(le.AppendUint32(append(b, w.Slot, 0, 0, 0), w.Offset), w.Data...)
}

// Parse reads a body.
func (w *FlashWrite) Parse(body []byte) error {
	r := reader{b: body}
	w.Slot = r.u8()
	r.take(3)
	w.Offset = r.u32()
	w.Data = r.b
	return r.err(w.Slot <= 1 && len(w.Data) > 0)
}

// MaxSum is the most octets of one Sum.
const MaxSum = 16384

// Sum is the request for the CRC of a part of a slot.
type Sum struct {
	Slot           uint8
	Offset, Length uint32
}

// Append appends the body to b.
func (s Sum) Append(b []byte) []byte {
	return le.AppendUint32(le.AppendUint32(append(b, s.Slot, 0, 0, 0), s.Offset), s.Length)
}

// Parse reads a body.
func (s *Sum) Parse(body []byte) error {
	r := reader{b: body}
	s.Slot = r.u8()
	r.take(3)
	s.Offset, s.Length = r.u32(), r.u32()
	return r.err(s.Slot <= 1 && s.Length <= MaxSum)
}

// SumAnswer answers a Sum.
type SumAnswer struct {
	Status Status
	CRC    uint32
}

// Append appends the body to b.
func (s SumAnswer) Append(b []byte) []byte {
	b = append(b, byte(s.Status))
	if s.Status == OK {
		b = le.AppendUint32(b, s.CRC)
	}
	return b
}

// Parse reads a body.
func (s *SumAnswer) Parse(body []byte) error {
	r := reader{b: body}
	*s = SumAnswer{Status: Status(r.u8())}
	if s.Status == OK {
		s.CRC = r.u32()
	}
	return r.err(true)
}

// Commit is the request to try a slot's image at the next start.
type Commit struct{ Slot uint8 }

// Append appends the body to b.
func (c Commit) Append(b []byte) []byte { return append(b, c.Slot) }

// Parse reads a body.
func (c *Commit) Parse(body []byte) error {
	r := reader{b: body}
	c.Slot = r.u8()
	return r.err(c.Slot <= 1)
}

// A Verdict is an answer that has a status only, with a fault when it is Refused.
type Verdict struct {
	Status Status
	Fault  Fault
}

// Append appends the body to b.
func (v Verdict) Append(b []byte) []byte {
	b = append(b, byte(v.Status))
	if v.Status == Refused {
		b = append(b, byte(v.Fault))
	}
	return b
}

// Parse reads a body.
func (v *Verdict) Parse(body []byte) error {
	r := reader{b: body}
	*v = Verdict{Status: Status(r.u8())}
	if v.Status == Refused {
		v.Fault = Fault(r.u8())
	}
	return r.err(true)
}
