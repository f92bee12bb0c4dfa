package modem

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

//go:embed dialects.json
var dialectsJSON []byte

//go:embed events.json
var eventsJSON []byte

//go:embed usb-ids.json
var usbJSON []byte

// A Family is a way to carry audio.
type Family string

// Families.
const (
	Voice    Family = "voice"    // DLE-shielded audio on the command port (V.253, IS-101, Rockwell)
	Cellular Family = "cellular" // raw audio on a second port
)

// A Dialect is what is particular to a sort of modem: a row of dialects.json. A command that begins with '?' may fail.
type Dialect struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Base   string   `json:"base"` // row whose fields stand for the absent ones
	Family Family   `json:"family"`
	Match  []Match  `json:"match"`
	Source []string `json:"source"`
	Note   string   `json:"note"`

	Reset           []string `json:"reset"`
	Setup           []string `json:"setup"` // after Reset, before anything is asked
	Voice           []string `json:"voice"` // into voice mode
	CallerID        []string `json:"caller_id"`
	CallerIDRaw     string   `json:"caller_id_raw"` // the same unformatted
	DistinctiveRing string   `json:"distinctive_ring"`
	FormatsQuery    string   `json:"formats_query"`
	Select          []string `json:"select"` // {n}, {rate}
	Tune            []string `json:"tune"`   // in voice mode, after Select

	Answer    []string `json:"answer"`
	Seize     []string `json:"seize"`
	Dial      string   `json:"dial"` // {digits}
	AfterDial []string `json:"after_dial"`
	Flash     string   `json:"flash"`
	OnHook    []string `json:"on_hook"`
	AfterPlay []string `json:"after_play"`

	Play       string `json:"play"`
	Record     string `json:"record"`
	Duplex     string `json:"duplex"`
	StopPlay   string `json:"stop_play"`   // after what is queued
	AbortPlay  string `json:"abort_play"`  // at once
	StopRecord string `json:"stop_record"` // <DLE> and its like are names of octets
	StopDuplex string `json:"stop_duplex"`
	Escape     string `json:"escape"` // out of whatever it is in, beside the stops

	Formats       map[string]FormatRow `json:"formats"` // by number
	EventRepeatMs int                  `json:"event_repeat_ms"`
	PortionMs     int                  `json:"portion_ms"` // of samples, both ways; 0: PortionMs
	// LateOffHookMs is by how much the off-hook of this modem may be later than its answer to the command.
	LateOffHookMs int `json:"late_off_hook_ms"`

	// Cellular modems.
	Audio      RawAudio    `json:"audio"`
	Status     []string    `json:"status"` // registration and signal
	PollCalls  string      `json:"poll_calls"`
	CallEvents []CallEvent `json:"call_events"`
	DialSource string      `json:"dial_source"`

	raw []json.RawMessage // of the row and its bases, the first one first
}

// A FormatRow is what a number in +VSM means in a dialect.
type FormatRow struct {
	Label  string `json:"label"`
	Coding Coding `json:"coding"` // empty: not supported
	Rates  []int  `json:"rates"`
}

// RawAudio is the audio of a second port.
type RawAudio struct {
	Coding Coding `json:"coding"`
	Rate   int    `json:"rate"`
	Frame  int    `json:"frame"` // octets
}

// A CallEvent is a line by which a cellular modem reports a call.
type CallEvent struct {
	Prefix string `json:"prefix"`
	Event  string `json:"event"` // dialled, answered, cleared, poll
}

// A Match recognises a modem by its answer to a query. Each kind of comparison that is given has alternatives.
type Match struct {
	Query    string   `json:"query"`
	Equals   []string `json:"equals"`
	Prefix   []string `json:"prefix"`
	Contains []string `json:"contains"`
}

func (m Match) matches(answer string) bool {
	answer = strings.ToLower(strings.TrimSpace(answer))
	for _, s := range m.Equals {
		if answer == strings.ToLower(s) {
			return true
		}
	}
	for _, s := range m.Prefix {
		if strings.HasPrefix(answer, strings.ToLower(s)) {
			return true
		}
	}
	for _, s := range m.Contains {
		if strings.Contains(answer, strings.ToLower(s)) {
			return true
		}
	}
	return false
}

// tables are the data files, read once.
type tables struct {
	dialects []*Dialect
	byID     map[string]*Dialect
	codes    [256]meaning
	usb      []USBDevice
}

var data = sync.OnceValue(func() *tables {
	t, err := load(dialectsJSON, eventsJSON, usbJSON)
	if err != nil {
		panic("modem: " + err.Error()) // embedded and tested
	}
	return t
})

func load(dialects, events, usb []byte) (*tables, error) {
	t := &tables{byID: map[string]*Dialect{}}
	var file struct {
		Dialects []json.RawMessage `json:"dialects"`
	}
	if err := json.Unmarshal(dialects, &file); err != nil {
		return nil, fmt.Errorf("dialects.json: %w", err)
	}
	for _, raw := range file.Dialects {
		d, err := t.row(raw)
		if err != nil {
			return nil, fmt.Errorf("dialects.json: %w", err)
		}
		t.dialects = append(t.dialects, d)
		t.byID[d.ID] = d
	}
	var codes struct {
		Codes []struct {
			Code  string `json:"code"`
			Means string `json:"means"`
		} `json:"codes"`
	}
	if err := json.Unmarshal(events, &codes); err != nil {
		return nil, fmt.Errorf("events.json: %w", err)
	}
	for _, c := range codes.Codes {
		m, ok := meanings[c.Means]
		if !ok || len(c.Code) != 1 {
			return nil, fmt.Errorf("events.json: code %q means %q", c.Code, c.Means)
		}
		t.codes[c.Code[0]] = m
	}
	for _, digit := range []byte("0123456789*#ABCD") {
		t.codes[digit] = meansDigit
	}
	var ids struct {
		Devices []USBDevice `json:"devices"`
	}
	if err := json.Unmarshal(usb, &ids); err != nil {
		return nil, fmt.Errorf("usb-ids.json: %w", err)
	}
	t.usb = ids.Devices
	return t, nil
}

// row decodes a row over its base, which comes before it.
func (t *tables) row(raw json.RawMessage) (*Dialect, error) {
	var head struct{ ID, Base string }
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, err
	}
	d := &Dialect{}
	if head.Base != "" {
		base := t.byID[head.Base]
		if base == nil {
			return nil, fmt.Errorf("row %q: no row %q before it", head.ID, head.Base)
		}
		for _, r := range base.raw {
			d.over(r) // it has been decoded before
		}
		d.raw = append(d.raw, base.raw...)
		d.Match, d.Note, d.Source = nil, "", nil
	}
	if err := d.over(raw); err != nil {
		return nil, fmt.Errorf("row %q: %w", head.ID, err)
	}
	d.raw = append(d.raw, raw)
	if d.ID == "" || t.byID[d.ID] != nil || len(d.Source) == 0 {
		return nil, fmt.Errorf("row %q: want an id of its own and a source", d.ID)
	}
	return d, nil
}

// over decodes a row over what d has. Formats replace those before: decoding alone would add to them.
func (d *Dialect) over(raw json.RawMessage) error {
	was := d.Formats
	d.Formats = nil
	err := json.Unmarshal(raw, d)
	if d.Formats == nil {
		d.Formats = was
	}
	return err
}

// Dialects returns the ids of all dialects.
func Dialects() (ids []string) {
	for _, d := range data().dialects {
		ids = append(ids, d.ID)
	}
	return ids
}

// LookupDialect returns the dialect of that id.
func LookupDialect(id string) (*Dialect, bool) {
	d, ok := data().byID[id]
	return d, ok
}

// octets turns the names of a stop sequence into octets: "<DLE>!" is 0x10 0x21.
func octets(s string) []byte {
	for name, b := range map[string]byte{"<DLE>": dle, "<ETX>": etx, "<CAN>": can, "<ESC>": esc, "<FS>": fs, "<NUL>": nul, "<DC4>": dc4, "<CR>": '\r'} {
		s = strings.ReplaceAll(s, name, string(b))
	}
	return []byte(s)
}

// A meaning is what a shielded code is to the driver.
type meaning uint8

const (
	meansNothing meaning = iota
	meansDigit
	meansDTMFStart
	meansDTMFEnd
	meansBusy
	meansDialTone
	meansLoop
	meansSilence
	meansQuiet
	meansSIT
	meansRingback
	meansVoice
	meansFax
	meansAnswerTone
	meansDataOrigin
	meansUnderrun
	meansOverrun
	meansRing
	meansHandset
	meansCallWaiting
)

var meanings = map[string]meaning{
	"ignored": meansNothing, "digit": meansDigit, "dtmfstart": meansDTMFStart, "dtmfend": meansDTMFEnd, "busy": meansBusy,
	"dialtone": meansDialTone, "loop": meansLoop, "silence": meansSilence, "quiet": meansQuiet, "sit": meansSIT,
	"ringback": meansRingback, "voice": meansVoice, "fax": meansFax, "answertone": meansAnswerTone, "dataorigin": meansDataOrigin,
	"underrun": meansUnderrun, "overrun": meansOverrun, "ring": meansRing, "handset": meansHandset, "callwaiting": meansCallWaiting,
}
