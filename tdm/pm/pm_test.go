package pm

import (
	"math/rand/v2"
	"testing"

	"tipring/tdm"
)

// A second of a line: '.' good, 'e' errored, 's' severely errored.
func e1Second(c byte) tdm.SpanReport {
	r := tdm.SpanReport{Timed: true}
	switch c {
	case 'e':
		r.Second.Counts.PathViolations = 3
	case 's':
		r.Second.Counts.PathViolations = 500
	case 'L':
		r.Second.Defects = tdm.LOS
	}
	return r
}

func run(m *Monitor, seconds string) {
	for _, c := range seconds {
		m.Report(e1Second(byte(c)))
	}
}

// The ten-second rule of G.826 Annex A, figure A.1: what is taken back and what stays.
func TestTenSeconds(t *testing.T) {
	for _, row := range []struct {
		seconds      string
		es, ses, uas uint32
		bbe          uint64
		unavailable  bool
	}{
		{seconds: "..e..", es: 1, bbe: 3},
		{seconds: "sssssssss", es: 9, ses: 9},
		{seconds: "sssssssss.ss", es: 11, ses: 11},
		{seconds: "e.ssssssssss", es: 1, bbe: 3, uas: 10, unavailable: true},
		{seconds: "ssssssssssss.e.e", uas: 16, unavailable: true},
		{seconds: "ssssssssss.e.e.....", uas: 19, unavailable: true},
		{seconds: "ssssssssss.e.e......", uas: 10, es: 2, bbe: 6},
		{seconds: "ssssssssss.e.e....s.", uas: 20, unavailable: true},
		{seconds: "ssssssssss..........sssssssss", uas: 10, es: 9, ses: 9},
		{seconds: "LLLLLLLLLL..........ssssssssss", uas: 20, unavailable: true},
	} {
		m := New(tdm.E1CRC4, 0)
		run(m, row.seconds)
		got := m.Near.Total()
		if got.ES != row.es || got.SES != row.ses || got.UAS != row.uas || got.BBE != row.bbe || m.Near.Unavailable() != row.unavailable {
			t.Errorf("%s: %+v, unavailable %v; want ES %d, SES %d, UAS %d, BBE %d, %v", row.seconds, got, m.Near.Unavailable(), row.es, row.ses,
				row.uas, row.bbe, row.unavailable)
		}
		if got.Seconds != uint32(len(row.seconds)) {
			t.Errorf("%s: %d seconds", row.seconds, got.Seconds)
		}
	}
}

// The ten seconds that straddle the end of a quarter hour, which is the end of a day too, are taken out of both.
func TestTenSecondsAcrossTheBoundary(t *testing.T) {
	m := New(tdm.E1CRC4, day-6)
	run(m, "essssssssss")
	before, ok := m.Near.Quarter(1)
	if !ok || before.UAS != 5 || before.SES != 0 || before.ES != 1 || before.Seconds != 6 {
		t.Errorf("the quarter hour before: %+v, %v", before, ok)
	}
	now, _ := m.Near.Quarter(0)
	if now.UAS != 5 || now.SES != 0 || now.ES != 0 || now.Seconds != 5 {
		t.Errorf("the quarter hour at hand: %+v", now)
	}
	yesterday, _ := m.Near.Day(1)
	today, _ := m.Near.Day(0)
	if yesterday != before || today != now {
		t.Errorf("days %+v and %+v", yesterday, today)
	}
	if _, ok := m.Near.Quarter(2); ok {
		t.Error("a quarter hour before the beginning is there")
	}
}

// A run of random seconds, judged with hindsight, second by second, gives the same: in all, and in each quarter hour and day.
func TestHindsight(t *testing.T) {
	if testing.Short() {
		t.Skip("nine days")
	}
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 9 * day
	const start = 12345
	seconds := make([]byte, n)
	state := byte('.')
	for i := range seconds {
		if rng.IntN(8) == 0 {
			state = "..es"[rng.IntN(4)]
		}
		seconds[i] = state
	}
	m := New(tdm.E1CRC4, start)
	run(m, string(seconds))

	unavailable := make([]bool, n)
	down := false
	for i := 0; i < n; i++ {
		same := 0
		for i+same < n && same < 10 && (seconds[i+same] == 's') != down {
			same++
		}
		if same == 10 {
			down = !down
		}
		unavailable[i] = down
	}
	var total Interval
	var perQuarter, perDay = map[int]Interval{}, map[int]Interval{}
	for i, c := range seconds {
		w := Interval{Seconds: 1}
		switch {
		case unavailable[i]:
			w.UAS = 1
		case c == 'e':
			w.ES, w.BBE, w.CV = 1, 3, 3
		case c == 's':
			w.ES, w.SES, w.CV = 1, 1, 500
		}
		total.add(w)
		q, d := perQuarter[(start+i)/quarter], perDay[(start+i)/day]
		q.add(w)
		d.add(w)
		perQuarter[(start+i)/quarter], perDay[(start+i)/day] = q, d
	}
	if got := m.Near.Total(); got != total {
		t.Errorf("total %+v, with hindsight %+v", got, total)
	}
	if total.UAS == 0 || total.SES == 0 {
		t.Fatal("nothing happened")
	}
	for back := 0; back <= quarters; back++ {
		want := perQuarter[(start+n)/quarter-back]
		if got, ok := m.Near.Quarter(back); !ok || got != want {
			t.Errorf("quarter hour %d back: %+v, with hindsight %+v", back, got, want)
		}
	}
	for back := 0; back <= days; back++ {
		want := perDay[(start+n)/day-back]
		if got, ok := m.Near.Day(back); !ok || got != want {
			t.Errorf("day %d back: %+v, with hindsight %+v", back, got, want)
		}
	}
	if _, ok := m.Near.Quarter(quarters + 1); ok {
		t.Error("a 97th quarter hour is there")
	}
}

// What makes a second errored or severely errored, by kind of line.
func TestThresholds(t *testing.T) {
	counts := func(path, frame, line, slips uint64) tdm.SpanSecond {
		return tdm.SpanSecond{Counts: tdm.SpanCounts{PathViolations: path, FramingErrors: frame, LineCodeViolations: line, SlipsDeleted: slips}}
	}
	defect := func(a tdm.Alarms) tdm.SpanSecond { return tdm.SpanSecond{Defects: a} }
	for _, row := range []struct {
		f    tdm.Framing
		s    tdm.SpanSecond
		want Interval
	}{
		{tdm.E1CRC4, counts(299, 0, 0, 0), Interval{CV: 299, ES: 1, BBE: 299}},
		{tdm.E1CRC4, counts(300, 0, 0, 0), Interval{CV: 300, ES: 1, SES: 1}},
		{tdm.E1CRC4, counts(0, 0, 0, 1), Interval{CSS: 1}},
		{tdm.E1CRC4, defect(tdm.LOS), Interval{ES: 1, SES: 1, ESL: 1, SESL: 1}},
		{tdm.E1CRC4, defect(tdm.AIS), Interval{ES: 1, SES: 1, SEFS: 1}},
		{tdm.E1CRC4, defect(tdm.RAI), Interval{}},
		{tdm.E1DoubleFrame, counts(0, 27, 0, 0), Interval{CV: 27, ES: 1, BBE: 27}},
		{tdm.E1DoubleFrame, counts(0, 28, 2048, 0), Interval{CV: 28, ES: 1, SES: 1, CVL: 2048, ESL: 1, SESL: 1}},
		{tdm.T1ESF, counts(319, 2, 0, 0), Interval{CV: 319, ES: 1, BBE: 319}},
		{tdm.T1ESF, counts(320, 0, 1543, 0), Interval{CV: 320, ES: 1, SES: 1, CVL: 1543, ESL: 1}},
		{tdm.T1ESF, counts(0, 0, 0, 1), Interval{ES: 1, CSS: 1}},
		{tdm.T1ESF, defect(tdm.LOF), Interval{ES: 1, SES: 1, SEFS: 1}},
		{tdm.T1SF, counts(0, 7, 0, 0), Interval{CV: 7, ES: 1, BBE: 7}},
		{tdm.T1SF, counts(0, 8, 1544, 0), Interval{CV: 8, ES: 1, SES: 1, CVL: 1544, ESL: 1, SESL: 1}},
	} {
		m := New(row.f, 0)
		m.Report(tdm.SpanReport{Timed: true, Second: row.s})
		m.Report(tdm.SpanReport{Second: row.s}) // not the end of a second
		row.want.Seconds = 1
		if got := m.Near.Total(); got != row.want {
			t.Errorf("%v %+v: %+v, want %+v", row.f, row.s, got, row.want)
		}
	}
}

// The far end is what it says it is, and nothing is made of what cannot be heard.
func TestFarEnd(t *testing.T) {
	for _, row := range []struct {
		f    tdm.Framing
		s    tdm.SpanSecond
		want Interval
	}{
		{tdm.E1CRC4, tdm.SpanSecond{Counts: tdm.SpanCounts{FarEndBlocks: 12}}, Interval{Seconds: 1, CV: 12, ES: 1, BBE: 12}},
		{tdm.E1CRC4, tdm.SpanSecond{Counts: tdm.SpanCounts{FarEndBlocks: 300}}, Interval{Seconds: 1, CV: 300, ES: 1, SES: 1}},
		{tdm.E1CRC4, tdm.SpanSecond{Defects: tdm.RAI}, Interval{Seconds: 1, ES: 1, SES: 1}},
		{tdm.E1CRC4, tdm.SpanSecond{Defects: tdm.LOS}, Interval{}},
		{tdm.E1DoubleFrame, tdm.SpanSecond{}, Interval{}},
		{tdm.T1SF, tdm.SpanSecond{Defects: tdm.RAI}, Interval{Seconds: 1, ES: 1, SES: 1}},
		{tdm.T1ESF, tdm.SpanSecond{}, Interval{}},
		{tdm.T1ESF, tdm.SpanSecond{Far: tdm.FarSecond{Valid: true}}, Interval{Seconds: 1}},
		{tdm.T1ESF, tdm.SpanSecond{Far: tdm.FarSecond{Valid: true, CRC: 6, Slip: true, LineViolation: true}}, Interval{Seconds: 1, CV: 6, ES: 1, BBE: 6, CSS: 1, ESL: 1}},
		{tdm.T1ESF, tdm.SpanSecond{Far: tdm.FarSecond{Valid: true, CRC: 320}}, Interval{Seconds: 1, CV: 320, ES: 1, SES: 1}},
		{tdm.T1ESF, tdm.SpanSecond{Far: tdm.FarSecond{Valid: true, SevereFraming: true}}, Interval{Seconds: 1, ES: 1, SES: 1, SEFS: 1}},
	} {
		m := New(row.f, 0)
		m.Report(tdm.SpanReport{Timed: true, Second: row.s})
		if got := m.Far.Total(); got != row.want {
			t.Errorf("%v %+v: %+v, want %+v", row.f, row.s, got, row.want)
		}
	}
}

// What is settled lags behind the total by no more than the ten-second rule looks back, and no count in it ever falls.
func TestSettledNeverFalls(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	m := New(tdm.E1CRC4, 0)
	var before Interval
	state, fell := byte('.'), false
	for range day {
		if rng.IntN(8) == 0 {
			state = "..es"[rng.IntN(4)]
		}
		was := m.Near.Total()
		run(m, string(state))
		now, all := m.Near.Settled(), m.Near.Total()
		if now.CV < before.CV || now.ES < before.ES || now.SES < before.SES || now.UAS < before.UAS || now.BBE < before.BBE || now.Seconds < before.Seconds {
			t.Fatalf("%+v became %+v", before, now)
		}
		if now.CV > all.CV || all.ES+all.UAS > now.ES+now.UAS+rule {
			t.Fatalf("%+v of %+v are settled", now, all)
		}
		before, fell = now, fell || all.ES < was.ES
	}
	if !fell || before.UAS == 0 || before.ES == 0 {
		t.Errorf("nothing was taken back: %+v", before)
	}
}

// A clock that has gone ahead leaves seconds out; one that was set back has them counted in the quarter hour at hand.
func TestAlign(t *testing.T) {
	m := New(tdm.E1CRC4, 0)
	tell := func(from, n int) {
		for s := from; s < from+n; s++ {
			m.Align(s)
			run(m, "e")
		}
	}
	counted := func(back int) uint32 {
		q, ok := m.Near.Quarter(back)
		if !ok || q.Seconds != q.ES {
			t.Errorf("quarter hour %d back is %+v, %v", back, q, ok)
		}
		return q.Seconds
	}
	tell(1, quarter-1) // one second early: it is let be
	if got := counted(0); got != quarter-1 || m.Begin(0) != 0 {
		t.Errorf("%d seconds counted of a quarter hour that began at %d", got, m.Begin(0))
	}
	tell(2*quarter+100, 50)
	if now, before, first := counted(0), counted(1), counted(2); now != 50 || before != 0 || first != quarter-1 || m.Begin(0) != 2*quarter {
		t.Errorf("after a leap ahead %d, %d and %d seconds, since %d", now, before, first, m.Begin(0))
	}
	tell(2*quarter-200, 300)
	if now, before := counted(0), counted(1); now != 350 || before != 0 {
		t.Errorf("after a leap back %d and %d seconds", now, before)
	}
	tell(2*quarter+100, quarter-100-alignment)
	if now := counted(0); now != quarter+250-alignment {
		t.Errorf("before the end of the quarter hour %d seconds", now)
	}
	tell(day/2, 1)
	tell(day-2, 2)
	tell(0, 1)
	if d, ok := m.Near.Day(1); !ok || d.Seconds != 2*quarter+252-alignment || counted(0) != 1 || m.Begin(0) != 0 || m.Begin(1) != day-quarter {
		t.Errorf("over midnight %+v, %d in this quarter hour, since %d", d, counted(0), m.Begin(0))
	}
}
