package call

import (
	"slices"
	"testing"

	"tipring/gateway/cdr"
	"tipring/tdm"
)

// What became of a call depends on who ended it: a provider that knows no such number has not blocked it.
func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		answered bool
		by       string
		cause    tdm.Cause
		want     string
	}{
		{true, cdr.ByCalled, tdm.CauseNormalClearing, "answered"},
		{false, cdr.ByCaller, tdm.CauseNormalClearing, "cancelled"},
		{false, cdr.ByCalled, tdm.CauseUserBusy, "busy"},
		{false, cdr.ByGateway, tdm.CauseUserBusy, "busy"},
		{false, cdr.ByGateway, tdm.CauseNoAnswer, "no_answer"},
		{false, cdr.ByCalled, tdm.CauseNoUserResponding, "no_answer"},
		{false, cdr.ByCalled, tdm.CauseSubscriberAbsent, "no_answer"}, // a telephone that is not registered
		{false, cdr.ByCalled, tdm.CauseCallRejected, "rejected"},
		{false, cdr.ByGateway, tdm.CauseCallRejected, "blocked"},
		{false, cdr.ByGateway, tdm.CauseNoRoute, "blocked"},
		{false, cdr.ByGateway, tdm.CauseInvalidNumber, "blocked"},
		{false, cdr.ByCalled, tdm.CauseUnallocated, "failed_network"},
		{false, cdr.ByCalled, tdm.CauseTemporaryFailure, "failed_network"},
		{false, cdr.ByGateway, tdm.CauseTemporaryFailure, "failed_local"},
		{false, cdr.ByGateway, tdm.CauseNoCircuit, "failed_local"},
	} {
		got := Summary{Answered: c.answered, By: c.by, Cause: c.cause}.Outcome()
		if got != c.want || !slices.Contains(Outcomes, got) {
			t.Errorf("released by %s with %v: %s, want %s", c.by, c.cause, got, c.want)
		}
	}
}
