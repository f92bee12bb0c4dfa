package loop

import "tipring/tdm"

// publish makes the line's status visible to other goroutines.
func (l *Line) publish() {
	s := l.m.set
	st := &LineStatus{
		Name: l.name, Card: l.group.info.Name, Kind: l.kind.String(), Slot: l.slot, Number: s.Number, Zone: s.Zone,
		Reason: l.m.reason, Fault: l.fault, InCall: l.call != nil, Pending: l.m.next != nil, Counters: l.counters.snapshot(),
	}
	var state uint8
	var idle bool
	if x := l.fxs; x != nil {
		state, idle = uint8(x.state), x.state == fxsIdle
		st.Machine, st.State = x.state.String(), fxsLineStates[x.state]
		st.Hook, st.LoopCurrent = hookName(x.closed), x.closed
		st.Ringing = l.sig&tdm.SigRinging != 0
		st.Battery, st.Reversed = x.linefeed != tdm.FeedOpen, x.linefeed == tdm.FeedReverse
	} else {
		x := l.fxo
		state, idle = uint8(x.state), x.state == fxoIdle
		st.Machine, st.State = x.state.String(), fxoLineStates[x.state]
		st.Hook, st.LoopCurrent = hookName(x.off), x.current
		st.Ringing, st.Battery, st.Reversed = x.ring, x.battery, x.reversed
	}
	if l.m.blocked != "" && st.Reason == "" {
		st.Reason = l.m.blocked
		if idle {
			st.State = "out_of_service"
		}
	}
	if state != l.state {
		l.state, l.since = state, l.now
	}
	st.Since = l.since
	for t, d := range l.deadlines {
		if d != 0 {
			st.Timers = append(st.Timers, Timer{Name: timer(t).String(), At: d})
		}
	}
	l.status.Store(st)
}

func hookName(off bool) string {
	if off {
		return "off"
	}
	return "on"
}
