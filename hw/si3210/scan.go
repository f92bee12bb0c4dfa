package si3210

// What a processor near the chip reads to follow the line every millisecond, so that the host need not: two frames of two
// bytes, of which the second received is the register.
var (
	ScanHook     = [2]byte{0x80 | regHookStatus, filler}
	ScanLinefeed = [2]byte{0x80 | regLinefeed, filler}
)

// Bits of what is read.
const (
	ScanLoop     = bitLCR  // of ScanHook: loop current
	ScanTrip     = bitRTP  // of ScanHook: loop current while ringing
	ScanState    = maskLFS // of ScanLinefeed: what the linefeed does now
	ScanRinging  = lfRinging << 4
	ScanFeedOpen = lfOpen << 4
)
