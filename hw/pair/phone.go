package pair

import "math"

// A ringer of 1 REN is 8 uF in series with what makes 7 kohm of it at 20 Hz (FCC part 68, TIA-968).
const (
	renOhm     = 6930
	renFarad   = 8e-6
	ringerVolt = 25 // rms below which a telephone does not ring; ETSI EN 300 001 clause 6 has 25 V to 40 V by country
)

// A Phone is a telephone: a hook switch, a resistance, a ringer, a mouth and an ear. It belongs to whoever steps the pair.
type Phone struct {
	Ohm   float64 // direct-current resistance off hook; 200
	REN   float64 // ringer load; 0: no ringer
	Mouth func() float32
	Ear   func(float32)
	// Pulses counts metering pulses heard.
	Pulses int

	off     bool
	charge  float64 // volts on the ringer's capacitor
	square  float64 // mean square of the ringer's current
	metered bool
	volts   float64
	amps    float64
}

// Hook lifts the handset or puts it down.
func (p *Phone) Hook(off bool) { p.off = off }

// OffHook reports whether the handset is lifted.
func (p *Phone) OffHook() bool { return p.off }

// Ringing reports whether the bell rings now.
func (p *Phone) Ringing() bool {
	if p.REN <= 0 {
		return false
	}
	const ohm = 7000
	return math.Sqrt(p.square)*ohm/p.REN >= ringerVolt
}

// Volts and Amps are the voltage at the telephone, positive when tip is, and the current through it.
func (p *Phone) Volts() float64 { return p.volts }

// Amps is the direct current through the telephone.
func (p *Phone) Amps() float64 { return p.amps }

// Load implements Terminal.
func (p *Phone) Load() Load {
	l := Load{Ohm: math.Inf(1), RingerOhm: math.Inf(1), Z: 600}
	if p.off {
		l.Ohm = p.Ohm
		if l.Ohm == 0 {
			l.Ohm = 200
		}
	}
	if p.REN > 0 {
		l.RingerOhm, l.RingerVolts = renOhm/p.REN, p.charge
	}
	return l
}

// Settle implements Terminal. A metering pulse counts at its start.
func (p *Phone) Settle(a Arrived) {
	p.volts, p.amps = a.Volts, a.Amps
	if p.REN > 0 {
		p.charge += a.RingerAmps / (renFarad * p.REN) / Rate
		p.square += (a.RingerAmps*a.RingerAmps - p.square) / (Rate / 20)
	}
	metered := p.off && a.MeterV >= meterVolt
	if metered && !p.metered {
		p.Pulses++
	}
	p.metered = metered
}

// meterVolt is the level from which a charge indicator counts.
const meterVolt = 0.1

// Sound implements Terminal.
func (p *Phone) Sound(in float32) float32 {
	if p.Ear != nil {
		p.Ear(in)
	}
	if p.off && p.Mouth != nil {
		return p.Mouth()
	}
	return 0
}
