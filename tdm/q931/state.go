package q931

// State is the state of a call, numbered as in Q.931 §2.1.1 (user) and §2.2.1 (network). One number means the two halves
// of one thing on the two sides: in U1 a user has sent a SETUP, in N1 the network has received it.
type State uint8

// The states of a primary access.
const (
	Null                 State = iota // 0
	Initiated                         // 1
	OverlapSending                    // 2
	OutgoingProceeding                // 3
	Delivered                         // 4
	Present                           // 6
	Received                          // 7
	ConnectRequest                    // 8
	IncomingProceeding                // 9
	Active                            // 10
	DisconnectRequest                 // 11
	DisconnectIndication              // 12
	ReleaseRequest                    // 19
	OverlapReceiving                  // 25
	numStates
)

var stateNumbers = [numStates]uint8{0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 19, 25}

var stateNames = [numStates]string{"0 null", "1 call initiated", "2 overlap sending", "3 outgoing call proceeding", "4 call delivered",
	"6 call present", "7 call received", "8 connect request", "9 incoming call proceeding", "10 active", "11 disconnect request",
	"12 disconnect indication", "19 release request", "25 overlap receiving"}

func (s State) String() string { return stateNames[s] }

// Number is the value of a call state element.
func (s State) Number() uint8 { return stateNumbers[s] }

// event is what a call can be told.
type event uint8

const (
	reqSetup event = iota // primitives of the call
	reqSetupAck
	reqInformation
	reqProceeding
	reqProgress
	reqAlerting
	reqConnect
	reqDisconnect
	reqNotify
	gotSetup // messages of the peer
	gotSetupAck
	gotInformation
	gotProceeding
	gotProgress
	gotAlerting
	gotConnect
	gotConnectAck
	gotDisconnect
	gotRelease
	gotReleaseComplete
	gotNotify
	gotFacility
	gotUserInformation
	gotCongestion
	gotStatus
	gotStatusEnquiry
	badChannel // a message asks for a channel that cannot be had
	badMessage // its mandatory elements are missing or in error, or its type is unknown: input.fault
	linkFailed // the data link
	linkReset
	restarted // the channel, by RESTART
	expiredT301
	expiredT302
	expiredT303
	expiredT304
	expiredT305
	expiredT306
	expiredT308
	expiredT309
	expiredT310
	expiredT313
	expiredT322
	numEvents
)

var eventNames = [numEvents]string{"Setup req", "Setup ack req", "Information req", "Proceeding req", "Progress req", "Alerting req",
	"Connect req", "Disconnect req", "Notify req", "SETUP", "SETUP ACK", "INFORMATION", "CALL PROCEEDING", "PROGRESS", "ALERTING", "CONNECT",
	"CONNECT ACK", "DISCONNECT", "RELEASE", "RELEASE COMPLETE", "NOTIFY", "FACILITY", "USER INFORMATION", "CONGESTION CONTROL", "STATUS",
	"STATUS ENQUIRY", "channel unacceptable", "message in error", "data link failure", "data link reset", "restart", "T301", "T302", "T303",
	"T304", "T305", "T306", "T308", "T309", "T310", "T313", "T322"}

func (e event) String() string { return eventNames[e] }
