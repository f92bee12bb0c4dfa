package route

import (
	"fmt"
	"strings"
	"time"

	"tipring/tdm"
)

// Kind is what a port is.
type Kind string

// The kinds. A Service is no port: it is a target inside the gateway.
const (
	FXS     Kind = "fxs"
	FXO     Kind = "fxo"
	Account Kind = "account"
	Trunk   Kind = "trunk"
	Service Kind = "service"
)

// The words among targets, and the word for every caller.
const (
	ToPhone   = "phone"
	ToAccount = "account"
	ToEcho    = "echo"
	ToDeny    = "deny"
	FromAny   = "any"
)

// Reserved says whether a name has a meaning of its own in a dial plan and so cannot be a port's or a group's.
func Reserved(name string) bool {
	switch name {
	case string(FXS), string(FXO), string(Account), string(Trunk), string(Service), ToPhone, ToEcho, ToDeny, FromAny:
		return true
	}
	return false
}

// A Port is something that calls and can be called: a line, an account, a trunk.
type Port struct {
	Name   string
	Kind   Kind
	Number string // the extension of a phone or account; for a record only with FXO lines and trunks
	// Allowed is a pattern of the numbers that the port may call, as dialled; empty is all. Emergency numbers are always
	// allowed.
	Allowed string
}

// Order is how a hunt group goes through its members.
type Order string

// The orders.
const (
	Ascending   Order = "ascending"    // always from the first
	RoundRobin  Order = "round-robin"  // from the one after the member used last
	LeastRecent Order = "least-recent" // the one whose last use is longest ago first
	All         Order = "all"          // all at once
)

// A Group is a hunt group.
type Group struct {
	Name    string
	Order   Order // empty: Ascending
	Members []string
}

// A Rule is one line of the dial plan. The package comment says what its fields mean together.
type Rule struct {
	Name           string
	From           []string // names and kinds of callers, or "any"
	Called         string   // digitmap pattern; empty matches everything, also names
	Calling        string   // digitmap pattern; empty matches everything, "none" a call without a number
	Strip          int
	Prefix         string
	Rewrite        string // digit map applied to the called number
	RewriteCalling string // digit map applied to the calling number
	To             []string
	Failover       []tdm.Cause   // nil: DefaultFailover. Empty: none
	Ring           time.Duration // how long an attempt may ring; 0: the gateway's setting
	Cause          tdm.Cause     // with "deny"; 0: 21, call rejected
}

// Emergency is the reserved path.
type Emergency struct {
	Numbers []string
	From    []string // empty: EmergencyFrom
	To      []string // lines, trunks and groups of these
}

// EmergencyFrom are the kinds of callers of emergency numbers where the configuration names none.
var EmergencyFrom = []string{string(FXS), string(Account)}

// Config is everything that a table is made of.
type Config struct {
	Ports     []Port
	Groups    []Group
	Rules     []Rule
	Emergency Emergency
	Hunts     *Hunts // nil: a new one
	// Draft says that parts are missing here since they have faults of their own: New does not conclude from the order of
	// the rules that a number is out of reach.
	Draft bool
}

// A Problem is one fault in a Config. Table and Index say where it is: "route" 2 is Rules[2], "port" Ports, "hunt" Groups,
// "emergency" (index -1) Emergency. Key is the field in lower case with underscores, or empty for the whole.
type Problem struct {
	Table string
	Index int
	Key   string
	Msg   string
}

// Error gives the place and the message in one line.
func (p Problem) Error() string {
	at := p.Table
	if p.Index >= 0 {
		at = fmt.Sprintf("%s[%d]", p.Table, p.Index)
	}
	if p.Key != "" {
		at += "." + p.Key
	}
	return at + ": " + p.Msg
}

// Problems is the error of New: every fault at once.
type Problems []Problem

// Error gives one line a problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Cause is a Q.850 cause value.
type Cause = tdm.Cause

// Causes makes causes of numbers. Nil stays nil.
func Causes(ns []int) []Cause {
	if ns == nil {
		return nil
	}
	cs := make([]Cause, len(ns))
	for i, n := range ns {
		cs[i] = Cause(n)
	}
	return cs
}
