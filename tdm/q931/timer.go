package q931

import "time"

// timerKind names a timer. Those of a call come first, in the order of their events.
type timerKind uint8

const (
	t301 timerKind = iota
	t302
	t303
	t304
	t305
	t306
	t308
	t309
	t310
	t313
	t322
	tHold
	tRetrieve
	tInvoke // until the peer answers what was asked of it by facility
	numCallTimers

	// Of the group.
	t200 timerKind = iota - 1
	t203
	t314
	t316
	t317
	t321
	t3M1
	tEstablish // between attempts to set a data link up
	numTimers
)

var timerNames = [numTimers]string{"T301", "T302", "T303", "T304", "T305", "T306", "T308", "T309", "T310", "T313", "T322", "T-HOLD",
	"T-RETRIEVE", "invoke", "T200", "T203", "T314", "T316", "T317", "T321", "T3M1", "establish"}

func (k timerKind) String() string { return timerNames[k] }

// TimerName names a timer by its place in Counters.TimerExpiries.
func TimerName(i int) string { return timerNames[i] }

// A timer waits in the group's heap. Its place is 0 when it does not run.
type timer struct {
	at    time.Duration
	seq   uint64 // timers of one moment expire in the order in which they were started
	place int
	kind  timerKind
	gen   uint32 // of a data link's timer
	call  *call  // or
	link  *dLink // or neither: the group's own
}

func (t *timer) running() bool { return t.place != 0 }

// A clock is a heap of running timers.
type clock struct {
	heap []*timer
	seq  uint64
}

func (c *clock) before(i, j int) bool {
	a, b := c.heap[i], c.heap[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

func (c *clock) swap(i, j int) {
	c.heap[i], c.heap[j] = c.heap[j], c.heap[i]
	c.heap[i].place, c.heap[j].place = i+1, j+1
}

func (c *clock) up(i int) {
	for i > 0 {
		p := (i - 1) / 2
		if !c.before(i, p) {
			return
		}
		c.swap(i, p)
		i = p
	}
}

func (c *clock) down(i int) {
	for {
		k := 2*i + 1
		if k >= len(c.heap) {
			return
		}
		if k+1 < len(c.heap) && c.before(k+1, k) {
			k++
		}
		if !c.before(k, i) {
			return
		}
		c.swap(i, k)
		i = k
	}
}

// start makes t expire at that moment, whether it runs or not.
func (c *clock) start(t *timer, at time.Duration) {
	c.seq++
	t.at, t.seq = at, c.seq
	if t.place == 0 {
		c.heap = append(c.heap, t)
		t.place = len(c.heap)
		c.up(t.place - 1)
		return
	}
	i := t.place - 1
	c.up(i)
	c.down(t.place - 1)
}

func (c *clock) stop(t *timer) {
	if t.place == 0 {
		return
	}
	i, last := t.place-1, len(c.heap)-1
	if i != last {
		c.swap(i, last)
	}
	c.heap[last] = nil
	c.heap = c.heap[:last]
	t.place = 0
	if i < last {
		c.up(i)
		c.down(i)
	}
}

// due takes the first timer that has expired by then off the heap; nil when there is none.
func (c *clock) due(by time.Duration) *timer {
	if len(c.heap) == 0 || c.heap[0].at > by {
		return nil
	}
	t := c.heap[0]
	c.stop(t)
	return t
}

// Timers are the values of layer 3's timers, Q.931 tables 9-1 and 9-2; zero means the variant's value. A negative value
// switches a timer off where the standard makes it optional (T301, T309, T310, T316).
type Timers struct {
	T301, T302, T303, T304, T305, T306, T308, T309, T310, T313, T314, T316, T317, T321, T322, T3M1 time.Duration
	Hold, Retrieve, Invoke                                                                         time.Duration
	N316                                                                                           int // repetitions of RESTART
}
