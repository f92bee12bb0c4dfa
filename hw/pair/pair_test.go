package pair

import (
	"math"
	"testing"
)

// near fails unless got is want to a part in a thousand.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-3*math.Abs(want)+1e-6 {
		t.Errorf("%s: %.6g, want %.6g", what, got, want)
	}
}

// A telephone off hook is Ohm's law, and the current limit is the feed's.
func TestLoop(t *testing.T) {
	feed := Feed{Tip: 0, Ring: -48, TipOhm: 200, RingOhm: 200}
	for _, loop := range []float64{0, 168, 2000} {
		for _, limit := range []float64{0, 0.025} {
			phone := &Phone{Ohm: 300}
			phone.Hook(true)
			p := Pair{LoopOhm: loop}
			feed.LimitA = limit
			s := p.Step(feed, phone)
			want := 48 / (400 + loop + 300)
			if limit > 0 {
				want = min(want, limit)
			}
			near(t, "current", s.Metallic(), want)
			near(t, "at the telephone", phone.Volts(), want*300)
			near(t, "at the feed", s.Volts(), want*(300+loop))
			if limit == 0 {
				near(t, "tip", s.Tip, -want*200)
				near(t, "ring", s.Ring, -48+want*200)
			}
		}
	}
}

// Kirchhoff: at both wires, what flows in flows out, whatever leaks where.
func TestLeaks(t *testing.T) {
	phone := &Phone{Ohm: 500}
	phone.Hook(true)
	p := Pair{LoopOhm: 100, TipGround: Leak{Ohm: 5000}, RingGround: Leak{Ohm: 2000, Volts: -20}, TipRing: Leak{Ohm: 8000}}
	s := p.Step(Feed{Tip: -3, Ring: -51, TipOhm: 50, RingOhm: 50}, phone)
	across := s.Volts()/600 + s.Volts()/8000
	near(t, "tip", s.TipAmps, across+s.Tip/5000)
	near(t, "ring", s.RingAmps, across-(s.Ring+20)/2000)
	near(t, "longitudinal", s.Longitudinal(), s.Tip/5000+(s.Ring+20)/2000)
}

// With a foreign voltage and no metallic voltage of its own the limit holds too.
func TestLimitOfAForeignCurrent(t *testing.T) {
	p := Pair{RingGround: Leak{Ohm: 10, Volts: -48}}
	phone := &Phone{Ohm: 100}
	phone.Hook(true)
	s := p.Step(Feed{Tip: -3, Ring: -3, TipOhm: 50, RingOhm: 50, LimitA: 0.02}, phone)
	near(t, "metallic", math.Abs(s.Metallic()), 0.02)
}

// One REN is 7 kohm at 20 Hz, and its capacitor lets no direct current through.
func TestRinger(t *testing.T) {
	for _, ren := range []float64{1, 3, 5} {
		phone := &Phone{REN: ren}
		var p Pair
		var square float64
		for i := range 8 * Rate {
			v := 70 * math.Sin(2*math.Pi*20*float64(i)/Rate)
			s := p.Step(Feed{Tip: v / 2, Ring: -v / 2, TipOhm: 0.001, RingOhm: 0.001}, phone)
			if i >= 7*Rate {
				square += s.Metallic() * s.Metallic()
			}
		}
		ohm := 70 / math.Sqrt2 / math.Sqrt(square/Rate)
		if want := 7000 / ren; math.Abs(ohm-want) > 0.02*want {
			t.Errorf("%g REN is %.0f ohm, want %.0f", ren, ohm, want)
		}
		if !phone.Ringing() {
			t.Errorf("%g REN does not ring at 70 V", ren)
		}
		for range 2 * Rate {
			p.Step(Feed{Tip: 0, Ring: -48, TipOhm: 100, RingOhm: 100}, phone)
		}
		if s := p.Step(Feed{Tip: 0, Ring: -48, TipOhm: 100, RingOhm: 100}, phone); math.Abs(s.Metallic()) > 1e-5 || phone.Ringing() {
			t.Errorf("%g REN draws %.2g A of direct current, rings %v", ren, s.Metallic(), phone.Ringing())
		}
	}
}

func TestOffice(t *testing.T) {
	o := &Office{}
	phone := &Phone{Ohm: 200, REN: 1}
	p := Pair{LoopOhm: 168}
	run := func(ms int) (s State) {
		for range ms * Rate / 1000 {
			s = p.Step(o.Feed(), phone)
			o.Settle(s)
		}
		return s
	}
	near(t, "at rest", run(1000).Volts(), 48)
	o.Ringing = true
	run(500)
	if !phone.Ringing() || o.LoopClosed() {
		t.Errorf("ringing: the telephone rings %v, the loop is closed %v", phone.Ringing(), o.LoopClosed())
	}
	o.Ringing = false
	phone.Hook(true)
	near(t, "off hook", run(1000).Metallic(), 48.0/768)
	if !o.LoopClosed() {
		t.Error("the exchange does not see the loop closed")
	}
	o.Reversed = true
	near(t, "reversed", run(1000).Metallic(), -48.0/768)
	o.Cut = true
	near(t, "cut", run(1000).Metallic(), 0)
	if o.LoopClosed() {
		t.Error("a cut line is closed")
	}
}

// A metering tone counts once a pulse, and only off hook.
func TestMeterPulses(t *testing.T) {
	phone := &Phone{}
	var p Pair
	feed := Feed{Ring: -48, TipOhm: 200, RingOhm: 200}
	for i := range 6000 {
		phone.Hook(i >= 3000)
		feed.MeterV = 0
		if i%1000 >= 500 {
			feed.MeterV = 0.5
		}
		p.Step(feed, phone)
	}
	if phone.Pulses != 3 {
		t.Errorf("%d pulses counted, want 3", phone.Pulses)
	}
}

func TestImpedance(t *testing.T) {
	z := Impedance{Series: 270, Parallel: 750, Farad: 150e-9}.At(1000)
	// 750 ohm beside 1061 ohm of capacity.
	if math.Abs(real(z)-770) > 2 || math.Abs(imag(z)+353.5) > 2 {
		t.Errorf("CTR 21 at 1 kHz is %.0f", z)
	}
	if z := (Impedance{Series: 600}).At(300); z != 600 {
		t.Errorf("600 ohm is %v", z)
	}
	if z := (Impedance{Series: 900, Farad: 2.16e-6}).At(1000); math.Abs(imag(z)+73.7) > 0.1 {
		t.Errorf("900 ohm and 2.16 uF is %v", z)
	}
	if m := Mismatch(600, 600); m != 0 {
		t.Errorf("mismatch of equals %g", m)
	}
	near(t, "mismatch of 600 and 900", Mismatch(600, 900), 0.2)
}

func TestStepAllocates(t *testing.T) {
	phone := &Phone{REN: 1}
	var p Pair
	if n := testing.AllocsPerRun(100, func() { p.Step(Feed{Ring: -48, TipOhm: 200, RingOhm: 200, LimitA: 0.02}, phone) }); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}

func BenchmarkStep(b *testing.B) {
	phone := &Phone{REN: 1, Ohm: 200}
	phone.Hook(true)
	var p Pair
	for b.Loop() {
		p.Step(Feed{Ring: -48, TipOhm: 50, RingOhm: 50, LimitA: 0.02}, phone)
	}
}
