package linecard

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/spi"

	"tipring/hw/link/wire"
	"tipring/hw/si3210"
	"tipring/tdm"
)

// An fxs is a line with an Si3210 or Si3215.
type fxs struct {
	chip *si3210.Chip
	slot int
}

// The slot's octet as sensed: loop and trip in bits 0 and 1, what the linefeed does in bits 2 to 4.
const (
	fxsLoop  = si3210.ScanLoop
	fxsTrip  = si3210.ScanTrip
	fxsShift = 2 // of the linefeed, whose bits are 4 to 6 of its register
	fxsState = si3210.ScanState >> fxsShift
)

func newFXS(port spi.Port, l Line, law tdm.Law) (*fxs, error) {
	conn, err := si3210.Connect(port)
	if err != nil {
		return nil, err
	}
	chip, err := si3210.New(conn, si3210.Config{Country: l.Country, Law: law, Slot: l.Slot})
	if err != nil {
		return nil, err
	}
	return &fxs{chip: chip, slot: l.Slot}, nil
}

func (f *fxs) start() error { return f.chip.Start() }

func (f *fxs) program() (wire.Sense, wire.Drive) {
	s := wire.Sense{Slot: uint8(f.slot), N: 2}
	for i, p := range []wire.Probe{
		{Test: wire.TestBits, Mask: fxsLoop | fxsTrip},
		{Test: wire.TestBits, Mask: si3210.ScanState, Arg: 8 - fxsShift},
	} {
		p.Device, p.Flags, p.N = uint8(f.slot), wire.BytewiseCS, 2
		copy(p.Data[:], [][2]byte{si3210.ScanHook, si3210.ScanLinefeed}[i][:])
		s.Probes[i] = p
	}
	return s, wire.Drive{Slot: uint8(f.slot), Device: uint8(f.slot)}
}

func (f *fxs) sensor() sensor { return &fxsSensor{} }

// An fxsSensor makes tdm's bits of what is sensed.
type fxsSensor struct {
	tripped bool // and not hung up since
	wait    int  // ms in which the loop detector may still see nothing
	out     uint8
}

// tripMs is how long after a ring trip the loop detector may still see nothing.
const tripMs = 100

func (f *fxsSensor) sense(raw uint8) uint8 {
	if raw&fxsState == fxsState { // a linefeed that the driver does not use: no chip answers
		return f.out
	}
	loop, trip := raw&fxsLoop != 0, raw&fxsTrip != 0
	ringing := raw&fxsState == si3210.ScanRinging>>fxsShift
	if trip && !f.tripped && !loop {
		f.tripped, f.wait = true, tripMs
	}
	if loop {
		f.wait = 0
	} else if f.wait > 0 {
		f.wait--
	} else {
		f.tripped = false
	}
	f.out = 0
	switch {
	case f.tripped:
		f.out = tdm.SigLoopClosed | tdm.SigRingTrip
	case loop:
		f.out = tdm.SigLoopClosed
	}
	if ringing && !f.tripped {
		f.out |= tdm.SigRinging
	}
	return f.out
}

var errOp = errors.New("an FXS slot knows linefeed, ring and ring stop")

func (f *fxs) do(c tdm.Command) error {
	switch c.Op {
	case tdm.OpLinefeed:
		return f.chip.SetLinefeed(c.Linefeed)
	case tdm.OpRing:
		return f.chip.Ring(c.Cadence)
	case tdm.OpRingStop:
		return f.chip.RingStop()
	}
	return errOp
}

func (f *fxs) service(now time.Duration, report func(fault)) (busy bool) {
	events := f.chip.Service(now)
	for _, e := range events {
		switch e.Kind {
		case si3210.Lost, si3210.WasReset, si3210.Failed, si3210.PowerAlarm, si3210.PowerOff, si3210.Glitch:
			report(fault{f.slot, fmt.Errorf("%s", e), e.Kind != si3210.Glitch})
		case si3210.Ready, si3210.PowerBack:
			report(fault{slot: f.slot})
		}
	}
	return len(events) > 0
}

func (f *fxs) measure() (tdm.Measurement, error) {
	m, err := f.chip.Measure()
	return tdm.Measurement{LoopAmperes: m.LoopAmperes, LineVolts: m.Volts()}, err
}

func (f *fxs) String() string {
	name, rev := f.chip.Part()
	return fmt.Sprintf("%s revision %d", name, rev)
}
