package framing

import (
	"errors"
	"fmt"

	"tipring/tdm"
	"tipring/tdm/bert"
)

// Config describes one end of a line.
type Config struct {
	Framing  tdm.Framing
	LineCode tdm.LineCode
	CAS      bool // signalling bits in timeslot 16, or robbed from the timeslots of a T1
	// Clear are the timeslots of a T1 with CAS whose bits are not robbed: bit k is timeslot k.
	Clear uint32
	// DeclareMs and ClearMs are how long a defect lasts before it is a failure, and how long it is away before the failure
	// ends; when zero 2,500 and 10,000 (ANSI T1.231 6.2.2.1).
	DeclareMs, ClearMs int
}

const (
	defaultDeclareMs = 2500
	defaultClearMs   = 10000
	loopCodeMs       = 7000 // that an in-band loop code is sent: five seconds and a margin
	loopEchoMs       = 1000 // after a loop was ended in which our own codes may still come back
)

// A Framer is one end of a line.
//
// Its owner calls, once a millisecond of the end's clock, Send for what goes to the line, Receive with what came from it,
// then takes the frames with Frames and calls Tick.
type Framer struct {
	cfg      Config
	source   func(frame []byte)
	sender   *Sender
	receiver *Receiver
	coder    *Coder
	decoder  *Decoder
	los      losDetector
	ais      aisDetector
	failures *Integrator
	store    Store
	taken    [32]byte // the frame that is being taken out of it
	line     []byte

	loop    tdm.SpanLoop
	farLoop bool
	echo    echo  // symbols that a line or local loop holds back
	payload Store // frames that a payload loop holds back
	up      codeDetector
	down    codeDetector
	code    *repeater // in-band code being sent
	codeFor int       // ms
	asked   tdm.SpanLoop
	deaf    int // ms for which codes are ignored

	test     tdm.BERTStatus
	generate bert.Generator
	analyze  bert.Analyzer

	forceRAI bool
	defects  tdm.Alarms
	since    tdm.Alarms // every defect of this second
	before   tdm.SpanCounts
	far      farSeconds
	history  [4]tdm.FarSecond
	number   uint8
	message  []byte
}

// New returns an end that asks source for the payload of each frame that it sends.
func New(c Config, source func(frame []byte)) *Framer {
	f := &Framer{
		cfg: c, source: source, coder: NewCoder(c.LineCode), decoder: NewDecoder(c.LineCode),
		failures: NewIntegrator(c.DeclareMs, c.ClearMs),
		up:       codeDetector{repeater: newRepeater(loopUpBits, loopUpLen)},
		down:     codeDetector{repeater: newRepeater(loopDownBits, loopDownLen)},
	}
	f.sender = NewSender(c, f.next)
	f.receiver = NewReceiver(c, f.took)
	f.receiver.block = f.sender.farBlock
	f.ais.init(c.Framing)
	return f
}

// next fills a frame that is to be sent.
func (f *Framer) next(frame []byte) {
	switch {
	case f.loop == tdm.LoopPayload:
		f.payload.Get(frame)
		return
	case f.codeFor > 0 && f.code != nil:
		f.code.fill(frame[1:25])
		return
	}
	f.source(frame)
	if f.test.Pattern != tdm.PatternNone {
		for slots, k := f.test.Timeslots>>1, 1; slots != 0; slots, k = slots>>1, k+1 {
			if slots&1 != 0 {
				frame[k] = f.generate.Next()
			}
		}
	}
}

// took takes a frame that was received.
func (f *Framer) took(frame []byte) {
	f.store.Put(frame)
	if f.test.Pattern != tdm.PatternNone {
		for slots, k := f.test.Timeslots>>1, 1; slots != 0; slots, k = slots>>1, k+1 {
			if slots&1 != 0 {
				f.analyze.Write(frame[k])
			}
		}
	}
	if f.loop == tdm.LoopPayload {
		f.payload.Put(frame)
	}
	if !f.cfg.Framing.E1() && !f.cfg.Framing.ESF() {
		switch {
		case f.up.frame(frame[1:25]):
			f.command(LineLoopUp)
		case f.down.frame(frame[1:25]):
			f.command(LineLoopDown)
		}
	}
}

// Send makes the next symbols that go to the line, any number of octets of them.
func (f *Framer) Send(out Pulses) {
	n := len(out.Plus)
	if f.loop == tdm.LoopLine {
		f.echo.get(out)
		return
	}
	if cap(f.line) < n {
		f.line = make([]byte, n)
	}
	line := f.line[:n]
	if f.loop == tdm.LoopPayload {
		f.payload.Begin(tdm.Quantum)
	}
	f.sender.Read(line)
	f.coder.Encode(out, line)
	if f.loop == tdm.LoopLocal {
		f.echo.put(out)
		allOnes(out)
	}
}

// allOnes fills symbols with AIS.
func allOnes(out Pulses) {
	for i := range out.Plus {
		out.Plus[i], out.Minus[i] = 0xaa, 0x55
	}
}

// Receive takes symbols that came from the line, any number of octets of them.
func (f *Framer) Receive(in Pulses) {
	n := len(in.Plus)
	if cap(f.line) < n {
		f.line = make([]byte, n)
	}
	switch f.loop {
	case tdm.LoopLocal:
		f.echo.get(in)
	case tdm.LoopLine:
		f.echo.put(in)
	}
	line := f.line[:n]
	if f.cfg.LineCode != tdm.NRZ { // without pulses their absence means nothing
		f.los.write(in)
	}
	f.decoder.Decode(line, in)
	f.ais.write(line)
	f.receiver.Write(line)
	if c := f.receiver.link.command(); f.cfg.Framing.ESF() && c != noCode {
		f.command(c)
	}
}

// Frames takes the next n frames out of the elastic store. While there is nothing to believe they are all ones (ITU-T G.732
// 4.2, AIS towards the system).
func (f *Framer) Frames(n int, take func(frame []byte)) {
	if !f.receiver.aligned {
		f.store.Reset()
		f.payload.Reset()
	}
	f.store.Begin(n)
	for range n {
		f.store.Get(f.taken[:])
		take(f.taken[:])
	}
}

// ABCD returns the signalling bits received in a timeslot, SetABCD sets those that are sent.
func (f *Framer) ABCD(slot int) uint8 { return f.receiver.ABCD(slot) }

// SetABCD sets the signalling bits that are sent in a timeslot.
func (f *Framer) SetABCD(slot int, bits uint8) { f.sender.SetABCD(slot, bits) }

// Tick ends a millisecond: defects are judged, answered and integrated. It reports whether the status has changed.
func (f *Framer) Tick() (changed bool) {
	was, failed, loop := f.defects, f.failures.failures, f.loop
	f.defects = f.see()
	f.since |= f.defects
	f.failures.Tick(f.defects)

	bad := f.defects&tdm.RedAlarms != 0
	if !f.cfg.Framing.E1() {
		// A T1 answers the failure, not the defect (ANSI T1.403 9.1).
		bad = f.failures.failures&tdm.RedAlarms != 0
	}
	f.sender.rai = bad || f.forceRAI
	f.sender.link.yellow = f.sender.rai
	f.sender.blind = !f.receiver.aligned || !f.receiver.e1.multi
	f.sender.casRAI = f.defects&(tdm.LOMF16|tdm.RedAlarms) != 0
	if f.codeFor > 0 {
		f.codeFor--
	}
	if f.deaf > 0 && f.asked == tdm.LoopNone {
		f.deaf--
	}
	return was != f.defects || failed != f.failures.failures || loop != f.loop
}

// see returns the defects of this moment. One that is the consequence of another is not told.
func (f *Framer) see() (d tdm.Alarms) {
	r := f.receiver
	switch {
	case f.los.los:
		return tdm.LOS
	case f.ais.ais && !r.aligned:
		return tdm.AIS
	case !r.aligned:
		return tdm.LOF
	}
	if r.rai {
		d |= tdm.RAI
	}
	if r.framing == tdm.E1CRC4 && !r.e1.multi && !r.e1.noCRC {
		d |= tdm.LOMF
	}
	if r.framing.E1() && r.cas {
		switch {
		case r.ts16.ais:
			d |= tdm.AIS16
		case !r.ts16.aligned:
			d |= tdm.LOMF16
		case r.ts16.remote:
			d |= tdm.RAI16
		}
	}
	return d
}

// counts returns the cumulative counts.
func (f *Framer) counts() tdm.SpanCounts {
	c := f.receiver.counts
	repeated, deleted := f.store.Slips()
	return tdm.SpanCounts{
		LineCodeViolations: f.decoder.Violations(), PathViolations: c.path, FramingErrors: c.framing,
		FarEndBlocks: c.far + f.far.blocks, SevereFraming: c.losses, Realignments: c.moved,
		SlipsRepeated: repeated, SlipsDeleted: deleted,
	}
}

// Status returns what is seen of the line; At and ClockSource are the owner's.
func (f *Framer) Status() tdm.SpanStatus {
	t := f.test
	if t.Pattern != tdm.PatternNone {
		t.Sync, t.Bits, t.Errors, t.Losses = f.analyze.Status()
	}
	return tdm.SpanStatus{
		Defects: f.defects, Failures: f.failures.failures, Loop: f.loop, FarLoop: f.farLoop,
		NoCRC4: f.receiver.aligned && f.receiver.e1.noCRC, Counts: f.counts(), BERT: t,
	}
}

// Second ends a second of the end's clock: it returns what happened in it, and sends the performance report of an extended
// superframe.
func (f *Framer) Second() tdm.SpanSecond {
	now := f.counts()
	s := tdm.SpanSecond{Counts: now.Sub(f.before), Defects: f.since | f.defects}
	f.before, f.since = now, f.defects
	if !f.cfg.Framing.ESF() {
		return s
	}
	if f.receiver.link.reported {
		f.receiver.link.reported = false
		f.far.take(f.receiver.link.report)
	}
	s.Far = f.far.next()
	copy(f.history[1:], f.history[:3])
	f.history[0] = tdm.FarSecond{
		Valid: true, CRC: int(s.Counts.PathViolations), SevereFraming: s.Counts.SevereFraming > 0, FramingError: s.Counts.FramingErrors > 0,
		LineViolation: s.Counts.LineCodeViolations > 0, Slip: s.Counts.SlipsDeleted+s.Counts.SlipsRepeated > 0,
		PayloadLoop: f.loop == tdm.LoopPayload,
	}
	f.number++
	f.message = Performance{Seconds: f.history, Number: f.number}.Append(f.message[:0])
	f.sender.link.frames.Send(f.message)
	return s
}

var errNoLoopCode = errors.New("an E1 has no loop codes: make the loop at the far end itself")

// Check reports what is wrong with a command for a line, as far as that does not depend on the line's state.
func Check(f tdm.Framing, c tdm.SpanCommand) error {
	switch {
	case c.Op < tdm.SpanSetLoop || c.Op > tdm.SpanSetRAI:
		return fmt.Errorf("command %d is not known", c.Op)
	case c.Op == tdm.SpanSetLoop && c.Loop > tdm.LoopLocal:
		return fmt.Errorf("loop %d is not known", c.Loop)
	case c.Op == tdm.SpanSetBERT && c.Pattern > tdm.Alternating:
		return fmt.Errorf("pattern %d is not known", c.Pattern)
	case c.Op == tdm.SpanInsertErrors && c.N < 1:
		return fmt.Errorf("%d errors cannot be inserted", c.N)
	case c.Op != tdm.SpanSetFarLoop:
	case f.E1():
		return errNoLoopCode
	case c.Loop >= tdm.LoopLocal || c.Loop == tdm.LoopPayload && !f.ESF():
		return fmt.Errorf("%v has no code for that loop", f)
	}
	return nil
}

// Control carries out a command.
func (f *Framer) Control(c tdm.SpanCommand) error {
	if err := Check(f.cfg.Framing, c); err != nil {
		return err
	}
	switch c.Op {
	case tdm.SpanSetLoop:
		f.setLoop(c.Loop, false)
	case tdm.SpanSetFarLoop:
		f.askFar(c.Loop)
	case tdm.SpanSetBERT:
		f.setTest(c.Pattern, c.Timeslots)
	case tdm.SpanInsertErrors:
		if f.test.Pattern == tdm.PatternNone {
			return errors.New("errors are inserted into a test pattern, and no test runs")
		}
		f.generate.Insert(c.N)
	case tdm.SpanSetAIS:
		f.sender.ais = c.On
	case tdm.SpanSetRAI:
		f.forceRAI = c.On
	}
	return nil
}

func (f *Framer) setTest(p tdm.Pattern, slots uint32) {
	all := uint32(1)<<(f.cfg.Framing.Timeslots()+1) - 2
	if slots &= all; slots == 0 {
		slots = all
	}
	f.test = tdm.BERTStatus{Pattern: p, Timeslots: slots}
	if p == tdm.PatternNone {
		f.test.Timeslots = 0
		return
	}
	f.generate.Reset(p)
	f.analyze.Reset(p)
}

func (f *Framer) setLoop(l tdm.SpanLoop, far bool) {
	f.loop, f.farLoop = l, far && l != tdm.LoopNone
	f.echo.reset()
	f.payload.Reset()
}

// askFar sends a loop code. Our own codes come back through a loop: until it is ended they are not taken for the far end's.
func (f *Framer) askFar(l tdm.SpanLoop) {
	was := f.asked
	f.asked, f.deaf = l, loopEchoMs
	if f.cfg.Framing.ESF() {
		code := UniversalLoopDown
		switch {
		case l == tdm.LoopLine:
			code = LineLoopUp
		case l == tdm.LoopPayload:
			code = PayloadLoopUp
		case was == tdm.LoopLine:
			code = LineLoopDown
		case was == tdm.LoopPayload:
			code = PayloadLoopDown
		}
		f.sender.link.command(code)
		return
	}
	f.code, f.codeFor = &f.down.repeater, loopCodeMs
	if l == tdm.LoopLine {
		f.code = &f.up.repeater
	}
	f.deaf += loopCodeMs
}

// command obeys a loop code of the far end.
func (f *Framer) command(c Code) {
	if f.deaf > 0 {
		return
	}
	switch {
	case c == LineLoopUp && f.loop == tdm.LoopNone:
		f.setLoop(tdm.LoopLine, true)
	case c == PayloadLoopUp && f.loop == tdm.LoopNone:
		f.setLoop(tdm.LoopPayload, true)
	case !f.farLoop:
		// A loop that was made here is not the far end's to end.
	case c == UniversalLoopDown, c == LineLoopDown && f.loop == tdm.LoopLine, c == PayloadLoopDown && f.loop == tdm.LoopPayload:
		f.setLoop(tdm.LoopNone, false)
	}
}
