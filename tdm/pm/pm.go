package pm

// An Interval is what was counted in a span of time.
type Interval struct {
	Seconds uint32 // counted so far: less than the length of the interval when it is at hand or began in its middle
	CV      uint64 // code violations of the path: errored CRC blocks, or wrong framing bits where there is no CRC
	ES      uint32 // errored seconds
	SES     uint32 // severely errored seconds
	UAS     uint32 // unavailable seconds
	SEFS    uint32 // severely errored framing seconds: alignment lost, or AIS
	CSS     uint32 // seconds with a controlled slip
	BBE     uint64 // background block errors: errored blocks outside of severely errored seconds
	CVL     uint64 // code violations of the line
	ESL     uint32 // seconds with one, or with loss of signal
	SESL    uint32 // seconds with many, or with loss of signal
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
	now     int64 // seconds since then, plus start
	quarter [quarters + 1]Interval
	day     [days + 1]Interval
	total   Interval

	unavailable bool
	run         int // seconds in succession that are unlike the state
	last        [rule]Interval
}

// at adds to, or takes from, the intervals of a second.
func (r *Record) at(second int64, f func(*Interval, Interval), o Interval) {
	f(&r.quarter[second/quarter%(quarters+1)], o)
	f(&r.day[second/day%(days+1)], o)
	f(&r.total, o)
}

// second counts one: c is what it is worth while the line is available.
func (r *Record) second(c Interval) {
	n := r.now
	r.now++
	if n%quarter == 0 {
		r.quarter[n/quarter%(quarters+1)] = Interval{}
	}
	if n%day == 0 {
		r.day[n/day%(days+1)] = Interval{}
	}
	r.last[n%rule] = c
	unlike := c.SES > 0
	if r.unavailable {
		unlike = !unlike
	}
	r.at(n, (*Interval).add, r.worth(c))
	if r.run++; !unlike {
		r.run = 0
	}
	if r.run < rule {
		return
	}
	// The state has been another for ten seconds, this one included: they count anew.
	r.run = 0
	for s := n - rule + 1; s <= n; s++ {
		c := r.last[s%rule]
		r.at(s, (*Interval).sub, r.worth(c))
	}
	r.unavailable = !r.unavailable
	for s := n - rule + 1; s <= n; s++ {
		w := r.worth(r.last[s%rule])
		// What does not depend on the state has been counted.
		w.Seconds, w.SEFS, w.CSS, w.CVL, w.ESL, w.SESL = 0, 0, 0, 0, 0, 0
		r.at(s, (*Interval).add, w)
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
