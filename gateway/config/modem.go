package config

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Menu is the mode of a modem that answers by itself.
const Menu = "menu"

// A Modem is a voice modem: a telephone line behind a serial port.
type Modem struct {
	Name    string        `toml:"name" required:"true" check:"name" doc:"Stable name of the line"`
	Device  string        `toml:"device" check:"path" doc:"Serial device of commands, by a name that stays, as /dev/serial/by-id/..."`
	Emulate string        `toml:"emulate" check:"name" doc:"In the place of device: sort of modem that is emulated, with a line and an exchange, as si2494"`
	Audio   string        `toml:"audio" check:"path" doc:"Serial device of the audio, for modems that have one (cellular ones)"`
	Baud    int           `toml:"baud" default:"115200" min:"9600" max:"4000000" doc:"Rate of the serial port; a USB modem has none"`
	Dialect string        `toml:"dialect" check:"name" doc:"Dialect of commands; missing: found by asking the modem"`
	Number  string        `toml:"number" check:"number" doc:"Directory number of the line"`
	Country string        `toml:"country" check:"country" doc:"Country of the line; missing: country"`
	Allowed string        `toml:"allowed" check:"pattern" doc:"Pattern of numbers that the line may call; missing: all that routes let it"`
	RxGain  float64       `toml:"rx_gain_db" min:"-24" max:"12" doc:"Gain on what comes from the line"`
	TxGain  float64       `toml:"tx_gain_db" min:"-24" max:"12" doc:"Gain on what goes to the line"`
	Mode    string        `toml:"mode" default:"line" one:"line|menu" doc:"line: calls are routed, which takes a modem with full-duplex voice; menu: the modem answers, plays, collects digits and records"`
	Limit   time.Duration `toml:"limit" min:"0s" max:"24h" doc:"Longest call; 0s: no limit"`

	Echo        bool          `toml:"echo" kind:"line" default:"true" doc:"Echo canceller on in calls"`
	Dial        string        `toml:"dial" kind:"line" default:"tone" one:"tone|pulse" doc:"How digits are sent"`
	JitterMin   time.Duration `toml:"jitter_min" kind:"line" min:"0s" max:"500ms" doc:"Least delay of the audio each way, for a host that wakes up late; 0s: what the modem's portions take"`
	AnswerAfter time.Duration `toml:"answer_after" kind:"line" default:"30s" min:"1s" max:"5m" doc:"A call counts as answered so long after the last digit, if neither voice nor polarity said so before"`
	Silence     time.Duration `toml:"silence" kind:"line" default:"60s" min:"0s" max:"1h" doc:"Silence both ways for so long is a hang-up; 0s: it is none"`

	AnswerRings int           `toml:"answer_rings" kind:"menu" default:"2" min:"1" max:"20" doc:"Rings after which it answers"`
	Greeting    string        `toml:"greeting" kind:"menu" check:"path" doc:"WAV file that is played after the answer; a digit breaks in"`
	Digits      int           `toml:"digits" kind:"menu" min:"0" max:"32" doc:"DTMF digits that are collected at most; # ends them; 0: none, or as many as the longest of choices"`
	DigitsWait  time.Duration `toml:"digits_wait" kind:"menu" default:"5s" min:"1s" max:"1m" doc:"Wait for each digit"`
	Choices     []string      `toml:"choices" kind:"menu" check:"choice" doc:"What digits do, each as DIGITS=record, DIGITS=again, DIGITS=hangup, or DIGITS=/FILE.wav, which is played before the greeting is again"`
	Record      bool          `toml:"record" kind:"menu" doc:"Takes messages: WAV files in the folder messages of the data folder"`
	RecordMax   time.Duration `toml:"record_max" kind:"menu" default:"3m" min:"1s" max:"1h" doc:"Longest message"`
}

// The words for what a choice does beside playing a file.
const (
	ChoiceRecord = "record"
	ChoiceAgain  = "again"
	ChoiceHangup = "hangup"
)

// Choice returns what digits do, one of the words above or a file; more says that further digits can make another choice.
func (m Modem) Choice(digits string) (does string, more bool) {
	for _, c := range m.Choices {
		if d, what := cutChoice(c); d == digits {
			does = what
		} else if strings.HasPrefix(d, digits) {
			more = true
		}
	}
	return does, more
}

// ChoiceDoes returns what a choice does: one of the words above or a file.
func ChoiceDoes(choice string) string {
	_, what := cutChoice(choice)
	return what
}

func cutChoice(s string) (digits, does string) {
	digits, does, _ = strings.Cut(s, "=")
	return strings.TrimSpace(digits), strings.TrimSpace(does)
}

// MaxDigits is how many digits the menu collects at most.
func (m Modem) MaxDigits() int {
	n := m.Digits
	if n == 0 {
		for _, c := range m.Choices {
			d, _ := cutChoice(c)
			n = max(n, len(d))
		}
	}
	return n
}

func checkChoice(s string) string {
	d, what := cutChoice(s)
	ok := d != "" && len(d) <= 32 && strings.Trim(d, "0123456789*ABCD") == ""
	if what != ChoiceRecord && what != ChoiceAgain && what != ChoiceHangup {
		ok = ok && checkPath(what) == ""
	}
	if !ok {
		return fmt.Sprintf("is no choice: write digits, = and %s, %s, %s or a WAV file, as 1=/var/lib/hours.wav", ChoiceRecord, ChoiceAgain, ChoiceHangup)
	}
	return ""
}

// checkPath: a file or folder is named in full, since the gateway may be started anywhere.
func checkPath(s string) string {
	if !strings.HasPrefix(s, "/") || len(s) > 4095 || strings.ContainsFunc(s, unicode.IsControl) {
		return `is no full path: begin with "/"`
	}
	return ""
}

func (c *Config) validateModems(r *report) {
	checkKinds(r, c.set, "modem", c.Modems, func(m Modem) string { return m.Mode })
	used := make(map[string]string)
	for i, m := range c.Modems {
		path := elem("modem", i)
		switch {
		case m.Device == "" && m.Emulate == "" && !c.set[path+".device"]:
			r.fault(path+".device", "is missing: name the modem's serial device, or write emulate")
		case m.Device != "" && m.Emulate != "":
			r.fault(path+".emulate", "stands in the place of device: remove one of them")
		}
		if m.Emulate != "" && m.Audio != "" {
			r.fault(path+".audio", "is for a device: remove it")
		}
		if m.Audio != "" && m.Audio == m.Device {
			r.fault(path+".audio", "is the same as device: remove it")
		}
		for _, dev := range []struct{ key, path string }{{"device", m.Device}, {"audio", m.Audio}} {
			if other, taken := used[dev.path]; taken && dev.path != "" && other != m.Name {
				r.fault(path+"."+dev.key, "%s is already that of %s: choose another device", dev.path, other)
			}
			used[dev.path] = m.Name
		}
		if m.Mode == Menu {
			c.validateMenu(r, path, m)
		}
	}
}

func (c *Config) validateMenu(r *report, path string, m Modem) {
	if m.Greeting == "" && !m.Record {
		r.fault(path+".mode", "menu would answer and do nothing: add greeting or record")
	}
	for _, x := range []struct {
		key string
		of  string
		set bool
	}{{"digits_wait", "digits", m.MaxDigits() > 0}, {"record_max", "record", m.Record}} {
		if c.set[path+"."+x.key] && !x.set {
			r.fault(path+"."+x.key, "has a meaning only with %s: add it, or remove this", x.of)
		}
	}
	seen := make(map[string]bool)
	for k, choice := range m.Choices {
		d, what := cutChoice(choice)
		switch {
		case seen[d]:
			r.fault(elem(path+".choices", k), "%s is there before: remove one of them", d)
		case m.Digits > 0 && len(d) > m.Digits:
			r.fault(elem(path+".choices", k), "%s is longer than digits, %d: remove digits", d, m.Digits)
		case what == ChoiceRecord && !m.Record:
			r.fault(elem(path+".choices", k), "records, and record is not set: add record = true")
		}
		seen[d] = true
	}
}
