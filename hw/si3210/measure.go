package si3210

// A Measurement is the direct-current state of the line.
type Measurement struct {
	TipVolts, RingVolts float64 // to ground; the converter shows 0 to -95.9 V
	LoopAmperes         float64 // signed like Volts
	BatteryVolts        float64 // below ground
}

// Volts is the voltage between tip and ring.
func (m Measurement) Volts() float64 { return m.TipVolts - m.RingVolts }

// Measure reads voltages and currents.
func (c *Chip) Measure() (Measurement, error) {
	var v [4]uint8
	if err := c.burst([]uint8{regTipVoltage, regRingVoltage, regLoopCurrent, regBattery1}, v[:]); err != nil {
		return Measurement{}, err
	}
	m := Measurement{TipVolts: -float64(v[0]) * senseVolts, RingVolts: -float64(v[1]) * senseVolts, BatteryVolts: float64(v[3]) * senseVolts}
	m.LoopAmperes = float64(v[2]&0x3f) * loopAmps
	if v[2]&0x40 != 0 {
		m.LoopAmperes = -m.LoopAmperes
	}
	return m, nil
}
