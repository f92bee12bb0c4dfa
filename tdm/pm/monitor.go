package pm

import "tipring/tdm"

// A Monitor keeps both ends of a line.
type Monitor struct {
	Near, Far Record
	framing   tdm.Framing
}

// New returns a Monitor that begins at a second of the day (0 to 86,399).
func New(f tdm.Framing, secondOfDay int) *Monitor {
	m := &Monitor{framing: f}
	for _, r := range []*Record{&m.Near, &m.Far} {
		r.start, r.now = int64(secondOfDay), int64(secondOfDay)
	}
	return m
}

// Align says which second of the day, 0 to 86,399, the next report tells of. The card's clock and the host's part with time: when
// they have by alignment or more, seconds are left out, or counted in the quarter hour at hand until the clocks agree.
func (m *Monitor) Align(secondOfDay int) {
	for _, r := range []*Record{&m.Near, &m.Far} {
		by := (int64(secondOfDay) - r.now) % day
		if by < -day/2 {
			by += day
		} else if by >= day/2 {
			by -= day
		}
		if by >= alignment || by <= -alignment {
			r.shift(by)
		}
	}
}

// alignment is how far the clocks may be apart, in seconds: a report may come late by one.
const alignment = 3

// Begin returns the second of the day at which quarter hour back began.
func (m *Monitor) Begin(back int) int {
	return int((m.Near.now/quarter - int64(back) + quarters*(days+1)) * quarter % day)
}

// Report takes a report of the line. Reports that do not end a second change nothing.
func (m *Monitor) Report(r tdm.SpanReport) {
	if !r.Timed {
		return
	}
	m.Near.second(m.near(r.Second, r.Status.NoCRC4))
	m.Far.second(m.far(r.Second, r.Status.NoCRC4))
}

// Errored blocks, framing errors and code violations that make a second severely errored; see the package comment.
const (
	sesCRC4    = 300
	sesCRC6    = 320
	sesFrameT1 = 8
	sesFrameE1 = 28
	sesLineT1  = 1544
	sesLineE1  = 2048
)

func one(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// path returns what a path counts as violations, and how many make a second severely errored.
func (m *Monitor) path(c tdm.SpanCounts, noCRC bool) (errors, limit uint64) {
	switch {
	case m.framing == tdm.E1CRC4 && !noCRC:
		return c.PathViolations, sesCRC4
	case m.framing.E1():
		return c.FramingErrors, sesFrameE1
	case m.framing.ESF():
		return c.PathViolations, sesCRC6
	}
	return c.FramingErrors, sesFrameT1
}

func (m *Monitor) near(s tdm.SpanSecond, noCRC bool) Interval {
	c := s.Counts
	errors, limit := m.path(c, noCRC)
	defect := s.Defects&tdm.RedAlarms != 0 || c.SevereFraming > 0
	slip := c.SlipsRepeated+c.SlipsDeleted > 0
	severe := defect || errors >= limit
	i := Interval{
		Seconds: 1, CV: errors, SES: one(severe),
		// A controlled slip makes an errored second of a T1 (T1.231 6.5.2.2), and is no event of G.826.
		ES:   one(severe || errors > 0 || c.FramingErrors > 0 || slip && !m.framing.E1()),
		SEFS: one(c.SevereFraming > 0 || s.Defects&(tdm.LOF|tdm.AIS) != 0),
		CSS:  one(slip),
	}
	if !severe {
		i.BBE = errors
	}
	los, line := s.Defects&tdm.LOS != 0, uint64(sesLineT1)
	if m.framing.E1() {
		line = sesLineE1
	}
	i.CVL, i.ESL, i.SESL = c.LineCodeViolations, one(los || c.LineCodeViolations > 0), one(los || c.LineCodeViolations >= line)
	return i
}

func (m *Monitor) far(s tdm.SpanSecond, noCRC bool) Interval {
	if s.Defects&tdm.RedAlarms != 0 {
		return Interval{}
	}
	i := Interval{Seconds: 1}
	remote := s.Defects&tdm.RAI != 0
	var errors, limit uint64
	switch {
	case m.framing == tdm.E1CRC4 && !noCRC:
		errors, limit = s.Counts.FarEndBlocks, sesCRC4
	case m.framing.ESF() && s.Far.Valid:
		errors, limit = uint64(s.Far.CRC), sesCRC6
		remote = remote || s.Far.SevereFraming
		i.SEFS, i.CSS = one(s.Far.SevereFraming), one(s.Far.Slip)
		i.ESL = one(s.Far.LineViolation)
	case remote:
	default:
		return Interval{}
	}
	severe := remote || limit > 0 && errors >= limit
	i.CV, i.SES, i.ES = errors, one(severe), one(severe || errors > 0 || s.Far.FramingError || s.Far.Slip)
	if !severe {
		i.BBE = errors
	}
	return i
}
