package emu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	_ "embed"

	"tipring/hw/serial"
	"tipring/hw/serial/pty"
	"tipring/tdm"
)

//go:embed modems.json
var modemsJSON []byte

// A ModemModel is a sort of modem with its quirks: a row of modems.json. A modem that passes for it answers as the row says.
type ModemModel struct {
	ID       string            `json:"id"`
	Source   []string          `json:"source"`
	Dialect  string            `json:"dialect"`  // when it cannot be told by its identity
	Identity map[string]string `json:"identity"` // by command: I0, +FMI?
	Class    string            `json:"class"`    // what enters voice mode
	Sharp    bool              `json:"sharp"`    // the commands begin with '#'
	VSM      []string          `json:"vsm"`
	Formats  map[string]string `json:"formats"` // by number: u8 s8 s16 ulaw alaw ima
	// FixedRate is the only sampling rate, which the command does not name.
	FixedRate int      `json:"fixed_rate"`
	OffHook   []string `json:"off_hook"` // commands that go off hook
	Duplex    bool     `json:"duplex"`
	VCON      bool     `json:"vcon"` // says VCON for OK where the line is off hook

	StopRecord string `json:"stop_record"` // code after a DLE
	BareStop   bool   `json:"bare_stop"`   // a '!' without DLE
	NoETX      bool   `json:"no_etx"`      // ends receive without <DLE><ETX>
	Sub        bool   `json:"sub"`         // sends <DLE><SUB> for two DLEs
	ShieldDTMF bool   `json:"shield_dtmf"` // <DLE>/ digits, repeated every 70 ms, <DLE>~
	// Repeated events, extension codes, and what is forgotten.
	EventRepeatMs     int  `json:"event_repeat_ms"`
	ExtensionCodes    bool `json:"extension_codes"`
	VCIDLostByReset   bool `json:"vcid_lost_by_reset"`
	HangupLeavesVoice bool `json:"hangup_leaves_voice"`
	CallerIDSpaces    bool `json:"caller_id_spaces"`
	DeafAfterPlay     bool `json:"deaf_after_play"` // no DTMF until it is told to go off hook again
	LateOffHookMs     int  `json:"late_off_hook_ms"`
	BufferMs          int  `json:"buffer_ms"` // of samples to be played
	BurstMs           int  `json:"burst_ms"`  // samples heard come in such portions

	Cellular bool     `json:"cellular"`
	AudioOn  []string `json:"audio_on"`
	AudioOff []string `json:"audio_off"`
	URCs     bool     `json:"urcs"` // reports its calls unasked
}

// stopsRecord reports whether <DLE> and b end receive: V.253 has <ESC> to end it and ! to abort it, which models with a way
// of their own do not know.
func (m *ModemModel) stopsRecord(b byte) bool {
	own := m.StopRecord != "!" && m.StopRecord != "\x1b"
	return !m.BareStop && (string(b) == m.StopRecord || !own && (b == '!' || b == 0x1b))
}

// ModemModels returns the models that can be emulated.
func ModemModels() []ModemModel {
	var f struct{ Models []ModemModel }
	if err := json.Unmarshal(modemsJSON, &f); err != nil {
		panic("emu: modems.json: " + err.Error()) // embedded and tested
	}
	return f.Models
}

// ModemConfig describes an emulated modem.
type ModemConfig struct {
	Model string // "conexant_usb" when empty
	// Line is the telephone line; its Kind is FXO whatever it says. The card's other fields are its clock and country.
	Line Line
	Card Config
}

// A Modem is an emulated voice modem: AT commands and audio at one end, at the other a telephone line of the same loop and
// exchange as behind an FXO port. It is the terminal of that line, and its card's pump.
//
// Run computes everything. The host's end is what Plug was given, or a pseudo-terminal of OpenPTY; Office is the far end of
// the line. RING and DTR, which a pseudo-terminal has not, are beside it: a Modem is the serial.ModemLines of its port.
type Modem struct {
	model ModemModel
	card  *Card
	x     *Exchange
	tx    tdm.Block
	rx    tdm.Block

	mu     sync.Mutex
	host   *hostPort // nil: unplugged
	voice  *hostPort // a cellular modem's second port
	lines  serial.Lines
	hangup bool // DTR has fallen
	frozen bool
	noise  []byte // to be thrown at the host

	at  command
	v   voiceBand
	now int64 // ms
	tty []io.Closer
}

var _ serial.ModemLines = (*Modem)(nil)

// modemBlock is the length of one step in samples: 10 ms.
const modemBlock = 80

// NewModem makes a modem. Nothing happens before Run.
func NewModem(cfg ModemConfig) (*Modem, error) {
	m := &Modem{}
	id := or(cfg.Model, "conexant_usb")
	for _, model := range ModemModels() {
		if model.ID == id {
			m.model = model
		}
	}
	if m.model.ID == "" {
		return nil, fmt.Errorf("emulated modem %s: model %q: there is none of that name", cfg.Line.Name, id)
	}
	cfg.Line.Kind = tdm.FXO
	cfg.Card.Name = or(cfg.Card.Name, cfg.Line.Name)
	cfg.Card.Lines = []Line{cfg.Line}
	var err error
	if m.card, err = NewCard(cfg.Card); err != nil {
		return nil, err
	}
	m.x = m.card.Office(cfg.Line.Name)
	m.tx, m.rx = tdm.NewBlock(1, modemBlock), tdm.NewBlock(1, modemBlock)
	m.lines = serial.CTS | serial.DSR
	m.v.init(m)
	m.at.init(m)
	return m, nil
}

// Model returns what the modem passes for.
func (m *Modem) Model() ModemModel { return m.model }

// Office returns the far end of the telephone line.
func (m *Modem) Office() *Exchange { return m.x }

// Handler serves the far end as Card.Handler does.
func (m *Modem) Handler() http.Handler { return m.card.Handler() }

// Run computes the modem until ctx ends or Close.
func (m *Modem) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { m.Close() })()
	for {
		if _, err := m.card.Exchange(m.tx, m.rx); err != nil {
			m.Unplug()
			if errors.Is(err, tdm.ErrClosed) {
				return nil
			}
			return err
		}
		m.step()
	}
}

// Close ends Run and unplugs the modem.
func (m *Modem) Close() error {
	err := m.card.Close()
	m.Unplug()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.tty {
		c.Close()
	}
	m.tty = nil
	return err
}

// Plug connects the modem to a host. What was connected before is closed.
func (m *Modem) Plug(host io.ReadWriteCloser) {
	m.Unplug()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.host = newHostPort(host, 4096)
}

// PlugVoice connects the second port of a cellular modem.
func (m *Modem) PlugVoice(voice io.ReadWriteCloser) {
	m.mu.Lock()
	was := m.voice
	m.voice = newHostPort(voice, 8*320)
	m.mu.Unlock()
	if was != nil {
		was.close()
	}
}

// Unplug takes the modem from its host. The telephone line falls on hook with the modem's power.
func (m *Modem) Unplug() {
	m.mu.Lock()
	ports := []*hostPort{m.host, m.voice}
	m.host, m.voice = nil, nil
	m.hangup = true
	m.mu.Unlock()
	for _, p := range ports {
		if p != nil {
			p.close()
		}
	}
}

// OpenPTY connects the modem to new pseudo-terminals and returns their paths; voice is empty unless the modem is cellular.
func (m *Modem) OpenPTY() (path, voice string, err error) {
	far, path, hold, err := openTTY()
	if err != nil {
		return "", "", err
	}
	holds := []io.Closer{hold}
	m.Plug(far)
	if m.model.Cellular {
		var far2, hold2 *os.File
		if far2, voice, hold2, err = openTTY(); err != nil {
			m.Unplug()
			hold.Close()
			return "", "", err
		}
		m.PlugVoice(far2)
		holds = append(holds, hold2)
	}
	m.mu.Lock()
	m.tty = append(m.tty, holds...)
	m.mu.Unlock()
	return path, voice, nil
}

// openTTY opens a pseudo-terminal and holds its device, so that a host may close and open it.
func openTTY() (far *os.File, path string, hold *os.File, err error) {
	if far, path, err = pty.Open(); err != nil {
		return nil, "", nil, err
	}
	if hold, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		far.Close()
		return nil, "", nil, err
	}
	return far, path, hold, nil
}

// Lines implements serial.ModemLines: CTS and DSR are on, RI while ringing voltage is, DCD never in a voice call.
func (m *Modem) Lines() (serial.Lines, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lines, nil
}

// SetLines implements serial.ModemLines. DTR that falls hangs up (AT&D2).
func (m *Modem) SetLines(mask serial.Lines, on bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	mask &= serial.DTR | serial.RTS
	if !on && m.lines&mask&serial.DTR != 0 {
		m.hangup = true
	}
	m.lines &^= mask
	if on {
		m.lines |= mask
	}
	return nil
}

// Freeze makes the modem stop answering: it takes what the host says and says nothing. The line stays as it is.
func (m *Modem) Freeze(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.frozen = on
}

// Rubbish throws octets at the host, between two others.
func (m *Modem) Rubbish(b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.noise = append(m.noise, b...)
}

// step is 10 ms of the modem, after the line's.
func (m *Modem) step() {
	m.now += modemBlock / tdm.Quantum
	m.mu.Lock()
	host, voice, hangup, frozen := m.host, m.voice, m.hangup, m.frozen
	m.hangup = false
	noise := m.noise
	m.noise = nil
	ringing := m.rx.SigSlot(0)[len(m.rx.SigSlot(0))-1]&tdm.SigRing != 0
	m.lines &^= serial.RI
	if ringing {
		m.lines |= serial.RI
	}
	m.mu.Unlock()
	if hangup {
		m.at.powerOn()
	}
	m.at.host, m.v.second = host, voice
	if host == nil {
		m.v.silence()
		return
	}
	if frozen {
		host.drain()
		m.v.silence()
		m.v.keepHook()
		return
	}
	if len(noise) > 0 {
		host.send(noise)
	}
	m.v.listen()
	m.at.step()
	m.v.speak()
}
