package emu

import (
	"fmt"
	"strings"

	"tipring/dsp/callerid"
	"tipring/dsp/fsk"
	"tipring/dsp/tone"
	"tipring/tdm"
)

// prepare lays out what the exchange puts on the line for the call: caller ID as its standard wants it, and the country's
// ringing cadence for ever.
func (c *incoming) prepare(plan *tone.Plan) error {
	var cadence []ringStep
	for i, ms := range plan.RingCadenceMs {
		cadence = append(cadence, ringStep{ms: ms, ring: i%2 == 0})
	}
	s := callerid.ForZone(plan.ID)
	if c.standard != "" {
		var ok bool
		if s, ok = callerid.Lookup(c.standard); !ok {
			return fmt.Errorf("caller-ID standard %q: want one of %s", c.standard, strings.Join(callerid.Names(), " "))
		}
	}
	if c.noCallerID || s.Physical == callerid.None {
		c.steps = cadence
		return nil
	}
	ms, err := c.prepareBurst(s)
	if err != nil {
		return err
	}
	if s.InCall() {
		m, _ := c.message(s)
		c.second = callerid.NewWaitingSender(s, m, 0)
	}
	if s.Alert == callerid.LoopClosure {
		c.steps, c.repeat, c.looped = ringForLoop(cadence, s, ms)
		return nil
	}
	c.steps, c.repeat = ringWithBurst(cadence, s, ms)
	return nil
}

// ringWithBurst returns the cadence with a caller-ID burst of ms where the standard has it, and the step to repeat from.
func ringWithBurst(cadence []ringStep, s callerid.Standard, ms int) (steps []ringStep, repeat int) {
	burst := func(reverse bool) {
		if s.AfterAlertMs > 0 {
			steps = append(steps, ringStep{ms: s.AfterAlertMs, reverse: reverse})
		}
		steps = append(steps, ringStep{ms: ms, burst: true, reverse: reverse})
	}
	if s.Alert == callerid.AfterRing {
		// The burst goes into the longest pause, which grows when it does not fit.
		pause := 1
		for i := 1; i < len(cadence); i += 2 {
			if cadence[i].ms > cadence[pause].ms {
				pause = i
			}
		}
		steps = append(steps, cadence[:pause]...)
		burst(false)
		steps = append(steps, ringStep{ms: max(cadence[pause].ms-s.AfterAlertMs-ms, s.BeforeRingMs)})
		repeat = len(steps)
		steps = append(steps, cadence[pause+1:]...)
		return append(steps, cadence[:pause+1]...), repeat
	}
	reverse := s.Alert == callerid.LineReversal || s.Alert == callerid.LineReversalDTAS
	if s.Alert == callerid.RingPulse {
		steps = append(steps, ringStep{ms: s.RingPulseMs, ring: true})
	}
	burst(reverse)
	steps = append(steps, ringStep{ms: s.BeforeRingMs, reverse: reverse})
	return append(steps, cadence...), len(steps)
}

// ringForLoop returns what calls NTT's telephones: reversal, short rings until the loop closes or they have gone on for long enough, and
// the cadence; and the step at which the data of a loop that has closed begins, after which the loop has to open. The polarity
// stays reversed until the answer.
func ringForLoop(cadence []ringStep, s callerid.Standard, ms int) (steps []ringStep, repeat, looped int) {
	steps = append(steps, ringStep{ms: s.ReversalMs, reverse: true})
	for t := 0; t < s.LoopCloseMs; t += 2 * s.RingPulseMs {
		steps = append(steps, ringStep{ms: s.RingPulseMs, ring: true, reverse: true, short: true}, ringStep{ms: s.RingPulseMs, reverse: true, short: true})
	}
	repeat = len(steps)
	for _, r := range cadence {
		r.reverse = true
		steps = append(steps, r)
	}
	looped = len(steps)
	return append(steps, ringStep{ms: s.AfterAlertMs, reverse: true}, ringStep{ms: ms, reverse: true, burst: true},
		ringStep{ms: s.LoopOpenMs + flashMaxMs, reverse: true, opens: true}), repeat, looped
}

// message is what the call tells in a standard; it checks what cannot be sent.
func (c *incoming) message(s callerid.Standard) (callerid.Message, error) {
	m := callerid.Message{Number: c.number, Name: c.name, Time: c.at.Format("01021504")}
	if strings.Trim(c.number, "0123456789*#+ABCD") != "" || len(c.number) > callerid.MaxNumber {
		return m, fmt.Errorf("number %q: want at most %d of 0-9 * # + A-D", c.number, callerid.MaxNumber)
	}
	if len(c.name) > callerid.MaxName {
		return m, fmt.Errorf("name %.60q: want at most %d octets", c.name, callerid.MaxName)
	}
	c.id = CallerID{Number: c.number, Name: c.name, Time: m.Time, Standard: s.Name}
	switch {
	case c.presentation == tdm.Restricted:
		m.NumberReason, m.NameReason = callerid.Private, callerid.Private
		c.id.Number, c.id.Name = private, private
	case c.presentation == tdm.Unavailable || c.number == "":
		m.NumberReason, m.NameReason = callerid.Unavailable, callerid.Unavailable
		c.id.Number, c.id.Name = unavailable, unavailable
	}
	return m, nil
}

// prepareBurst makes the caller-ID audio and returns its length in milliseconds, rounded up.
func (c *incoming) prepareBurst(s callerid.Standard) (ms int, err error) {
	m, err := c.message(s)
	if err != nil {
		return 0, err
	}
	t := callerid.NewTransmitter(s, m, 0)
	n := t.Samples()
	c.burst = t
	if c.raw == nil && c.badChecksum {
		c.raw = callerid.Encode(m, s.Format)
		c.raw[len(c.raw)-1] ^= 0x55
	}
	if c.raw != nil {
		b, err := newRawBurst(s, t, c.raw)
		if err != nil {
			return 0, err
		}
		c.burst, n = b, b.samples()
	}
	return (n + tdm.Quantum - 1) / tdm.Quantum, nil
}

// What stands for a number or name that is not given, EN 300 659-3 §5.4.4.
const (
	private     = "private"
	unavailable = "unavailable"
)

// A rawBurst is a caller-ID burst whose octets are given, for messages that no Transmitter would make.
type rawBurst struct {
	alert int // samples of the Transmitter's dual tone and gap
	from  source
	modem *fsk.Modulator
}

func newRawBurst(s callerid.Standard, t *callerid.Transmitter, octets []byte) (*rawBurst, error) {
	spec := fsk.V23
	switch s.Physical {
	case callerid.Bell202:
		spec = fsk.Bell202
	case callerid.V23, callerid.V23Loop:
	default:
		return nil, fmt.Errorf("standard %s has no octets and no checksum: use one with FSK", s.Name)
	}
	b := &rawBurst{alert: (s.DTASMs + s.GapMs) * tdm.Quantum, from: t, modem: fsk.NewModulator(spec, s.DBm0)}
	b.modem.Seizure(s.SeizureBits)
	b.modem.Marks(s.MarkBits)
	b.modem.Bytes(octets...)
	b.modem.Marks(s.TailBits)
	return b, nil
}

func (b *rawBurst) samples() int { return b.alert + b.modem.Samples() }

// Read fills dst and returns how many samples it gave.
func (b *rawBurst) Read(dst []int16) int {
	n := b.from.Read(dst[:min(len(dst), b.alert)])
	b.alert -= n
	return n + b.modem.Read(dst[n:])
}
