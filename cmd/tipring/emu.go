package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"tipring/hw/emu"
)

// emuCmd drives the far end of an emulated port: the telephone of an FXS port, the exchange of an FXO port.
type emuCmd struct {
	connection
	Port emuPort `arg:""`
}

type emuPort struct {
	Port string `arg:"" help:"The port: fxs1, fxo1, modem1, span1 ..."`

	Offhook emuOffhook `cmd:"" help:"Telephone: lift the handset."`
	Onhook  emuOnhook  `cmd:"" help:"Telephone: put the handset down."`
	Flash   emuFlash   `cmd:"" help:"Telephone: press the recall key."`
	Dial    emuDial    `cmd:"" help:"Telephone: dial digits; returns when they are dialled."`
	Ring    emuRing    `cmd:"" help:"Exchange: call the line."`
	Answer  emuAnswer  `cmd:"" help:"Exchange or switch: the far party answers."`
	Hangup  emuHangup  `cmd:"" help:"Exchange or switch: the far party hangs up."`
	Busy    emuBusy    `cmd:"" help:"Exchange or switch: make the far number busy, or free again."`
	Call    emuCall    `cmd:"" help:"Switch behind a span: make a call."`
	Pull    emuPull    `cmd:"" help:"Span: pull the cable out."`
	Plug    emuPlug    `cmd:"" help:"Span: put the cable in again."`
	Errors  emuErrors  `cmd:"" help:"Span: make pulses wrong at a rate, both ways; 0 ends it."`
	AIS     emuAIS     `cmd:"" name:"ais" help:"Span: the far end sends all ones, or stops it."`
	RAI     emuRAI     `cmd:"" name:"rai" help:"Span: the far end says that it does not receive us, or stops it."`
	Loop    emuLoop    `cmd:"" help:"Span: the far end loops what it receives back, or stops it."`
	Slip    emuSlip    `cmd:"" help:"Span: make the far end's clock fast, or slow when negative."`
	Play    emuPlay    `cmd:"" help:"Play a WAV file into the line; returns when it has been played."`
	Record  emuRecord  `cmd:"" help:"Record what is heard into a WAV file."`
	Status  emuStatus  `cmd:"" help:"Print the state as one JSON object."`
}

type (
	emuOffhook struct{}
	emuOnhook  struct{}
	emuFlash   struct{}
	emuDial    struct {
		Digits string `arg:"" help:"0-9, A-D, * and #; a comma pauses."`
		Pulse  bool   `help:"Dial with pulses instead of tones."`
	}
	emuRing struct {
		From string `placeholder:"NUMBER" help:"The caller's number; \"private\" or \"unavailable\" when it is withheld or not known."`
		Name string `placeholder:"NAME" help:"The caller's name."`
	}
	emuAnswer struct{}
	emuHangup struct {
		Signal string `default:"cpc" enum:"cpc,polarity,tone,none" help:"How the exchange shows it: cpc, polarity, tone or none."`
	}
	emuBusy struct {
		Value string `arg:"" enum:"on,off" help:"on or off."`
	}
	emuPlay struct {
		File string `arg:"" help:"8 kHz mono WAV, 16 bit or G.711."`
	}
	emuRecord struct {
		File string        `arg:"" help:"The WAV file to write."`
		For  time.Duration `required:"" placeholder:"TIME" help:"How long, for example 5s."`
	}
	emuStatus struct{}
)

// far is the emulated far end that a command drives.
type far struct {
	*emu.Client
	port string
}

// far resolves the parents of a verb.
func (c *emuCmd) far(e env) far {
	cl := c.client(e.http)
	return far{&emu.Client{Base: cl.Base, Token: cl.Token, HTTP: cl.HTTP}, c.Port.Port}
}

func (emuOffhook) Run(e env, c *cli) error { f := c.Emu.far(e); return f.OffHook(e.ctx, f.port) }
func (emuOnhook) Run(e env, c *cli) error  { f := c.Emu.far(e); return f.OnHook(e.ctx, f.port) }
func (emuFlash) Run(e env, c *cli) error   { f := c.Emu.far(e); return f.Flash(e.ctx, f.port) }
func (emuAnswer) Run(e env, c *cli) error  { f := c.Emu.far(e); return f.Answer(e.ctx, f.port) }

func (v emuDial) Run(e env, c *cli) error {
	if i := strings.IndexFunc(v.Digits, func(r rune) bool { return !strings.ContainsRune("0123456789ABCD*#,w", r) }); i >= 0 || v.Digits == "" {
		return usageError{fmt.Errorf("%q cannot be dialled: use 0-9 * # A-D, and , for a pause", v.Digits)}
	}
	f := c.Emu.far(e)
	return f.Dial(e.ctx, f.port, v.Digits, v.Pulse)
}

func (v emuRing) Run(e env, c *cli) error {
	f := c.Emu.far(e)
	number, presentation := v.From, ""
	if number == "private" || number == "unavailable" {
		number, presentation = "", number
	}
	return f.Ring(e.ctx, f.port, number, v.Name, presentation)
}

func (v emuHangup) Run(e env, c *cli) error {
	f := c.Emu.far(e)
	return f.Hangup(e.ctx, f.port, v.Signal)
}

func (v emuBusy) Run(e env, c *cli) error {
	f := c.Emu.far(e)
	return f.Busy(e.ctx, f.port, v.Value == "on")
}

func (v emuPlay) Run(e env, c *cli) error {
	f := c.Emu.far(e)
	file, err := os.Open(v.File)
	if err != nil {
		return usageError{err}
	}
	defer file.Close()
	return f.Play(e.ctx, f.port, file)
}

func (v emuRecord) Run(e env, c *cli) error {
	if v.For <= 0 {
		return usageError{fmt.Errorf("--for %v: want a time like 5s", v.For)}
	}
	f := c.Emu.far(e)
	_, before := os.Stat(v.File)
	file, err := os.OpenFile(v.File, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return usageError{err}
	}
	defer file.Close()
	var audio bytes.Buffer
	if err := f.Record(e.ctx, f.port, v.For, &audio); err != nil {
		if errors.Is(before, fs.ErrNotExist) {
			os.Remove(v.File)
		}
		return err
	}
	file.Truncate(0) // fails on what is no file, a pipe for example, which holds nothing old
	if _, err := audio.WriteTo(file); err != nil {
		return err
	}
	return file.Close()
}

func (emuStatus) Run(e env, c *cli) error {
	f := c.Emu.far(e)
	st, err := f.RawStatus(e.ctx, f.port)
	if err != nil {
		return err
	}
	return printJSONLine(e.stdout, st)
}
