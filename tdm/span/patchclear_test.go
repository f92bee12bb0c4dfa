package span

import (
	"bytes"
	"testing"
)

// An octetSource says all octets in turn and keeps what it hears.
type octetSource struct {
	recorder
	next  byte
	heard []byte
}

func (o *octetSource) Octets(_ int64, rx, tx []byte) {
	o.heard = append(o.heard, rx...)
	for i := range tx {
		tx[i] = o.next
		o.next++
	}
}

// counted reports whether all octets in turn are in what was heard, for n of them.
func (o *octetSource) counted(n int) bool {
	want := make([]byte, 256)
	for i := range want {
		want[i] = byte(i)
	}
	return bytes.Contains(o.heard, bytes.Repeat(want, n/256))
}

// Two legs that carry octets meet on the soft card, and every octet arrives, those that a law has no sample of its own for too.
func TestJoinClear(t *testing.T) {
	c := newTestCard(4, 0)
	pairs(c)
	p := newTestPump(t, c, 10)
	pb := &Patchbay{Soft: p}
	a, b := &octetSource{}, &octetSource{}
	j, err := pb.Join(End{Leg: a, Clear: true}, End{Leg: b, Clear: true})
	if err != nil {
		t.Fatal(err)
	}
	run(t, p, 1600)
	if !a.counted(1024) || !b.counted(1024) {
		t.Error("octets are not as they were")
	}
	if n := pb.Free(); n != 1 {
		t.Errorf("%d pairs are free", n)
	}
	j.Close()
	if n := pb.Free(); n != 2 {
		t.Errorf("%d pairs are free after it", n)
	}
	// On a circuit: what the line says comes to the leg, and the other way round.
	far := &octetSource{}
	j, err = pb.Join(End{Pump: p, Slot: 0, Clear: true}, End{Leg: a, Clear: true})
	if err != nil {
		t.Fatal(err)
	}
	p.Clear(1, far)
	run(t, p, 1600)
	a.heard, far.heard = nil, nil
	run(t, p, 1600)
	if !a.counted(1024) || !far.counted(1024) {
		t.Error("octets on a circuit are not as they were")
	}
	j.Close()
	for _, ends := range [][2]End{
		{{Leg: a, Clear: true}, {Leg: &recorder{}}},
		{{Leg: a, Clear: true}, {Leg: &recorder{}, Clear: true}},
		{{Pump: p, Slot: 0, Clear: true}, {Pump: p, Slot: 1}},
	} {
		if _, err := pb.Join(ends[0], ends[1]); err == nil {
			t.Errorf("%+v is joined", ends)
		}
	}
}

// Two circuits of different cards carry octets through a pipe.
func TestJoinClearCards(t *testing.T) {
	leg := newOctetLegs()
	var heard []byte
	rx, tx := make([]byte, 80), make([]byte, 80)
	next := byte(0)
	for at := int64(0); at < 8000; at += 80 {
		for i := range rx {
			rx[i] = next
			next++
		}
		leg[0].Octets(at, rx, tx)
		leg[1].Octets(at, make([]byte, 80), tx)
		heard = append(heard, tx...)
	}
	if o := (&octetSource{heard: heard}); !o.counted(2048) {
		t.Error("octets are not as they were")
	}
	if n := testing.AllocsPerRun(100, func() { leg[0].Octets(8000, rx, tx) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
