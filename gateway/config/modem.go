package config

import (
	"strings"
	"time"
	"unicode"
)

// Menu is the mode of a modem that answers by itself.
const Menu = "menu"

// A Modem is a voice modem: a telephone line behind a serial port.
type Modem struct {
	Name    string  `toml:"name" required:"true" check:"name" doc:"Stable name of the line"`
	Device  string  `toml:"device" required:"true" check:"path" doc:"Serial device of commands, by a name that stays, as /dev/serial/by-id/..."`
	Audio   string  `toml:"audio" check:"path" doc:"Serial device of the audio, for modems that have one; missing: device"`
	Baud    int     `toml:"baud" default:"115200" min:"9600" max:"4000000" doc:"Rate of the serial port"`
	Dialect string  `toml:"dialect" check:"name" doc:"Dialect of commands; missing: found by asking the modem"`
	Number  string  `toml:"number" check:"number" doc:"Directory number of the line"`
	Country string  `toml:"country" check:"country" doc:"Country of the line; missing: country"`
	Allowed string  `toml:"allowed" check:"pattern" doc:"Pattern of numbers that the line may call; missing: all that routes let it"`
	RxGain  float64 `toml:"rx_gain_db" min:"-24" max:"12" doc:"Gain on what comes from the line"`
	TxGain  float64 `toml:"tx_gain_db" min:"-24" max:"12" doc:"Gain on what goes to the line"`
	Mode    string  `toml:"mode" default:"line" one:"line|menu" doc:"line: calls are routed, which takes a modem with full-duplex voice; menu: the modem answers, plays, collects digits and records"`

	Echo bool   `toml:"echo" kind:"line" default:"true" doc:"Echo canceller on in calls"`
	Dial string `toml:"dial" kind:"line" default:"tone" one:"tone|pulse" doc:"How digits are sent"`

	AnswerRings int           `toml:"answer_rings" kind:"menu" default:"2" min:"1" max:"20" doc:"Rings after which it answers"`
	Greeting    string        `toml:"greeting" kind:"menu" check:"path" doc:"WAV file that is played after the answer"`
	Digits      int           `toml:"digits" kind:"menu" min:"0" max:"32" doc:"DTMF digits that are collected at most; # ends them; 0: none"`
	DigitsWait  time.Duration `toml:"digits_wait" kind:"menu" default:"5s" min:"1s" max:"1m" doc:"Wait for each digit"`
	Record      string        `toml:"record" kind:"menu" check:"path" doc:"Folder for messages, one WAV file each; missing: no message is taken"`
	RecordMax   time.Duration `toml:"record_max" kind:"menu" default:"3m" min:"1s" max:"1h" doc:"Longest message"`
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
		if m.Mode == Menu && m.Greeting == "" && m.Record == "" {
			r.fault(path+".mode", "menu would answer and do nothing: add greeting or record")
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
		for _, x := range []struct {
			key string
			of  string
			set bool
		}{{"digits_wait", "digits", m.Digits > 0}, {"record_max", "record", m.Record != ""}} {
			if c.set[path+"."+x.key] && m.Mode == Menu && !x.set {
				r.fault(path+"."+x.key, "has a meaning only with %s: add it, or remove this", x.of)
			}
		}
	}
}
