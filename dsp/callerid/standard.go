package callerid

import (
	"tipring/dsp/fsk"
	"tipring/dsp/level"
)

// Physical is how a message is modulated.
type Physical uint8

// The ways; None sends nothing.
const (
	None Physical = iota
	Bell202
	V23
	DTMF
	V23Loop // by V.23 on a line that the called side has looped: NTT's
)

// String returns the name that tone tables use.
func (p Physical) String() string {
	return [...]string{"none", "bell202", "v23", "dtmf", "jclip"}[min(p, V23Loop)]
}

func (p Physical) spec() fsk.Spec {
	if p == Bell202 {
		return fsk.Bell202
	}
	return fsk.V23
}

// Alert is what announces a message, EN 300 659-1 §6.
type Alert uint8

// The ways. All but AfterRing come before the first ring that counts.
const (
	AfterRing        Alert = iota // the first ring itself; the message is sent in the pause behind it
	Unannounced                   // nothing: the message is sent on an idle line
	DTAS                          // dual-tone alerting signal
	RingPulse                     // ring pulse alerting signal (RP-AS)
	LineReversal                  // reversal of polarity, kept until the first ring
	LineReversalDTAS              // both
	LoopClosure                   // reversal and short rings, until the called side closes the loop; NTT's
)

// A Standard is a way of sending caller identification: modulation, layout, and the order of events on the line. The
// line machine plays the events before and after the Transmitter's audio:
//
//	AfterRing         ring, AfterAlertMs, audio, BeforeRingMs, ring
//	Unannounced, DTAS audio, BeforeRingMs, ring
//	RingPulse         ring for RingPulseMs, AfterAlertMs, audio, BeforeRingMs, ring
//	LineReversal...   reversal, AfterAlertMs, audio, BeforeRingMs, ring (and the polarity back)
//	LoopClosure       reversal, ReversalMs, rings of RingPulseMs until the loop closes, AfterAlertMs, audio, the loop opens
//	                  within LoopOpenMs, BeforeRingMs, ring (the polarity back at answer)
//
// Times are least values in milliseconds; the audio begins with DT-AS and GapMs where the Alert has one.
type Standard struct {
	Name     string
	Physical Physical
	Alert    Alert
	Format   Format
	Clause   string

	AfterAlertMs int // silence between alert and audio
	DTASMs       int // length of the dual tone, 0: none
	GapMs        int // silence between dual tone and data
	RingPulseMs  int // length of the ring pulse, or of each short ring and the pause behind it
	BeforeRingMs int // silence between audio and ring

	// LoopClosure: silence between reversal and short rings, how long those go on, and how long the loop may stay closed behind the
	// message before a handset must have been lifted.
	ReversalMs, LoopCloseMs, LoopOpenMs int

	SeizureBits, MarkBits, TailBits int // FSK: alternating bits, marks before and after the message
	MaxName                         int // FSK: longest name that telephones show

	DTMFForm          DTMFForm
	ToneMs, TonePause int // DTMF

	DBm0 level.DBm0 // of the data, at the exchange or its replacement
}

// Tones of the dual-tone alerting signal, EN 300 659-1 §6.2.1, each.
const (
	dtasLowHz  = 2130
	dtasHighHz = 2750
)

// Standards, by name. Times are from the documents in Clause as known to the author, inside their windows: GR-30-CORE lets
// data begin 0.5 to 1.5 s after the first ring; EN 300 659-1 lets it begin 45 to 75 ms after DT-AS, 500 to 800 ms after a
// ring pulse of 200 to 300 ms, at least 100 ms after a reversal, and wants 200 to 500 ms from the data to the first ring.
var standards = []Standard{
	{Name: "bell202", Physical: Bell202, Alert: AfterRing, Clause: "GR-30-CORE §2.4, on-hook",
		AfterAlertMs: 500, BeforeRingMs: 200, SeizureBits: 300, MarkBits: 180, TailBits: 4, MaxName: 15, DBm0: -13.5},
	{Name: "bell202-sdmf", Physical: Bell202, Alert: AfterRing, Format: SDMF, Clause: "GR-31-CORE (calling number delivery)",
		AfterAlertMs: 500, BeforeRingMs: 200, SeizureBits: 300, MarkBits: 180, TailBits: 4, DBm0: -13.5},
	{Name: "etsi-ring", Physical: V23, Alert: AfterRing, Clause: "EN 300 659-1 §6.1.1, data transmission during ringing",
		AfterAlertMs: 500, BeforeRingMs: 200, SeizureBits: 300, MarkBits: 180, TailBits: 4, MaxName: 50, DBm0: -13.5},
	{Name: "etsi-dtas", Physical: V23, Alert: DTAS, Clause: "EN 300 659-1 §6.1.2, prior to ringing with DT-AS",
		DTASMs: 100, GapMs: 60, BeforeRingMs: 250, SeizureBits: 300, MarkBits: 180, TailBits: 4, MaxName: 50, DBm0: -13.5},
	{Name: "etsi-rpas", Physical: V23, Alert: RingPulse, Clause: "EN 300 659-1 §6.1.2, prior to ringing with RP-AS",
		RingPulseMs: 250, AfterAlertMs: 600, BeforeRingMs: 250, SeizureBits: 300, MarkBits: 180, TailBits: 4, MaxName: 50, DBm0: -13.5},
	{Name: "etsi-lr", Physical: V23, Alert: LineReversalDTAS, Clause: "EN 300 659-1 §6.1.2, prior to ringing with line reversal and DT-AS",
		AfterAlertMs: 150, DTASMs: 100, GapMs: 60, BeforeRingMs: 250, SeizureBits: 300, MarkBits: 180, TailBits: 4, MaxName: 50, DBm0: -13.5},
	{Name: "sin227", Physical: V23, Alert: LineReversalDTAS, Clause: "BT SIN 227 §3: idle state tone alert 88 to 110 ms at least 100 ms after the reversal",
		AfterAlertMs: 150, DTASMs: 100, GapMs: 60, BeforeRingMs: 250, SeizureBits: 300, MarkBits: 80, TailBits: 4, MaxName: 20, DBm0: -13.5},
	{Name: "dtmf", Physical: DTMF, Alert: Unannounced, Clause: "EN 300 659-1 annex, DTMF: A number C; B00C unavailable, B10C private",
		BeforeRingMs: 250, DTMFForm: FormABC, ToneMs: 70, TonePause: 70, DBm0: -10},
	{Name: "dtmf-lr", Physical: DTMF, Alert: LineReversal, Clause: "the same behind a line reversal",
		AfterAlertMs: 200, BeforeRingMs: 250, DTMFForm: FormABC, ToneMs: 70, TonePause: 70, DBm0: -10},
	{Name: "dtmf-dk", Physical: DTMF, Alert: Unannounced, Clause: "Denmark: A number #; D1# private, D2# international, D3# unavailable",
		BeforeRingMs: 250, DTMFForm: FormAHash, ToneMs: 70, TonePause: 70, DBm0: -10},
	{Name: "dtmf-d", Physical: DTMF, Alert: Unannounced, Clause: "Taiwan, Kuwait: D number C",
		BeforeRingMs: 250, DTMFForm: FormDC, ToneMs: 70, TonePause: 70, DBm0: -10},
	{Name: "dtmf-hash", Physical: DTMF, Alert: Unannounced, Clause: "older Danish and Dutch exchanges: number #",
		BeforeRingMs: 250, DTMFForm: FormHash, ToneMs: 70, TonePause: 70, DBm0: -10},
	JCLIP,
	{Name: "none", Clause: "the zone's way cannot be sent, or none is wanted"},
}

// Lookup returns the standard of a name.
func Lookup(name string) (Standard, bool) {
	for _, s := range standards {
		if s.Name == name {
			return s, true
		}
	}
	return Standard{}, false
}

// Names lists the names that Lookup knows.
func Names() []string {
	names := make([]string, len(standards))
	for i, s := range standards {
		names[i] = s.Name
	}
	return names
}
