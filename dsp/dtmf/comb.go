package dtmf

import "math"

// A voice makes a digit of two of its harmonics: the third and the seventh of 233 Hz are an A, the fourth and the seventh of 235 Hz a
// D, and of 174, 192 and 213 Hz a 1, a 5 and a 9. What else it has then lies on its other harmonics, where noise lies everywhere. A
// digit in noise that may be either is judged by the energy on five harmonics to that half-way between four others: noise gives 0.9 in
// the median and 9.2 once in a thousand examinations, voices 15 and more.
const (
	combRatio = 12
	combOff   = 0.02 // how far the frequencies' ratio may be off that of the harmonics
)

// isComb reports whether what lies beside the tones at low and high Hz is the rest of a voice.
func isComb(x *[examined]float32, low, high float64) bool {
	var lower, between float64 // harmonic of the low tone, one that is neither's
	switch r := high / low; {
	case math.Abs(r*3/7-1) < combOff:
		lower, between = 3, 4
	case math.Abs(r*4/7-1) < combOff:
		lower, between = 4, 3
	default:
		return false
	}
	pitch := (low + high) / (lower + 7)
	on := energyAt(x, between*pitch)
	var off float64
	for _, k := range [4]float64{5, 6, 8, 9} {
		on += energyAt(x, k*pitch)
	}
	for _, k := range [4]float64{4.5, 5.5, 8.5, 9.5} {
		off += energyAt(x, k*pitch)
	}
	return on*4/5 > combRatio*off
}

// energyAt is the energy at a frequency through a window over all that is examined.
func energyAt(x *[examined]float32, hz float64) float64 {
	sin, cos := math.Sincos(2 * math.Pi * hz / rate)
	step, z := complex(cos, sin), complex(1, 0)
	var sum complex128
	for i, v := range x {
		sum += z * complex(float64(v*whole[i]), 0)
		z *= step
	}
	return real(sum)*real(sum) + imag(sum)*imag(sum)
}

// whole is the shape of that window.
var whole = func() (w [examined]float32) {
	for i := range w {
		w[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/examined))
	}
	return w
}()
