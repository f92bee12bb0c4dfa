package modem

// Control octets of shielded data (ITU-T V.253 clause 9; ITU-T T.50 names).
const (
	nul = 0x00
	etx = 0x03
	dle = 0x10
	dc4 = 0x14
	can = 0x18
	sub = 0x1a
	esc = 0x1b
	fs  = 0x1c
)

// A shielded octet is what one octet of a DLE-shielded stream turned out to be.
type shielded uint8

const (
	nothing  shielded = iota // a DLE: the next octet says what it was
	datum                    // one octet of data
	dlePair                  // two octets of data, both DLE (<DLE><SUB>)
	dleCode                  // a code: an event, or the end
	dataEnds                 // <DLE><ETX>
)

// A deshielder takes apart what comes from the modem, one octet at a time, so that no cut of the stream matters. The zero
// value is ready.
type deshielder struct{ pending bool }

// next takes one octet; b is the datum or the code.
func (d *deshielder) next(in byte) (what shielded, b byte) {
	if !d.pending {
		if in == dle {
			d.pending = true
			return nothing, 0
		}
		return datum, in
	}
	d.pending = false
	switch in {
	case dle:
		return datum, dle
	case sub:
		return dlePair, dle
	case etx:
		return dataEnds, in
	}
	return dleCode, in
}

// shield appends data with every DLE doubled. <DLE><SUB> for two of them is not used: not every modem knows it.
func shield(dst, data []byte) []byte {
	for _, b := range data {
		if b == dle {
			dst = append(dst, dle)
		}
		dst = append(dst, b)
	}
	return dst
}
