package modem

import (
	"slices"
	"strings"
	"testing"
)

// Every state of the line can be reached, and what is not handled is this.
func TestLineTable(t *testing.T) {
	seen := lineTable.reachable(lineStarting)
	for s := range lineStates {
		if !seen[s] {
			t.Errorf("%v cannot be reached", s)
		}
	}
	var got []string
	last := ""
	lineTable.unhandled(func(s lineState, e lineEvent) {
		if s.String() != last {
			last = s.String()
			got = append(got, last+":")
		}
		got[len(got)-1] += " " + e.String()
	})
	want := strings.Split(strings.TrimSpace(`
starting: quiet offer answer hangup idle
idle: quiet offer
ringing: ready fault gone idle
declined: ready fault offer idle
answering: quiet offer idle
seizing: quiet offer idle
talking: quiet offer idle
hanging up: quiet offer idle
out of service: ready fault ring quiet offer gone idle lost`), "\n")
	if !slices.Equal(got, want) {
		t.Errorf("unhandled:\n%s", strings.Join(got, "\n"))
	}
}

func TestCompileRefuses(t *testing.T) {
	type r = row[lineState, lineEvent, *line]
	for name, rows := range map[string][]r{
		"two rows":  {{lineIdle, lnRing, lineIdle, nil, "a"}, {lineIdle, lnRing, lineRinging, nil, "b"}},
		"no clause": {{lineIdle, lnRing, lineIdle, nil, ""}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error(name, "is taken")
				}
			}()
			compile(int(lineStates), int(lineEvents), rows)
		}()
	}
}

// What may be dialled, and what would be a command to the modem.
func TestDialString(t *testing.T) {
	for in, want := range map[string]string{"5551234": "5551234", "*67#": "*67#", "+49301234": "49301234", "A": "A", "": "",
		"55;H": "", "5\r": "", "5,5": "", "alice": "", strings.Repeat("1", 65): ""} {
		if got := dialString(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A number that is dialled does not come into an error or a log.
func TestMasked(t *testing.T) {
	for in, want := range map[string]string{"ATDT5551234;": "ATDTxxxxxxx;", "AT+QPCMV=0;+QPCMV=1,0;D555;": "AT+QPCMV=x;+QPCMV=x,x;Dxxx;",
		"AT&D2": "AT&D2", "AT+VSD=128,0": "AT+VSD=128,0", "ATZ": "ATZ"} {
		if got := masked(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzResults: whatever a modem sends in command mode is taken apart into lines that are printable and not too long, and what is
// in caller ID is clean. The scanner takes single octets, so that reads have no cuts for it.
func FuzzResults(f *testing.F) {
	for _, s := range []string{"\r\nRING\r\n\r\nDATE = 0801\r\nTIME=2105\r\nNMBR = 5550199\r\nNAME=BOB\r\n", "MESG=800B010831323039323130350204\r\n",
		"+CLIP: \"5550199\",129,,,\"BOB\",0\r\n", "\x10b\x10\x10\x10R\r\n", "DRON=20\r\nDROF=40\r\n", strings.Repeat("x", 2000)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var s lineScanner
		var c callerInfo
		for _, b := range in {
			line, ok, _, _ := s.next(b)
			if !ok {
				continue
			}
			if len(line) > maxLine || strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r >= 0x7f }) >= 0 {
				t.Errorf("line %q", line)
			}
			if classify(line) == lineCaller {
				c.line(line)
			}
		}
		if len(c.party.Digits) > maxText || strings.Trim(c.party.Digits, "0123456789*#+ABCD") != "" || len(c.party.Name) > maxText {
			t.Errorf("%+v", c.party)
		}
	})
}
