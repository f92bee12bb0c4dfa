package hunt_test

import (
	"slices"
	"testing"

	"tipring/tdm/hunt"
)

// Six calls come to four channels, of which the second is busy all the time; the call on the channel in over ends before the
// next begins, all others stay.
func TestOrders(t *testing.T) {
	for _, row := range []struct {
		order hunt.Order
		over  int
		want  []int
	}{
		{hunt.Ascending, 0, []int{0, 0, 0, 0, 0, 0}},
		{hunt.Ascending, -1, []int{0, 2, 3, -1, -1, -1}},
		{hunt.Descending, 3, []int{3, 3, 3, 3, 3, 3}},
		{hunt.Descending, -1, []int{3, 2, 0, -1, -1, -1}},
		{hunt.RoundRobin, -1, []int{0, 2, 3, -1, -1, -1}},
		{hunt.RoundRobin, 2, []int{0, 2, 3, 2, 2, 2}},
		{hunt.LeastUsed, -1, []int{0, 2, 3, -1, -1, -1}},
		{hunt.LeastUsed, 3, []int{0, 2, 3, 3, 3, 3}},
	} {
		h := hunt.New(row.order, 4)
		busy := []bool{false, true, false, false}
		var got []int
		for range 6 {
			i, ok := h.Next(func(i int) bool { return !busy[i] })
			if !ok {
				i = -1
			} else {
				h.Used(i)
				busy[i] = i != row.over
			}
			got = append(got, i)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%v, channel %d ends its calls: %v, want %v", row.order, row.over, got, row.want)
		}
	}
}

// Of channels that are all free, round robin goes on from the one used last, and least used evens out what the far end chose.
func TestTurns(t *testing.T) {
	free := func(int) bool { return true }
	h, l := hunt.New(hunt.RoundRobin, 3), hunt.New(hunt.LeastUsed, 3)
	h.Used(1)
	for range 4 {
		l.Used(1)
	}
	var turns, even []int
	for range 5 {
		i, _ := h.Next(free)
		k, _ := l.Next(free)
		h.Used(i)
		l.Used(k)
		turns, even = append(turns, i), append(even, k)
	}
	if !slices.Equal(turns, []int{2, 0, 1, 2, 0}) || !slices.Equal(even, []int{0, 2, 0, 2, 0}) {
		t.Errorf("round robin %v, least used %v", turns, even)
	}
}

func TestBlocked(t *testing.T) {
	for o := hunt.Ascending; o <= hunt.LeastUsed; o++ {
		h := hunt.New(o, 2)
		h.Block(0, true)
		if i, ok := h.Next(func(int) bool { return true }); !ok || i != 1 || !h.Blocked(0) || h.Blocked(1) {
			t.Errorf("%v: channel %d, %v", o, i, ok)
		}
		h.Block(1, true)
		if i, ok := h.Next(func(int) bool { return true }); ok {
			t.Errorf("%v: channel %d is blocked and taken", o, i)
		}
		h.Block(0, false)
		if i, ok := h.Next(func(int) bool { return true }); !ok || i != 0 {
			t.Errorf("%v: channel %d, %v", o, i, ok)
		}
	}
}

func TestNames(t *testing.T) {
	for o := hunt.Ascending; o <= hunt.LeastUsed; o++ {
		if got, ok := hunt.Parse(o.String()); !ok || got != o {
			t.Errorf("%v is %v", o, got)
		}
	}
	if o, ok := hunt.Parse("random"); ok {
		t.Errorf("random is %v", o)
	}
}
