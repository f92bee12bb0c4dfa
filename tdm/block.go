package tdm

import (
	"time"

	"tipring/dsp/g711"
)

const (
	// Rate is the sampling rate of a timeslot in samples a second (ITU-T G.711 §2).
	Rate = 8000
	// Quantum is the number of samples in 1 ms of one timeslot; a block is a whole number of quanta.
	Quantum = 8
)

// Law is the companding law of a card's octets.
type Law = g711.Law

// The two laws of ITU-T G.711.
const (
	MuLaw = g711.MuLaw
	ALaw  = g711.ALaw
)

// A Block is one exchange's worth of timeslots, planar: slot after slot.
type Block struct {
	// N is the number of octets a slot, a multiple of Quantum.
	N int
	// Data holds slot i in Data[i*N:(i+1)*N], one G.711 octet a sample.
	Data []byte
	// Sig holds the signalling bits of slot i in Sig[i*(N/Quantum):(i+1)*(N/Quantum)], one octet a millisecond; what the
	// bits mean depends on the slot's Kind (see SigLoopClosed and its neighbours).
	Sig []uint8
}

// NewBlock allocates a block of slots timeslots with n octets each. It panics when n is not a positive multiple of
// Quantum: the block length is configuration that was validated before.
func NewBlock(slots, n int) Block {
	if n <= 0 || n%Quantum != 0 {
		panic("tdm: block length is not a positive multiple of 8 samples")
	}
	return Block{N: n, Data: make([]byte, slots*n), Sig: make([]uint8, slots*n/Quantum)}
}

// Slot returns the octets of slot i.
func (b Block) Slot(i int) []byte { return b.Data[i*b.N : (i+1)*b.N : (i+1)*b.N] }

// SigSlot returns the signalling octets of slot i, one a millisecond.
func (b Block) SigSlot(i int) []uint8 {
	q := b.N / Quantum
	return b.Sig[i*q : (i+1)*q : (i+1)*q]
}

// Samples converts a duration to samples, rounding down.
func Samples(d time.Duration) int64 { return int64(d / (time.Second / Rate)) }

// Duration converts a sample count to a duration.
func Duration(samples int64) time.Duration { return time.Duration(samples) * (time.Second / Rate) }
