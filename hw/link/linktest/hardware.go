package linktest

// Hardware is what a card's processor is wired to. A Card calls it from one goroutine at a time.
type Hardware interface {
	// Frame is 125 us of the highway: an octet a timeslot each way.
	Frame(down, up []byte)
	// Transfer is one transaction on a chip select; tx and rx have the same length. With bytewise the chip select rises
	// after every octet.
	Transfer(device int, bytewise bool, tx, rx []byte)
	// Interrupt reports whether an interrupt line is low.
	Interrupt(line int) bool
}

// A Loop is a highway that returns every octet in the next frame, and chip selects with 256 registers each: a transfer of
// three octets writes (20, address, value) or reads (60, address, any).
type Loop struct {
	last      [64]byte
	Registers [64][256]byte
	Writes    int  // carried out
	Low       bool // interrupt line 0
}

// Frame implements Hardware.
func (l *Loop) Frame(down, up []byte) {
	copy(up, l.last[:len(up)])
	copy(l.last[:], down)
}

// Transfer implements Hardware.
func (l *Loop) Transfer(device int, _ bool, tx, rx []byte) {
	for i := range rx {
		rx[i] = 0xff
	}
	if len(tx) != 3 {
		return
	}
	switch tx[0] {
	case 0x20:
		l.Registers[device][tx[1]] = tx[2]
		l.Writes++
	case 0x60:
		rx[2] = l.Registers[device][tx[1]]
	}
}

// Interrupt implements Hardware.
func (l *Loop) Interrupt(line int) bool { return line == 0 && l.Low }
