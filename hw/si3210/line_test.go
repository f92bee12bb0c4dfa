package si3210_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tipring/dsp/tone"
	"tipring/hw/board"
	"tipring/hw/country"
	"tipring/hw/linetest"
	"tipring/hw/pair"
	"tipring/hw/si3210"
	"tipring/tdm"
)

// Every country's cadence comes out of the chip's timers to the millisecond, though Service is called only each 20 ms.
func TestCadences(t *testing.T) {
	done := map[tdm.Cadence]bool{} // many countries share one
	for _, id := range tone.Zones() {
		plan, _ := tone.Zone(id)
		if done[cadenceOf(plan)] {
			continue
		}
		done[cadenceOf(plan)] = true
		r := started(t, si3210.Config{})
		if err := r.chip.Ring(cadenceOf(plan)); err != nil {
			t.Fatalf("%s: %v", plan.ID, err)
		}
		var edges []int
		was := false
		for ms := range 13_000 {
			r.board.Sleep(time.Millisecond)
			if now := r.model.Linefeed() == 4; now != was {
				edges, was = append(edges, ms), now
			}
			if ms%20 == 0 {
				r.chip.Service(r.board.Now())
			}
		}
		for i := range len(edges) - 1 {
			want := plan.RingCadenceMs[i%len(plan.RingCadenceMs)]
			if got := edges[i+1] - edges[i]; got < want-1 || got > want+1 {
				t.Errorf("%s: phase %d lasts %d ms, want %d (%v)", plan.ID, i, got, want, edges)
				break
			}
		}
		if len(edges) < 4 {
			t.Errorf("%s: edges %v", plan.ID, edges)
		}
	}
}

func cadenceOf(p *tone.Plan) tdm.Cadence {
	c := tdm.Cadence{N: len(p.RingCadenceMs)}
	for i, ms := range p.RingCadenceMs {
		c.Ms[i] = uint16(ms)
	}
	return c
}

func TestRingOnce(t *testing.T) {
	r := started(t, si3210.Config{})
	c := cadence(250, 250)
	c.Once = true
	if err := r.chip.Ring(c); err != nil {
		t.Fatal(err)
	}
	r.run(3000)
	r.want("once", si3210.RingOn, si3210.RingOff, si3210.RingEnd)
	c = cadence(400, 200, 400, 2000)
	c.Once = true
	if err := r.chip.Ring(c); err != nil {
		t.Fatal(err)
	}
	r.run(5000)
	r.want("once", si3210.RingOn, si3210.RingOff, si3210.RingOn, si3210.RingOff, si3210.RingEnd)
	if lf := r.model.Linefeed(); lf != 2 {
		t.Errorf("linefeed %d after ringing", lf)
	}
}

func TestRingStopAndPolarity(t *testing.T) {
	r := started(t, si3210.Config{})
	r.board.Do(func() { r.phone.REN = 5 }) // whose charging looks like a loop that closes
	r.run(300)
	if err := r.chip.Ring(cadence(1000, 4000)); err != nil {
		t.Fatal(err)
	}
	r.run(300)
	if err := r.chip.RingStop(); err != nil {
		t.Fatal(err)
	}
	r.run(2)
	r.want("stopped", si3210.RingOn, si3210.RingOff)
	for _, c := range []struct {
		feed tdm.Linefeed
		volt float64
	}{{tdm.FeedReverse, -48}, {tdm.FeedForward, 48}, {tdm.FeedReverse, -48}} {
		if err := r.chip.SetLinefeed(c.feed); err != nil {
			t.Fatal(err)
		}
		r.run(600)
		if v := r.phone.Volts(); math.Abs(v-c.volt) > 1 {
			t.Errorf("feed %d: %.1f V at the telephone, want %g", c.feed, v, c.volt)
		}
	}
	if err := r.chip.SetLinefeed(tdm.FeedOpen); err != nil {
		t.Fatal(err)
	}
	r.run(300)
	if lf := r.model.Linefeed(); lf != 0 {
		t.Errorf("linefeed %d of an open line", lf)
	}
	if err := r.chip.Ring(cadence(1000, 4000)); err == nil {
		t.Error("an open line rings")
	}
	r.want("polarity")
	if err := r.chip.SetLinefeed(tdm.FeedForward); err != nil {
		t.Fatal(err)
	}
	r.lift(true)
	r.run(100)
	// In a call, reversal keeps the current.
	if err := r.chip.SetLinefeed(tdm.FeedReverse); err != nil {
		t.Fatal(err)
	}
	r.run(500)
	r.want("reversed in a call", si3210.OffHook)
	if v := r.phone.Amps(); v > -0.015 {
		t.Errorf("%.1f mA after reversal, want them the other way round", v*1000)
	}
	if err := r.chip.Ring(cadence(1000, 4000)); err == nil {
		t.Error("a telephone in use rings")
	}
}

// On hook the line carries speech, for caller ID between two rings.
func TestOnHookTransmission(t *testing.T) {
	r := started(t, si3210.Config{Law: tdm.ALaw, Slot: 2})
	var heard float32
	r.board.Do(func() { r.phone.Ear = func(v float32) { heard = v } })
	if err := r.chip.Ring(cadence(300, 3000)); err != nil {
		t.Fatal(err)
	}
	down := make([]byte, 32)
	down[2] = tdm.ALaw.EncodeSample(3000)
	r.run(100)
	r.board.Tick(down, nil)
	if heard != 0 {
		t.Errorf("speech %v during ringing", heard)
	}
	r.run(400)
	r.board.Tick(down, nil)
	if math.Abs(float64(heard)-3000) > 100 {
		t.Errorf("%v heard between rings, want 3000", heard)
	}
}

// Dial pulses of 10 a second keep their lengths.
func TestDialPulses(t *testing.T) {
	r := started(t, si3210.Config{})
	r.lift(true)
	r.run(200)
	r.take()
	for range 8 {
		r.lift(false)
		r.run(60)
		r.lift(true)
		r.run(40)
	}
	r.run(100)
	if len(r.seen) != 16 {
		t.Fatalf("%d edges of 8 pulses: %v", len(r.seen), r.seen)
	}
	for i, e := range r.seen[1:] {
		want := []time.Duration{60, 40}[i%2] * time.Millisecond
		if d := e.At - r.seen[i].At; d < want-2*time.Millisecond || d > want+2*time.Millisecond {
			t.Errorf("edge %d after %v, want %v", i+1, d, want)
		}
	}
}

func TestMetering(t *testing.T) {
	r := started(t, si3210.Config{})
	if err := r.chip.Meter(100); err == nil {
		t.Error("metering without a tone")
	}
	for _, hz := range []float64{si3210.Meter12kHz, si3210.Meter16kHz} {
		if err := r.chip.SetMeter(hz, 0.5); err != nil {
			t.Fatal(err)
		}
		if err := r.chip.Meter(100); err == nil {
			t.Error("metering on hook")
		}
		r.lift(true)
		r.run(100)
		r.take()
		before := r.phone.Pulses
		for range 3 {
			if err := r.chip.Meter(100); err != nil {
				t.Fatal(err)
			}
			r.run(500)
		}
		r.want("metering", si3210.MeterEnd, si3210.MeterEnd, si3210.MeterEnd)
		if n := r.phone.Pulses - before; n != 3 {
			t.Errorf("%g Hz: the telephone counts %d pulses of 3", hz, n)
		}
		r.lift(false)
		r.run(1200)
		r.take()
	}
	small := newRig(t, si3210.Config{}, true)
	if err := small.chip.Start(); err != nil {
		t.Fatal(err)
	}
	if err := small.chip.SetMeter(si3210.Meter16kHz, 0.5); err == nil {
		t.Error("an Si3215 meters")
	}
}

// Every row gives an impedance that the chip has, and the ringing frequency of its country.
func TestEveryCountry(t *testing.T) {
	r := started(t, si3210.Config{})
	for _, row := range country.Rows {
		if err := r.chip.SetCountry(row.Name); err != nil {
			t.Fatalf("%s: %v", row.Name, err)
		}
		v, err := r.chip.ReadRegister(10)
		if err != nil {
			t.Fatal(err)
		}
		want := map[uint8]uint8{0: 0, 2: 4, 3: 5, 4: 7, 5: 0, 15: 0}[row.ACIM]
		if v != 0x08|want {
			t.Errorf("%s: register 10 reads %#02x, want %#02x for ACIM %d", row.Name, v, 0x08|want, row.ACIM)
		}
		co, _, err := r.chip.ReadIndirect(20)
		if err != nil {
			t.Fatal(err)
		}
		if hz := math.Acos(float64(co)/32768) * 1000 / (2 * math.Pi); math.Abs(hz-row.RingHz) > 0.1 {
			t.Errorf("%s: rings at %.1f Hz, want %g", row.Name, hz, row.RingHz)
		}
	}
	if err := r.chip.SetCountry("atlantis"); err == nil || !strings.Contains(err.Error(), "atlantis") {
		t.Errorf("an unknown country: %v", err)
	}
}

func TestMeasure(t *testing.T) {
	r := started(t, si3210.Config{LoopMA: 26})
	r.run(300)
	m, err := r.chip.Measure()
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(m.Volts()-48) > 1 || math.Abs(m.BatteryVolts-75) > 1 || m.LoopAmperes != 0 {
		t.Errorf("at rest: %+v", m)
	}
	r.lift(true)
	r.run(300)
	if m, err = r.chip.Measure(); err != nil || math.Abs(m.LoopAmperes-0.026) > 0.0013 {
		t.Errorf("off hook: %+v, %v", m, err)
	}
}

// The line tests find what is wrong with a line, and nothing on a good one. Nothing rings meanwhile.
func TestLineTest(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(r *rig)
		fault string // empty: all passed
	}{
		{"good", func(*rig) {}, ""},
		{"three telephones", func(r *rig) { r.phone.REN = 3 }, ""},
		{"no telephone", func(r *rig) { r.phone.REN = 0 }, "no telephone"},
		{"too many telephones", func(r *rig) { r.phone.REN = 7 }, "more than 5 REN"},
		{"off hook", func(r *rig) { r.phone.Hook(true) }, "receiver is off hook"},
		{"tip to ground", func(r *rig) { r.model.Pair.TipGround = pair.Leak{Ohm: 20e3} }, "tip-ground leaks"},
		{"ring to ground", func(r *rig) { r.model.Pair.RingGround = pair.Leak{Ohm: 50e3} }, "ring-ground leaks"},
		{"ring grounded", func(r *rig) { r.model.Pair.RingGround = pair.Leak{Ohm: 1} }, "a wire touches ground"},
		{"tip to ring", func(r *rig) { r.model.Pair.TipRing = pair.Leak{Ohm: 30e3} }, "tip-ring leaks"},
		{"foreign battery", func(r *rig) { r.model.Pair.RingGround = pair.Leak{Ohm: 1e3, Volts: -48} }, "foreign dc on ring"},
		{"induced mains", func(r *rig) { r.model.Pair.TipGround = pair.Leak{Ohm: 10e3, Volts: 30, Hz: 50} }, "foreign ac on tip"},
		{"a leak that cannot be seen", func(r *rig) { r.model.Pair.TipRing = pair.Leak{Ohm: 500e3} }, ""},
		{"a voltage that cannot be seen", func(r *rig) { r.model.Pair.TipGround = pair.Leak{Ohm: 1e6, Volts: 48} }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := started(t, si3210.Config{})
			r.run(500)
			r.board.Do(func() { c.set(r) })
			findings, err := r.chip.LineTest()
			if err != nil {
				t.Fatal(err)
			}
			faults := linetest.Faults(findings)
			for _, f := range findings {
				if f.Blind == "" {
					t.Errorf("%s does not say what it cannot see", f.Test)
				}
			}
			if len(findings) != 4 {
				t.Errorf("%d tests, want 4: %v", len(findings), findings)
			}
			if got := strings.Join(faults, "; "); c.fault == "" && got != "" || !strings.Contains(got, c.fault) {
				t.Errorf("faults %q, want %q; %v", got, c.fault, findings)
			}
			if c.name == "three telephones" {
				if v := findings[3].Values[0].V; math.Abs(v-3) > 0.5 {
					t.Errorf("%.1f REN of 3", v)
				}
			}
			r.board.Do(func() { r.model.Pair, r.phone.REN = pair.Pair{}, 1; r.phone.Hook(false) })
			r.run(3000)
			r.take()
			r.works("after the test")
		})
	}
}

// The quiet ringing of the line test does not reach what rings a bell.
func TestLineTestIsQuiet(t *testing.T) {
	r := newRig(t, si3210.Config{}, false)
	rang := false
	r.chip, _ = si3210.New(connect(t, r.board), si3210.Config{Sleep: func(d time.Duration) {
		r.board.Sleep(d)
		rang = rang || r.phone.Ringing()
	}})
	if err := r.chip.Start(); err != nil {
		t.Fatal(err)
	}
	rang = false
	if _, err := r.chip.LineTest(); err != nil {
		t.Fatal(err)
	}
	if rang {
		t.Error("the telephone rang in the line test")
	}
}

func TestManualCalibration(t *testing.T) {
	r := newRig(t, si3210.Config{ManualCalibration: true}, false)
	if err := r.chip.Start(); err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[uint8]uint8{98: 0x0c, 99: 0x0b} {
		if v, err := r.chip.ReadRegister(addr); err != nil || v != want {
			t.Errorf("register %d reads %#02x, %v", addr, v, err)
		}
	}
	r.run(300)
	r.works("calibrated by hand")
}

// Wrong settings are refused before the chip is touched.
func TestWrongConfig(t *testing.T) {
	for _, cfg := range []si3210.Config{
		{LoopMA: 19}, {LoopMA: 22}, {LoopMA: 44}, {RingPeak: 100}, {RingHz: 5}, {RingHz: math.NaN()}, {Slot: -1}, {Slot: 128}, {Country: "xx"},
	} {
		if _, err := si3210.New(nil, cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
	r := started(t, si3210.Config{})
	for _, c := range []tdm.Cadence{{}, cadence(1000), cadence(0, 1000), cadence(9000, 1000), {N: 18}} {
		if err := r.chip.Ring(c); err == nil {
			t.Errorf("cadence %v is taken", c)
		}
	}
}

// The driver works with the real clock too: here in a bubble, where a goroutine moves the board.
func TestRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		model := si3210.NewModel(false)
		model.Terminal = &pair.Phone{REN: 1}
		b := board.New(model)
		chip, err := si3210.New(connect(t, b), si3210.Config{})
		if err != nil {
			t.Fatal(err)
		}
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for tick := time.NewTicker(time.Millisecond); ; {
				select {
				case <-stop:
					tick.Stop()
					return
				case <-tick.C:
					for range 8 {
						b.Tick(nil, nil)
					}
				}
			}
		}()
		if err := chip.Start(); err != nil {
			t.Error(err)
		}
		close(stop)
		<-done
	})
}

// A steady state costs no memory.
func TestServiceAllocates(t *testing.T) {
	r := started(t, si3210.Config{})
	r.run(100)
	if n := testing.AllocsPerRun(200, func() { r.chip.Service(r.board.Now()) }); n != 0 {
		t.Errorf("%v allocations a Service", n)
	}
}

func BenchmarkStart(b *testing.B) {
	model := si3210.NewModel(false)
	brd := board.New(model)
	conn := connect(b, brd)
	var virtual time.Duration
	for b.Loop() {
		brd.Reset()
		chip, err := si3210.New(conn, si3210.Config{Sleep: brd.Sleep})
		if err != nil {
			b.Fatal(err)
		}
		from := brd.Now()
		if err := chip.Start(); err != nil {
			b.Fatal(err)
		}
		virtual = brd.Now() - from
	}
	b.ReportMetric(float64(virtual.Milliseconds()), "board-ms/op")
}

func BenchmarkService(b *testing.B) {
	brd := board.New(si3210.NewModel(false))
	chip, err := si3210.New(connect(b, brd), si3210.Config{Sleep: brd.Sleep})
	if err != nil {
		b.Fatal(err)
	}
	if err := chip.Start(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		chip.Service(brd.Now())
	}
}

func BenchmarkModel(b *testing.B) {
	for _, n := range []int{1, 8} {
		b.Run(fmt.Sprintf("chips=%d", n), func(b *testing.B) {
			var devices []board.Device
			for range n {
				m := si3210.NewModel(false)
				m.Terminal = &pair.Phone{REN: 1}
				devices = append(devices, m)
			}
			brd := board.New(devices...)
			down, up := make([]byte, 32), make([]byte, 32)
			for b.Loop() {
				brd.Tick(down, up)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/sample")
		})
	}
}
