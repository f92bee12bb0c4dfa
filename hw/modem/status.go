package modem

// Status is a snapshot of a modem line.
type Status struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"` // why it is out of service
	// Conversation says whether the line can carry one; WhyNot says why not.
	Conversation bool       `json:"conversation"`
	WhyNot       string     `json:"why_not,omitempty"`
	Capability   Capability `json:"capability"`
	Network      Network    `json:"network"`
	Echo         EchoStatus `json:"echo"`
	Counters     Counters   `json:"counters"`
}

// Network is what a cellular modem says of its network.
type Network struct {
	Registered string `json:"registered,omitempty"` // home, roaming, searching, denied, no
	SignalDBm  int    `json:"signal_dbm,omitempty"` // 0: not known
}

// Counters of a line.
type Counters struct {
	Rings, Offered, Answered, Dialled, Abandoned uint64 // calls, but Rings
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
