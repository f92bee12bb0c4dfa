package link

import (
	"tipring/hw/link/wire"
)

// A down is the down frame that is being filled.
type down struct {
	message   []byte
	ms, slots int
	seq       uint16
}

// Sense says what the card reads of a slot's chip.
func (c *Conn) Sense(s wire.Sense) error {
	_, err := c.verdict(wire.TypeSense, s)
	return err
}

// Drive says what the card writes to a slot's chip.
func (c *Conn) Drive(d wire.Drive) error {
	_, err := c.verdict(wire.TypeDrive, d)
	return err
}

// Start starts PCM with frames of ms for the first slots and returns the first tick. It must not run beside Down and Send.
func (c *Conn) Start(ms, slots int, silence byte) (uint32, error) {
	c.down.ms, c.down.slots = ms, slots
	c.down.message = make([]byte, 0, wire.MaxMessage)
	var a wire.StartAnswer
	if err := c.call(wire.TypeStart, wire.Start{Ms: uint8(ms), Slots: uint8(slots), Silence: silence}, &a); err != nil {
		return 0, err
	}
	return a.Tick, check(wire.TypeStart, a.Status, 0)
}

// Stop stops PCM.
func (c *Conn) Stop() error {
	_, err := c.verdict(wire.TypeStop, nil)
	return err
}

// Down begins the down frame for the ticks from tick on. The caller fills Sig and Data and calls Send.
func (c *Conn) Down(tick uint32) wire.PCM {
	d := &c.down
	p := wire.PCM{Tick: tick, Slots: uint8(d.slots), Ms: uint8(d.ms)}
	d.message = p.AppendHead(wire.Begin(d.message[:0], wire.TypeDown, c.session, d.seq))
	n := len(d.message)
	sig := d.slots * d.ms
	d.message = d.message[:n+sig*9]
	p.Sig, p.Data = d.message[n:n+sig], d.message[n+sig:]
	return p
}

// Send sends the frame that Down began. It never blocks; a frame that finds the stream held up is dropped and counted.
func (c *Conn) Send() {
	d := &c.down
	d.seq++
	if _, ok := c.media.push(&c.media.media, wire.End(d.message, 0)); ok {
		c.stats.down.Add(1)
	} else {
		c.stats.downDropped.Add(1)
	}
}
