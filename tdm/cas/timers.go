package cas

import "tipring/tdm"

// Timers are the running timers of a machine, in the samples of whoever drives it. The zero value has none.
type Timers struct {
	at  [MaxTimers]int64 // 0: not running
	any bool
}

// Do carries out an output if it is one of Start and Stop; now is that of the input.
func (t *Timers) Do(o *Output, now int64) {
	switch o.Kind {
	case Start:
		t.at[o.Timer], t.any = max(1, now+int64(o.Ms)*tdm.Quantum), true
	case Stop:
		t.at[o.Timer] = 0
	}
}

// Due stops and returns the timer that has to expire first, with its time, if that is not after now.
func (t *Timers) Due(now int64) (due Timer, at int64, ok bool) {
	if !t.any {
		return 0, 0, false
	}
	for i, x := range t.at {
		if x != 0 && x <= now && (!ok || x < at) {
			due, at, ok = Timer(i), x, true
		}
	}
	if ok {
		t.at[due] = 0
		return due, at, true
	}
	t.any = t.at != [MaxTimers]int64{}
	return 0, 0, false
}

// Each calls f with every running timer and its time.
func (t *Timers) Each(f func(Timer, int64)) {
	for i, x := range t.at {
		if x != 0 {
			f(Timer(i), x)
		}
	}
}
