package modem

import (
	"encoding/hex"
	"strings"
	"testing"

	"tipring/dsp/callerid"
	"tipring/tdm"
)

// Caller ID in every form that modems give it.
func TestCallerInfo(t *testing.T) {
	mdmf := callerid.Encode(callerid.Message{Number: "5550199", Name: "BOB", Time: "07092105"}, callerid.MDMF)
	private := callerid.Encode(callerid.Message{NumberReason: callerid.Private, Time: "07092105"}, callerid.MDMF)
	spoilt := append([]byte{}, mdmf...)
	spoilt[len(spoilt)-1]++
	for name, c := range map[string]struct {
		lines  []string
		number string
		caller string
		time   string
		shown  tdm.Presentation
		bad    bool
		ring   string
	}{
		"formatted":         {[]string{"DATE=0709", "TIME=2105", "NMBR=5550199", "NAME=BOB"}, "5550199", "BOB", "07092105", tdm.Allowed, false, ""},
		"with spaces":       {[]string{"DATE = 0709", "TIME = 2105", "NMBR = 5550199"}, "5550199", "", "07092105", tdm.Allowed, false, ""},
		"private":           {[]string{"NMBR = P", "NAME = P"}, "", "", "", tdm.Restricted, false, ""},
		"out of area":       {[]string{"NMBR = O"}, "", "", "", tdm.Unavailable, false, ""},
		"unformatted":       {[]string{"MESG=" + strings.ToUpper(hex.EncodeToString(mdmf))}, "5550199", "BOB", "07092105", tdm.Allowed, false, ""},
		"without checksum":  {[]string{"MESG = " + hex.EncodeToString(mdmf[:len(mdmf)-1])}, "5550199", "BOB", "07092105", tdm.Allowed, false, ""},
		"unformatted, priv": {[]string{"MESG=" + hex.EncodeToString(private)}, "", "", "07092105", tdm.Restricted, false, ""},
		"wrong checksum":    {[]string{"MESG=" + hex.EncodeToString(spoilt)}, "", "", "", tdm.Allowed, true, ""},
		"no hexadecimal":    {[]string{"MESG=zz"}, "", "", "", tdm.Allowed, true, ""},
		"cellular":          {[]string{`+CLIP: "+49301234",145,"",0,"BOB",0`}, "+49301234", "BOB", "", tdm.Allowed, false, ""},
		"cellular, private": {[]string{`+CLIP: "",128,,,,1`}, "", "", "", tdm.Restricted, false, ""},
		"rubbish":           {[]string{"NMBR = a;b\"c", "NAME = \x7f\x01"}, "", "", "", tdm.Allowed, true, ""},
		"distinctive ring":  {[]string{"DRON=10", "DROF=5", "DRON=10", "NMBR=1"}, "1", "", "", tdm.Allowed, false, "dron=10 drof=5 dron=10"},
	} {
		var got callerInfo
		for _, l := range c.lines {
			if classify(l) != lineCaller {
				t.Errorf("%s: %q is no line of caller ID", name, l)
			}
			got.line(l)
		}
		if got.party.Digits != c.number || got.party.Name != c.caller || got.time != c.time || got.party.Presentation != c.shown || got.bad != c.bad || got.ring != c.ring {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
