package modem

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// A dialogue drives an engine by hand, in time of its own.
type dialogue struct {
	*engine
	t     *testing.T
	at    time.Time
	said  []string // what was reported, coded and finished, in order
	audio strings.Builder
}

func newDialogue(t *testing.T, dialect string) *dialogue {
	d, ok := LookupDialect(dialect)
	if !ok {
		t.Fatal(dialect)
	}
	g := &dialogue{engine: newEngine(d), t: t, at: time.Unix(1000, 0)}
	g.report = func(k lineKind, line string) { g.said = append(g.said, "report "+line) }
	g.code = func(b byte) { g.said = append(g.said, "code "+string(b)) }
	g.engine.audio = func(b byte) { g.audio.WriteByte(b) }
	g.dtr = func() { g.said = append(g.said, "dtr") }
	return g
}

func (g *dialogue) command(text string, data phase) {
	g.send(g.at, command{text: text, data: data,
		began: func() { g.said = append(g.said, "began") },
		done: func(lines []string, err error) {
			g.said = append(g.said, fmt.Sprintf("done %q %v", strings.Join(lines, "|"), err))
		}})
}

func (g *dialogue) modem(s string) { g.feed(g.at, []byte(s)) }

func (g *dialogue) wait(d time.Duration) {
	for end := g.at.Add(d); ; {
		if g.due.IsZero() || g.due.After(end) {
			g.at = end
			return
		}
		g.at = g.due
		g.tick(g.at)
	}
}

func (g *dialogue) want(state engineState, out string, said ...string) {
	g.t.Helper()
	if g.state != state || string(g.out) != out || !slices.Equal(g.said, said) {
		g.t.Fatalf("state %v, sent %q, said %q;\nwant %v, %q, %q", g.state, g.out, g.said, state, out, said)
	}
	g.out, g.said = g.out[:0], nil
}

func TestEngineCommand(t *testing.T) {
	g := newDialogue(t, "v253")
	g.command("ATI0", noData)
	g.want(engWaiting, "ATI0\r")
	g.modem("ATI0\r\r\n56")
	g.modem("000\r\n\r\nRING\r\n")
	g.want(engWaiting, "", "report RING")
	g.modem("\r\nOK\r\n")
	g.want(engReady, "", `done "56000" <nil>`)
	g.command("AT+VLS=99", noData)
	g.modem("\r\nERROR\r\n")
	g.want(engReady, "AT+VLS=99\r", `done "" the modem says ERROR`)
	g.command("AT+VLS=1", noData)
	g.modem("\r\nVCON\r\n\r\nOK\r\n")
	g.want(engReady, "AT+VLS=1\r", `done "" <nil>`)
	g.modem("\x10b\r\nNMBR = 5550199\r\nNO CARRIER\r\n")
	g.want(engReady, "", "code b", "report NMBR = 5550199", "report NO CARRIER")
}

func TestEngineReceive(t *testing.T) {
	g := newDialogue(t, "v253")
	g.command("AT+VRX", receive)
	g.modem("\r\nCONNECT\r\nab\x10")
	g.modem("\x10c\x105d")
	g.want(engReceiving, "AT+VRX\r", "began", "code 5")
	g.stop(g.at, false, 0)
	g.want(engEnding, "\x10!")
	g.modem("e\x10\x03\r\nOK\r\n")
	g.want(engReady, "", `done "" <nil>`)
	if s := g.audio.String(); s != "ab\x10cde" {
		t.Errorf("audio %q", s)
	}
	// A stop that comes after the modem's own end changes nothing.
	g.command("AT+VRX", receive)
	g.modem("\r\nCONNECT\r\nx\x10\x03")
	g.stop(g.at, false, 0)
	g.modem("\r\nVCON\r\n")
	g.want(engReady, "AT+VRX\r", "began", `done "" <nil>`)
	// A firmware without <DLE><ETX>, and one that hangs up in the middle.
	g.command("AT+VRX", receive)
	g.modem("\r\nCONNECT\r\nx\r\nOK\r\ny")
	g.stop(g.at, false, 0)
	g.modem("z\r\nOK\r\n")
	g.want(engReady, "AT+VRX\r\x10!", "began", `done "" <nil>`)
	g.command("AT+VRX", receive)
	g.modem("\r\nCONNECT\r\nx\r\nNO CARRIER\r\n")
	g.want(engReady, "AT+VRX\r", "began", `done "" the modem says NO CARRIER`)
}

func TestEngineTransmitAndDuplex(t *testing.T) {
	g := newDialogue(t, "v253")
	g.command("AT+VTX", transmit)
	g.modem("\r\nCONNECT\r\n")
	g.stop(g.at, false, 10*time.Second)
	g.want(engEnding, "AT+VTX\r\x10\x03", "began")
	g.wait(12 * time.Second)
	g.modem("\x10u\r\nOK\r\n")
	g.want(engReady, "", "code u", `done "" <nil>`)
	g.command("AT+VTX", transmit)
	g.modem("\r\nCONNECT\r\n")
	g.stop(g.at, true, 0)
	g.modem("\r\nVCON\r\n")
	g.want(engReady, "AT+VTX\r\x10\x18\x10\x03", "began", `done "" <nil>`)
	g.command("AT+VTR", duplex)
	g.modem("\r\nCONNECT\r\n\x80")
	g.stop(g.at, true, 0)
	g.modem("\x80\x10\x03\r\nOK\r\n")
	g.want(engReady, "AT+VTR\r\x10^", "began", `done "" <nil>`)
	g.command("AT+VTX", transmit)
	g.modem("\r\nOK\r\n")
	g.want(engReady, "AT+VTX\r", `done "" the modem says OK`)
}

// A modem that is silent is brought back by escapes, the last time with DTR, and given up after that.
func TestEngineRecovery(t *testing.T) {
	g := newDialogue(t, "v253")
	escapes := "\x10^\x10!\x10\x18\x10\x03\rAT\r"
	g.command("ATI0", noData)
	g.wait(commandTimeout)
	g.want(engRecovering, "ATI0\r"+escapes)
	g.wait(recoverTimeout)
	g.want(engRecovering, escapes)
	g.modem("\r\n56000\r\n\r\nERROR\r\n\r\nOK\r\n")
	g.wait(settleTime / 2)
	g.modem("\r\nOK\r\n")
	g.wait(settleTime / 2)
	g.want(engSettling, "")
	g.wait(settleTime)
	g.want(engReady, "", `done "" no answer from the modem`)

	g.command("AT+VRX", receive)
	g.modem("\r\nCONNECT\r\nabc")
	g.wait(silentModem)
	g.wait(recoverTimeout)
	g.want(engRecovering, "AT+VRX\r"+escapes+escapes, "began")
	g.wait(recoverTimeout)
	g.want(engRecovering, "", "dtr")
	g.wait(dtrTime)
	g.want(engRecovering, escapes)
	g.wait(recoverTimeout)
	g.want(engFailed, "", `done "" the modem does not come back to command mode`)
	g.modem("\r\nOK\r\nrubbish\x10\x03\x10b")
	g.wait(time.Hour)
	if g.state != engFailed || len(g.out) > 0 {
		t.Errorf("%v, %q", g.state, g.out)
	}
}

// Every state is reached, and what is not handled is this.
func TestEngineTable(t *testing.T) {
	seen, data := engineTable.reachable(engReady), engineTable.reachable(engTransmitting)
	for s := range engineStates {
		switch s {
		case engTransmitting, engReceiving, engDuplex, engFailed: // entered by an action
		default:
			if !seen[s] && !data[s] {
				t.Errorf("%v cannot be reached", s)
			}
		}
	}
	var got []string
	engineTable.unhandled(func(s engineState, e engineEvent) { got = append(got, fmt.Sprint(s, "/", e)) })
	want := strings.Fields(`ready/fail ready/connect ready/ends ready/timeout waiting/command waiting/ends
		transmitting/command transmitting/connect transmitting/timeout
		receiving/command receiving/info receiving/ok receiving/connect duplex/command duplex/info duplex/ok duplex/connect
		ending/command ending/connect recovering/command recovering/ends settling/command settling/ends
		failed/command failed/info failed/ok failed/fail failed/connect failed/ends failed/timeout`)
	if !slices.Equal(got, want) {
		t.Errorf("unhandled: %q", got)
	}
}

// FuzzEngine: whatever a modem says, whenever, the engine is not stuck: within its own times every command ends.
func FuzzEngine(f *testing.F) {
	f.Add([]byte("\r\nOK\r\n\x10\x03\r\nCONNECT\r\n\x10b\r\nRING\r\nNMBR = 1\r\nNO CARRIER\r\n"), uint64(1))
	f.Add([]byte("CONNECT\r\n\x80\x80\x10\x10\x10"), uint64(7))
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 2))
		g := newDialogue(t, "v253")
		g.engine.audio = func(byte) {}
		open := 0
		for len(in) > 0 {
			if g.idle() {
				open++
				g.send(g.at, command{text: "AT+VTR", data: phase(rng.IntN(4)), done: func([]string, error) { open-- }})
			}
			n := min(len(in), 1+rng.IntN(20))
			g.feed(g.at, in[:n])
			in = in[n:]
			switch rng.IntN(6) {
			case 0:
				g.stop(g.at, rng.IntN(2) == 0, 0)
			case 1:
				g.wait(time.Duration(rng.IntN(3000)) * time.Millisecond)
			}
			g.out, g.said = g.out[:0], g.said[:0]
		}
		for range 2 { // the second stop is for data that a late CONNECT began
			g.stop(g.at, true, 0)
			g.wait(time.Minute)
		}
		if open != 0 && g.state != engTransmitting || open > 1 {
			t.Errorf("%d commands open in state %v", open, g.state)
		}
	})
}
