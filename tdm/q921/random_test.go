package q921

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// An end is a link with a driver in fake time: the line to the peer loses, doubles and reverses what it carries.
type end struct {
	t        *testing.T
	rnd      *rand.Rand
	link     *Link
	peer     *end
	line     [][]byte // on the way to this end
	deadline [numTimers]time.Duration
	gen      [numTimers]uint32
	loss     float64

	next     uint32
	received []uint32
	since    int // first of received since the link was last reset
	resets   int
	log      *[]string
	name     string
}

func (e *end) input(now time.Duration, in Input) {
	*e.log = append(*e.log, fmt.Sprintf("%v %s > %v % x", now, e.name, in.Event, in.Octets))
	e.settle(now, e.link.Input(in))
	e.settle(now, e.link.Input(Input{Event: Flush}))
}

func (e *end) settle(now time.Duration, out []Output) {
	for _, o := range out {
		*e.log = append(*e.log, fmt.Sprintf("%v %s < %v % x %v", now, e.name, o.Action, o.Octets, o.Timer))
		switch o.Action {
		case Send:
			if e.rnd.Float64() < e.loss {
				break
			}
			e.peer.line = append(e.peer.line, append([]byte(nil), o.Octets...))
			if e.rnd.Float64() < e.loss {
				e.peer.line = append(e.peer.line, append([]byte(nil), o.Octets...))
			}
		case Start:
			e.deadline[o.Timer], e.gen[o.Timer] = now+o.After, o.Gen
		case Stop:
			e.deadline[o.Timer] = 0
		case EstablishIndication, EstablishConfirm:
			e.resets++
			e.since = len(e.received)
		case DataIndication:
			if len(o.Octets) < 4 { // of a damaged or random frame
				break
			}
			e.received = append(e.received, binary.BigEndian.Uint32(o.Octets))
		}
	}
}

func (e *end) expire(now time.Duration) {
	for t := range numTimers {
		if d := e.deadline[t]; d != 0 && d <= now {
			e.deadline[t] = 0
			e.input(now, Input{Event: Expired, Timer: t, Gen: e.gen[t]})
		}
	}
}

// check holds an end to the promise of a data link: what comes up is in order, without a gap or a copy, unless layer 3 was
// told of a reset in between.
func (e *end) check() {
	e.t.Helper()
	for i := e.since + 1; i < len(e.received); i++ {
		if e.received[i] != e.received[i-1]+1 {
			for _, l := range (*e.log)[max(0, len(*e.log)-80):] {
				e.t.Log(l)
			}
			e.t.Fatalf("%s: %d comes after %d with no reset in between", e.name, e.received[i], e.received[i-1])
		}
	}
}

// Two links over a bad line with random requests, damaged and made-up frames, then over a good one: nothing panics, and in
// the end both are up with nothing left to send.
func TestTwoLinksOverABadLine(t *testing.T) {
	const runs, steps = 60, 1500
	for seed := range uint64(runs) {
		rnd := rand.New(rand.NewPCG(seed, 921))
		var log []string
		c := Config{K: 1 + rnd.IntN(7)}
		loss := []float64{0, 0.01, 0.05, 0.3}[rnd.IntN(4)]
		user := &end{t: t, rnd: rnd, link: New(c), name: "user", log: &log, loss: loss}
		c.Network = true
		network := &end{t: t, rnd: rnd, link: New(c), name: "network", log: &log, loss: loss, peer: user}
		user.peer = network
		ends := []*end{user, network}
		now := time.Duration(0)
		for step := range steps {
			e := ends[rnd.IntN(2)]
			if step == steps-200 { // from here on all is well
				user.loss, network.loss = 0, 0
				for _, e := range ends {
					e.input(now, Input{Event: AssignRequest})
					e.input(now, Input{Event: BusyClear})
				}
			}
			quiet := step >= steps-200
			switch r := rnd.IntN(100); {
			case r < 25:
				e.next++
				e.input(now, Input{Event: DataRequest, Octets: binary.BigEndian.AppendUint32(nil, e.next)})
			case r < 70 && len(e.line) > 0:
				b := e.line[0]
				e.line = e.line[1:]
				if !quiet && rnd.Float64() < e.loss/4 { // a damaged frame that passed the FCS
					b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
				}
				e.input(now, Input{Event: Received, Octets: b})
			case r < 90:
				now += time.Duration(rnd.IntN(400)) * time.Millisecond
				user.expire(now)
				network.expire(now)
			case quiet:
			case r < 92:
				e.input(now, Input{Event: EstablishRequest})
			case r < 93:
				e.input(now, Input{Event: ReleaseRequest})
			case r < 95:
				e.input(now, Input{Event: BusySet})
			case r < 98:
				e.input(now, Input{Event: BusyClear})
			case r < 99:
				e.input(now, Input{Event: Expired, Timer: Timer(rnd.IntN(2)), Gen: rnd.Uint32N(50)})
			default:
				e.input(now, Input{Event: Event(rnd.IntN(int(numEvents))), Octets: []byte{0, 1, byte(rnd.Uint32()), byte(rnd.Uint32())}})
			}
		}
		for i := 0; len(user.line)+len(network.line) > 0 && i < 100000; i++ {
			for _, e := range ends {
				if len(e.line) > 0 {
					b := e.line[0]
					e.line = e.line[1:]
					e.input(now, Input{Event: Received, Octets: b})
				}
			}
			now += 10 * time.Millisecond
			user.expire(now)
			network.expire(now)
		}
		for range 40 { // until T200 has done its work
			now += 500 * time.Millisecond
			for _, e := range ends {
				e.expire(now)
				if e.link.State() == Assigned {
					e.input(now, Input{Event: EstablishRequest})
				}
				for len(e.line) > 0 {
					b := e.line[0]
					e.line = e.line[1:]
					e.input(now, Input{Event: Received, Octets: b})
				}
				for len(e.peer.line) > 0 {
					b := e.peer.line[0]
					e.peer.line = e.peer.line[1:]
					e.peer.input(now, Input{Event: Received, Octets: b})
				}
			}
		}
		for _, e := range ends {
			if !e.link.Up() || e.link.Queued() != 0 {
				for _, l := range log[max(0, len(log)-60):] {
					t.Log(l)
				}
				t.Fatalf("seed %d: %s ends in %v with %d frames queued", seed, e.name, e.link.State(), e.link.Queued())
			}
			if e.link.State() == Established && e.link.Running(T200) {
				t.Errorf("seed %d: %s: T200 runs with nothing to wait for", seed, e.name)
			}
		}
	}
}

// Over a line that loses and doubles frames, information arrives in order and whole.
func TestInOrderOverALossyLine(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		var log []string
		user := &end{t: t, rnd: rnd, link: New(Config{}), name: "user", log: &log, loss: 0.05}
		network := &end{t: t, rnd: rnd, link: New(Config{Network: true}), name: "network", log: &log, loss: 0.05, peer: user}
		user.peer = network
		now := time.Duration(0)
		user.input(now, Input{Event: EstablishRequest})
		const frames = 500
		for i := 0; len(network.received) < frames && i < 200000; i++ {
			if user.link.Up() && user.next < frames && user.link.Queued() < 20 {
				user.next++
				user.input(now, Input{Event: DataRequest, Octets: binary.BigEndian.AppendUint32(nil, user.next)})
			}
			for _, e := range []*end{user, network} {
				if len(e.line) > 0 {
					b := e.line[0]
					e.line = e.line[1:]
					e.input(now, Input{Event: Received, Octets: b})
				}
			}
			now += 20 * time.Millisecond
			user.expire(now)
			network.expire(now)
		}
		user.check()
		network.check()
		if user.resets == 1 && network.resets == 1 && len(network.received) != frames {
			t.Errorf("seed %d: %d frames of %d", seed, len(network.received), frames)
		}
	}
}

func FuzzLink(f *testing.F) {
	f.Add([]byte{0, 1, 0x7f, 0, 1, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		l := New(Config{Network: true, Queue: 7})
		for len(b) > 1 {
			n := min(int(b[0]%8), len(b)-1)
			in := Input{Event: Event(b[0]>>3) % numEvents, Octets: b[1 : 1+n], Timer: Timer(n % 2), Gen: uint32(n)}
			for _, o := range l.Input(in) {
				if o.Action == Send {
					if _, err := Parse(o.Octets, true); err != nil {
						t.Fatalf("sends % x: %v", o.Octets, err)
					}
				}
			}
			if l.Queued() > 7 || l.unacknowledged() > l.queue.n {
				t.Fatalf("%d queued, %d unacknowledged", l.Queued(), l.unacknowledged())
			}
			b = b[1+n:]
		}
	})
}

func TestTransferAllocatesNothing(t *testing.T) {
	a, b := New(Config{}), New(Config{Network: true})
	var pump func(from, to *Link, out []Output)
	pump = func(from, to *Link, out []Output) {
		for _, o := range out {
			if o.Action == Send {
				pump(to, from, to.Input(Input{Event: Received, Octets: o.Octets}))
			}
		}
	}
	pump(a, b, a.Input(Input{Event: EstablishRequest}))
	info := make([]byte, 40)
	do := func() {
		pump(a, b, a.Input(Input{Event: DataRequest, Octets: info}))
		pump(b, a, b.Input(Input{Event: Flush}))
	}
	do()
	if n := testing.AllocsPerRun(100, do); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if b.Counters().Received[I] < 100 || a.Queued() != 0 {
		t.Errorf("received %d, queued %d", b.Counters().Received[I], a.Queued())
	}
}

// BenchmarkIFrame is an I frame and its RR, both ends.
func BenchmarkIFrame(b *testing.B) {
	x, y := New(Config{}), New(Config{Network: true})
	for _, o := range x.Input(Input{Event: EstablishRequest}) {
		if o.Action == Send {
			for _, p := range y.Input(Input{Event: Received, Octets: o.Octets}) {
				if p.Action == Send {
					x.Input(Input{Event: Received, Octets: p.Octets})
				}
			}
		}
	}
	info := make([]byte, 40)
	for b.Loop() {
		for _, o := range x.Input(Input{Event: DataRequest, Octets: info}) {
			if o.Action == Send {
				y.Input(Input{Event: Received, Octets: o.Octets})
			}
		}
		for _, o := range y.Input(Input{Event: Flush}) {
			if o.Action == Send {
				x.Input(Input{Event: Received, Octets: o.Octets})
			}
		}
	}
}
