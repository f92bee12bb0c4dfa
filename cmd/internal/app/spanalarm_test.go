package app

import (
	"bytes"
	"log/slog"
	"testing"

	"tipring/tdm"
)

// TestAlarmLog checks that each failure is logged when it is declared and when it clears, once.
func TestAlarmLog(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	var l alarmLog
	for _, now := range []tdm.Alarms{0, tdm.LOS, tdm.LOS, tdm.LOS | tdm.RAI, tdm.AIS | tdm.RAI, 0, 0} {
		l.report(now, log)
	}
	const want = `level=WARN msg=alarm alarm=los
level=WARN msg=alarm alarm=rai
level=INFO msg="alarm cleared" alarm=los
level=WARN msg=alarm alarm=ais
level=INFO msg="alarm cleared" alarm=ais
level=INFO msg="alarm cleared" alarm=rai
`
	if b.String() != want {
		t.Errorf("logged\n%swant\n%s", b.String(), want)
	}
}
