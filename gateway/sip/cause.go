package sip

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"

	"tipring/tdm"

	"github.com/emiago/sipgo/sip"
)

// causesJSON is the published mapping with its sources, see its "source" and "certainty" fields.
//
//go:embed q850-sip-causes.json
var causesJSON []byte

var causeStatus, statusCause = func() (map[tdm.Cause]int, map[int]tdm.Cause) {
	var file struct {
		CauseToSIP []struct {
			Cause   tdm.Cause `json:"cause"`
			RFC3398 int       `json:"rfc3398"`
			Q1912   int       `json:"q1912_5"`
		} `json:"cause_to_sip"`
		SIPToCause []struct {
			SIP     int       `json:"sip"`
			RFC3398 tdm.Cause `json:"rfc3398"`
		} `json:"sip_to_cause"`
	}
	if err := json.Unmarshal(causesJSON, &file); err != nil {
		panic("sip: q850-sip-causes.json: " + err.Error())
	}
	to, from := map[tdm.Cause]int{}, map[int]tdm.Cause{}
	for _, r := range file.CauseToSIP {
		// RFC 3398 gives some causes no value of their own; Q.1912.5 does.
		for _, status := range []int{r.RFC3398, r.Q1912} {
			if status != 0 {
				to[r.Cause] = status
				break
			}
		}
	}
	for _, r := range file.SIPToCause {
		if r.RFC3398 != 0 {
			from[r.SIP] = r.RFC3398
		}
	}
	// Left open by the document; the file's notes say what gateways do.
	from[487] = tdm.CauseNormalClearing
	from[488] = tdm.CauseBearerNotImplemented
	from[606] = tdm.CauseBearerNotImplemented
	return to, from
}()

// statusOf gives the final SIP status for what a Disconnect says: the one that it asks for, or that of its cause. A user, and not
// a network, that rejects the call declines it (RFC 3398 §8.2.6.1).
func statusOf(p tdm.Primitive) int {
	switch {
	case p.SIPStatus >= 300 && p.SIPStatus <= 699:
		return p.SIPStatus
	case p.Cause == tdm.CauseCallRejected && p.ISDN != nil && p.ISDN.CauseLocation == locationUser:
		return 603
	}
	return CauseToStatus(p.Cause)
}

// Locations of causes, Q.850 §2.2.3.
const (
	locationUser         = 0
	locationInterworking = 10 // beyond an interworking point
)

// locationNames are the values of RFC 8606 §4.
var locationNames = map[uint8]string{0: "U", 1: "LPN", 2: "LN", 3: "TN", 4: "RLN", 5: "RPN", 7: "INTL", 10: "BI"}

// CauseToStatus gives the final SIP status for a Q.850 cause (RFC 3398 §8.2.6.1); causes without one are 500.
func CauseToStatus(c tdm.Cause) int {
	if s, ok := causeStatus[c]; ok {
		return s
	}
	return 500
}

// StatusToCause gives the Q.850 cause for a final SIP status (RFC 3398 §7.2.4.1). An unknown status counts as the x00 of its
// class (RFC 3261 §8.1.3.2); a redirection that is not followed is cause 23.
func StatusToCause(status int) tdm.Cause {
	if c, ok := statusCause[status]; ok {
		return c
	}
	if status/100 == 3 {
		return 23
	}
	if c, ok := statusCause[status/100*100]; ok {
		return c
	}
	return tdm.CauseInterworking
}

// reasonHeader carries the cause itself (RFC 3326), so that a gateway on the other side need not guess.
func reasonHeader(c tdm.Cause) sip.Header {
	return sip.NewHeader("Reason", "Q.850;cause="+strconv.Itoa(int(c))+";text="+quote(c.String()))
}

// reasonFor is reasonHeader with the location (RFC 8606) where the primitive has one.
func reasonFor(p tdm.Primitive) sip.Header {
	h := reasonHeader(p.Cause)
	if p.ISDN != nil {
		if name, ok := locationNames[p.ISDN.CauseLocation]; ok {
			return sip.NewHeader("Reason", h.Value()+";location="+name)
		}
	}
	return h
}

// peerCause is what a peer's message says of why the call ends: the cause of its Reason header or else the given one, with its
// location, and the header's value.
func peerCause(m headered, otherwise tdm.Cause) (c tdm.Cause, location uint8, reason string) {
	c, location = otherwise, locationInterworking
	if got, ok := reasonOf(m); ok {
		c = got
	}
	for _, h := range m.GetHeaders("Reason") {
		if reason != "" {
			reason += ", "
		}
		reason += h.Value()
		for _, v := range listed(h.Value()) {
			proto, rest, _ := strings.Cut(v, ";")
			params, err := parseParams(rest)
			if err != nil || !strings.EqualFold(trimLWS(proto), "Q.850") {
				continue
			}
			for n, name := range locationNames {
				if strings.EqualFold(params.GetOr("location", ""), name) {
					location = n
				}
			}
		}
	}
	return c, location, clip(reason, maxText)
}

type headered interface {
	GetHeaders(name string) []sip.Header
}

// reasonOf reads the cause from a Reason header: Q.850 first, and of SIP reasons what they map to.
func reasonOf(m headered) (tdm.Cause, bool) {
	var fromSIP tdm.Cause
	for _, h := range m.GetHeaders("Reason") {
		for _, v := range listed(h.Value()) {
			proto, rest, _ := strings.Cut(v, ";")
			params, err := parseParams(rest)
			if err != nil {
				continue
			}
			n, err := parseNumber(params.GetOr("cause", ""), 699)
			switch proto = trimLWS(proto); {
			case err != nil:
			case strings.EqualFold(proto, "Q.850") && n >= 1 && n <= 127:
				return tdm.Cause(n), true
			case strings.EqualFold(proto, "SIP") && n == 200:
				fromSIP = 26 // "Call completed elsewhere": non-selected user clearing
			case strings.EqualFold(proto, "SIP") && n >= 300:
				fromSIP = StatusToCause(int(n))
			}
		}
	}
	return fromSIP, fromSIP != 0
}

// causeOf is the cause of a final response: its Reason header's, else its status's.
func causeOf(res *sip.Response) tdm.Cause {
	if c, ok := reasonOf(res); ok {
		return c
	}
	return StatusToCause(res.StatusCode)
}

// reasonPhrases of RFC 3261 §21, as far as we send them.
var reasonPhrases = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
	404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 410: "Gone",
	415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension", 423: "Interval Too Brief",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 484: "Address Incomplete",
	486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending",
	500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out",
	505: "Version Not Supported", 513: "Message Too Large", 600: "Busy Everywhere", 603: "Decline",
}

func reasonPhrase(status int) string {
	if p, ok := reasonPhrases[status]; ok {
		return p
	}
	return "Status " + strconv.Itoa(status)
}
