package callerid

import (
	"math"

	"tipring/dsp/dtmf"
	"tipring/dsp/fsk"
	"tipring/dsp/level"
)

const rate = 8000 // samples a second

// A Transmitter is the audio of one message: dual-tone alerting signal and gap where the standard has them, then channel
// seizure, marks and message, or the DTMF digits. It has the Read of the span package's sources.
type Transmitter struct {
	dtas, gap int // samples still to come
	at        int
	amp       float64
	modem     *fsk.Modulator
	digits    *dtmf.Source
}

// NewTransmitter returns the audio of a message. A level of zero is the standard's own.
func NewTransmitter(s Standard, m Message, at level.DBm0) *Transmitter {
	if at == 0 {
		at = s.DBm0
	}
	t := &Transmitter{}
	switch s.Physical {
	case Bell202, V23, V23Loop:
		if m.Name = fold(m.Name); s.MaxName > 0 {
			m.Name = m.Name[:min(len(m.Name), s.MaxName)]
		}
		if s.Physical == Bell202 {
			m.CallType = 0 // a parameter of EN 300 659-3 alone
		}
		t.modem = fsk.NewModulator(s.Physical.spec(), at)
		t.modem.Seizure(s.SeizureBits)
		t.modem.Marks(s.MarkBits)
		t.modem.Bytes(Encode(m, s.Format)...)
		t.modem.Marks(s.TailBits)
		t.dtas, t.gap = s.DTASMs*rate/1000, s.GapMs*rate/1000
		// Either tone 3 dB below the data, so that the sum has the data's level.
		t.amp = (at - 3).Amplitude()
	case DTMF:
		t.digits = dtmf.NewSource(encodeDTMF(m, s.DTMFForm), s.ToneMs, s.TonePause, at)
	}
	return t
}

// Samples returns how many samples are still to come.
func (t *Transmitter) Samples() int {
	n := t.dtas + t.gap
	if t.modem != nil {
		n += t.modem.Samples()
	}
	if t.digits != nil {
		n += t.digits.Samples()
	}
	return n
}

// Read fills dst and returns how many samples it gave; fewer than len(dst) means that the message has ended.
func (t *Transmitter) Read(dst []int16) int {
	n := 0
	for ; n < len(dst) && t.dtas > 0; n++ {
		x := 2 * math.Pi * float64(t.at) / rate
		dst[n] = int16(math.Round(t.amp * (math.Sin(dtasLowHz*x) + math.Sin(dtasHighHz*x))))
		t.at++
		t.dtas--
	}
	quiet := min(len(dst)-n, t.gap)
	clear(dst[n : n+quiet])
	n += quiet
	t.gap -= quiet
	switch {
	case n == len(dst):
	case t.modem != nil:
		n += t.modem.Read(dst[n:])
	case t.digits != nil:
		n += t.digits.Read(dst[n:])
	}
	return n
}
