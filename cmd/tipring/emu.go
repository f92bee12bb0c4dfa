package main

import (
	"fmt"
	"os"
	"time"

	"encoding/json"

	"tipring/hw/emu"
)

// emuCmd drives the far end of an emulated port: the telephone of an FXS port, the exchange of an FXO port.
type emuCmd struct {
	connection
	Port emuPort `arg:""`
}

type emuPort struct {
	Port string `arg:"" help:"The port: fxs1, fxo1 ..."`

	Offhook emuOffhook `cmd:"" help:"Telephone: lift the handset."`
	Onhook  emuOnhook  `cmd:"" help:"Telephone: put the handset down."`
	Flash   emuFlash   `cmd:"" help:"Telephone: press the recall key."`
	Dial    emuDial    `cmd:"" help:"Telephone: dial digits; returns when they are dialled."`
	Ring    emuRing    `cmd:"" help:"Exchange: call the line."`
	Answer  emuAnswer  `cmd:"" help:"Exchange: the far party answers."`
	Hangup  emuHangup  `cmd:"" help:"Exchange: the far party hangs up."`
	Busy    emuBusy    `cmd:"" help:"Exchange: make the far number busy, or free again."`
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
		From string `help:"The caller's number; \"private\" or \"unavailable\" when it is withheld or not known."`
		Name string `help:"The caller's name."`
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
		For  time.Duration `required:"" help:"How long, for example 5s."`
	}
	emuStatus struct{}
)

// far is the emulated far end that a command drives.
type far struct {
	*emu.Client
	port string
}

// far resolves the parents of a verb.
func (c *emuCmd) far() far {
	cl := c.client()
	return far{&emu.Client{Base: cl.Base, Token: cl.Token}, c.Port.Port}
}

func (emuOffhook) Run(e env, c *cli) error { f := c.Emu.far(); return f.OffHook(e.ctx, f.port) }
func (emuOnhook) Run(e env, c *cli) error  { f := c.Emu.far(); return f.OnHook(e.ctx, f.port) }
func (emuFlash) Run(e env, c *cli) error   { f := c.Emu.far(); return f.Flash(e.ctx, f.port) }
func (emuAnswer) Run(e env, c *cli) error  { f := c.Emu.far(); return f.Answer(e.ctx, f.port) }

func (v emuDial) Run(e env, c *cli) error {
	f := c.Emu.far()
	return f.Dial(e.ctx, f.port, v.Digits, v.Pulse)
}

func (v emuRing) Run(e env, c *cli) error {
	f := c.Emu.far()
	number, presentation := v.From, ""
	if number == "private" || number == "unavailable" {
		number, presentation = "", number
	}
	return f.Ring(e.ctx, f.port, number, v.Name, presentation)
}

func (v emuHangup) Run(e env, c *cli) error {
	f := c.Emu.far()
	return f.Hangup(e.ctx, f.port, v.Signal)
}

func (v emuBusy) Run(e env, c *cli) error {
	f := c.Emu.far()
	return f.Busy(e.ctx, f.port, v.Value == "on")
}

func (v emuPlay) Run(e env, c *cli) error {
	f := c.Emu.far()
	file, err := os.Open(v.File)
	if err != nil {
		return usageError{err}
	}
	defer file.Close()
	return f.Play(e.ctx, f.port, file)
}

func (v emuRecord) Run(e env, c *cli) error {
	f := c.Emu.far()
	file, err := os.Create(v.File)
	if err != nil {
		return usageError{err}
	}
	if err := f.Record(e.ctx, f.port, v.For, file); err != nil {
		file.Close()
		os.Remove(v.File)
		return err
	}
	return file.Close()
}

func (emuStatus) Run(e env, c *cli) error {
	f := c.Emu.far()
	st, err := f.Status(e.ctx, f.port)
	if err != nil {
		return err
	}
	b, err := json.Marshal(st)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s\n", b)
	return err
}
