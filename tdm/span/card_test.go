package span

import (
	"testing"

	"tipring/tdm"
)

// A testCard is a card without a clock: every Exchange returns at once what its line functions say.
type testCard struct {
	info tdm.Info
	at   int64 // sample at which the next block begins
	line []testLine
	slip int // to be reported by the next Exchange
	// each is called at the end of an Exchange with both blocks filled.
	each    func(at int64, tx, rx tdm.Block)
	control []tdm.Command
	events  chan tdm.Event
}

// A testLine gives what a slot receives and keeps what it sent.
type testLine struct {
	octet   func(at int64) byte  // nil: silence
	sig     func(at int64) uint8 // nil: 0
	sent    []byte
	sentSig []uint8
}

func newTestCard(slots int, delay int) *testCard {
	c := &testCard{
		info:   tdm.Info{Name: "test", Law: tdm.ALaw, Slots: make([]tdm.Slot, slots), Delay: delay, SigResolution: 1},
		line:   make([]testLine, slots),
		events: make(chan tdm.Event, 64),
	}
	return c
}

func (c *testCard) Info() tdm.Info { return c.info }
func (c *testCard) Close() error   { return nil }

func (c *testCard) Exchange(tx, rx tdm.Block) (int, error) {
	slip := c.slip
	c.slip = 0
	c.at += int64(slip)
	for i := range c.line {
		l := &c.line[i]
		l.sent = append(l.sent, tx.Slot(i)...)
		l.sentSig = append(l.sentSig, tx.SigSlot(i)...)
		for j, out := 0, rx.Slot(i); j < len(out); j++ {
			out[j] = c.info.Law.Silence()
			if l.octet != nil {
				out[j] = l.octet(c.at + int64(j))
			}
		}
		for q, out := 0, rx.SigSlot(i); q < len(out); q++ {
			out[q] = 0
			if l.sig != nil {
				out[q] = l.sig(c.at + int64(q*tdm.Quantum))
			}
		}
	}
	if c.each != nil {
		c.each(c.at, tx, rx)
	}
	c.at += int64(tx.N)
	return slip, nil
}

// Control implements tdm.Controller: every command takes effect at the next block.
func (c *testCard) Control(slot int, cmd tdm.Command) {
	c.control = append(c.control, cmd)
	c.events <- tdm.Event{Slot: slot, At: c.at, ID: cmd.ID}
}

func (c *testCard) Events() <-chan tdm.Event { return c.events }

// A pcmLine receives samples.
func (c *testCard) receive(slot int, pcm func(at int64) int16) {
	c.line[slot].octet = func(at int64) byte { return c.info.Law.EncodeSample(pcm(at)) }
}

// heard is the signal that the line of a slot was sent, decoded.
func (c *testCard) heard(slot int) []int16 {
	out := make([]int16, len(c.line[slot].sent))
	c.info.Law.Decode(out, c.line[slot].sent)
	return out
}

func newTestPump(t testing.TB, card tdm.Card, blockMs int) *Pump {
	t.Helper()
	p, err := New(Config{Card: card, BlockMs: blockMs})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run steps the pump over at least n samples and returns the events but Ticks.
func run(t testing.TB, p *Pump, n int) []Event {
	t.Helper()
	var evs []Event
	for end := p.Now() + int64(n); p.Now() < end; {
		if err := p.step(); err != nil {
			t.Fatal(err)
		}
		evs = append(evs, drainEvents(p)...)
	}
	return evs
}

func drainEvents(p *Pump) []Event {
	var evs []Event
	for {
		select {
		case e := <-p.Events():
			if e.Kind != Tick {
				evs = append(evs, e)
			}
		default:
			return evs
		}
	}
}

// kinds returns the events of one kind.
func kinds(evs []Event, k EventKind) []Event {
	var out []Event
	for _, e := range evs {
		if e.Kind == k {
			out = append(out, e)
		}
	}
	return out
}

// A recorder is a leg that keeps what it hears and says what it is told.
type recorder struct {
	heard []int16
	first int64 // card time of heard[0]
	say   func(i int64) int16
	said  int64
	log   []string
	band  []bool
}

func (r *recorder) Tick(at int64, rx, tx []int16) {
	if r.heard == nil {
		r.first = at
	}
	r.heard = append(r.heard, rx...)
	for i := range tx {
		tx[i] = 0
		if r.say != nil {
			tx[i] = r.say(r.said)
		}
		r.said++
	}
}

func (r *recorder) VoiceBand(on bool) { r.band = append(r.band, on) }

// A samples source plays a slice.
type samples struct{ left []int16 }

func (s *samples) Read(dst []int16) int {
	n := copy(dst, s.left)
	s.left = s.left[n:]
	return n
}
