package pri

import (
	"sync/atomic"

	"tipring/tdm/hdlc"
)

// queued is how many frames may wait in each direction between the pump and the group: at 64 kbit/s and the shortest frames a
// block of 20 ms brings 22.
const queued = 64

// A dChannel runs HDLC on a clear timeslot. It implements span.ClearLeg.
type dChannel struct {
	dec *hdlc.Decoder
	enc *hdlc.Encoder

	in    chan []byte // frames for the group
	free  chan []byte // their buffers, given back
	out   chan []byte // frames for the line
	news  chan<- struct{}
	held  []byte // taken from out and not taken by the encoder yet
	count dCounters
}

type dCounters struct {
	in, out, badFCS, aborted, dropped atomic.Uint64
}

func newDChannel(news chan<- struct{}) *dChannel {
	d := &dChannel{in: make(chan []byte, queued), free: make(chan []byte, queued), out: make(chan []byte, queued), news: news}
	cfg := hdlc.Config{}
	d.enc = hdlc.NewEncoder(cfg)
	d.dec = hdlc.NewDecoder(cfg, d.frame)
	for range queued {
		d.free <- make([]byte, 0, maxFrame)
	}
	return d
}

// maxFrame is N201 and the fields of an I frame (Q.921 §2).
const maxFrame = 260 + 4

// Octets implements span.ClearLeg.
func (d *dChannel) Octets(_ int64, rx, tx []byte) {
	before := d.dec.Counters()
	d.dec.Write(rx)
	after := d.dec.Counters()
	d.count.badFCS.Add(after.BadFCS - before.BadFCS)
	d.count.aborted.Add(after.Aborts - before.Aborts)
	for {
		if d.held == nil {
			select {
			case d.held = <-d.out:
			default:
			}
		}
		if d.held == nil || d.enc.Pending() > len(tx) { // more than a block ahead would only be late
			break
		}
		if d.enc.Send(d.held) {
			d.count.out.Add(1)
		} else {
			d.count.dropped.Add(1)
		}
		d.held = nil
	}
	d.enc.Read(tx)
}

// frame takes a good frame on the pump.
func (d *dChannel) frame(octets []byte) {
	if len(octets) > maxFrame {
		d.count.dropped.Add(1)
		return
	}
	select {
	case b := <-d.free:
		d.in <- append(b[:0], octets...) // has room: there are as many buffers as places
		d.count.in.Add(1)
	default:
		d.count.dropped.Add(1)
		return
	}
	select {
	case d.news <- struct{}{}:
	default:
	}
}

// send queues a frame for the line, from the group's goroutine.
func (d *dChannel) send(frame []byte) {
	select {
	case d.out <- append([]byte(nil), frame...):
	default:
		d.count.dropped.Add(1)
	}
}
