package linktest

import (
	"hash/crc32"

	"tipring/hw/link/wire"
)

type verdict = wire.Verdict

// carryOut does what a request asks and returns the answer's body.
func (m *machine) carryOut(msg wire.Message) body {
	if m.hello.Role == wire.Boot && msg.Type >= wire.TypeTransfer && msg.Type <= wire.TypeStop {
		return verdict{Status: wire.Unknown}
	}
	switch msg.Type {
	case wire.TypeTime:
		var t wire.Time
		if t.Parse(msg.Body) != nil {
			return verdict{Status: wire.Malformed}
		}
		return wire.TimeAnswer{Host: t.Host, Card: m.stamp(), Tick: m.ms}
	case wire.TypeTransfer:
		return m.transfer(msg.Body)
	case wire.TypeSense:
		var s wire.Sense
		if s.Parse(msg.Body) != nil {
			return verdict{Status: wire.Malformed}
		}
		if s.Slot >= m.hello.Timeslots || m.noDevice(s.Probes[:s.N]) {
			return verdict{Status: wire.NoDevice}
		}
		m.slots[s.Slot].sense, m.slots[s.Slot].sig = s, 0
		return verdict{}
	case wire.TypeDrive:
		var d wire.Drive
		if d.Parse(msg.Body) != nil {
			return verdict{Status: wire.Malformed}
		}
		if d.Slot >= m.hello.Timeslots || d.Device >= m.hello.Devices {
			return verdict{Status: wire.NoDevice}
		}
		m.slots[d.Slot].drive, m.slots[d.Slot].value = d, d.Now
		return verdict{}
	case wire.TypeStart:
		var s wire.Start
		if s.Parse(msg.Body) != nil {
			return wire.StartAnswer{Status: wire.Malformed}
		}
		if s.Slots > m.hello.Timeslots {
			return wire.StartAnswer{Status: wire.NoDevice}
		}
		m.pcm.start(s, m.ms)
		return wire.StartAnswer{Tick: m.ms}
	case wire.TypeStop:
		m.pcm.running = false
		return verdict{}
	case wire.TypeStatistics:
		return m.stats
	case wire.TypeReset:
		var r wire.Reset
		switch {
		case r.Parse(msg.Body) != nil:
			return verdict{Status: wire.Malformed}
		case m.pcm.running && r.Flags&wire.ResetForce == 0:
			return verdict{Status: wire.LinesBusy}
		}
		m.resetAt, m.stay = m.ms+resetAfter, r.Flags&wire.ResetStay != 0
		return verdict{}
	case wire.TypeCrashRead:
		return m.crash
	case wire.TypeCrashClear:
		m.crash = wire.Crash{}
		return verdict{}
	}
	return m.firmware(msg)
}

func (m *machine) noDevice(probes []wire.Probe) bool {
	for _, p := range probes {
		if p.Device >= m.hello.Devices {
			return true
		}
	}
	return false
}

func (m *machine) transfer(b []byte) body {
	t := &m.asked
	if t.Parse(b) != nil {
		return wire.TransferAnswer{Status: wire.Malformed}
	}
	a := &m.reply
	*a = wire.TransferAnswer{}
	m.got = m.got[:0]
	for _, o := range t.Ops {
		if o.Device >= m.hello.Devices {
			a.Status = wire.NoDevice
			break
		}
		at := len(m.got)
		m.got = append(m.got, o.Data...)
		m.hw.Transfer(int(o.Device), o.Flags&wire.BytewiseCS != 0, o.Data, m.got[at:])
		a.Done++
	}
	a.Data = m.got
	return a
}

// firmware carries out the requests that concern the flash.
func (m *machine) firmware(msg wire.Message) body {
	f := m.flash
	switch msg.Type {
	case wire.TypeInfo:
		return f.info(m.hello.Role, m.hello.Slot)
	case wire.TypeErase:
		var e wire.Erase
		switch {
		case e.Parse(msg.Body) != nil:
			return verdict{Status: wire.Malformed}
		case e.Slot == m.hello.Slot:
			return verdict{Status: wire.WrongState}
		case m.pcm.running && e.Flags&wire.EraseForce == 0:
			return verdict{Status: wire.LinesBusy}
		}
		return verdict{Status: f.erase(e.Slot)}
	case wire.TypeWrite:
		var w wire.FlashWrite
		switch {
		case w.Parse(msg.Body) != nil || w.Offset%flashUnit != 0 || len(w.Data)%flashUnit != 0 || int(w.Offset)+len(w.Data) > len(f.Slots[0]):
			return verdict{Status: wire.Malformed}
		case w.Slot == m.hello.Slot:
			return verdict{Status: wire.WrongState}
		}
		return verdict{Status: f.write(w)}
	case wire.TypeSum:
		var s wire.Sum
		if s.Parse(msg.Body) != nil || uint64(s.Offset)+uint64(s.Length) > uint64(len(f.Slots[0])) {
			return wire.SumAnswer{Status: wire.Malformed}
		}
		return wire.SumAnswer{CRC: crc32.ChecksumIEEE(f.Slots[s.Slot][s.Offset : s.Offset+s.Length])}
	case wire.TypeCommit:
		var c wire.Commit
		if c.Parse(msg.Body) != nil {
			return verdict{Status: wire.Malformed}
		}
		return f.commit(c.Slot)
	case wire.TypeConfirm:
		return verdict{Status: f.confirm(m.hello.Role, m.hello.Slot)}
	case wire.TypeRollback:
		return f.rollback(m.hello.Slot)
	}
	return verdict{Status: wire.Unknown}
}
