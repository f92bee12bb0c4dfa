package app

import (
	"tipring/gateway/api"
	"tipring/gateway/metrics"
)

// modemKind is the kind of a modem's line for people and metrics. In the dial plan it is an FXO line.
const modemKind = "modem"

// line shows the line to the API; call is the id of the call that it is in, or empty.
func (l *modemLine) line(call string) api.Line {
	s := l.modem.Status()
	state, reason := l.state(s)
	return api.Line{
		Name: s.Name, Kind: modemKind, Number: l.cfg.Number, State: state, Since: s.Since, Reason: reason, Hook: l.hook(s),
		Ringing: state == "ringing", Zone: l.zone, Call: call, Use: l.use(s),
		RxDBm0: s.RxDBm0, TxDBm0: s.TxDBm0, ERLdB: s.Echo.ERL, ERLEdB: s.Echo.ERLE, EchoMs: max(0, s.Echo.BulkMs),
		Rings: int64(s.Counters.Rings), Seized: int64(s.Counters.Dialled),
	}
}

// api shows the modem to the API.
func (l *modemLine) api() api.Modem {
	s := l.modem.Status()
	_, reason := l.state(s)
	m := api.Modem{
		Name: s.Name, Device: l.ports.path(), Emulated: l.emu != nil, Reason: reason, Use: l.use(s), Conversation: s.Conversation, WhyNot: s.WhyNot,
		Dialect: s.Capability.Dialect, Registered: s.Network.Registered, SignalDBm: s.Network.SignalDBm,
		Underruns: int64(s.Counters.Underruns), Refused: int64(s.Counters.Refused), Faults: int64(s.Counters.Faults),
	}
	if s.Capability.Format.Coding != "" {
		m.Format = s.Capability.Format.String()
	}
	return m
}

// metricLine shows the line to metrics.
func (l *modemLine) metricLine() metrics.Line {
	s := l.modem.Status()
	state, _ := l.state(s)
	return metrics.Line{
		Name: s.Name, Kind: modemKind, State: state, RxDBm0: s.RxDBm0, TxDBm0: s.TxDBm0, ERL: s.Echo.ERL, ERLE: s.Echo.ERLE,
		EchoSeconds: max(0, s.Echo.BulkMs) / 1000, EchoResets: int64(max(0, s.Echo.Moves-1)),
		Rings: int64(s.Counters.Rings), Seizures: int64(s.Counters.Dialled),
		CallerID: map[string]int64{"ok": int64(s.Counters.CallerIDOK), "bad": int64(s.Counters.CallerIDBad), "none": int64(s.Counters.CallerIDNone)},
	}
}

// metric shows the modem to metrics.
func (l *modemLine) metric() metrics.Modem {
	s := l.modem.Status()
	state, _ := l.state(s)
	return metrics.Modem{
		Line: s.Name, Dialect: s.Capability.Dialect, Up: state != "out_of_service", Conversation: s.Conversation,
		Underruns: int64(s.Counters.Underruns), Overruns: int64(s.Counters.Overruns), Congested: int64(s.Counters.Congested),
		Timeouts: int64(s.Counters.Timeouts), Recoveries: int64(s.Counters.Recoveries), Faults: int64(s.Counters.Faults), Refused: int64(s.Counters.Refused),
		Network: s.Network.Registered, SignalDBm: s.Network.SignalDBm,
	}
}
