package route

import (
	"slices"
	"sync"
)

// Hunts remembers which members of hunt groups were used when, by a count and not by a clock. It is safe for concurrent
// use. The zero value is ready; it survives a new table, in which members that are gone do not matter.
type Hunts struct {
	mu   sync.Mutex
	seq  uint64
	used map[string]uint64 // port name: when it was last used
	last map[string]string // group name: the member used last
}

// Used notes that a call is being tried on a target. Targets that came from no group count for least-recent too.
func (h *Hunts) Used(t Target) {
	if t.Kind == Service {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.used == nil {
		h.used, h.last = make(map[string]uint64), make(map[string]string)
	}
	h.seq++
	h.used[t.Name] = h.seq
	if t.Group != "" {
		h.last[t.Group] = t.Name
	}
}

// order returns the members in the order in which a call tries them now.
func (h *Hunts) order(g *Group) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	members := slices.Clone(g.Members)
	switch g.Order {
	case RoundRobin:
		if i := slices.Index(members, h.last[g.Name]); i >= 0 {
			members = slices.Concat(members[i+1:], members[:i+1])
		}
	case LeastRecent:
		slices.SortStableFunc(members, func(a, b string) int {
			switch ua, ub := h.used[a], h.used[b]; {
			case ua < ub:
				return -1
			case ua > ub:
				return 1
			}
			return 0
		})
	}
	return members
}
