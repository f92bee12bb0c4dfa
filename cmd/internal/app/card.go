package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/hw/linecard"
	"tipring/tdm"
	"tipring/tdm/loop"
	"tipring/tdm/span"
)

// A card is one line card with its pump and its signalling.
type card struct {
	name  string
	card  tdm.Card
	emu   *emu.Card      // the same, when it is an emulated one
	link  *linecard.Card // the same, when it is behind a link
	paths []string       // of its devices, then
	pump  *span.Pump
	group *loop.Group
	up    atomic.Bool
}

func newCard(cfg *config.Config, c config.Card, ports Serial, incoming func(*loop.Call, tdm.Primitive) func(tdm.Primitive), log *slog.Logger) (*card, error) {
	k := &card{name: c.Name}
	ec := emu.Config{Name: c.Name, Zone: c.Country, Seed: uint64(c.Seed)}
	var lines []loop.LineConfig
	for _, p := range cfg.Lines() {
		if p.Card != c.Name {
			continue
		}
		kind := tdm.FXS
		if p.Kind == config.FXO {
			kind = tdm.FXO
		}
		ec.Lines = append(ec.Lines, emu.Line{
			Kind: kind, Name: p.Name, Number: p.Number, Zone: p.Country,
			Script: emu.Script{Reversal: true}, // answer supervision, so that an answer is one without a voice too
		})
		lines = append(lines, lineConfig(cfg, p))
	}
	var err error
	if c.Driver == config.DriverLink {
		k.link, err = newLinkCard(cfg, c, ports, k.state, log)
		k.card = k.link
		for _, path := range []string{c.Device, c.Media} {
			if path != "" {
				k.paths = append(k.paths, path)
			}
		}
	} else {
		k.emu, err = emu.NewCard(ec)
		k.card = k.emu
	}
	if err != nil {
		return nil, err
	}
	k.pump, err = span.New(span.Config{Card: k.card, BlockMs: int(c.Block / time.Millisecond), EchoTailMs: int(c.Echo / time.Millisecond), Log: log})
	if err != nil {
		return nil, err
	}
	k.group, err = loop.NewGroup(loop.Config{Pump: k.pump, Lines: lines, Incoming: incoming, Now: time.Now, Log: log})
	if err != nil {
		return nil, err
	}
	return k, nil
}

// run starts the pump and the signalling. A card that fails takes its lines out of service and leaves the rest alone.
func (k *card) run(pump, signalling context.Context, pumps, groups *sync.WaitGroup, log *slog.Logger) {
	if k.link == nil {
		k.up.Store(true)
	} else {
		k.group.Fail("the card is not there yet")
		pumps.Go(func() {
			if err := k.link.Run(pump); err != nil {
				log.Error("card failed", "card", k.name, "err", err)
			}
		})
	}
	pumps.Go(func() {
		if err := k.pump.Run(pump); err != nil {
			log.Error("card failed", "card", k.name, "err", err)
			k.up.Store(false)
			k.group.Fail(fmt.Sprintf("the card failed: %v", err))
		}
	})
	groups.Go(func() {
		if err := k.group.Run(signalling); err != nil {
			log.Error("line signalling failed", "card", k.name, "err", err)
		}
	})
}

// state takes the lines of a card behind a link out of service and back.
func (k *card) state(err error) {
	k.up.Store(err == nil)
	if err != nil {
		k.group.Fail(fmt.Sprintf("the card is out of service: %v", err))
	} else {
		k.group.Restore()
	}
}

// lineConfig is what a port's configuration means for its line.
func lineConfig(cfg *config.Config, p config.Port) loop.LineConfig {
	ms := func(d time.Duration) int { return int(d / time.Millisecond) }
	// off turns a zero duration, which switches a function off in the file, into the machine's word for off.
	off := func(d time.Duration) int {
		if d == 0 {
			return -1
		}
		return ms(d)
	}
	lc := loop.LineConfig{
		Slot: p.Slot, Name: p.Name, Zone: p.Country, Number: p.Number, CallerIDName: p.CallerName,
		RxGainDB: p.RxGain, TxGainDB: p.TxGain, Echo: p.Echo, CallerID: p.CallerID, CallWaiting: p.CallWaiting,
		PulseDigits: p.PulseDigits,
	}
	if p.Kind == config.FXS {
		lc.FXS = loop.FXSConfig{
			RingCadenceMs: p.RingCadence, FlashMinMs: ms(p.FlashMin), FlashMaxMs: ms(p.FlashMax), OpenFeedMs: ms(p.OpenFeed),
			ReverseOnAnswer: p.ReverseOnAnswer, ClearTone: p.ClearTone,
			HowlerAfterMs: off(cfg.Timers.Howler), LockoutAfterMs: ms(cfg.Timers.Lockout),
		}
		return lc
	}
	has := func(list []string, s string) bool {
		for _, x := range list {
			if x == s {
				return true
			}
		}
		return false
	}
	lc.FXO = loop.FXOConfig{
		DialMode: loop.DialMode(p.Dial), DialToneMs: off(p.DialTone), DialBlind: p.DialBlind,
		DigitMs: ms(p.DigitOn), DigitPauseMs: ms(p.DigitOff), GuardMs: ms(p.Guard),
		AnswerOn: loop.AnswerOn{Polarity: has(p.AnswerOn, "polarity"), Voice: has(p.AnswerOn, "voice")},
		Disconnect: loop.DisconnectOn{
			CurrentMs: ms(p.CurrentLoss), SilenceMs: ms(p.Silence),
			IgnoreFlip: !has(p.DisconnectOn, "polarity"), IgnoreTone: !has(p.DisconnectOn, "tone"),
		},
	}
	if has(p.AnswerOn, "time") {
		lc.FXO.AnswerOn.AfterMs = ms(p.AnswerAfter)
	}
	if !has(p.DisconnectOn, "current") {
		lc.FXO.Disconnect.CurrentMs = -1
	}
	if !has(p.DisconnectOn, "silence") {
		lc.FXO.Disconnect.SilenceMs = -1
	}
	return lc
}
