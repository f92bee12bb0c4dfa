package q921

import "tipring/tdm/fsm"

type row = fsm.Row[State, Event, *Link, *Input]

// table is the SDL of Q.921 Annex B, figures B.3 to B.9.
var table = fsm.Compile(int(numStates), int(numEvents), rows())

func rows() []row {
	arrow := fsm.Arrow[State, Event, *Link, *Input]
	stay := fsm.Stay[State, Event, *Link, *Input]
	every := fsm.Every[State, Event, *Link, *Input]
	ignore := fsm.Ignore[State, Event, *Link, *Input]

	const (
		assign     = "Q.921 §5.3.2 TEI assignment, figure B.3"
		remove     = "Q.921 §5.3.4 TEI removal, figures B.3 to B.8"
		establish  = "Q.921 §5.5.1.1 establishment"
		answer     = "Q.921 §5.5.1.2 establishment, the called side"
		connected  = "Q.921 §5.5.1.2 UA received"
		refused    = "Q.921 §5.5.1.2 DM received"
		retry      = "Q.921 §5.5.1.3 expiry of T200"
		release    = "Q.921 §5.5.3.1 release"
		released   = "Q.921 §5.5.3.2 release"
		retryDISC  = "Q.921 §5.5.3.3 expiry of T200"
		collision  = "Q.921 §5.5.5 collision of commands"
		noLink     = "Q.921 §5.5.4 TEI-assigned state"
		transfer   = "Q.921 §5.6.1 transmitting I frames"
		receive    = "Q.921 §5.6.2 receiving I frames"
		ack        = "Q.921 §5.6.3.1 on receipt of I frames"
		receiveAck = "Q.921 §5.6.3.2 receiving acknowledgement"
		rej        = "Q.921 §5.6.4 receiving REJ"
		rnr        = "Q.921 §5.6.5 receiving RNR"
		own        = "Q.921 §5.6.6 own receiver busy"
		waiting    = "Q.921 §5.6.7 waiting acknowledgement"
		sequence   = "Q.921 §5.8.1 N(S) sequence error"
		nr         = "Q.921 §5.8.2 N(R) sequence error"
		timer      = "Q.921 §5.8.3 timer recovery"
		reject     = "Q.921 §5.8.5 frame rejection condition"
		frmr       = "Q.921 §5.8.6 receipt of FRMR"
		unsol      = "Q.921 §5.8.7 unsolicited response frames"
		reset      = "Q.921 §5.7.1 criteria for re-establishment"
		monitor    = "Q.921 §5.10.3 data link monitor, T203"
		unit       = "Q.921 §5.2.2 unacknowledged information transfer"
		down       = "Q.921 Annex B, persistent deactivation"
		saved      = "Q.921 figures B.5 and B.6, saved"
		late       = "project: nothing to do"
	)
	noTEI := []State{Unassigned, AssignAwaitingTEI, EstablishAwaitingTEI}
	up := []State{Established, TimerRecovery}

	return []row{
		// 1, 2, 3: no TEI.
		arrow(Unassigned, EstablishRequest, EstablishAwaitingTEI, (*Link).wantTEI, assign),
		arrow(Unassigned, UnitDataRequest, AssignAwaitingTEI, (*Link).unitAwaitsTEI, assign),
		arrow(AssignAwaitingTEI, EstablishRequest, EstablishAwaitingTEI, nil, assign),
		stay(UnitDataRequest, (*Link).keepUnit, assign, AssignAwaitingTEI, EstablishAwaitingTEI),
		arrow(Unassigned, AssignRequest, Assigned, (*Link).setTEI, assign),
		arrow(AssignAwaitingTEI, AssignRequest, Assigned, (*Link).setTEI, assign),
		arrow(EstablishAwaitingTEI, AssignRequest, AwaitingEstablishment, (*Link).setTEIAndEstablish, assign),
		arrow(AssignAwaitingTEI, ErrorResponse, Unassigned, (*Link).dropUnits, assign),
		arrow(EstablishAwaitingTEI, ErrorResponse, Unassigned, (*Link).noTEI, assign),
		arrow(AssignAwaitingTEI, Deactivated, Unassigned, (*Link).dropUnits, down),
		arrow(EstablishAwaitingTEI, Deactivated, Unassigned, (*Link).noTEI, down),
		ignore(Deactivated, down, Unassigned, Assigned),
		ignore(RemoveRequest, remove, noTEI...),
		arrow(Assigned, RemoveRequest, Unassigned, (*Link).dropUnits, remove),
		arrow(AwaitingEstablishment, RemoveRequest, Unassigned, (*Link).fail, remove),
		arrow(AwaitingRelease, RemoveRequest, Unassigned, (*Link).confirmRelease, remove),
		every(RemoveRequest, Unassigned, (*Link).fail, remove, up...),

		// 4: a TEI and no link.
		arrow(Assigned, EstablishRequest, AwaitingEstablishment, (*Link).establishForLayer3, establish),
		arrow(Assigned, ReleaseRequest, Assigned, (*Link).confirmReleaseOnly, release),
		arrow(Assigned, gotSABME, Established, (*Link).accept, answer),
		arrow(Assigned, gotDISC, Assigned, (*Link).sendDM, noLink),
		arrow(Assigned, gotUA, Assigned, (*Link).unsolicitedUA, noLink),
		arrow(Assigned, gotDM, Assigned, nil, noLink).When("F=1", final),
		arrow(Assigned, gotDM, AwaitingEstablishment, (*Link).establishForLayer3, noLink),
		ignore(gotI, noLink, Assigned),
		ignore(gotRR, noLink, Assigned),
		ignore(gotRNR, noLink, Assigned),
		ignore(gotREJ, noLink, Assigned),
		ignore(gotFRMR, noLink, Assigned),

		// 5: SABME is out.
		arrow(AwaitingEstablishment, EstablishRequest, AwaitingEstablishment, (*Link).layer3Wants, "Q.921 figure B.5"),
		arrow(AwaitingEstablishment, ReleaseRequest, AwaitingEstablishment, (*Link).saveRelease, saved),
		arrow(AwaitingEstablishment, DataRequest, AwaitingEstablishment, nil, "Q.921 figure B.5: layer 3 has to wait for the confirm").When("layer 3 initiated", (*Link).isLayer3),
		arrow(AwaitingEstablishment, DataRequest, AwaitingEstablishment, (*Link).enqueue, "Q.921 figure B.5"),
		arrow(AwaitingEstablishment, gotSABME, AwaitingEstablishment, (*Link).sendUA, collision),
		arrow(AwaitingEstablishment, gotDISC, AwaitingEstablishment, (*Link).sendDM, collision),
		arrow(AwaitingEstablishment, gotUA, Established, (*Link).established, connected).When("F=1", final),
		arrow(AwaitingEstablishment, gotUA, AwaitingEstablishment, (*Link).unsolicitedUA, unsol),
		arrow(AwaitingEstablishment, gotDM, Assigned, (*Link).fail, refused).When("F=1", final),
		arrow(AwaitingEstablishment, gotDM, AwaitingEstablishment, nil, refused),
		arrow(AwaitingEstablishment, expiredT200, AwaitingEstablishment, (*Link).repeatSABME, retry).When("RC<N200", (*Link).mayRepeat),
		arrow(AwaitingEstablishment, expiredT200, Assigned, (*Link).giveUpSABME, retry),
		arrow(AwaitingEstablishment, Deactivated, Assigned, (*Link).fail, down),

		// 6: DISC is out.
		arrow(AwaitingRelease, EstablishRequest, AwaitingRelease, (*Link).saveEstablish, saved),
		arrow(AwaitingRelease, gotSABME, AwaitingRelease, (*Link).sendDM, collision),
		arrow(AwaitingRelease, gotDISC, AwaitingRelease, (*Link).sendUA, collision),
		arrow(AwaitingRelease, gotUA, Assigned, (*Link).confirmRelease, released).When("F=1", final),
		arrow(AwaitingRelease, gotUA, AwaitingRelease, (*Link).unsolicitedUA, unsol),
		arrow(AwaitingRelease, gotDM, Assigned, (*Link).confirmRelease, released).When("F=1", final),
		arrow(AwaitingRelease, gotDM, AwaitingRelease, nil, released),
		arrow(AwaitingRelease, expiredT200, AwaitingRelease, (*Link).repeatDISC, retryDISC).When("RC<N200", (*Link).mayRepeat),
		arrow(AwaitingRelease, expiredT200, Assigned, (*Link).giveUpDISC, retryDISC),
		arrow(AwaitingRelease, Deactivated, Assigned, (*Link).confirmRelease, down),

		// 7 and 8: the link is up.
		every(EstablishRequest, AwaitingEstablishment, (*Link).restart, reset, up...),
		every(ReleaseRequest, AwaitingRelease, (*Link).disconnect, release, up...),
		every(Deactivated, Assigned, (*Link).fail, down, up...),
		every(gotSABME, Established, (*Link).peerReset, reset, up...),
		every(gotDISC, Assigned, (*Link).peerReleased, released, up...),
		stay(gotUA, (*Link).unsolicitedUA, unsol, up...),
		stay(gotDM, (*Link).unsolicitedDM, unsol, up...).When("F=1", final),
		every(gotDM, AwaitingEstablishment, (*Link).lostPeer, reset, up...),
		every(gotFRMR, AwaitingEstablishment, (*Link).peerRejects, frmr, up...),
		every(gotBad, AwaitingEstablishment, (*Link).rejectFrame, reject, up...),
		stay(DataRequest, (*Link).enqueue, transfer, up...),
		stay(BusySet, nil, own, up...).When("busy", (*Link).isOwnBusy),
		stay(BusySet, (*Link).becomeBusy, own, up...),
		stay(BusyClear, (*Link).becomeFree, own, up...).When("busy", (*Link).isOwnBusy),
		stay(BusyClear, nil, own, up...),
		stay(Flush, (*Link).acknowledge, ack, up...).When("acknowledge pending", (*Link).isAckPending),
		stay(Flush, nil, ack, up...),

		arrow(Established, queuedUp, Established, (*Link).sendQueued, transfer).When("window open", (*Link).maySend),
		arrow(Established, queuedUp, Established, nil, transfer),
		arrow(Established, expiredT200, TimerRecovery, (*Link).beginRecovery, waiting),
		arrow(Established, expiredT203, TimerRecovery, (*Link).askWhetherAlive, monitor),
		arrow(Established, gotI, AwaitingEstablishment, (*Link).takeIAndRecover, nr).When("N(R) outside", (*Link).isNROutside),
		arrow(Established, gotRR, AwaitingEstablishment, (*Link).recoverNR, nr).When("N(R) outside", (*Link).isNROutside),
		arrow(Established, gotREJ, AwaitingEstablishment, (*Link).recoverNR, nr).When("N(R) outside", (*Link).isNROutside),
		arrow(Established, gotRNR, AwaitingEstablishment, (*Link).recoverNR, nr).When("N(R) outside", (*Link).isNROutside),
		arrow(Established, gotI, Established, (*Link).takeBusy, own).When("own receiver busy", (*Link).isOwnBusy),
		arrow(Established, gotI, Established, (*Link).takeI, receive).When("N(S)=V(R)", (*Link).isInSequence),
		arrow(Established, gotI, Established, (*Link).takeOutOfSequence, sequence),
		arrow(Established, gotRR, Established, (*Link).takeRR, receiveAck),
		arrow(Established, gotREJ, Established, (*Link).takeREJ, rej),
		arrow(Established, gotRNR, Established, (*Link).takeRNR, rnr),

		ignore(queuedUp, timer, TimerRecovery, AwaitingEstablishment, AwaitingRelease),
		arrow(TimerRecovery, expiredT200, TimerRecovery, (*Link).repeatEnquiry, waiting).When("RC<N200", (*Link).mayRepeat),
		arrow(TimerRecovery, expiredT200, AwaitingEstablishment, (*Link).giveUpEnquiry, waiting),
		arrow(TimerRecovery, gotI, AwaitingEstablishment, (*Link).takeIAndRecover, nr).When("N(R) outside", (*Link).isNROutside),
		arrow(TimerRecovery, gotRR, AwaitingEstablishment, (*Link).recoverNR, nr).When("N(R) outside", (*Link).isNROutside),
		arrow(TimerRecovery, gotREJ, AwaitingEstablishment, (*Link).recoverNR, nr).When("N(R) outside", (*Link).isNROutside),
		arrow(TimerRecovery, gotRNR, AwaitingEstablishment, (*Link).recoverNR, nr).When("N(R) outside", (*Link).isNROutside),
		arrow(TimerRecovery, gotI, TimerRecovery, (*Link).takeBusyInRecovery, own).When("own receiver busy", (*Link).isOwnBusy),
		arrow(TimerRecovery, gotI, TimerRecovery, (*Link).takeIInRecovery, receive).When("N(S)=V(R)", (*Link).isInSequence),
		arrow(TimerRecovery, gotI, TimerRecovery, (*Link).takeOutOfSequenceInRecovery, sequence),
		arrow(TimerRecovery, gotRR, Established, (*Link).endRecovery, timer).When("response, F=1", finalResponse),
		arrow(TimerRecovery, gotRR, TimerRecovery, (*Link).goOnRecovering, timer),
		arrow(TimerRecovery, gotREJ, Established, (*Link).endRecovery, timer).When("response, F=1", finalResponse),
		arrow(TimerRecovery, gotREJ, TimerRecovery, (*Link).goOnRecovering, timer),
		arrow(TimerRecovery, gotRNR, Established, (*Link).endRecoveryBusy, timer).When("response, F=1", finalResponse),
		arrow(TimerRecovery, gotRNR, TimerRecovery, (*Link).goOnRecoveringBusy, timer),

		// Unacknowledged information, wherever there is a TEI.
		stay(UnitDataRequest, (*Link).sendUI, unit, Assigned, AwaitingEstablishment, AwaitingRelease, Established, TimerRecovery),
		stay(gotUI, (*Link).takeUI, unit),

		ignore(Flush, late, Unassigned, AssignAwaitingTEI, EstablishAwaitingTEI, Assigned, AwaitingEstablishment, AwaitingRelease),
		ignore(gotBad, "Q.921 §5.8.5: only while the link is up", Assigned, AwaitingEstablishment, AwaitingRelease),
		ignore(AssignRequest, assign, Assigned, AwaitingEstablishment, AwaitingRelease, Established, TimerRecovery),
		ignore(DataRequest, "Q.921 §4.1.1.3: DL-DATA belongs to an established link", Unassigned, AssignAwaitingTEI, EstablishAwaitingTEI, Assigned, AwaitingRelease),
	}
}

func final(_ *Link, in *Input) bool         { return in.frame.PF }
func finalResponse(_ *Link, in *Input) bool { return in.frame.PF && !in.frame.Command }

func (l *Link) isLayer3(*Input) bool     { return l.layer3 }
func (l *Link) mayRepeat(*Input) bool    { return l.rc < l.config.N200 }
func (l *Link) isOwnBusy(*Input) bool    { return l.ownBusy }
func (l *Link) isAckPending(*Input) bool { return l.ackPending }

// isNROutside: V(A) <= N(R) <= V(S) does not hold, modulo 128.
func (l *Link) isNROutside(in *Input) bool {
	return distance(l.va, in.frame.NR) > distance(l.va, l.vs)
}

func (l *Link) isInSequence(in *Input) bool { return in.frame.NS == l.vr }

func (l *Link) maySend(*Input) bool { return !l.peerBusy && l.unacknowledged() < l.config.K }

const modulus = 128

func distance(from, to uint8) int { return int((to - from) % modulus) }

func (l *Link) unacknowledged() int { return distance(l.va, l.vs) }
