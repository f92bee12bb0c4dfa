package sip

import "tipring/tdm/fsm"

// state is where a leg is in RFC 3261 §13 to §15.
type state uint8

const (
	offered   state = iota // server: INVITE received, no final response yet
	answered               // server: 2xx sent, no ACK yet
	clearing               // server: to be cleared with BYE as soon as the ACK has come (§15)
	calling                // client: INVITE sent, no response yet
	ringing                // client: provisional response received
	confirmed              // both: the session stands
	ended                  // both: released; forks of a client may still have to be dealt with
	numStates
)

func (s state) String() string {
	return [...]string{"offered", "answered", "clearing", "calling", "ringing", "confirmed", "ended"}[s]
}

// event is what a leg reacts to.
type event uint8

const (
	evNone event = iota
	// Primitives from the call.
	evOverlap
	evProceeding
	evProgress
	evAlerting
	evConnect
	evDisconnect
	evDigit
	evHold
	// Requests from the peer.
	evCancel
	evACK
	evBYE
	evReinvite
	evUpdate
	evInfo
	evOther
	// Responses to our INVITEs.
	evProvisional
	evAnswer
	evFailure
	evReinvited
	// Timers.
	evResend
	evNoACK
	evMinute
	evRetry
	evGiveUp
	// The rest.
	evNotice
	evMediaLost
	evUnusable
	evStop
	evOverflow
	numEvents
)

func (e event) String() string {
	return [...]string{"none", "overlap", "proceeding", "progress", "alerting", "connect", "disconnect", "digit", "hold", "CANCEL", "ACK", "BYE",
		"re-INVITE", "UPDATE", "INFO", "other request", "1xx", "2xx", "3xx-6xx", "re-INVITE answered", "T1", "64*T1", "1 min",
		"glare", "cancel timeout", "notice", "media lost", "unusable answer", "stop", "overflow"}[e]
}

type row = fsm.Row[state, event, *leg, input]

var rows = []row{
	fsm.Ignore[state, event, *leg, input](evProceeding, "RFC 3261 §17.2.1: 100 went out at once", offered),
	fsm.Arrow(offered, evProgress, offered, (*leg).sendProgress, "RFC 3261 §13.3.1.1"),
	fsm.Arrow(offered, evAlerting, offered, (*leg).sendRinging, "RFC 3261 §13.3.1.1"),
	fsm.Arrow(offered, evMinute, offered, (*leg).refreshProvisional, "RFC 3261 §13.3.1.1"),
	fsm.Arrow(offered, evConnect, answered, (*leg).sendOK, "RFC 3261 §13.3.1.4"),
	fsm.Arrow(offered, evDisconnect, ended, (*leg).reject, "RFC 3261 §13.3.1.3"),
	fsm.Arrow(offered, evOverlap, ended, (*leg).rejectIncomplete, "RFC 3261 §21.4.22: numbers come en bloc"),
	fsm.Arrow(offered, evCancel, ended, (*leg).cancelled, "RFC 3261 §9.2"),
	fsm.Arrow(offered, evBYE, ended, (*leg).earlyBYE, "RFC 3261 §15.1.2"),
	fsm.Arrow(offered, evReinvite, offered, (*leg).refuseOverlapping, "RFC 3261 §14.2"),
	fsm.Arrow(offered, evUpdate, offered, (*leg).earlyUpdate, "RFC 3311 §5.2"),
	fsm.Arrow(offered, evUnusable, ended, (*leg).failOffer, "RFC 3261 §13.3.1.3"),

	fsm.Arrow(answered, evACK, confirmed, (*leg).acknowledged, "RFC 3261 §13.3.1.4").When("ours", (*leg).acknowledges),
	fsm.Arrow(answered, evResend, answered, (*leg).resendOK, "RFC 3261 §13.3.1.4"),
	fsm.Arrow(answered, evNoACK, ended, (*leg).noACK, "RFC 3261 §13.3.1.4").When("current", (*leg).isPending),
	fsm.Arrow(answered, evBYE, ended, (*leg).byeReceived, "RFC 3261 §15.1.2"),
	fsm.Arrow(answered, evDisconnect, clearing, (*leg).releaseFirst, "RFC 3261 §15: no BYE before the ACK"),
	fsm.Arrow(answered, evReinvite, answered, (*leg).refusePending, "RFC 3261 §14.2"),
	fsm.Arrow(answered, evUpdate, answered, (*leg).refusePending, "RFC 3311 §5.2"),
	fsm.Ignore[state, event, *leg, input](evCancel, "RFC 3261 §9.2: too late", answered, clearing, confirmed, ended),

	fsm.Arrow(clearing, evACK, ended, (*leg).sendBYE, "RFC 3261 §15").When("ours", (*leg).acknowledges),
	fsm.Arrow(clearing, evResend, clearing, (*leg).resendOK, "RFC 3261 §13.3.1.4"),
	fsm.Arrow(clearing, evNoACK, ended, (*leg).sendBYE, "RFC 3261 §15").When("current", (*leg).isPending),
	fsm.Arrow(clearing, evBYE, ended, (*leg).byeReceived, "RFC 3261 §15.1.2"),

	fsm.Arrow(calling, evProvisional, ringing, (*leg).provisional, "RFC 3261 §13.2.2.1"),
	fsm.Arrow(ringing, evProvisional, ringing, (*leg).provisional, "RFC 3261 §13.2.2.1"),
	fsm.Every(evAnswer, confirmed, (*leg).answeredBy, "RFC 3261 §13.2.2.4", calling, ringing),
	fsm.Arrow(calling, evFailure, ended, (*leg).failed, "RFC 3261 §13.2.2.3").When("last", (*leg).lastFork),
	fsm.Arrow(calling, evFailure, calling, (*leg).forkFailed, "RFC 3261 §16.7"),
	fsm.Arrow(ringing, evFailure, ended, (*leg).failed, "RFC 3261 §13.2.2.3").When("last", (*leg).lastFork),
	fsm.Arrow(ringing, evFailure, ringing, (*leg).forkFailed, "RFC 3261 §16.7"),
	fsm.Every(evDisconnect, ended, (*leg).cancelCall, "RFC 3261 §9.1", calling, ringing),
	fsm.Every(evBYE, ended, (*leg).earlyPeerBYE, "RFC 3261 §15: not allowed, but the peer is gone", calling, ringing),
	fsm.Arrow(ringing, evUpdate, ringing, (*leg).earlyUpdate, "RFC 3311 §5.2"),
	fsm.Arrow(ringing, evReinvite, ringing, (*leg).refusePending, "RFC 3261 §14.2"),

	fsm.Arrow(confirmed, evACK, confirmed, (*leg).acknowledged, "RFC 3261 §14.2").When("ours", (*leg).acknowledges),
	fsm.Arrow(confirmed, evResend, confirmed, (*leg).resendOK, "RFC 3261 §13.3.1.4"),
	fsm.Arrow(confirmed, evNoACK, ended, (*leg).noACK, "RFC 3261 §14.2").When("current", (*leg).isPending),
	fsm.Arrow(confirmed, evBYE, ended, (*leg).byeReceived, "RFC 3261 §15.1.2"),
	fsm.Arrow(confirmed, evDisconnect, ended, (*leg).hangUp, "RFC 3261 §15.1.1"),
	fsm.Arrow(confirmed, evReinvite, confirmed, (*leg).reoffered, "RFC 3261 §14.2"),
	fsm.Arrow(confirmed, evUpdate, confirmed, (*leg).reoffered, "RFC 3311 §5.2"),
	fsm.Arrow(confirmed, evHold, confirmed, (*leg).hold, "RFC 3264 §8.4"),
	fsm.Arrow(confirmed, evRetry, confirmed, (*leg).retryOffer, "RFC 3261 §14.1"),
	fsm.Arrow(confirmed, evReinvited, confirmed, (*leg).reinvited, "RFC 3261 §14.1"),
	fsm.Arrow(confirmed, evDigit, confirmed, (*leg).sendDigit, "RFC 4733 §2.5"),
	fsm.Arrow(answered, evDigit, answered, (*leg).sendDigit, "RFC 4733 §2.5"),
	fsm.Arrow(ringing, evDigit, ringing, (*leg).sendDigit, "RFC 4733 §2.5"),
	fsm.Arrow(confirmed, evNotice, confirmed, (*leg).notice, "RFC 4733 §3.2, RFC 4734 §2"),
	fsm.Arrow(answered, evNotice, answered, (*leg).notice, "RFC 4733 §3.2, RFC 4734 §2"),
	fsm.Arrow(confirmed, evMediaLost, ended, (*leg).mediaLost, "RFC 3550 §6.3.5: the peer is gone"),
	fsm.Every(evUnusable, ended, (*leg).unusable, "RFC 3261 §13.2.2.4", answered, confirmed, clearing),
	fsm.Arrow(confirmed, evAnswer, confirmed, (*leg).lateAnswer, "RFC 3261 §13.2.2.4"),
	fsm.Arrow(confirmed, evFailure, confirmed, (*leg).forkFailed, "RFC 3261 §9.1"),
	fsm.Arrow(confirmed, evProvisional, confirmed, (*leg).cancelPending, "RFC 3261 §9.1"),
	fsm.Arrow(confirmed, evGiveUp, confirmed, (*leg).abandonForks, "RFC 3261 §9.1"),

	fsm.Arrow(ended, evAnswer, ended, (*leg).lateAnswer, "RFC 3261 §13.2.2.4"),
	fsm.Arrow(ended, evFailure, ended, (*leg).forkFailed, "RFC 3261 §9.1"),
	fsm.Arrow(ended, evProvisional, ended, (*leg).cancelPending, "RFC 3261 §9.1"),
	fsm.Arrow(ended, evGiveUp, ended, (*leg).abandonForks, "RFC 3261 §9.1"),
	fsm.Arrow(ended, evReinvited, ended, (*leg).reinvited, "RFC 3261 §14.1: a 2xx needs its ACK"),
	fsm.Arrow(ended, evBYE, ended, (*leg).crossedBYE, "RFC 3261 §15.1.2"),

	fsm.Arrow(offered, evInfo, offered, (*leg).info, "RFC 6086 §4.2.2"),
	fsm.Arrow(answered, evInfo, answered, (*leg).info, "RFC 6086 §4.2.2"),
	fsm.Arrow(confirmed, evInfo, confirmed, (*leg).info, "RFC 6086 §4.2.2"),
	fsm.Arrow(offered, evOther, offered, (*leg).other, "RFC 3261 §8.2.1"),
	fsm.Arrow(answered, evOther, answered, (*leg).other, "RFC 3261 §8.2.1"),
	fsm.Arrow(confirmed, evOther, confirmed, (*leg).other, "RFC 3261 §8.2.1"),

	fsm.Every(evStop, ended, (*leg).stopped, "the server stops", offered, answered, clearing, calling, ringing, confirmed),
	fsm.Arrow(ended, evStop, ended, (*leg).abandonForks, "the server stops"),
	fsm.Every(evOverflow, ended, (*leg).overflow, "Q.850 cause 42: the inbox is full", offered, answered, clearing, calling, ringing, confirmed),
}

var machine = fsm.Compile(int(numStates), int(numEvents), rows)
