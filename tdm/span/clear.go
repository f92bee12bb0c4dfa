package span

// A ClearLeg is the far half of a clear timeslot: a D channel, or unrestricted data. It gets the octets of the line as they are,
// since a law and back loses some (mu-law has two zeros), and no canceller, detector or gain touches them.
type ClearLeg interface {
	// Octets takes what came from the line in the block that begins at sample at, and fills what goes to it in the next
	// block. Both have the block's length. It is called by the pump: it does not allocate, block or keep its arguments.
	Octets(at int64, rx, tx []byte)
}

// Clear makes a slot a clear one for leg, in place of whatever was attached; nil makes it a voice slot again.
func (p *Pump) Clear(slot int, leg ClearLeg) {
	p.check(slot)
	p.do(func() {
		p.attach(slot, nil)
		p.slots[slot].octets = leg
		p.dirty = true
	})
}
