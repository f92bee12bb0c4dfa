package tdm

import "strings"

// A SpanCard is a Card whose bearer slots are timeslots of E1, T1 or J1 lines. Found by type assertion.
//
// Its octets are the timeslots' own, bit for bit: whether a slot is voice or clear is its user's matter. Sig carries the
// ABCD bits of a slot in bits 3 to 0 both ways where the span has channel-associated signalling, and nothing elsewhere.
type SpanCard interface {
	Card
	// Spans describes the lines; it does not change while the card is open.
	Spans() []SpanInfo
	// SpanStatus returns what a line was at the end of the last Exchange. It is safe beside Exchange and never blocks.
	SpanStatus(span int) SpanStatus
	// SpanReports delivers a report at each change of a line's alarms, loops or clock, and one at the end of each second of
	// the card's time. The channel is never closed; a report that finds it full is dropped and counted in the next one.
	SpanReports() <-chan SpanReport
}

// A SpanController is a SpanCard that can loop, test and disturb its lines. Found by type assertion.
type SpanController interface {
	// SpanControl queues a command, which takes effect at a block boundary and shows in SpanStatus. It never blocks, is safe
	// beside Exchange, and returns an error for what the card cannot do.
	SpanControl(span int, c SpanCommand) error
}

// SpanInfo describes one line of a SpanCard.
type SpanInfo struct {
	Name     string // stable name: "span1"
	First    int    // slot of the card that is timeslot 1; timeslot k is slot First+k-1, to Framing.Timeslots
	Framing  Framing
	LineCode LineCode
	CAS      bool // Sig carries ABCD bits
	// ClockPriority orders the lines as the card's clock source: the sound one with the lowest is taken; 0: never.
	ClockPriority int
}

// Framing is a frame structure of ITU-T G.704, or of ANSI T1.403 where that differs.
type Framing uint8

// The frame structures.
const (
	E1CRC4        Framing = iota // 2.3.3: CRC-4 multiframe
	E1DoubleFrame                // 2.3.2: without CRC
	T1ESF                        // 2.1.3.1: extended superframe of 24 frames
	T1SF                         // 2.1.3.2: superframe of 12 frames, D4
	J1ESF                        // TTC JT-G704: CRC-6 over the F bits too, remote alarm of its own
	J1SF                         // TTC JT-G704: remote alarm in the F bit of frame 12
)

var framingNames = [...]string{"E1 CRC-4", "E1 doubleframe", "T1 ESF", "T1 SF", "J1 ESF", "J1 SF"}

// String returns the name for people.
func (f Framing) String() string { return framingNames[f] }

// E1 reports whether the line is one of 2,048 kbit/s; else it has 1,544 kbit/s.
func (f Framing) E1() bool { return f <= E1DoubleFrame }

// ESF reports whether the line has the extended superframe.
func (f Framing) ESF() bool { return f == T1ESF || f == J1ESF }

// Japanese reports whether the line is a J1.
func (f Framing) Japanese() bool { return f >= J1ESF }

// Timeslots is the number of timeslots that carry payload or signalling, numbered from 1: 31 or 24.
func (f Framing) Timeslots() int {
	if f.E1() {
		return 31
	}
	return 24
}

// Bits is the length of a frame: 256 or 193.
func (f Framing) Bits() int {
	if f.E1() {
		return 256
	}
	return 193
}

// LineCode is how bits become pulses.
type LineCode uint8

// The line codes.
const (
	HDB3 LineCode = iota // ITU-T G.703 Annex A: E1
	B8ZS                 // ITU-T G.703 Annex A: T1
	AMI                  // alternate mark inversion alone
	NRZ                  // bits and no pulses: a line over packets
)

// String returns the name for people.
func (c LineCode) String() string { return [...]string{"HDB3", "B8ZS", "AMI", "NRZ"}[c] }

// Alarms is a set of conditions of a received line. As defects they are what is seen at this moment, as failures what has
// persisted (ANSI T1.231 6.2.2: 2.5 s to declare, 10 s to clear).
type Alarms uint16

// The conditions, worst first.
const (
	LOS       Alarms = 1 << iota // no signal (ITU-T G.775 4.2)
	AIS                          // all ones (ITU-T G.775 5.2)
	LOF                          // no frame alignment
	LOMF                         // frame alignment but no CRC-4 multiframe (ITU-T G.706 4.2)
	RAI                          // the far end says that it does not receive us
	LOMF16                       // no CAS multiframe in timeslot 16 (ITU-T G.732 5.2)
	AIS16                        // all ones in timeslot 16
	RAI16                        // the far end has lost our CAS multiframe
	alarmsEnd                    // the first bit that is no condition
)

var alarmNames = [...]string{"los", "ais", "lof", "lomf", "rai", "lomf16", "ais16", "rai16"}

// RedAlarms are the conditions under which nothing of the received payload is to be believed.
const RedAlarms = LOS | AIS | LOF

// String lists the conditions by the names used in logs and metrics, or "ok".
func (a Alarms) String() string {
	if a == 0 {
		return "ok"
	}
	var b strings.Builder
	for i, name := range alarmNames {
		if a&(1<<i) != 0 {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(name)
		}
	}
	return b.String()
}

// Each calls f with every condition there is and its name.
func (Alarms) Each(f func(a Alarms, name string)) {
	for i, name := range alarmNames {
		f(1<<i, name)
	}
}

// SpanLoop is a loopback of a line.
type SpanLoop uint8

// The loopbacks.
const (
	LoopNone    SpanLoop = iota
	LoopLine             // what comes from the line goes back to it, bit for bit
	LoopPayload          // the timeslots that come from the line go back in frames of our own
	LoopLocal            // what we send comes back to us; the line gets AIS
)

// String returns the name that the command line uses.
func (l SpanLoop) String() string { return [...]string{"none", "line", "payload", "local"}[l] }

// Pattern is a bit sequence of a bit error rate test.
type Pattern uint8

// The patterns, by ITU-T O.150 and its neighbours.
const (
	PatternNone Pattern = iota
	PRBS9               // 2^9-1
	PRBS11              // 2^11-1
	PRBS15              // 2^15-1, inverted
	QRSS                // 2^20-1 with no more than 14 zeros in sequence
	PRBS20              // 2^20-1
	PRBS23              // 2^23-1, inverted
	ThreeIn24           // 010001000000000000000100
	OneIn8              // 01000000
	AllOnes             // 1
	Alternating         // 10
)

var patternNames = [...]string{"none", "2^9-1", "2^11-1", "2^15-1", "qrss", "2^20-1", "2^23-1", "3in24", "1in8", "ones", "alternating"}

// String returns the name that the command line uses.
func (p Pattern) String() string { return patternNames[p] }

// ParsePattern returns the pattern of that name.
func ParsePattern(name string) (Pattern, bool) {
	for i, n := range patternNames {
		if n == name {
			return Pattern(i), true
		}
	}
	return 0, false
}

// SpanCounts are what a line counts; the keys of its JSON form are fixed. Every count is cumulative in a SpanStatus and of one second in a report's Second.
type SpanCounts struct {
	LineCodeViolations uint64 `json:"line_code_violations"` // pulses against the line code's rule
	PathViolations     uint64 `json:"path_violations"`      // blocks with a wrong CRC-4 or CRC-6
	FramingErrors      uint64 `json:"framing_errors"`       // wrong alignment bits (T1) or words (E1)
	FarEndBlocks       uint64 `json:"far_end_blocks"`       // errored blocks that the far end reports: E bits, or performance report messages
	SevereFraming      uint64 `json:"severe_framing"`       // losses of frame alignment (severely errored framing, ANSI T1.231 6.1.1.2.2)
	Realignments       uint64 `json:"realignments"`         // changes of frame alignment: the frame was found elsewhere
	SlipsRepeated      uint64 `json:"slips_repeated"`       // frames repeated since the far end's clock is slower
	SlipsDeleted       uint64 `json:"slips_deleted"`        // frames deleted since it is faster
}

// Sub returns c less an earlier o.
func (c SpanCounts) Sub(o SpanCounts) SpanCounts {
	return SpanCounts{
		c.LineCodeViolations - o.LineCodeViolations, c.PathViolations - o.PathViolations, c.FramingErrors - o.FramingErrors,
		c.FarEndBlocks - o.FarEndBlocks, c.SevereFraming - o.SevereFraming, c.Realignments - o.Realignments,
		c.SlipsRepeated - o.SlipsRepeated, c.SlipsDeleted - o.SlipsDeleted,
	}
}

// BERTStatus is the state of a bit error rate test.
type BERTStatus struct {
	Pattern   Pattern // PatternNone: no test
	Timeslots uint32  // bit k: timeslot k is tested
	Sync      bool    // the receiver follows the pattern
	Bits      uint64  // compared while in synchronism
	Errors    uint64
	Losses    uint64 // of synchronism
}

// A SpanStatus is what can be seen of a line.
type SpanStatus struct {
	At       int64  // card time in samples
	Defects  Alarms // seen now
	Failures Alarms // persistent, integrated
	Loop     SpanLoop
	FarLoop  bool // the loop is there since the far end asked for it by a loop code
	// ClockSource: the card's clock is recovered from this line.
	ClockSource bool
	// NoCRC4: an E1CRC4 line works without it, since the far end does not send it (ITU-T G.706 Annex B).
	NoCRC4 bool
	Counts SpanCounts
	BERT   BERTStatus
}

// A SpanReport is a line's news.
type SpanReport struct {
	Span   int
	Status SpanStatus
	// Timed: this report ends a second, which Second tells of.
	Timed  bool
	Second SpanSecond
	// Dropped is the number of reports of this card that found the channel full since the last one that did not.
	Dropped int
}

// A SpanSecond is what happened in one second of a line.
type SpanSecond struct {
	Counts  SpanCounts
	Defects Alarms // each that was there at any moment of the second
	// Far is what the far end has told of one of its seconds; at 2,048 kbit/s the count of E bits says it.
	Far FarSecond
}

// A FarSecond is one second as a performance report message tells it (ANSI T1.403 9.4.2.2).
type FarSecond struct {
	Valid bool
	// CRC is the lowest number of CRC errors that the report allows: 0, 1, 2, 6, 11, 101 or 320.
	CRC           int
	SevereFraming bool // SE
	FramingError  bool // FE
	LineViolation bool // LV
	Slip          bool // SL
	PayloadLoop   bool // LB
}

// SpanOp is what a SpanCommand asks for.
type SpanOp uint8

// The commands.
const (
	SpanSetLoop      SpanOp = iota + 1 // make Loop here; LoopNone ends any
	SpanSetFarLoop                     // ask the far end for Loop (line or payload) by a loop code, or by LoopNone to end any
	SpanSetBERT                        // test with Pattern in Timeslots; PatternNone ends the test
	SpanInsertErrors                   // invert N bits of the test pattern, each in another octet
	SpanSetAIS                         // send AIS while On
	SpanSetRAI                         // send a remote alarm while On, whatever is received
)

// A SpanCommand is one instruction to a line.
type SpanCommand struct {
	Op        SpanOp
	Loop      SpanLoop
	Pattern   Pattern
	Timeslots uint32 // bit k: timeslot k; 0 is all
	N         int
	On        bool
}
