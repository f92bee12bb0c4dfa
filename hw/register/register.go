// Package register describes a chip's registers as one table that its driver, its model and the command line read.
//
// A table is data: address, name, reset value, fields with their access, and where each fact was read. It holds no state and
// touches no bus.
package register

import (
	"fmt"
	"strings"
)

// Access says what a write does to a field.
type Access uint8

// The kinds of access.
const (
	ReadWrite      Access = iota
	ReadOnly              // a write changes nothing
	WriteOneClear         // a status bit: writing 1 clears it
	WriteZeroClear        // a status bit: writing 0 clears it, 1 leaves it
)

// String returns the usual abbreviation.
func (a Access) String() string { return [...]string{"rw", "r", "w1c", "w0c"}[a] }

// Confidence says how well a fact is known.
type Confidence uint8

// The grades of confidence, the best first.
const (
	Sheet  Confidence = iota // read in a data sheet of this chip
	Driver                   // used by a driver in the open for this chip
	Family                   // read for a sister chip with the same numbering
)

// String returns the lower-case name.
func (c Confidence) String() string { return [...]string{"sheet", "driver", "family"}[c] }

// A Field is some neighbouring bits of a register. Bits in no field are reserved: they read 0 and a write changes nothing.
type Field struct {
	Name       string
	Hi, Lo     uint8 // bit numbers
	Access     Access
	Confidence Confidence
	Absent     bool // not in the smaller variant of the chip
	Doc        string
	Source     string // where it was read, when not where the register was
}

// Mask returns the field's bits in place.
func (f Field) Mask() uint8 { return uint8(1<<(f.Hi+1)-1) &^ (1<<f.Lo - 1) }

// Value returns the field's value in a register's octet.
func (f Field) Value(octet uint8) uint8 { return octet & f.Mask() >> f.Lo }

// A Register is one addressable octet.
type Register struct {
	Addr    uint8
	Name    string
	Reset   uint8 // after reset
	Unknown uint8 // bits whose reset value is undefined or not known
	Absent  bool  // not in the smaller variant of the chip
	Source  string
	Fields  []Field
}

// masked returns the bits of all fields with access a.
func (r *Register) masked(a Access) (m uint8) {
	for _, f := range r.Fields {
		if f.Access == a {
			m |= f.Mask()
		}
	}
	return m
}

// covered returns the bits of all fields.
func (r *Register) covered() (m uint8) {
	for _, f := range r.Fields {
		m |= f.Mask()
	}
	return m
}

// Masks are a register's bits by what a write does to them.
type Masks struct{ Write, OneClears, ZeroClears uint8 }

// Masks returns the register's masks.
func (r *Register) Masks() Masks {
	return Masks{r.masked(ReadWrite), r.masked(WriteOneClear), r.masked(WriteZeroClear)}
}

// Written returns the octet that a register with these masks holds after v was written to it while it held old.
func (m Masks) Written(old, v uint8) uint8 {
	cleared := m.OneClears&v | m.ZeroClears&^v
	return (old&^m.Write | v&m.Write) &^ cleared
}

// A Table is a chip's registers in the order of their addresses.
type Table []Register

// Lookup returns the register at addr, or nil: the address is reserved and must not be written.
func (t Table) Lookup(addr uint8) *Register {
	for i := range t {
		if t[i].Addr == addr {
			return &t[i]
		}
	}
	return nil
}

// Smaller returns the table of the smaller variant: without what is absent in it.
func (t Table) Smaller() Table {
	var out Table
	for _, r := range t {
		if r.Absent {
			continue
		}
		var fields []Field
		for _, f := range r.Fields {
			if !f.Absent {
				fields = append(fields, f)
			}
		}
		r.Fields = fields
		r.Reset &= r.covered()
		r.Unknown &= r.covered()
		out = append(out, r)
	}
	return out
}

// Check returns what is wrong with a table: addresses out of order, fields that overlap or are out of bounds.
func (t Table) Check() error {
	for i, r := range t {
		if i > 0 && r.Addr <= t[i-1].Addr {
			return fmt.Errorf("register %d %s comes after %d", r.Addr, r.Name, t[i-1].Addr)
		}
		var seen uint8
		for _, f := range r.Fields {
			if f.Hi > 7 || f.Lo > f.Hi || f.Name == "" {
				return fmt.Errorf("register %d %s: field %q has bits %d to %d", r.Addr, r.Name, f.Name, f.Hi, f.Lo)
			}
			if seen&f.Mask() != 0 {
				return fmt.Errorf("register %d %s: field %s overlaps another", r.Addr, r.Name, f.Name)
			}
			seen |= f.Mask()
		}
		if r.Reset&^seen != 0 {
			return fmt.Errorf("register %d %s: reset value %#02x has reserved bits %#02x", r.Addr, r.Name, r.Reset, r.Reset&^seen)
		}
	}
	return nil
}

// Explain returns the register's fields with their values in octet, in one line.
func (r *Register) Explain(octet uint8) string {
	var b strings.Builder
	for _, f := range r.Fields {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s=%d", f.Name, f.Value(octet))
	}
	return b.String()
}
