package cas

import "tipring/tdm"

// A Debouncer passes on bits that have lasted: what is shorter than its time never was. The zero value passes everything.
type Debouncer struct {
	Ms    int  // that bits have to last
	Looks Bits // those that count

	now     Bits // last passed on
	next    Bits
	since   int64 // of next
	waiting bool
}

// Set takes bits that are received from sample at on.
func (d *Debouncer) Set(b Bits, at int64) {
	b &= d.Looks
	switch {
	case b == d.now:
		d.waiting = false
	case !d.waiting || b != d.next:
		d.next, d.since, d.waiting = b, at, true
	}
}

// Due returns the bits that have lasted long enough at sample now, and since when; and false when there are none, or they have
// been returned before.
func (d *Debouncer) Due(now int64) (b Bits, since int64, ok bool) {
	if !d.waiting || now-d.since < int64(d.Ms)*tdm.Quantum {
		return 0, 0, false
	}
	d.now, d.waiting = d.next, false
	return d.now, d.since, true
}

// Jump makes b the bits at hand without a report.
func (d *Debouncer) Jump(b Bits) { d.now, d.waiting = b&d.Looks, false }

// Bits are those last passed on.
func (d *Debouncer) Bits() Bits { return d.now }
