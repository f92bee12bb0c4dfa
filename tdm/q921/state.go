package q921

import "time"

// State is a state of a data link, Q.921 §B.2.
type State uint8

// The states, numbered one less than in the standard, since a table counts from 0.
const (
	Unassigned            State = iota // 1 TEI unassigned
	AssignAwaitingTEI                  // 2
	EstablishAwaitingTEI               // 3
	Assigned                           // 4 TEI assigned: there is no link
	AwaitingEstablishment              // 5
	AwaitingRelease                    // 6
	Established                        // 7 multiple frame established
	TimerRecovery                      // 8
	numStates
)

var stateNames = [numStates]string{"1 TEI unassigned", "2 assign awaiting TEI", "3 establish awaiting TEI", "4 TEI assigned",
	"5 awaiting establishment", "6 awaiting release", "7 multiple frame established", "8 timer recovery"}

func (s State) String() string { return stateNames[s] }

// Event is what comes in, as the SDL names it.
type Event uint8

// The events.
const (
	EstablishRequest Event = iota // DL-ESTABLISH request
	ReleaseRequest                // DL-RELEASE request
	DataRequest                   // DL-DATA request: Input.Octets
	UnitDataRequest               // DL-UNIT-DATA request: Input.Octets
	AssignRequest                 // MDL-ASSIGN request: Input.TEI
	RemoveRequest                 // MDL-REMOVE request
	ErrorResponse                 // MDL-ERROR response: no TEI is to be had
	Deactivated                   // the line is down: persistent deactivation
	BusySet                       // layer 3 takes no more: own receiver busy
	BusyClear                     //
	Flush                         // all outputs of what came in are handled: acknowledge what is not yet
	Expired                       // Input.Timer of generation Input.Gen
	Received                      // Input.Octets is a frame from the line

	// What those turn into inside.
	expiredT200
	expiredT203
	queuedUp // an I frame waits and the window may be open
	gotSABME
	gotDISC
	gotUA
	gotDM
	gotFRMR
	gotUI
	gotI
	gotRR
	gotRNR
	gotREJ
	gotBad // frame rejection condition, §3.6.11
	numEvents
)

var eventNames = [numEvents]string{"DL-ESTABLISH request", "DL-RELEASE request", "DL-DATA request", "DL-UNIT-DATA request",
	"MDL-ASSIGN request", "MDL-REMOVE request", "MDL-ERROR response", "persistent deactivation", "set own receiver busy",
	"clear own receiver busy", "acknowledge pending", "expired", "received", "T200 expiry", "T203 expiry", "I frame queued up",
	"SABME", "DISC", "UA", "DM", "FRMR", "UI", "I", "RR", "RNR", "REJ", "frame rejection"}

func (e Event) String() string { return eventNames[e] }

// An Input is an event with what belongs to it.
type Input struct {
	Event  Event
	Octets []byte // DataRequest, UnitDataRequest: information. Received: a frame without FCS
	TEI    uint8
	Timer  Timer
	Gen    uint32

	frame Frame
	code  ErrorCode
}

// Action is what a link wants done.
type Action uint8

// The actions.
const (
	Send                Action = iota // put Octets on the line
	EstablishIndication               // DL-ESTABLISH indication: the peer has set the link up, or has reset it
	EstablishConfirm                  // DL-ESTABLISH confirm
	ReleaseIndication                 // DL-RELEASE indication: the link is gone
	ReleaseConfirm                    // DL-RELEASE confirm
	DataIndication                    // DL-DATA indication: Octets
	UnitDataIndication                // DL-UNIT-DATA indication: Octets
	AssignIndication                  // MDL-ASSIGN indication: a TEI is wanted
	ErrorIndication                   // MDL-ERROR indication: Code
	Start                             // start Timer, generation Gen, to expire After
	Stop                              // stop Timer
)

var actionNames = [...]string{"send", "DL-ESTABLISH indication", "DL-ESTABLISH confirm", "DL-RELEASE indication",
	"DL-RELEASE confirm", "DL-DATA indication", "DL-UNIT-DATA indication", "MDL-ASSIGN indication", "MDL-ERROR indication", "start", "stop"}

func (a Action) String() string { return actionNames[a] }

// ErrorCode is a letter of Q.921 table II.1.
type ErrorCode byte

// The codes; Overflow is the project's.
const (
	UnsolicitedF     ErrorCode = 'A' // supervisory response with F=1
	UnsolicitedDM    ErrorCode = 'B'
	UnsolicitedUA1   ErrorCode = 'C'
	UnsolicitedUA0   ErrorCode = 'D'
	UnexpectedDM     ErrorCode = 'E' // DM with F=0 while the link is up
	PeerReset        ErrorCode = 'F' // SABME while the link is up
	NoAnswerToSABME  ErrorCode = 'G'
	NoAnswerToDISC   ErrorCode = 'H'
	NoAnswerToPoll   ErrorCode = 'I'
	BadNR            ErrorCode = 'J'
	ReceivedFRMR     ErrorCode = 'K'
	NotImplemented   ErrorCode = 'L'
	InfoNotPermitted ErrorCode = 'M'
	WrongSize        ErrorCode = 'N'
	TooLong          ErrorCode = 'O' // N201
	Overflow         ErrorCode = 'Q' // layer 3 asks for more than Config.Queue
)

var errorWords = map[ErrorCode]string{UnsolicitedF: "unsolicited response with F=1", UnsolicitedDM: "unsolicited DM, F=1",
	UnsolicitedUA1: "unsolicited UA, F=1", UnsolicitedUA0: "unsolicited UA, F=0", UnexpectedDM: "DM, F=0", PeerReset: "the peer re-established",
	NoAnswerToSABME: "no answer to SABME", NoAnswerToDISC: "no answer to DISC", NoAnswerToPoll: "no answer to an enquiry",
	BadNR: "N(R) outside the window", ReceivedFRMR: "FRMR received", NotImplemented: "frame not implemented",
	InfoNotPermitted: "information not permitted", WrongSize: "wrong size", TooLong: "longer than N201", Overflow: "queue full"}

func (c ErrorCode) String() string { return string(rune(c)) + " " + errorWords[c] }

// An Output is one thing to do.
type Output struct {
	Action Action
	Octets []byte // valid until the next Input; of a DataIndication, as long as the frame that came in
	Timer  Timer
	Gen    uint32
	After  time.Duration
	Code   ErrorCode
}
