// Package hunt chooses a channel of a trunk group for a call, and keeps which of them an operator has blocked.
//
// Channels are counted from 0 in the order in which the group lists them. A Hunter has one owner.
package hunt

import "slices"

// An Order is how a channel is chosen.
type Order uint8

// The orders. Where both ends of a line choose channels, one goes up and the other down, so that they meet late (glare).
const (
	Ascending  Order = iota // the lowest free one
	Descending              // the highest free one
	RoundRobin              // the next free one after the channel used last, then from the lowest again
	LeastUsed               // the free one that has had the fewest calls; of equals, the one whose last call began longest ago
)

var names = []string{"ascending", "descending", "round-robin", "least-used"}

func (o Order) String() string { return names[o] }

// Parse returns the order of that name.
func Parse(name string) (o Order, ok bool) {
	i := slices.Index(names, name)
	return Order(max(i, 0)), i >= 0
}

// A Hunter chooses among the channels of a group.
type Hunter struct {
	order   Order
	last    int      // the channel used last, -1 before the first call
	calls   []uint64 // by channel
	at      []uint64 // count of calls of the group at each channel's last
	seq     uint64
	blocked []bool
}

// New returns a Hunter over n channels that have carried nothing.
func New(order Order, n int) *Hunter {
	return &Hunter{order: order, last: -1, calls: make([]uint64, n), at: make([]uint64, n), blocked: make([]bool, n)}
}

// Next returns the channel for a new call: one that is free and not blocked. It changes nothing: Used does, once the channel
// is taken.
func (h *Hunter) Next(free func(i int) bool) (i int, ok bool) {
	n, best := len(h.calls), -1
	for k := range n {
		i := k
		switch h.order {
		case Descending:
			i = n - 1 - k
		case RoundRobin:
			i = (h.last + 1 + k) % n
		}
		if h.blocked[i] || !free(i) {
			continue
		}
		if h.order != LeastUsed {
			return i, true
		}
		if best < 0 || h.calls[i] < h.calls[best] || h.calls[i] == h.calls[best] && h.at[i] < h.at[best] {
			best = i
		}
	}
	return best, best >= 0
}

// Used notes that a call has taken channel i, whichever end chose it.
func (h *Hunter) Used(i int) {
	h.seq++
	h.last, h.at[i] = i, h.seq
	h.calls[i]++
}

// Block keeps Next from a channel, or lets it use it again. Calls that the far end places on it are the caller's to refuse.
func (h *Hunter) Block(i int, on bool) { h.blocked[i] = on }

// Blocked reports whether an operator has blocked the channel.
func (h *Hunter) Blocked(i int) bool { return h.blocked[i] }
