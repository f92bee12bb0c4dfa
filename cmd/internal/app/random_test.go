package app

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/gateway/call"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/gateway/sip/siptest"
	"tipring/hw/emu"
	"tipring/tdm"
)

var (
	seed  = flag.Uint64("seed", 1, "seed of the random calls")
	calls = flag.Int("calls", 1000, "how many random calls")
)

// Random actors place random calls; afterwards nothing may be stuck, leaked or miscounted.
func TestRandomCalls(t *testing.T) {
	t.Logf("seed %d", *seed)
	play(t, "fxs=6,fxo=4", func(cfg *config.Config) {
		cfg.Timers.FirstDigit, cfg.Timers.NoAnswer = 6*time.Second, 20*time.Second
		cfg.Timers.Howler, cfg.Timers.Lockout = 5*time.Second, 5*time.Second
		for i := range cfg.Ports {
			if cfg.Ports[i].Kind == config.FXO {
				cfg.Ports[i].Silence = 15 * time.Second
			}
		}
	}, func(w *world) {
		// Each actor has its own source, so that the story of one does not depend on the order in which others wake.
		actor := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(*seed, n)) }
		stop := make(chan struct{})
		var actors sync.WaitGroup
		run := func(n uint64, act func(*rand.Rand)) {
			actors.Go(func() {
				r := actor(n)
				for {
					select {
					case <-stop:
						return
					case <-time.After(random(r, 100*time.Millisecond, 4*time.Second)):
						act(r)
					}
				}
			})
		}
		for i := range 6 {
			p := w.phone(fmt.Sprintf("fxs%d", i+1))
			run(uint64(i), func(r *rand.Rand) { w.aPhoneActs(r, p) })
		}
		for i := range 4 {
			x := w.exchange(fmt.Sprintf("fxo%d", i+1))
			run(uint64(10+i), func(r *rand.Rand) { w.anExchangeActs(r, x) })
		}
		trunk := newRobot(w.trunk(), actor(20))
		actors.Go(func() { trunk.run(stop) })
		account := w.peer("127.0.0.1:5090", "127.0.0.1:7100", "8000")
		account.Register("8000", "secret", 3600)
		phone := newRobot(account, actor(21))
		actors.Go(func() { phone.run(stop) })

		n := *calls
		if testing.Short() {
			n = min(n, 100) // the race detector's share
		}
		var seen followed
		for have, idle := 0, 0; have < n; idle++ {
			time.Sleep(10 * time.Second)
			w.gaugesFollow(&seen)
			if now := w.ended(); now > have {
				have, idle = now, 0
			}
			if idle > 60 {
				w.stuck()
			}
		}
		if n >= 100 {
			seen.enough(t)
		}
		close(stop)
		actors.Wait()
		for i := range 6 {
			w.phone(fmt.Sprintf("fxs%d", i+1)).OnHook()
		}
		for i := range 4 {
			w.exchange(fmt.Sprintf("fxo%d", i+1)).Hangup(emu.SignalCPC)
		}
		quiet := make(chan struct{})
		var answering sync.WaitGroup
		for _, r := range []*robot{trunk, phone} {
			answering.Go(func() { r.clear(quiet) })
		}
		time.Sleep(2 * time.Minute)
		w.rest()
		w.gaugesAreTrue()
		close(quiet)
		answering.Wait()
	})
}

// stuck ends a story in which no call has ended for ten minutes, and says where everything stands.
func (w *world) stuck() {
	w.Helper()
	for _, c := range w.app.cards {
		for _, l := range c.group.Lines() {
			w.Logf("%+v", l.Status())
		}
	}
	for _, c := range w.app.Calls() {
		w.Logf("%+v", c)
	}
	w.Fatal("no call has ended for ten minutes")
}

func random(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)))
}

func (w *world) ended() int {
	n := 0
	rs, err := w.app.Records(w.Context(), cdr.Filter{Limit: -1})
	w.must(err)
	for _, r := range rs {
		if !r.Open() {
			n++
		}
	}
	return n
}

// aPhoneActs answers when it rings, else dials something and hangs up at some moment.
func (w *world) aPhoneActs(r *rand.Rand, p *emu.Phone) {
	if p.Status().Ringing {
		time.Sleep(random(r, 0, 8*time.Second))
	} else if r.IntN(3) == 0 {
		return
	}
	if p.OffHook() != nil {
		return
	}
	defer p.OnHook()
	time.Sleep(random(r, 0, 2*time.Second))
	number := []string{"201", "202", "203", "206", "6001", "6002", "8000", "95551234", "9555", "*43", "5", "29", "", "112"}[r.IntN(14)]
	p.Dial(w.Context(), number, r.IntN(4) == 0)
	if r.IntN(4) == 0 {
		time.Sleep(random(r, 0, 10*time.Second))
		p.Flash()
	}
	time.Sleep(random(r, 0, 20*time.Second))
}

// anExchangeActs rings, or changes what a call that our side places will find, or ends what is up.
func (w *world) anExchangeActs(r *rand.Rand, x *emu.Exchange) {
	switch r.IntN(4) {
	case 0:
		number := strconv.Itoa(5550000 + r.IntN(10000))
		opts := [][]emu.RingOption{nil, {emu.BadChecksum()}, {emu.WithoutCallerID()}, {emu.Present(tdm.Restricted)},
			{emu.AbandonAfter(random(r, time.Second, 12*time.Second))}, {emu.OnSeizure()}}[r.IntN(6)]
		x.Ring(number, "Caller", opts...)
	case 1:
		x.SetScript(emu.Script{
			NoDialTone: r.IntN(8) == 0, AnswerMs: r.IntN(2) * (500 + r.IntN(8000)), Reversal: r.IntN(2) == 0, HangupMs: r.IntN(2) * r.IntN(15000),
			Outcome: emu.Outcome(r.IntN(3)), Hangup: emu.Signal(r.IntN(4)),
		})
	default:
		time.Sleep(random(r, time.Second, 15*time.Second))
		x.Hangup(emu.Signal(r.IntN(4)))
	}
}

// A robot is a SIP peer that answers by chance and calls by chance.
type robot struct {
	*peer
	r       *rand.Rand
	invites map[string]*siptest.Message // INVITEs to it that have no final answer, by Call-ID
	dialogs map[string]*siptest.Dialog  // answered calls, by Call-ID
	mine    map[string]*siptest.Message // its own INVITEs, by Call-ID
}

func newRobot(p *peer, r *rand.Rand) *robot {
	return &robot{peer: p, r: r, invites: map[string]*siptest.Message{}, dialogs: map[string]*siptest.Dialog{}, mine: map[string]*siptest.Message{}}
}

func (b *robot) run(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		if m := b.Next(random(b.r, 500*time.Millisecond, 3*time.Second)); m != nil {
			b.take(m, false)
			continue
		}
		b.act()
	}
}

// act does one thing that nobody asked for.
func (b *robot) act() {
	for id, m := range b.invites {
		switch b.r.IntN(5) {
		case 0:
			b.Respond(m, "486 Busy Here", "r", "", "")
			delete(b.invites, id)
		case 1:
			b.Respond(m, "200 OK", "r", "", b.sdp())
			b.dialogs[id] = b.ServerDialog(m, "r")
			delete(b.invites, id)
		case 2:
			b.Respond(m, "183 Session Progress", "r", "", b.sdp())
		}
		return
	}
	for id, d := range b.dialogs {
		if b.r.IntN(3) == 0 {
			d.Send("BYE", "", "")
			delete(b.dialogs, id)
		}
		return
	}
	for id, m := range b.mine {
		if b.r.IntN(4) == 0 {
			b.Cancel(m, "")
			delete(b.mine, id)
		}
		return
	}
	if b.UA.User == "trunk" && b.r.IntN(2) == 0 {
		number := []string{"201", "204", "95551234", "777", "6001"}[b.r.IntN(5)]
		m := b.call(number)
		b.mine[m.Get("Call-ID")] = m
	}
}

// take answers one message. When clearing, every call is refused or ended.
func (b *robot) take(m *siptest.Message, clearing bool) {
	id := m.Get("Call-ID")
	switch {
	case m.Method() == "INVITE":
		if clearing {
			b.Respond(m, "486 Busy Here", "r", "", "")
			return
		}
		b.invites[id] = m
		b.Respond(m, "180 Ringing", "r", "", "")
	case m.Method() == "CANCEL":
		b.Respond(m, "200 OK", "r", "", "")
		if inv := b.invites[id]; inv != nil {
			b.Respond(inv, "487 Request Terminated", "r", "", "")
			delete(b.invites, id)
		}
	case m.Method() == "BYE":
		b.Respond(m, "200 OK", "", "", "")
		delete(b.dialogs, id)
	case m.Status() >= 300 && strings.Contains(m.Get("CSeq"), "INVITE"):
		if inv := b.mine[id]; inv != nil {
			b.AckFailure(inv, m)
			delete(b.mine, id)
		}
	case m.Status() >= 200 && strings.Contains(m.Get("CSeq"), "INVITE"):
		d := b.dialogs[id]
		if d == nil {
			inv := b.mine[id]
			if inv == nil {
				return
			}
			d = b.ClientDialog(inv, m)
			delete(b.mine, id)
			b.dialogs[id] = d
		}
		d.Send("ACK", "", "")
		if clearing {
			d.Send("BYE", "", "")
			delete(b.dialogs, id)
		}
	}
}

// clear ends everything and goes on answering until quiet is closed.
func (b *robot) clear(quiet chan struct{}) {
	for id, m := range b.invites {
		b.Respond(m, "486 Busy Here", "r", "", "")
		delete(b.invites, id)
	}
	for id, d := range b.dialogs {
		d.Send("BYE", "", "")
		delete(b.dialogs, id)
	}
	for _, m := range b.mine {
		b.Cancel(m, "")
	}
	for {
		select {
		case <-quiet:
			return
		default:
		}
		if m := b.Next(time.Second); m != nil {
			b.take(m, true)
		}
	}
}

// followed is what gauges have shown while calls were up: how often each was compared and how often it was not at rest.
type followed struct {
	times, dialogs int
	calls          map[call.State]int
	lines          map[string]int
}

// enough checks that the comparison was one of more than zeros.
func (f *followed) enough(t *testing.T) {
	t.Helper()
	t.Logf("gauges at %d moments: calls up in %v, dialogs in %d, lines in %v", f.times, f.calls, f.dialogs, f.lines)
	for _, st := range []call.State{call.Dialing, call.Ringing, call.Talking} {
		if f.calls[st] == 0 {
			t.Errorf("no call was %s at a moment when gauges were read", st)
		}
	}
	for _, st := range []string{"idle", "ringing", "dialing", "talking"} {
		if f.lines[st] == 0 {
			t.Errorf("no line was %s at a moment when gauges were read", st)
		}
	}
	if f.times < 5 || f.dialogs == 0 {
		t.Errorf("%d comparisons, %d of them with dialogs", f.times, f.dialogs)
	}
}

// gaugesFollow compares, in the midst of calls, what Prometheus is told with what calls, lines and dialogs are. Nothing else
// moves meanwhile: everybody waits for a later moment of the fake time.
func (w *world) gaugesFollow(seen *followed) {
	w.Helper()
	if seen.times++; seen.times == 1 {
		seen.calls, seen.lines = map[call.State]int{}, map[string]int{}
	}
	synctest.Wait()
	states := map[call.State]int{}
	for _, c := range w.app.Calls() {
		states[c.State]++
	}
	dialogs := w.app.sip.Status().Dialogs
	lines := map[string]string{}
	for _, c := range w.app.cards {
		for _, l := range c.group.Lines() {
			lines[l.Name()] = l.Status().State
		}
	}
	m := w.scrape()
	total := 0
	for _, st := range call.States {
		total += states[st]
		if got := m.sum("tipring_calls_active", fmt.Sprintf("state=%q", st)); got != float64(states[st]) {
			w.Errorf("calls_active is %v for %s, there are %d", got, st, states[st])
		}
		if states[st] > 0 {
			seen.calls[st]++
		}
	}
	if got := m.sum("tipring_calls_active"); got != float64(total) {
		w.Errorf("calls_active is %v, there are %d calls", got, total)
	}
	for name, st := range lines {
		seen.lines[st]++
		of := fmt.Sprintf("line=%q", name)
		if got := m.sum("tipring_line_state", of, fmt.Sprintf("state=%q", st)); got != 1 {
			w.Errorf("line_state is %v for %s %s", got, name, st)
		}
		if got := m.sum("tipring_line_state", of); got != 1 {
			w.Errorf("line_state sums to %v for %s", got, name)
		}
	}
	if got := m.sum("tipring_sip_dialogs_active"); got != float64(dialogs) {
		w.Errorf("sip_dialogs_active is %v, there are %d", got, dialogs)
	}
	if dialogs > 0 {
		seen.dialogs++
	}
}

// gaugesAreTrue compares what Prometheus is told with what is.
func (w *world) gaugesAreTrue() {
	w.Helper()
	m := w.scrape()
	records, err := w.app.Records(w.Context(), cdr.Filter{Limit: -1})
	w.must(err)
	answered := 0
	for _, r := range records {
		if !r.Answered.IsZero() {
			answered++
		}
		if r.Open() {
			w.Errorf("record %s is open", r.ID)
		}
	}
	if got := m.sum("tipring_calls_total"); got != float64(len(records)) {
		w.Errorf("calls_total is %v, there are %d records", got, len(records))
	}
	if got := m.sum("tipring_calls_total", `outcome="answered"`); got != float64(answered) {
		w.Errorf("calls_total answered is %v, %d records were answered", got, answered)
	}
	if got := m.sum("tipring_call_cause_total"); got != float64(len(records)) {
		w.Errorf("call_cause_total is %v, there are %d records", got, len(records))
	}
	if got := m.sum("tipring_call_duration_seconds_count"); got != float64(answered) {
		w.Errorf("call_duration_seconds_count is %v, %d records were answered", got, answered)
	}
	for _, zero := range []string{"tipring_calls_active", "tipring_sip_dialogs_active", "tipring_cdr_outbox_rows"} {
		if got := m.sum(zero); got != 0 {
			w.Errorf("%s is %v", zero, got)
		}
	}
	lines := 0
	for _, c := range w.app.cards {
		lines += len(c.group.Lines())
	}
	if got := m.sum("tipring_line_state", `state="idle"`); got != float64(lines) {
		w.Errorf("%v of %d lines are idle", got, lines)
	}
	if got := m.sum("tipring_line_state"); got != float64(lines) {
		w.Errorf("line states sum to %v for %d lines", got, lines)
	}
}

// samples are the lines of a scrape.
type samples []string

func (w *world) scrape() samples {
	w.Helper()
	rec := httptest.NewRecorder()
	req := httptest.NewRequest("GET", "http://127.0.0.1/metrics", nil)
	w.app.Handler().ServeHTTP(rec, req)
	if rec.Code != 200 {
		w.Fatalf("scrape: %d %s", rec.Code, rec.Body)
	}
	var out samples
	for sc := bufio.NewScanner(rec.Body); sc.Scan(); {
		out = append(out, sc.Text())
	}
	return out
}

// sum adds up the series of a metric whose labels contain all of has.
func (s samples) sum(name string, has ...string) float64 {
	total := 0.0
next:
	for _, line := range s {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || (rest[0] != '{' && rest[0] != ' ') {
			continue
		}
		for _, h := range has {
			if !strings.Contains(rest, h) {
				continue next
			}
		}
		v, err := strconv.ParseFloat(rest[strings.LastIndexByte(rest, ' ')+1:], 64)
		if err == nil {
			total += v
		}
	}
	return total
}
