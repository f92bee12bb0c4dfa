package q921

// A ring is a queue of octet strings that keeps its buffers.
type ring struct {
	items [][]byte
	head  int
	n     int
	max   int
}

// push adds a copy of b and reports whether there was room.
func (r *ring) push(b []byte) bool {
	if r.n == r.max {
		return false
	}
	if r.n == len(r.items) {
		grown := make([][]byte, min(max(2*r.n, 16), r.max))
		for i := range r.n {
			grown[i] = r.at(i)
		}
		r.items, r.head = grown, 0
	}
	i := (r.head + r.n) % len(r.items)
	r.items[i] = append(r.items[i][:0], b...)
	r.n++
	return true
}

// at returns the i-th string, counted from the oldest.
func (r *ring) at(i int) []byte { return r.items[(r.head+i)%len(r.items)] }

// drop takes the k oldest away.
func (r *ring) drop(k int) {
	if k > 0 {
		r.head, r.n = (r.head+k)%len(r.items), r.n-k
	}
}

func (r *ring) clear() { r.drop(r.n) }
