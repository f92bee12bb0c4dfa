package span

import (
	"math"
	"testing"

	"tipring/dsp/dsptest"
)

// Levels now, and over the loud parts of a call, are those of the signals, with the gains in them; a call's stay until
// the next.
func TestLevels(t *testing.T) {
	c := newTestCard(1, 0)
	in, out := dsptest.Sine(1004, -20, 16000), dsptest.Sine(820, -12, 16000)
	c.receive(0, func(at int64) int16 {
		if at < 8000 {
			return in[at]
		}
		return 0
	})
	p := newTestPump(t, c, 10)
	p.Gain(0, -3, 2)
	leg := &recorder{say: func(i int64) int16 { return out[i%16000] }}
	p.Attach(0, leg)
	check := func(what string, got float32, want float64) {
		t.Helper()
		if math.Abs(float64(got)-want) > 0.3 {
			t.Errorf("%s: %.2f dBm0, want %.2f", what, got, want)
		}
	}
	run(t, p, 4000)
	st := p.Stats(nil)[0]
	check("rx", st.RxDBm0, -23)
	check("tx", st.TxDBm0, -10)
	run(t, p, 11000)
	st = p.Stats(nil)[0]
	if st.RxDBm0 > -60 {
		t.Errorf("rx of silence: %.2f dBm0", st.RxDBm0)
	}
	check("rx over the call", st.RxCallDBm0, -23)
	check("tx over the call", st.TxCallDBm0, -10)
	p.Detach(0)
	run(t, p, 1600)
	st = p.Stats(nil)[0]
	check("rx after the call", st.RxCallDBm0, -23)
	if st.Active || st.Leg || st.TxDBm0 > -90 {
		t.Errorf("after the call %+v", st)
	}
	p.Attach(0, &recorder{})
	run(t, p, 800)
	if st = p.Stats(nil)[0]; st.RxCallDBm0 > -60 || !st.Leg {
		t.Errorf("in the next call %+v", st)
	}
}
