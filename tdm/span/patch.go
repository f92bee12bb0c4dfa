package span

import (
	"errors"
	"fmt"
	"sync"

	"tipring/tdm"
	"tipring/tdm/slip"
)

// ErrNoPair is what Join returns when the soft card has no free pair of slots for two legs.
var ErrNoPair = errors.New("span: all slots of the soft card are in use")

// A Patchbay joins the ends of calls. Its methods are safe from any goroutine.
type Patchbay struct {
	// Soft is the pump of a card whose slots 2k and 2k+1 are wired to each other: where two legs meet. Nil: they cannot.
	Soft *Pump

	mu   sync.Mutex
	init bool
	free []int // pairs, the one that has been free for longest first
}

// A Joint is what Join made. Close takes it apart; it does so once, and leaves alone what has been attached to the
// circuits since.
type Joint interface{ Close() }

// Join connects the audio of two ends: two circuits of a card by a cross-connect, two circuits of different cards by a
// slip.Pipe each way, a circuit and a leg by attaching, two legs by a free pair of the soft card. What was attached to a
// circuit before is replaced. The connection is made by the pumps' next block.
func (pb *Patchbay) Join(a, b End) (Joint, error) { return pb.JoinLoss(a, b, Loss{}) }

// A Loss is how much quieter each side of a Joint is to the other, in dB: the loss plan's part of a call. It lies behind what
// a circuit measures and detects, and not on what Play sends to the line; Gain is a port's own and comes on top. Values are
// limited to -24..+60 dB. Two circuits of a card are joined sample exact in a direction without loss.
type Loss struct{ AtoB, BtoA float64 }

// JoinLoss is Join with a loss, which ends with the Joint.
func (pb *Patchbay) JoinLoss(a, b End, loss Loss) (Joint, error) {
	there, back := linear(-loss.AtoB), linear(-loss.BtoA)
	for _, e := range []End{a, b} {
		switch {
		case e.Pump == nil && e.Leg == nil:
			return nil, errors.New("span: join: an end with neither circuit nor leg")
		case e.Pump != nil && (e.Slot < 0 || e.Slot >= len(e.Pump.slots)):
			return nil, fmt.Errorf("span: join: card %s has no slot %d", e.Pump.info.Name, e.Slot)
		}
	}
	if a.Clear || b.Clear {
		return pb.clear(a, b)
	}
	switch {
	case a.Pump == nil && b.Pump == nil:
		return pb.pair(a, b, there, back)
	case a.Pump == nil:
		return join(false, plug{b.Pump, b.Slot, a.Leg, back, there, nil}), nil
	case b.Pump == nil:
		return join(false, plug{a.Pump, a.Slot, b.Leg, there, back, nil}), nil
	case a.Pump == b.Pump:
		return cross(a.Pump, a.Slot, b.Slot, there, back)
	}
	left, right := newSlipLegs(a.Pump.n, b.Pump.n)
	return join(false, plug{a.Pump, a.Slot, left, there, 1, nil}, plug{b.Pump, b.Slot, right, back, 1, nil}), nil
}

// pair has two legs meet on the soft card.
func (pb *Patchbay) pair(a, b End, there, back float32) (Joint, error) {
	if pb.Soft == nil {
		return nil, errors.New("span: join: two legs need a soft card, and there is none")
	}
	k, ok := pb.take()
	if !ok {
		return nil, ErrNoPair
	}
	// What the wire of a pair still carries belongs to the call before.
	j := join(true, plug{pb.Soft, 2 * k, a.Leg, 1, there, nil}, plug{pb.Soft, 2*k + 1, b.Leg, 1, back, nil})
	pb.listen(2*k+1, a.Digits)
	pb.listen(2*k, b.Digits)
	j.after = func() {
		pb.listen(2*k+1, false)
		pb.listen(2*k, false)
		pb.give(k)
	}
	return j, nil
}

// listen finds, for the leg of a slot alone, the DTMF digits in what the slot receives.
func (pb *Patchbay) listen(slot int, on bool) {
	det := newDetectors(Detect{Digits: on})
	if det != nil {
		det.forLeg = true
	}
	pb.Soft.do(func() {
		if s := &pb.Soft.slots[slot]; s.det != det {
			s.det, pb.Soft.dirty = det, true
		}
	})
}

func (pb *Patchbay) take() (int, bool) {
	pb.mu.Lock()
	defer pb.mu.Unlock()
	if !pb.init {
		pb.init = true
		for k := range len(pb.Soft.slots) / 2 {
			pb.free = append(pb.free, k)
		}
	}
	if len(pb.free) == 0 {
		return 0, false
	}
	k := pb.free[0]
	pb.free = pb.free[1:]
	return k, true
}

func (pb *Patchbay) give(k int) {
	pb.mu.Lock()
	defer pb.mu.Unlock()
	pb.free = append(pb.free, k)
}

// Free returns how many more pairs of legs can be joined.
func (pb *Patchbay) Free() int {
	if pb.Soft == nil {
		return 0
	}
	pb.mu.Lock()
	defer pb.mu.Unlock()
	if !pb.init {
		return len(pb.Soft.slots) / 2
	}
	return len(pb.free)
}

// A plug is a leg's place on a circuit, with the gains to and from it.
type plug struct {
	pump     *Pump
	slot     int
	leg      Leg
	to, from float32
	octets   ClearLeg // in the place of leg
}

// A joint closes by undoing, if what it made is still there.
type joint struct {
	once  sync.Once
	owner *owner
	plugs []plug
	after func()
}

// An owner marks what a Joint attached, so that it takes off nothing else.
type owner struct{ _ byte }

// join attaches legs. fresh has them not hear what their slots received in this block.
func join(fresh bool, plugs ...plug) *joint {
	j := &joint{owner: new(owner), plugs: plugs}
	for _, pl := range plugs {
		pl.pump.do(func() {
			s := &pl.pump.slots[pl.slot]
			pl.pump.attach(pl.slot, pl.leg)
			s.octets = pl.octets
			s.owner, s.toFar, s.fromFar = j.owner, pl.to, pl.from
			if fresh {
				fill(pl.pump.rx.Slot(pl.slot), pl.pump.info.Law.Silence())
			}
		})
	}
	return j
}

func cross(p *Pump, a, b int, there, back float32) (Joint, error) {
	if a == b {
		return nil, fmt.Errorf("span: join: card %s slot %d with itself", p.info.Name, a)
	}
	j := &joint{owner: new(owner), plugs: []plug{{pump: p, slot: a}}}
	p.do(func() {
		p.connect(a, b)
		p.slots[a].owner = j.owner
		p.slots[a].fromFar, p.slots[b].fromFar = back, there
	})
	return j, nil
}

// Close implements Joint.
func (j *joint) Close() {
	j.once.Do(func() {
		for _, pl := range j.plugs {
			pl.pump.do(func() {
				if pl.pump.slots[pl.slot].owner == j.owner {
					pl.pump.attach(pl.slot, nil)
				}
			})
		}
		if j.after != nil {
			j.after()
		}
	})
}

// A slipLeg is one end of a circuit that continues on another card.
type slipLeg struct{ out, in *slip.Pipe }

// newSlipLegs makes the two ends; n and m are the block lengths of the two cards.
func newSlipLegs(n, m int) (*slipLeg, *slipLeg) {
	cfg := slip.Config{StartDelay: max(n, m), MaxDelay: 800}
	there, back := slip.NewPipe(cfg), slip.NewPipe(cfg)
	return &slipLeg{there, back}, &slipLeg{back, there}
}

// Tick implements Leg.
func (l *slipLeg) Tick(at int64, rx, tx []int16) {
	l.out.Write(at, rx)
	l.in.Read(at, tx)
}

// pipeBandDelay is the delay of a pipe that carries voice-band data: 20 ms, since cards jitter by a block at most.
const pipeBandDelay = 20 * tdm.Quantum

// VoiceBand implements VoiceBandLeg, for both directions.
func (l *slipLeg) VoiceBand(on bool) {
	delay := 0
	if on {
		delay = pipeBandDelay
	}
	l.out.SetFixed(delay)
	l.in.SetFixed(delay)
}

func fill(octets []byte, v byte) {
	for i := range octets {
		octets[i] = v
	}
}
