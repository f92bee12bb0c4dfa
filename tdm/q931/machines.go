package q931

import (
	"fmt"
	"time"

	"tipring/tdm/fsm"
)

// Machines lists the live state machines of a group of that name: data links, the two halves of the global call reference, the
// calls in being and what of them is on hold. Times are those that the owner gives, in nanoseconds.
func (l *Link) Machines(group string) []fsm.Instance {
	calls := l.sorted()
	out := make([]fsm.Instance, 0, len(calls)+len(l.d)+2)
	add := func(machine, name, parent, state string, since time.Duration, timers ...*timer) {
		x := fsm.Instance{Machine: machine, Name: name, State: state, Since: int64(since), Parent: parent}
		for _, t := range timers {
			if t.running() {
				x.Timers = append(x.Timers, fsm.Timer{Name: t.kind.String(), At: int64(t.at)})
			}
		}
		out = append(out, x)
	}
	for i, d := range l.d {
		add("q921", fmt.Sprintf("%s D channel %d", group, i), group, d.data.State().String(), d.since, &d.timers[0], &d.timers[1], &d.retry)
	}
	for _, h := range []struct {
		name string
		*restartHalf
	}{{"asks", &l.restart.asks}, {"is asked", &l.restart.asked}} {
		add("restart", group+" "+h.name, group, h.state.String(), h.since, &h.timer)
	}
	for _, c := range calls {
		name := group + " " + c.name()
		if c.channel.Timeslot != 0 {
			name = fmt.Sprintf("%s on %d/%d", name, c.channel.Interface, c.channel.Timeslot)
		}
		timers := make([]*timer, len(c.timers))
		for i := range timers {
			timers[i] = &c.timers[i]
		}
		add("q931", name, group, l.roles.letter+c.state.String(), c.since, timers...)
		if c.hold != holdIdle {
			add("hold", name, name, c.hold.String(), c.holdSince)
		}
	}
	return out
}
