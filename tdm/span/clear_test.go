package span

import "testing"

// A clearEcho returns what it gets, inverted, so that nothing but octets passed.
type clearEcho struct{ at []int64 }

func (c *clearEcho) Octets(at int64, rx, tx []byte) {
	c.at = append(c.at, at)
	for i, b := range rx {
		tx[i] = ^b
	}
}

// A clear slot's octets are the leg's, all 256 of them, and the next leg makes it a voice slot again.
func TestClear(t *testing.T) {
	card := newTestCard(2, 0)
	card.line[1].octet = func(at int64) byte { return byte(at) }
	p, err := New(Config{Card: card})
	if err != nil {
		t.Fatal(err)
	}
	leg := &clearEcho{}
	p.Gain(1, 6, 6)
	p.Clear(1, leg)
	for range 10 {
		if err := p.step(); err != nil {
			t.Fatal(err)
		}
	}
	sent := card.line[1].sent
	for i, b := range sent[80:] { // the first block went out before anything was received
		if b != ^byte(i) {
			t.Fatalf("octet %d is %#x, want %#x", i, b, ^byte(i))
		}
	}
	if len(leg.at) != 10 || leg.at[1] != 80 {
		t.Errorf("called at %v", leg.at)
	}
	p.Clear(1, nil)
	for range 3 {
		p.step()
	}
	if n := len(leg.at); n != 10 {
		t.Errorf("called %d times", n)
	}
	if b := card.line[1].sent[len(card.line[1].sent)-1]; b != card.info.Law.Silence() {
		t.Errorf("then sends %#x", b)
	}
}
