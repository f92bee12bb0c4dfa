package loop

import (
	"tipring/dsp/tone"
	"tipring/tdm"
)

// The tones that no zone's plan names.
const (
	toneHowler       = tone.HowlerName
	toneUnobtainable = tone.UnobtainableName // the zone's number-unobtainable tone, or SIT followed by congestion
	toneNone         = "none"
)

// treatment is the tone that a telephone hears when its call was cleared with a cause (E.182, application of tones: busy
// tone for the called line, congestion tone for the network, special information tone for the number).
func (s *settings) treatment(c tdm.Cause) string {
	switch c {
	case tdm.CauseNormalClearing, tdm.CauseNormalUnspecified:
		return s.FXS.ClearTone
	case tdm.CauseUserBusy, tdm.CauseCallRejected:
		return "busy"
	case tdm.CauseUnallocated, 2, tdm.CauseNoRoute, tdm.CauseNumberChanged, tdm.CauseInvalidNumber:
		return toneUnobtainable
	}
	return "congestion"
}
