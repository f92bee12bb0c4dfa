package api

import (
	"time"

	"tipring/gateway/call"
)

// Status is the gateway in one object.
type Status struct {
	Version  string    `json:"version"`
	Started  time.Time `json:"started"`
	Ready    bool      `json:"ready"`
	Draining bool      `json:"draining"`
	Config   string    `json:"config"` // the file, or "built-in default"
	Cards    []Card    `json:"cards"`
	Modems   []Modem   `json:"modems,omitempty"`
	Spans    []Span    `json:"spans,omitempty"`
	Lines    int       `json:"lines"`
	Calls    int       `json:"calls"`
	SIP      SIP       `json:"sip"`
	Records  Records   `json:"records"`
}

// Card is one clock domain.
type Card struct {
	Name     string  `json:"name"`
	Model    string  `json:"model"`
	Slots    int     `json:"slots"`
	Law      string  `json:"law"`
	BlockMs  int     `json:"block_ms"`
	Up       bool    `json:"up"`
	Blocks   int64   `json:"blocks"`
	Late     int64   `json:"late_blocks"`
	Slips    int64   `json:"slipped_samples"`
	Overflow int64   `json:"lost_events"`
	Load     float64 `json:"load"` // share of the block period that the last blocks took
}

// Modem is a voice modem.
type Modem struct {
	Name         string `json:"name"`
	Device       string `json:"device"`
	Emulated     bool   `json:"emulated"`
	Reason       string `json:"reason,omitempty"` // why out of service
	Use          string `json:"use"`              // what its line is for: "conversations", "menu", "no conversations: ..."
	Conversation bool   `json:"conversation"`
	WhyNot       string `json:"why_not,omitempty"` // no conversation
	Dialect      string `json:"dialect,omitempty"`
	Format       string `json:"format,omitempty"`
	Registered   string `json:"registered,omitempty"` // of cellular ones: home, roaming, searching, denied, no
	SignalDBm    int    `json:"signal_dbm,omitempty"`
	Underruns    int64  `json:"underruns"`
	Refused      int64  `json:"refused"` // conversations
	Faults       int64  `json:"faults"`  // times out of service
}

// SIP is the signalling side.
type SIP struct {
	Listen   []string  `json:"listen"`
	Accounts []Account `json:"accounts"`
	Trunks   []Trunk   `json:"trunks"`
}

// Account is a local SIP account.
type Account struct {
	Name     string   `json:"name"`
	Contacts []string `json:"contacts"`
}

// Trunk is a SIP trunk.
type Trunk struct {
	Name       string  `json:"name"`
	Address    string  `json:"address"`
	Registers  bool    `json:"registers"`
	Registered bool    `json:"registered"`
	Reachable  string  `json:"reachable"` // "yes", "no", "unknown" (no OPTIONS sent yet)
	RTTSeconds float64 `json:"rtt_s,omitempty"`
	Reason     string  `json:"reason,omitempty"` // why not registered or reachable
}

// Records is the call-record store.
type Records struct {
	Written int64  `json:"written"`
	Queued  int64  `json:"queued"`
	Error   string `json:"error,omitempty"` // why records wait in memory
}

// Line is one analog line.
type Line struct {
	Name    string    `json:"name"`
	Kind    string    `json:"kind"` // "fxs", "fxo" or "modem", which has neither card nor slot
	Card    string    `json:"card"`
	Slot    int       `json:"slot"`
	Number  string    `json:"number"`
	State   string    `json:"state"`
	Since   time.Time `json:"since"`
	Reason  string    `json:"reason,omitempty"` // why out of service
	Hook    string    `json:"hook"`             // "on" or "off"
	Ringing bool      `json:"ringing"`
	Zone    string    `json:"zone"`
	Call    string    `json:"call,omitempty"`
	Use     string    `json:"use,omitempty"` // of a modem's line: what it is for

	RxDBm0  float64 `json:"rx_dbm0"` // from the line
	TxDBm0  float64 `json:"tx_dbm0"` // to the line
	ERLdB   float64 `json:"erl_db"`
	ERLEdB  float64 `json:"erle_db"`
	EchoMs  float64 `json:"echo_ms"`
	Rings   int64   `json:"rings"`
	Seized  int64   `json:"seizures"`
	Glare   int64   `json:"glare"`
	Flashes int64   `json:"flashes"`
	Digits  int64   `json:"digits"`
}

// Span is one E1, T1 or J1.
type Span struct {
	Name     string           `json:"name"`
	Card     string           `json:"card"`
	Framing  string           `json:"framing"`
	Switch   string           `json:"switch"`   // variant of Q.931, or protocol of signalling by bits
	Side     string           `json:"side"`     // ours: user or network
	Alarms   []string         `json:"alarms"`   // that persist: los, ais, lof, lomf, rai ...
	Loop     string           `json:"loop"`     // line, payload, local, none
	FarLoop  bool             `json:"far_loop"` // the loop is there since the far end asked for it
	Testing  bool             `json:"testing"`  // a bit error rate test runs
	Clock    bool             `json:"clock"`    // the card's clock is recovered from this span
	DChannel bool             `json:"d_channel"`
	NFAS     string           `json:"nfas,omitempty"` // group of spans that share a D channel
	Calls    int              `json:"calls"`
	Channels map[string]int   `json:"channels"` // timeslots by state: idle, busy, blocked, restarting, out_of_service
	Slots    []SpanSlot       `json:"timeslots"`
	Counts   map[string]int64 `json:"counts"` // violations, errors, slips; packets of a pseudowire
	Frames   SpanFrames       `json:"frames"`
}

// SpanSlot is one B channel.
type SpanSlot struct {
	Timeslot int    `json:"timeslot"`
	State    string `json:"state"`
	Blocked  bool   `json:"blocked,omitempty"` // by an operator: also while a call is on it
	// Of a span that signals by bits: the state of the channel's signalling, and the bits A to D that come from the line.
	Signalling string `json:"signalling,omitempty"`
	Received   string `json:"received,omitempty"`
}

// SpanFrames counts what a D channel has carried.
type SpanFrames struct {
	In            int64  `json:"in"`
	Out           int64  `json:"out"`
	BadFCS        int64  `json:"bad_fcs"`
	Aborted       int64  `json:"aborted"`
	Dropped       int64  `json:"dropped"`
	Link          string `json:"link"` // state of the data link, Q.921
	Retransmitted int64  `json:"retransmitted"`
	Errors        int64  `json:"errors"` // of the data link: MDL-ERROR indications
}

// ReloadReport says what a reload did.
type ReloadReport struct {
	Applied []string `json:"applied"` // what changed
	Cannot  []string `json:"cannot"`  // what needs a restart, and why
	Faults  []string `json:"faults"`  // why the file was refused; nothing was applied
}

// RouteExplanation says what would happen to a number.
type RouteExplanation struct {
	Number string   `json:"number"`
	From   string   `json:"from"`
	Steps  []string `json:"steps"`
}

// A Backend is what the API shows and drives. Its methods are safe for concurrent use.
type Backend interface {
	Status() Status
	Lines() []Line
	Spans() []Span
	Calls() []call.Status
	ClearCall(id string) bool
	Explain(from, number string) (RouteExplanation, error)
	Reload() ReloadReport
	SpanOperator
}
