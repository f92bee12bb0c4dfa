package modem

// A lineState is what the telephone line does.
type lineState uint8

const (
	lineStarting  lineState = iota // the modem is asked what it is, and set up
	lineIdle                       // on hook
	lineRinging                    // rung
	lineDeclined                   // rung, and nobody wants it
	lineAnswering                  // going off hook to answer
	lineSeizing                    // going off hook and dialling
	lineTalking                    // off hook
	lineHanging                    // going on hook
	lineFailed                     // out of service
	lineStates
)

var lineStateNames = [...]string{"starting", "idle", "ringing", "declined", "answering", "seizing", "talking", "hanging up", "out of service"}

func (s lineState) String() string { return lineStateNames[s] }

// A lineEvent is what happens to it.
type lineEvent uint8

const (
	lnReady  lineEvent = iota // the modem has done what it was told
	lnFault                   // it has not
	lnRing                    // RING
	lnQuiet                   // no RING for longer than a cadence's pause
	lnOffer                   // enough is known of the caller
	lnDial                    // down: Setup
	lnAnswer                  // down: Connect
	lnHangup                  // down: Disconnect
	lnGone                    // the far party has hung up, by some hint
	lnIdle                    // nothing has happened for a while
	lnLost                    // the modem is gone, or does not answer any more
	lineEvents
)

func (e lineEvent) String() string {
	return [...]string{"ready", "fault", "ring", "quiet", "offer", "dial", "answer", "hangup", "gone", "idle", "lost"}[e]
}

type lineRow = row[lineState, lineEvent, *line]

var offHook = []lineState{lineAnswering, lineSeizing, lineTalking}

// lineTable is the diagram. Its actions send events of their own, so that it is made when the program starts.
var lineTable *diagram[lineState, lineEvent, *line]

func init() {
	lineTable = compile(int(lineStates), int(lineEvents), concat(
		[]lineRow{
			{lineStarting, lnReady, lineIdle, (*line).rest, "V.253 6: in voice mode, on hook"},
			{lineStarting, lnFault, lineFailed, (*line).fail, "project: a modem that cannot be set up"},

			{lineIdle, lnRing, lineRinging, (*line).firstRing, "V.250 6.3.8 RING"},
			{lineIdle, lnDial, lineSeizing, (*line).seize, "V.250 6.3.1"},
			{lineIdle, lnIdle, lineIdle, (*line).ask, "project: is it still there"},
			{lineIdle, lnFault, lineFailed, (*line).fail, "project: it is not"},
			{lineIdle, lnReady, lineIdle, (*line).rest, "project: it is"},

			{lineRinging, lnRing, lineRinging, (*line).anotherRing, "V.250 6.3.8 RING"},
			{lineRinging, lnOffer, lineRinging, (*line).offer, "V.253: caller ID comes between the first two rings"},
			{lineRinging, lnQuiet, lineIdle, (*line).abandoned, "project: the caller has given up"},
			{lineRinging, lnAnswer, lineAnswering, (*line).answer, "V.253: +VLS"},
			{lineRinging, lnHangup, lineDeclined, (*line).decline, "project: a call that nobody takes rings on"},
			{lineRinging, lnDial, lineRinging, (*line).glare, "Q.931 5.7: the call that comes in goes first"},

			{lineDeclined, lnRing, lineDeclined, (*line).stillRinging, "project: until the caller gives up"},
			{lineDeclined, lnQuiet, lineIdle, (*line).rest, "project: the caller has given up"},
			{lineDeclined, lnDial, lineDeclined, (*line).glare, "project: the line is in use"},

			{lineAnswering, lnReady, lineTalking, (*line).connected, "V.253: OK or VCON after +VLS"},
			{lineAnswering, lnFault, lineHanging, (*line).failed, "project: it did not go off hook"},
			{lineSeizing, lnReady, lineTalking, (*line).dialled, "V.250 6.3.1: OK after ';'"},
			{lineSeizing, lnFault, lineHanging, (*line).failed, "V.250 6.2.7: BUSY, NO DIALTONE, NO ANSWER"},
			{lineTalking, lnFault, lineHanging, (*line).failed, "project: the modem ended the data"},
			{lineTalking, lnReady, lineTalking, nil, "project: a flash or a tone is done"},

			{lineHanging, lnReady, lineIdle, (*line).released, "V.250 6.3.6 H"},
			{lineHanging, lnFault, lineFailed, (*line).fail, "project: a modem that does not hang up"},
		},
		from(offHook, lnHangup, lineHanging, (*line).hangUp, "Q.931 5.3.3: we clear"),
		from(offHook, lnGone, lineHanging, (*line).cleared, "Q.931 5.3.3: the far party has cleared"),
		from([]lineState{lineStarting, lineIdle, lineRinging, lineDeclined, lineAnswering, lineSeizing, lineTalking, lineHanging}, lnLost, lineFailed, (*line).fail, "project: unplugged or dead"),
		stay([]lineState{lineStarting, lineAnswering, lineSeizing, lineTalking, lineHanging, lineFailed}, lnDial, (*line).refuse, "project: the line is in use"),
		stay[lineState, lineEvent, *line]([]lineState{lineStarting, lineAnswering, lineSeizing, lineTalking, lineHanging}, lnRing, nil, "project: a ring that crossed our going off hook or on"),
		stay[lineState, lineEvent, *line]([]lineState{lineIdle, lineDeclined, lineHanging, lineFailed}, lnHangup, nil, "project: it is over already"),
		stay[lineState, lineEvent, *line]([]lineState{lineIdle, lineDeclined, lineHanging, lineStarting}, lnGone, nil, "project: it is over already"),
		stay[lineState, lineEvent, *line]([]lineState{lineIdle, lineDeclined, lineAnswering, lineSeizing, lineTalking, lineHanging, lineFailed}, lnAnswer, nil, "project: too late, or twice"),
	))
}
