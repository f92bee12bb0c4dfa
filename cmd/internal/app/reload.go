package app

import (
	"errors"

	"tipring/gateway/api"
	"tipring/gateway/config"
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
	old := a.cfg.Load()
	changes, cannot := config.Diff(old, next)
	if len(changes)+len(cannot) == 0 {
		a.reloadOK.Store(true)
		return api.ReloadReport{}
	}
	if err := a.apply(next); err != nil {
		return refuse(err.Error())
	}
	a.cfg.Store(next)
	a.reloadOK.Store(true)
	a.log.Info("reloaded", "applied", changes, "needs_restart", cannot)
	return api.ReloadReport{Applied: changes, Cannot: cannot}
}

// apply puts a configuration into force for everything that starts from now on.
func (a *App) apply(cfg *config.Config) error {
	made, err := passwords(cfg)
	if err != nil {
		return err
	}
	a.passwords = made
	policy, err := a.policy(cfg)
	if err != nil {
		return err
	}
	if err := a.sip.Reconfigure(a.sipParties(cfg)); err != nil {
		return err
	}
	for _, c := range a.cards {
		for _, p := range cfg.Lines() {
			if p.Card != c.name || c.group.Line(p.Name) == nil {
				continue // a line that is new needs a restart, as the report says
			}
			if err := c.group.Reconfigure(lineConfig(cfg, p)); err != nil {
				return err
			}
		}
	}
	a.calls.SetPolicy(policy)
	return nil
}
