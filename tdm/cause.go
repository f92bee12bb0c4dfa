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
}

// String returns the standard's words, or the number for a value without a name here.
func (c Cause) String() string {
	if s, ok := causeNames[c]; ok {
		return s
	}
	return "cause " + strconv.Itoa(int(c))
}
