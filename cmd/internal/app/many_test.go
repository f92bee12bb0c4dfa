package app

import (
	"fmt"
	"testing"
	"time"

	"tipring/hw/emu"
)

// The largest emulated card: every eighth of its 240 telephones calls the one after it, all at once.
func TestManyLines(t *testing.T) {
	play(t, "fxs=240,fxo=240", nil, func(w *world) {
		const every = 8
		for i := 1; i <= 240; i += every {
			p := w.lift(fmt.Sprintf("fxs%d", i))
			w.must(p.Dial(w.Context(), fmt.Sprintf("%d", 2000+i+1), false))
		}
		for i := 1; i <= 240; i += every {
			q := w.phone(fmt.Sprintf("fxs%d", i+1))
			w.await(q, "ringing", emu.Ringing)
			w.must(q.OffHook())
		}
		time.Sleep(time.Second)
		if got := w.scrape().sum("tipring_calls_active", `state="talking"`); got != 240/every {
			t.Errorf("%v calls are up, want %d", got, 240/every)
		}
		w.crossed(w.phone("fxs1"), w.phone("fxs2"))
		w.crossed(w.phone("fxs233"), w.phone("fxs234"))
		for i := 1; i <= 240; i += every {
			w.must(w.phone(fmt.Sprintf("fxs%d", i)).OnHook())
			w.must(w.phone(fmt.Sprintf("fxs%d", i+1)).OnHook())
		}
		time.Sleep(5 * time.Second)
		if got := w.scrape().sum("tipring_calls_total", `outcome="answered"`); got != 240/every {
			t.Errorf("%v calls were answered, want %d", got, 240/every)
		}
	})
}
