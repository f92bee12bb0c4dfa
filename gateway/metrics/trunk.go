package metrics

import "tipring/gateway/call"

// The trunk label of what is no SIP trunk.
const (
	pstn     = "pstn"     // the FXO lines
	accounts = "accounts" // local SIP phones
	internal = "internal" // telephones among themselves
	other    = "other"
)

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
	}
	return []string{"inbound", "outbound", "transit"}
}

// kinds knows what each party name is.
type kinds struct {
	lines  map[string]string // name to "fxs" or "fxo"
	trunks map[string]bool
}

func kindsOf(src Source) kinds {
	k := kinds{map[string]string{}, map[string]bool{}}
	for _, l := range src.Lines() {
		k.lines[l.Name] = l.Kind
	}
	for _, t := range src.Trunks() {
		k.trunks[t.Name] = true
	}
	return k
}

func (k kinds) group(party string) string {
	switch {
	case party == "":
		return internal
	case k.trunks[party]:
		return party
	case k.lines[party] == "fxo":
		return pstn
	case k.lines[party] == "fxs", party == "echo":
		return internal
	}
	return accounts
}

// trunk returns the label of a call between parties a and b: the side that faces the outside in the call's direction.
func (k kinds) trunk(a, b, direction string) string {
	ga, gb := k.group(a), k.group(b)
	switch direction {
	case "inbound":
		return ga
	case "outbound", "transit":
		return gb
	}
	if ga == accounts || gb == accounts {
		return accounts
	}
	return internal
}
