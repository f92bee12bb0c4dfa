package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tipring/gateway/cdr"
)

// A kill -9 in the middle of a call keeps what is known of it: the folder as it is on disk then is opened by the next gateway.
func TestAnswerSurvivesAKill(t *testing.T) {
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		trunk.answered(2 * time.Second)
		time.Sleep(5 * time.Second)
		left := w.T.TempDir()
		files, err := os.ReadDir(w.dir)
		w.must(err)
		for _, f := range files {
			b, err := os.ReadFile(filepath.Join(w.dir, f.Name()))
			w.must(err)
			w.must(os.WriteFile(filepath.Join(left, f.Name()), b, 0o600))
		}
		next, err := cdr.Open(cdr.Config{Dir: left})
		w.must(err)
		rs, err := next.List(w.Context(), cdr.Filter{})
		w.must(err)
		w.must(next.Close())
		if len(rs) != 1 {
			t.Fatalf("records are %+v", rs)
		}
		r := rs[0]
		if r.Answered.IsZero() || r.ReleasedBy != cdr.ByRecovery || r.To != "6001" || r.Port != "fxs1" || r.Peer != "local" ||
			r.AnswerBasis != "sip" || r.Route != "trunk" || r.Direction != cdr.Outbound || len(r.Legs) != 1 || r.Legs[0].Answered.IsZero() {
			t.Errorf("record is %+v", r)
		}
		w.must(p.OnHook())
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
	})
}
