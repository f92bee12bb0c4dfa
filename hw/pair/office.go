package pair

import "math"

// An Exchange is the feeding end before an FXO chip.
type Exchange interface {
	Feed() Feed
	// Settle tells what the sample came to at the exchange's end.
	Settle(State)
	Sound(in float32) float32
}

// An Office is an exchange's line circuit: battery through feed resistors, ringing over the battery, reversal, cut. It
// belongs to whoever steps the pair; a zero field has the default named beside it.
type Office struct {
	Volts  float64 // battery; 48
	Ohm    float64 // both feed resistors together; 400
	LimitA float64 // 0: none, but the resistors
	RingV  float64 // ringing, rms; 75
	RingHz float64 // 25
	Mouth  func() float32
	Ear    func(float32)

	Reversed bool
	Cut      bool    // no battery
	Ringing  bool    // ringing voltage now
	MeterV   float64 // rms volts of a metering tone now

	at      int
	current float64 // metallic, filtered
}

func or(v, d float64) float64 {
	if v == 0 {
		return d
	}
	return v
}

// Feed implements Exchange.
func (o *Office) Feed() Feed {
	o.at++
	half := or(o.Ohm, 400) / 2
	f := Feed{TipOhm: half, RingOhm: half, LimitA: o.LimitA, MeterV: o.MeterV}
	if o.Cut {
		f.TipOhm, f.RingOhm = math.Inf(1), math.Inf(1)
		return f
	}
	f.Ring = -or(o.Volts, 48)
	if o.Ringing {
		f.Ring += or(o.RingV, 75) * math.Sqrt2 * math.Sin(2*math.Pi*or(o.RingHz, 25)*float64(o.at)/Rate)
	}
	if o.Reversed {
		f.Tip, f.Ring = f.Ring, f.Tip
	}
	return f
}

// Settle implements Exchange. The filter of 60 ms keeps the ringer's alternating current out.
func (o *Office) Settle(s State) {
	o.current += (s.Metallic() - o.current) / (Rate * 0.06)
}

// LoopClosed reports whether the exchange sees the loop closed: above 10 mA for a while.
func (o *Office) LoopClosed() bool { return math.Abs(o.current) > 0.010 }

// Sound implements Exchange.
func (o *Office) Sound(in float32) float32 {
	if o.Ear != nil {
		o.Ear(in)
	}
	if o.Mouth != nil {
		return o.Mouth()
	}
	return 0
}
