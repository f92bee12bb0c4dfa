// Package level measures and converts signal levels in dBm0.
//
// The reference is the one of ITU-T G.711: a full-scale sine is +3.14 dBm0 (A-law; +3.17 for mu-law). The project uses one
// convention for both laws and for linear samples: 0 dBm0 is a sine of RMS 16124, which puts a full-scale 16-bit sine at
// +3.15 dBm0.
//
// Conversions are pure. A Meter belongs to one goroutine, allocates nothing after NewMeter and never reads a clock: its
// window is counted in samples. It applies no weighting filter.
package level

import "math"

// DBm0 is a level in dB relative to one milliwatt at the point of zero relative level (ITU-T G.100.1).
type DBm0 float64

// ZeroRMS is the RMS value, in 16-bit sample units, of 0 dBm0.
const ZeroRMS = 16124

// Silence is what a meter gives for no signal at all: well below the -68 dBm0 of the quietest idle G.711 channel and finite,
// so that it can be printed, averaged and exported.
const Silence DBm0 = -96

// RMS returns the RMS value of a signal at level d, in 16-bit sample units.
func (d DBm0) RMS() float64 { return ZeroRMS * math.Pow(10, float64(d)/20) }

// Amplitude returns the peak value of a sine at level d, in 16-bit sample units.
func (d DBm0) Amplitude() float64 { return d.RMS() * math.Sqrt2 }

// RMS returns the RMS value of a signal at level d, in 16-bit sample units.
func RMS(d DBm0) float64 { return d.RMS() }

// OfRMS returns the level of a signal with that RMS value in 16-bit sample units; Silence for 0.
func OfRMS(rms float64) DBm0 { return OfPower(rms * rms) }

// OfPower returns the level of a signal with that mean square in squared 16-bit sample units; Silence for 0.
func OfPower(meanSquare float64) DBm0 {
	if meanSquare <= 0 {
		return Silence
	}
	return max(Silence, DBm0(10*math.Log10(meanSquare/(ZeroRMS*ZeroRMS))))
}

// OfSine returns the level of a sine with that peak value in 16-bit sample units.
func OfSine(amplitude float64) DBm0 { return OfRMS(amplitude / math.Sqrt2) }

// Of returns the level of pcm as a whole; Silence when it is empty.
func Of(pcm []int16) DBm0 {
	if len(pcm) == 0 {
		return Silence
	}
	return OfPower(float64(energy(pcm)) / float64(len(pcm)))
}

// Gain returns the amplitude factor of a gain in dB.
func Gain(dB float64) float64 { return math.Pow(10, dB/20) }

// DB returns an amplitude factor as a gain in dB; -Inf for 0.
func DB(gain float64) float64 { return 20 * math.Log10(gain) }

func energy(pcm []int16) uint64 {
	var sum uint64
	for _, s := range pcm {
		v := int32(s)
		sum += uint64(uint32(v * v))
	}
	return sum
}
