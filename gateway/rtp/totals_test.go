package rtp

import "testing"

// A party's sums outlive its streams and never fall.
func TestTotals(t *testing.T) {
	w := newWire()
	e, err := NewEngine(Config{IP: localIP, ListenPacket: w.listen})
	if err != nil {
		t.Fatal(err)
	}
	sums := func() (out map[string]Totals) {
		out = map[string]Totals{}
		for _, s := range e.Totals() {
			out[s.Party] = s
		}
		return out
	}
	open := func(party string) (*Stream, *talker) {
		s, err := e.Open(party)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Configure(params()); err != nil {
			t.Fatal(err)
		}
		return s, newTalker()
	}
	a, ka := open("trunk")
	b, kb := open("trunk")
	c, kc := open("phone")
	pcm := make([]int16, 160)
	for i := range 10 {
		first, second := ka.say(pcm), ka.say(pcm)
		switch {
		case i == 0:
			a.receive(first, peer, 0)
			a.receive(second, peer, 0)
		case i < 8: // the other way round: lost for a moment
			a.receive(second, peer, 0)
			a.receive(first, peer, 0)
		}
		b.receive(kb.say(pcm), peer, 0)
	}
	a.receive(ka.say(pcm), peer, 0)
	a.receive(kb.say(pcm), addr("192.0.2.77:1"), 0)
	c.receive(kc.say(pcm), peer, 0)
	before := sums()
	if s := before["trunk"]; s.Received != 27 || s.Lost != 4 || s.Stranger != 1 || before["phone"].Received != 1 || len(before) != 2 {
		t.Errorf("%+v", before)
	}
	a.Close()
	a.Close()
	b.Close()
	if after := sums(); after["trunk"] != before["trunk"] || after["phone"] != before["phone"] {
		t.Errorf("%+v before, %+v after the streams closed", before, after)
	}
	d, kd := open("trunk")
	d.receive(kd.say(pcm), peer, 0)
	if s := sums()["trunk"]; s.Received != 28 {
		t.Errorf("%+v", s)
	}
	c.Close()
	d.Close()
	e.readers.Wait()
}
