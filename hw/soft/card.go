// Package soft provides a card without lines: bearer slots wired in pairs, paced by the host's clock.
//
// Calls that touch no circuit (a SIP phone to a SIP trunk, an echo test for a SIP phone) run on it: each leg is attached
// to one slot of a pair, and what one leg sends is what the other receives. Slots 2k and 2k+1 are a pair; the octets and
// signalling bits that the caller transmits in one are what it receives in the other by the same Exchange, so that
// between two legs of a pump there is one block of delay and no more.
//
// The package starts no goroutine. Exchange sleeps in its caller, which is the pump; Close is safe from any goroutine. A
// card has no Controller: there is nothing on it to control.
//
// Clock, which paces this card, serves other cards without a crystal of their own too.
package soft

import (
	"fmt"

	"tipring/tdm"
)

// A Card is a tdm.Card of pairs of bearer slots.
type Card struct {
	info  tdm.Info
	clock *Clock
}

var _ tdm.Card = (*Card)(nil)

// New makes a card of that many pairs with the default depth; it uses mu-law. Nothing runs until the first Exchange, which
// starts the clock.
func New(name string, pairs int) *Card {
	return &Card{
		info: tdm.Info{
			Name:          name,
			Model:         "soft card",
			Law:           tdm.MuLaw,
			Slots:         make([]tdm.Slot, 2*pairs),
			SigResolution: 1,
		},
		clock: NewClock(DefaultDepth, 0),
	}
}

// Info describes the card.
func (c *Card) Info() tdm.Info { return c.info }

// Exchange crosses the slots of each pair and returns when the host's clock has advanced tx.N samples.
func (c *Card) Exchange(tx, rx tdm.Block) (slip int, err error) {
	if tx.N != rx.N || tx.N <= 0 || tx.N%tdm.Quantum != 0 || len(tx.Data) != len(c.info.Slots)*tx.N || len(rx.Data) != len(tx.Data) || len(rx.Sig) != len(tx.Sig) {
		return 0, fmt.Errorf("card %s: blocks of %d and %d octets for %d slots of %d: want one N, a multiple of 8, and all slots in both",
			c.info.Name, len(tx.Data), len(rx.Data), len(c.info.Slots), tx.N)
	}
	slip = c.clock.Begin()
	for i := range c.info.Slots {
		copy(rx.Slot(i), tx.Slot(i^1))
		copy(rx.SigSlot(i), tx.SigSlot(i^1))
	}
	return slip, c.clock.Wait(tx.N)
}

// Close ends the card; an Exchange that waits returns tdm.ErrClosed.
func (c *Card) Close() error {
	c.clock.Close()
	return nil
}
