package link

import (
	"encoding/binary"
	"fmt"
	"time"

	"tipring/hw/link/wire"
)

// A request is one message to the card that wants an answer.
type request struct {
	t       wire.Type
	message []byte // header and body, and the CRC once it has been sent
	answer  []byte // body
	done    chan struct{}
	taken   chan struct{} // of HELLO: closed when the answer has been understood

	seq      uint16
	tries    int
	first    time.Time
	deadline time.Time
	frame    uint64 // count of its last frame
	own      bool   // the table's own TIME
}

// newRequest returns a request whose message has room for the header; the body is appended.
func (c *Conn) newRequest(t wire.Type) *request {
	r, ok := c.free.Get().(*request)
	if !ok {
		r = &request{message: make([]byte, 0, wire.MaxMessage), answer: make([]byte, 0, wire.MaxMessage), done: make(chan struct{}, 1)}
	}
	r.t, r.tries, r.own, r.taken = t, 0, false, nil
	r.message = wire.Begin(r.message[:0], t, c.session, 0)
	if t == wire.TypeHello {
		r.taken = make(chan struct{})
	}
	return r
}

// do sends a request and waits for its answer, for as long as the link lasts. After it has returned nil the caller owns r
// and gives it back with release.
func (c *Conn) do(r *request) error {
	if c.hello.Major != wire.Major && r.t != wire.TypeReset && (r.t < wire.TypeInfo || r.t > wire.TypeRollback) {
		return fmt.Errorf("%w: %d.%d, this program %d.%d", ErrVersion, c.hello.Major, c.hello.Minor, wire.Major, wire.Minor)
	}
	select {
	case c.requests <- r:
	case <-c.done:
		return c.err
	}
	select {
	case <-r.done:
		return nil
	case <-c.done:
		return c.err // the table may still hold r
	}
}

func (c *Conn) release(r *request) { c.free.Put(r) }

// A body is what a message's fields append.
type body interface{ Append([]byte) []byte }

// A parser reads a body.
type parser interface{ Parse([]byte) error }

// Call sends a request with a body (nil: none) and parses the answer's into answer.
func (c *Conn) call(t wire.Type, b body, answer parser) error {
	r := c.newRequest(t)
	if b != nil {
		r.message = b.Append(r.message)
	}
	if err := c.do(r); err != nil {
		return err
	}
	defer c.release(r)
	if err := answer.Parse(r.answer); err != nil {
		return fmt.Errorf("card link: answer to %s: %w", t, err)
	}
	return nil
}

// verdict is a call whose answer is a status alone.
func (c *Conn) verdict(t wire.Type, b body) (wire.Status, error) {
	var v wire.Verdict
	if err := c.call(t, b, &v); err != nil {
		return 0, err
	}
	return v.Status, check(t, v.Status, v.Fault)
}

// check makes an error of a status that is not OK, Pending or Busy.
func check(t wire.Type, s wire.Status, f wire.Fault) error {
	switch s {
	case wire.OK, wire.Pending, wire.Busy:
		return nil
	}
	return &StatusError{t, s, f}
}

// A table owns the requests in flight, their timers and the order of events. It runs in one goroutine.
type table struct {
	c       *Conn
	window  uint16 // 0 until the card has been greeted
	next    uint16 // sequence number of the next request
	oldest  uint16 // that has not been answered
	flight  [8]*request
	waiting []*request // of the table's own, for a place in the window
	timer   *time.Timer
	sync    time.Time // when the next TIME is due
	event   uint32    // number of the next event, 0 before the first
	ack     []byte
	acks    uint16
}

func newTable(c *Conn) *table {
	return &table{c: c, next: 1, oldest: 1, timer: time.NewTimer(0), ack: make([]byte, 0, 16)}
}

func (t *table) run(hello *request) {
	defer t.timer.Stop()
	if !t.greet(hello) {
		return
	}
	t.sync = time.Now()
	for {
		in := t.c.requests
		if t.next-t.oldest >= t.window {
			in = nil
		} else if len(t.waiting) > 0 {
			t.launch(t.waiting[0])
			t.waiting = t.waiting[:0]
			continue
		}
		t.timer.Reset(time.Until(t.due()))
		select {
		case r := <-in:
			t.launch(r)
		case a := <-t.c.arrivals:
			t.arrive(a)
		case <-t.timer.C:
			t.expire(time.Now())
		case <-t.c.done:
			return
		}
	}
}

// greet repeats HELLO until it is answered.
func (t *table) greet(hello *request) bool {
	hello.message = wire.End(hello.message, 0)
	for {
		t.c.control.push(&t.c.control.control, hello.message)
		t.timer.Reset(greetAgain)
		for again := false; !again; {
			select {
			case a := <-t.c.arrivals:
				if a.Type != wire.TypeHello|wire.Answer || a.Seq != 0 {
					arrivalPool.Put(a)
					continue
				}
				hello.answer = append(hello.answer[:0], a.Body...)
				arrivalPool.Put(a)
				hello.done <- struct{}{}
				select {
				case <-hello.taken:
					t.window = uint16(t.c.hello.Window)
					return true
				case <-t.c.done:
					return false
				}
			case <-t.timer.C:
				again = true
			case <-t.c.done:
				return false
			}
		}
	}
}

// due is when the table has to look at its requests again.
func (t *table) due() time.Time {
	at := t.sync
	for _, r := range t.flight {
		if r != nil && r.deadline.Before(at) {
			at = r.deadline
		}
	}
	return at
}

func (t *table) launch(r *request) {
	r.seq = t.next
	t.next++
	binary.LittleEndian.PutUint16(r.message[2:], r.seq)
	r.message = wire.End(r.message, 0)
	t.flight[r.seq%t.window] = r
	r.first = time.Now()
	t.send(r, r.first)
	t.c.stats.requests.Add(1)
}

func (t *table) send(r *request, now time.Time) {
	r.frame, _ = t.c.control.push(&t.c.control.control, r.message)
	r.deadline = now.Add(repeats[r.tries])
}

func (t *table) expire(now time.Time) {
	if silent := now.Sub(t.c.began) - time.Duration(t.c.heard.Load()); silent > lostAfter {
		t.c.fail(fmt.Errorf("%w: nothing heard for %v", ErrLost, silent.Round(time.Millisecond)))
		return
	}
	for _, r := range t.flight {
		if r == nil || now.Before(r.deadline) {
			continue
		}
		switch {
		case !t.c.control.written(r.frame): // the stream holds us up: the card cannot have answered
			r.deadline = now.Add(repeats[r.tries])
		case r.tries == len(repeats)-1:
			t.c.fail(fmt.Errorf("%w: %s has not been answered within %v", ErrLost, r.t, now.Sub(r.first).Round(time.Millisecond)))
			return
		default:
			r.tries++
			t.c.stats.repeats.Add(1)
			t.send(r, now)
		}
	}
	if !now.Before(t.sync) {
		t.sync = now.Add(keepAlive)
		if len(t.waiting) == 0 {
			r := t.c.newRequest(wire.TypeTime)
			r.message = wire.Time{Host: uint64(now.Sub(t.c.began).Microseconds())}.Append(r.message)
			r.own = true
			t.waiting = append(t.waiting, r)
		}
	}
}

func (t *table) arrive(a *arrival) {
	defer arrivalPool.Put(a)
	if a.Type == wire.TypeEvent {
		t.takeEvent(a.Body)
		return
	}
	r := t.flight[a.Seq%t.window]
	if r == nil || r.seq != a.Seq || a.Type != r.t|wire.Answer {
		t.c.stats.twice.Add(1)
		return
	}
	t.flight[a.Seq%t.window] = nil
	for t.oldest != t.next && t.flight[t.oldest%t.window] == nil {
		t.oldest++
	}
	r.answer = append(r.answer[:0], a.Body...)
	if r.own {
		var answer wire.TimeAnswer
		if answer.Parse(r.answer) == nil && answer.Status == wire.OK && r.tries == 0 {
			t.c.clock.add(answer, time.Since(t.c.began))
		}
		t.c.release(r)
		return
	}
	r.done <- struct{}{}
}

// takeEvent takes the events in order and acknowledges what has been taken.
func (t *table) takeEvent(body []byte) {
	var e wire.Event
	if e.Parse(body) != nil {
		t.c.stats.malformed.Add(1)
		return
	}
	if t.event == 0 {
		t.event = e.Oldest
	}
	if gap := int32(e.Oldest - t.event); gap > 0 {
		t.c.stats.eventsLost.Add(uint32(gap))
		t.event = e.Oldest
	}
	switch behind := int32(t.event - e.Number); {
	case behind < 0:
		return // one before it is on its way again
	case behind == 0:
		if !t.c.deliver(e) {
			return
		}
		t.event++
	}
	t.ack = wire.EventAck{Number: t.event - 1}.Append(wire.Begin(t.ack[:0], wire.TypeEventAck, t.c.session, t.acks))
	t.acks++
	t.ack = wire.End(t.ack, 0)
	t.c.control.push(&t.c.control.control, t.ack)
}

// deliver hands an event on, and reports false when there is no room for it.
func (c *Conn) deliver(e wire.Event) bool {
	if e.Kind == wire.EventInterrupt {
		if int(e.Line) < len(c.edges) {
			select {
			case c.edges[e.Line] <- struct{}{}:
			default: // an edge that nobody has seen yet stands for this one too
			}
		}
		c.stats.events.Add(1)
		return true
	}
	select {
	case c.events <- e:
		c.stats.events.Add(1)
		return true
	default:
		return false
	}
}
