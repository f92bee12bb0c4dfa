package hwtest

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tipring/dsp/pulse"
	"tipring/hw/emu"
	"tipring/hw/soft"
	"tipring/tdm"
)

// A faulty card breaks one promise of a good one.
type faulty struct {
	tdm.Card
	info     func(*tdm.Info)
	exchange func(c tdm.Card, tx, rx tdm.Block) (int, error)
	control  func(slot int, c *tdm.Command) bool // false: lose it
}

func (f *faulty) Info() tdm.Info {
	i := f.Card.Info()
	if f.info != nil {
		f.info(&i)
	}
	return i
}

func (f *faulty) Exchange(tx, rx tdm.Block) (int, error) {
	if f.exchange != nil {
		return f.exchange(f.Card, tx, rx)
	}
	return f.Card.Exchange(tx, rx)
}

func (f *faulty) Control(slot int, c tdm.Command) {
	if f.control == nil || f.control(slot, &c) {
		f.Card.(tdm.Controller).Control(slot, c)
	}
}

func (f *faulty) Events() <-chan tdm.Event { return f.Card.(tdm.Controller).Events() }

// bits changes the received signalling bits of a card.
func bits(f func(sig []uint8)) func(tdm.Card, tdm.Block, tdm.Block) (int, error) {
	return func(c tdm.Card, tx, rx tdm.Block) (int, error) {
		slip, err := c.Exchange(tx, rx)
		for i := range len(rx.Sig) / (rx.N / tdm.Quantum) {
			f(rx.SigSlot(i))
		}
		return slip, err
	}
}

// A verdict is a testing.TB that notes what a test says instead of failing.
type verdict struct {
	testing.TB
	said    []string
	skipped bool
}

func (v *verdict) Errorf(format string, args ...any) {
	v.said = append(v.said, fmt.Sprintf(format, args...))
}
func (v *verdict) Error(args ...any)                 { v.said = append(v.said, fmt.Sprint(args...)) }
func (v *verdict) Fatalf(format string, args ...any) { v.Errorf(format, args...); runtime.Goexit() }
func (v *verdict) Fatal(args ...any)                 { v.Error(args...); runtime.Goexit() }
func (v *verdict) Skip(args ...any)                  { v.skipped = true; runtime.Goexit() }
func (v *verdict) Helper()                           {}

type exchange struct{ *emu.Exchange }

func (o exchange) Ring() error     { return o.Exchange.Ring("1", "", emu.WithoutCallerID()) }
func (o exchange) StopRing() error { return o.Hangup(emu.SignalNone) }
func (o exchange) Reverse() error  { return o.Hangup(emu.SignalPolarity) }
func (o exchange) Cut() error      { return o.Hangup(emu.SignalCPC) }

// TestSuiteFindsFaults: each test of the suite fails a card that breaks what the test is about, and only then.
func TestSuiteFindsFaults(t *testing.T) {
	var tripped bool
	var once []byte
	for _, c := range []struct {
		test, fault string
		bearer      bool // on a soft card
		card        faulty
	}{
		{"Info", "no name", true, faulty{info: func(i *tdm.Info) { i.Name = "" }}},
		{"Info", "two slots of one name", false, faulty{info: func(i *tdm.Info) { i.Slots = append(i.Slots, i.Slots...) }}},
		{"ClockRate", "runs at half the rate", true, faulty{exchange: func(c tdm.Card, tx, rx tdm.Block) (int, error) {
			c.Exchange(tx, rx)
			return c.Exchange(tx, rx)
		}}},
		{"ClockRate", "reports slips", true, faulty{exchange: func(c tdm.Card, tx, rx tdm.Block) (int, error) {
			_, err := c.Exchange(tx, rx)
			return 8, err
		}}},
		{"LateCallerCatchesUp", "waits a block each time", true, faulty{exchange: func(c tdm.Card, tx, rx tdm.Block) (int, error) {
			time.Sleep(10 * time.Millisecond)
			return c.Exchange(tx, rx)
		}}},
		{"OverrunSlips", "does not say so", true, faulty{exchange: func(c tdm.Card, tx, rx tdm.Block) (int, error) {
			_, err := c.Exchange(tx, rx)
			return 0, err
		}}},
		{"CloseUnblocks", "another error", true, faulty{exchange: func(c tdm.Card, tx, rx tdm.Block) (int, error) {
			slip, err := c.Exchange(tx, rx)
			if err != nil {
				err = errors.New("gone")
			}
			return slip, err
		}}},
		{"ExchangeAllocatesNothing", "allocates", true, faulty{exchange: func(c tdm.Card, tx, rx tdm.Block) (int, error) {
			once = make([]byte, tx.N)
			return c.Exchange(tx, rx)
		}}},
		{"WrongBlocks", "takes anything", true, faulty{exchange: func(c tdm.Card, tx, rx tdm.Block) (int, error) {
			return 0, nil
		}}},
		{"Peer", "one octet wrong", true, faulty{exchange: func(c tdm.Card, tx, rx tdm.Block) (int, error) {
			slip, err := c.Exchange(tx, rx)
			rx.Data[len(rx.Data)-1] ^= 1
			return slip, err
		}}},
		{"ControlAnswers", "loses commands", false, faulty{control: func(int, *tdm.Command) bool { return false }}},
		{"ControlAnswers", "takes unknown commands", false, faulty{control: func(_ int, c *tdm.Command) bool {
			if c.Op > tdm.OpRingStop {
				c.Op = tdm.OpRingStop
			}
			return true
		}}},
		{"ControlBesideExchange", "loses one command", false, faulty{control: func(_ int, c *tdm.Command) bool { return c.ID != 77 }}},
		{"FXS/Hook", "no loop", false, faulty{exchange: bits(func(sig []uint8) { clear(sig) })}},
		{"FXS/DialPulses", "10 ms resolution", false, faulty{exchange: bits(func(sig []uint8) {
			for i := range sig {
				sig[i] = sig[0]
			}
		})}},
		{"FXS/RingingAndTrip", "no trip bit", false, faulty{exchange: bits(func(sig []uint8) {
			for i := range sig {
				sig[i] &^= tdm.SigRingTrip
			}
		})}},
		{"FXS/RingingAndTrip", "rings on", false, faulty{exchange: bits(func(sig []uint8) {
			for i := range sig {
				tripped = tripped || sig[i]&tdm.SigRingTrip != 0
				if tripped {
					sig[i] |= tdm.SigRinging
				}
			}
		})}},
		{"FXS/RingStop", "does not stop", false, faulty{control: func(_ int, c *tdm.Command) bool {
			if c.Op == tdm.OpRingStop {
				c.Op = tdm.OpLinefeed
			}
			return true
		}}},
		{"FXS/RingOnce", "repeats", false, faulty{control: func(_ int, c *tdm.Command) bool {
			c.Cadence.Once = false
			return true
		}}},
		{"FXS/FeedOpen", "stays fed", false, faulty{control: func(_ int, c *tdm.Command) bool {
			c.Linefeed = tdm.FeedForward
			return true
		}}},
		{"FXS/Audio", "another law", false, faulty{info: func(i *tdm.Info) { i.Law = tdm.ALaw }}},
		{"FXS/EchoDelay", "the echo comes before its delay", false, faulty{info: func(i *tdm.Info) { i.Delay = 100 }}},
		{"FXO/IdleLine", "no battery", false, faulty{exchange: bits(func(sig []uint8) { clear(sig) })}},
		{"FXO/Ringing", "rings shorter", false, faulty{exchange: bits(func(sig []uint8) {
			sig[0] &^= tdm.SigRing
		})}},
		{"FXO/Polarity", "not seen", false, faulty{exchange: bits(func(sig []uint8) {
			for i := range sig {
				sig[i] &^= tdm.SigReversed
			}
		})}},
		{"FXO/BatteryCut", "not seen", false, faulty{exchange: bits(func(sig []uint8) {
			for i := range sig {
				sig[i] |= tdm.SigBattery | tdm.SigLoopCurrent
			}
		})}},
		{"FXO/Audio", "6 dB too weak", false, faulty{exchange: func(c tdm.Card, tx, rx tdm.Block) (int, error) {
			slip, err := c.Exchange(tx, rx)
			for i, o := range rx.Data {
				rx.Data[i] = tdm.MuLaw.EncodeSample(tdm.MuLaw.DecodeSample(o) / 2)
			}
			return slip, err
		}}},
	} {
		t.Run(c.test+"/"+strings.ReplaceAll(c.fault, " ", "_"), func(t *testing.T) {
			if raceDetector && c.test == "ExchangeAllocatesNothing" {
				t.Skip("the race detector allocates")
			}
			good := judge(t, c.test, c.bearer, faulty{})
			if good.skipped || len(good.said) > 0 {
				t.Errorf("a good card fails: %v (skipped %v)", good.said, good.skipped)
			}
			bad := judge(t, c.test, c.bearer, c.card)
			if len(bad.said) == 0 {
				t.Error("the fault is not found")
			}
		})
	}
	_ = once
}

// judge runs one test of the suite on a card with a fault.
func judge(t *testing.T, name string, bearer bool, fault faulty) *verdict {
	v := &verdict{TB: t}
	synctest.Test(t, func(t *testing.T) {
		h := Harness{Depth: soft.DefaultDepth, RingMs: 2000, PauseMs: 4000, BreakMs: 67, MakeMs: 33}
		if bearer {
			fault.Card = soft.New("soft", 2)
			h.Peer = func(slot int) int { return slot ^ 1 }
		} else {
			c, err := emu.NewCard(emu.Config{Lines: []emu.Line{{Kind: tdm.FXS, Name: "fxs1", Pulse: pulse.Config{BreakMs: 67, MakeMs: 33}}, {Kind: tdm.FXO, Name: "fxo1"}}})
			if err != nil {
				t.Fatal(err)
			}
			fault.Card = c
			h.Telephone = func(int) Telephone { return c.Phone("fxs1") }
			h.Office = func(int) Office { return exchange{c.Office("fxo1")} }
		}
		h.Card = &fault
		done := make(chan bool)
		go func() { // a goroutine of its own, which Fatal may end
			defer close(done)
			for _, c := range tests {
				if c.name == name {
					c.run(newRig(v, h))
				}
			}
		}()
		<-done
		h.Card.Close()
	})
	return v
}
