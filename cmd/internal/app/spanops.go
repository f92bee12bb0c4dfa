package app

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tipring/gateway/api"
	"tipring/tdm"
	"tipring/tdm/fsm"
)

// named returns the span of that name, or a refusal.
func (a *App) named(span string) (*spanGroup, error) {
	if g := a.spanOf(span); g != nil {
		return g, nil
	}
	var names []string
	for _, k := range a.spanCards {
		for _, g := range k.groups {
			names = append(names, g.cfg.Name)
		}
	}
	return nil, &api.Refusal{Status: http.StatusNotFound, Title: "no such span", Detail: fmt.Sprintf("%q; there are %s", span, cmp.Or(some(names), "none"))}
}

// inUse is what is answered to who would disturb calls.
func inUse(span string, what string) error {
	return &api.Refusal{Status: http.StatusConflict, Title: "span in use", Detail: fmt.Sprintf("%s: %s; with force it is done nevertheless", span, what)}
}

// controller returns what loops and tests the span's line.
func (g *spanGroup) controller() (tdm.SpanController, error) {
	c, ok := g.card.card.(tdm.SpanController)
	if !ok {
		return nil, fmt.Errorf("card %s can neither loop nor test its spans", g.card.name)
	}
	if !g.card.up.Load() {
		return nil, &api.Refusal{Status: http.StatusConflict, Title: "card down", Detail: fmt.Sprintf("card %s does not work", g.card.name)}
	}
	return c, nil
}

// Performance implements api.SpanOperator.
func (b backend) Performance(span string) (api.SpanPerformance, error) {
	g, err := b.named(span)
	if err != nil {
		return api.SpanPerformance{}, err
	}
	return g.record.api(span), nil
}

// Loop implements api.SpanOperator.
func (b backend) Loop(_ context.Context, span string, l api.SpanLoop) error {
	g, err := b.named(span)
	if err != nil {
		return err
	}
	c, err := g.controller()
	if err != nil {
		return err
	}
	loops := []tdm.SpanLoop{tdm.LoopNone, tdm.LoopLine, tdm.LoopPayload, tdm.LoopLocal}
	i := slices.IndexFunc(loops, func(x tdm.SpanLoop) bool { return x.String() == l.Loop })
	if i < 0 {
		return fmt.Errorf("loop %q: want line, payload, local or none", l.Loop)
	}
	if n := g.carried(); n > 0 && loops[i] != tdm.LoopNone && !l.Force {
		return inUse(span, fmt.Sprintf("a loop would cut off %d calls", n))
	}
	op := tdm.SpanSetLoop
	if l.Far {
		op = tdm.SpanSetFarLoop
	}
	return c.SpanControl(g.line, tdm.SpanCommand{Op: op, Loop: loops[i]})
}

// carried is how many calls the span carries: on its B channels, or as signalling on its D channel.
func (g *spanGroup) carried() int {
	if g.cas != nil {
		return g.cas.Status().Calls
	}
	if g.cfg.DChannel != "none" {
		return g.Status().Calls
	}
	return g.api().Calls
}

const (
	maxTest   = 24 * time.Hour
	maxInsert = 1_000_000
	// lookEvery is how often the test is looked at, tellEvery how often its progress is told.
	lookEvery = 100 * time.Millisecond
	tellEvery = time.Second
)

// Test implements api.SpanOperator. B channels that are tested take no calls meanwhile.
func (b backend) Test(ctx context.Context, span string, t api.SpanTest, tell func(api.SpanTestResult) error) error {
	g, err := b.named(span)
	if err != nil {
		return err
	}
	c, err := g.controller()
	if err != nil {
		return err
	}
	pattern, ok := tdm.ParsePattern(t.Pattern)
	if !ok || pattern == tdm.PatternNone {
		return fmt.Errorf("pattern %q: want %s", t.Pattern, patterns())
	}
	slots, err := g.timeslots(t.Timeslots)
	if err != nil {
		return err
	}
	length := time.Duration(t.Seconds * float64(time.Second))
	if !(t.Seconds >= 0 && t.Seconds <= maxTest.Seconds()) || t.Insert < 0 || t.Insert > maxInsert {
		return fmt.Errorf("a test of %g s with %d errors: want 0 to %g s and 0 to %d errors", t.Seconds, t.Insert, maxTest.Seconds(), maxInsert)
	}
	if !g.testing.CompareAndSwap(false, true) {
		return &api.Refusal{Status: http.StatusConflict, Title: "span in use", Detail: span + ": another test is running"}
	}
	defer g.testing.Store(false)
	release, err := g.reserve(ctx, slots, t.Force)
	if err != nil {
		return err
	}
	defer release()
	if err := c.SpanControl(g.line, tdm.SpanCommand{Op: tdm.SpanSetBERT, Pattern: pattern, Timeslots: slots}); err != nil {
		return err
	}
	defer c.SpanControl(g.line, tdm.SpanCommand{Op: tdm.SpanSetBERT}) // what has begun can be ended
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	began, told, inserted := time.Now(), time.Duration(0), 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		x := g.card.card.SpanStatus(g.line).BERT
		if x.Sync && inserted == 0 && t.Insert > 0 {
			if err := c.SpanControl(g.line, tdm.SpanCommand{Op: tdm.SpanInsertErrors, N: t.Insert}); err != nil {
				return err
			}
			inserted = t.Insert
		}
		passed := time.Since(began).Round(lookEvery)
		final := length > 0 && passed >= length
		if !final && passed < told+tellEvery {
			continue
		}
		told = passed
		err := tell(api.SpanTestResult{
			Seconds: passed.Seconds(), Sync: x.Sync, Bits: int64(x.Bits), Errors: int64(x.Errors), Losses: int64(x.Losses), Inserted: inserted, Final: final,
		})
		if err != nil || final {
			return err
		}
	}
}

func patterns() string {
	var names []string
	for p := tdm.PRBS9; p <= tdm.Alternating; p++ {
		names = append(names, p.String())
	}
	return strings.Join(names, ", ")
}

// timeslots is a list as a mask; none is all.
func (g *spanGroup) timeslots(list []int) (mask uint32, err error) {
	n := g.framing.Timeslots()
	for _, t := range list {
		if t < 1 || t > n {
			return 0, fmt.Errorf("timeslot %d: span %s has 1 to %d", t, g.cfg.Name, n)
		}
		mask |= 1 << t
	}
	if mask == 0 {
		mask = 1<<(n+1) - 2
	}
	return mask, nil
}

// reserve keeps calls away from timeslots, and refuses when some are there.
func (g *spanGroup) reserve(ctx context.Context, slots uint32, force bool) (release func(), err error) {
	if g.cas != nil {
		return g.cas.reserve(slots, force)
	}
	st := g.Status()
	if d := g.dTimeslot(); g.cfg.DChannel != "none" && slots>>d&1 != 0 && st.Calls > 0 && !force {
		return nil, inUse(g.cfg.Name, fmt.Sprintf("timeslot %d is the D channel of %d calls", d, st.Calls))
	}
	var channels []tdm.Channel
	for _, c := range st.Channels {
		if int(c.Channel.Interface) == g.index && slots>>c.Channel.Timeslot&1 != 0 {
			channels = append(channels, c.Channel)
		}
	}
	taken, busy, err := g.Reserve(ctx, channels, force)
	if err == nil && len(busy) > 0 && !force {
		err = inUse(g.cfg.Name, fmt.Sprintf("%d of the timeslots have calls", len(busy)))
	}
	return func() {
		for _, ch := range taken {
			g.Block(ch, false)
		}
	}, err
}

// Trace implements api.SpanOperator.
func (b backend) Trace(ctx context.Context, span string, begin func() error, tell func(api.SpanFrame) error) error {
	g, err := b.named(span)
	if err != nil {
		return err
	}
	if g.cas != nil {
		return &api.Refusal{Status: http.StatusConflict, Title: "no D channel", Detail: span + " signals by bits, it has no D channel: its channels are among the machines"}
	}
	frames, stop := g.Trace()
	defer stop()
	if err := begin(); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case f := <-frames:
			err := tell(api.SpanFrame{At: f.At.UTC(), D: f.D, Sent: f.Sent, Network: g.cfg.Side == "network", Lost: f.Lost, Octets: f.Octets})
			if err != nil {
				return err
			}
		}
	}
}

// Machines implements api.SpanOperator: the state machines of the lines, then those of the signalling groups.
func (b backend) Machines(ctx context.Context) ([]api.Machine, error) {
	var out []api.Machine
	for _, c := range b.cards {
		// Their time is that of the card.
		zero := time.Now().Add(-tdm.Duration(c.pump.Now()))
		out = append(out, machines(c.group.Machines(), func(at int64) time.Time { return zero.Add(tdm.Duration(at)) })...)
	}
	for _, k := range b.spanCards {
		zero := time.Now().Add(-tdm.Duration(k.pump.Now()))
		for _, g := range k.groups {
			if g.cas != nil {
				out = append(out, machines(g.cas.Machines(), func(at int64) time.Time { return zero.Add(tdm.Duration(at)) })...)
			}
		}
	}
	for _, g := range b.signalling {
		list, began, err := g.Machines(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.Name(), err)
		}
		out = append(out, machines(list, func(at int64) time.Time { return began.Add(time.Duration(at)) })...)
	}
	return out, nil
}

func machines(list []fsm.Instance, when func(at int64) time.Time) []api.Machine {
	var out []api.Machine
	for _, x := range list {
		m := api.Machine{Machine: x.Machine, Name: x.Name, State: x.State, Since: when(x.Since).UTC(), Parent: x.Parent, Timers: []api.MachineTimer{}}
		for _, t := range x.Timers {
			m.Timers = append(m.Timers, api.MachineTimer{Name: t.Name, At: when(t.At).UTC()})
		}
		out = append(out, m)
	}
	return out
}
