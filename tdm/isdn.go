package tdm

import "time"

// Numbering qualifies a number as ISDN does: type of number, numbering plan and who vouches for it (Q.931 §4.5.10). The
// zero value is an unknown type in an unknown plan, given by the user and not screened.
type Numbering struct {
	Type      uint8 // 0 unknown, 1 international, 2 national, 3 network specific, 4 subscriber, 6 abbreviated
	Plan      uint8 // 0 unknown, 1 ISDN (E.164), 8 national standard, 9 private
	Screening uint8 // 0 user, not screened; 1 user, verified and passed; 2 user, failed; 3 network
}

// A QualifiedNumber is a party's number and name with what ISDN says of it.
type QualifiedNumber struct {
	PartyNumber
	Numbering
	Subaddress string // octets of the subaddress element from its type on (Q.931 §4.5.9), or empty
}

// A Channel names a B channel: an interface of a signalling group, counted as in the group's configuration, and a timeslot.
// Timeslot 0 is no channel.
type Channel struct {
	Interface uint8
	Timeslot  uint8
}

// BearerCapability is what a call carries, as Q.931 codes it (§4.5.5). The zero value is speech under the line's own law.
type BearerCapability struct {
	Capability uint8 // 0 speech, 8 unrestricted digital, 9 restricted digital, 16 3.1 kHz audio
	Layer1     uint8 // 2 mu-law, 3 A-law
}

// A Charge is one advice of charge (EN 300 182-1, Q.956.2, ECMA-212).
type Charge struct {
	Phase      byte   // 'S' at set-up, 'D' during the call, 'E' at its end
	Free       bool   // free of charge
	Units      int64  // charging units, when Currency is empty
	Currency   string // name of the currency of Amount
	Amount     int64  // in units of 10^Exponent of the currency
	Exponent   int8   // -3 to 3
	Subtotal   bool   // of phase D: the sum so far and not the last of it
	Unreadable bool   // the network sent something that is no charge we know
	// Item is what a rate of phase S is for: "communication", "attempt", "setup", "useruser", "service", or "" for another.
	Item string
	Per  time.Duration // of phase S: Amount is for each such time begun; 0: once
}

// Events of a Notify between a call and a party that speaks Q.931. What one side asks for, the other answers with the word
// that grants it or the one that refuses it, with a Cause; either goes up and down.
const (
	EventHold            = "hold" // down: put the far end on hold. Up: it has put us there
	EventHeld            = "held" // up: our hold was acknowledged
	EventHoldRefused     = "holdrefused"
	EventRetrieve        = "retrieve" // down: take the call back. Up: the far end has taken it back
	EventRetrieved       = "retrieved"
	EventRetrieveRefused = "retrieverefused"

	// EventTransfer asks to join this call and the call ISDN.Peer of the same group, both of which have one end here: explicit
	// call transfer (EN 300 369-1), two B channel transfer (GR-2865), release link trunk (NIS-A211-4). Down: the far end is to
	// do it, and clears both calls once it has. Up: the far end asks us; who grants it joins the other two parties and clears
	// both calls. In QSIG (ECMA-178) the side that asks goes on connecting the two: it is answered EventJoined, the far ends
	// are told of each other by ISDN.Connected (who this call's far end talks to from now on) and ISDN.Redirection (who the
	// other's does), and they may replace the path, after which they clear both calls.
	EventTransfer        = "transfer"
	EventTransferred     = "transferred"
	EventTransferRefused = "transferrefused"
	EventJoined          = "joined"
	// EventParty says that another party than before is at the far end, by a transfer there: ISDN.Connected, and Alerting when
	// it has not answered yet. Down it tells the far end so.
	EventParty = "party"

	// EventDeflect sends a call that was offered and not answered elsewhere: to ISDN.Redirection, for ISDN.Reason, by
	// ISDN.Redirecting (EN 300 207-1 and ECMA-174 call rerouting). Down: the far end is to do it. Up: it asks us. The side that
	// granted it clears the call.
	EventDeflect        = "deflect"
	EventDeflected      = "deflected"
	EventDeflectRefused = "deflectrefused"

	// EventMalicious has the network note the call as malicious (EN 300 130-1).
	EventMalicious        = "malicious"
	EventMaliciousNoted   = "maliciousnoted"
	EventMaliciousRefused = "maliciousrefused"

	EventName            = "name"            // a caller's name that came after the Setup: ISDN.Name
	EventCharge          = "charge"          // ISDN.Charge
	EventDisplay         = "display"         // ISDN.Display
	EventUserInformation = "userinformation" // ISDN.UserUser
	EventRedirection     = "redirection"     // the call goes to ISDN.Redirection
	EventNotify          = "notify"          // any other NOTIFY: ISDN.Notification
)

// ISDN is what a Primitive carries beyond the common vocabulary when a party speaks Q.931. Parties of other kinds leave it
// nil and may ignore it.
type ISDN struct {
	Channel   Channel          // Setup down: the B channel to use, or none for a free one. Up: the one that is used
	Exclusive bool             // Setup down: that channel or none
	Complete  bool             // Setup, Information: the number is complete (sending complete, or T302 has expired)
	Bearer    BearerCapability // Setup

	Calling    Numbering        // Setup: qualifies Primitive.Calling
	CallingSub string           // Setup: calling party subaddress, octets from its type on
	Called     Numbering        // Setup: qualifies Primitive.Called
	CalledSub  string           // Setup: called party subaddress
	Connected  *QualifiedNumber // Connect: who answered; Notify "party", "transfer": who is there now
	// Redirecting is who sent the call here last (Setup), Reason why: 0 unknown, 1 busy, 2 no reply, 4 deflection, 10 by
	// the called equipment, 15 unconditional (Q.952).
	Redirecting *QualifiedNumber
	Reason      uint8
	// Redirection is where the far side sends the call (Notify "redirection", or the target of a deflection).
	Redirection *QualifiedNumber
	Alerting    bool // Notify "party": the new party is being rung

	Name     string // Notify "name": a caller's name that came after the Setup
	Display  string // text to show
	Keypad   string // keypad facility
	UserUser string // octets of a user-user element from its protocol discriminator on
	// ProgressValue and ProgressLocation are a progress indicator's description and location (Q.931 §4.5.23); value 0 is none.
	ProgressValue    uint8
	ProgressLocation uint8
	CauseLocation    uint8   // Disconnect, Release: location of Cause (Q.850 §2.2.3)
	Notification     uint8   // Notify "notify": description (Q.931 §4.5.22)
	Charge           *Charge // Notify "charge"
	// Peer is the call, of the same party kind and group, that a Notify "transfer" joins to this one.
	Peer uint32
}
