package span

import "tipring/dsp/dtmf"

// A Leg is the far half of a circuit: RTP, another circuit, an echo test, a conference. The pump calls it, and nothing
// else does, once a block for as long as it is attached.
type Leg interface {
	// Tick takes what came from the line in rx and fills tx with what goes to it, both the block's length of 16-bit
	// samples at 8 kHz. at is the card's sample count at the block's first sample. It allocates nothing and never blocks.
	Tick(at int64, rx, tx []int16)
}

// A DigitLeg is a Leg that takes the DTMF detector's findings of a block just before its Tick, so that it can mute the
// digit in the audio and signal it instead. Event offsets count from the block's first sample and may be negative.
type DigitLeg interface {
	Leg
	Digits(at int64, evs []dtmf.Event)
}

// A VoiceBandLeg is a Leg that can be switched to voice-band data (ITU-T V.152): no loss concealment that invents
// signal, no silence suppression, a fixed jitter buffer. The pump calls it when it hears a fax or modem tone.
type VoiceBandLeg interface {
	Leg
	VoiceBand(on bool)
}

// A Source produces the samples of a tone, a caller-ID burst, a digit string or a recording. Read fills dst and returns
// how many samples it gave; fewer than len(dst) means that the source has ended. It allocates nothing.
type Source interface {
	Read(dst []int16) int
}

// An End is what a call needs of a party to connect its audio: a circuit (Pump and Slot) or a Leg that still needs one.
type End struct {
	Pump *Pump // nil for a bare leg
	Slot int
	Leg  Leg // nil for a circuit
	// Digits is for a Leg whose audio comes from a telephone line that no card listens to: where it meets a DigitLeg, that
	// one gets its DTMF digits.
	Digits bool
	// Clear is for an end that carries octets and no sound: it meets another such one. Its Leg is a ClearLeg too.
	Clear bool
}
