package q931

import "tipring/tdm/fsm"

type (
	callRow   = fsm.Row[State, event, *call, *input]
	callTable = fsm.Table[State, event, *call, *input]
)

// roles are the states that one side gives to the steps of a call: the one that this side sets up by SETUP, and the one
// that the peer does.
type roles struct {
	side   string
	letter string

	sent, sentOverlap, sentProceeding, sentAlerting          State
	got, gotOverlap, gotProceeding, gotAlerting, gotAnswered State // gotAnswered: CONNECT was sent
	clearing                                                 State // DISCONNECT was sent
	cleared                                                  State // DISCONNECT was received and tones are listened to
}

var (
	userRoles = roles{side: "user", letter: "U",
		sent: Initiated, sentOverlap: OverlapSending, sentProceeding: OutgoingProceeding, sentAlerting: Delivered,
		got: Present, gotOverlap: OverlapReceiving, gotProceeding: IncomingProceeding, gotAlerting: Received, gotAnswered: ConnectRequest,
		clearing: DisconnectRequest, cleared: DisconnectIndication}
	networkRoles = roles{side: "network", letter: "N",
		sent: Present, sentOverlap: OverlapReceiving, sentProceeding: IncomingProceeding, sentAlerting: Received,
		got: Initiated, gotOverlap: OverlapSending, gotProceeding: OutgoingProceeding, gotAlerting: Delivered, gotAnswered: Active,
		clearing: DisconnectIndication, cleared: DisconnectRequest}
)

var (
	userTable    = fsm.Compile(int(numStates), int(numEvents), rows(&userRoles))
	networkTable = fsm.Compile(int(numStates), int(numEvents), rows(&networkRoles))
)

func tables(c Config) (*callTable, *roles) {
	if c.Network && !c.Variant.Symmetric {
		return networkTable, &networkRoles
	}
	return userTable, &userRoles
}

// rows are the procedures of Q.931 §5 for one side.
func rows(r *roles) []callRow {
	arrow := fsm.Arrow[State, event, *call, *input]
	stay := fsm.Stay[State, event, *call, *input]
	every := fsm.Every[State, event, *call, *input]
	ignore := fsm.Ignore[State, event, *call, *input]

	// The clauses of §5.1 are those of a call from the user, §5.2 those of one to it.
	clause := func(out, in string) string {
		if r.side == "user" {
			return "Q.931 " + out
		}
		return "Q.931 " + in
	}
	incoming := func(out, in string) string { return clause(in, out) }
	const (
		clearing  = "Q.931 §5.3.3 and §5.3.4 clearing"
		collision = "Q.931 §5.3.5 clear collision"
		inband    = "Q.931 §5.3.4.1 clearing with tones"
		notify    = "Q.931 §5.9 user notification"
		status    = "Q.931 §5.8.11 receiving STATUS"
		enquiry   = "Q.931 §5.8.10 status enquiry"
		failure   = "Q.931 §5.8.9 data link failure"
		reset     = "Q.931 §5.8.8 data link reset"
		restart   = "Q.931 §5.5 restart"
		channel   = "Q.931 §5.1.2 and §5.2.3 B channel selection"
		errors    = "Q.931 §5.8.4 to §5.8.7 error handling"
		facility  = "Q.932 §6.2 functional protocol"
		crossed   = "project: it crossed the clearing"
		late      = "project: too late to do anything"
	)
	sent := []State{r.sent, r.sentOverlap, r.sentProceeding, r.sentAlerting}
	outgoing := []State{r.sentOverlap, r.sentProceeding, r.sentAlerting}
	got := []State{r.gotOverlap, r.gotProceeding, r.gotAlerting}
	setup := append(append([]State{r.got}, sent...), got...)
	alive := append([]State{Active}, setup...)
	if r.gotAnswered != Active {
		alive = append(alive, r.gotAnswered)
		setup = append(setup, r.gotAnswered)
	}
	ending := []State{r.clearing, r.cleared, ReleaseRequest}
	inCall := append(append([]State{}, alive...), r.clearing, r.cleared)

	all := []callRow{
		// This side calls.
		arrow(Null, reqSetup, r.sent, (*call).sendSetup, clause("§5.1.1 call request", "§5.2.1 incoming call")),
		arrow(r.sent, gotSetupAck, r.sentOverlap, (*call).moreDigitsWanted, clause("§5.1.3 overlap sending", "§5.2.4 overlap receiving")),
		arrow(r.sent, expiredT303, r.sent, (*call).repeatSetup, clause("§5.1.1 T303", "§5.2.5.3 T303")).When("first time", (*call).isFirst),
		arrow(r.sent, expiredT303, Null, (*call).nobodyAnswers, clause("§5.1.1 T303", "§5.2.5.3 T303")),
		stay(reqInformation, (*call).keepDigit, clause("§5.1.3 overlap sending", "§5.2.4 overlap receiving"), r.sent),
		stay(reqInformation, (*call).sendDigit, clause("§5.1.3 overlap sending", "§5.2.4 overlap receiving"), append(outgoing, Active)...),
		arrow(r.sentOverlap, expiredT304, r.clearing, (*call).noMoreDigits, clause("§5.1.3 T304", "§5.2.4 T304")),
		arrow(r.sentProceeding, expiredT310, r.clearing, (*call).noProgress, clause("§5.1.5.1 T310", "§5.2.5.3 T310")),
		arrow(r.sentAlerting, expiredT301, r.clearing, (*call).noAnswer, clause("§5.1.7 T301", "§5.2.5.3 T301")),
		every(gotProceeding, r.sentProceeding, (*call).proceeds, clause("§5.1.5 call proceeding", "§5.2.5.1 call proceeding"), r.sent, r.sentOverlap),
		every(gotAlerting, r.sentAlerting, (*call).alerts, clause("§5.1.7 call confirmation", "§5.2.5.2 call confirmation"), r.sent, r.sentOverlap, r.sentProceeding),
		every(gotConnect, Active, (*call).connects, clause("§5.1.8 call connected", "§5.2.8 active indication"), sent...),
		stay(gotProgress, (*call).progresses, "Q.931 §5.1.6 interworking at the origin", sent...),
		stay(gotProgress, (*call).progresses, "Q.931 §5.4 in-band tones and announcements", append(got, Active)...),

		// The peer calls.
		arrow(Null, gotSetup, r.got, (*call).offerSetup, incoming("§5.1.1 call request", "§5.2.1 incoming call")),
		arrow(r.got, expiredT302, r.got, (*call).nameDue, "project: a name that was announced did not come").When("name awaited", (*call).awaitsName),
		arrow(r.got, reqSetupAck, r.gotOverlap, (*call).sendSetupAck, incoming("§5.1.3 overlap sending", "§5.2.4 overlap receiving")),
		arrow(r.got, reqProceeding, r.gotProceeding, (*call).sendProceeding, incoming("§5.1.5 call proceeding", "§5.2.5.1 call proceeding")),
		arrow(r.gotOverlap, reqProceeding, r.gotProceeding, (*call).sendProceeding, incoming("§5.1.5 call proceeding", "§5.2.5.1 call proceeding")),
		arrow(r.gotOverlap, gotInformation, r.gotOverlap, (*call).takeDigits, incoming("§5.1.3 overlap sending", "§5.2.4 overlap receiving")),
		arrow(r.gotOverlap, expiredT302, r.gotOverlap, (*call).digitsOver, incoming("§5.1.3 T302", "§5.2.4 T302")),
		every(reqAlerting, r.gotAlerting, (*call).sendAlerting, incoming("§5.1.7 call confirmation", "§5.2.5.2 call confirmation"), r.got, r.gotOverlap, r.gotProceeding),
		stay(reqProgress, (*call).sendProgress, "Q.931 §5.4 in-band tones and announcements", append(got, Active)...),
		stay(reqProgress, (*call).sendProgress, "Q.931 §5.1.6 interworking", outgoing...),
		stay(expiredT322, (*call).enquireAgain, enquiry, alive...).When("may ask again", (*call).mayEnquire),
		every(expiredT322, r.clearing, (*call).peerSilent, enquiry, alive...),

		// Clearing.
		arrow(r.got, reqDisconnect, Null, (*call).refuse, "Q.931 §5.3.2 exception conditions, RELEASE COMPLETE"),
		every(reqDisconnect, r.clearing, (*call).sendDisconnect, clearing, without(alive, r.got)...),
		arrow(r.clearing, gotDisconnect, ReleaseRequest, (*call).sendRelease, collision),
		arrow(r.clearing, expiredT305, ReleaseRequest, (*call).sendRelease, clearing),
		ignore(gotDisconnect, "Q.931 §5.3.4.1: tones go on", r.cleared),
		every(gotRelease, Null, (*call).peerReleases, clearing, inCall...),
		arrow(ReleaseRequest, gotRelease, Null, (*call).gone, collision),
		every(gotReleaseComplete, Null, (*call).peerGone, clearing, append(inCall, ReleaseRequest)...),
		arrow(ReleaseRequest, expiredT308, ReleaseRequest, (*call).repeatRelease, clearing).When("first time", (*call).isFirst),
		arrow(ReleaseRequest, expiredT308, Null, (*call).neverReleased, clearing),

		// What changes nothing.
		stay(gotNotify, (*call).notified, notify, inCall...),
		stay(gotFacility, (*call).takeFacility, facility, append(inCall, ReleaseRequest)...),
		stay(gotInformation, (*call).takeInformation, "Q.931 §3.1.6 INFORMATION", append(append([]State{}, sent...), r.gotProceeding, r.gotAlerting, Active)...),
		stay(gotUserInformation, (*call).userUser, "Q.931 §7.1.4 USER INFORMATION", Active),
		stay(reqNotify, (*call).sendNotify, notify, alive...),
		stay(gotStatusEnquiry, (*call).answerEnquiry, enquiry, append(inCall, ReleaseRequest)...),
		every(gotStatus, Null, (*call).peerForgot, status, append(inCall, ReleaseRequest)...).When("peer in null", (*call).peerIsNull),
		every(gotStatus, Active, (*call).connectLost, status, sent...).When("the peer has answered", (*call).peerAnswered),
		stay(gotStatus, (*call).takeStatus, status, append(inCall, ReleaseRequest)...),
		ignore(gotConnectAck, "Q.931 §5.2.8: the peer of this side need not wait for it", Active),
		ignore(gotSetup, "Q.931 §5.8.3.2 e) SETUP with a call reference in use", append(inCall, ReleaseRequest)...),
		ignore(gotCongestion, "Q.931 §7.1.7 congestion control: USER INFORMATION is not sent by itself", append(inCall, ReleaseRequest)...),

		// What goes wrong.
		every(badChannel, ReleaseRequest, (*call).channelUnacceptable, channel, sent...),
		arrow(Null, badMessage, Null, (*call).refuseBad, errors),
		stay(badMessage, (*call).reportBad, errors, append(inCall, ReleaseRequest)...),
		arrow(Active, linkFailed, Active, (*call).linkLost, failure),
		every(linkFailed, Null, (*call).lost, failure, append(append([]State{}, setup...), ending...)...),
		arrow(Active, expiredT309, Null, (*call).linkStaysLost, failure),
		arrow(Active, linkReset, Active, (*call).linkBack, reset),
		every(linkReset, r.clearing, (*call).resetInOverlap, reset, r.sentOverlap, r.gotOverlap),
		ignore(linkReset, reset),
		every(restarted, Null, (*call).restartedAway, restart, append(inCall, ReleaseRequest)...),
	}
	all = append(all,
		ignore(reqDisconnect, late, r.clearing, ReleaseRequest),
		ignore(reqInformation, late, append(ending, r.got, r.gotOverlap, r.gotProceeding, r.gotAlerting)...),
		ignore(reqProgress, late, append(ending, r.got)...),
		ignore(reqAlerting, late, append(ending, r.gotAlerting)...),
		ignore(reqNotify, late, ending...),
		ignore(reqProceeding, late, append(ending, r.gotProceeding, r.gotAlerting)...),
		ignore(reqSetupAck, late, append(ending, r.gotProceeding, r.gotOverlap, r.gotAlerting)...),
		ignore(reqConnect, late, ending...),
	)
	// Tones after DISCONNECT go from the network to a user; QSIG has them both ways and one table.
	if r.side == "user" {
		all = append(all, every(gotDisconnect, r.cleared, (*call).tonesFollow, inband, alive...).When("in-band", (*call).hasTones),
			arrow(r.cleared, reqDisconnect, ReleaseRequest, (*call).sendRelease, clearing))
	}
	all = append(all, every(gotDisconnect, ReleaseRequest, (*call).peerDisconnects, clearing, alive...),
		arrow(r.clearing, expiredT306, ReleaseRequest, (*call).sendRelease, inband))
	for _, e := range []event{gotSetupAck, gotProceeding, gotProgress, gotAlerting, gotConnect, gotConnectAck, badChannel} {
		all = append(all, ignore(e, crossed, ending...))
	}
	for _, e := range []event{gotNotify, gotInformation, gotUserInformation} {
		all = append(all, ignore(e, crossed, ReleaseRequest))
	}
	all = append(all, ignore(gotInformation, crossed, r.clearing, r.cleared), ignore(gotUserInformation, crossed, r.clearing, r.cleared),
		ignore(gotDisconnect, crossed, ReleaseRequest))

	// Answering: a user waits for CONNECT ACKNOWLEDGE, a network does not.
	from := []State{r.got, r.gotOverlap, r.gotProceeding, r.gotAlerting}
	all = append(all, every(reqConnect, r.gotAnswered, (*call).sendConnect, incoming("§5.1.8 call connected", "§5.2.7 call accept"), from...))
	if r.gotAnswered != Active {
		all = append(all,
			arrow(r.gotAnswered, gotConnectAck, Active, (*call).acknowledged, "Q.931 §5.2.8 active indication"),
			arrow(r.gotAnswered, expiredT313, r.clearing, (*call).notAcknowledged, "Q.931 §5.2.8 T313"),
			ignore(reqConnect, late, r.gotAnswered, Active),
			ignore(reqProgress, late, r.gotAnswered))
	} else {
		all = append(all, ignore(reqConnect, late, Active))
	}
	return all
}

func without(states []State, s State) []State {
	out := make([]State, 0, len(states))
	for _, x := range states {
		if x != s {
			out = append(out, x)
		}
	}
	return out
}
