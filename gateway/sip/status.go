package sip

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Status is a snapshot of a Server for metrics and the command line. Counters grow for the life of the server.
type Status struct {
	// Messages counts what is new: first transmissions of requests and responses.
	Messages []MessageCount
	// Retransmits counts what was repeated, by method and direction.
	Retransmits []RetransmitCount

	// Faults counts what trunks did wrong, and everybody else.
	Faults []FaultCount

	Denied     uint64 // datagrams and connections from addresses that the access list shuts out
	Challenges uint64 // 401 sent
	Lockouts   uint64 // times that an address was locked out
	LockedOut  int    // addresses locked out now
	Stray      uint64 // responses and ACKs that belong to nothing
	Overflows  uint64 // calls cleared because their events were not worked off

	Dialogs  int // INVITE dialogs alive, early ones included
	Draining bool

	Accounts []AccountStatus
	Trunks   []TrunkStatus
}

// MessageCount counts messages of one kind.
type MessageCount struct {
	Trunk     string // a trunk's name; "" with everybody else
	Method    string // a known method, or "other"
	Direction string // "in" or "out"
	Code      string // "request", or a response's class: "1xx" to "6xx"
	Count     uint64
}

// FaultCount counts what is wrong with a peer's messages.
type FaultCount struct {
	Trunk        string // as in MessageCount
	ParseErrors  uint64 // messages that are no SIP, or invalid
	AuthFailures uint64 // wrong answers to our challenges
}

// RetransmitCount counts repeated messages.
type RetransmitCount struct {
	Trunk, Method, Direction string
	Count                    uint64
}

// AccountStatus is the registration of an account.
type AccountStatus struct {
	Name, User string
	Contacts   []ContactStatus
}

// ContactStatus is one binding of an account (RFC 3261 §10).
type ContactStatus struct {
	URI       string // as registered
	Source    netip.AddrPort
	Transport string
	UserAgent string // as it says: untrusted text
	Expires   time.Time
}

// TrunkStatus is the state of a trunk.
type TrunkStatus struct {
	Name string
	// Registers says whether the trunk is meant to be registered, Registered whether it is, until Expires.
	Registers, Registered bool
	Expires               time.Time
	// LastStatus is the status of the last final answer to REGISTER; 0: none came.
	LastStatus int
	// Up is false when OPTIONS gets no answer; without keep-alive, or before the first, it is true.
	Up  bool
	RTT time.Duration // of the last OPTIONS
	// LastError says in words why the trunk is not registered or not up; empty when all is well.
	LastError string
}

type direction uint8

const (
	received direction = iota
	sent
)

func (d direction) String() string { return [...]string{"in", "out"}[d] }

// countedMethods have counters of their own, so that strangers cannot make labels.
var countedMethods = []sip.RequestMethod{sip.INVITE, sip.ACK, sip.CANCEL, sip.BYE, sip.REGISTER, sip.OPTIONS, sip.INFO, sip.UPDATE,
	sip.SUBSCRIBE, sip.NOTIFY, sip.REFER, sip.MESSAGE, sip.PRACK, sip.PUBLISH}

const numMethods = 15 // countedMethods and "other"

func methodIndex(m sip.RequestMethod) int {
	if i := slices.Index(countedMethods, m); i >= 0 {
		return i
	}
	return numMethods - 1
}

func methodLabel(i int) string {
	if i < len(countedMethods) {
		return string(countedMethods[i])
	}
	return "other"
}

// traffic counts the messages exchanged with one trunk, or with all that are none. It is written from everywhere.
type traffic struct {
	trunk       string                          // "": no trunk
	messages    [numMethods][2][7]atomic.Uint64 // class 0 is the request
	retransmits [numMethods][2]atomic.Uint64

	parseErrors, authFailures atomic.Uint64
}

func (c *traffic) request(m sip.RequestMethod, d direction) {
	c.messages[methodIndex(m)][d][0].Add(1)
}

func (c *traffic) response(m sip.RequestMethod, d direction, status int) {
	c.messages[methodIndex(m)][d][min(status/100, 6)].Add(1)
}

func (c *traffic) retransmitted(m sip.RequestMethod, d direction) {
	c.retransmits[methodIndex(m)][d].Add(1)
}

func (c *traffic) snapshot(s *Status) {
	s.Faults = append(s.Faults, FaultCount{c.trunk, c.parseErrors.Load(), c.authFailures.Load()})
	for m := range numMethods {
		for d := range 2 {
			for class := range 7 {
				if n := c.messages[m][d][class].Load(); n > 0 {
					code := "request"
					if class > 0 {
						code = strconv.Itoa(class) + "xx"
					}
					s.Messages = append(s.Messages, MessageCount{c.trunk, methodLabel(m), direction(d).String(), code, n})
				}
			}
			if n := c.retransmits[m][d].Load(); n > 0 {
				s.Retransmits = append(s.Retransmits, RetransmitCount{c.trunk, methodLabel(m), direction(d).String(), n})
			}
		}
	}
}

// trafficWith returns the counters of a message's far end: a trunk's by its address, else those of everybody else.
func (s *Server) trafficWith(f flow) *traffic {
	if t := s.dir.Load().trunkAt(f.peer); t != nil {
		return t.traffic
	}
	return &s.others
}

// counters are of no peer, or of none that is known. They are written from everywhere.
type counters struct {
	denied, challenges, stray, overflows atomic.Uint64
}

func (c *counters) snapshot(s *Status) {
	s.Denied, s.Challenges, s.Stray, s.Overflows = c.denied.Load(), c.challenges.Load(), c.stray.Load(), c.overflows.Load()
}

// Status returns a snapshot. It is safe from any goroutine.
func (s *Server) Status() Status {
	var st Status
	s.count.snapshot(&st)
	s.others.snapshot(&st)
	st.Lockouts, st.LockedOut = s.lockout.snapshot(time.Now())
	st.Draining = s.draining.Load()
	s.dialogs.mu.Lock()
	st.Dialogs = len(s.dialogs.byID)
	s.dialogs.mu.Unlock()
	accounts, trunks := s.endpoints()
	for _, a := range accounts {
		st.Accounts = append(st.Accounts, a.status())
	}
	for _, t := range trunks {
		st.Trunks = append(st.Trunks, t.status())
		t.traffic.snapshot(&st)
	}
	slices.SortFunc(st.Accounts, func(a, b AccountStatus) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(st.Trunks, func(a, b TrunkStatus) int { return cmp.Compare(a.Name, b.Name) })
	return st
}

// gauge is a value that one goroutine writes and others read.
type gauge[T any] struct {
	mu sync.Mutex
	v  T
}

func (g *gauge[T]) get() T {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.v
}

func (g *gauge[T]) update(f func(*T)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(&g.v)
}
