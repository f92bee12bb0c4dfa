package call

import (
	"cmp"
	"slices"
	"time"

	"tipring/gateway/cdr"
	"tipring/tdm"
)

// State is where a call is in its life.
type State string

// The states of a call, after the Q.931 user-side states with the same words.
const (
	Dialing  State = "dialing"  // digits are being collected
	Routing  State = "routing"  // a party is being called, nobody rings yet
	Ringing  State = "ringing"  // a called party rings
	Talking  State = "talking"  // answered
	Clearing State = "clearing" // parties are being released
)

// States lists all states, in the order of a call's life.
var States = []State{Dialing, Routing, Ringing, Talking, Clearing}

// Status is a snapshot of a call.
type Status struct {
	ID       string    `json:"id"`
	State    State     `json:"state"`
	Start    time.Time `json:"start"`
	Answered time.Time `json:"answered,omitzero"`
	From     string    `json:"from"`
	To       string    `json:"to"`
	A        string    `json:"a"`           // the originating party's line, account or trunk
	B        string    `json:"b,omitempty"` // the called party's, once known
	Route    string    `json:"route,omitempty"`

	Direction string `json:"direction"`
}

// Calls returns a snapshot of all calls, oldest first.
func (s *Switch) Calls() []Status {
	var out []Status
	for _, c := range s.snapshot() {
		out = append(out, *c.status.Load())
	}
	slices.SortFunc(out, func(a, b Status) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Summary is what a call was, told to an Observer when it has ended.
type Summary struct {
	A, B      string // names of the parties; B is empty when nobody was called
	Direction string
	Cause     tdm.Cause
	Answered  bool
	By        string // who released it, as in the call record
	// Setup is the time from the complete number to the first sign of the called party (alerting, audio or answer), Ring from
	// the complete number to the answer, Talk from the answer to the end. Zero when it did not happen.
	Setup, Ring, Talk time.Duration
	Alerted           bool
	Fax               bool
	Quality           []cdr.Quality
}

// The results of calls that nobody answered, by cause: whoever gave it, the gateway itself, and the called side or its network.
var (
	outcomes = map[tdm.Cause]string{
		tdm.CauseUserBusy: "busy", tdm.CauseNoUserResponding: "no_answer", tdm.CauseNoAnswer: "no_answer", tdm.CauseSubscriberAbsent: "no_answer",
	}
	ours = map[tdm.Cause]string{ // what the dial plan does not let through; all else is a failure of ours
		tdm.CauseUnallocated: "blocked", tdm.CauseNoRoute: "blocked", tdm.CauseCallRejected: "blocked", tdm.CauseNumberChanged: "blocked",
		tdm.CauseInvalidNumber: "blocked", tdm.CauseNotAuthorized: "blocked",
	}
	theirs = map[tdm.Cause]string{tdm.CauseCallRejected: "rejected"} // all else is a failure of the network's
)

// Outcome names the result of a call for the metric tipring_calls_total.
func (s Summary) Outcome() string {
	switch {
	case s.Answered:
		return "answered"
	case s.By == cdr.ByCaller:
		return "cancelled"
	case outcomes[s.Cause] != "":
		return outcomes[s.Cause]
	case s.By == cdr.ByGateway:
		return cmp.Or(ours[s.Cause], "failed_local")
	}
	return cmp.Or(theirs[s.Cause], "failed_network")
}

// Outcomes lists what Outcome can return, so that every series exists from the start.
var Outcomes = []string{"answered", "busy", "no_answer", "rejected", "cancelled", "failed_network", "failed_local", "blocked"}
