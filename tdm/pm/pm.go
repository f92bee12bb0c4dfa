package pm

// An Interval is what was counted in a span of time; the keys of its JSON form are fixed.
type Interval struct {
	Seconds uint32 `json:"seconds"` // counted so far: less than the length of the interval when it is at hand or began in its middle
	CV      uint64 `json:"cv"`      // code violations of the path: errored CRC blocks, or wrong framing bits where there is no CRC
	ES      uint32 `json:"es"`      // errored seconds
	SES     uint32 `json:"ses"`     // severely errored seconds
	UAS     uint32 `json:"uas"`     // unavailable seconds
	SEFS    uint32 `json:"sefs"`    // severely errored framing seconds: alignment lost, or AIS
	CSS     uint32 `json:"css"`     // seconds with a controlled slip
	BBE     uint64 `json:"bbe"`     // background block errors: errored blocks outside of severely errored seconds
	CVL     uint64 `json:"cv_l"`    // code violations of the line
	ESL     uint32 `json:"es_l"`    // seconds with one, or with loss of signal
	SESL    uint32 `json:"ses_l"`   // seconds with many, or with loss of signal
}

func (i *Interval) add(o Interval) {
	i.Seconds += o.Seconds
	i.CV += o.CV
	i.ES += o.ES
	i.SES += o.SES
	i.UAS += o.UAS
	i.SEFS += o.SEFS
	i.CSS += o.CSS
	i.BBE += o.BBE
	i.CVL += o.CVL
	i.ESL += o.ESL
	i.SESL += o.SESL
}

// sub takes back what was added before: unsigned numbers wrap to the right result.
func (i *Interval) sub(o Interval) {
	i.CV -= o.CV
	i.ES -= o.ES
	i.SES -= o.SES
	i.BBE -= o.BBE
	i.UAS -= o.UAS
}

const (
	quarter  = 900
	day      = 86400
	quarters = 96
	days     = 7
	rule     = 10 // seconds that make a line unavailable, and available again
)

// A Record is the counters of one end.
type Record struct {
	start   int64 // second of the day at which it began
	now     int64 // the second that comes next, counted from the midnight before start
	quarter [quarters + 1]Interval
	day     [days + 1]Interval
	total   Interval

	unavailable bool
	run         int // seconds in succession that are unlike the state
	n           int // of the second that comes next in last
	last        [rule]worthy
}

// A worthy is a second that may be taken back: what it is worth while the line is available, and which it is.
type worthy struct {
	Interval
	second int64
}

// at adds to, or takes from, the intervals of a second.
func (r *Record) at(second int64, f func(*Interval, Interval), o Interval) {
	f(&r.quarter[second/quarter%(quarters+1)], o)
	f(&r.day[second/day%(days+1)], o)
	f(&r.total, o)
}

// second counts one: c is what it is worth while the line is available.
func (r *Record) second(c Interval) {
	if r.now%quarter == 0 {
		r.quarter[r.now/quarter%(quarters+1)] = Interval{}
	}
	if r.now%day == 0 {
		r.day[r.now/day%(days+1)] = Interval{}
	}
	r.last[r.n%rule] = worthy{c, r.now}
	unlike := c.SES > 0
	if r.unavailable {
		unlike = !unlike
	}
	r.at(r.now, (*Interval).add, r.worth(c))
	r.n++
	r.now++
	if r.run++; !unlike {
		r.run = 0
	}
	if r.run < rule {
		return
	}
	// The state has been another for ten seconds, this one included: they count anew.
	r.run = 0
	for _, w := range r.last {
		r.at(w.second, (*Interval).sub, r.worth(w.Interval))
	}
	r.unavailable = !r.unavailable
	for _, w := range r.last {
		c := r.worth(w.Interval)
		// What does not depend on the state has been counted.
		c.Seconds, c.SEFS, c.CSS, c.CVL, c.ESL, c.SESL = 0, 0, 0, 0, 0, 0
		r.at(w.second, (*Interval).add, c)
	}
}

// shift makes the second that comes next a later one, and leaves out those between, or an earlier one, which is not before the
// quarter hour at hand: what has ended stays as it is. A day is the most.
func (r *Record) shift(by int64) {
	if by < 0 {
		// The first second of an interval clears it: that is not done twice.
		r.now = max(r.now+by, r.start, (r.now-1)/quarter*quarter+1)
		return
	}
	for range by {
		if r.now++; r.now%quarter == 0 {
			r.quarter[r.now/quarter%(quarters+1)] = Interval{}
		}
		if r.now%day == 0 {
			r.day[r.now/day%(days+1)] = Interval{}
		}
	}
}

// worth is what a second counts for in the present state.
func (r *Record) worth(c Interval) Interval {
	if r.unavailable {
		c.CV, c.ES, c.SES, c.BBE, c.UAS = 0, 0, 0, 0, 1
	}
	return c
}

// Unavailable reports whether the line is, as far as is known.
func (r *Record) Unavailable() bool { return r.unavailable }

// Quarter returns the counters of a quarter hour: 0 is the one at hand, 1 to 96 those before. It is not ok for one before the
// record began.
func (r *Record) Quarter(back int) (Interval, bool) {
	return pick(r.quarter[:], r.now, r.start, quarter, back)
}

// Day returns the counters of a day: 0 is the one at hand, 1 to 7 those before.
func (r *Record) Day(back int) (Interval, bool) { return pick(r.day[:], r.now, r.start, day, back) }

// Total returns all that was counted.
func (r *Record) Total() Interval { return r.total }

// Settled is the total without the seconds that the ten-second rule may yet take back: it lags by nine seconds at most, and
// no count in it ever falls.
func (r *Record) Settled() Interval {
	t := r.total
	for i := 1; i <= r.run; i++ {
		t.sub(r.worth(r.last[(r.n-i)%rule].Interval))
	}
	return t
}

func pick(ring []Interval, now, start, length int64, back int) (Interval, bool) {
	n := now/length - int64(back)
	if back < 0 || back >= len(ring) || n < start/length {
		return Interval{}, false
	}
	if back == 0 && now%length == 0 {
		return Interval{}, true // it begins with the next second
	}
	return ring[n%int64(len(ring))], true
}
