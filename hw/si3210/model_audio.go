package si3210

import (
	"math"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/tdm"
)

// A generator is the ringing oscillator.
type generator struct {
	at     int     // frames since its start
	hz     float64 // of a sine
	peak   float64 // volts
	slope  float64 // volts a frame of a trapezoid; 0: a sine
	period int     // frames
	offset float64
}

// retune works out the ringing oscillator from its indirect registers (data sheet section 2.5).
func (m *Model) retune() {
	g := &m.line.ringer
	co := float64(int16(m.indirect(indRCO))) / 32768
	x := float64(int16(m.indirect(indRNGX))) / 32768
	g.offset = float64(int16(m.indirect(indROFF))) / 32768 * 96
	g.slope, g.period = co*96, max(2*int(m.indirect(indRNGY)), 1)
	g.hz = math.Acos(max(-1, min(co, 1))) * 1000 / (2 * math.Pi)
	g.peak = x * 96
	if m.reg[regRingOsc]&bitTSWS == 0 {
		g.slope = 0
		if co > -1 && co < 1 {
			g.peak = 4 * x * 96 * math.Sqrt((1+co)/(1-co))
		}
	}
}

// next is one frame of ringing voltage.
func (g *generator) next() float64 {
	g.at++
	if g.slope == 0 {
		return g.offset + g.peak*math.Sin(2*math.Pi*g.hz*float64(g.at)/pair.Rate)
	}
	pos, sign := g.at%g.period, 1.0
	if half := g.period / 2; pos >= half {
		pos, sign = pos-half, -1
	}
	return g.offset + sign*min(-g.peak+g.slope*float64(pos), g.peak)
}

// meterVolts is the level of the metering tone, rms (data sheet Si3230 section 2.5).
func (m *Model) meterVolts() float64 {
	co := float64(int16(m.indirect(indPLSCO))) / 32768
	if co <= -1 || co >= 1 {
		return 0
	}
	return 4 * float64(m.indirect(indPLSX)) / 32768 * math.Sqrt((1+co)/(1-co)) * 0.85
}

// networks are the impedances of TISS, register 10.
var networks = [8]pair.Impedance{
	{Series: 600},
	{Series: 900},
	{Series: 600, Farad: 1e-6},
	{Series: 900, Farad: 2.16e-6},
	{Series: 270, Parallel: 750, Farad: 150e-9},
	{Series: 220, Parallel: 820, Farad: 120e-9},
	{Series: 220, Parallel: 820, Farad: 115e-9},
	{Series: 200, Parallel: 680, Farad: 100e-9},
}

// hybridDB is HYBA, register 11; 7 is off.
var hybridDB = [8]float64{4.08, 2.5, 1.16, 0, -1.02, -1.94, -2.77, math.Inf(-1)}

func gain(db float64) float32 { return float32(math.Pow(10, db/20)) }

// analog is a two-bit gain of register 9.
func analog(code uint8) float32 {
	return [...]float32{1, gain(-3.5), gain(3.5), 0}[code&3]
}

// unity is the value of DACG and ADCG that neither amplifies nor attenuates.
const unity = 0x4000

// sound carries one sample each way.
func (m *Model) sound(f *board.Frame) {
	if m.reg[regPCMMode]&bitPCME == 0 {
		m.hear(0)
		return
	}
	rx := int(m.reg[regRXStartHigh]&3)<<8 | int(m.reg[regRXStartLow])
	tx := int(m.reg[regTXStartHigh]&3)<<8 | int(m.reg[regTXStartLow])
	if m.reg[regPCMMode]&bitPCMT != 0 {
		hi, ok := f.Receive(rx)
		lo, ok2 := f.Receive(rx + 8)
		if !ok || !ok2 {
			return
		}
		v := m.voice(int16(uint16(hi)<<8 | uint16(lo)))
		f.Drive(tx, uint8(uint16(v)>>8))
		f.Drive(tx+8, uint8(v))
		return
	}
	octet, ok := f.Receive(rx)
	if !ok {
		m.hear(0)
		return
	}
	if m.reg[regLoopback]&bitDLM != 0 {
		m.hear(0)
		f.Drive(tx, octet)
		return
	}
	law := tdm.ALaw
	if m.reg[regPCMMode]&maskPCMF == 0x08 {
		law = tdm.MuLaw
	}
	f.Drive(tx, law.EncodeSample(m.voice(law.DecodeSample(octet))))
}

// hear passes a sample to the terminal and returns what it sends.
func (m *Model) hear(v float32) float32 {
	if m.Terminal == nil {
		return 0
	}
	return m.Terminal.Sound(v)
}

// voice takes the sample for the line and returns the one from it.
func (m *Model) voice(in int16) int16 {
	r := m.reg[regAudioGain]
	out := float32(in) * float32(m.indirect(indDACG)) / unity * analog(r)
	if r&bitRXM != 0 || !m.drives() {
		out = 0
	}
	var back float32
	if m.reg[regLoopback]&(bitALM1|bitALM2) != 0 {
		m.hear(0)
		back = out
	} else {
		back = m.hear(out) + out*m.echo()
	}
	back *= float32(m.indirect(indADCG)) / unity * analog(r>>2)
	if r&bitTXM != 0 || !m.drives() {
		back = 0
	}
	return int16(max(-32768, min(back, 32767)))
}

// echo is the share of the receive signal that the hybrid lets through: what the terminal's impedance reflects at 1 kHz, and
// what the balance setting is off.
func (m *Model) echo() float32 {
	if m.Terminal == nil {
		return 1
	}
	z := m.Terminal.Load().Z
	if math.IsInf(m.Terminal.Load().Ohm, 1) || z == 0 {
		return 1
	}
	zs := networks[m.reg[regImpedance]&7].At(1000)
	if m.reg[regImpedance]&bitTISE == 0 {
		zs = 600
	}
	balance := math.Pow(10, hybridDB[m.reg[regHybrid]&7]/20)
	return float32(math.Abs(1+pair.Mismatch(zs, z)-balance) / 2)
}
