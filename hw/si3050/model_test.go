package si3050_test

import (
	"math"
	"testing"
	"time"

	"periph.io/x/conn/v3/spi"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/hw/si3050"
)

// A bench is a model with nothing but its bus and an exchange.
type bench struct {
	testing.TB
	b      *board.Board
	m      *si3050.Model
	conn   spi.Conn
	office *pair.Office
}

func newBench(t testing.TB, position int) *bench {
	t.Helper()
	b := &bench{TB: t, m: si3050.NewModel(position, false), office: &pair.Office{}}
	b.m.Office = b.office
	b.b = board.New(b.m)
	var err error
	if b.conn, err = b.b.Port(0).Connect(0, spi.Mode3, 8); err != nil {
		t.Fatal(err)
	}
	return b
}

// frame sends bytes with a chip select each and returns what came back with the last.
func (b *bench) frame(bytes ...uint8) uint8 {
	b.Helper()
	var in [1]byte
	for _, v := range bytes {
		if err := b.conn.Tx([]byte{v}, in[:]); err != nil {
			b.Fatal(err)
		}
	}
	return in[0]
}

func (b *bench) read(addr uint8) uint8 { return b.frame(0x60, addr, 0xff) }

func (b *bench) write(addr, v uint8) { b.frame(0x20, addr, v) }

// linked is a bench whose line side is up.
func linked(t testing.TB) *bench {
	b := newBench(t, 0)
	b.write(6, 0)
	b.b.Sleep(200 * time.Millisecond)
	if b.read(11)&0xf0 == 0 {
		t.Fatal("no link")
	}
	b.write(4, 0)
	return b
}

// The drivers in the open start a chip this way; the model answers as the chip does.
func TestProbeOfTheDriversInTheOpen(t *testing.T) {
	b := newBench(t, 0)
	if v := b.read(2); v != 0x03 {
		t.Errorf("register 2 reads %#02x, wctdm wants 0x03", v)
	}
	b.write(1, 0x80)
	b.b.Sleep(100 * time.Millisecond)
	if v := b.read(2); v != 0x03 {
		t.Errorf("register 2 reads %#02x after the software reset", v)
	}
	b.write(33, 0x28)
	for addr, v := range map[uint8]uint8{16: 0x00, 18: 0x02, 24: 0x99, 26: 0xc0, 30: 0, 31: 0x20, 34: 8, 35: 0, 36: 8, 37: 0} {
		b.write(addr, v)
		if got := b.read(addr); got != v {
			t.Errorf("register %d reads %#02x after %#02x", addr, got, v)
		}
	}
	if v := b.read(11); v&0xf0 != 0 {
		t.Errorf("register 11 reads %#02x before the link is up", v)
	}
	b.write(6, 0)
	var took time.Duration
	for b.read(11)&0xf0 == 0 {
		b.b.Sleep(time.Millisecond)
		if took += time.Millisecond; took > 2*time.Second {
			t.Fatal("no link within the 2 s of wctdm")
		}
	}
	if took < 10*time.Millisecond {
		t.Errorf("the link is up after %v", took)
	}
	b.write(5, 0x08)
	if v := b.read(5); v&0x0a != 0x08 {
		t.Errorf("register 5 reads %#02x, wctdm takes bit 1 set or bit 3 clear for a fault", v)
	}
	// xpp: clear the sources, enable polarity, look at line voltage and current.
	b.write(4, 0)
	b.write(3, 0x01)
	if v := int8(b.read(29)); v < 44 || v > 48 {
		t.Errorf("line voltage %d, want that of an idle line", v)
	}
}

// Registers hold what may be written and nothing else.
func TestEveryRegister(t *testing.T) {
	b := newBench(t, 0)
	for addr := range uint8(128) {
		reg := si3050.Registers.Lookup(addr)
		got := b.read(addr)
		if reg == nil {
			b.write(addr, 0xff)
			if after := b.read(addr); got != 0 || after != 0 {
				t.Errorf("register %d is reserved and reads %#02x, then %#02x", addr, got, after)
			}
			continue
		}
		if want := reg.Reset; got&^reg.Unknown != want&^reg.Unknown {
			t.Errorf("register %d %s reads %#02x after a reset, want %#02x", addr, reg.Name, got, want)
		}
		if addr == 1 {
			continue // resets
		}
		m := reg.Masks()
		b.write(addr, 0xff)
		got = b.read(addr)
		var covered uint8
		for _, f := range reg.Fields {
			covered |= f.Mask()
		}
		if got&m.Write != m.Write || got&^covered != 0 {
			t.Errorf("register %d %s reads %#02x after 0xff, want the bits %#02x of %#02x", addr, reg.Name, got, m.Write, covered)
		}
		b.write(addr, 0)
		if got := b.read(addr); got&m.Write != 0 {
			t.Errorf("register %d %s reads %#02x after 0", addr, reg.Name, got)
		}
		b.b.Reset()
	}
}

// Frames are three bytes; a chip answers to its own place in the chain, with the place's bits reversed.
func TestFraming(t *testing.T) {
	b := newBench(t, 0)
	if got := b.frame(0x60); got != 0xff {
		t.Errorf("the control byte is answered with %#02x", got)
	}
	if got := b.frame(2); got != 0xff {
		t.Errorf("the address is answered with %#02x", got)
	}
	if got := b.frame(0xff); got != 0x03 {
		t.Errorf("register 2 reads %#02x", got)
	}
	b.frame(0xff)
	if got := b.read(2); got == 0x03 {
		t.Error("a chip out of step answers")
	}
	b.frame(0xff)
	b.frame(0xff)
	if got := b.read(2); got != 0x03 {
		t.Errorf("register 2 reads %#02x back in step", got)
	}
	for position, cid := range []uint8{0x0, 0x8, 0x4, 0xc} {
		b := newBench(t, position)
		for _, c := range []uint8{0x0, 0x8, 0x4, 0xc} {
			want := uint8(0xff)
			if c == cid {
				want = 0x03
			}
			if got := b.frame(0x60|c, 2, 0xff); got != want {
				t.Errorf("position %d answers %#02x to %#x", position, got, c)
			}
		}
	}
}

// The sources clear by writing 0, the opposite of the Si3210, and show whether masked or not; the pin follows the mask.
func TestInterruptsClearByZero(t *testing.T) {
	b := linked(t)
	pin := b.b.Interrupt()
	b.b.Do(func() { b.office.Reversed = true })
	b.b.Sleep(200 * time.Millisecond)
	if v := b.read(4); v != 0x01 {
		t.Errorf("source %#02x after a reversal, want POLI", v)
	}
	if !pin.Read() {
		t.Error("INT is low with INTE off")
	}
	b.write(2, 0x83)
	if !pin.Read() {
		t.Error("INT is low with the mask at 0")
	}
	b.write(3, 0x01)
	if pin.Read() {
		t.Error("INT is high with an unmasked source")
	}
	b.write(4, 0xff)
	if v := b.read(4); v != 0x01 {
		t.Errorf("writing 1 cleared it: %#02x", v)
	}
	b.write(4, 0xfe)
	if v := b.read(4); v != 0 || !pin.Read() {
		t.Errorf("writing 0 did not clear it: %#02x", v)
	}
}

// The line voltage is 1 V a step and signed, 0 within 3 V unless that is switched off.
func TestLineVoltage(t *testing.T) {
	for _, c := range []struct {
		volts   float64
		reverse bool
		force   bool
		want    int8
	}{{48, false, false, 48}, {48, true, false, -48}, {24, false, false, 24}, {2.5, false, false, 0}, {2.5, false, true, 2}, {2.5, true, true, -2}, {3.6, false, false, 4}} {
		b := linked(t)
		b.b.Do(func() { b.office.Volts, b.office.Reversed = c.volts, c.reverse })
		if c.force {
			b.write(31, 0x21)
		}
		b.b.Sleep(400 * time.Millisecond)
		if got := int8(b.read(29)); got < c.want-1 || got > c.want+1 || (got == 0) != (c.want == 0) {
			t.Errorf("%g V reversed %v forced %v: %d, want %d", c.volts, c.reverse, c.force, got, c.want)
		}
	}
}

// Off hook the current is what Ohm's law says, and is seen once the off-hook counter has run out.
func TestLoopCurrent(t *testing.T) {
	for code, ms := range []int{512, 128, 64, 8} {
		b := linked(t)
		b.b.Do(func() { b.m.Pair.LoopOhm = 1000 })
		b.write(31, uint8(code)<<5)
		b.write(26, 0xc0)
		b.write(5, 0x09)
		took := 0
		for b.read(28) == 0 {
			b.b.Sleep(time.Millisecond)
			if took++; took > 1000 {
				t.Fatal("no loop current")
			}
		}
		if took < ms-1 || took > ms+2 {
			t.Errorf("FOH %d: current after %d ms, want %d", code, took, ms)
		}
		b.b.Sleep(100 * time.Millisecond)
		want := (48 - 3.5) / (400 + 1000 + 50)
		if got := float64(b.read(28)) * 1.1e-3; math.Abs(got-want) > 1.2e-3 {
			t.Errorf("LCS2 says %.1f mA, want %.1f", got*1000, want*1000)
		}
		if got := float64(b.read(12)&0x1f) * 3.3e-3; math.Abs(got-want) > 3.4e-3 {
			t.Errorf("LCS says %.1f mA, want %.1f", got*1000, want*1000)
		}
	}
	// With the limit of TBR 21 a short line takes less than without.
	amps := map[uint8]float64{}
	for _, ilim := range []uint8{0, 0x02} {
		b := linked(t)
		b.write(26, 0xc0|ilim)
		b.write(5, 0x09)
		b.b.Sleep(500 * time.Millisecond)
		amps[ilim] = b.m.Amps()
	}
	if amps[0] < 0.095 || amps[2] > 0.06 {
		t.Errorf("%.0f mA without and %.0f mA with the limit of TBR 21", amps[0]*1000, amps[2]*1000)
	}
}

// The ring detector has the threshold of its country, and with validation on the frequency counts too.
func TestRingDetector(t *testing.T) {
	for _, c := range []struct {
		name          string
		volts, hz     float64
		threshold     uint8
		waves, passes bool
	}{
		{"25 Hz", 75, 25, 0, true, true},
		{"20 Hz", 45, 20, 0, true, true},
		{"50 Hz", 45, 50, 0, true, true},
		{"16.7 Hz", 60, 16.7, 0, true, true},
		{"too weak", 12, 25, 0, false, false},
		{"too weak for the high threshold", 18, 25, 1, false, false},
		{"enough for the low threshold", 18, 25, 0, true, true},
		{"too slow", 75, 7, 0, true, false},
		{"too fast", 75, 120, 0, true, false},
	} {
		b := linked(t)
		b.write(16, c.threshold)
		b.write(23, 0x2b)
		b.write(24, 0x99)
		b.b.Do(func() { b.office.RingV, b.office.RingHz, b.office.Ringing = c.volts, c.hz, true })
		var waves uint8
		rdt := false
		for range 2000 {
			b.b.Sleep(time.Millisecond)
			v := b.read(5)
			waves |= v & 0x60
			rdt = rdt || v&0x04 != 0
		}
		if (waves == 0x60) != c.waves || rdt != c.passes {
			t.Errorf("%s: half waves %#02x, validated %v; want %v and %v", c.name, waves, rdt, c.waves, c.passes)
		}
		if irq := b.read(4)&0x80 != 0; irq != c.passes {
			t.Errorf("%s: interrupt %v", c.name, irq)
		}
	}
}

// Without validation the ring bit stays for some seconds after the last ring, and goes at off-hook.
func TestRingBitHolds(t *testing.T) {
	b := linked(t)
	b.b.Do(func() { b.office.Ringing = true })
	b.b.Sleep(500 * time.Millisecond)
	b.b.Do(func() { b.office.Ringing = false })
	b.b.Sleep(4 * time.Second)
	if b.read(5)&0x04 == 0 {
		t.Error("RDT is gone 4 s after the ring, want 4.5 to 9 s")
	}
	b.b.Sleep(5 * time.Second)
	if b.read(5)&0x04 != 0 {
		t.Error("RDT is there 9 s after the ring")
	}
}

// Any bytes at all do no harm to the model, and a reset brings it back.
func FuzzModelBus(f *testing.F) {
	f.Add([]byte{0x20, 6, 0, 0x20, 5, 9, 0x60, 29, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBench(t, 0)
		b.office.Ringing = len(data)%2 == 0
		for i, v := range data {
			b.frame(v)
			b.b.Sleep(time.Duration(i%5) * board.Half)
		}
		b.b.Sleep(50 * time.Millisecond)
		if v := b.m.Volts(); math.IsNaN(v) || math.Abs(v) > 400 {
			t.Errorf("the line is at %v", v)
		}
		b.b.Reset()
		if got := b.read(2); got != 0x03 {
			t.Errorf("register 2 reads %#02x after a reset", got)
		}
	})
}
