package dtmf

import "math"

// The front end looks at the signal once a hop through three windows of raised-cosine shape, each wide enough for the
// tones of its band at any legal offset and blind to the other group.
const (
	hop    = 24 // samples, 3 ms
	window = 48 // samples, 6 ms
	half   = window / 2
	bands  = 3
)

// bandHz are the centres: the low group, and the high group in two halves, since a window of 6 ms cannot span it all and
// still reject the low group.
var bandHz = [bands]float64{819, 1274, 1557}

// A phasor is the signal's complex amplitude in a band, with its phase taken at the centre of the window.
type phasor struct{ re, im float32 }

func (a phasor) power() float32 { return a.re*a.re + a.im*a.im }

// turn returns a times the conjugate of b: the rotation from b to a.
func (a phasor) turn(b phasor) phasor {
	return phasor{a.re*b.re + a.im*b.im, a.im*b.re - a.re*b.im}
}

func (a phasor) plus(b phasor) phasor { return phasor{a.re + b.re, a.im + b.im} }

// A frame is what the front end keeps of one hop. The kernels know its layout.
type frame struct {
	x      [bands]phasor
	power  [bands]float32 // of x
	energy float32        // of the hop's new samples behind the screening filter
}

// folded holds the windows' cosine (even rows) and sine parts, outward from the centre.
var folded = func() (t [2 * bands][half]float32) {
	for k := range half {
		d := float64(k) + 0.5
		w := 0.5 + 0.5*math.Cos(2*math.Pi*d/window)
		for b, hz := range bandHz {
			t[2*b][k] = float32(w * math.Cos(2*math.Pi*hz/rate*d))
			t[2*b+1][k] = float32(-w * math.Sin(2*math.Pi*hz/rate*d))
		}
	}
	return t
}()

// look fills in the frame from a window whose last hop is new. The window is symmetric about its centre, so the cosine parts see
// the sum of two mirrored samples and the sine parts their difference. When the hop's energy is below floor nothing else is
// measured, and look returns false.
func (f *frame) look(x *[window]int16, floor float32) bool {
	return lookKernel(f, x, &folded, screenA, screenB, floor)
}

// The screening filter 1 + a z^-1 + b z^-2 + a z^-3 + z^-4 has zeros at 400 Hz, in the middle of the dial tones of the
// world, and twice at 4 kHz. It weighs the total energy that the two tones are held against.
var (
	screenB = float32(2 - 4*math.Cos(2*math.Pi*400/rate))
	screenA = float32(2 - 2*math.Cos(2*math.Pi*400/rate))
)

// screenGain is the screening filter's power gain.
func screenGain(hz float64) float32 {
	w := 2 * math.Pi * hz / rate
	g := 2*math.Cos(2*w) + 2*float64(screenA)*math.Cos(w) + float64(screenB)
	return float32(g * g)
}

// bandGain is the power of the phasor of a sine of amplitude 1 whose frequency lies off Hz from the band's centre.
func bandGain(off float64) float32 {
	x := off * window / rate
	h := half / 2.0 // half the sum of the window
	if x = math.Abs(x); x > 1e-3 {
		h *= math.Sin(math.Pi*x) / (math.Pi * x) / (1 - x*x)
	}
	return float32(h * h)
}

// screenMost turns the power of each band's phasor into that of a tone behind the screening filter, at most.
var screenMost = func() (m [bands]float32) {
	for b, group := range [bands][]float64{lowHz[:], highHz[:2], highHz[2:]} {
		for _, hz := range group {
			m[b] = max(m[b], screenGain(hz)/bandGain(hz-bandHz[b]))
		}
	}
	return m
}()
