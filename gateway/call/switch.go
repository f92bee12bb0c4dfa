package call

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tipring/gateway/cdr"
	"tipring/gateway/digitmap"
	"tipring/gateway/route"
	"tipring/tdm"
	"tipring/tdm/span"
)

// A Recorder keeps call records. Its methods never block. Begin comes with a call's first event and Finish with its last;
// Update comes in between when something is known that a killed gateway should not forget: the number, the answer.
type Recorder interface {
	Begin(cdr.Record)
	Update(cdr.Record)
	Finish(cdr.Record)
}

// An Observer is told of every call that has ended, for metrics. It is called from the call's goroutine and must not block.
type Observer interface {
	CallEnded(Summary)
}

// Policy is what may change while the gateway runs. A call keeps the policy that it started with.
type Policy struct {
	Routes *route.Table
	// Dialling returns how a telephone's digits become a number.
	Dialling func(line string) Dialling
	// Endpoint finds what a route names; nil when there is none.
	Endpoint func(route.Target) Endpoint
	// Limit is how many calls a party may have at a time, both ways; 0, or a nil function: no limit. A call over it is refused
	// with cause 34. Emergency calls are not counted out: one to a full party takes the place of another call.
	Limit func(party string) int
	// Loss is the loss plan: dB of loss from one kind of party to another; nil: none.
	Loss func(from, to route.Kind) float64
	// NoAnswer is how long a called party may ring; 0 means DefaultNoAnswer.
	NoAnswer time.Duration
}

// Dialling is how the digits of a telephone become a number.
type Dialling struct {
	Map        *digitmap.Map
	FirstDigit time.Duration // wait for the first digit (Q.931 has no name for it; Grandstream and Cisco ship 16 s)
	InterDigit time.Duration // wait for each further digit
	// Hotline is dialled at off-hook without waiting for a digit when HotlineAfter is 0, else (warm line) when no digit came for
	// that long. Empty: none.
	Hotline      string
	HotlineAfter time.Duration
}

// Defaults of the timers.
const (
	DefaultFirstDigit = 16 * time.Second
	DefaultInterDigit = 4 * time.Second
	DefaultNoAnswer   = 60 * time.Second
)

// Config of a Switch.
type Config struct {
	Policy   Policy
	Patch    *span.Patchbay
	Records  Recorder
	Observer Observer                      // may be nil
	Kind     func(party string) route.Kind // what a party's name stands for
	Log      *slog.Logger
	Now      func() time.Time // wall clock for records; nil: time.Now
}

// A Switch owns all calls. Its methods are safe for concurrent use.
type Switch struct {
	cfg    Config
	policy atomic.Pointer[Policy]

	mu       sync.Mutex // guards what follows
	calls    map[*call]struct{}
	inUse    map[string]int // parties of calls, by name
	full     map[string]*fullness
	draining bool
	idle     chan struct{} // closed when draining and no call is left
}

// New returns a Switch without calls.
func New(cfg Config) *Switch {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Switch{cfg: cfg, calls: make(map[*call]struct{}), inUse: make(map[string]int), full: make(map[string]*fullness), idle: make(chan struct{})}
	s.SetPolicy(cfg.Policy)
	return s
}

// SetPolicy applies p to every call that starts from now on.
func (s *Switch) SetPolicy(p Policy) {
	if p.NoAnswer == 0 {
		p.NoAnswer = DefaultNoAnswer
	}
	s.policy.Store(&p)
}

// count changes how many calls a party has by one and returns the new number.
func (s *Switch) count(party string, by int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.inUse[party] + by
	if n == 0 {
		delete(s.inUse, party)
	} else {
		s.inUse[party] = n
	}
	s.filled(party, n)
	return n
}

// A fullness is for how long a party has had as many calls as it may.
type fullness struct {
	since time.Time // zero while it may have more
	total time.Duration
}

// filled is called with mu held.
func (s *Switch) filled(party string, n int) {
	limit := s.policy.Load().Limit
	if limit == nil {
		return
	}
	f, most := s.full[party], limit(party)
	switch full := most > 0 && n >= most; {
	case full && f == nil:
		s.full[party] = &fullness{since: s.cfg.Now()}
	case full && f.since.IsZero():
		f.since = s.cfg.Now()
	case !full && f != nil && !f.since.IsZero():
		f.total += s.cfg.Now().Sub(f.since)
		f.since = time.Time{}
	}
}

// AllBusy returns for how long in all a party has had as many calls as its limit lets it have.
func (s *Switch) AllBusy(party string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.full[party]
	switch {
	case f == nil:
		return 0
	case f.since.IsZero():
		return f.total
	}
	return f.total + s.cfg.Now().Sub(f.since)
}

// Policy returns the policy in force.
func (s *Switch) Policy() *Policy { return s.policy.Load() }

// Incoming starts a call for a party that originates one. It implements the type Incoming.
func (s *Switch) Incoming(p Party, setup tdm.Primitive) Up {
	c := newCall(s, p, setup)
	if !s.add(c) {
		return func(tdm.Primitive) {}
	}
	go c.run()
	return c.up(c.a)
}

// add takes a call in, or refuses its party since the gateway is draining.
func (s *Switch) add(c *call) bool {
	s.mu.Lock()
	refuse := s.draining && !c.setup.Emergency
	if !refuse {
		s.calls[c] = struct{}{}
	}
	s.mu.Unlock()
	if refuse {
		c.a.party.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNetworkOutOfOrder, SIPStatus: 503})
	}
	return !refuse
}

// Drain refuses new calls, lets the present ones go on until ctx is done, then clears what is left with cause 41 and waits
// until every call has ended.
func (s *Switch) Drain(ctx context.Context) {
	s.mu.Lock()
	s.draining = true
	if len(s.calls) == 0 {
		s.closeIdle()
	}
	s.mu.Unlock()
	select {
	case <-s.idle:
		return
	case <-ctx.Done():
	}
	for _, c := range s.snapshot() {
		c.clear(ending{by: cdr.ByGateway, cause: tdm.CauseTemporaryFailure})
	}
	<-s.idle
}

// Clear ends the call with the given id and reports whether there was one.
func (s *Switch) Clear(id string, cause tdm.Cause) bool {
	for _, c := range s.snapshot() {
		if c.id == id {
			c.clear(ending{by: cdr.ByGateway, cause: cause})
			return true
		}
	}
	return false
}

// preempt clears one call that is not an emergency and that uses the party name; it reports whether there was one.
func (s *Switch) preempt(name string) bool {
	for _, c := range s.snapshot() {
		if st := c.status.Load(); !c.emergency.Load() && (st.A == name || st.B == name) {
			c.clear(ending{by: cdr.ByGateway, cause: causePreemption})
			return true
		}
	}
	return false
}

func (s *Switch) snapshot() []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	cs := make([]*call, 0, len(s.calls))
	for c := range s.calls {
		cs = append(cs, c)
	}
	return cs
}

func (s *Switch) remove(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, c)
	if s.draining && len(s.calls) == 0 {
		s.closeIdle()
	}
}

// closeIdle is called with mu held.
func (s *Switch) closeIdle() {
	select {
	case <-s.idle:
	default:
		close(s.idle)
	}
}

// Draining reports whether new calls are refused.
func (s *Switch) Draining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}
