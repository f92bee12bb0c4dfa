package app

import (
	"context"
	"os"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/hw/modem/modemtest"
	"tipring/hw/serial"
	"tipring/hw/uevent"
	"tipring/tdm"
)

// A deviceTree is what is at paths of /dev: emulated modems, and line cards.
type deviceTree struct {
	mu     sync.Mutex
	modems map[string]*emu.Modem
	ports  map[string]func() (serial.Port, error) // and line cards
}

func (d *deviceTree) open(cfg serial.Config) (serial.Port, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if open := d.ports[cfg.Path]; open != nil {
		return open()
	}
	m := d.modems[cfg.Path]
	if m == nil {
		return nil, os.ErrNotExist
	}
	return modemtest.Plug(m, false)
}

// put plugs a modem in at a path, or takes away what is there when m is nil.
func (d *deviceTree) put(path string, m *emu.Modem) {
	d.mu.Lock()
	was := d.modems[path]
	if d.modems == nil {
		d.modems = map[string]*emu.Modem{}
	}
	d.modems[path] = m
	d.mu.Unlock()
	if was != nil {
		was.Unplug()
	}
}

// putPort plugs something else in at a path, or takes it away when open is nil.
func (d *deviceTree) putPort(path string, open func() (serial.Port, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ports == nil {
		d.ports = map[string]func() (serial.Port, error){}
	}
	d.ports[path] = open
}

// kernel is the source of uevents of a story.
func (w *world) kernel(ctx context.Context, f func(uevent.Event)) error {
	for {
		select {
		case e := <-w.uevents:
			f(e)
		case <-ctx.Done():
			return nil
		}
	}
}

// A modem is pulled in a call, which ends with a cause; plugged in again a hundred times, its line is back in service within 2 s
// each time, under its name, and nothing is left behind.
func TestHotPlug(t *testing.T) {
	const path, node = "/dev/tipring/modem-A1", "/dev/ttyACM3"
	play(t, withModem, func(cfg *config.Config) {
		toTrunk(cfg)
		cfg.Modems[0].Device, cfg.Modems[0].Emulate, cfg.Modems[0].Dialect = path, "", "si2494"
	}, func(w *world) {
		m, err := emu.NewModem(emu.ModemConfig{Model: "si2494", Line: emu.Line{Name: "modem1"}})
		w.must(err)
		ctx, stop := context.WithCancel(context.Background())
		var far sync.WaitGroup
		far.Go(func() { m.Run(ctx) })
		w.Cleanup(func() { stop(); far.Wait() })
		state := func() string { return w.lineOf("modem1").State }
		within := func(d time.Duration, want string) bool {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				if state() == want {
					return true
				}
			}
			return false
		}
		plug := func() {
			w.sockets.put(path, m)
			w.uevents <- uevent.Event{Action: uevent.Add, Path: "/devices/x", Node: "/dev/ttyACM9"} // another device
			w.uevents <- uevent.Event{Action: uevent.Add, Path: "/devices/y", Node: node, Links: []string{path}, FromUdev: true}
		}
		pull := func() {
			w.sockets.put(path, nil)
			w.uevents <- uevent.Event{Action: uevent.Remove, Path: "/devices/y", Node: node}
		}
		if state() != "out_of_service" {
			t.Fatalf("without its modem the line is %s", state())
		}
		time.Sleep(absence()) // nobody is in a hurry to look any more
		plug()
		if !within(2*time.Second, "idle") {
			t.Fatalf("the line is %+v", w.lineOf("modem1"))
		}

		trunk := w.trunk()
		x := m.Office()
		w.must(x.Ring("5557788", "John Doe"))
		trunk.answered(time.Second)
		w.await(x, "off-hook", emu.OffHook)
		time.Sleep(time.Second)
		pull()
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
		if r := w.record(); r.Cause != tdm.CauseDestinationOutOfOrder || r.ReleasedBy == cdr.ByCalled || r.Answered.IsZero() {
			t.Errorf("record is %+v", r)
		}

		goroutines := 0
		rounds := 100
		if testing.Short() {
			rounds = 8
		}
		for i := range rounds {
			if !within(time.Second, "out_of_service") {
				t.Fatalf("pulled out %d times the line is %+v", i+1, w.lineOf("modem1"))
			}
			plug()
			if !within(2*time.Second, "idle") {
				t.Fatalf("plugged in %d times the line is %+v", i+1, w.lineOf("modem1"))
			}
			synctest.Wait()
			// A modem's port has goroutines that come and go; one that stayed would be there a hundred times.
			if n := runtime.NumGoroutine(); i == 0 {
				goroutines = n
			} else if n > goroutines+10 {
				t.Fatalf("%d goroutines became %d", goroutines, n)
			}
			pull()
		}
		plug() // before anybody has seen that it was gone
		if !within(5*time.Second, "idle") {
			t.Errorf("the line is %+v", w.lineOf("modem1"))
		}
	})
}

// absence is how long a device is missing at first: longer than anybody looks for it often, and under the race detector no
// longer than that.
func absence() time.Duration {
	if testing.Short() {
		return 2 * time.Minute
	}
	return time.Hour
}
