package si3050_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/spi"

	"tipring/hw/board"
	"tipring/hw/linetest"
	"tipring/hw/pair"
	"tipring/hw/si3050"
	"tipring/hw/si3210"
	"tipring/tdm"
)

// Every row puts into the registers what the drivers in the open write (xpp's register 31, as wctdm's contradicts DCV 0), and
// the line then works on hook and off.
func TestEveryCountry(t *testing.T) {
	raw, err := os.ReadFile("../country/testdata/fxo-countries.json")
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Countries []struct {
			Name, Reg16, Reg26, Reg30 string
			Reg31                     string `json:"reg31_xpp"`
			Reg23                     string `json:"xpp_reg23"`
			Tx                        int    `json:"tx_gain_tenth_db"`
			ACIM                      int
		}
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		t.Fatal(err)
	}
	r := idle(t, si3050.Config{})
	for _, d := range data.Countries {
		if err := r.chip.SetCountry(d.Name); err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		if d.Reg23 == "" {
			d.Reg23 = "0x2B"
		}
		for addr, s := range map[uint8]string{16: d.Reg16, 23: d.Reg23, 26: d.Reg26, 30: d.Reg30, 31: d.Reg31, 40: strconv.Itoa(d.Tx)} {
			want, err := strconv.ParseUint(s, 0, 8)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := r.chip.ReadRegister(addr); err != nil || got != uint8(want) {
				t.Errorf("%s: register %d reads %#02x, %v; the drivers write %#02x", d.Name, addr, got, err, want)
			}
		}
		if sq, _ := r.chip.ReadRegister(59); (sq == 0x50) != (d.Name == "AUSTRALIA") {
			t.Errorf("%s: spark quenching %#02x", d.Name, sq)
		}
		r.works(d.Name)
	}
}

// An Si3018 has four impedances; a row that wants another is refused and not approximated.
func TestSi3018(t *testing.T) {
	for _, c := range []struct {
		country string
		ok      bool
	}{{"us", true}, {"de", true}, {"in", true}, {"cn", true}, {"tbr21", false}, {"uk", false}, {"fr", false}} {
		r := newRig(t, si3050.Config{Country: c.country}, true)
		err := r.chip.Start()
		if (err == nil) != c.ok || err != nil && !errors.Is(err, si3050.ErrLineSide) {
			t.Errorf("%s on an Si3018: %v", c.country, err)
		}
		if name, _ := r.chip.Part(); name != "Si3050+Si3018" {
			t.Errorf("the chip is called %s", name)
		}
	}
	r := newRig(t, si3050.Config{}, true)
	if err := r.chip.Start(); err != nil {
		t.Fatal(err)
	}
	if err := r.chip.SetCountry("uk"); !errors.Is(err, si3050.ErrLineSide) {
		t.Errorf("uk on an Si3018: %v", err)
	}
	if v, _ := r.chip.ReadRegister(30); v != 0 {
		t.Errorf("register 30 reads %#02x after a refused country", v)
	}
}

// The drivers in the open keep the on-hook monitor set off hook, a sheet of the family wants it cleared first: the model takes
// both, as the field does.
func TestMonitorBitAndOffHook(t *testing.T) {
	for _, seize := range [][]uint8{{0x09}, {0x00, 0x01}} {
		b := linked(t)
		b.write(5, 0x08)
		for _, v := range seize {
			b.write(5, v)
		}
		b.b.Sleep(300 * time.Millisecond)
		if !b.m.OffHook() || b.read(28) == 0 {
			t.Errorf("seized by % x: off hook %v, current %d", seize, b.m.OffHook(), b.read(28))
		}
	}
}

// Caller ID is heard on hook while the monitor is on, and the line is not loaded.
func TestOnHookMonitor(t *testing.T) {
	r := idle(t, si3050.Config{Law: tdm.ALaw, Slot: 1})
	r.board.Do(func() { r.office.Mouth = func() float32 { return 5000 } })
	up := make([]byte, 32)
	r.board.Tick(nil, up)
	if v := tdm.ALaw.DecodeSample(up[1]); math.Abs(float64(v)-5000) > 200 {
		t.Errorf("%d heard on hook, want 5000", v)
	}
	if r.office.LoopClosed() {
		t.Error("the monitor closes the loop")
	}
}

func TestPolarityAndBattery(t *testing.T) {
	r := idle(t, si3050.Config{})
	set := func(f func()) { r.board.Do(f) }
	set(func() { r.office.Reversed = true })
	r.run(300)
	r.want("reversed", si3050.Reversed)
	set(func() { r.office.Reversed = false })
	r.run(300)
	r.want("back", si3050.Normal)
	set(func() { r.office.Cut = true })
	r.run(900)
	r.want("cut", si3050.BatteryOff)
	r.run(1000)
	r.want("cut for long", si3050.BatteryLost)
	set(func() { r.office.Cut = false })
	r.run(300)
	r.want("restored", si3050.BatteryOn)
	// A line that was wired the other way round is not reversed.
	r = newRig(t, si3050.Config{}, false)
	r.office.Reversed = true
	if err := r.chip.Start(); err != nil {
		t.Fatal(err)
	}
	r.run(300)
	r.want("wires swapped", si3050.BatteryOn)
	if s := r.chip.State(); s.Reversed || !s.Battery {
		t.Errorf("state %+v", s)
	}
}

// A current disconnect of the exchange ends a call visibly.
func TestCutInACall(t *testing.T) {
	r := idle(t, si3050.Config{})
	if err := r.chip.SetHook(true); err != nil {
		t.Fatal(err)
	}
	r.run(500)
	r.want("seized", si3050.CurrentOn)
	r.board.Do(func() { r.office.Cut = true })
	r.run(250)
	r.want("cut", si3050.CurrentOff, si3050.BatteryOff)
	r.board.Do(func() { r.office.Cut = false })
	r.run(300)
	r.want("restored", si3050.BatteryOn, si3050.CurrentOn)
}

// Rings and pauses keep their lengths to the debounce of the drivers in the open.
func TestRingCadence(t *testing.T) {
	for _, every := range []int{1, 5, 10} {
		r := idle(t, si3050.Config{})
		for ms := range 9000 {
			on := ms%3000 < 1000
			r.board.Do(func() { r.office.Ringing = on })
			r.board.Sleep(time.Millisecond)
			if ms%every == 0 {
				r.seen = append(r.seen, r.chip.Service(r.board.Now())...)
			}
		}
		if len(r.seen) != 6 {
			t.Fatalf("looked at each %d ms: events %v of three rings", every, r.seen)
		}
		for i := range r.seen[1:] {
			want := []time.Duration{time.Second, 2 * time.Second}[i%2]
			if d := r.seen[i+1].At - r.seen[i].At; d < want-40*time.Millisecond || d > want+40*time.Millisecond {
				t.Errorf("looked at each %d ms: phase %d lasts %v, want %v", every, i, d, want)
			}
		}
	}
}

// Dial pulses reach the line as they are asked for.
func TestDialPulses(t *testing.T) {
	r := idle(t, si3050.Config{})
	if err := r.chip.SetHook(true); err != nil {
		t.Fatal(err)
	}
	r.run(300)
	for range 5 {
		for _, off := range []bool{false, true} {
			if err := r.chip.SetHook(off); err != nil {
				t.Fatal(err)
			}
			r.board.Sleep(time.Millisecond)
			if r.model.OffHook() != off {
				t.Fatalf("off hook %v a millisecond after %v was asked for", r.model.OffHook(), off)
			}
			r.run(map[bool]int{false: 60, true: 40}[off])
		}
	}
}

func TestGainAndLaw(t *testing.T) {
	r := idle(t, si3050.Config{Law: tdm.MuLaw})
	if err := r.chip.SetHook(true); err != nil {
		t.Fatal(err)
	}
	r.run(300)
	var heard float32
	r.board.Do(func() {
		r.office.Mouth = func() float32 { return 2000 }
		r.office.Ear = func(v float32) { heard = v }
	})
	for _, g := range []struct{ tx, rx int }{{0, 0}, {-60, 35}, {121, -159}, {7, -4}} {
		if err := r.chip.SetGain(g.tx, g.rx); err != nil {
			t.Fatal(err)
		}
		for _, law := range []tdm.Law{tdm.MuLaw, tdm.ALaw} {
			if err := r.chip.SetLaw(law); err != nil {
				t.Fatal(err)
			}
			down, up := make([]byte, 32), make([]byte, 32)
			down[0] = law.EncodeSample(1000)
			r.board.Tick(down, up)
			got, sent := float64(law.DecodeSample(up[0])), float64(law.DecodeSample(down[0]))
			for _, x := range []struct {
				name          string
				got, in, want float64
			}{{"from the line", got, 2000, float64(g.rx)}, {"to the line", float64(heard), sent, float64(g.tx)}} {
				if db := 200 * math.Log10(x.got/x.in); math.Abs(db-x.want) > 4 {
					t.Errorf("%v %s: %.1f tenths of a dB, want %g", law, x.name, db, x.want)
				}
			}
		}
	}
	if err := r.chip.SetGain(130, 0); err == nil {
		t.Error("13 dB are taken")
	}
}

// The hybrid's coefficients take the line's echo out.
func TestHybrid(t *testing.T) {
	r := idle(t, si3050.Config{Law: tdm.MuLaw})
	r.board.Do(func() { r.model.Path = [8]float32{0.3, -0.15, 0.08, 0.02, -0.01} })
	if err := r.chip.SetHook(true); err != nil {
		t.Fatal(err)
	}
	r.run(300)
	echo := func() float64 {
		down, up := make([]byte, 32), make([]byte, 32)
		var sum, sent float64
		for i := range 400 {
			v := 8000 * math.Sin(float64(i)*0.7)
			down[0] = tdm.MuLaw.EncodeSample(int16(v))
			r.board.Tick(down, up)
			e := float64(tdm.MuLaw.DecodeSample(up[0]))
			sum, sent = sum+e*e, sent+v*v
		}
		return 10 * math.Log10(sum/sent)
	}
	before := echo()
	if err := r.chip.SetHybrid([8]int8{38, -19, 10, 3, -1}); err != nil {
		t.Fatal(err)
	}
	if after := echo(); before < -20 || after > before-20 {
		t.Errorf("echo %.1f dB before and %.1f dB after, want 20 dB less", before, after)
	}
}

func TestOverloadAndBillingTone(t *testing.T) {
	r := idle(t, si3050.Config{})
	r.board.Do(func() { r.office.Volts, r.office.Ohm, r.model.Pair.LoopOhm = 60, 100, 10 })
	if err := r.chip.SetHook(true); err != nil {
		t.Fatal(err)
	}
	r.run(1000)
	r.want("some 350 mA", si3050.CurrentOn, si3050.Overload)
	if err := r.chip.SetHook(false); err != nil {
		t.Fatal(err)
	}
	r.board.Do(func() { r.office.Volts, r.office.Ohm = 0, 0 })
	r.run(500)
	if err := r.chip.SetHook(true); err != nil {
		t.Fatal(err)
	}
	r.run(500)
	r.want("a usual current", si3050.CurrentOff, si3050.CurrentOn)
	for range 3 {
		r.board.Do(func() { r.office.MeterV = 0.5 })
		r.run(100)
		r.board.Do(func() { r.office.MeterV = 0 })
		r.run(100)
	}
	r.want("three metering pulses", si3050.BillingTone, si3050.BillingTone, si3050.BillingTone)
}

// The line test says what is wrong with a line, and seizes it only when asked.
func TestLineTest(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(r *rig)
		fault string
	}{
		{"good", func(*rig) {}, ""},
		{"reversed", func(r *rig) { r.office.Reversed = true }, ""},
		{"not plugged in", func(r *rig) { r.office.Cut = true }, "no battery"},
		{"a telephone off hook beside it", func(r *rig) { r.model.Pair.TipRing.Ohm = 80 }, "off hook"},
		{"too long", func(r *rig) { r.model.Pair.LoopOhm = 6000 }, "not enough current"},
		{"no telephone line", func(r *rig) { r.office.Volts, r.office.Ohm = 90, 200 }, "too much current"},
	} {
		r := idle(t, si3050.Config{})
		r.board.Do(func() { c.set(r) })
		r.board.Sleep(time.Second)
		findings, err := r.chip.LineTest(true)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(linetest.Faults(findings), "; "); c.fault == "" && got != "" || !strings.Contains(got, c.fault) || len(findings) != 2 {
			t.Errorf("%s: faults %q, want %q; %v", c.name, got, c.fault, findings)
		}
		if r.model.OffHook() {
			t.Errorf("%s: the line stays seized", c.name)
		}
	}
	r := idle(t, si3050.Config{})
	if f, err := r.chip.LineTest(false); err != nil || len(f) != 1 || math.Abs(f[0].Values[0].V-48) > 1 {
		t.Errorf("without seizing: %v, %v", f, err)
	}
	if err := r.chip.SetHook(true); err != nil {
		t.Fatal(err)
	}
	if _, err := r.chip.LineTest(true); err == nil {
		t.Error("a line in use is tested")
	}
}

// A chip that an FXS chip feeds: a line from card to card, with ringing, a call, and speech both ways.
func TestBackToBack(t *testing.T) {
	fxs, fxo := si3210.NewModel(false), si3050.NewModel(0, false)
	fxs.Terminal = fxo
	fxs.Pair.LoopOhm = 300
	b := board.New(fxo, fxs)
	trunk, err := si3050.New(connect(t, b), si3050.Config{Sleep: b.Sleep, Slot: 1})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := si3210.Connect(b.Port(1))
	if err != nil {
		t.Fatal(err)
	}
	phone, err := si3210.New(conn, si3210.Config{Sleep: b.Sleep, Slot: 0})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(phone.Start(), trunk.Start()); err != nil {
		t.Fatal(err)
	}
	var seen []string
	run := func(ms int) {
		for range ms {
			b.Sleep(time.Millisecond)
			for _, e := range phone.Service(b.Now()) {
				seen = append(seen, "fxs "+e.String())
			}
			for _, e := range trunk.Service(b.Now()) {
				seen = append(seen, "fxo "+e.String())
			}
		}
	}
	run(500)
	if err := phone.Ring(tdm.Cadence{N: 2, Ms: [16]uint16{1000, 4000}}); err != nil {
		t.Fatal(err)
	}
	run(500)
	if err := trunk.SetHook(true); err != nil {
		t.Fatal(err)
	}
	run(500)
	down, up := make([]byte, 32), make([]byte, 32)
	for i := range down {
		down[i] = tdm.MuLaw.Silence()
	}
	down[0] = tdm.MuLaw.EncodeSample(4000)
	down[1] = tdm.MuLaw.EncodeSample(-2000)
	for range 3 {
		b.Tick(down, up)
	}
	if v := tdm.MuLaw.DecodeSample(up[1]); v < 3800 || v > 4200 {
		t.Errorf("the exchange side hears %d, want 4000", v)
	}
	if v := tdm.MuLaw.DecodeSample(up[0]); v > -1800 || v < -2400 {
		t.Errorf("the telephone side hears %d, want -2000", v)
	}
	if err := phone.SetLinefeed(tdm.FeedReverse); err != nil {
		t.Fatal(err)
	}
	run(300)
	if err := trunk.SetHook(false); err != nil {
		t.Fatal(err)
	}
	run(300)
	want := []string{"fxo battery on", "fxs ringing on", "fxo ringing on", "fxs ringing off", "fxs ring trip", "fxs off hook", "fxo ringing off", "fxo loop current on",
		"fxo polarity reversed", "fxs on hook", "fxo loop current off"}
	slices.Sort(want)
	slices.Sort(seen)
	if !slices.Equal(seen, want) {
		t.Errorf("events %q, want %q", seen, want)
	}
}

// Wrong settings are refused before the chip is touched.
func TestWrongConfig(t *testing.T) {
	for _, cfg := range []si3050.Config{{Slot: -1}, {Slot: 128}, {Position: 16}, {Country: "xx"}} {
		if _, err := si3050.New(nil, cfg); err == nil || !strings.HasPrefix(err.Error(), "si3050: ") {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

// A chain of four chips on one chip select.
func TestChain(t *testing.T) {
	for position := range 4 {
		r := idle(t, si3050.Config{Position: position})
		r.works("in a chain")
	}
}

// A steady state costs no memory.
func TestServiceAllocates(t *testing.T) {
	r := idle(t, si3050.Config{})
	if n := testing.AllocsPerRun(200, func() { r.chip.Service(r.board.Now()) }); n != 0 {
		t.Errorf("%v allocations a Service", n)
	}
}

func connect(t testing.TB, b *board.Board) spi.Conn {
	t.Helper()
	conn, err := si3050.Connect(b.Port(0))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func BenchmarkStart(b *testing.B) {
	m := si3050.NewModel(0, false)
	m.Office = &pair.Office{}
	brd := board.New(m)
	conn := connect(b, brd)
	var virtual time.Duration
	for b.Loop() {
		brd.Reset()
		chip, err := si3050.New(conn, si3050.Config{Sleep: brd.Sleep})
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
	brd := board.New(si3050.NewModel(0, false))
	chip, err := si3050.New(connect(b, brd), si3050.Config{Sleep: brd.Sleep})
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
	m := si3050.NewModel(0, false)
	m.Office = &pair.Office{}
	brd := board.New(m)
	down, up := make([]byte, 32), make([]byte, 32)
	for b.Loop() {
		brd.Tick(down, up)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/sample")
}
