package metrics

import (
	"tipring/gateway/call"
	"tipring/gateway/route"
)

// A Source is where values are read at scrape time. Its methods are safe for concurrent use and return within
// milliseconds.
type Source interface {
	// Kind says what a party's name stands for in the configuration in force; route.Service when it stands for nothing.
	Kind(party string) route.Kind
	Lines() []Line
	Modems() []Modem
	Cards() []Card
	Calls() []call.Status
	Trunks() []Trunk
	Spans() []Span
	SIP() SIP
	RTP() []RTP
	Records() Records
	Reload() (ok bool, hash string)
}

// LineStates are the states of the metric tipring_line_state.
var LineStates = []string{"idle", "ringing", "offhook", "dialing", "talking", "disconnected", "out_of_service"}

// CallerIDResults are the results of the metric tipring_line_callerid_total.
var CallerIDResults = []string{"ok", "bad", "none", "sent"}

// Line is one analog line.
type Line struct {
	Name, Kind, Card, Port string
	State                  string

	// Measured says that the card measures current and voltage.
	Measured bool
	Amperes  float64
	Volts    float64
	Reversed bool

	RxDBm0, TxDBm0         float64
	ERL, ERLE, EchoSeconds float64
	EchoResets             int64

	Rings, Seizures, Glare, Flashes, Digits int64            // Digits: DTMF
	CallerID                                map[string]int64 // by result
}

// Networks are the values of the metric tipring_modem_network.
var Networks = []string{"home", "roaming", "searching", "denied", "no"}

// Modem is a voice modem behind a line.
type Modem struct {
	Line, Dialect    string
	Up, Conversation bool

	Underruns, Overruns, Congested, Timeouts, Recoveries, Faults, Refused int64

	Network   string // of a cellular modem, one of Networks; empty: it is none, or has not said
	SignalDBm int    // 0: not known
}

// Tasks are what the signal processing can do for a timeslot: values of the metric tipring_dsp_channels.
var Tasks = []string{"idle", "detect", "leg", "connect", "voice_band_data"}

// Card is one clock domain.
type Card struct {
	Name, Model  string
	Up           bool
	Blocks, Late int64
	Slips        int64 // samples
	LostEvents   int64
	Slots        map[string]int // by task, one of Tasks
	BusySeconds  float64        // time spent processing, in all
	MaxBusy      float64        // seconds that the longest block took
	// BusyBlocks counts blocks by the seconds they took: those of at most the key, as a histogram's buckets are.
	BusyBlocks map[float64]uint64
	Timed      uint64 // blocks in all of BusyBlocks and beyond
	Link       *Link  // nil: it is not behind a link
}

// LinkErrors are the kinds of the metric tipring_card_link_dropped_total.
var LinkErrors = []string{"crc", "frame", "stale"}

// Link is the link to a card. What the card and one session count begins anew with them.
type Link struct {
	Firmware                 string // empty: not known yet
	Sessions                 int64
	HostDrops, CardDrops     map[string]int64 // frames not taken on either side, by LinkErrors
	Repeats                  int64            // requests sent again
	Missing, Recovered, Late int64            // samples that did not come, those of them that came in time after all, blocks handed over too late
	UnderrunSeconds          float64          // for which the card had nothing to play
	RoundTripSeconds         float64          // the shortest of late; 0: not known
	ClockPPM, ClockSeconds   float64          // the card's clock against the host's, and over what time it was measured
}

// Trunk is a SIP trunk, or a span: what calls go out by.
type Trunk struct {
	Name       string
	Span       bool // it is no SIP trunk
	Registers  bool
	Registered bool
	Up         bool
	RTTSeconds float64 // of the last OPTIONS; 0: none yet
	Capacity   int     // calls; 0: not limited
	AllBusy    float64 // seconds for which it was full
}

// Span is one E1, T1 or J1 with its D channel.
type Span struct {
	Name, Card, Framing string
	Up                  bool            // its payload can be believed
	Alarms              map[string]bool // every alarm there is, and whether it persists
	Errors              map[string]int64
	SlipsRepeated       int64
	SlipsDeleted        int64
	Channels            map[string]int // by state, one of ChannelStates
	DUp                 bool
	CAS                 bool             // it signals by bits and has no D channel
	Signals             map[string]int64 // with CAS, by one of CASEvents
	Near, Far           SpanEnd
	D                   *DChannel        // nil: the span has none of its own
	Packets             map[string]int64 // of a pseudowire, by one of PacketEvents; nil: it is none
	ClockRatio          float64          // of a pseudowire: by which part its clock is faster than the host's
}

// SpanEnd is what one end of a span has counted (ITU-T G.826, ANSI T1.231).
type SpanEnd struct {
	Unavailable bool
	Seconds     map[string]int64 // by one of SpanSeconds: since the start, as far as no rule takes them back
	Quarter     map[string]int64 // the same of the quarter hour at hand
	Violations  int64            // since the start, likewise
	Background  int64            // block errors, likewise
}

// DChannel is a D channel with the signalling above it.
type DChannel struct {
	State       string           // of the data link, one of LinkStates
	Sent        map[string]int64 // frames, by one of FrameTypes
	Received    map[string]int64
	Retransmits int64
	Errors      int64            // MDL-ERROR indications
	HDLC        map[string]int64 // by one of HDLCFaults
	CallsIn     int64
	CallsOut    int64
	Messages    int64            // received
	Faults      map[string]int64 // by one of Q931Faults
	Timers      map[string]int64 // expiries, by timer
}

// The label values of spans.
var (
	ChannelStates = []string{"idle", "busy", "blocked", "restarting", "out_of_service"}
	SpanErrors    = []string{"bpv", "crc", "fas", "ebit"}
	// SpanSeconds: errored, severely errored, unavailable, with severely errored framing, with a controlled slip, errored on the line
	// itself and severely errored there; counted are all that were.
	SpanSeconds  = []string{"counted", "es", "ses", "uas", "sefs", "css", "es_l", "ses_l"}
	LinkStates   = []string{"tei_unassigned", "tei_assigned", "awaiting_establishment", "awaiting_release", "established", "timer_recovery"}
	FrameTypes   = []string{"i", "rr", "rnr", "rej", "sabme", "dm", "ui", "disc", "ua", "frmr", "xid", "undefined"}
	HDLCFaults   = []string{"bad_fcs", "aborted", "dropped"}
	Q931Faults   = []string{"unexpected", "ignored", "refused", "glare"}
	PacketEvents = []string{"received", "lost", "late", "duplicate", "reordered", "overrun", "underrun", "refused", "unsent"}
	CASEvents    = []string{"seizures", "rings", "glare", "no_wink", "short_winks", "no_acknowledgement", "no_way_out_of_glare", "no_tip_ground", "abandoned",
		"permanent_signals", "lock_outs", "stuck", "forced_releases", "protocol_errors", "register_timeouts", "lost"}
)

// SIP counts signalling.
type SIP struct {
	Transactions []SIPTransactions
	Retransmits  []SIPRetransmits
	Faults       []SIPFaults
	Denied       int64
	Lockouts     int64 // since the start
	LockedOut    int   // now
	Dialogs      int
}

// SIPTransactions is one series of tipring_sip_transactions_total.
type SIPTransactions struct {
	Trunk, // "": with who is no trunk
	Method, Direction, CodeClass string
	N int64
}

// SIPRetransmits is one series of tipring_sip_retransmits_total.
type SIPRetransmits struct {
	Trunk, // as in SIPTransactions
	Method, Direction string
	N int64
}

// SIPFaults is what a trunk did wrong, or everybody else.
type SIPFaults struct {
	Trunk                     string // as in SIPTransactions
	ParseErrors, AuthFailures int64
}

// RTP is the sum of all streams of a party, past and present.
type RTP struct {
	Party                     string // account or trunk
	Sent, Received            int64
	Lost, Discarded, Stranger int64
	PeerLost                  int64 // of what we sent, by the peer's reports
	ConcealedSamples          int64
}

// Records is the call-record store.
type Records struct {
	Written, Queued, Dropped int64
	OldestSeconds            float64
	Failing                  bool
}
