package app

import (
	"slices"
	"time"

	"tipring/gateway/config"
	"tipring/hw/pseudowire"
)

// newPseudowire makes the card of a span that comes in packets.
func newPseudowire(g *spanGroup, c config.Card, net Network) (*pseudowire.Card, error) {
	conn, err := net.packet(c.Local.String())
	if err != nil {
		return nil, addressError("card "+c.Name, "UDP", c.Local, "its local", err)
	}
	pc := pseudowire.Config{
		Name: g.cfg.Name, Framing: g.framing, CAS: g.cfg.Signalling == config.CAS,
		PacketMs: int(c.Packet / time.Millisecond), PacketOctets: c.PacketOctets, RTP: c.RTP, DelayMs: int(c.Jitter / time.Millisecond),
		ClockPriority: g.cfg.ClockPriority, Conn: conn, Remote: c.Remote,
	}
	if c.Mode == "satop" {
		pc.Mode = pseudowire.SAToP
	} else if g.cfg.Channels != "" {
		pc.Timeslots = g.cfg.Timeslots()
		if d := g.dTimeslot(); g.cfg.Signalling == config.PRI && !slices.Contains(pc.Timeslots, int(d)) {
			pc.Timeslots = append(pc.Timeslots, int(d))
		}
		slices.Sort(pc.Timeslots)
	}
	card, err := pseudowire.New(pc)
	if err != nil {
		conn.Close()
	}
	return card, err
}

// packets returns what became of a pseudowire's packets by the words of metrics, or nil.
func (k *spanCard) packets() map[string]int64 {
	if k.packet == nil {
		return nil
	}
	in, refused, unsent := k.packet.Packets()
	return map[string]int64{
		"received": int64(in.Received), "lost": int64(in.Lost), "late": int64(in.Late), "duplicate": int64(in.Duplicate), "reordered": int64(in.Reordered),
		"overrun": int64(in.Overruns), "underrun": int64(in.Underruns), "refused": int64(refused), "unsent": int64(unsent),
	}
}
