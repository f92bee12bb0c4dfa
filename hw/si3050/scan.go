package si3050

// Scan returns the frame of three bytes with which a processor near the chip reads a register, so that the host need not
// look every millisecond; the register is the third byte received.
func (c *Chip) Scan(r Scan) [3]byte { return [3]byte{controlRead | c.cid, uint8(r), filler} }

// A Scan is a register that shows the line.
type Scan uint8

// The registers, and what of them shows what.
const (
	ScanRing    Scan = regDAA1        // ScanHalfWaves
	ScanVoltage Scan = regLineVoltage // signed volts
	ScanCurrent Scan = regLoopCurrent // at least ScanFlowing: loop current

	ScanHalfWaves = bitRDTN | bitRDTP
	ScanBattery   = batteryVolts
	ScanFlowing   = flowing
)

// HookFrame returns the frame that seizes the line or releases it.
func (c *Chip) HookFrame(off bool) [3]byte {
	v := uint8(bitONHM)
	if off {
		v |= bitOH
	}
	return [3]byte{controlWrite | c.cid, regDAA1, v}
}
