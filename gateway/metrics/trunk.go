package metrics

import (
	"tipring/gateway/call"
	"tipring/gateway/route"
)

// The trunk label of what is no SIP trunk.
const (
	pstn     = "pstn"     // the FXO lines
	accounts = "accounts" // local SIP phones
	internal = "internal" // telephones among themselves, and the gateway's services
	other    = "other"    // what a reload has removed while a call was up
)

// fixed are the trunk labels that always exist.
var fixed = []string{pstn, accounts, internal, other}

// A series is a label set of a call metric.
type series struct{ trunk, direction, value string }

var callStates = func() []string {
	var out []string
	for _, s := range call.States {
		out = append(out, string(s))
	}
	return out
}()

// directions lists the directions that calls of a trunk can have.
func directions(trunk string) []string {
	switch trunk {
	case internal, accounts:
		return []string{"internal"}
	case other:
		return []string{"inbound", "outbound", "transit", "internal"}
	}
	return []string{"inbound", "outbound", "transit"}
}

// hasMedia says whether calls of a trunk label have RTP on that side.
func hasMedia(trunk string) bool { return trunk != pstn && trunk != internal }

// group returns the label of one party. Nobody at all, and a service of the gateway, are internal.
func group(src Source, party string) string {
	switch src.Kind(party) {
	case route.Trunk:
		return party
	case route.FXO:
		return pstn
	case route.FXS:
		return internal
	case route.Account:
		return accounts
	}
	if party == "" || party == echo {
		return internal
	}
	return other
}

// echo is the name of the echo test as a party of a call, of the type call.Echo.
const echo = "echo"

// label returns the trunk of a call between parties a and b: the side that faces the outside in the call's direction.
func label(src Source, a, b, direction string) string {
	ga, gb := group(src, a), group(src, b)
	switch direction {
	case "inbound":
		return ga
	case "outbound", "transit":
		return gb
	}
	for _, g := range []string{other, accounts} {
		if ga == g || gb == g {
			return g
		}
	}
	return internal
}
