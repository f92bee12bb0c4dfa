package sip

import (
	"encoding/json"
	"testing"

	"tipring/tdm"

	"github.com/emiago/sipgo/sip"
)

// Every row of the published mapping, both ways: a cause to the status of RFC 3398, where that has none to that of Q.1912.5, else
// to 500; a status to the cause of RFC 3398, and what that leaves open to what the file's notes say.
func TestEveryCause(t *testing.T) {
	var file struct {
		CauseToSIP []struct {
			Cause   int
			RFC3398 int `json:"rfc3398"`
			User    int `json:"rfc3398_if_location_user"`
			Q1912   int `json:"q1912_5"`
		} `json:"cause_to_sip"`
		SIPToCause []struct {
			SIP     int
			RFC3398 int `json:"rfc3398"`
		} `json:"sip_to_cause"`
	}
	if err := json.Unmarshal(causesJSON, &file); err != nil || len(file.CauseToSIP) < 70 || len(file.SIPToCause) < 35 {
		t.Fatalf("%d and %d rows, %v", len(file.CauseToSIP), len(file.SIPToCause), err)
	}
	for _, r := range file.CauseToSIP {
		want := 500
		switch {
		case r.RFC3398 != 0:
			want = r.RFC3398
		case r.Q1912 != 0:
			want = r.Q1912
		}
		cause := tdm.Cause(r.Cause)
		if got := CauseToStatus(cause); got != want {
			t.Errorf("cause %d is status %d, want %d", cause, got, want)
		}
		// From a network, and from a user, which RFC 3398 tells apart in one row.
		for location, want := range map[uint8]int{2: want, 10: want, 0: max(r.User, 0)} {
			if want == 0 {
				want = CauseToStatus(cause)
			}
			if got := statusOf(tdm.Primitive{Cause: cause, ISDN: &tdm.ISDN{CauseLocation: location}}); got != want {
				t.Errorf("cause %d of location %d is status %d, want %d", cause, location, got, want)
			}
		}
		// The Reason header brings the cause and its location over as they are, whatever the status.
		for location := range locationNames {
			res := sip.NewResponse(480, "")
			res.AppendHeader(reasonFor(tdm.Primitive{Cause: cause, ISDN: &tdm.ISDN{CauseLocation: location}}))
			if got, at, text := peerCause(res, tdm.CauseInterworking); got != cause || at != location || text == "" {
				t.Errorf("cause %d of location %d comes back as %d of %d (%s)", cause, location, got, at, text)
			}
		}
	}
	open := map[int]tdm.Cause{487: 16, 488: 65, 606: 65}
	for _, r := range file.SIPToCause {
		want := tdm.Cause(r.RFC3398)
		if want == 0 {
			want = open[r.SIP]
		}
		if got := StatusToCause(r.SIP); got != want || want == 0 {
			t.Errorf("status %d is cause %d, want %d", r.SIP, got, want)
		}
		res := sip.NewResponse(r.SIP, "")
		if got, at, text := peerCause(res, StatusToCause(r.SIP)); got != want || at != locationInterworking || text != "" {
			t.Errorf("status %d without Reason is cause %d of location %d (%s)", r.SIP, got, at, text)
		}
	}
}
