// Package cng describes, measures and generates comfort noise (RFC 3389): what is played where a silence suppressor or an
// echo canceller's residual suppression has taken the background away.
//
// A Noise is a level and an optional spectrum, as carried by the RTP payload "CN"; White and Hoth (the noise of a room, ITU-T
// P.800) make two of them. A Generator makes noise of that kind, an
// Estimator finds it in audio. Both work on 8 kHz samples, count time in samples, allocate nothing after their
// constructors and belong to one goroutine. The package does not decide when to speak and when to be silent.
package cng

import (
	"fmt"
	"math"

	"tipring/dsp/level"
)

// MaxOrder is the number of reflection coefficients that this package uses; RFC 3389 §3.3 lets a receiver reduce the
// order of what it gets.
const MaxOrder = 10

// Overload is 0 dBov of RFC 3389 §3.1: the level of a full-scale square wave.
const Overload level.DBm0 = 6.18

// A Noise is a stationary noise: its level and the shape of its spectrum.
type Noise struct {
	Level level.DBm0
	// Reflection are the coefficients of the lattice all-pole model, each in -1..1 exclusive, Order of them. An Order of 0
	// is white noise.
	Reflection [MaxOrder]float32
	Order      int
}

// FromRFC3389 reads a CN payload: one octet of level, then one per reflection coefficient. Coefficients beyond MaxOrder are
// dropped, which keeps the level and smooths the spectrum.
func FromRFC3389(payload []byte) (Noise, error) {
	if len(payload) == 0 {
		return Noise{}, fmt.Errorf("comfort noise payload is empty; RFC 3389 §3.4 wants at least the level octet")
	}
	if payload[0] > 127 {
		return Noise{}, fmt.Errorf("comfort noise payload has level octet %d; RFC 3389 §3.1 wants 0 to 127 (-dBov)", payload[0])
	}
	n := Noise{Level: Overload - level.DBm0(payload[0])}
	for i, q := range payload[1:] {
		if q == 255 {
			return Noise{}, fmt.Errorf("comfort noise payload has coefficient %d of 255, which RFC 3389 §3.2 reserves", i+1)
		}
		if i < MaxOrder {
			n.Reflection[i] = float32(int(q)-127) * (258.0 / 32768)
			n.Order = i + 1
		}
	}
	return n, nil
}

// AppendRFC3389 appends the CN payload of n: 1 octet, and one per coefficient.
func (n Noise) AppendRFC3389(dst []byte) []byte {
	dst = append(dst, byte(max(0, min(127, math.Round(float64(Overload-n.Level))))))
	for _, k := range n.Reflection[:n.Order] {
		dst = append(dst, byte(max(0, min(254, 127+math.Round(float64(k)*32768/258)))))
	}
	return dst
}

// White returns white noise of that level.
func White(d level.DBm0) Noise { return Noise{Level: d} }

// model gives n the spectrum of a signal with that autocorrelation.
func (n *Noise) model(corr *[MaxOrder + 1]float64) {
	// Levinson and Durbin's recursion gives the reflection coefficients on its way. A little white noise (-30 dB) keeps a
	// background of pure hum from making a filter that rings.
	var a, b [MaxOrder + 1]float64
	err := corr[0] * 1.001
	a[0] = 1
	for m := 1; m <= MaxOrder; m++ {
		acc := 0.0
		for j := range m {
			acc += a[j] * corr[m-j]
		}
		k := -acc / err
		if k <= -1 || k >= 1 {
			break
		}
		b = a
		for j := 1; j <= m; j++ {
			a[j] = b[j] + k*b[m-j]
		}
		err *= 1 - k*k
		n.Reflection[m-1] = float32(k)
		n.Order = m
	}
}
