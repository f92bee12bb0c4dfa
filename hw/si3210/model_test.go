package si3210_test

import (
	"math"
	"testing"
	"time"

	"periph.io/x/conn/v3/spi"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/hw/si3210"
	"tipring/tdm"
)

// A bench is a model with nothing but its bus.
type bench struct {
	testing.TB
	b    *board.Board
	m    *si3210.Model
	conn spi.Conn
}

func newBench(t testing.TB, small bool) *bench {
	t.Helper()
	b := &bench{TB: t, m: si3210.NewModel(small)}
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

func (b *bench) read(addr uint8) uint8 { return b.frame(0x80|addr, 0xff) }

func (b *bench) write(addr, v uint8) { b.frame(addr, v) }

func (b *bench) indirect(addr uint8, v uint16) {
	b.write(28, uint8(v))
	b.write(29, uint8(v>>8))
	b.write(30, addr)
	b.b.Sleep(board.Half)
}

// The drivers in the open look for a chip this way; the model answers as the chip does after a reset.
func TestProbeOfTheDriversInTheOpen(t *testing.T) {
	for _, small := range []bool{false, true} {
		b := newBench(t, small)
		if v := b.read(0) & 0x0f; v < 2 || v > 14 {
			t.Errorf("revision %d, wctdm wants 2 to 14", v)
		}
		if got := b.read(1)&0x80 != 0; got != small {
			t.Errorf("register 1 says Si3215: %v", got)
		}
		for _, r := range []struct{ addr, want uint8 }{{8, 0x02}, {64, 0x00}, {11, 0x33}} {
			if got := b.read(r.addr); got != r.want {
				t.Errorf("register %d reads %#02x, wctdm wants %#02x", r.addr, got, r.want)
			}
		}
		b.write(30, 0)
		b.b.Sleep(board.Half)
		if v := b.read(31); v != 0 {
			t.Errorf("register 31 reads %#02x after the access", v)
		}
		// xpp: the converter up, the calibration within 600 ms.
		b.write(14, 0)
		b.b.Sleep(100 * time.Millisecond)
		if v := b.read(82); v < 0xc0 {
			t.Errorf("battery %#02x after 100 ms, the drivers want 0xc0 in 500", v)
		}
		b.write(97, 0x1f)
		b.write(96, 0x5f)
		if v := b.read(96); v&0x40 == 0 {
			t.Error("the calibration does not begin")
		}
		b.b.Sleep(600 * time.Millisecond)
		if v := b.read(96); v != 0 {
			t.Errorf("register 96 reads %#02x after 600 ms", v)
		}
		b.write(93, 0x99)
		b.b.Sleep(100 * time.Millisecond)
		if v := b.read(107); v < 2 || v > 0x0d {
			t.Errorf("register 107 reads %#02x, wctdm wants 2 to 13", v)
		}
	}
}

// The whole start of wctdm, write by write, with the checks that it makes on the way.
func TestStartOfWctdm(t *testing.T) {
	b := newBench(t, false)
	power := func() {
		b.write(64, 0)
		b.write(92, 0xff)
		b.write(14, 0)
		took := time.Duration(0)
		for b.read(82) < 0xc0 {
			b.b.Sleep(time.Millisecond)
			if took += time.Millisecond; took > 500*time.Millisecond {
				t.Fatal("no battery within 0.5 s")
			}
		}
		b.write(71, 0)
		b.write(93, 0x19)
	}
	read := func(addr uint8) uint16 {
		b.write(30, addr)
		b.b.Sleep(board.Half)
		return uint16(b.read(29))<<8 | uint16(b.read(28))
	}
	b.write(30, 0)
	for _, r := range si3210.Indirects {
		b.indirect(r.Addr, r.Init)
	}
	b.write(8, 0)
	b.write(108, 0xeb)
	b.write(67, 0x07)
	b.write(66, 1)
	var saved [5]uint16
	for i := range saved {
		saved[i] = read(uint8(35 + i))
		b.indirect(uint8(35+i), 0x8000)
	}
	power()
	// The leak test: after the converter is off, something has to be left of the battery.
	b.write(64, 0)
	b.write(14, 0x10)
	b.b.Sleep(200 * time.Millisecond)
	if v := b.read(82); v < 6 {
		t.Errorf("battery %#02x 0.2 s after the converter was switched off", v)
	}
	power()
	b.write(97, 0x1f)
	b.write(96, 0x5f)
	took := time.Duration(0)
	for b.read(96) != 0 {
		b.b.Sleep(time.Millisecond)
		if took += time.Millisecond; took > 2*time.Second {
			t.Fatal("the calibration takes more than 2 s")
		}
	}
	if took < 10*time.Millisecond {
		t.Errorf("the calibration takes %v", took)
	}
	b.write(93, 0x99)
	b.b.Sleep(50 * time.Millisecond)
	if v := b.read(107); v < 2 || v > 0x0d {
		t.Errorf("register 107 reads %#02x", v)
	}
	for i, v := range saved {
		b.indirect(uint8(35+i), v)
	}
	for _, r := range si3210.Indirects {
		if v := read(r.Addr); v != r.Init {
			t.Errorf("indirect %d reads %#04x, want %#04x", r.Addr, v, r.Init)
		}
	}
	for _, w := range [][2]uint8{{1, 0x28}, {2, 8}, {3, 0}, {4, 8}, {5, 0}, {18, 0xff}, {19, 0xff}, {20, 0xff}, {73, 4}, {10, 0x08}, {34, 0}, {64, 1}} {
		b.write(w[0], w[1])
	}
	b.b.Sleep(100 * time.Millisecond)
	if lf := b.read(64); lf != 0x11 {
		t.Errorf("linefeed %#02x at the end, want forward active", lf)
	}
}

// A calibration with the line in use, or without battery, gives results that are out of range and says so.
func TestBadCalibration(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(b *bench)
	}{
		{"without battery", func(*bench) {}},
		{"with the line fed", func(b *bench) { b.write(14, 0); b.write(64, 1); b.b.Sleep(100 * time.Millisecond) }},
	} {
		b := newBench(t, false)
		c.set(b)
		b.write(23, 0x04)
		b.write(97, 0x1f)
		b.write(96, 0x5f)
		b.b.Sleep(600 * time.Millisecond)
		if st, v := b.read(20), b.read(100); st&0x04 == 0 || v != 0x1f {
			t.Errorf("%s: status 3 %#02x, register 100 %#02x: want CMCP and the end of the range", c.name, st, v)
		}
	}
}

// After a reset every register has the value of the data sheet, reserved bits read 0, read-only bits cannot be written, and an
// address that is not listed does nothing.
func TestEveryRegister(t *testing.T) {
	for _, small := range []bool{false, true} {
		b := newBench(t, small)
		table := si3210.Registers
		if small {
			table = table.Smaller()
		}
		special := map[uint8]bool{0: true, 1: true, 30: true}
		for addr := range uint8(128) {
			reg := table.Lookup(addr)
			got := b.read(addr)
			if reg == nil {
				b.write(addr, 0xff)
				if after := b.read(addr); got != 0 || after != 0 {
					t.Errorf("register %d is reserved and reads %#02x, then %#02x", addr, got, after)
				}
				continue
			}
			want := reg.Reset
			switch addr {
			case 68:
				want = 0x04 // DBIRAW is the inverse of a threshold exceeded
			case 96:
				want = 0x1f
			}
			if !special[addr] && got&^reg.Unknown != want&^reg.Unknown {
				t.Errorf("register %d %s reads %#02x after a reset, want %#02x", addr, reg.Name, got, want)
			}
		}
		for _, reg := range table {
			m := reg.Masks()
			if reg.Addr == 0 || reg.Addr == 96 || reg.Addr == 64 {
				continue // these act
			}
			b.write(reg.Addr, 0xff)
			got := b.read(reg.Addr)
			if reg.Addr == 92 || reg.Addr == 34 || reg.Addr == 35 || reg.Addr == 1 || reg.Addr == 93 {
				got &= m.Write
			}
			if got&m.Write != m.Write {
				t.Errorf("register %d %s reads %#02x after 0xff, want the bits %#02x", reg.Addr, reg.Name, got, m.Write)
			}
			covered := m.Write | m.OneClears
			for _, f := range reg.Fields {
				covered |= f.Mask()
			}
			if got&^covered != 0 {
				t.Errorf("register %d %s has reserved bits set: %#02x", reg.Addr, reg.Name, got)
			}
			b.write(reg.Addr, 0)
			if got := b.read(reg.Addr); got&m.Write != 0 && reg.Addr != 92 {
				t.Errorf("register %d %s reads %#02x after 0", reg.Addr, reg.Name, got)
			}
			b.b.Reset()
		}
	}
}

// Indirect registers are noise after a reset, and an access takes until the next 16 kHz tick: 62.5 us.
func TestIndirectAccess(t *testing.T) {
	b := newBench(t, false)
	b.write(28, 0x34)
	b.write(29, 0x12)
	b.write(30, 20)
	if v := b.read(31); v != 1 {
		t.Errorf("IAS %d before the access is served", v)
	}
	b.b.Sleep(62500 * time.Nanosecond)
	if v := b.read(31); v != 0 {
		t.Errorf("IAS %d after 62.5 us", v)
	}
	// Without IDA, IAA asks for a read; the data is there 62.5 us later and not before.
	b.indirect(21, 0xabcd)
	b.write(30, 20)
	if lo := b.read(28); lo == 0x34 {
		t.Error("the data of a read is there at once")
	}
	b.b.Sleep(62500 * time.Nanosecond)
	if lo, hi := b.read(28), b.read(29); lo != 0x34 || hi != 0x12 {
		t.Errorf("indirect 20 reads %#02x%02x, want 0x1234", hi, lo)
	}
	same := 0
	for addr := range uint8(20) {
		b.write(30, addr)
		b.b.Sleep(board.Half)
		if b.read(28) == 0 && b.read(29) == 0 {
			same++
		}
	}
	if same > 2 {
		t.Errorf("%d of 20 undefined registers are 0", same)
	}
}

// A status bit is set only when enabled, and is cleared by writing 1 to it; INT is low while one is set.
func TestInterruptsClearByOne(t *testing.T) {
	b := newBench(t, false)
	pin := b.b.Interrupt()
	b.indirect(1, 1)
	if v := b.read(20); v != 0 {
		t.Errorf("status 3 reads %#02x with nothing enabled", v)
	}
	b.write(23, 0x02) // INDE
	b.indirect(1, 1)
	if v := b.read(20); v != 0x02 {
		t.Errorf("status 3 reads %#02x after a served access", v)
	}
	if pin.Read() {
		t.Error("INT is high with an interrupt pending")
	}
	b.write(20, 0x00)
	if v := b.read(20); v != 0x02 {
		t.Errorf("writing 0 cleared it: %#02x", v)
	}
	b.write(20, 0x02)
	if v := b.read(20); v != 0 {
		t.Errorf("writing 1 did not clear it: %#02x", v)
	}
	if !pin.Read() {
		t.Error("INT is low with nothing pending")
	}
}

// Bytes need a chip select each for their bits to be aligned; a lost byte leaves chip and host apart until one more is sent.
func TestFraming(t *testing.T) {
	b := newBench(t, false)
	if got := b.frame(0x80 | 11); got != 0xff {
		t.Errorf("the command byte is answered with %#02x, want high impedance", got)
	}
	if got := b.frame(0); got != 0x33 {
		t.Errorf("register 11 reads %#02x", got)
	}
	b.frame(0xff) // one byte too many: from here on commands are taken for data
	if got := b.read(11); got == 0x33 {
		t.Error("a chip out of step answers")
	}
	b.frame(0xff)
	if got := b.read(11); got != 0x33 {
		t.Errorf("register 11 reads %#02x back in step", got)
	}
	// Both bytes in one chip select work too: the data sheet recommends, and does not demand, that it rises between them.
	var in [2]byte
	if err := b.conn.Tx([]byte{0x80 | 11, 0xff}, in[:]); err != nil || in[1] != 0x33 {
		t.Errorf("in one chip select: %#02x, %v", in[1], err)
	}
	// A slipped clock in such a transfer spoils both bytes; the next one is aligned again by its chip select, and one byte more
	// puts it in step.
	b.b.SlipBit(0, 0)
	b.conn.Tx([]byte{0x80 | 11, 0xff}, in[:])
	b.frame(0xff)
	if got := b.read(11); got != 0x33 {
		t.Errorf("register 11 reads %#02x after a slip", got)
	}
}

// In daisy-chain mode a select byte comes first; its lowest bit is the chip's.
func TestDaisyChain(t *testing.T) {
	b := newBench(t, false)
	b.write(0, 0x80)
	if got := b.frame(0x01, 0x80|11, 0); got != 0x33 {
		t.Errorf("selected: %#02x", got)
	}
	if got := b.frame(0x02, 0x80|11, 0); got != 0xff {
		t.Errorf("not selected: %#02x", got)
	}
	b.frame(0x01, 0, 0)
	if got := b.read(11); got != 0x33 {
		t.Errorf("out of the chain again: %#02x", got)
	}
}

// A chip that a lost byte has put into daisy-chain mode is brought out of it, wherever it is in a frame.
func TestOutOfTheChain(t *testing.T) {
	for _, before := range [][]uint8{{0, 0x80}, {0, 0x80, 1}, {0, 0x80, 1, 0x80 | 11}, {0, 0xc0}, {0, 0xfb}, {0, 0x40}} {
		r := started(t, si3210.Config{})
		r.run(5)
		for _, v := range before {
			r.board.Select(0, true)
			r.board.Shift(0, v)
			r.board.Select(0, false)
		}
		r.run(3000)
		if !r.chip.Ready() {
			t.Fatalf("after % x: not ready: %v", before, r.seen)
		}
		r.take()
		r.works("out of the chain")
	}
}

// Any bytes at all do no harm to the model, and a reset brings it back.
func FuzzModelBus(f *testing.F) {
	f.Add([]byte{0x80, 0, 64, 4, 14, 0, 30, 20})
	f.Fuzz(func(t *testing.T, data []byte) {
		b := newBench(t, len(data)%2 == 0)
		b.m.Terminal = &pair.Phone{REN: 1}
		for i, v := range data {
			b.frame(v)
			b.b.Sleep(time.Duration(i%3) * board.Half)
		}
		b.b.Sleep(5 * time.Millisecond)
		if s := b.m.Line(); math.IsNaN(s.Tip+s.Ring) || math.Abs(s.Tip) > 200 || math.Abs(s.Ring) > 200 {
			t.Errorf("the line is at %v", s)
		}
		b.b.Reset()
		if got := b.read(11); got != 0x33 {
			t.Errorf("register 11 reads %#02x after a reset", got)
		}
	})
}

// fed is a bench whose chip feeds a telephone, by hand and not by the driver.
func fed(t *testing.T) (*bench, *pair.Phone) {
	b := newBench(t, false)
	phone := &pair.Phone{Ohm: 300, REN: 1}
	b.m.Terminal = phone
	b.m.Pair.LoopOhm = 200
	for _, r := range si3210.Indirects {
		b.indirect(r.Addr, r.Init)
	}
	b.write(14, 0)
	b.write(92, 0xff)
	b.b.Sleep(100 * time.Millisecond)
	b.write(67, 0x07)
	b.write(64, 2)
	b.b.Sleep(500 * time.Millisecond) // the ringer's capacitor charges
	return b, phone
}

// What the chip shows is what Ohm's law says: 48 V at rest, the current limit on a short loop, less on a long one.
func TestLinePhysics(t *testing.T) {
	b, phone := fed(t)
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s: %.4g, want %.4g", what, got, want)
		}
	}
	near("voltage at rest", float64(b.read(78)&0x3f)*1.5, 48, 1.5)
	near("tip at rest", float64(b.read(80))*0.376, 3, 0.4)
	near("ring at rest", float64(b.read(81))*0.376, 51, 0.6)
	near("battery", float64(b.read(82))*0.376, 75, 0.5)
	near("current at rest", float64(b.read(79)&0x3f)*1.25, 0, 0)
	b.b.Do(func() { phone.Hook(true) })
	b.b.Sleep(100 * time.Millisecond)
	near("current at the limit", float64(b.read(79)&0x3f)*1.25, 20, 1.25)
	near("voltage at the limit", float64(b.read(78)&0x3f)*1.5, 0.020*500, 1.5)
	near("tracking battery", float64(b.read(82))*0.376, 0.020*500+3+6, 1)
	b.write(71, 7)
	b.b.Sleep(10 * time.Millisecond)
	near("current at 41 mA", float64(b.read(79)&0x3f)*1.25, 41, 1.25)
	b.b.Do(func() { b.m.Pair.LoopOhm = 3000 })
	b.b.Sleep(500 * time.Millisecond)
	near("current of a long loop", float64(b.read(79)&0x3f)*1.25, 1000*48/(100+3000+300), 1.25)
	b.write(64, 5)
	b.b.Sleep(10 * time.Millisecond)
	if v := b.read(78); v&0x40 == 0 {
		t.Errorf("loop voltage %#02x has no sign in reverse", v)
	}
	b.write(64, 3)
	b.b.Sleep(10 * time.Millisecond)
	near("current with tip open", float64(b.read(79)&0x3f)*1.25, 0, 0)
}

// Loop closure follows after the debounce interval, to a step of the monitor ADC, and the chip goes to active by itself.
func TestLoopClosureDebounce(t *testing.T) {
	for _, lcdi := range []uint8{2, 10, 40} {
		b, phone := fed(t)
		b.write(69, lcdi)
		for _, off := range []bool{true, false} {
			b.b.Do(func() { phone.Hook(off) })
			var took time.Duration
			for b.read(68)&1 != 0 != off {
				b.b.Sleep(board.Half)
				if took += board.Half; took > time.Second {
					t.Fatal("no loop closure")
				}
			}
			want := time.Duration(lcdi) * 1250 * time.Microsecond
			if took < want-1250*time.Microsecond || took > want+1250*time.Microsecond {
				t.Errorf("LCDI %d: off hook %v after %v, want %v", lcdi, off, took, want)
			}
			if lf := b.read(64); off && lf != 0x11 {
				t.Errorf("linefeed %#02x after loop closure, want active", lf)
			}
		}
	}
}

// With the automatic bits off the chip does nothing by itself.
func TestNoAutomatics(t *testing.T) {
	b, phone := fed(t)
	b.write(67, 0)
	b.b.Do(func() { phone.Hook(true) })
	b.b.Sleep(200 * time.Millisecond)
	if lf, hook := b.read(64), b.read(68); lf != 0x22 || hook&1 == 0 {
		t.Errorf("linefeed %#02x, hook %#02x: want on-hook transmission and a closed loop", lf, hook)
	}
	b.b.Do(func() { b.m.Pair.RingGround = pair.Leak{Ohm: 1} })
	b.write(22, 0xfc)
	b.b.Sleep(2 * time.Second)
	if lf, st := b.read(64), b.read(19); lf != 0x22 || st&0xfc == 0 {
		t.Errorf("linefeed %#02x, status 2 %#02x: want no change and an alarm", lf, st)
	}
	b.write(67, 1)
	b.b.Sleep(200 * time.Millisecond)
	if lf := b.read(64); lf != 0 {
		t.Errorf("linefeed %#02x with AOPN, want open", lf)
	}
}

// Ringing has the frequency and the voltage of its registers, alternates with on-hook transmission by its timers, and raises
// an interrupt at each edge.
func TestRinging(t *testing.T) {
	b, _ := fed(t)
	b.indirect(20, 0x7efd)
	b.indirect(21, 0x0177)
	b.write(21, 0x30)
	for i, v := range []uint8{0x40, 0x1f, 0x80, 0x3e} { // 1 s and 2 s in 125 us
		b.write(uint8(48+i), v)
	}
	b.write(34, 0x18)
	b.write(64, 4)
	var peak float64
	crossings, last := 0, 0.0
	for range 8000 - 1 {
		b.b.Tick(nil, nil)
		v := b.m.Line().Volts()
		peak = max(peak, v)
		if last < 0 && v >= 0 {
			crossings++
		}
		last = v
		if b.m.Linefeed() != 4 {
			t.Fatal("ringing ends early")
		}
	}
	if math.Abs(peak-69) > 2 {
		t.Errorf("%.1f V at the peak, want 70 less the drop of the ringer's current", peak)
	}
	if crossings < 19 || crossings > 21 {
		t.Errorf("%d cycles in a second, want 20", crossings)
	}
	if v := b.read(34); v != 0x18|0x80|0x04 {
		t.Errorf("register 34 reads %#02x in a ring", v)
	}
	b.b.Sleep(2 * board.Half)
	b.b.Sleep(2 * board.Half)
	if lf := b.read(64); lf != 0x24 {
		t.Errorf("linefeed %#02x after the ring, want LF ringing and LFS on-hook transmission", lf)
	}
	if v := b.read(18); v != 0x10 {
		t.Errorf("status 1 reads %#02x after a ring, want RGAP", v)
	}
	b.b.Sleep(2001 * time.Millisecond)
	if lf, v := b.read(64), b.read(18); lf != 0x44 || v != 0x30 {
		t.Errorf("linefeed %#02x, status 1 %#02x after the pause", lf, v)
	}
}

// A trapezoid has its crest factor (data sheet section 2.5.3: 20 Hz, 71 V, 1.3).
func TestTrapezoid(t *testing.T) {
	b, phone := fed(t)
	phone.REN = 0
	b.indirect(20, 0x018c)
	b.indirect(21, 0x5eab)
	b.indirect(22, 0x00c8)
	b.write(34, 0x01)
	b.write(64, 4)
	var peak, square float64
	for range 8000 {
		b.b.Tick(nil, nil)
		v := b.m.Line().Volts()
		peak, square = max(peak, v), square+v*v
	}
	if cf := peak / math.Sqrt(square/8000); math.Abs(peak-71) > 1 || math.Abs(cf-1.3) > 0.03 {
		t.Errorf("peak %.1f V, crest factor %.2f: want 71 and 1.3", peak, cf)
	}
}

// Ring trip sees a lifted handset through the ringing at any usual frequency and load, and does not see five ringers.
func TestRingTrip(t *testing.T) {
	for _, hz := range []float64{16.667, 20, 25, 50} {
		for _, ren := range []float64{1, 3, 5} {
			for _, loop := range []float64{0, 300, 600} {
				if testing.Short() && loop == 300 {
					continue
				}
				r := started(t, si3210.Config{RingHz: hz})
				r.board.Do(func() { r.phone.REN, r.model.Pair.LoopOhm = ren, loop })
				if err := r.chip.Ring(cadence(2000, 4000)); err != nil {
					t.Fatal(err)
				}
				r.run(1500)
				if got := r.take(); len(got) != 1 || got[0] != si3210.RingOn {
					t.Errorf("%g Hz, %g REN, %g ohm: events %v without a handset lifted", hz, ren, loop, got)
				}
				if !r.phone.Ringing() {
					t.Errorf("%g Hz, %g REN, %g ohm: the telephone is silent", hz, ren, loop)
				}
				at := r.board.Now()
				r.lift(true)
				r.run(300)
				var trip time.Duration
				for _, e := range r.seen {
					if e.Kind == si3210.RingTrip {
						trip = e.At - at
					}
				}
				if trip == 0 || trip > 200*time.Millisecond {
					t.Errorf("%g Hz, %g REN, %g ohm: tripped after %v, want within 200 ms: %v", hz, ren, loop, trip, r.seen)
				}
				if s := r.chip.State(); !s.OffHook || s.Ringing {
					t.Errorf("%g Hz, %g REN, %g ohm: state %+v", hz, ren, loop, s)
				}
			}
		}
	}
}

// Slots are addressed by start count; what a chip does not drive stays high, and two on one slot collide.
func TestHighway(t *testing.T) {
	models := [2]*si3210.Model{si3210.NewModel(false), si3210.NewModel(false)}
	b := board.New(models[0], models[1])
	var chips [2]*si3210.Chip
	for i := range chips {
		models[i].Terminal = &pair.Phone{Mouth: func() float32 { return float32(1000 * (i + 1)) }}
		conn, err := si3210.Connect(b.Port(i))
		if err != nil {
			t.Fatal(err)
		}
		if chips[i], err = si3210.New(conn, si3210.Config{Sleep: b.Sleep, Slot: 3 + i, Law: tdm.ALaw}); err != nil {
			t.Fatal(err)
		}
		if err := chips[i].Start(); err != nil {
			t.Fatal(err)
		}
		b.Do(func() { models[i].Terminal.(*pair.Phone).Hook(true) })
	}
	b.Sleep(100 * time.Millisecond)
	if n := b.Collisions(); n != 0 {
		t.Fatalf("%d collisions of two chips that were started one after the other", n)
	}
	down, up := make([]byte, 32), make([]byte, 32)
	for i := range down {
		down[i] = tdm.ALaw.Silence()
	}
	b.Tick(down, up)
	for slot, octet := range up {
		want := uint8(0xff)
		if slot == 3 || slot == 4 {
			want = tdm.ALaw.EncodeSample(int16(1000 * (slot - 2)))
		}
		if octet != want {
			t.Errorf("slot %d carries %#02x, want %#02x", slot, octet, want)
		}
	}
	if err := chips[1].SetSlot(3); err != nil {
		t.Fatal(err)
	}
	before := b.Collisions()
	for range 10 {
		b.Tick(down, up)
	}
	if n := b.Collisions() - before; n != 10 {
		t.Errorf("%d collisions in 10 frames on one slot", n)
	}
	if want := tdm.ALaw.EncodeSample(1000) & tdm.ALaw.EncodeSample(2000); up[3] != want {
		t.Errorf("two drivers make %#02x, want the low bits of both, %#02x", up[3], want)
	}
	// A slot beyond the frame is off.
	if err := chips[1].SetSlot(100); err != nil {
		t.Fatal(err)
	}
	before = b.Collisions()
	b.Tick(down, up)
	if b.Collisions() != before || up[4] != 0xff {
		t.Errorf("slot 100 of 32 is not off: %#02x", up[4])
	}
}

// Law, gain and mutes act where the data sheet puts them; loopback returns what was sent.
func TestAudio(t *testing.T) {
	r := started(t, si3210.Config{Law: tdm.MuLaw, Slot: 0})
	var heard float32
	r.board.Do(func() {
		r.phone.Hook(true)
		r.phone.Mouth = func() float32 { return 8000 }
		r.phone.Ear = func(v float32) { heard = v }
	})
	r.run(100)
	law := tdm.MuLaw
	down, up := make([]byte, 32), make([]byte, 32)
	down[0] = law.EncodeSample(-4000)
	sent := float32(law.DecodeSample(down[0]))
	sample := func() float32 {
		r.board.Tick(down, up)
		return float32(law.DecodeSample(up[0]))
	}
	near := func(what string, got, want float32) {
		t.Helper()
		if math.Abs(float64(got-want)) > 0.04*math.Abs(float64(want))+10 {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	got := sample()
	near("received", got, 8000)
	near("heard", heard, sent)
	if err := r.chip.SetGain(-6.02, 6); err != nil {
		t.Fatal(err)
	}
	near("received at -6 dB", sample(), 4000)
	near("heard at +6 dB", heard, sent*2)
	if err := r.chip.SetLaw(tdm.ALaw); err != nil {
		t.Fatal(err)
	}
	law = tdm.ALaw
	down[0] = law.EncodeSample(-4000)
	near("received in A-law", sample(), 4000)
	near("heard in A-law", heard, -8000)
	if err := r.chip.SetGain(7, 0); err == nil {
		t.Error("a gain of 7 dB is taken")
	}
}

// The hybrid lets through what the telephone's impedance reflects, and no echo at all when it fits.
func TestEcho(t *testing.T) {
	levels := map[string]float64{}
	for _, country := range []string{"us", "de", "in"} {
		r := started(t, si3210.Config{Country: country, Law: tdm.MuLaw})
		r.lift(true)
		r.run(100)
		down, up := make([]byte, 32), make([]byte, 32)
		down[0] = tdm.MuLaw.EncodeSample(8000)
		r.board.Tick(down, up)
		levels[country] = float64(tdm.MuLaw.DecodeSample(up[0])) / 8000
	}
	// The telephone is 600 ohms, as the United States want it.
	if levels["us"] > 0.01 || levels["de"] < 0.05 || levels["in"] < 0.02 {
		t.Errorf("echo %v: want none in the us and some where the impedance is another", levels)
	}
	r := started(t, si3210.Config{Law: tdm.MuLaw})
	r.lift(true)
	r.run(100)
	if err := r.chip.SetHybrid(7); err != nil {
		t.Fatal(err)
	}
	down, up := make([]byte, 32), make([]byte, 32)
	down[0] = tdm.MuLaw.EncodeSample(8000)
	r.board.Tick(down, up)
	if v := float64(tdm.MuLaw.DecodeSample(up[0])) / 8000; math.Abs(v-0.5) > 0.05 {
		t.Errorf("echo %.2f with the hybrid off, want half", v)
	}
}
