package q931

import (
	"fmt"
	"slices"
	"time"

	"tipring/tdm/q921"
)

// Config describes a signalling group.
type Config struct {
	Variant    Variant
	Network    bool        // this side is the network
	Interfaces []Interface // counted by tdm.Channel.Interface
	// DChannels are the interfaces that carry a D channel: one, or two of which the second stands by (NFAS, Annex F).
	DChannels []int
	// Explicit: channel identifications name their interface even where it is the D channel's own.
	Explicit bool
	// Logical: an E1's B channels are numbered 1 to 30 and not by their timeslots.
	Logical bool
	// Overlap: digits may come and go after the SETUP, where the variant allows it. Without it a SETUP is complete.
	Overlap bool
	// ALaw: the bearer's layer 1 when a call does not say; the variant decides between configured nil and this.
	Law      uint8         // 2 mu-law, 3 A-law, 0 the variant's
	Timers   Timers        // values that differ from the variant's
	DataLink q921.Config   // parameters of the data links; side and address are set here
	Retry    time.Duration // between attempts to set a data link up; 0 means 5 s
	// NameWait is how long a SETUP that announces a name in a later message waits for it before the call is offered; 0
	// offers it at once.
	NameWait time.Duration
	// Transfer: calls may be transferred by facility: the user of this line has subscribed to it, or this network grants it.
	Transfer bool
	// Descending: free channels are taken from the highest timeslot down. The two ends of a line differ to avoid glare.
	Descending bool
	// MaxCalls is the number of calls beyond which SETUPs are refused with cause 42; 0 means 64 an interface.
	MaxCalls int
}

// An Interface is a span of the group.
type Interface struct {
	ID       int    // the identifier in channel identifications, where it is explicit
	Channels uint32 // bit n: timeslot n is a B channel of the group
}

// The B channels of the usual spans: all but the D channel in timeslot 16 or 24.
const (
	E1Channels uint32 = 0xfffefffe
	T1Channels uint32 = 0x00fffffe
)

const defaultRetry = 5 * time.Second

// Validate says what is wrong with a configuration, or nil.
func (c Config) Validate() error {
	if c.Variant.Name == "" {
		return fmt.Errorf("q931: no switch type: give %s", variantNames())
	}
	if len(c.Interfaces) == 0 || len(c.Interfaces) > 32 {
		return fmt.Errorf("q931: %d interfaces: give 1 to 32", len(c.Interfaces))
	}
	for i, x := range c.Interfaces {
		if x.ID < 0 || x.ID > 0x3fff {
			return fmt.Errorf("q931: interface %d has the identifier %d: give 0 to 16383", i, x.ID)
		}
		if x.Channels&1 != 0 {
			return fmt.Errorf("q931: interface %d: timeslot 0 is no B channel", i)
		}
		if slices.ContainsFunc(c.Interfaces[:i], func(y Interface) bool { return y.ID == x.ID }) {
			return fmt.Errorf("q931: two interfaces have the identifier %d", x.ID)
		}
	}
	if len(c.DChannels) < 1 || len(c.DChannels) > 2 {
		return fmt.Errorf("q931: %d D channels: give one, or two with the second standing by", len(c.DChannels))
	}
	for i, d := range c.DChannels {
		if d < 0 || d >= len(c.Interfaces) || slices.Contains(c.DChannels[:i], d) {
			return fmt.Errorf("q931: D channel %d is on interface %d: give each an interface of its own, 0 to %d", i, d, len(c.Interfaces)-1)
		}
	}
	if c.Overlap && !c.Variant.Overlap {
		return fmt.Errorf("q931: switch type %s has no overlap", c.Variant.Name)
	}
	return c.dataLink().Validate()
}

func (c Config) dataLink() q921.Config {
	d := c.DataLink
	d.Network, d.SAPI, d.TEI, d.Auto = c.Network, 0, 0, false
	return d
}

func (c Config) timers() Timers {
	if c.Network {
		return with(c.Variant.network, c.Timers)
	}
	return with(c.Variant.user, c.Timers)
}

// bearerLayer1 is the layer 1 protocol of a call that does not say.
func (c Config) bearerLayer1() uint8 {
	switch {
	case c.Law != 0:
		return c.Law
	case c.Variant.MuLaw:
		return 2
	}
	return 3
}
