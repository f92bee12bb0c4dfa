package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tipring/gateway/call"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/hw/modem"
	"tipring/tdm"
	"tipring/tdm/slip"
	"tipring/tdm/span"
)

// A modemLine is a telephone line behind a voice modem.
type modemLine struct {
	cfg   config.Modem
	modem *modem.Modem
	ports ports
	emu   *emu.Modem // the modem itself, when it is an emulated one
	zone  string     // country
}

// A modemUse is what a line's incoming calls are for: conversations, and calls that are served in a goroutine of their own.
type modemUse struct {
	incoming func(*modem.Call, tdm.Primitive) func(tdm.Primitive)
	attend   func(context.Context, *modem.Call, tdm.Primitive)
}

// CheckModems says what is wrong with modems beyond what a configuration's own check can know: their sorts and dialects, and
// the files that they play.
func CheckModems(cfg *config.Config) error {
	for _, m := range cfg.Modems {
		if _, err := newModem(cfg, m, Serial{}, modemUse{}, slog.New(slog.DiscardHandler)); err != nil {
			return err
		}
		if _, err := newMenu(cfg, m); err != nil {
			return err
		}
	}
	return nil
}

// addModem makes the line of a modem and gives its calls their use.
func (a *App) addModem(cfg *config.Config, m config.Modem) error {
	var l *modemLine
	menu, err := newMenu(cfg, m)
	if err != nil {
		return err
	}
	use := modemUse{attend: func(_ context.Context, c *modem.Call, setup tdm.Primitive) { a.declineModem(l, c, setup) }}
	if menu != nil {
		use.attend = func(_ context.Context, c *modem.Call, setup tdm.Primitive) { a.attend(l, c, setup, "menu", menu.serve) }
	} else {
		use.incoming = func(c *modem.Call, setup tdm.Primitive) func(tdm.Primitive) {
			return a.calls.Incoming(modemCall{c, l}, a.modemSetup(l, setup))
		}
	}
	if l, err = newModem(cfg, m, a.opt.Serial, use, a.log); err != nil {
		return err
	}
	a.modems = append(a.modems, l)
	return nil
}

// newModem opens nothing.
func newModem(cfg *config.Config, m config.Modem, from Serial, use modemUse, log *slog.Logger) (*modemLine, error) {
	l := &modemLine{cfg: m}
	mc := modem.Config{
		Name: m.Name, Dialect: m.Dialect, Zone: m.Country, Pulse: m.Dial == "pulse", RxGainDB: m.RxGain, TxGainDB: m.TxGain,
		NoEcho: !m.Echo, AnswerAfter: m.AnswerAfter, SilenceAfter: m.Silence, Limit: m.Limit,
		Incoming: use.incoming, Attend: use.attend, Log: log,
	}
	if mc.Zone == "" {
		mc.Zone = cfg.Country
	}
	l.zone = mc.Zone
	if m.Mode == config.Menu {
		mc.SilenceAfter = 0
	} else {
		least := int(m.JitterMin / time.Millisecond)
		mc.PrefillMs = least / 2 // 0: the default
		mc.NewPipe = func(portionMs int) modem.Pipe { return newModemPipe(max(portionMs, least)) }
	}
	if m.Emulate != "" {
		var err error
		l.emu, err = emu.NewModem(emu.ModemConfig{
			Model: m.Emulate, Card: emu.Config{Zone: mc.Zone},
			Line: emu.Line{Name: m.Name, Number: m.Number, Script: emu.Script{Reversal: true}}, // as the lines of emulated cards
		})
		if err != nil {
			return nil, err
		}
		if mc.Dialect == "" {
			mc.Dialect = l.emu.Model().Dialect
		}
		l.ports = from.emulated(l.emu)
	} else {
		l.ports = from.device(m)
		if !overUSB(m.Device) {
			mc.Baud = m.Baud
		}
	}
	mc.Open, mc.OpenAudio = l.ports.open, l.ports.audio
	var err error
	l.modem, err = modem.New(mc)
	return l, err
}

// newModemPipe makes one direction of a conversation: room for what a modem and the system hold back, and a least delay that
// covers its portions, or more, about which it may vary by half.
func newModemPipe(leastMs int) modem.Pipe {
	return slip.NewPipe(slip.Config{
		MinDelay: leastMs * tdm.Quantum, StartDelay: leastMs * tdm.Quantum, Slack: leastMs * tdm.Quantum / 2, MaxDelay: (modem.BufferMs + 100) * tdm.Quantum,
	})
}

// run starts the modem's line, and the modem itself when it is emulated.
func (l *modemLine) run(media, signalling context.Context, far, lines *sync.WaitGroup, log *slog.Logger) {
	if l.emu != nil {
		far.Go(func() {
			if err := l.emu.Run(media); err != nil {
				log.Error("emulated modem failed", "line", l.cfg.Name, "err", err)
			}
		})
	}
	if what := l.expectation(); what != "" {
		log.Info("modem expected", "line", l.cfg.Name, "usb", what)
	}
	lines.Go(func() { l.modem.Run(signalling) }) // it ends with its context, and has no error of its own
}

// modemSetup completes the Setup of a call that comes in: the exchange does not say what was called, the line's number does.
func (a *App) modemSetup(l *modemLine, setup tdm.Primitive) tdm.Primitive {
	setup.Called = cmp.Or(l.cfg.Number, l.cfg.Name)
	return setup
}

// declineModem makes the record of a call that comes in on a line that is for conversations and can have none.
func (a *App) declineModem(l *modemLine, c *modem.Call, setup tdm.Primitive) {
	a.attend(l, c, setup, "", func(context.Context, *modem.Call, *call.Attended) (tdm.Cause, string) {
		return tdm.CauseBearerNotImplemented, "no conversation on this line: " + l.modem.Status().WhyNot
	})
}

// attend has serve serve a call on the line itself, with a record like that of every other call.
func (a *App) attend(l *modemLine, c *modem.Call, setup tdm.Primitive, service string,
	serve func(context.Context, *modem.Call, *call.Attended) (tdm.Cause, string)) {
	hear := func(up call.Up) {
		go func() {
			<-c.Done()
			up(c.Final())
		}()
	}
	a.calls.Attend(modemCall{c, l}, a.modemSetup(l, setup), service, hear, func(ctx context.Context, at *call.Attended) (tdm.Cause, string) {
		cause, reason := serve(ctx, c, at)
		select {
		case <-c.Done(): // the call will have it from the line why
			<-ctx.Done()
		default:
		}
		return cause, reason
	})
}

// Call implements call.Endpoint.
func (l *modemLine) Call(setup tdm.Primitive, up call.Up) call.Party {
	return modemCall{l.modem.Call(setup, up), l}
}

// A modemCall is a modem's call as a gateway's call sees it.
type modemCall struct {
	*modem.Call
	line *modemLine
}

// End implements call.Party.
func (c modemCall) End() span.End {
	if leg := c.Leg(); leg != nil {
		return span.End{Leg: leg, Digits: true}
	}
	return span.End{}
}

// Quality implements call.Reporter.
func (c modemCall) Quality() cdr.Quality {
	s := c.line.modem.Status()
	return cdr.Quality{Port: c.Name(), Line: &cdr.Line{
		RxDBm0: cdr.Float(s.RxDBm0), TxDBm0: cdr.Float(s.TxDBm0), ERL: cdr.Float(s.Echo.ERL), ERLE: cdr.Float(s.Echo.ERLE),
	}}
}

// modemLineOf returns the modem line of that name, or nil.
func (a *App) modemLineOf(name string) *modemLine {
	for _, l := range a.modems {
		if l.cfg.Name == name {
			return l
		}
	}
	return nil
}

// modemStates are the states of a modem's line in the words of all lines.
var modemStates = map[string]string{
	"starting": "out_of_service", "idle": "idle", "ringing": "ringing", "declined": "ringing", "answering": "offhook", "seizing": "dialing",
	"talking": "talking", "hanging up": "disconnected", "out of service": "out_of_service",
}

// state returns the line's state and why it is not in service.
func (l *modemLine) state(s modem.Status) (state, reason string) {
	state, reason = modemStates[s.State], s.Reason
	if s.State == "starting" && reason == "" {
		reason = "the modem is being asked what it is"
	}
	return state, reason
}

// hook is the state of the line's loop in the words of all lines.
func (l *modemLine) hook(s modem.Status) string {
	switch modemStates[s.State] {
	case "offhook", "dialing", "talking":
		return "off"
	}
	return "on"
}

// use says in words what the line is for.
func (l *modemLine) use(s modem.Status) string {
	switch {
	case s.Capability.Dialect == "":
		return "not known yet"
	case l.cfg.Mode == config.Menu:
		return "menu"
	case s.Conversation:
		return "conversations"
	}
	return fmt.Sprintf("no conversations: %s", s.WhyNot)
}
