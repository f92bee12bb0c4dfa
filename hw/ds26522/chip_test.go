package ds26522

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tipring/tdm"
)

var e1, t1 = Port{Framing: tdm.E1CRC4}, Port{Framing: tdm.T1ESF, LineCode: tdm.B8ZS}

func start(t *testing.T, ports ...Port) (*Chip, *Model) {
	t.Helper()
	m := NewModel(2)
	waited := time.Duration(0)
	c, err := New(Config{Bus: m, Ports: ports, Sleep: func(d time.Duration) { waited += d }})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if waited < time.Duration(1+len(ports))*100*time.Microsecond {
		t.Errorf("waited %v for the resets", waited)
	}
	if len(m.Faults) > 0 {
		t.Errorf("the chip does not forgive: %v", m.Faults)
	}
	return c, m
}

// What the registers hold after the start, by kind of line.
func TestStart(t *testing.T) {
	for _, row := range []struct {
		port Port
		want map[string]uint8
	}{
		{e1, map[string]uint8{"RMMR": 0xc1, "TMMR": 0xc1, "RCR1": 0x68, "TCR1": 0x05, "TCR2": 0xa0, "TCR3": 0, "E1TAF": 0x1b, "E1TNAF": 0x40, "LTRCR": 0, "LMCR": 1}},
		{Port{Framing: tdm.E1DoubleFrame, LineCode: tdm.AMI, Ohm120: true}, map[string]uint8{"RCR1": 0x20, "TCR1": 0, "TCR2": 0x20, "LTITSR": 0x31}},
		{t1, map[string]uint8{"RMMR": 0xc0, "RCR1": 0x40, "TCR1": 0x04, "TCR3": 0, "E1TAF": 0, "LTRCR": 2, "LTITSR": 0x10}},
		{Port{Framing: tdm.J1SF, LineCode: tdm.B8ZS}, map[string]uint8{"RCR1": 0x64, "TCR1": 0x84, "TCR3": 0x04}},
	} {
		_, m := start(t, row.port, row.port)
		for p := range 2 {
			for name, want := range row.want {
				if got := m.Reg(p, name); got != want {
					t.Errorf("%v, port %d: %s is %#02x, want %#02x", row.port.Framing, p, name, got, want)
				}
			}
			if !m.Transmits(p) {
				t.Errorf("%v, port %d does not transmit", row.port.Framing, p)
			}
		}
	}
}

func TestDefectsAndCounts(t *testing.T) {
	c, m := start(t, e1, e1)
	for _, a := range []tdm.Alarms{0, tdm.LOS, tdm.AIS, tdm.LOF, tdm.RAI} {
		m.Line(1, a, tdm.SpanCounts{})
		if got, err := c.Defects(1); err != nil || got != a {
			t.Errorf("defects %v, %v, want %v", got, err, a)
		}
		if got, _ := c.Defects(0); got != 0 {
			t.Errorf("the other port has %v", got)
		}
	}
	if v := m.Reg(1, "RLS1"); v == 0 {
		t.Error("no change of an alarm was latched")
	}
	if _, ok, err := c.Second(1); ok || err != nil {
		t.Errorf("counts before a second has ended: %v, %v", ok, err)
	}
	want := tdm.SpanCounts{LineCodeViolations: 70000, PathViolations: 300, FramingErrors: 5, FarEndBlocks: 999}
	m.Line(1, 0, want)
	m.Second()
	want.LineCodeViolations = 65535 // the counter's end
	if got, ok, err := c.Second(1); got != want || !ok || err != nil {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
	if _, ok, _ := c.Second(1); ok {
		t.Error("a second is told twice")
	}
}

func TestControl(t *testing.T) {
	c, m := start(t, e1, e1)
	for _, row := range []struct {
		cmd  tdm.SpanCommand
		reg  string
		want uint8
	}{
		{tdm.SpanCommand{Op: tdm.SpanSetLoop, Loop: tdm.LoopPayload}, "RCR3", 2},
		{tdm.SpanCommand{Op: tdm.SpanSetLoop, Loop: tdm.LoopLocal}, "RCR3", 1},
		{tdm.SpanCommand{Op: tdm.SpanSetLoop, Loop: tdm.LoopLine}, "LMCR", 9},
		{tdm.SpanCommand{Op: tdm.SpanSetLoop}, "LMCR", 1},
		{tdm.SpanCommand{Op: tdm.SpanSetLoop}, "RCR3", 0},
		{tdm.SpanCommand{Op: tdm.SpanSetAIS, On: true}, "TCR1", 7},
		{tdm.SpanCommand{Op: tdm.SpanSetAIS}, "TCR1", 5},
		{tdm.SpanCommand{Op: tdm.SpanSetRAI, On: true}, "E1TNAF", 0x60},
		{tdm.SpanCommand{Op: tdm.SpanSetRAI}, "E1TNAF", 0x40},
	} {
		if err := c.Control(1, row.cmd); err != nil || m.Reg(1, row.reg) != row.want {
			t.Errorf("%+v: %s is %#02x, %v, want %#02x", row.cmd, row.reg, m.Reg(1, row.reg), err, row.want)
		}
	}
	if len(m.Faults) > 0 {
		t.Error(m.Faults)
	}
	if c.Control(1, tdm.SpanCommand{Op: tdm.SpanSetBERT}) == nil || c.Control(2, tdm.SpanCommand{Op: tdm.SpanSetAIS}) == nil {
		t.Error("what cannot be done has no error")
	}
}

type deadBus struct{ err error }

func (b deadBus) Tx(_, r []byte) error { clear(r); return b.err }

func TestStartFails(t *testing.T) {
	for name, row := range map[string]struct {
		bus   Bus
		ports []Port
		want  string
	}{
		"nothing on the bus": {deadBus{}, []Port{e1}, "IDR reads 0x00"},
		"bus fails":          {deadBus{errors.New("no clock")}, []Port{e1}, "no clock"},
		"too many ports":     {NewModel(2), []Port{e1, e1, e1}, "the chip has 2"},
	} {
		c, err := New(Config{Bus: row.bus, Ports: row.ports, Sleep: func(time.Duration) {}})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", name, err, row.want)
		}
	}
	for name, ports := range map[string][]Port{"none": nil, "mixed": {e1, t1}, "code": {{Framing: tdm.E1CRC4, LineCode: tdm.B8ZS}}, "framing": {{Framing: 9}}} {
		if _, err := New(Config{Ports: ports}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The table is sound: no address twice, each in its bank, and the model sees a driver that goes about it wrongly.
func TestTable(t *testing.T) {
	seen := map[uint16]string{}
	for _, r := range Table {
		if b := banks[r.Bank]; r.Addr < b.first || r.Addr > b.last || seen[r.Addr] != "" {
			t.Errorf("%s at %#03x: bank %d, %q", r.Name, r.Addr, r.Bank, seen[r.Addr])
		}
		seen[r.Addr] = r.Name
	}
	m := NewModel(2)
	c := &Chip{cfg: Config{Bus: m}}
	c.write(0, write{regLMCR, lmcrTE})
	c.write(0, write{regGFSRR, 3}, write{regGFSRR, 0}, write{regRMMR, initDone}, write{regRCR1, 1})
	c.write(5, write{regRCR3, 1})
	if len(m.Faults) != 5 {
		t.Errorf("faults %q", m.Faults)
	}
}
