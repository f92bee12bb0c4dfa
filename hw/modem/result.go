package modem

import "strings"

// A lineKind is what a line of text from the modem is.
type lineKind uint8

const (
	lineInfo    lineKind = iota // an answer's text
	lineOK                      // the command is done
	lineVCON                    // done, and the line is off hook in voice mode
	lineFail                    // done without success, or the end of a call
	lineConnect                 // data follow
	lineRing                    // ringing; Rest may hold a distinctive ring
	lineCaller                  // a part of caller ID
	lineReport                  // something that a modem says on its own and that belongs to no command
)

// resultRow recognises a line.
type resultRow struct {
	text   string
	prefix bool // text begins the line
	kind   lineKind
}

// results are the result codes of ITU-T V.250 6.2.7 and V.253, and what modems say unasked. The first match counts.
var results = []resultRow{
	{"OK", false, lineOK},
	{"VCON", false, lineVCON},
	{"CONNECT", true, lineConnect},
	{"ERROR", false, lineFail},
	{"+CME ERROR", true, lineFail},
	{"NO CARRIER", false, lineFail},
	{"NO DIALTONE", false, lineFail},
	{"NO DIAL TONE", false, lineFail},
	{"NO ANSWER", false, lineFail},
	{"BUSY", false, lineFail},
	{"DELAYED", true, lineFail},
	{"BLACKLISTED", true, lineFail},
	{"RINGING", false, lineReport},
	{"RINGBACK", false, lineReport},
	{"RING", true, lineRing},
	{"+CRING", true, lineRing},
	{"DATE", true, lineCaller},
	{"TIME", true, lineCaller},
	{"NMBR", true, lineCaller},
	{"NAME", true, lineCaller},
	{"MESG", true, lineCaller},
	{"DDN", true, lineCaller},
	{"DRON", true, lineCaller},
	{"DROF", true, lineCaller},
	{"+CLIP:", true, lineCaller},
	{"CALLER NUMBER", true, lineCaller},
	// Cellular modems, unasked.
	{"^ORIG", true, lineReport},
	{"^CONF", true, lineReport},
	{"^CONN", true, lineReport},
	{"^CEND", true, lineReport},
	{"^DSCI", true, lineReport},
	{"^RSSI", true, lineReport},
	{"^MODE", true, lineReport},
	{"^BOOT", true, lineReport},
	{"VOICE CALL", true, lineReport},
	{"MISSED_CALL", true, lineReport},
	{"+CMTI", true, lineReport}, // a text message: not ours
	{"+CUSD", true, lineReport},
	{"RDY", false, lineReport},
	{"+CPIN", true, lineReport},
	{"+CFUN", true, lineReport},
	{"+QIND", true, lineReport},
}

// classify says what a line is.
func classify(line string) lineKind {
	for _, r := range results {
		if line == r.text || r.prefix && strings.HasPrefix(line, r.text) {
			if r.kind == lineCaller && !callerLine(line) {
				continue
			}
			return r.kind
		}
	}
	return lineInfo
}

// callerLine tells "DATE = 0801" from an answer's text that happens to begin like it.
func callerLine(line string) bool {
	if strings.HasPrefix(line, "+CLIP:") || strings.HasPrefix(line, "CALLER NUMBER") {
		return true
	}
	_, value, ok := strings.Cut(line, "=")
	return ok && value != "?"
}

// maxLine bounds a line; what is longer is rubbish and starts anew.
const maxLine = 512

// A lineScanner makes lines of what comes in command mode, one octet at a time. Shielded codes among the text (a modem in
// voice command mode reports events so) come out as codes. The zero value is ready.
type lineScanner struct {
	buf     [maxLine]byte
	n       int
	pending bool // after a DLE
	long    uint64
}

// next takes one octet. line is complete when ok; code is a shielded code when coded.
func (s *lineScanner) next(b byte) (line string, ok bool, code byte, coded bool) {
	if s.pending {
		s.pending = false
		if b == dle {
			s.pending = true // a stutter of DLEs: the last one counts
			return "", false, 0, false
		}
		return "", false, b, true
	}
	switch {
	case b == dle:
		s.pending = true
	case b == '\r' || b == '\n':
		if s.n > 0 {
			line, s.n = strings.TrimSpace(string(s.buf[:s.n])), 0
			return line, line != "", 0, false
		}
	case b < ' ' || b >= 0x7f:
		// Line noise, parity, or the rest of audio.
	case s.n == maxLine:
		s.n = 0
		s.long++
	default:
		s.buf[s.n] = b
		s.n++
	}
	return "", false, 0, false
}

// reset forgets a part of a line.
func (s *lineScanner) reset() { s.n, s.pending = 0, false }
