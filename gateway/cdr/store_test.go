package cdr

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tipring/tdm"
)

var t0 = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func full(id string) Record {
	return Record{
		ID: id, Start: t0, Answered: t0.Add(2500 * time.Millisecond), Ended: t0.Add(12 * time.Second), From: "201", FromName: "Ada",
		To: "95550199", Port: "fxs1", Peer: "fxo1", Direction: Outbound, Route: "out", Cause: tdm.CauseNormalClearing, SIPStatus: 200,
		ReleasedBy: ByCalled, Detector: "cpc", DetectorAt: t0.Add(11 * time.Second), AnswerBasis: "polarity",
		Quality: []Quality{{Port: "fxs1", Line: &Line{RxDBm0: -21.25, TxDBm0: -19, ERL: 12.5, ERLE: 30}},
			{Port: "8000", RTP: &RTP{Sent: 475, Received: 470, Lost: 5, Loss: 0.0105, JitterMs: 1.5, RTTMs: 3, MOS: 4.2}}},
		Legs: []Leg{{Port: "fxo2", Number: "5550199", Start: t0, Ended: t0.Add(time.Second), Cause: 44},
			{Port: "fxo1", Number: "5550199", Start: t0.Add(time.Second), Answered: t0.Add(2500 * time.Millisecond), Ended: t0.Add(12 * time.Second), Cause: 16}},
	}
}

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func list(t *testing.T, s *Store, f Filter) []Record {
	t.Helper()
	if err := s.drain(nil); err != nil {
		t.Fatal(err)
	}
	rs, err := s.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func TestRecordSurvivesTheDatabase(t *testing.T) {
	s := open(t, t.TempDir())
	want := full("c1")
	want.Sides = []Side{{Port: "fxs1", Received: true, Cause: 16}, {Port: "fxo2", Cause: 44, Location: new(uint8), SIPStatus: 486, Reason: "Q.850;cause=44"}}
	want.Charge = &Charge{Phase: "E", Currency: "EUR", Amount: 123, Exponent: -2}
	s.Finish(want)
	want.Duration = 9500 * time.Millisecond
	got := list(t, s, Filter{})
	if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Fatalf("got\n%+v, want\n%+v", got, want)
	}
	if st := s.Status(); st != (Status{Written: 1}) {
		t.Errorf("status %+v", st)
	}
}

func TestOneRowACall(t *testing.T) {
	s := open(t, t.TempDir())
	r := Record{ID: "c1", Start: t0, From: "201", Port: "fxs1"}
	s.Begin(r)
	if got := list(t, s, Filter{Open: true}); len(got) != 1 || !got[0].Open() {
		t.Fatalf("after Begin: %+v", got)
	}
	r.Answered = t0.Add(time.Second)
	s.Update(r)
	if got := list(t, s, Filter{}); len(got) != 1 || !got[0].Answered.Equal(r.Answered) || !got[0].Open() {
		t.Fatalf("after Update: %+v", got)
	}
	r.Ended, r.Cause = t0.Add(3*time.Second), 16
	s.Finish(r)
	got := list(t, s, Filter{})
	if len(got) != 1 || got[0].Open() || got[0].Duration != 2*time.Second {
		t.Fatalf("after Finish: %+v", got)
	}
	s.Update(Record{ID: "c1", Start: t0}) // late: a final row stays final
	if got := list(t, s, Filter{Open: true}); len(got) != 0 {
		t.Errorf("a late update opened the row again: %+v", got)
	}
}

func TestQueueKeepsTheNewestState(t *testing.T) {
	s := open(t, t.TempDir())
	s.Begin(Record{ID: "a", Start: t0})
	s.Finish(Record{ID: "a", Start: t0, Ended: t0.Add(time.Second)})
	s.Update(Record{ID: "a", Start: t0})
	s.Begin(Record{ID: "b", Start: t0})
	if st := s.Status(); st.Queued != 2 {
		t.Errorf("%d records queued for two calls", st.Queued)
	}
	got := list(t, s, Filter{})
	if len(got) != 2 || got[0].Open() || !got[1].Open() {
		t.Errorf("got %+v", got)
	}
}

func TestFullQueueKeepsFinalRecords(t *testing.T) {
	s, err := Open(Config{Dir: t.TempDir(), Queue: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 5 {
		s.Begin(Record{ID: fmt.Sprint("o", i), Start: t0})
	}
	for i := range 4 {
		s.Finish(Record{ID: fmt.Sprint("f", i), Start: t0, Ended: t0})
	}
	s.Begin(Record{ID: "late", Start: t0})
	if st := s.Status(); st.Queued != 3 || st.Dropped != 1 {
		t.Errorf("status %+v, want 3 queued and 1 dropped", st)
	}
	for _, r := range list(t, s, Filter{}) {
		if r.Open() {
			t.Errorf("open row %s took the place of a final one", r.ID)
		}
	}
}

func TestFilter(t *testing.T) {
	s := open(t, t.TempDir())
	for i := range 10 {
		r := Record{ID: fmt.Sprint("c", i), Start: t0.Add(time.Duration(i) * time.Minute), Port: "fxs1", Peer: fmt.Sprint("fxo", i%2)}
		if i < 8 {
			r.Ended = r.Start
			s.Finish(r)
		} else {
			s.Begin(r)
		}
	}
	for name, c := range map[string]struct {
		f    Filter
		want string
	}{
		"all":          {Filter{}, "c0 c1 c2 c3 c4 c5 c6 c7 c8 c9"},
		"no limit":     {Filter{Limit: -1}, "c0 c1 c2 c3 c4 c5 c6 c7 c8 c9"},
		"newest":       {Filter{Limit: 2}, "c8 c9"},
		"since":        {Filter{Since: t0.Add(7 * time.Minute)}, "c7 c8 c9"},
		"until":        {Filter{Until: t0.Add(2 * time.Minute)}, "c0 c1"},
		"peer":         {Filter{Port: "fxo1"}, "c1 c3 c5 c7 c9"},
		"port":         {Filter{Port: "fxs1", Limit: 1}, "c9"},
		"id":           {Filter{ID: "c4"}, "c4"},
		"open":         {Filter{Open: true}, "c8 c9"},
		"no injection": {Filter{Port: "' OR 1 --"}, ""},
	} {
		var ids []string
		for _, r := range list(t, s, c.f) {
			ids = append(ids, r.ID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestUntrustedText(t *testing.T) {
	evil := "\x1b[2J\x00\xff\u009b31m\u202e\U000e0001" + strings.Repeat("1", 300)
	s := open(t, t.TempDir())
	r := full("c1")
	r.From, r.FromName, r.To, r.Legs[0].Number = evil, evil+"\r\n", evil, evil
	s.Finish(r)
	got := list(t, s, Filter{})
	line, err := json.Marshal(got[0])
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := WriteTable(&table, got, time.UTC); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"JSON": string(line), "table": strings.ReplaceAll(table.String(), "\n", "")} {
		for _, r := range out {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0xe0001 {
				t.Fatalf("%s passes %U: %q", name, r, out)
			}
		}
	}
	if n := strings.Count(table.String(), "\n"); n != 2 {
		t.Errorf("the table has %d lines, want a head and one", n)
	}
	var back struct{ From string }
	if err := json.Unmarshal(line, &back); err != nil || !strings.HasPrefix(back.From, "\x1b[2J\ufffd\ufffd\u009b31m\u202e\U000e0001111") {
		t.Errorf("from came back as %q, %v", back.From, err)
	}
	if len(got[0].From) > maxText+8 {
		t.Errorf("%d bytes of a number kept", len(got[0].From))
	}
}

func TestJSONLine(t *testing.T) {
	r := full("c1")
	r.Duration = 9500 * time.Millisecond
	r.Quality[0].Line.RxDBm0, r.Quality[0].Line.TxDBm0 = Float(math.Inf(-1)), Float(math.NaN())
	r.Legs = r.Legs[:1]
	line, err := json.Marshal(r)
	const want = `{"id":"c1","start":"2026-11-22T10:00:00.000Z","answered":"2026-11-22T10:00:02.500Z","ended":"2026-11-22T10:00:12.000Z",` +
		`"duration_s":9.5,"from":"201","from_name":"Ada","to":"95550199","port":"fxs1","peer":"fxo1","direction":"outbound","route":"out",` +
		`"cause":16,"sip_status":200,"released_by":"called","detector":"cpc","detector_at":"2026-11-22T10:00:11.000Z","reason":"","answer_basis":"polarity",` +
		`"quality":[{"port":"fxs1","line":{"rx_dbm0":null,"tx_dbm0":null,"erl_db":12.5,"erle_db":30}},{"port":"8000","rtp":{"packets_sent":475,` +
		`"packets_received":470,"packets_lost":5,"packets_discarded":0,"loss_ratio":0.0105,"jitter_ms":1.5,"rtt_ms":3,"peer_loss_ratio":0,"peer_jitter_ms":0,"mos":4.2,"jitter_buffer_ms":0,"clock_drift_ppm":0}}],` +
		`"legs":[{"port":"fxo2","number":"5550199","start":"2026-11-22T10:00:00.000Z","answered":null,"ended":"2026-11-22T10:00:01.000Z","cause":44}]}`
	if err != nil || string(line) != want {
		t.Errorf("got  %s\nwant %s\n%v", line, want, err)
	}
	line, err = json.Marshal(Record{ID: "c2", Start: t0})
	if err != nil || !strings.Contains(string(line), `"answered":null,"ended":null,"duration_s":0,`) || !strings.Contains(string(line), `"quality":[]`) {
		t.Errorf("open: %s, %v", line, err)
	}
}

func TestTable(t *testing.T) {
	r := full("c1")
	r.Duration = 9500 * time.Millisecond
	var b bytes.Buffer
	if err := WriteTable(&b, []Record{r, {ID: "c2", Start: t0, Port: "fxs2"}, {ID: "c3", Start: t0, Ended: t0, Cause: 17}}, time.UTC); err != nil {
		t.Fatal(err)
	}
	const want = `START                FROM       TO        PORT  PEER  DURATION  CAUSE                    RELEASED BY   ID
2026-11-22 10:00:00  201 (Ada)  95550199  fxs1  fxo1  10s       16 normal call clearing  called (cpc)  c1
2026-11-22 10:00:00  -          -         fxs2  -     up        -                        -             c2
2026-11-22 10:00:00  -          -         -     -     -         17 user busy             -             c3
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// The writer in fake time: it writes when records come, notes that it is alive once a minute while calls are up, and ends
// with the context.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		start := time.Now()
		s.Begin(Record{ID: "c1", Start: start, Answered: start})
		s.Begin(Record{ID: "c2", Start: start})
		s.Finish(Record{ID: "c2", Start: start})
		time.Sleep(10*time.Minute + time.Second)
		synctest.Wait()
		if st := s.Status(); st != (Status{Written: 1}) {
			t.Errorf("status %+v", st)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		s, err = Open(Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		rs := list(t, s, Filter{})
		if len(rs) != 2 || rs[0].ID != "c1" {
			t.Fatalf("got %+v", rs)
		}
		if r := rs[0]; r.ReleasedBy != ByRecovery || r.Cause != tdm.CauseTemporaryFailure || r.Duration != 10*time.Minute || !r.Ended.Equal(start.Add(10*time.Minute)) {
			t.Errorf("recovered as %+v", r)
		}
		if st := s.Status(); st.Recovered != 1 {
			t.Errorf("status %+v", st)
		}
	})
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	s.Finish(full("c1"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.Finish(full("after")) // must not hang or panic
	if got := list(t, open(t, dir), Filter{}); len(got) != 1 || got[0].ID != "c1" {
		t.Errorf("got %+v", got)
	}
}

func TestPutNeverWaitsForTheDatabase(t *testing.T) {
	s := open(t, t.TempDir())
	conn, err := s.db.Conn(t.Context()) // the writer's only connection is taken: a write would wait for ever
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		s.Begin(Record{ID: fmt.Sprint(i)})
		s.Finish(Record{ID: fmt.Sprint(i)})
	}
	conn.Close()
	if got := list(t, s, Filter{Limit: -1}); len(got) != 1000 {
		t.Errorf("%d records, want 1000", len(got))
	}
}

func BenchmarkPut(b *testing.B) {
	s, err := Open(Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r := full("c")
	for b.Loop() {
		s.Begin(r)
		s.Finish(r)
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{1, batch} {
		b.Run(fmt.Sprintf("batch=%d", n), func(b *testing.B) {
			s, err := Open(Config{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			i := 0
			for b.Loop() {
				for range n {
					i++
					s.Finish(full(fmt.Sprint(i)))
				}
				if err := s.flush(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
