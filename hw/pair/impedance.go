package pair

import (
	"math"
	"math/cmplx"
)

// An Impedance is a series resistance with a resistance and a capacity in parallel behind it, as line standards write one;
// Parallel 0 is a capacity in series.
type Impedance struct {
	Series   float64 // ohms
	Parallel float64 // ohms
	Farad    float64 // 0: none
}

// At returns the impedance at a frequency.
func (z Impedance) At(hz float64) complex128 {
	out := complex(z.Series, 0)
	if z.Farad == 0 {
		return out + complex(z.Parallel, 0)
	}
	c := 1 / complex(0, 2*math.Pi*hz*z.Farad)
	if z.Parallel == 0 {
		return out + c
	}
	r := complex(z.Parallel, 0)
	return out + r*c/(r+c)
}

// Mismatch is the reflection of b on a: 0 when they are equal, 1 when nothing is taken.
func Mismatch(a, b complex128) float64 { return cmplx.Abs((b - a) / (b + a)) }
