package linecard

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/spi"

	"tipring/hw/link/wire"
	"tipring/hw/si3050"
	"tipring/tdm"
)

// An fxo is a line with an Si3050.
type fxo struct {
	chip *si3050.Chip
	slot int
}

// The slot's octet as sensed.
const (
	fxoWaves    = 3 << 0 // half waves of ringing, of either side
	fxoBattery  = 1 << 2
	fxoNegative = 1 << 3
	fxoCurrent  = 1 << 4
)

func newFXO(port spi.Port, l Line, law tdm.Law) (*fxo, error) {
	conn, err := si3050.Connect(port)
	if err != nil {
		return nil, err
	}
	chip, err := si3050.New(conn, si3050.Config{Country: l.Country, Law: law, Slot: l.Slot, HookElsewhere: true, Fast: true})
	if err != nil {
		return nil, err
	}
	return &fxo{chip: chip, slot: l.Slot}, nil
}

func (f *fxo) start() error { return f.chip.Start() }

func (f *fxo) program() (wire.Sense, wire.Drive) {
	s := wire.Sense{Slot: uint8(f.slot), N: 4}
	for i, p := range []struct {
		scan si3050.Scan
		wire.Probe
	}{
		{si3050.ScanRing, wire.Probe{Test: wire.TestBits, Mask: si3050.ScanHalfWaves, Arg: 3}}, // bits 5 and 6 to 0 and 1
		{si3050.ScanVoltage, wire.Probe{Test: wire.TestMagnitude, Mask: fxoBattery, Arg: si3050.ScanBattery}},
		{si3050.ScanVoltage, wire.Probe{Test: wire.TestBits, Mask: 0x80, Arg: 4}}, // bit 7 to 3
		{si3050.ScanCurrent, wire.Probe{Test: wire.TestAtLeast, Mask: fxoCurrent, Arg: si3050.ScanFlowing}},
	} {
		frame := f.chip.Scan(p.scan)
		p.Device, p.Flags, p.N = uint8(f.slot), wire.BytewiseCS, uint8(len(frame))
		copy(p.Data[:], frame[:])
		s.Probes[i] = p.Probe
	}
	d := wire.Drive{Slot: uint8(f.slot), Device: uint8(f.slot), Flags: wire.BytewiseCS, N: 2}
	for v, off := range []bool{0: false, tdm.SigOffHook: true} {
		frame := f.chip.HookFrame(off)
		d.Values[v].N = uint8(len(frame))
		copy(d.Values[v].Data[:], frame[:])
	}
	return s, d
}

func (f *fxo) sensor() sensor { return &fxoSensor{} }

// Times of an FXO slot's machine in ms. A half wave of ringing lasts 33 ms at 15 Hz, and the pause to the next one less; so
// ringing begins and ends ringMs after it does, give or take a half wave.
const (
	ringMs    = 64
	batteryMs = 64
	polarMs   = 64
	currentMs = 16
	halfWave  = 34
)

// A debounced bit follows its input when that has differed for so many ms.
type debounced struct {
	on bool
	ms int
}

func (d *debounced) step(in bool, ms int) bool {
	if in == d.on {
		d.ms = 0
	} else if d.ms++; d.ms >= ms {
		d.on, d.ms = in, 0
	}
	return d.on
}

// An fxoSensor makes tdm's bits of what is sensed.
type fxoSensor struct {
	waves     int // ms for which half waves have come, 0: none
	quiet     int // ms since the last half wave
	side      uint8
	turned    bool // half waves of both sides have come
	ring      bool
	battery   debounced
	current   debounced
	polarity  debounced // negative
	idle      bool      // polarity of the idle line
	idleKnown bool
}

func (f *fxoSensor) sense(raw uint8) uint8 {
	current := f.current.step(raw&fxoCurrent != 0, currentMs)
	f.watchRing(raw&fxoWaves, current)
	battery := f.battery.step(raw&fxoBattery != 0, batteryMs)
	if f.waves == 0 && raw&fxoBattery != 0 { // the sign means nothing while the line rings
		f.polarity.step(raw&fxoNegative != 0, polarMs)
		if !f.idleKnown && battery {
			f.idleKnown, f.idle = true, raw&fxoNegative != 0
			f.polarity = debounced{on: f.idle}
		}
	}
	var out uint8
	if f.ring {
		out |= tdm.SigRing
	}
	if battery {
		out |= tdm.SigBattery
		if f.idleKnown && f.polarity.on != f.idle {
			out |= tdm.SigReversed
		}
	}
	if current {
		out |= tdm.SigLoopCurrent
	}
	return out
}

// watchRing takes half waves for ringing when they go on for long enough and change sides; a step of the battery has one.
func (f *fxoSensor) watchRing(side uint8, current bool) {
	switch {
	case current:
		f.waves, f.ring = 0, false
		return
	case side != 0:
		if f.waves == 0 {
			f.side, f.turned = side, false
		}
		f.turned = f.turned || side != f.side
		f.quiet = 0
	default:
		f.quiet++
	}
	switch {
	case f.waves == 0 && side == 0:
	case f.quiet >= ringMs:
		f.waves, f.ring = 0, false
	default:
		f.waves++
		if f.waves >= ringMs && f.turned {
			f.ring = true
		}
	}
}

var errFXO = errors.New("an FXO slot has no commands: its hook rides in the transmitted bits")

func (f *fxo) do(tdm.Command) error { return errFXO }

func (f *fxo) service(now time.Duration, report func(fault)) (busy bool) {
	events := f.chip.Service(now)
	for _, e := range events {
		switch e.Kind {
		case si3050.Lost, si3050.WasReset, si3050.LinkLost, si3050.Failed, si3050.Glitch:
			report(fault{f.slot, fmt.Errorf("%s", e), e.Kind != si3050.Glitch})
		case si3050.Ready:
			report(fault{slot: f.slot})
		}
	}
	return len(events) > 0
}

func (f *fxo) measure() (tdm.Measurement, error) {
	m, err := f.chip.Measure()
	return tdm.Measurement{LoopAmperes: m.Amperes, LineVolts: m.Volts}, err
}

func (f *fxo) String() string {
	name, rev := f.chip.Part()
	return fmt.Sprintf("%s revision %d", name, rev)
}
