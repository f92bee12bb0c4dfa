package call

import (
	"time"

	"tipring/tdm"
)

// place begins the attributes of a log line with where a party is: line, and card and slot where its audio is a circuit.
func (sd *side) place(more ...any) []any {
	at := []any{"line", sd.name}
	if end := sd.party.End(); end.Pump != nil {
		at = append(at, "card", end.Pump.Info().Name, "slot", end.Slot)
	}
	return append(at, more...)
}

// logEnd writes the last line of a call: why it ended, by whom, and how long it was.
func (c *call) logEnd() {
	at := []any{"cause", int(c.end.cause), "text", c.end.cause.String(), "by", c.end.by}
	if c.end.status != 0 {
		at = append(at, "sip_status", c.end.status)
	}
	if c.end.detector != "" {
		at = append(at, "detector", c.end.detector)
	}
	if c.end.reason != "" {
		at = append(at, "reason", c.end.reason)
	}
	if !c.answered.IsZero() {
		at = append(at, "talked", c.rec.Ended.Sub(c.answered).Round(time.Millisecond))
	}
	if c.end.cause == tdm.CauseSwitchingCongestion || c.end.cause == tdm.CauseResourceUnavailable {
		c.log.Warn("cleared", at...)
		return
	}
	c.log.Info("cleared", at...)
}
