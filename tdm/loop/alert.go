package loop

import (
	"strings"

	"tipring/tdm"
)

// stepKind is what one step of alerting before the first ring does.
type stepKind uint8

const (
	stepReverse  stepKind = iota + 1 // reverse the polarity, until the first ring
	stepWait                         // for ms
	stepPulse                        // ring once for ms (RP-AS)
	stepBurst                        // send the caller-ID burst
	stepActivate                     // ring shortly until the called side loops, for ms at most
)

type alertStep struct {
	kind stepKind
	ms   int
}

// An alerting says how a telephone is rung: what comes before the first ring (a burst there is followed by a wait), the
// cadence, and when caller ID is sent in its first long pause.
type alerting struct {
	before  []alertStep // data transmission prior to ringing; empty: none
	cadence tdm.Cadence
	// first is cadence up to the end of its longest pause, to be played once, when the burst does not fit into that pause.
	// The second ring then waits for the burst.
	first tdm.Cadence
	rings int // ringing periods up to the longest pause
	// reversed: the polarity stays reversed until the answer, where before reverses it. shortMs is the ring, and the pause, of
	// stepActivate.
	reversed bool
	shortMs  int
	after    bool
	// The burst starts afterMs behind the end of the first ring and ends beforeMs ahead of the second or the first one.
	afterMs, beforeMs, burstMs int
}

// longestPause returns the index in Ms of the cadence's longest pause, the first of several.
func longestPause(c *tdm.Cadence) int {
	at := 1
	for i := 1; i < c.N; i += 2 {
		if c.Ms[i] > c.Ms[at] {
			at = i
		}
	}
	return at
}

// withBurst plans a burst in the longest pause. Where burst and its distances do not fit, the second ring is delayed: the
// message is never shortened, since a name cut off by the ringing cadence helps nobody and GR-30-CORE allows a longer pause.
func (a *alerting) withBurst(burstMs, afterMs, beforeMs int) {
	a.after, a.burstMs, a.afterMs, a.beforeMs = true, burstMs, afterMs, beforeMs
	pause := longestPause(&a.cadence)
	a.rings = (pause + 1) / 2
	if afterMs+burstMs+beforeMs <= int(a.cadence.Ms[pause]) {
		return
	}
	a.first = a.cadence
	a.first.N, a.first.Once = pause+1, true
}

// The distinctive ringing patterns dr1 to dr8, by the names that SIP user agents give them in Alert-Info
// ("Bellcore-dr1"). dr1 to dr5 are those of GR-506-CORE (dr1 the normal ring, dr5 the ring splash); dr6 to dr8, which no
// standard has, are the community's of ATA configurations (Cisco SPA "CWT/Ring 6-8").
var distinctive = map[string][]int{
	"dr1": nil, // the line's own cadence
	"dr2": {800, 400, 800, 4000},
	"dr3": {400, 200, 400, 200, 800, 4000},
	"dr4": {300, 200, 1000, 200, 300, 4000},
	"dr5": {500, 10_000},
	"dr6": {200, 400, 200, 400, 200, 4000},
	"dr7": {400, 200, 400, 200, 400, 4000},
	"dr8": {250, 750, 250, 4000},
}

// alertNames maps the values of "info=alert-..." to patterns: internal and external calls, a group's, and the priority and
// call-back forms that PBXs send.
var alertNames = map[string]string{
	"external": "dr1", "internal": "dr2", "community": "dr3", "group": "dr3", "priority": "dr3",
	"autoanswer": "dr5", "alarm": "dr4", "callback": "dr4", "recall": "dr4",
}

// distinctiveRing finds the pattern that an Alert-Info header value asks for. It understands
//
//	Bellcore-dr3    <http://127.0.0.1/Bellcore-dr3>    <http://example.com/Bellcore-dr3>;x=y
//	info=alert-internal    <http://127.0.0.1>;info=alert-internal
//
// in any case, and returns nil, the line's own cadence, for anything else: no URL is ever fetched (RFC 3261 §20.4 warns).
func distinctiveRing(alertInfo string) []int {
	if len(alertInfo) > 512 {
		return nil
	}
	v := strings.ToLower(alertInfo)
	if _, name, ok := strings.Cut(v, "bellcore-dr"); ok && len(name) > 0 {
		if len(name) == 1 || name[1] < '0' || name[1] > '9' {
			return distinctive["dr"+name[:1]]
		}
		return nil
	}
	if _, name, ok := strings.Cut(v, "info=alert-"); ok {
		name, _, _ = strings.Cut(name, ";")
		name, _, _ = strings.Cut(name, ">")
		return distinctive[alertNames[strings.Trim(name, ` "`)]]
	}
	return nil
}
