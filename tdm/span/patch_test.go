package span

import (
	"errors"
	"math"
	"slices"
	"testing"

	"tipring/tdm"
)

// pairs has the card's slots 2k and 2k+1 receive what the other sends, as a soft card does.
func pairs(c *testCard) {
	c.each = func(_ int64, tx, rx tdm.Block) {
		for i := range c.line {
			copy(rx.Slot(i), tx.Slot(i^1))
		}
	}
}

// counting says its place in a ramp that A-law can tell.
func counting(base int16) func(i int64) int16 {
	return func(i int64) int16 { return base + int16(i%16)*512 }
}

func TestJoinLegs(t *testing.T) {
	c := newTestCard(4, 0)
	pairs(c)
	p := newTestPump(t, c, 10)
	pb := &Patchbay{Soft: p}
	if pb.Free() != 2 {
		t.Fatalf("%d pairs free", pb.Free())
	}
	law := c.info.Law
	var joints []Joint
	for round := range 5 {
		a, b := &recorder{say: counting(1000)}, &recorder{say: counting(-12000)}
		j, err := pb.Join(End{Leg: a}, End{Leg: b})
		if err != nil {
			t.Fatal(err)
		}
		run(t, p, 800)
		for i, v := range b.heard {
			want := law.DecodeSample(law.Silence())
			if i >= 80 {
				want = law.DecodeSample(law.EncodeSample(counting(1000)(int64(i - 80))))
			}
			if v != want {
				t.Fatalf("round %d: b hears %d at %d, want %d", round, v, i, want)
			}
		}
		if len(a.heard) != 800 || a.heard[80] != law.DecodeSample(law.EncodeSample(-12000)) {
			t.Fatalf("round %d: a hears %d samples", round, len(a.heard))
		}
		joints = append(joints, j)
		if round == 0 {
			continue // one pair stays in use
		}
		j.Close()
		j.Close()
		if pb.Free() != 1 {
			t.Fatalf("round %d: %d pairs free", round, pb.Free())
		}
	}
	// Both pairs in use: the third call is refused, and the next that ends makes room.
	j, err := pb.Join(End{Leg: &EchoTest{}}, End{Leg: &EchoTest{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pb.Join(End{Leg: &EchoTest{}}, End{Leg: &EchoTest{}}); !errors.Is(err, ErrNoPair) {
		t.Fatalf("error %v", err)
	}
	j.Close()
	joints[0].Close()
	if pb.Free() != 2 {
		t.Fatalf("%d pairs free", pb.Free())
	}
	run(t, p, 80)
	if len(p.active) != 0 {
		t.Errorf("slots %v are left active", p.active)
	}
}

func TestJoinCircuits(t *testing.T) {
	c := newTestCard(3, 0)
	c.line[0].octet, c.line[1].octet = octets(0), octets(1)
	p := newTestPump(t, c, 10)
	pb := &Patchbay{}
	j, err := pb.Join(End{Pump: p, Slot: 0}, End{Pump: p, Slot: 1})
	if err != nil {
		t.Fatal(err)
	}
	run(t, p, 800)
	if got := c.line[1].sent[400]; got != octets(0)(320) {
		t.Errorf("slot 1 sent %#x", got)
	}
	// A new call on slot 0 is not disturbed by the end of the old one.
	leg := &recorder{say: counting(3000)}
	k, err := pb.Join(End{Pump: p, Slot: 0}, End{Leg: leg})
	if err != nil {
		t.Fatal(err)
	}
	run(t, p, 800)
	j.Close()
	run(t, p, 800)
	if len(leg.heard) != 1600 {
		t.Errorf("leg heard %d samples", len(leg.heard))
	}
	if sent := c.line[1].sent; sent[len(sent)-1] != c.info.Law.Silence() {
		t.Error("slot 1 is still connected")
	}
	k.Close()
	run(t, p, 80)
	if len(leg.heard) != 1600 {
		t.Error("leg is still attached")
	}
}

// Two cards of different block length are joined by pipes: the audio of the one is heard on the other.
func TestJoinCards(t *testing.T) {
	c, d := newTestCard(1, 0), newTestCard(2, 0)
	c.receive(0, counting(2000))
	d.receive(1, counting(-15000))
	p, q := newTestPump(t, c, 10), newTestPump(t, d, 2)
	j, err := new(Patchbay).Join(End{Pump: p}, End{Pump: q, Slot: 1})
	if err != nil {
		t.Fatal(err)
	}
	both := func(blocks int) {
		for range blocks {
			run(t, q, 80)
			run(t, p, 80)
		}
	}
	both(100)
	law := c.info.Law
	for _, row := range []struct {
		heard []int16
		said  func(int64) int16
	}{{c.heard(0), counting(-15000)}, {d.heard(1), counting(2000)}} {
		tail := row.heard[len(row.heard)-800:]
		first := slices.Index(tail, law.DecodeSample(law.EncodeSample(row.said(0))))
		if first < 0 {
			t.Fatal("nothing of the other card is heard")
		}
		for i, v := range tail[first:] {
			if want := law.DecodeSample(law.EncodeSample(row.said(int64(i)))); v != want {
				t.Fatalf("sample %d is %d, want %d", i, v, want)
			}
		}
	}
	j.Close()
	both(2)
	if len(p.active)+len(q.active) != 0 {
		t.Errorf("slots %v and %v are left active", p.active, q.active)
	}
}

func TestJoinErrors(t *testing.T) {
	p := newTestPump(t, newTestCard(2, 0), 10)
	for name, ends := range map[string][2]End{
		"empty":     {{}, {Pump: p}},
		"slot":      {{Pump: p, Slot: 2}, {Pump: p}},
		"itself":    {{Pump: p, Slot: 1}, {Pump: p, Slot: 1}},
		"no card":   {{Leg: &EchoTest{}}, {Leg: &EchoTest{}}},
		"negative":  {{Pump: p, Slot: -1}, {Leg: &EchoTest{}}},
		"empty leg": {{Leg: &EchoTest{}}, {}},
	} {
		if _, err := new(Patchbay).Join(ends[0], ends[1]); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A loss lies on each direction of a joint, wherever its ends are, and ends with it.
func TestJoinLoss(t *testing.T) {
	const law = tdm.ALaw
	at := func(i int64) int16 { return int16(8000 * math.Sin(float64(i)*0.5)) }
	rms := func(pcm []int16) float64 {
		var sum float64
		for _, v := range pcm {
			sum += float64(v) * float64(v)
		}
		return 10 * math.Log10(sum/float64(len(pcm))+1e-9)
	}
	c := newTestCard(4, 0)
	c.info.Law = law
	pairs(c)
	p := newTestPump(t, c, 10)
	pb := &Patchbay{Soft: p}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 0.2 {
			t.Errorf("%s: %.2f dB, want %.2f", what, got, want)
		}
	}
	// Two legs on the wired pair.
	a, b := &recorder{say: at}, &recorder{say: at}
	j, err := pb.JoinLoss(End{Leg: a}, End{Leg: b}, Loss{AtoB: 6, BtoA: -3})
	if err != nil {
		t.Fatal(err)
	}
	run(t, p, 1600)
	var pure []int16
	for i := range int64(1520) {
		pure = append(pure, at(i))
	}
	near("leg to leg", rms(b.heard[80:])-rms(pure), -6)
	near("leg to leg, back", rms(a.heard[80:])-rms(pure), 3)
	j.Close()
	run(t, p, 80)

	// A circuit and a leg, given in either order.
	for _, swap := range []bool{false, true} {
		leg, far := &recorder{say: at}, &recorder{say: at}
		p.Attach(1, far) // the far end of slot 0's wire
		ends, loss := [2]End{{Pump: p, Slot: 0}, {Leg: leg}}, Loss{AtoB: 6, BtoA: 2}
		if swap {
			ends[0], ends[1], loss = ends[1], ends[0], Loss{AtoB: 2, BtoA: 6}
		}
		j, err = pb.JoinLoss(ends[0], ends[1], loss)
		if err != nil {
			t.Fatal(err)
		}
		run(t, p, 1600)
		near("circuit to leg", rms(leg.heard[160:])-rms(pure), -6)
		near("leg to circuit", rms(far.heard[160:])-rms(pure), -2)
		j.Close()
		after := &recorder{say: at}
		p.Attach(0, after)
		run(t, p, 1600)
		near("after the joint", rms(after.heard[160:])-rms(pure), 0)
		p.Detach(0)
	}

	// Two circuits of the card: slots 0 and 2, whose far ends are 1 and 3. A direction without loss stays sample exact.
	x, y := &recorder{say: at}, &recorder{say: at}
	p.Attach(1, x)
	p.Attach(3, y)
	j, err = pb.JoinLoss(End{Pump: p, Slot: 0}, End{Pump: p, Slot: 2}, Loss{AtoB: 6})
	if err != nil {
		t.Fatal(err)
	}
	run(t, p, 1600)
	near("circuit to circuit", rms(y.heard[240:])-rms(pure), -6)
	for i := int64(240); i < 1600; i++ {
		if want := law.DecodeSample(law.EncodeSample(at(i - 160))); x.heard[i] != want {
			t.Fatalf("sample %d is %d, want %d", i, x.heard[i], want)
		}
	}
	j.Close()
}
