package app

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"tipring/gateway/api"
	"tipring/gateway/config"
	"tipring/tdm/loop"
)

// Reload implements api.Backend: it reads the configuration file again and applies what can be applied without dropping a
// call. A file with a fault changes nothing.
func (b backend) Reload() api.ReloadReport { return b.App.Reload() }

// Reload reads the configuration file again.
func (a *App) Reload() api.ReloadReport {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	refuse := func(faults ...string) api.ReloadReport {
		a.reloadOK.Store(false)
		for _, f := range faults {
			a.log.Error("reload refused", "fault", f)
		}
		return api.ReloadReport{Faults: faults}
	}
	if a.opt.Reload == nil {
		return refuse("the gateway runs on its built-in configuration; start it with -c FILE to have one to reload")
	}
	next, err := a.opt.Reload()
	var faults config.Faults
	if errors.As(err, &faults) {
		var text []string
		for _, f := range faults {
			text = append(text, f.Error())
		}
		return refuse(text...)
	}
	if err != nil {
		return refuse(err.Error())
	}
	running := a.cfg.Load()
	changes, cannot := config.Diff(running, next)
	if len(changes)+len(cannot) == 0 {
		a.reloadOK.Store(true)
		a.log.Info("reloaded: nothing has changed")
		return api.ReloadReport{}
	}
	kept, late, err := a.apply(running, next)
	if err != nil {
		return refuse(append(lines(err), cannotLines(cannot)...)...)
	}
	cannot = append(cannot, late...)
	a.cfg.Store(kept)
	a.reloadOK.Store(true)
	a.log.Info("reloaded", "applied", changes, "needs_restart", cannot)
	return api.ReloadReport{Applied: changes, Cannot: cannot}
}

// lines gives each of joined errors a line of its own.
func lines(err error) []string { return strings.Split(err.Error(), "\n") }

// cannotLines explains a refusal that may come from what stayed as it was.
func cannotLines(cannot []string) []string {
	out := make([]string, len(cannot))
	for i, s := range cannot {
		out[i] = "needs a restart: " + s
	}
	return out
}

// apply puts next into force for everything that starts from now on, but for what needs a restart. It returns what is in force
// then, and which lines have to be told again; on an error nothing has changed.
func (a *App) apply(running, next *config.Config) (kept *config.Config, late []string, err error) {
	kept, plan := config.Keep(running, next)
	policy, kinds, err := a.policy(plan)
	if err != nil {
		return nil, nil, err
	}
	type change struct {
		group *loop.Group
		was   config.Port
		line  loop.LineConfig
	}
	var changed []change
	var faults []error
	was := running.Lines()
	for i, p := range kept.Lines() {
		for _, c := range a.cards {
			if c.group.Line(p.Name) == nil {
				continue
			}
			lc := lineConfig(kept, p)
			faults = append(faults, c.group.Check(lc))
			changed = append(changed, change{c.group, was[i], lc})
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, nil, err
	}
	made, err := passwords(kept)
	if err != nil {
		return nil, nil, err
	}
	parties := a.sipParties(kept, made)
	if err := a.sip.Reconfigure(parties); err != nil {
		return nil, nil, err
	}
	a.passwords = made
	for _, c := range changed {
		if err := c.group.Reconfigure(c.line); err != nil {
			late = append(late, fmt.Sprintf("port %s: %v", c.was.Name, err))
			kept.SetLine(c.was)
		}
	}
	a.kinds.Store(&kinds)
	a.calls.SetPolicy(policy)
	a.setLevel(kept)
	return kept, late, nil
}

// setLevel has the log write what the configuration wants.
func (a *App) setLevel(cfg *config.Config) {
	var l slog.Level
	if a.opt.Level != nil && l.UnmarshalText([]byte(cfg.Log.Level)) == nil {
		a.opt.Level.Set(l)
	}
}
