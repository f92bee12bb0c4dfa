package app

import (
	"context"
	"path/filepath"

	"tipring/hw/uevent"
)

// A pluggable is a device that comes and goes while the gateway runs. Its driver notices by itself that it has gone; that it is
// back the driver finds out sooner when it is told.
type pluggable struct {
	line     string // line or card
	path     string // as the configuration names it: a node or a link
	appeared func()
}

// concerns says whether an event may mean that the device is there: it names the device, or nobody knows what happened.
func (p pluggable) concerns(e uevent.Event) bool {
	if e.Path == "" { // the system has dropped events
		return true
	}
	if e.Action == uevent.Remove {
		return false
	}
	if e.Names(p.path) {
		return true
	}
	node, err := filepath.EvalSymlinks(p.path)
	return err == nil && e.Node == node
}

// pluggables lists the devices of the configuration.
func (a *App) pluggables() []pluggable {
	var out []pluggable
	for _, m := range a.modems {
		for _, path := range []string{m.cfg.Device, m.cfg.Audio} {
			if path != "" {
				out = append(out, pluggable{m.cfg.Name, path, m.modem.Appeared})
			}
		}
	}
	for _, c := range a.cards {
		for _, path := range c.paths {
			out = append(out, pluggable{c.name, path, c.link.Appeared})
		}
	}
	return out
}

// hotplug tells drivers that their devices are back, until ctx is done. Where the system lets nobody listen, drivers go on trying
// by themselves.
func (a *App) hotplug(ctx context.Context) error {
	devices := a.pluggables()
	if len(devices) == 0 {
		return nil
	}
	listen := a.opt.Uevents
	if listen == nil {
		l, err := uevent.Listen()
		if err != nil {
			a.log.Warn("devices that are plugged in are found late", "err", err)
			return nil
		}
		listen = l.Run
	}
	err := listen(ctx, func(e uevent.Event) {
		for _, d := range devices {
			if d.concerns(e) {
				a.log.Debug("device appeared", "line", d.line, "path", d.path)
				d.appeared()
			}
		}
	})
	if err != nil {
		a.log.Warn("devices that are plugged in are found late from now on", "err", err)
	}
	return nil
}
