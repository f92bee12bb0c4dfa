package loop_test

import (
	"testing"
	"time"

	"tipring/dsp/dtmf"
	"tipring/hw/emu"
	"tipring/tdm"
	"tipring/tdm/loop"
)

// heardDigits decodes the DTMF in a recording.
func heardDigits(pcm []int16) string {
	var digits []byte
	for _, e := range dtmf.NewDetector(dtmf.Config{}).Process(pcm, nil) {
		if e.Kind == dtmf.Start {
			digits = append(digits, e.Digit)
		}
	}
	return string(digits)
}

// TestDigitsFromTheFarEnd: digits that reach a line as primitives are sent into it one after the other, none is lost.
func TestDigitsFromTheFarEnd(t *testing.T) {
	lines := []emu.Line{phone("201", "us"), {Kind: tdm.FXO, Name: "fxo1", Number: "5550101", Script: emu.Script{Reversal: true, AnswerMs: 2000}}}
	inBubble(t, lines, nil, func(r *rig) {
		p, x := r.card.Phone("fxs1"), r.card.Office("fxo1")
		r.ok(p.OffHook())
		in := r.incoming()
		in.send(tdm.Connect)
		r.state("fxs1", "talking")

		out := r.call("fxo1", tdm.Primitive{Called: "55"})
		out.Send(tdm.Primitive{Kind: tdm.Information, Digit: '6'}) // the number goes on while it is dialled
		out.want("PROCEEDING")
		out.want("PROGRESS inband")
		if d := x.Status().Digits; d != "556" {
			t.Errorf("the exchange took %q", d)
		}
		out.want("CONNECT polarity")
		for _, c := range []struct {
			party  *party
			record func() ([]int16, error)
		}{
			{in, func() ([]int16, error) { return p.Record(r.ctx, 2*time.Second) }},
			{out, func() ([]int16, error) { return x.Record(r.ctx, 2*time.Second) }},
		} {
			for _, d := range []byte("159#") {
				c.party.Send(tdm.Primitive{Kind: tdm.Information, Digit: d})
			}
			pcm, err := c.record()
			r.ok(err)
			if got := heardDigits(pcm); got != "159#" {
				t.Errorf("%s: the far end heard %q", c.party.Name(), got)
			}
		}
		if e := out.End(); e.Pump != r.pump || e.Slot != 1 || e.Leg != nil {
			t.Errorf("end %+v", e)
		}
	})
}

// TestGatewayTakesNoCall: a handler that refuses gives the telephone congestion tone and leaves the exchange ringing.
func TestGatewayTakesNoCall(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us"), {Kind: tdm.FXO, Name: "fxo1"}}, nil, func(r *rig) {
		r.refuse = true
		p := r.card.Phone("fxs1")
		r.ok(p.OffHook())
		r.far(p.Await, "congestion", emu.Tone("congestion"))
		r.ok(r.card.Office("fxo1").Ring("5551234", "JO"))
		st := r.state("fxo1", "declined")
		if st.InCall || st.CallerIDOK != 1 {
			t.Errorf("status %+v", st)
		}
		r.ok(r.card.Office("fxo1").Hangup(emu.SignalNone))
		r.state("fxo1", "idle")
	})
}

// TestReconfigureFreeLines: on a free line everything applies at once.
func TestReconfigureFreeLines(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us"), {Kind: tdm.FXO, Name: "fxo1", Number: "1"}}, nil, func(r *rig) {
		r.ok(r.group.Reconfigure(loop.LineConfig{Slot: 0, Zone: "de", Number: "301", FXS: loop.FXSConfig{FlashMaxMs: -1}}))
		r.ok(r.group.Reconfigure(loop.LineConfig{Slot: 1, Zone: "se", Number: "2"}))
		time.Sleep(20 * time.Millisecond)
		for i, want := range []struct{ number, zone string }{{"301", "de"}, {"2", "se"}} {
			if st := r.group.Lines()[i].Status(); st.Number != want.number || st.Zone != want.zone || st.Pending {
				t.Errorf("%+v", st)
			}
		}
		// The new hook windows hold for the next call.
		p := r.card.Phone("fxs1")
		r.ok(p.OffHook())
		c := r.incoming()
		c.send(tdm.Connect)
		r.state("fxs1", "talking")
		r.ok(p.Flash())
		c.want("RELEASE 16 onhook")
		r.incoming().disconnect(16) // the recall button has let go: off-hook again
		// And Sweden's caller ID, which comes before ringing.
		r.ok(r.card.Office("fxo1").Ring("5551234", "", emu.InStandard("dtmf")))
		if c := r.incoming(); c.setup.Calling.Digits != "5551234" || c.setup.Called != "2" {
			t.Errorf("setup %+v", c.setup)
		}
	})
}
