package q921

// Actions of the SDL that set a link up, take it down and reset it. Each is called by a row of the table.

func (l *Link) wantTEI(*Input) { l.emit(AssignIndication) }

func (l *Link) unitAwaitsTEI(in *Input) {
	l.keepUnit(in)
	l.emit(AssignIndication)
}

func (l *Link) keepUnit(in *Input) {
	if !l.units.push(in.Octets) {
		l.mdlError(Overflow)
	}
}

func (l *Link) dropUnits(*Input) { l.units.clear() }

func (l *Link) setTEI(in *Input) {
	l.tei = in.TEI
	for i := range l.units.n {
		l.transmit(Frame{Kind: UI, Command: true, Info: l.units.at(i)})
	}
	l.units.clear()
}

func (l *Link) setTEIAndEstablish(in *Input) {
	l.setTEI(in)
	l.establishForLayer3(in)
}

func (l *Link) noTEI(*Input) {
	l.units.clear()
	l.emit(ReleaseIndication)
}

// establish is the SDL's macro ESTABLISH DATA LINK.
func (l *Link) establish() {
	l.clearExceptions()
	l.rc = 0
	l.command(SABME, true)
	l.stop(T203)
	l.start(T200)
}

func (l *Link) establishForLayer3(*Input) {
	l.layer3 = true
	l.establish()
}

// reestablish does it without layer 3.
func (l *Link) reestablish() {
	l.layer3 = false
	l.establish()
}

func (l *Link) clearExceptions() {
	l.peerBusy, l.ownBusy, l.rejected, l.ackPending = false, false, false, false
}

// begin sets the numbers of a new connection.
func (l *Link) begin() {
	l.vs, l.va, l.vr = 0, 0, 0
	l.stop(T200)
	l.start(T203)
}

func (l *Link) sendUA(in *Input) { l.response(UA, in.frame.PF) }
func (l *Link) sendDM(in *Input) { l.response(DM, in.frame.PF) }

func (l *Link) accept(in *Input) {
	l.sendUA(in)
	l.clearExceptions()
	l.queue.clear()
	l.begin()
	l.emit(EstablishIndication)
}

func (l *Link) layer3Wants(*Input) {
	l.queue.clear()
	l.layer3 = true
}

func (l *Link) saveRelease(*Input)   { l.wantsRelease = true }
func (l *Link) saveEstablish(*Input) { l.wantsEstablish = true }

// established: layer 3 hears of it if it asked, or if information was lost on the way.
func (l *Link) established(*Input) {
	switch {
	case l.layer3:
		l.queue.clear()
		l.emit(EstablishConfirm)
	case l.vs != l.va:
		l.queue.clear()
		l.emit(EstablishIndication)
	}
	l.layer3 = false
	l.begin()
}

func (l *Link) fail(*Input) {
	l.end()
	l.emit(ReleaseIndication)
}

// end leaves nothing of the connection.
func (l *Link) end() {
	l.queue.clear()
	l.units.clear()
	l.clearExceptions()
	l.layer3, l.wantsRelease = false, false
	l.stop(T200)
	l.stop(T203)
}

func (l *Link) repeatSABME(*Input) {
	l.rc++
	l.command(SABME, true)
	l.start(T200)
}

func (l *Link) giveUpSABME(in *Input) {
	l.mdlError(NoAnswerToSABME)
	l.fail(in)
}

func (l *Link) restart(*Input) {
	l.queue.clear()
	l.layer3 = true
	l.establish()
}

func (l *Link) disconnect(*Input) {
	l.queue.clear()
	l.clearExceptions()
	l.rc = 0
	l.command(DISC, true)
	l.stop(T203)
	l.start(T200)
}

func (l *Link) repeatDISC(*Input) {
	l.rc++
	l.command(DISC, true)
	l.start(T200)
}

func (l *Link) giveUpDISC(in *Input) {
	l.mdlError(NoAnswerToDISC)
	l.confirmRelease(in)
}

func (l *Link) confirmRelease(*Input) {
	l.end()
	l.emit(ReleaseConfirm)
}

func (l *Link) confirmReleaseOnly(*Input) { l.emit(ReleaseConfirm) }

func (l *Link) unsolicitedUA(in *Input) {
	if in.frame.PF {
		l.mdlError(UnsolicitedUA1)
	} else {
		l.mdlError(UnsolicitedUA0)
	}
}

func (l *Link) unsolicitedDM(*Input) { l.mdlError(UnsolicitedDM) }

func (l *Link) peerReset(in *Input) {
	l.sendUA(in)
	l.clearExceptions()
	l.mdlError(PeerReset)
	if l.vs != l.va {
		l.queue.clear()
		l.emit(EstablishIndication)
	}
	l.begin()
}

func (l *Link) peerReleased(in *Input) {
	l.sendUA(in)
	l.fail(in)
}

func (l *Link) lostPeer(*Input) {
	l.mdlError(UnexpectedDM)
	l.reestablish()
}

func (l *Link) peerRejects(*Input) {
	l.mdlError(ReceivedFRMR)
	l.reestablish()
}

func (l *Link) rejectFrame(in *Input) {
	l.mdlError(in.code)
	l.reestablish()
}

func (l *Link) recoverNR(*Input) {
	l.mdlError(BadNR)
	l.reestablish()
}
