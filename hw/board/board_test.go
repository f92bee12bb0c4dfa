package board

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/spi"
)

// A recorder is a device that notes what it sees.
type recorder struct {
	log    []string
	bytes  []uint8
	answer uint8
	halves int64
	frames int
	irq    bool
	drive  func(f *Frame)
}

func (r *recorder) Reset() { r.log = append(r.log, "reset") }
func (r *recorder) Select(on bool) {
	if on {
		r.log = append(r.log, "low")
	} else {
		r.log = append(r.log, "high")
	}
}
func (r *recorder) Shift(v uint8) (uint8, bool) {
	r.log = append(r.log, "byte")
	r.bytes = append(r.bytes, v)
	return r.answer, r.answer != 0
}
func (r *recorder) Step(half int64) { r.halves = half }
func (r *recorder) Frame(f *Frame) {
	r.frames++
	if r.drive != nil {
		r.drive(f)
	}
}
func (r *recorder) Interrupt() bool { return r.irq }

func same[T comparable](t *testing.T, what string, got []T, want ...T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
}

func connected(t *testing.T, d *recorder) (*Board, spi.Conn) {
	t.Helper()
	b := New(d)
	c, err := b.Port(0).Connect(0, spi.Mode3, 8)
	if err != nil {
		t.Fatal(err)
	}
	d.log = nil
	return b, c
}

// A chip select lasts for a packet, unless the packet keeps it.
func TestChipSelect(t *testing.T) {
	d := &recorder{answer: 0x5a}
	_, c := connected(t, d)
	in := make([]byte, 4)
	if err := c.TxPackets([]spi.Packet{{W: []byte{1}, R: in[:1]}, {W: []byte{2}, R: in[1:2], KeepCS: true}, {W: []byte{3}}, {R: in[3:]}}); err != nil {
		t.Fatal(err)
	}
	same(t, "edges", d.log, "low", "byte", "high", "low", "byte", "byte", "high", "low", "byte", "high")
	same(t, "bytes", d.bytes, 1, 2, 3, 0)
	same(t, "in", in, 0x5a, 0x5a, 0, 0x5a)
	d.log = nil
	if err := c.Tx([]byte{1, 2}, in[:2]); err != nil {
		t.Fatal(err)
	}
	same(t, "one transfer", d.log, "low", "byte", "byte", "high")
	d.answer = 0
	if err := c.Tx([]byte{1}, in[:1]); err != nil || in[0] != 0xff {
		t.Errorf("high impedance reads %#02x, %v", in[0], err)
	}
	if c.Duplex() != conn.Full {
		t.Error("not full duplex")
	}
}

func TestConnect(t *testing.T) {
	b := New(&recorder{})
	for _, c := range []struct {
		mode spi.Mode
		bits int
	}{{spi.Mode0, 8}, {spi.Mode3, 16}} {
		if _, err := b.Port(0).Connect(0, c.mode, c.bits); err == nil {
			t.Errorf("%v with %d bits connects", c.mode, c.bits)
		}
	}
	p := b.Port(0)
	c, err := p.Connect(0, spi.Mode3, 8)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Connect(0, spi.Mode3, 8); err == nil {
		t.Error("a port connects twice")
	}
	if err := p.LimitSpeed(0); err == nil {
		t.Error("a speed of 0 is taken")
	}
	if err := c.Tx(make([]byte, 2), make([]byte, 1)); err == nil {
		t.Error("lengths that differ are taken")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Tx([]byte{1}, nil); err == nil {
		t.Error("a closed port transfers")
	}
	if err := p.Close(); err == nil {
		t.Error("a port closes twice")
	}
}

func TestFaults(t *testing.T) {
	d := &recorder{answer: 0x5a}
	b, c := connected(t, d)
	in := make([]byte, 1)
	for _, f := range []struct {
		fault Fault
		reads uint8
		seen  int
	}{{DeadHigh, 0xff, 0}, {DeadLow, 0, 1}, {Healthy, 0x5a, 1}} {
		b.SetFault(0, f.fault)
		d.bytes = nil
		if err := c.Tx([]byte{7}, in); err != nil || in[0] != f.reads || len(d.bytes) != f.seen {
			t.Errorf("fault %d reads %#02x, %v; the chip saw %d bytes", f.fault, in[0], err, len(d.bytes))
		}
	}
	b.SetFault(0, Broken)
	if err := c.Tx([]byte{7}, in); !errors.Is(err, ErrBroken) {
		t.Errorf("a broken transfer: %v", err)
	}
}

// A lost clock takes a byte from the chip when each has a chip select, and shifts those that share one.
func TestSlip(t *testing.T) {
	d := &recorder{answer: 0x5a}
	b, c := connected(t, d)
	b.SlipBit(0, 1)
	for _, v := range []uint8{1, 2, 3} {
		if err := c.Tx([]byte{v}, nil); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "a chip select each", d.bytes, 1, 3)
	d.bytes = nil
	b.SlipBit(0, 0)
	if err := c.Tx([]byte{0x81, 0x01, 0xff}, nil); err != nil {
		t.Fatal(err)
	}
	same(t, "one chip select", d.bytes, 0x02, 0x03)
	d.bytes = nil
	if err := c.Tx([]byte{9}, nil); err != nil {
		t.Fatal(err)
	}
	same(t, "afterwards", d.bytes, 9)
}

// Time is counted in halves of a frame, and every second one carries a frame.
func TestTime(t *testing.T) {
	d := &recorder{}
	b := New(d)
	b.Sleep(time.Nanosecond)
	if d.halves != 1 || b.Now() != 62500 {
		t.Errorf("%d halves, %v", d.halves, b.Now())
	}
	b.Sleep(10 * time.Millisecond)
	if d.halves != 161 || d.frames != 80 {
		t.Errorf("%d halves and %d frames after 10 ms, want 161 and 80", d.halves, d.frames)
	}
	b.Tick(nil, nil)
	if d.halves != 163 || d.frames != 81 {
		t.Errorf("%d halves and %d frames after a tick, want 163 and 81", d.halves, d.frames)
	}
}

// Start counts address bits; octets may straddle two slots, and bits that two chips drive collide.
func TestHighway(t *testing.T) {
	d := &recorder{}
	b := New(d)
	var got []uint8
	d.drive = func(f *Frame) {
		for _, start := range []int{0, 8, 12, 248} {
			v, ok := f.Receive(start)
			if !ok {
				t.Errorf("no octet at bit %d", start)
			}
			got = append(got, v)
		}
		for _, start := range []int{-1, 249, 1000} {
			if _, ok := f.Receive(start); ok {
				t.Errorf("an octet at bit %d", start)
			}
			f.Drive(start, 0)
		}
		f.Drive(16, 0x0f)
		f.Drive(28, 0xc3)
	}
	down, up := make([]byte, Slots), make([]byte, Slots)
	down[0], down[1], down[2], down[31] = 0x12, 0x34, 0x56, 0x78
	b.Tick(down, up)
	same(t, "received", got, 0x12, 0x34, 0x45, 0x78)
	same(t, "driven", up[:5], 0xff, 0xff, 0x0f, 0xfc, 0x3f)
	if n := b.Collisions(); n != 0 {
		t.Errorf("%d collisions", n)
	}
	d.drive = func(f *Frame) { f.Drive(16, 0x0f); f.Drive(20, 0x33) }
	b.Tick(nil, up)
	same(t, "collided", up[2:4], 0x03, 0x3f)
	if n := b.Collisions(); n != 1 {
		t.Errorf("%d collisions, want 1", n)
	}
}

// The interrupt line is low while a chip wants service, and makes an edge only when it falls.
func TestInterruptLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := &recorder{}, &recorder{}
		b := New(one, two)
		all, second := b.Interrupt(), b.Interrupt(1)
		if err := all.In(gpio.PullUp, gpio.FallingEdge); err != nil {
			t.Fatal(err)
		}
		if err := all.In(gpio.PullUp, gpio.RisingEdge); err == nil {
			t.Error("rising edges are promised")
		}
		if all.WaitForEdge(time.Second) {
			t.Error("an edge on a line at rest")
		}
		go func() {
			time.Sleep(time.Second)
			b.Do(func() { one.irq = true })
			b.Tick(nil, nil)
		}()
		start := time.Now()
		if !all.WaitForEdge(time.Minute) || time.Since(start) != time.Second {
			t.Errorf("no edge, or after %v", time.Since(start))
		}
		if all.Read() != gpio.Low || second.Read() != gpio.High {
			t.Errorf("levels %v and %v", all.Read(), second.Read())
		}
		b.Do(func() { two.irq = true })
		b.Tick(nil, nil)
		if all.WaitForEdge(time.Second) {
			t.Error("a second edge while the line is low")
		}
		b.Do(func() { one.irq, two.irq = false, false })
		b.Tick(nil, nil)
		if all.Read() != gpio.High {
			t.Error("low with nothing pending")
		}
		go func() {
			time.Sleep(time.Second)
			all.Halt()
		}()
		if all.WaitForEdge(-1) {
			t.Error("Halt is an edge")
		}
	})
}

func TestReset(t *testing.T) {
	one, two := &recorder{}, &recorder{}
	b := New(one, two)
	b.ResetChip(1)
	b.Reset()
	same(t, "first", one.log, "reset", "reset")
	same(t, "second", two.log, "reset", "reset", "reset")
}
