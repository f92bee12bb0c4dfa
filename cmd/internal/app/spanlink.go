package app

import (
	"slices"
	"strings"

	"tipring/gateway/metrics"
	"tipring/tdm/pri"
	"tipring/tdm/q921"
	"tipring/tdm/q931"
)

// linkStates are the states of a data link in the words of metrics.
var linkStates = map[q921.State]string{
	q921.Unassigned: "tei_unassigned", q921.AssignAwaitingTEI: "tei_unassigned", q921.EstablishAwaitingTEI: "tei_unassigned",
	q921.Assigned: "tei_assigned", q921.AwaitingEstablishment: "awaiting_establishment", q921.AwaitingRelease: "awaiting_release",
	q921.Established: "established", q921.TimerRecovery: "timer_recovery",
}

// dChannel is the span's own D channel for metrics, nil when it has none.
func (g *spanGroup) dChannel() *metrics.DChannel {
	if g.cas != nil {
		return nil
	}
	st := g.Status()
	i := slices.IndexFunc(st.DChannels, func(d pri.DStatus) bool { return d.Interface == g.index })
	if i < 0 {
		return nil
	}
	if i > 0 {
		st.Counters = q931.Counters{} // a backup's: the group's signalling counts with the first
	}
	d := st.DChannels[i]
	m := &metrics.DChannel{
		State: linkStates[d.State], Sent: map[string]int64{}, Received: map[string]int64{}, Retransmits: int64(d.Link.Retransmitted), Errors: int64(d.Link.Errors),
		HDLC:    map[string]int64{"bad_fcs": int64(d.BadFCS), "aborted": int64(d.Aborted), "dropped": int64(d.Dropped)},
		CallsIn: int64(st.Counters.CallsIn), CallsOut: int64(st.Counters.CallsOut), Messages: int64(st.Counters.Messages),
		Faults: map[string]int64{
			"unexpected": int64(st.Counters.Unexpected), "ignored": int64(st.Counters.Ignored), "refused": int64(st.Counters.Refused), "glare": int64(st.Counters.Glare),
		},
		Timers: map[string]int64{},
	}
	for k := q921.I; k <= q921.Undefined; k++ {
		kind := strings.ToLower(k.String())
		m.Sent[kind], m.Received[kind] = int64(d.Link.Sent[k]), int64(d.Link.Received[k])
	}
	for i, n := range st.Counters.TimerExpiries {
		m.Timers[q931.TimerName(i)] = int64(n)
	}
	return m
}
