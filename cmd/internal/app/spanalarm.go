package app

import (
	"log/slog"

	"tipring/tdm"
)

// An alarmLog tells which failures of a span begin and end. Only the reader of the card's reports uses it.
type alarmLog struct{ shown tdm.Alarms }

// report logs how the declared failures differ from those at hand before.
func (l *alarmLog) report(now tdm.Alarms, log *slog.Logger) {
	changed := now ^ l.shown
	l.shown = now
	changed.Each(func(a tdm.Alarms, name string) {
		switch {
		case changed&a == 0:
		case now&a != 0:
			log.Warn("alarm", "alarm", name)
		default:
			log.Info("alarm cleared", "alarm", name)
		}
	})
}
