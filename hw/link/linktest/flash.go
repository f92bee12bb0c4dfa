package linktest

import (
	"bytes"

	"tipring/hw/link/wire"
)

const (
	flashUnit  = 16
	eraseMs    = 300 // for a slot
	checkMs    = 60
	trialTries = 2
)

// A Flash is what a card keeps without power: two slots with images and the record of which one runs. A Card changes it
// only while it runs.
type Flash struct {
	Slots [2][]byte
	// Check judges a slot's image, as the bootloader does.
	Check func(slot uint8, data []byte, floor uint32) wire.SlotInfo

	Floor   uint32
	Next    uint8 // slot that the next start takes, or wire.NoSlot
	Back    uint8
	Trial   bool
	Tries   uint8
	GivenUp uint8

	stay     uint8 // why the bootloader stays
	work     uint8 // as in FIRMWARE INFO
	left     int   // ms of it
	verified [2]*wire.SlotInfo
	erased   [2]bool
}

// NewFlash returns an empty flash with slots of size octets.
func NewFlash(size int, check func(slot uint8, data []byte, floor uint32) wire.SlotInfo) *Flash {
	f := &Flash{Check: check, Next: wire.NoSlot, Back: wire.NoSlot}
	for i := range f.Slots {
		f.Slots[i] = bytes.Repeat([]byte{0xff}, size)
	}
	return f
}

// boot decides what runs after a start, as the bootloader does.
func (f *Flash) boot(stay bool) (wire.Role, uint8) {
	f.work, f.left, f.stay = 0, 0, 0
	f.verified, f.erased = [2]*wire.SlotInfo{}, [2]bool{}
	if stay {
		f.stay = 2
		return wire.Boot, wire.BootSlot
	}
	if f.Next != wire.NoSlot && f.Trial && f.Tries >= trialTries {
		f.giveUp(1)
	}
	for range 2 {
		if f.Next == wire.NoSlot {
			break
		}
		if f.Check(f.Next, f.Slots[f.Next], f.Floor).Fault == wire.Good {
			if f.Trial {
				f.Tries++
			}
			return wire.Application, f.Next
		}
		f.giveUp(2)
	}
	f.stay = 1
	return wire.Boot, wire.BootSlot
}

func (f *Flash) giveUp(why uint8) {
	f.Next, f.Back, f.Trial, f.Tries, f.GivenUp = f.Back, wire.NoSlot, false, 0, why
}

func (f *Flash) info(role wire.Role, running uint8) wire.Info {
	i := wire.Info{Role: role, Running: running, Next: f.Next, Tries: f.Tries, Back: f.Back, GivenUp: f.GivenUp, Stay: f.stay, Work: f.work,
		Floor: f.Floor, SlotSize: uint32(len(f.Slots[0])), Unit: flashUnit}
	if f.Trial {
		i.Trial = 1
	}
	for s := range i.Slots {
		i.Slots[s] = f.Check(uint8(s), f.Slots[s], f.Floor)
	}
	return i
}

func (f *Flash) tick() {
	if f.left == 0 {
		return
	}
	if f.left--; f.left > 0 {
		return
	}
	slot := (f.work - 1) % 2
	if f.work <= 2 {
		for i := range f.Slots[slot] {
			f.Slots[slot][i] = 0xff
		}
		f.erased[slot] = true
	} else {
		info := f.Check(slot, f.Slots[slot], f.Floor)
		f.verified[slot] = &info
	}
	f.work = 0
}

func (f *Flash) erase(slot uint8) wire.Status {
	switch {
	case f.work == 1+slot:
		return wire.Pending
	case f.work != 0:
		return wire.Busy
	case f.erased[slot]:
		return wire.OK
	}
	if f.Trial && f.Next == slot { // what it would have tried goes
		f.giveUp(3)
	}
	if f.Back == slot {
		f.Back = wire.NoSlot
	}
	f.work, f.left, f.verified[slot] = 1+slot, eraseMs, nil
	// An erase that is cut leaves anything: here, half of the slot.
	for i := range len(f.Slots[slot]) / 2 {
		f.Slots[slot][i] = 0xff
	}
	return wire.Pending
}

func (f *Flash) write(w wire.FlashWrite) wire.Status {
	if f.work != 0 {
		return wire.Busy
	}
	f.erased[w.Slot], f.verified[w.Slot] = false, nil
	at := f.Slots[w.Slot][w.Offset:]
	for i, b := range w.Data {
		at[i] &= b
	}
	if !bytes.Equal(at[:len(w.Data)], w.Data) {
		return wire.FlashError
	}
	return wire.OK
}

// check returns the verdict on a slot once it is known, and begins to find it.
func (f *Flash) check(slot uint8) (wire.Status, *wire.SlotInfo) {
	switch {
	case f.work == 3+slot:
		return wire.Pending, nil
	case f.work != 0:
		return wire.Busy, nil
	case f.verified[slot] == nil:
		f.work, f.left = 3+slot, checkMs
		return wire.Pending, nil
	case f.verified[slot].Fault != wire.Good:
		return wire.Refused, f.verified[slot]
	}
	return wire.OK, f.verified[slot]
}

func (f *Flash) commit(slot uint8) wire.Verdict {
	s, info := f.check(slot)
	switch {
	case s == wire.Refused:
		return wire.Verdict{Status: s, Fault: info.Fault}
	case s == wire.OK && f.Next != slot:
		f.Back = f.Next
		if f.Trial { // of another slot, which has not proved itself
			f.Back = wire.NoSlot
		}
		f.Next, f.Trial, f.Tries, f.GivenUp = slot, true, 0, 0
	}
	return wire.Verdict{Status: s}
}

func (f *Flash) confirm(role wire.Role, running uint8) wire.Status {
	if role == wire.Boot || f.Next != running {
		return wire.WrongState
	}
	if f.Trial {
		f.Trial, f.Tries = false, 0
		f.Floor = max(f.Floor, f.Check(running, f.Slots[running], f.Floor).Security)
	}
	return wire.OK
}

func (f *Flash) rollback(running uint8) wire.Verdict {
	if f.Trial {
		if f.Back == wire.NoSlot {
			return wire.Verdict{Status: wire.WrongState}
		}
		f.giveUp(3)
		return wire.Verdict{}
	}
	if running > 1 {
		return wire.Verdict{Status: wire.WrongState}
	}
	return f.commit(1 - running)
}
