package call

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tipring/tdm"
)

// What an operator reads of a call: one line for each step, all with the call's id.
func TestLogTellsTheCall(t *testing.T) {
	run(t, func(b *bench) {
		b.party("fxo1", script{tdm.Setup: say(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseUserBusy})})
		z := b.party("fxo2", script{tdm.Setup: say(alert)})
		a := b.dial(b.party("fxs1", nil).name, "")
		synctest.Wait()
		for _, d := range "9555" {
			a.say(tdm.Primitive{Kind: tdm.Information, Digit: byte(d)})
		}
		time.Sleep(5 * time.Second)
		z.say(tdm.Primitive{Kind: tdm.Connect, AnswerBasis: "polarity"})
		time.Sleep(10 * time.Second)
		a.say(tdm.Primitive{Kind: tdm.Notify, Event: "hookflash"})
		synctest.Wait()
		z.say(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseNormalClearing, Detector: "cpc"})
		synctest.Wait()
		want := []string{
			`msg=setup call=ID line=fxs1 from=201 to=""`,
			`msg="number dialled" call=ID digits=9555 number=9555 ended_by=pause`,
			`msg=route call=ID rule=out to=9555 as=555 attempts=2 emergency=false`,
			`msg=attempt call=ID rule=out attempt=1 targets=fxo1`,
			`msg=refused call=ID line=fxo1 cause=17 text="user busy" detector=""`,
			`msg=attempt call=ID rule=out attempt=2 targets=fxo2`,
			`msg=alerting call=ID line=fxo2`,
			`msg=answered call=ID line=fxo2 basis=polarity`,
			`msg=notify call=ID line=fxs1 event=hookflash`,
			`msg=cleared call=ID cause=16 text="normal call clearing" by=called detector=cpc talked=10s`,
		}
		got := regexp.MustCompile(`(?m)^time=\S+ level=\S+ `).ReplaceAllString(b.lines.String(), "")
		got = regexp.MustCompile(`call=[0-9A-Z]{26}`).ReplaceAllString(got, "call=ID")
		if got = strings.TrimSpace(got); got != strings.Join(want, "\n") {
			t.Errorf("the log is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
	})
}
