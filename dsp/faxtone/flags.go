package faxtone

import "math"

const (
	// One bit of V.21 is 26.67 samples. A flag is a zero, six ones and a zero: seen in a row, two bits of 1850 Hz and six of
	// 1650 Hz in turn.
	bitLen    = sampleRate / 300.0
	flagsNeed = 5 // flags in a row: 133 ms of the preamble's second
	bitShare  = 0.25
	// The demodulator looks at every fourth sample with a window of a bit.
	hopLen    = 4
	windowLen = 28
)

// flags counts the flags of V.21 channel 2.
type flags struct {
	past  [windowLen]int16 // before the block
	table [2][windowLen]complex64
	prev  bool // the last bit value, by sign of the discriminator
	run   int  // samples that it has lasted
	count int  // flags in a row
	quiet int  // blocks since the last flag

	on          bool
	first, last int64
}

func (f *flags) init() {
	for k, bin := range []int{v21one, v21zero} {
		for i := range windowLen {
			// A raised window keeps the other frequency, 200 Hz away, down.
			w := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/windowLen)
			sin, cos := math.Sincos(-2 * math.Pi * hz[bin] / sampleRate * float64(i))
			f.table[k][i] = complex(float32(w*cos), float32(w*sin))
		}
	}
}

func (f *flags) step(buf *[blockLen]int16, m *measured, now int64) change {
	defer func() { copy(f.past[:], buf[blockLen-windowLen:]) }()
	// Within 10 ms the two frequencies take turns and neither has all of the power.
	likely := m.power >= least && m.share(v21one)+m.share(v21zero) >= bitShare
	before := f.count
	if likely {
		f.demodulate(buf)
	} else {
		f.run, f.count = 0, 0
	}
	switch {
	case f.count > before || f.on && f.count > flagsNeed:
		f.quiet = 0
		if f.count == 1 || f.first == 0 && f.count > 0 {
			f.first = max(0, now-3)
		}
		f.last = now
		if !f.on && f.count >= flagsNeed {
			f.on = true
			return began
		}
	default:
		if f.quiet++; f.on && f.quiet >= v21End {
			f.on, f.first = false, 0
			return ended
		}
	}
	return none
}

// demodulate measures the lengths of the two frequencies' turns.
func (f *flags) demodulate(buf *[blockLen]int16) {
	var x [windowLen + blockLen]float32
	for i, s := range f.past {
		x[i] = float32(s)
	}
	for i, s := range buf {
		x[windowLen+i] = float32(s)
	}
	for at := hopLen; at <= blockLen; at += hopLen {
		one, zero := f.energy(x[at:], 0), f.energy(x[at:], 1)
		bit := one > zero
		if bit == f.prev {
			f.run += hopLen
			continue
		}
		f.turn(f.prev, f.run)
		f.prev, f.run = bit, hopLen
	}
}

func (f *flags) energy(x []float32, k int) float32 {
	var re, im float32
	x = x[:windowLen]
	for i, w := range f.table[k] {
		re += x[i] * real(w)
		im += x[i] * imag(w)
	}
	return re*re + im*im
}

// turn takes the end of a stretch of ones or zeros.
func (f *flags) turn(ones bool, samples int) {
	want := 2 * bitLen
	if ones {
		want = 6 * bitLen
	}
	if d := float64(samples) - want; math.Abs(d) > 0.5*bitLen {
		f.count = 0
		return
	}
	if ones {
		f.count++
	}
}
