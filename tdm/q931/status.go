package q931

import (
	"slices"

	"tipring/tdm"
)

// STATUS and STATUS ENQUIRY (§5.8.10, §5.8.11). Besides a peer that knows nothing of a call, there is one whose state shows
// that a reset of the data link has lost messages. §5.8.11 leaves to the receiver what to do about that: the called side
// repeats the answer that was lost, and the calling side takes the peer's state for it.

// progressOf is how far the setup of a call has come, by the number of its state on either side; others have no place in it.
var progressOf = map[uint8]int{1: 1, 6: 1, 2: 2, 25: 2, 3: 3, 9: 3, 4: 4, 7: 4, 8: 5, 10: 6}

const (
	hasProceeded = 3
	hasAlerted   = 4
	hasAnswered  = 5
)

func peerProgress(m *Message) int { return progressOf[m.contents(elCallState)[0]&0x3f] }

// peerAnswered: the state that the peer reports says that our call was answered.
func (c *call) peerAnswered(in *input) bool {
	v, _ := in.msg.cause()
	return v == causeStatusResponse && c.ref.FromOriginator && peerProgress(in.msg) >= hasAnswered
}

// connectLost takes such a STATUS for the CONNECT that was lost. What was agreed of the channel stands: the peer has taken the
// one that was asked for, or it would have said so before.
func (c *call) connectLost(in *input) {
	c.stop(t322)
	c.enquiries, c.answered = 0, true
	c.stopSetup()
	c.head(ConnectAck)
	c.flush()
	c.up(tdm.Primitive{Kind: tdm.Connect})
}

// catchUp repeats what a caller has not heard of its call.
func (c *call) catchUp(in *input) {
	theirs, ours := peerProgress(in.msg), progressOf[c.state.Number()]
	if c.ref.FromOriginator || theirs == 0 || theirs >= ours || ours < hasProceeded {
		return
	}
	t := Connect
	switch {
	case ours < hasAlerted:
		t = CallProceeding
	case ours < hasAnswered:
		t = Alerting
	case c.state == c.l.roles.gotAnswered && c.state != Active:
		c.start(t313)
	}
	c.l.counters.CaughtUp++
	c.head(t)
	c.l.build = c.l.channelElement(c.channel, true).append(c.l.build)
	c.flush()
}

func (c *call) answerEnquiry(*input) { c.status(causeStatusResponse) }

func (c *call) peerIsNull(in *input) bool {
	s := in.msg.contents(elCallState)
	return len(s) > 0 && s[0]&0x3f == 0
}

func (c *call) peerForgot(in *input) {
	v, _ := in.msg.cause()
	if v == causeStatusResponse {
		v = causeWrongCallState
	}
	c.end(v, in)
}

func (c *call) takeStatus(in *input) {
	c.stop(t322)
	c.enquiries = 0
	v, _ := in.msg.cause()
	if v == causeStatusResponse {
		c.catchUp(in)
	} else {
		c.l.fault("call " + c.name() + ": the peer says " + v.String() + " in its state " + stateOf(in.msg))
	}
}

func stateOf(m *Message) string {
	n := m.contents(elCallState)[0] & 0x3f
	if i := slices.Index(stateNumbers[:], n); i >= 0 {
		return State(i).String()
	}
	return "unknown"
}

// maxEnquiries: T322 repeats STATUS ENQUIRY once (§5.8.10).
const maxEnquiries = 2

func (c *call) mayEnquire(*input) bool { return c.enquiries < maxEnquiries }
func (c *call) enquireAgain(*input)    { c.enquire() }
func (c *call) peerSilent(*input)      { c.fail(tdm.CauseTemporaryFailure) }
