package cdr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"tipring/tdm"
)

// Directions of a call, seen from the gateway's own phones and accounts.
const (
	Inbound  = "inbound"  // from a line or trunk to a phone or account
	Outbound = "outbound" // from a phone or account to a line or trunk
	Internal = "internal" // between phones and accounts
	Transit  = "transit"  // from a line or trunk to a line or trunk
)

// Who ended a call: values of ReleasedBy.
const (
	ByCaller   = "caller"
	ByCalled   = "called"
	ByGateway  = "gateway"  // a time-out, a denied number, a shutdown
	ByRecovery = "recovery" // the gateway was killed; closed at the next start
)

// A Record is one call. Strings may hold what a caller sent.
type Record struct {
	ID       string
	Start    time.Time
	Answered time.Time // zero: not answered
	Ended    time.Time // zero: the call is up
	// Duration is from answer to end. When it is 0 Finish takes Ended minus Answered, by the monotonic clock where both
	// times have it.
	Duration    time.Duration
	From        string // calling number
	FromName    string
	To          string // called number as dialled
	Port        string // the caller's line, account or trunk
	Peer        string // the line, account or trunk that answered or was tried last
	Direction   string
	Route       string // name of the rule
	Cause       tdm.Cause
	SIPStatus   int // final status of the SIP side, 0: none
	ReleasedBy  string
	Detector    string    // what noticed that the far end of a line had gone: "cpc", "polarity", "tone", "silence" ...
	DetectorAt  time.Time // zero: no detector
	Reason      string    // in words, where the cause says too little: "modem1: it is half duplex (no +VTR)"
	AnswerBasis string    // what counted as answer: "offhook", "sip", "polarity", "voice", "time"
	Quality     []Quality // one a port that carried audio
	Legs        []Leg     // every attempt, in order
	Sides       []Side    // how each party was cleared: the caller, then those of Legs
	Charge      *Charge   // what the network says that the call costs; nil: nothing
}

// A Side is how one party's side of a call was cleared: by what it said first, or by what it was told.
type Side struct {
	Port string `json:"port"`
	// Received: the party said so; else it was told.
	Received  bool      `json:"received"`
	Cause     tdm.Cause `json:"cause"`      // Q.850
	Location  *uint8    `json:"location"`   // of the cause (Q.850 §2.2.3); null: not known
	SIPStatus int       `json:"sip_status"` // 0: none
	Reason    string    `json:"reason"`     // value of the Reason header (RFC 3326)
}

// A Charge is an advice of charge (ITU-T Q.956).
type Charge struct {
	Phase    string `json:"phase"` // "S" at set-up, "D" during the call, "E" at its end
	Free     bool   `json:"free"`
	Units    int64  `json:"units"` // when currency is empty
	Currency string `json:"currency"`
	Amount   int64  `json:"amount"` // in units of 10^exponent of the currency
	Exponent int    `json:"exponent"`
}

// Quality is how one port of the call sounded.
type Quality struct {
	Port string `json:"port"`
	RTP  *RTP   `json:"rtp,omitempty"`
	Line *Line  `json:"line,omitempty"`
}

// RTP is the quality of a packet side.
type RTP struct {
	Sent         uint64 `json:"packets_sent"`
	Received     uint64 `json:"packets_received"`
	Lost         uint64 `json:"packets_lost"`
	Discarded    uint64 `json:"packets_discarded"` // too late for the jitter buffer
	Loss         Float  `json:"loss_ratio"`        // lost / expected, 0 to 1
	JitterMs     Float  `json:"jitter_ms"`         // RFC 3550 §6.4.1
	RTTMs        Float  `json:"rtt_ms"`            // null without reports from the far end
	PeerLoss     Float  `json:"peer_loss_ratio"`   // what the far end reports of our packets; null without reports
	PeerJitterMs Float  `json:"peer_jitter_ms"`
	MOS          Float  `json:"mos"`              // estimated by ITU-T G.107, 1 to 4.5; null without packets
	DepthMs      Float  `json:"jitter_buffer_ms"` // depth that the jitter buffer came to aim at; null without packets
	DriftPPM     Float  `json:"clock_drift_ppm"`  // the peer's clock against the card's, positive when faster; null without packets
}

// Line is the quality of a line.
type Line struct {
	RxDBm0 Float `json:"rx_dbm0"` // mean level of what was above -50 dBm0 in the call; null when nothing was
	TxDBm0 Float `json:"tx_dbm0"`
	ERL    Float `json:"erl_db"` // null when no echo was modelled
	ERLE   Float `json:"erle_db"`
}

// A Float is a number that may be unknown or without bounds (the level of silence): NaN and infinities are null in JSON.
type Float float64

// MarshalJSON gives at most five decimals.
func (f Float) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, math.Round(float64(f)*1e5)/1e5, 'f', -1, 64), nil
}

// UnmarshalJSON reads null as NaN.
func (f *Float) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*f = Float(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(f))
}

// A Leg is one attempt to reach somebody.
type Leg struct {
	Port     string    `json:"port"`
	Number   string    `json:"number"`
	Start    time.Time `json:"start"`
	Answered time.Time `json:"answered,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Cause    tdm.Cause `json:"cause"`
}

// Open says whether the call is still up.
func (r *Record) Open() bool { return r.Ended.IsZero() }

// line is the JSON form: its keys are stable, new ones may be added.
type line struct {
	ID          string    `json:"id"`
	Start       stamp     `json:"start"`
	Answered    stamp     `json:"answered"`
	Ended       stamp     `json:"ended"`
	DurationS   Float     `json:"duration_s"`
	From        string    `json:"from"`
	FromName    string    `json:"from_name"`
	To          string    `json:"to"`
	Port        string    `json:"port"`
	Peer        string    `json:"peer"`
	Direction   string    `json:"direction"`
	Route       string    `json:"route"`
	Cause       tdm.Cause `json:"cause"`
	SIPStatus   int       `json:"sip_status"`
	ReleasedBy  string    `json:"released_by"`
	Detector    string    `json:"detector"`
	DetectorAt  stamp     `json:"detector_at"`
	Reason      string    `json:"reason"`
	AnswerBasis string    `json:"answer_basis"`
	Quality     []Quality `json:"quality"`
	Legs        []legLine `json:"legs,omitempty"`
	Sides       []Side    `json:"sides,omitempty"`
	Charge      *Charge   `json:"charge,omitempty"`
}

type legLine struct {
	Port     string    `json:"port"`
	Number   string    `json:"number"`
	Start    stamp     `json:"start"`
	Answered stamp     `json:"answered"`
	Ended    stamp     `json:"ended"`
	Cause    tdm.Cause `json:"cause"`
}

// stamp is RFC 3339 in UTC with milliseconds, null for the zero time.
type stamp time.Time

const stampLayout = "2006-01-02T15:04:05.000Z"

func (s stamp) MarshalJSON() ([]byte, error) {
	if time.Time(s).IsZero() {
		return []byte("null"), nil
	}
	return []byte(time.Time(s).UTC().Format(`"` + stampLayout + `"`)), nil
}

// MarshalJSON gives one object on one line: times are RFC 3339 in UTC with milliseconds or null, everything that is not
// printable is escaped, also what encoding/json lets through (DEL, C1 controls, direction marks).
func (r Record) MarshalJSON() ([]byte, error) {
	l := line{
		ID: r.ID, Start: stamp(r.Start), Answered: stamp(r.Answered), Ended: stamp(r.Ended),
		DurationS: Float(r.Duration.Round(time.Millisecond).Seconds()),
		From:      r.From, FromName: r.FromName, To: r.To, Port: r.Port, Peer: r.Peer, Direction: r.Direction, Route: r.Route,
		Cause: r.Cause, SIPStatus: r.SIPStatus, ReleasedBy: r.ReleasedBy, Detector: r.Detector, DetectorAt: stamp(r.DetectorAt),
		Reason: r.Reason, AnswerBasis: r.AnswerBasis, Quality: r.Quality, Sides: r.Sides, Charge: r.Charge,
	}
	if l.Quality == nil {
		l.Quality = []Quality{}
	}
	for _, g := range r.Legs {
		l.Legs = append(l.Legs, legLine{g.Port, g.Number, stamp(g.Start), stamp(g.Answered), stamp(g.Ended), g.Cause})
	}
	b, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	return escape(b), nil
}

// escape writes runes that are not printable as \u sequences. In JSON they stand inside of strings only.
func escape(b []byte) []byte {
	if !bytes.ContainsFunc(b, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return b
	}
	out := make([]byte, 0, len(b)+64)
	for _, r := range string(b) {
		if unicode.IsPrint(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, u := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, u)
		}
	}
	return out
}
