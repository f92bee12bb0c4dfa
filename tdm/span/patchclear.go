package span

import (
	"errors"

	"tipring/tdm/slip"
)

// clear connects two ends that carry octets: two circuits of a card by a cross-connect, which is exact as long as they have no gain
// and no canceller; two of different cards by a slip.Pipe each way in fixed mode; a circuit and a leg, or two legs.
func (pb *Patchbay) clear(a, b End) (Joint, error) {
	if a.Clear != b.Clear {
		return nil, errors.New("span: join: one end carries octets and the other sound")
	}
	legs := [2]ClearLeg{}
	for i, e := range []End{a, b} {
		var ok bool
		if legs[i], ok = e.Leg.(ClearLeg); e.Pump == nil && !ok {
			return nil, errors.New("span: join: a clear end whose leg takes no octets")
		}
	}
	switch {
	case a.Pump == nil && b.Pump == nil:
		if pb.Soft == nil {
			return nil, errors.New("span: join: two legs need a soft card, and there is none")
		}
		k, ok := pb.take()
		if !ok {
			return nil, ErrNoPair
		}
		j := join(true, plug{pump: pb.Soft, slot: 2 * k, octets: legs[0]}, plug{pump: pb.Soft, slot: 2*k + 1, octets: legs[1]})
		j.after = func() { pb.give(k) }
		return j, nil
	case a.Pump == nil:
		return join(false, plug{pump: b.Pump, slot: b.Slot, octets: legs[0]}), nil
	case b.Pump == nil:
		return join(false, plug{pump: a.Pump, slot: a.Slot, octets: legs[1]}), nil
	case a.Pump == b.Pump:
		return cross(a.Pump, a.Slot, b.Slot, 1, 1)
	}
	ends := newOctetLegs()
	return join(false, plug{pump: a.Pump, slot: a.Slot, octets: ends[0]}, plug{pump: b.Pump, slot: b.Slot, octets: ends[1]}), nil
}

// newOctetLegs makes the two ends.
func newOctetLegs() [2]*octetLeg {
	cfg := slip.Config{MaxDelay: 800}
	there, back := slip.NewPipe(cfg), slip.NewPipe(cfg)
	there.SetFixed(pipeBandDelay)
	back.SetFixed(pipeBandDelay)
	return [2]*octetLeg{{out: there, in: back}, {out: back, in: there}}
}

// Idle is the octet of a clear channel on which nothing comes.
const Idle = 0xff

// An octetLeg is one end of a clear circuit that continues on another card. Its pipes carry octets as samples, so that what is
// missing, 0, is idle.
type octetLeg struct {
	out, in *slip.Pipe
	pcm     [maxBlock]int16
}

// maxBlock is the longest block of a card, 20 ms.
const maxBlock = 160

// Octets implements ClearLeg.
func (l *octetLeg) Octets(at int64, rx, tx []byte) {
	pcm := l.pcm[:len(rx)]
	for i, o := range rx {
		pcm[i] = int16(o ^ Idle)
	}
	l.out.Write(at, pcm)
	l.in.Read(at, pcm)
	for i, v := range pcm {
		tx[i] = byte(v) ^ Idle
	}
}
