package call

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/gateway/cdr"
	"tipring/gateway/digitmap"
	"tipring/gateway/route"
	"tipring/tdm"
	"tipring/tdm/span"
)

// wires is a card of bearer slots wired in pairs, clocked by time.Sleep: where two legs meet.
type wires struct {
	slots int
	done  chan struct{}
	once  sync.Once
}

func (w *wires) Info() tdm.Info {
	return tdm.Info{Name: "wires", Model: "test", Slots: make([]tdm.Slot, w.slots), SigResolution: 1}
}

func (w *wires) Exchange(tx, rx tdm.Block) (int, error) {
	for i := range w.slots {
		copy(rx.Slot(i), tx.Slot(i^1))
	}
	select {
	case <-w.done:
		return 0, tdm.ErrClosed
	case <-time.After(tdm.Duration(int64(tx.N))):
		return 0, nil
	}
}

func (w *wires) Close() error { w.once.Do(func() { close(w.done) }); return nil }

// tone is a leg that counts what it hears.
type tone struct{ heard, ticks int }

func (l *tone) Tick(_ int64, rx, tx []int16) {
	l.ticks++
	for i := range tx {
		tx[i] = 1000
		if rx[i] != 0 {
			l.heard++
		}
	}
}

// A fake is a party whose script a test writes: what it answers to what comes down. Like a real one it answers on a
// goroutine of its own.
type fake struct {
	name string
	leg  tone
	log  *ladder
	on   map[tdm.PrimitiveKind]func(*fake, tdm.Primitive)
	down chan tdm.Primitive

	mu  sync.Mutex
	up  Up
	got []tdm.Primitive
}

func (f *fake) Send(p tdm.Primitive) {
	f.log.add("%s <- %s%s", f.name, p.Kind, detail(p))
	f.down <- p
}

func (f *fake) run() {
	for p := range f.down {
		f.mu.Lock()
		f.got = append(f.got, p)
		h := f.on[p.Kind]
		f.mu.Unlock()
		switch {
		case h != nil:
			h(f, p)
		case p.Kind == tdm.Disconnect:
			f.raise(tdm.Primitive{Kind: tdm.Release, Cause: p.Cause}) // not in the ladder: the call does not wait for it
		}
	}
}

func (f *fake) heard() []tdm.Primitive {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.got
}

func (f *fake) setUp(up Up) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.up = up
}

func (f *fake) End() span.End { return span.End{Leg: &f.leg} }
func (f *fake) Name() string  { return f.name }

func (f *fake) say(p tdm.Primitive) {
	f.log.add("%s -> %s%s", f.name, p.Kind, detail(p))
	f.raise(p)
}

func (f *fake) raise(p tdm.Primitive) {
	f.mu.Lock()
	up := f.up
	f.mu.Unlock()
	up(p)
}

// Call implements Endpoint.
func (f *fake) Call(setup tdm.Primitive, up Up) Party {
	f.setUp(up)
	f.Send(setup)
	return f
}

func detail(p tdm.Primitive) string {
	var b strings.Builder
	if p.Called != "" {
		fmt.Fprintf(&b, " to %s", p.Called)
	}
	if p.InBand {
		b.WriteString(" in band")
	}
	if p.Cause != 0 {
		fmt.Fprintf(&b, " cause %d", p.Cause)
	}
	return b.String()
}

// A ladder is the dialogue of all parties, one primitive a line.
type ladder struct {
	mu    sync.Mutex
	lines []string
}

func (l *ladder) add(format string, a ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, a...))
}

func (l *ladder) want(t *testing.T, lines string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var want []string
	for s := range strings.Lines(lines) {
		if s = strings.TrimSpace(s); s != "" {
			want = append(want, s)
		}
	}
	if got := strings.Join(l.lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("the ladder is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

type records struct {
	mu       sync.Mutex
	begun    int
	updated  []cdr.Record
	finished []cdr.Record
}

func (r *records) Begin(cdr.Record) { r.mu.Lock(); r.begun++; r.mu.Unlock() }
func (r *records) Update(x cdr.Record) {
	r.mu.Lock()
	r.updated = append(r.updated, x)
	r.mu.Unlock()
}
func (r *records) Finish(x cdr.Record) {
	r.mu.Lock()
	r.finished = append(r.finished, x)
	r.mu.Unlock()
}

func (r *records) last(t *testing.T) cdr.Record {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun != len(r.finished) || r.begun == 0 {
		t.Fatalf("%d records begun, %d finished", r.begun, len(r.finished))
	}
	return r.finished[len(r.finished)-1]
}

type observer struct {
	mu    sync.Mutex
	ended []Summary
}

func (o *observer) CallEnded(s Summary) {
	o.mu.Lock()
	o.ended = append(o.ended, s)
	o.mu.Unlock()
}

// A bench is a switch with fake parties.
type bench struct {
	*Switch
	t       *testing.T
	log     *ladder
	lines   bytes.Buffer // what the switch logs; slog writes one line at a time
	records *records
	seen    *observer
	parties map[string]*fake
	started map[*fake]bool
}

func (b *bench) party(name string, on map[tdm.PrimitiveKind]func(*fake, tdm.Primitive)) *fake {
	f := &fake{name: name, log: b.log, on: on, down: make(chan tdm.Primitive, 64)}
	b.parties[name] = f
	if on != nil {
		b.start(f) // it is called; a caller starts when its call has begun
	}
	return f
}

// start lets a party answer, once.
func (b *bench) start(f *fake) {
	if !b.started[f] {
		b.started[f] = true
		go f.run()
	}
}

// dial starts a call from a party.
func (b *bench) dial(from, number string) *fake {
	f := b.parties[from]
	f.log.add("%s -> SETUP to %s", from, number)
	f.setUp(b.Incoming(f, tdm.Primitive{Kind: tdm.Setup, Called: number, Calling: tdm.PartyNumber{Digits: "201"}}))
	b.start(f)
	return f
}

var ports = []route.Port{
	{Name: "fxs1", Kind: route.FXS, Number: "201"}, {Name: "fxs2", Kind: route.FXS, Number: "202"},
	{Name: "fxo1", Kind: route.FXO}, {Name: "fxo2", Kind: route.FXO}, {Name: "alice", Kind: route.Account, Number: "8000"},
}

// run plays a story in fake time; afterwards every call must be gone and every goroutine ended.
func run(t *testing.T, story func(*bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		table, err := route.New(route.Config{
			Ports:  ports,
			Groups: []route.Group{{Name: "lines", Members: []string{"fxo1", "fxo2"}}},
			Rules: []route.Rule{
				{Name: "both", From: []string{"any"}, Called: "200", To: []string{"fxs2&alice"}},
				{Name: "phones", From: []string{"any"}, Called: "2xx", To: []string{"phone"}},
				{Name: "out", From: []string{"any"}, Called: "9x.", Strip: 1, To: []string{"lines"}},
			},
			Emergency: route.Emergency{Numbers: []string{"112"}, To: []string{"fxo1"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		soft, err := span.New(span.Config{Card: &wires{slots: 8, done: make(chan struct{})}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- soft.Run(ctx) }()
		m, err := digitmap.Parse("2xx|112|9x.T")
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{t: t, log: &ladder{}, records: &records{}, seen: &observer{}, parties: map[string]*fake{}, started: map[*fake]bool{}}
		kinds := map[string]route.Kind{}
		for _, p := range ports {
			kinds[p.Name] = p.Kind
		}
		b.Switch = New(Config{
			Policy: Policy{
				Routes: table,
				Dialling: func(string) Dialling {
					return Dialling{Map: m, FirstDigit: DefaultFirstDigit, InterDigit: DefaultInterDigit}
				},
				Endpoint: func(t route.Target) Endpoint {
					if f := b.parties[t.Name]; f != nil {
						return f
					}
					return nil
				},
			},
			Patch: &span.Patchbay{Soft: soft}, Records: b.records, Observer: b.seen,
			Kind: func(name string) route.Kind { return kinds[name] },
			Log:  slog.New(slog.NewTextHandler(&b.lines, nil)),
		})
		story(b)
		drain, cancel := context.WithTimeout(t.Context(), time.Second)
		b.Drain(drain)
		cancel()
		for f := range b.started {
			close(f.down)
		}
		stop()
		if err := <-ended; err != nil {
			t.Errorf("pump: %v", err)
		}
	})
}

type script = map[tdm.PrimitiveKind]func(*fake, tdm.Primitive)

func say(ps ...tdm.Primitive) func(*fake, tdm.Primitive) {
	return func(f *fake, _ tdm.Primitive) {
		for _, p := range ps {
			f.say(p)
		}
	}
}

var (
	alert   = tdm.Primitive{Kind: tdm.Alerting}
	connect = tdm.Primitive{Kind: tdm.Connect}
)

func TestAnsweredCall(t *testing.T) {
	run(t, func(b *bench) {
		a := b.party("fxs1", nil)
		z := b.party("fxs2", script{tdm.Setup: say(alert)})
		b.dial("fxs1", "202")
		time.Sleep(3 * time.Second)
		z.say(tdm.Primitive{Kind: tdm.Connect, AnswerBasis: "offhook"})
		time.Sleep(10 * time.Second)
		if calls := b.Calls(); len(calls) != 1 || calls[0].State != Talking || calls[0].A != "fxs1" || calls[0].B != "fxs2" {
			t.Errorf("calls are %+v", calls)
		}
		synctest.Wait()
		if u := b.records.updated; len(u) != 2 || u[0].Route != "phones" || !u[0].Answered.IsZero() || u[1].Peer != "fxs2" || u[1].Answered.Sub(u[1].Start) != 3*time.Second {
			t.Errorf("updates are %+v", u)
		}
		z.say(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseNormalClearing, Detector: "onhook"})
		synctest.Wait()
		b.log.want(t, `
			fxs1 -> SETUP to 202
			fxs1 <- PROCEEDING
			fxs2 <- SETUP to 202
			fxs2 -> ALERTING
			fxs1 <- ALERTING
			fxs2 -> CONNECT
			fxs1 <- CONNECT
			fxs2 -> RELEASE cause 16
			fxs1 <- DISCONNECT cause 16`)
		r := b.records.last(t)
		if r.Duration != 0 || r.Ended.Sub(r.Answered) != 10*time.Second || r.Answered.Sub(r.Start) != 3*time.Second {
			t.Errorf("times are %v, %v, %v", r.Start, r.Answered, r.Ended)
		}
		if r.ReleasedBy != cdr.ByCalled || r.Detector != "onhook" || r.Port != "fxs1" || r.Peer != "fxs2" || r.Direction != cdr.Internal || r.AnswerBasis != "offhook" || r.Route != "phones" {
			t.Errorf("record is %+v", r)
		}
		for _, f := range []*fake{a, z} {
			if f.leg.heard < 9*tdm.Rate {
				t.Errorf("%s heard %d samples in 10 s", f.name, f.leg.heard)
			}
		}
		if s := b.seen.ended; len(s) != 1 || s[0].Outcome() != "answered" || s[0].Ring != 3*time.Second || s[0].Talk != 10*time.Second {
			t.Errorf("summary is %+v", s)
		}
	})
}

func TestDigitsAndTimers(t *testing.T) {
	dial := func(f *fake, digits string) {
		for _, d := range digits {
			f.say(tdm.Primitive{Kind: tdm.Information, Digit: byte(d)})
			time.Sleep(time.Second)
		}
	}
	for _, c := range []struct {
		name, digits string
		wait         time.Duration
		to           string
		cause        tdm.Cause
	}{
		{"complete at the last digit", "202", 0, "202", tdm.CauseNormalClearing},
		{"open number waits for the timer", "95550123", DefaultInterDigit, "95550123", tdm.CauseNormalClearing},
		{"emergency at once", "112", 0, "112", tdm.CauseNormalClearing},
		{"nothing dialled", "", DefaultFirstDigit, "", tdm.CauseNoUserResponding},
		{"incomplete", "20", DefaultInterDigit, "20", tdm.CauseInvalidNumber},
		{"impossible", "3", 0, "3", tdm.CauseInvalidNumber},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, func(b *bench) {
				b.party("fxs1", nil)
				for _, n := range []string{"fxs2", "fxo1"} {
					b.party(n, script{tdm.Setup: say(connect)})
				}
				a := b.dial("fxs1", "")
				dial(a, c.digits)
				time.Sleep(c.wait)
				synctest.Wait()
				if c.cause == tdm.CauseNormalClearing {
					a.say(tdm.Primitive{Kind: tdm.Release, Cause: c.cause})
					synctest.Wait()
				}
				if r := b.records.last(t); r.To != c.to || r.Cause != c.cause {
					t.Errorf("to %q cause %v, want %q %v", r.To, r.Cause, c.to, c.cause)
				}
			})
		})
	}
}

func TestForkFirstAnswerWins(t *testing.T) {
	run(t, func(b *bench) {
		b.party("fxo1", nil)
		phone := b.party("fxs2", script{tdm.Setup: say(alert)})
		b.party("alice", script{tdm.Setup: say(alert)})
		b.dial("fxo1", "200")
		time.Sleep(time.Second)
		phone.say(connect)
		synctest.Wait()
		if got := b.parties["alice"].heard(); got[len(got)-1].Kind != tdm.Disconnect {
			t.Errorf("the other phone goes on ringing: %v", got)
		}
		phone.say(tdm.Primitive{Kind: tdm.Release, Cause: 16})
		synctest.Wait()
		if r := b.records.last(t); len(r.Legs) != 2 || r.Peer != "fxs2" || r.Direction != cdr.Inbound || r.Legs[1].Ended.IsZero() {
			t.Errorf("record is %+v", r)
		}
	})
}

func TestNoAnswer(t *testing.T) {
	run(t, func(b *bench) {
		b.party("fxs1", nil)
		b.party("fxs2", script{tdm.Setup: say(alert)})
		b.dial("fxs1", "202")
		time.Sleep(DefaultNoAnswer)
		synctest.Wait()
		b.log.want(t, `
			fxs1 -> SETUP to 202
			fxs1 <- PROCEEDING
			fxs2 <- SETUP to 202
			fxs2 -> ALERTING
			fxs1 <- ALERTING
			fxs2 <- DISCONNECT cause 19
			fxs1 <- DISCONNECT cause 19`)
	})
}

func TestHuntGroupAndGlare(t *testing.T) {
	run(t, func(b *bench) {
		b.party("fxs1", nil)
		// The first line is being rung by its exchange at this moment: cause 44, and the second one takes the call.
		b.party("fxo1", script{tdm.Setup: say(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseCircuitUnavailable})})
		second := b.party("fxo2", script{tdm.Setup: say(tdm.Primitive{Kind: tdm.Proceeding}, tdm.Primitive{Kind: tdm.Progress, InBand: true})})
		b.dial("fxs1", "95550123")
		synctest.Wait()
		b.log.want(t, `
			fxs1 -> SETUP to 95550123
			fxs1 <- PROCEEDING
			fxo1 <- SETUP to 5550123
			fxo1 -> RELEASE cause 44
			fxo2 <- SETUP to 5550123
			fxo2 -> PROCEEDING
			fxo2 -> PROGRESS in band
			fxs1 <- PROGRESS in band`)
		second.say(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseUserBusy})
		synctest.Wait()
		if r := b.records.last(t); r.Cause != tdm.CauseUserBusy || r.ReleasedBy != cdr.ByCalled {
			t.Errorf("record is %+v", r)
		}
	})
}

func TestCallerGivesUp(t *testing.T) {
	run(t, func(b *bench) {
		a := b.party("fxs1", nil)
		b.party("fxs2", script{tdm.Setup: say(alert)})
		b.dial("fxs1", "202")
		time.Sleep(time.Second)
		a.say(tdm.Primitive{Kind: tdm.Release, Cause: 16, Detector: "onhook"})
		synctest.Wait()
		if got := b.parties["fxs2"].heard(); got[len(got)-1].Kind != tdm.Disconnect {
			t.Error("the called phone goes on ringing")
		}
		if s := b.seen.ended[0]; s.Outcome() != "cancelled" {
			t.Errorf("outcome %s", s.Outcome())
		}
	})
}

func TestEmergencyPreempts(t *testing.T) {
	run(t, func(b *bench) {
		var holder Up // the call that has the line
		b.party("fxo1", script{
			tdm.Setup: func(f *fake, p tdm.Primitive) {
				if holder != nil {
					f.say(tdm.Primitive{Kind: tdm.Release, Cause: tdm.CauseUserBusy})
					return
				}
				holder = f.up
				f.say(connect)
			},
			tdm.Disconnect: func(f *fake, p tdm.Primitive) {
				up := holder
				holder = nil
				up(tdm.Primitive{Kind: tdm.Release, Cause: p.Cause})
			},
		})
		b.party("fxs1", nil)
		b.party("fxs2", nil)
		b.dial("fxs1", "95550123")
		synctest.Wait()
		b.dial("fxs2", "112")
		time.Sleep(5 * time.Second)
		calls := b.Calls()
		if len(calls) != 1 || calls[0].A != "fxs2" || calls[0].State != Talking {
			t.Errorf("calls are %+v", calls)
		}
		if r := b.records.finished[0]; r.Cause != causePreemption || r.ReleasedBy != cdr.ByGateway {
			t.Errorf("the pre-empted call's record is %+v", r)
		}
	})
}

func TestNoRoute(t *testing.T) {
	run(t, func(b *bench) {
		b.party("alice", nil)
		b.dial("alice", "777")
		synctest.Wait()
		r := b.records.last(t)
		if r.ReleasedBy != cdr.ByGateway || r.Cause == 0 || r.Cause == 16 {
			t.Errorf("record is %+v", r)
		}
	})
}

// A party that floods its call loses that call and nothing else.
func TestFloodIsCleared(t *testing.T) {
	run(t, func(b *bench) {
		a := b.party("fxs1", nil)
		b.party("fxs2", script{tdm.Setup: say(connect)})
		b.dial("fxs1", "202")
		synctest.Wait()
		up := a.up
		for range 10 * inboxSize {
			up(tdm.Primitive{Kind: tdm.Information, Digit: '1'})
		}
		time.Sleep(time.Second)
		if n := len(b.Calls()); n != 0 {
			t.Errorf("%d calls are left", n)
		}
	})
}

func TestDrain(t *testing.T) {
	run(t, func(b *bench) {
		b.party("fxs1", nil)
		b.party("fxs2", script{tdm.Setup: say(connect)})
		b.party("alice", nil)
		b.dial("fxs1", "202")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
		defer cancel()
		start := time.Now()
		done := make(chan struct{})
		go func() { b.Drain(ctx); close(done) }()
		synctest.Wait()
		refused := b.dial("alice", "202")
		synctest.Wait()
		if got := refused.heard(); len(got) != 1 || got[0].SIPStatus != 503 {
			t.Errorf("a new call got %v", got)
		}
		<-done
		if d := time.Since(start); d != 30*time.Second {
			t.Errorf("the call was given %v", d)
		}
		if r := b.records.last(t); r.Cause != tdm.CauseTemporaryFailure {
			t.Errorf("record is %+v", r)
		}
	})
}

// A party with as many calls as it may have refuses others, the next target is tried, and an emergency call takes the place of
// one of them.
func TestLimit(t *testing.T) {
	run(t, func(b *bench) {
		p := *b.Policy()
		p.Limit = func(party string) int { return map[string]int{"fxo1": 1}[party] }
		b.SetPolicy(p)
		for _, name := range []string{"fxo1", "fxo2"} {
			b.party(name, script{tdm.Setup: say(connect)})
		}
		for _, name := range []string{"fxs1", "fxs2", "alice"} {
			b.party(name, nil)
		}
		b.dial("fxs1", "95551")
		time.Sleep(time.Second)
		b.dial("fxs2", "95552")
		time.Sleep(time.Second)
		calls := b.Calls()
		if len(calls) != 2 || calls[0].B != "fxo1" || calls[1].B != "fxo2" {
			t.Errorf("calls are %+v", calls)
		}
		b.dial("alice", "112")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		calls = b.Calls()
		if len(calls) != 2 || calls[1].A != "alice" || calls[1].B != "fxo1" || calls[1].State != Talking {
			t.Errorf("calls are %+v", calls)
		}
		if r := b.records.finished[0]; r.Port != "fxs1" || r.Cause != causePreemption {
			t.Errorf("the pre-empted call's record is %+v", r)
		}
		for _, c := range calls {
			b.Clear(c.ID, tdm.CauseNormalClearing)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		// Full from when the first call had its number, but for the moment in which one took the place of the other.
		full := b.AllBusy("fxo1")
		if full < 5*time.Second || full > 7*time.Second {
			t.Errorf("all busy for %v", full)
		}
		time.Sleep(time.Hour)
		if b.AllBusy("fxo1") != full || b.AllBusy("fxo2") != 0 {
			t.Errorf("all busy for %v and %v with no call", b.AllBusy("fxo1"), b.AllBusy("fxo2"))
		}
		if len(b.inUse) != 0 {
			t.Errorf("still counted: %v", b.inUse)
		}
	})
}

// A call whose audio cannot be connected is refused, and the caller never hears of an answer.
func TestNoPairOnTheSoftCard(t *testing.T) {
	run(t, func(b *bench) {
		for range 4 { // all that the card of these tests has
			if _, err := b.cfg.Patch.Join(span.End{Leg: &tone{}}, span.End{Leg: &tone{}}); err != nil {
				b.t.Error(err)
			}
		}
		b.party("fxs1", nil)
		z := b.party("fxs2", script{tdm.Setup: say(alert, connect)})
		b.dial("fxs1", "202")
		synctest.Wait()
		for _, p := range b.parties["fxs1"].heard() {
			if p.Kind == tdm.Connect {
				b.t.Error("the caller is told of an answer")
			}
		}
		if got := z.heard(); got[len(got)-1].Kind != tdm.Disconnect {
			b.t.Errorf("the called party last heard %v", got[len(got)-1].Kind)
		}
		if r := b.records.last(b.t); r.Cause != tdm.CauseResourceUnavailable || !r.Answered.IsZero() || r.ReleasedBy != cdr.ByGateway {
			b.t.Errorf("record is %+v", r)
		}
	})
}
