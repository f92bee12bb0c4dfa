package tdm

import "strconv"

// Cause is an ITU-T Q.850 cause value, 1 to 127. A cleared call is not an error, it is a cause.
type Cause uint8

// Q.850 table 1, the values this project gives by itself. Others pass through by number.
const (
	CauseUnallocated             Cause = 1
	CauseNoRoute                 Cause = 3
	CauseNormalClearing          Cause = 16
	CauseUserBusy                Cause = 17
	CauseNoUserResponding        Cause = 18
	CauseNoAnswer                Cause = 19
	CauseSubscriberAbsent        Cause = 20
	CauseCallRejected            Cause = 21
	CauseNumberChanged           Cause = 22
	CauseDestinationOutOfOrder   Cause = 27
	CauseInvalidNumber           Cause = 28
	CauseNormalUnspecified       Cause = 31
	CauseNoCircuit               Cause = 34
	CauseNetworkOutOfOrder       Cause = 38
	CauseTemporaryFailure        Cause = 41
	CauseSwitchingCongestion     Cause = 42
	CauseCircuitUnavailable      Cause = 44
	CauseResourceUnavailable     Cause = 47
	CauseNotAuthorized           Cause = 57
	CauseServiceNotAvailable     Cause = 63
	CauseBearerNotImplemented    Cause = 65
	CauseServiceNotImplemented   Cause = 79
	CauseIncompatibleDestination Cause = 88
	CauseRecoveryOnTimer         Cause = 102
	CauseProtocolError           Cause = 111
	CauseInterworking            Cause = 127
)

var causeNames = map[Cause]string{
	CauseUnallocated:             "unallocated number",
	CauseNoRoute:                 "no route to destination",
	CauseNormalClearing:          "normal call clearing",
	CauseUserBusy:                "user busy",
	CauseNoUserResponding:        "no user responding",
	CauseNoAnswer:                "no answer from user",
	CauseSubscriberAbsent:        "subscriber absent",
	CauseCallRejected:            "call rejected",
	CauseNumberChanged:           "number changed",
	CauseDestinationOutOfOrder:   "destination out of order",
	CauseInvalidNumber:           "invalid number format",
	CauseNormalUnspecified:       "normal, unspecified",
	CauseNoCircuit:               "no circuit available",
	CauseNetworkOutOfOrder:       "network out of order",
	CauseTemporaryFailure:        "temporary failure",
	CauseSwitchingCongestion:     "switching equipment congestion",
	CauseCircuitUnavailable:      "requested circuit not available",
	CauseResourceUnavailable:     "resource unavailable",
	CauseNotAuthorized:           "bearer capability not authorized",
	CauseServiceNotAvailable:     "service or option not available",
	CauseBearerNotImplemented:    "bearer capability not implemented",
	CauseServiceNotImplemented:   "service or option not implemented",
	CauseIncompatibleDestination: "incompatible destination",
	CauseRecoveryOnTimer:         "recovery on timer expiry",
	CauseProtocolError:           "protocol error",
	CauseInterworking:            "interworking, unspecified",

	// Those that others give.
	2:   "no route to specified transit network",
	4:   "send special information tone",
	5:   "misdialled trunk prefix",
	6:   "channel unacceptable",
	7:   "call awarded, delivered in an established channel",
	8:   "preemption",
	9:   "preemption, circuit reserved for reuse",
	14:  "QoR: ported number",
	23:  "redirection to new destination",
	24:  "call rejected due to feature at the destination",
	25:  "exchange routing error",
	26:  "non-selected user clearing",
	29:  "facility rejected",
	30:  "response to STATUS ENQUIRY",
	39:  "permanent frame mode connection out of service",
	40:  "permanent frame mode connection operational",
	43:  "access information discarded",
	46:  "precedence call blocked",
	49:  "quality of service not available",
	50:  "requested facility not subscribed",
	53:  "outgoing calls barred within CUG",
	55:  "incoming calls barred within CUG",
	58:  "bearer capability not presently available",
	62:  "inconsistency in outgoing access information and subscriber class",
	66:  "channel type not implemented",
	69:  "requested facility not implemented",
	70:  "only restricted digital information bearer capability is available",
	81:  "invalid call reference value",
	82:  "identified channel does not exist",
	83:  "A suspended call exists, but this call identity does not",
	84:  "call identity in use",
	85:  "no call suspended",
	86:  "call having the requested call identity has been cleared",
	87:  "user not member of CUG",
	90:  "non-existent CUG",
	91:  "invalid transit network selection",
	95:  "invalid message, unspecified",
	96:  "mandatory information element is missing",
	97:  "message type non-existent or not implemented",
	98:  "message not compatible with call state or message type non-existent",
	99:  "information element/parameter non-existent or not implemented",
	100: "invalid information element contents",
	101: "message not compatible with call state",
	103: "parameter non-existent, passed on",
	110: "message with unrecognized parameter discarded",
}

// String returns the standard's words, or the number for a value without a name here.
func (c Cause) String() string {
	if s, ok := causeNames[c]; ok {
		return s
	}
	return "cause " + strconv.Itoa(int(c))
}
