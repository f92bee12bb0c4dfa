package sip

import (
	"sync"
	"testing"
	"time"

	"tipring/tdm"
)

// watch is an Observer that keeps what it is told.
type watch struct {
	mu           sync.Mutex
	invite, byes map[string][]time.Duration
}

func (w *watch) InviteResponded(trunk string, d time.Duration) { w.add(w.invite, trunk, d) }
func (w *watch) ByeResponded(trunk string, d time.Duration)    { w.add(w.byes, trunk, d) }

func (w *watch) add(m map[string][]time.Duration, trunk string, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m[trunk] = append(m[trunk], d)
}

// The first response to an INVITE counts, provisional or not, and the final one to a BYE.
func TestObserver(t *testing.T) {
	seen := &watch{invite: map[string][]time.Duration{}, byes: map[string][]time.Duration{}}
	cfg := testConfig()
	cfg.Observer = seen
	simulate(t, cfg, func(w *world) {
		u := w.ua(peerAddr.String(), "bob")
		c := w.call(w.s.Trunk("pbx"), tdm.Primitive{Called: "6001"})
		inv := u.Expect("INVITE")
		time.Sleep(300 * time.Millisecond)
		u.Respond(inv, "180 Ringing", "b1", "", "")
		c.expect(tdm.Proceeding)
		c.expect(tdm.Alerting)
		time.Sleep(2 * time.Second)
		u.Respond(inv, "200 OK", "b1", "", answerSDP)
		u.Expect("ACK")
		c.expect(tdm.Connect)
		c.disconnect(tdm.CauseNormalClearing)
		bye := u.Expect("BYE")
		time.Sleep(200 * time.Millisecond)
		u.Respond(bye, "200 OK", "b1", "", "")
		c.expect(tdm.Release)
	})
	if got := seen.invite["pbx"]; len(got) != 1 || got[0] != 300*time.Millisecond {
		t.Errorf("first responses after %v", seen.invite)
	}
	if got := seen.byes["pbx"]; len(got) != 1 || got[0] != 200*time.Millisecond {
		t.Errorf("BYE answered after %v", seen.byes)
	}
}
