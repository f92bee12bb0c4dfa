package si3050

import (
	"math"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/tdm"
)

// impedances are ACIM, register 30, with an Si3019 (data sheet table 18). The global complex one is between those for Europe.
var impedances = [16]pair.Impedance{
	{Series: 600},
	{Series: 900},
	{Series: 270, Parallel: 750, Farad: 150e-9},
	{Series: 220, Parallel: 820, Farad: 120e-9},
	{Series: 370, Parallel: 620, Farad: 310e-9},
	{Series: 320, Parallel: 1050, Farad: 230e-9},
	{Series: 370, Parallel: 820, Farad: 110e-9},
	{Series: 275, Parallel: 780, Farad: 115e-9},
	{Series: 120, Parallel: 820, Farad: 110e-9},
	{Series: 350, Parallel: 1000, Farad: 210e-9},
	{Series: 200, Parallel: 680, Farad: 100e-9},
	{Series: 600, Farad: 2.16e-6},
	{Series: 900, Farad: 1e-6},
	{Series: 900, Farad: 2.16e-6},
	{Series: 600, Farad: 1e-6},
	{Series: 220, Parallel: 820, Farad: 120e-9},
}

// level is the gain of registers 38 and 40, or 39 and 41.
func (m *Model) level(coarse, fine int) float32 {
	db := signedGain(m.reg[coarse]) + signedGain(m.reg[fine])/10
	return float32(math.Pow(10, db/20))
}

func signedGain(v uint8) float64 {
	if v&bitMinus != 0 {
		return -float64(v & 0x0f)
	}
	return float64(v & 0x0f)
}

// sound carries one sample each way.
func (m *Model) sound(f *board.Frame) {
	if m.reg[regPCMMode]&bitPCME == 0 {
		m.exchange(0)
		return
	}
	rx := int(m.reg[regRXStartHigh]&3)<<8 | int(m.reg[regRXStartLow])
	tx := int(m.reg[regTXStartHigh]&3)<<8 | int(m.reg[regTXStartLow])
	octet, ok := f.Receive(rx)
	if !ok {
		m.exchange(0)
		return
	}
	if m.reg[regDAA3]&bitDDL != 0 {
		m.exchange(0)
		f.Drive(tx, octet)
		return
	}
	law := tdm.ALaw
	if m.reg[regPCMMode]&maskPCMF == 0x08 {
		law = tdm.MuLaw
	}
	v := m.exchange(float32(law.DecodeSample(octet)) * m.level(regTXGain2, regTXGain3))
	v *= m.level(regRXGain2, regRXGain3)
	f.Drive(tx, law.EncodeSample(int16(max(-32768, min(v, 32767)))))
}

// exchange sends a sample to the line and returns what comes from it.
func (m *Model) exchange(out float32) float32 {
	l := &m.line
	if !m.offHook() {
		out = 0
	}
	in := l.incoming
	if m.Office != nil {
		in = m.Office.Sound(out)
	}
	l.outgoing = out
	return m.receive(out, in)
}

// receive adds the line's echo of out, less what the hybrid subtracts.
func (m *Model) receive(out, in float32) float32 {
	l := &m.line
	copy(l.sent[1:], l.sent[:])
	l.sent[0] = out
	if !m.offHook() && m.reg[regDAA1]&bitONHM == 0 {
		return 0
	}
	for k, h := range m.Path {
		in += (h - float32(int8(m.reg[regHybrid1+k]))/128) * l.sent[k]
	}
	return in
}

// Sound implements pair.Terminal, for a model that an FXS chip feeds.
func (m *Model) Sound(in float32) float32 {
	m.line.incoming = in
	return m.line.outgoing
}
