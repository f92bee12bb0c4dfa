package emu_test

import (
	"testing"

	"tipring/dsp/pulse"
	"tipring/hw/emu"
	"tipring/hw/hwtest"
	"tipring/hw/soft"
	"tipring/tdm"
)

// office is an Exchange as the conformance suite wants it.
type office struct{ *emu.Exchange }

func (o office) Ring() error     { return o.Exchange.Ring("5550199", "BOB", emu.WithoutCallerID()) }
func (o office) StopRing() error { return o.Hangup(emu.SignalNone) }
func (o office) Reverse() error  { return o.Hangup(emu.SignalPolarity) }
func (o office) Cut() error      { return o.Hangup(emu.SignalCPC) }

func conformance(t *testing.T, cfg emu.Config) {
	cfg.Lines = []emu.Line{
		{Kind: tdm.FXS, Name: "fxs1", Pulse: pulse.Config{BreakMs: 67, MakeMs: 33}},
		{Kind: tdm.FXO, Name: "fxo1"},
		{Kind: tdm.FXS, Name: "fxs2"},
		{Kind: tdm.FXO, Name: "fxo2", Zone: "uk"},
	}
	hwtest.Run(t, hwtest.Options{Bubble: true}, func(t *testing.T) hwtest.Harness {
		c, err := emu.NewCard(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return hwtest.Harness{
			Card:      c,
			Depth:     soft.DefaultDepth,
			Telephone: func(slot int) hwtest.Telephone { return c.Phone(cfg.Lines[slot].Name) },
			Office:    func(slot int) hwtest.Office { return office{c.Office(cfg.Lines[slot].Name)} },
			RingMs:    2000,
			PauseMs:   4000,
			BreakMs:   67, // no multiple of a block, so that 1 ms shows
			MakeMs:    33,
		}
	})
}

func TestConformance(t *testing.T) {
	t.Run("mulaw", func(t *testing.T) { conformance(t, emu.Config{}) })
	t.Run("alaw,delay", func(t *testing.T) { conformance(t, emu.Config{Law: tdm.ALaw, Delay: 37}) })
}
