package tdm

// Signalling bits of an FXS slot, received: what the telephone does.
const (
	SigLoopClosed uint8 = 1 << 0 // loop current flows: off hook (debounced only by the card's SigResolution)
	SigRingTrip   uint8 = 1 << 1 // off-hook seen while ringing voltage was on; set together with SigLoopClosed until on-hook
	SigRinging    uint8 = 1 << 2 // ringing voltage is on the line now, whoever runs the cadence
)

// Signalling bits of an FXO slot, received: what the exchange does.
const (
	SigRing        uint8 = 1 << 0 // ringing voltage present
	SigBattery     uint8 = 1 << 1 // line voltage present (on hook or off hook)
	SigReversed    uint8 = 1 << 2 // polarity is the reverse of the idle one
	SigLoopCurrent uint8 = 1 << 3 // loop current flows
)

// SigOffHook is the one bit of an FXO slot that is transmitted: close the loop. Clear means on hook; dial pulses are runs
// of clear milliseconds.
const SigOffHook uint8 = 1 << 0

// A SigRun is a transmitted signalling value held for a time. A list of runs ends with one of 0 ms, whose value stays.
type SigRun struct {
	Bits uint8
	Ms   uint16
}
