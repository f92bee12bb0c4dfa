package main

import (
	"fmt"
	"strconv"
	"strings"
)

// The verbs of a span's far end: the cable, the framer, and the switch behind it.
type (
	emuCall struct {
		From string `placeholder:"NUMBER" help:"The caller's number."`
		Name string `placeholder:"NAME" help:"The caller's name."`
		To   string `required:"" placeholder:"NUMBER" help:"The number that is called."`
	}
	emuPull   struct{}
	emuPlug   struct{}
	emuErrors struct {
		Rate string `arg:"" help:"Wrong bits of all, as 1e-4."`
	}
	emuAIS struct {
		Value string `arg:"" optional:"" default:"on" enum:"on,off" help:"on or off."`
	}
	emuRAI struct {
		Value string `arg:"" optional:"" default:"on" enum:"on,off" help:"on or off."`
	}
	emuLoop struct {
		Value string `arg:"" enum:"line,payload,none" help:"line, payload or none."`
	}
	emuSlip struct {
		Rate string `arg:"" help:"By how many parts in a million the far end's clock is fast, as 50ppm."`
	}
)

func (v emuCall) Run(e env, c *cli) error {
	f := c.Emu.far(e)
	return f.Call(e.ctx, f.port, v.From, v.Name, v.To)
}

func (emuPull) Run(e env, c *cli) error { f := c.Emu.far(e); return f.Pull(e.ctx, f.port) }
func (emuPlug) Run(e env, c *cli) error { f := c.Emu.far(e); return f.Plug(e.ctx, f.port) }

func (v emuErrors) Run(e env, c *cli) error {
	rate, err := strconv.ParseFloat(v.Rate, 64)
	if err != nil || !(rate >= 0 && rate <= 1) {
		return usageError{fmt.Errorf("%q is no rate of bit errors: write a number from 0 to 1, as 1e-4", v.Rate)}
	}
	f := c.Emu.far(e)
	return f.Errors(e.ctx, f.port, rate)
}

func (v emuAIS) Run(e env, c *cli) error {
	f := c.Emu.far(e)
	return f.Alarm(e.ctx, f.port, "ais", v.Value == "on")
}

func (v emuRAI) Run(e env, c *cli) error {
	f := c.Emu.far(e)
	return f.Alarm(e.ctx, f.port, "rai", v.Value == "on")
}

func (v emuLoop) Run(e env, c *cli) error {
	f := c.Emu.far(e)
	return f.Loop(e.ctx, f.port, v.Value)
}

func (v emuSlip) Run(e env, c *cli) error {
	ppm, err := strconv.Atoi(strings.TrimSuffix(v.Rate, "ppm"))
	if err != nil {
		return usageError{fmt.Errorf("%q is no rate: write a number of parts in a million, as 50ppm", v.Rate)}
	}
	f := c.Emu.far(e)
	return f.Slip(e.ctx, f.port, ppm)
}
