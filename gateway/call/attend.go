package call

import (
	"context"
	"sync"

	"tipring/gateway/cdr"
	"tipring/tdm"
)

// An Attended is a call that a service on the party's own line serves: an announcement, a menu, an answering machine. Its
// methods belong to the service's goroutine.
type Attended struct{ c *call }

// Attend has serve serve the call that p originates and returns when the call has ended and p is released. Like every other
// the call has a record, is listed and can be cleared; nobody else is called. hear gets the way for p to send its
// primitives, before serve runs. The context of serve ends when the caller has gone or the call is cleared; what serve
// returns is why the call ends otherwise, reason where the cause says too little.
func (s *Switch) Attend(p Party, setup tdm.Primitive, service string, hear func(Up), serve func(context.Context, *Attended) (cause tdm.Cause, reason string)) {
	c := newCall(s, p, setup)
	if !s.add(c) {
		return
	}
	defer s.remove(c)
	hear(c.up(c.a))
	c.begin()
	defer c.finish()
	c.rec.Route = service
	c.take(c.a)
	c.setState(Routing)
	ctx, cancel := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() {
		defer cancel()
		for alive := true; alive; {
			_, _, alive = c.next(nil)
		}
	})
	cause, reason := serve(ctx, &Attended{c})
	c.clear(ending{by: cdr.ByGateway, cause: cause, reason: reason}) // if nothing else has ended the call
	watch.Wait()
}

// ID is the call's, for logs and names of files.
func (a *Attended) ID() string { return a.c.id }

// Answered tells that the line is off hook.
func (a *Attended) Answered() {
	c := a.c
	c.answered = c.s.cfg.Now()
	c.rec.Answered = c.answered
	c.setState(Talking)
	c.log.Info("answered", c.a.place("route", c.rec.Route)...)
	c.s.cfg.Records.Update(c.rec)
}

// Dialled tells what the caller has dialled.
func (a *Attended) Dialled(digits string) {
	a.c.rec.To = digits
	a.c.setState(Talking)
	a.c.log.Info("number dialled", "digits", digits)
}

// Note logs what has happened, with the call's id.
func (a *Attended) Note(msg string, attrs ...any) { a.c.log.Info(msg, a.c.a.place(attrs...)...) }
