package pri

import (
	"context"
	"errors"
	"time"

	"tipring/tdm"
	"tipring/tdm/fsm"
	"tipring/tdm/q931"
)

var (
	errEnded = errors.New("the signalling group has ended")
	errFull  = errors.New("the signalling group is overloaded: try again")
)

// ask has the group's goroutine answer and waits for it.
func ask[A any](ctx context.Context, g *Group, f func(l *q931.Link) A) (none A, err error) {
	answer := make(chan A, 1)
	if !g.post(message{kind: msgDo, f: func(l *q931.Link, _ time.Duration) []q931.Output {
		answer <- f(l)
		return nil
	}}) {
		return none, errFull
	}
	select {
	case a := <-answer:
		return a, nil
	case <-g.ended:
		return none, errEnded
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// Machines lists the live state machines of the group. Their times are in nanoseconds since began.
func (g *Group) Machines(ctx context.Context) (list []fsm.Instance, began time.Time, err error) {
	type answer struct {
		list  []fsm.Instance
		began time.Time
	}
	a, err := ask(ctx, g, func(l *q931.Link) answer { return answer{l.Machines(g.cfg.Name), g.began} })
	return a.list, a.began, err
}

// Reserve keeps new calls from B channels, for a test of the line, unless calls are on them: these are returned as busy, and
// nothing is done but with force. taken are the channels that were not blocked before: Block lets calls on them again.
func (g *Group) Reserve(ctx context.Context, channels []tdm.Channel, force bool) (taken, busy []tdm.Channel, err error) {
	type answer struct{ taken, busy []tdm.Channel }
	a, err := ask(ctx, g, func(l *q931.Link) (a answer) {
		for _, ch := range channels {
			status := l.ChannelStatus(ch)
			if status == "busy" {
				a.busy = append(a.busy, ch)
			}
			if status != "none" && !g.hunters[ch.Interface].Blocked(int(ch.Timeslot)) {
				a.taken = append(a.taken, ch)
			}
		}
		if len(a.busy) > 0 && !force {
			a.taken = nil
		}
		for _, ch := range a.taken {
			g.block(ch, true)
		}
		return a
	})
	return a.taken, a.busy, err
}
