package q921

// Actions of the SDL that carry information. Each is called by a row of the table.

func (l *Link) sendUI(in *Input) {
	if len(in.Octets) > l.config.N201 {
		l.mdlError(TooLong)
		return
	}
	l.transmit(Frame{Kind: UI, Command: true, Info: in.Octets})
}

func (l *Link) takeUI(in *Input) {
	l.out = append(l.out, Output{Action: UnitDataIndication, Octets: in.frame.Info})
}

func (l *Link) enqueue(in *Input) {
	switch {
	case len(in.Octets) > l.config.N201:
		l.mdlError(TooLong)
	case !l.queue.push(in.Octets):
		l.mdlError(Overflow)
	}
}

// sendQueued sends what the window allows.
func (l *Link) sendQueued(in *Input) {
	for sent := l.unacknowledged(); sent < l.queue.n && l.maySend(in); sent++ {
		l.transmit(Frame{Kind: I, Command: true, NS: l.vs, NR: l.vr, Info: l.queue.at(sent)})
		l.vs = (l.vs + 1) % modulus
		l.ackPending = false
		if !l.timers[T200].running {
			l.stop(T203)
			l.start(T200)
		}
	}
}

// acked takes the frames before N(R) off the queue.
func (l *Link) acked(nr uint8) {
	l.queue.drop(distance(l.va, nr))
	l.va = nr
}

// rewind makes the frames from N(R) on be sent again.
func (l *Link) rewind(nr uint8) {
	l.counters.Retransmitted += uint64(distance(nr, l.vs))
	l.vs = nr
}

// enquiry is the SDL's macro TRANSMIT ENQUIRY.
func (l *Link) enquiry() {
	if l.ownBusy {
		l.command(RNR, true)
	} else {
		l.command(RR, true)
	}
	l.ackPending = false
	l.start(T200)
}

// answerEnquiry is the SDL's macro ENQUIRY RESPONSE.
func (l *Link) answerEnquiry() { l.ready(true) }

func (l *Link) ready(f bool) {
	if l.ownBusy {
		l.response(RNR, f)
	} else {
		l.response(RR, f)
	}
	l.ackPending = false
}

func (l *Link) acknowledge(*Input) { l.ready(false) }

func (l *Link) becomeBusy(*Input) {
	l.ownBusy = true
	l.ready(false)
}

func (l *Link) becomeFree(*Input) {
	l.ownBusy = false
	l.ready(false)
}

// beginRecovery: the enquiry takes the place of a retransmission and counts as one (§5.6.7).
func (l *Link) beginRecovery(*Input) {
	l.rc = 1
	l.enquiry()
}

func (l *Link) askWhetherAlive(*Input) {
	l.rc = 0
	l.enquiry()
}

func (l *Link) repeatEnquiry(*Input) {
	l.rc++
	l.enquiry()
}

func (l *Link) giveUpEnquiry(*Input) {
	l.mdlError(NoAnswerToPoll)
	l.reestablish()
}

// receiveInfo hands an I frame in sequence on.
func (l *Link) receiveInfo(in *Input) {
	l.vr = (l.vr + 1) % modulus
	l.rejected = false
	l.out = append(l.out, Output{Action: DataIndication, Octets: in.frame.Info})
	if in.frame.PF {
		l.ready(true)
	} else {
		l.ackPending = true
	}
}

// receiveOutOfSequence asks once for what is missing: §3.6.7 allows one REJ exception.
func (l *Link) receiveOutOfSequence(in *Input) {
	switch {
	case !l.rejected:
		l.rejected = true
		l.response(REJ, in.frame.PF)
		l.ackPending = false
	case in.frame.PF:
		l.ready(true)
	}
}

// receiveBusy drops the information and takes the acknowledgement.
func (l *Link) receiveBusy(in *Input) {
	if in.frame.PF {
		l.ready(true)
	}
}

// peerAcks is what N(R) of an I frame or RR does in state 7.
func (l *Link) peerAcks(nr uint8) {
	switch {
	case nr == l.vs:
		moved := nr != l.va
		l.acked(nr)
		if moved || l.timers[T200].running {
			l.stop(T200)
			l.start(T203)
		}
	case nr != l.va:
		l.acked(nr)
		l.start(T200)
	}
}

// ackByI: while the peer is busy, T200 runs on for the enquiry that asks whether it still is.
func (l *Link) ackByI(in *Input) {
	if l.peerBusy {
		l.acked(in.frame.NR)
		return
	}
	l.peerAcks(in.frame.NR)
}

func (l *Link) takeI(in *Input) {
	l.receiveInfo(in)
	l.ackByI(in)
}

func (l *Link) takeBusy(in *Input) {
	l.receiveBusy(in)
	l.ackByI(in)
}

func (l *Link) takeOutOfSequence(in *Input) {
	l.receiveOutOfSequence(in)
	l.ackByI(in)
}

// takeIAndRecover: the information is good, its N(R) is not.
func (l *Link) takeIAndRecover(in *Input) {
	if !l.ownBusy && l.isInSequence(in) {
		l.receiveInfo(in)
	}
	l.recoverNR(in)
}

// supervisory answers the P bit of a command and reports an F bit that nobody asked for.
func (l *Link) supervisory(in *Input) {
	switch {
	case in.frame.Command && in.frame.PF:
		l.answerEnquiry()
	case in.frame.PF:
		l.mdlError(UnsolicitedF)
	}
}

func (l *Link) takeRR(in *Input) {
	l.peerBusy = false
	l.supervisory(in)
	l.peerAcks(in.frame.NR)
}

func (l *Link) takeREJ(in *Input) {
	l.peerBusy = false
	l.supervisory(in)
	l.acked(in.frame.NR)
	l.stop(T200)
	l.start(T203)
	l.rewind(in.frame.NR)
}

func (l *Link) takeRNR(in *Input) {
	l.peerBusy = true
	l.supervisory(in)
	l.acked(in.frame.NR)
	l.stop(T203)
	l.start(T200)
}

func (l *Link) takeIInRecovery(in *Input) {
	l.receiveInfo(in)
	l.acked(in.frame.NR)
}

func (l *Link) takeBusyInRecovery(in *Input) {
	l.receiveBusy(in)
	l.acked(in.frame.NR)
}

func (l *Link) takeOutOfSequenceInRecovery(in *Input) {
	l.receiveOutOfSequence(in)
	l.acked(in.frame.NR)
}

func (l *Link) answerCommand(in *Input) {
	if in.frame.Command && in.frame.PF {
		l.answerEnquiry()
	}
}

func (l *Link) endRecovery(in *Input) {
	l.peerBusy = false
	l.acked(in.frame.NR)
	l.stop(T200)
	l.start(T203)
	l.rewind(in.frame.NR)
}

func (l *Link) endRecoveryBusy(in *Input) {
	l.peerBusy = true
	l.acked(in.frame.NR)
	l.start(T200)
	l.rewind(in.frame.NR)
}

func (l *Link) goOnRecovering(in *Input) {
	l.peerBusy = false
	l.answerCommand(in)
	l.acked(in.frame.NR)
}

func (l *Link) goOnRecoveringBusy(in *Input) {
	l.peerBusy = true
	l.answerCommand(in)
	l.acked(in.frame.NR)
}
