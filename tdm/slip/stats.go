package slip

import "sync/atomic"

// Stats counts what a Buffer did.
type Stats struct {
	Packets    uint64 // given to Put
	Late       uint64 // packets that came after their time had been played
	Duplicates uint64 // packets that were there already
	Strays     uint64 // packets with a timestamp far from the others
	Resyncs    uint64 // new timelines of the sender
	Oversize   uint64 // packets that were empty or longer than MaxDelay
	// Samples.
	Concealed uint64 // given out for missing ones
	Removed   uint64 // cut out, a pitch period at a time, to shorten the delay
	Repeated  uint64 // played again, a pitch period at a time, to lengthen it
	Dropped   uint64 // skipped in one piece
	Inserted  uint64 // waited in one piece
	Delay     int    // from the earliest possible arrival to play-out, now
	Target    int    // what Delay ought to be
}

type counters struct {
	packets, late, duplicates, strays, resyncs, oversize atomic.Uint64
	concealed, removed, repeated, dropped, inserted      atomic.Uint64
	now, want                                            atomic.Int32
}

func (c *counters) delay(now, want int) {
	if c.now.Load() != int32(now) {
		c.now.Store(int32(now))
	}
	if c.want.Load() != int32(want) {
		c.want.Store(int32(want))
	}
}

// Stats returns the counters. It is safe from any goroutine.
func (b *Buffer) Stats() Stats {
	c := &b.stats
	return Stats{
		Packets: c.packets.Load(), Late: c.late.Load(), Duplicates: c.duplicates.Load(), Strays: c.strays.Load(),
		Resyncs: c.resyncs.Load(), Oversize: c.oversize.Load(),
		Concealed: c.concealed.Load(), Removed: c.removed.Load(), Repeated: c.repeated.Load(),
		Dropped: c.dropped.Load(), Inserted: c.inserted.Load(),
		Delay: int(c.now.Load()), Target: int(c.want.Load()),
	}
}
