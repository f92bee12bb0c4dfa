package span

import (
	"math"
	"sync/atomic"
	"time"

	"tipring/dsp/echo"
	"tipring/dsp/level"
)

// SlotStats is a snapshot of one slot. Levels are those of the last 8 blocks published, echo figures of the last 96.
type SlotStats struct {
	Active    bool // something is attached, looked for, played or sent
	Leg       bool // a leg is attached
	Connected bool // cross-connected with another slot
	VoiceBand bool
	Digits    uint64 // DTMF digits confirmed since the start
	// Levels of what came from and went to the line, averaged over the publication interval; level.Silence for none.
	RxDBm0, TxDBm0 float32
	// The same averaged over all intervals above activeDBm0 since the slot's leg or cross-connect was attached; they stay
	// until the next is. This is what a call record wants.
	RxCallDBm0, TxCallDBm0 float32
	EchoOn                 bool
	Echo                   echo.Stats
}

// PumpStats counts what a pump did since its start.
type PumpStats struct {
	Blocks int64
	// Late counts the blocks whose Exchange did not wait, since an earlier one was finished late; MaxLate is the longest run
	// of them, the greatest lateness in blocks.
	Late, MaxLate int64
	Slips         int64         // times that the card lost samples
	Slipped       int64         // samples it lost
	EventsLost    int64         // events that found their channel full
	Busy          time.Duration // spent between exchanges in all
	MaxBusy       time.Duration // longest time between two exchanges
	// BusyBlocks counts blocks by the time spent on them: entry i those of at most BusyBounds[i], the last one the longer ones.
	BusyBlocks [len(busyBounds) + 1]int64
}

// busyBounds divide blocks by the time spent on them, around the 1 to 20 ms that a block may last.
var busyBounds = [...]time.Duration{50 * time.Microsecond, 100 * time.Microsecond, 200 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond}

// BusyBounds returns the upper bounds of PumpStats.BusyBlocks.
func BusyBounds() []time.Duration { return busyBounds[:] }

type counters struct {
	blocks, late, maxLate, slips, slipped, eventsLost, busyNs, maxBusyNs atomic.Int64
	busyBlocks                                                           [len(busyBounds) + 1]atomic.Int64
}

func (c *counters) busy(d time.Duration) {
	c.busyNs.Add(int64(d))
	if int64(d) > c.maxBusyNs.Load() {
		c.maxBusyNs.Store(int64(d))
	}
	i := 0
	for i < len(busyBounds) && d > busyBounds[i] {
		i++
	}
	c.busyBlocks[i].Add(1)
}

// Stats appends a snapshot of all slots to dst. It is safe from any goroutine and does not disturb the pump.
func (p *Pump) Stats(dst []SlotStats) []SlotStats {
	for i := range p.shared {
		dst = append(dst, p.shared[i].load())
	}
	return dst
}

// PumpStats returns the pump's counters. It is safe from any goroutine.
func (p *Pump) PumpStats() PumpStats {
	c := &p.counts
	st := PumpStats{
		Blocks: c.blocks.Load(), Late: c.late.Load(), MaxLate: c.maxLate.Load(),
		Slips: c.slips.Load(), Slipped: c.slipped.Load(), EventsLost: c.eventsLost.Load(),
		Busy: time.Duration(c.busyNs.Load()), MaxBusy: time.Duration(c.maxBusyNs.Load()),
	}
	for i := range c.busyBlocks {
		st.BusyBlocks[i] = c.busyBlocks[i].Load()
	}
	return st
}

// A slot's figures are gathered for so many blocks before they are published, those of the canceller, which are dear, for
// longer; slots take turns.
const (
	publishBlocks     = 8
	publishEchoBlocks = 96
)

// activeDBm0 divides sound from a line's noise.
const activeDBm0 level.DBm0 = -50

// levels gathers sums of squares between two publications, and over a call.
type levels struct {
	rx, tx         int64
	samples        int
	rxCall, txCall loudness
}

// loudness is the mean of what was loud enough.
type loudness struct {
	power float64
	n     int
}

func (l *loudness) add(sum int64, samples int) {
	if p := float64(sum) / float64(max(samples, 1)); level.OfPower(p) > activeDBm0 {
		l.power += p
		l.n++
	}
}

func (l *loudness) dBm0() float32 { return float32(level.OfPower(l.power / float64(max(l.n, 1)))) }

// slotShared is what other goroutines may see of a slot: words that the pump stores and others load.
type slotShared struct {
	flags  atomic.Uint32
	digits atomic.Uint64
	levels atomic.Uint64 // rx and tx, float32 bits
	call   atomic.Uint64 // the same over the call
	echo   atomic.Uint64 // ERL and ERLE, float32 bits
	delay  atomic.Uint64 // DelayMs in float32 bits, and the state
	resets atomic.Int64
	// canceller says that one has been made.
	canceller atomic.Bool
}

const (
	flagActive = 1 << iota
	flagLeg
	flagConnected
	flagVoiceBand
	flagEcho
)

func pack(a, b float32) uint64 {
	return uint64(math.Float32bits(a))<<32 | uint64(math.Float32bits(b))
}

func unpack(w uint64) (a, b float32) {
	return math.Float32frombits(uint32(w >> 32)), math.Float32frombits(uint32(w))
}

func (sh *slotShared) load() SlotStats {
	f := sh.flags.Load()
	s := SlotStats{
		Active: f&flagActive != 0, Leg: f&flagLeg != 0, Connected: f&flagConnected != 0, VoiceBand: f&flagVoiceBand != 0,
		Digits: sh.digits.Load(),
	}
	s.RxDBm0, s.TxDBm0 = unpack(sh.levels.Load())
	s.RxCallDBm0, s.TxCallDBm0 = unpack(sh.call.Load())
	s.EchoOn = f&flagEcho != 0
	s.Echo.ERL, s.Echo.ERLE = unpack(sh.echo.Load())
	d := sh.delay.Load()
	s.Echo.DelayMs, s.Echo.State = math.Float32frombits(uint32(d>>32)), echo.State(d)
	s.Echo.Resets = sh.resets.Load()
	return s
}

// publish refreshes the figures of the slots whose turn it is.
func (p *Pump) publish() {
	for _, i := range p.active {
		s := &p.slots[i]
		s.levels.samples += p.n
		turn := p.blocks + int64(i)
		if turn%publishBlocks == 0 {
			p.publishSlot(i)
		}
		if turn%publishEchoBlocks == 0 && s.echo != nil {
			p.publishEcho(i)
		}
	}
}

func (p *Pump) publishSlot(i int) {
	s, sh := &p.slots[i], &p.shared[i]
	var f uint32
	for _, b := range [...]struct {
		on   bool
		flag uint32
	}{{s.awake, flagActive}, {s.leg != nil, flagLeg}, {s.peer >= 0, flagConnected}, {s.band, flagVoiceBand}, {s.echoOn, flagEcho}} {
		if b.on {
			f |= b.flag
		}
	}
	sh.flags.Store(f)
	l := &s.levels
	sh.levels.Store(pack(dBm0(l.rx, l.samples), dBm0(l.tx, l.samples)))
	l.rxCall.add(l.rx, l.samples)
	l.txCall.add(l.tx, l.samples)
	sh.call.Store(pack(l.rxCall.dBm0(), l.txCall.dBm0()))
	l.rx, l.tx, l.samples = 0, 0, 0
}

func (p *Pump) publishEcho(i int) {
	sh, e := &p.shared[i], p.slots[i].echo.Stats()
	sh.echo.Store(pack(e.ERL, e.ERLE))
	sh.delay.Store(uint64(math.Float32bits(e.DelayMs))<<32 | uint64(e.State))
	sh.resets.Store(e.Resets)
}

// dBm0 converts a sum of n squares.
func dBm0(sum int64, n int) float32 { return float32(level.OfPower(float64(sum) / float64(max(n, 1)))) }
