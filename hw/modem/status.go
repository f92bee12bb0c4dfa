package modem

import "time"

// Status is a snapshot of a modem line.
type Status struct {
	Name   string    `json:"name"`
	State  string    `json:"state"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason,omitempty"` // why it is out of service
	// Conversation says whether the line can carry one; WhyNot says why not.
	Conversation bool       `json:"conversation"`
	WhyNot       string     `json:"why_not,omitempty"`
	Capability   Capability `json:"capability"`
	Network      Network    `json:"network"`
	Echo         EchoStatus `json:"echo"`
	// Levels are those of the last 200 ms of the call that is up, or was: from the line, and to it; -90 is silence.
	RxDBm0   float64  `json:"rx_dbm0"`
	TxDBm0   float64  `json:"tx_dbm0"`
	Counters Counters `json:"counters"`
}

// show changes the state.
func (s *Status) show(state lineState, reason string) {
	if s.State != state.String() {
		s.State, s.Since = state.String(), time.Now()
	}
	s.Reason = reason
}

// Network is what a cellular modem says of its network.
type Network struct {
	Registered string `json:"registered,omitempty"` // home, roaming, searching, denied, no
	SignalDBm  int    `json:"signal_dbm,omitempty"` // 0: not known
}

// Counters of a line.
type Counters struct {
	Rings, Offered, Answered, Dialled, Abandoned uint64 // calls, but Rings
	CallerIDOK, CallerIDBad, CallerIDNone        uint64 // calls offered, by what was known of the caller
	Refused                                      uint64 // conversations asked of a line that has none
	Underruns, Overruns                          uint64 // of the modem's buffers, as it says
	Congested                                    uint64 // blocks not sent since the port took no more
	Timeouts, Recoveries, Unexpected             uint64 // of the command engine
	Faults                                       uint64 // times out of service
}

// Status returns a snapshot.
func (m *Modem) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status
}

// States returns the states of a line.
func States() []string { return append([]string(nil), lineStateNames[:]...) }
