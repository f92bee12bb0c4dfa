package linktest

import (
	"time"

	"tipring/hw/link/wire"
)

// Times of the protocol, card side.
const (
	hostLost    = 1000 // ms
	eventAgain  = 200
	lowAgain    = 100
	resetAfter  = 50
	keptEvents  = 64
	upQueue     = 256
	downlinkMax = 250
)

// A machine is the card's end of the protocol: octets and milliseconds in, frames out.
type machine struct {
	hello   wire.HelloAnswer
	hw      Hardware
	flash   *Flash
	stats   wire.Statistics
	crash   wire.Crash
	ms      uint32 // since the start: the tick
	session uint8  // 0: none
	nonce   uint32
	heard   uint32 // ms of the last valid message
	resetAt uint32 // ms at which the card resets, 0: it does not
	stay    bool   // in the bootloader, after that reset

	decoders [2]wire.Decoder
	out      [2]outbox
	scratch  []byte // the message that is being made
	asked    wire.Transfer
	got      []byte // by a transfer
	reply    wire.TransferAnswer
	down, up [64]byte
	rx       [8]byte
	kept     []kept
	upSeq    uint16
	eventSeq uint16

	pcm    pcm
	slots  [64]slot
	events events
}

// An outbox is the frames that wait for one stream.
type outbox struct{ media, control queue }

// A queue keeps its frames' memory.
type queue struct {
	frames [][]byte
	n      int // that wait
}

func (q *queue) push(message []byte) {
	if q.n == len(q.frames) {
		q.frames = append(q.frames, make([]byte, 0, wire.MaxFrame+2))
	}
	q.frames[q.n] = wire.AppendFrame(q.frames[q.n][:0], message)
	q.n++
}

// pop appends the first frame to buf.
func (q *queue) pop(buf []byte) []byte {
	first := q.frames[0]
	buf = append(buf, first...)
	copy(q.frames, q.frames[1:q.n])
	q.n--
	q.frames[q.n] = first
	return buf
}

type kept struct {
	seq    uint16
	answer []byte // message
}

func newMachine(hello wire.HelloAnswer, hw Hardware, flash *Flash) *machine {
	m := &machine{hello: hello, hw: hw, flash: flash, kept: make([]kept, hello.Window)}
	m.events.next = 1
	m.pcm.init(int(hello.DownlinkMs))
	return m
}

// input takes octets off stream i.
func (m *machine) input(i int, data []byte) {
	d := &m.decoders[i]
	for {
		before := d.Faults
		msg, rest, ok := d.Next(data)
		m.stats.CRC += d.CRC - before.CRC
		m.stats.Frame += d.Faults.Frame - before.Frame
		if !ok {
			return
		}
		data = rest
		m.message(msg)
	}
}

func (m *machine) message(msg wire.Message) {
	if msg.Type == wire.TypeHello {
		m.greet(msg)
		return
	}
	if msg.Session != m.session || m.session == 0 {
		m.stats.Stale++
		return
	}
	m.heard = m.ms
	switch {
	case msg.Type.Request():
		m.request(msg)
	case msg.Type == wire.TypeDown:
		m.stats.DownReceived++
		var p wire.PCM
		if p.Parse(msg.Body) == nil {
			m.pcm.take(p, m.ms, &m.stats)
		}
	case msg.Type == wire.TypeEventAck:
		var a wire.EventAck
		if a.Parse(msg.Body) == nil {
			m.events.acknowledge(a.Number, m.ms)
		}
	}
}

func (m *machine) greet(msg wire.Message) {
	var h wire.Hello
	if h.Parse(msg.Body) != nil || msg.Session == 0 {
		return
	}
	if msg.Session != m.session || h.Nonce != m.nonce {
		m.session, m.nonce = msg.Session, h.Nonce
		m.pcm.running = false
		for i := range m.kept {
			m.kept[i] = kept{answer: m.kept[i].answer[:0]}
		}
		m.events.again = m.ms
	}
	m.heard = m.ms
	answer := m.hello
	answer.UptimeMs = m.ms
	m.send(&m.out[0].control, wire.TypeHello|wire.Answer, 0, answer)
}

type body interface{ Append([]byte) []byte }

// send queues a message and returns it.
func (m *machine) send(q *queue, t wire.Type, seq uint16, b body) []byte {
	m.scratch = wire.End(b.Append(wire.Begin(m.scratch[:0], t, m.session, seq)), 0)
	q.push(m.scratch)
	return m.scratch
}

func (m *machine) request(msg wire.Message) {
	k := &m.kept[int(msg.Seq)%len(m.kept)]
	switch newer := int16(msg.Seq - k.seq); {
	case newer == 0 && len(k.answer) > 0:
		m.stats.Again++
		m.out[0].control.push(k.answer)
	case newer > 0:
		m.stats.Requests++
		answer := m.send(&m.out[0].control, msg.Type|wire.Answer, msg.Seq, m.carryOut(msg))
		k.seq, k.answer = msg.Seq, append(k.answer[:0], answer...)
	default:
		m.stats.Old++
	}
}

// mediaStream is the stream that up frames go over.
func (m *machine) mediaStream() int {
	if m.hello.Features&wire.FeatureTwoStreams != 0 {
		return 1
	}
	return 0
}

// tick advances a millisecond; reset is true when the card resets now.
func (m *machine) tick() (reset bool) {
	if m.session != 0 && m.ms-m.heard >= hostLost {
		m.lostHost()
	}
	m.tickPCM()
	m.tickInterrupts()
	m.tickEvents()
	m.flash.tick()
	m.ms++
	return m.resetAt != 0 && m.ms >= m.resetAt
}

func (m *machine) lostHost() {
	m.session = 0
	m.stats.HostLost++
	m.pcm.running = false
	for i := range m.slots {
		if s := &m.slots[i]; s.drive.N > 0 {
			m.driveTo(s, s.drive.Lost)
		}
	}
	m.events.add(m, wire.EventHostLost, 0, "")
}

// next appends the next frame for stream i to buf: the classes take turns.
func (m *machine) next(i int, buf []byte, lastMedia bool) (frame []byte, media bool) {
	o := &m.out[i]
	media = o.media.n > 0 && !(lastMedia && o.control.n > 0)
	switch {
	case media:
		return o.media.pop(buf), true
	case o.control.n > 0:
		return o.control.pop(buf), false
	}
	return nil, false
}

// An events is what has not been acknowledged.
type events struct {
	list  []wire.Event
	next  uint32
	again uint32 // ms at which to send from the oldest on
	new   int    // at the end of list, not sent yet
	low   [256]struct {
		was     bool
		pending uint32 // number of the event that is not acknowledged, 0: none
		again   uint32 // ms
	}
}

func (e *events) add(m *machine, k wire.EventKind, line uint8, text string) uint32 {
	if len(e.list) == keptEvents {
		e.list = e.list[:copy(e.list, e.list[1:])]
		m.stats.EventsLost++
	}
	e.list = append(e.list, wire.Event{Number: e.next, Tick: m.ms, Kind: k, Line: line, Text: text})
	e.new = min(e.new+1, len(e.list))
	e.next++
	m.stats.Events++
	return e.next - 1
}

func (e *events) acknowledge(number, ms uint32) {
	n := 0
	for n < len(e.list) && int32(number-e.list[n].Number) >= 0 {
		n++
	}
	if n > 0 {
		e.list = e.list[:copy(e.list, e.list[n:])]
		e.new = min(e.new, len(e.list))
		e.again = ms + eventAgain
	}
	for i := range e.low {
		if l := &e.low[i]; l.pending != 0 && int32(number-l.pending) >= 0 {
			l.pending, l.again = 0, ms+lowAgain
		}
	}
}

func (m *machine) tickInterrupts() {
	for i := range int(m.hello.Interrupts) {
		l := &m.events.low[i]
		low := m.hw.Interrupt(i)
		if low && (!l.was || l.pending == 0 && int32(m.ms-l.again) >= 0) && l.pending == 0 {
			l.pending = m.events.add(m, wire.EventInterrupt, uint8(i), "")
		}
		l.was = low
	}
}

func (m *machine) tickEvents() {
	e := &m.events
	if m.session == 0 || len(e.list) == 0 {
		e.again = m.ms + eventAgain
		return
	}
	from := len(e.list) - e.new
	if int32(m.ms-e.again) >= 0 {
		m.stats.EventsAgain += uint32(from)
		from, e.again = 0, m.ms+eventAgain
	}
	if from == len(e.list) {
		return
	}
	for _, ev := range e.list[from:] {
		ev.Oldest = e.list[0].Number
		m.send(&m.out[0].control, wire.TypeEvent, m.eventSeq, ev)
		m.eventSeq++
	}
	e.new = 0
}

// stamp is the card's time in us.
func (m *machine) stamp() uint64 { return uint64(m.ms) * uint64(time.Millisecond/time.Microsecond) }
