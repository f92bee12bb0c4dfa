package loop

import (
	"strings"
	"testing"

	"tipring/tdm"
	"tipring/tdm/span"
)

// nullCard is a card that is never run.
type nullCard struct{ info tdm.Info }

func (c nullCard) Info() tdm.Info                       { return c.info }
func (c nullCard) Exchange(_, _ tdm.Block) (int, error) { return 0, tdm.ErrClosed }
func (c nullCard) Close() error                         { return nil }

func pumpOf(t testing.TB, slots ...tdm.Slot) *span.Pump {
	t.Helper()
	p, err := span.New(span.Config{Card: nullCard{tdm.Info{Name: "card", Slots: slots}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestConfigurationFaultsAreToldAllAtOnce(t *testing.T) {
	pump := pumpOf(t, tdm.Slot{Kind: tdm.FXS, Name: "fxs1"}, tdm.Slot{Kind: tdm.FXO, Name: "fxo1"}, tdm.Slot{})
	incoming := func(*Call, tdm.Primitive) func(tdm.Primitive) { return nil }
	_, err := NewGroup(Config{Pump: pump, Incoming: incoming, Lines: []LineConfig{
		{Slot: 0, Zone: "atlantis"},
		{Slot: 1, Zone: "us", FXO: FXOConfig{DialMode: "smoke"}, PulseDigits: "xx"},
		{Slot: 2, Name: "bearer"},
		{Slot: 3, Name: "beyond"},
		{Slot: 0, FXS: FXSConfig{RingCadenceMs: []int{100}, FlashMinMs: 900, FlashMaxMs: 100, ClearTone: "moo"}},
		{Slot: 0},
		{Slot: 0, Name: "again"},
		{Slot: 1, Name: "fxs1"},
		{Slot: 1, Name: "cw", CallerID: "jclip", CallWaiting: true},
	}})
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{
		`line "fxs1": zone "atlantis" is not known: use one of us au`,
		`line "fxo1": dial mode "smoke": use tone or pulse`,
		`line "fxo1": pulse digits "xx": use standard, se or nz`,
		`line "bearer": slot 2 of card card is no analog line`,
		`line "beyond": card card has no slot 3, it has 3`,
		`line "fxs1": ringing cadence [100]`,
		`a flash of at least 900 ms cannot be at most 100 ms`,
		`clear tone "moo": zone us has dial busy`,
		`lines "fxs1" and "again" both use slot 0`,
		`two lines of card card have the name "fxs1"`,
		`line "cw": call waiting: caller ID by jclip has no form for a call`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s\nin:\n%v", want, err)
		}
	}
	if _, err := NewGroup(Config{Incoming: incoming}); err == nil {
		t.Error("no pump was taken")
	}
	if _, err := NewGroup(Config{Pump: pump}); err == nil {
		t.Error("no handler was taken")
	}
}

func TestDefaults(t *testing.T) {
	info := tdm.Info{Slots: []tdm.Slot{{Kind: tdm.FXO, Name: "fxo1"}}}
	s, err := resolve(LineConfig{Zone: "se", FXO: FXOConfig{Disconnect: DisconnectOn{SilenceMs: -1}}}, info)
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "fxo1" || s.FXO.RingStopMs != 7000 || s.FXO.Disconnect.SilenceMs != -1 || s.FXO.DialMode != DialTone ||
		!s.FXO.AnswerOn.Voice || !s.FXO.AnswerOn.Polarity {
		t.Errorf("%+v", s)
	}
	if c := s.pulses(); c.Digits != "0123456789" {
		t.Errorf("Sweden's one pulse is %c", c.Digits[0])
	}
	s, _ = resolve(LineConfig{Zone: "us", FXS: FXSConfig{FlashMaxMs: -1}}, info)
	if c := s.pulses(); c.HangupMs != noFlashMs || c.BreakMaxMs >= c.HangupMs {
		t.Errorf("without flash: %+v", c)
	}
}

func TestPulseRuns(t *testing.T) {
	s, err := resolve(LineConfig{}, tdm.Info{Slots: []tdm.Slot{{Kind: tdm.FXO, Name: "fxo1"}}})
	if err != nil {
		t.Fatal(err)
	}
	breaks, ms := 0, 0
	runs := pulseRuns("1*3#", s)
	for _, r := range runs {
		if r.Bits == 0 {
			breaks++
		}
		ms += int(r.Ms)
	}
	if last := runs[len(runs)-1]; breaks != 4 || last.Ms != 0 || last.Bits != tdm.SigOffHook {
		t.Errorf("%d breaks in %d ms, last %+v", breaks, ms, last)
	}
	if got := pulseRuns("*#", s); got != nil {
		t.Errorf("no digit gives %v", got)
	}
}
