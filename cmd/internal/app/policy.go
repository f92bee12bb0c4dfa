package app

import (
	"tipring/gateway/call"
	"tipring/gateway/config"
	"tipring/gateway/route"
	"tipring/tdm"
	"tipring/tdm/loop"
)

// incomingLine starts a call that a line originates.
func (a *App) incomingLine(c *loop.Call, setup tdm.Primitive) func(tdm.Primitive) {
	return a.calls.Incoming(lineCall{c}, setup)
}

// incomingSIP starts a call that an account or a trunk originates.
func (a *App) incomingSIP(p call.Party, setup tdm.Primitive) call.Up {
	return a.calls.Incoming(p, setup)
}

// kind says what a party's name stands for.
func (a *App) kind(name string) route.Kind {
	if k, ok := (*a.kinds.Load())[name]; ok {
		return k
	}
	return route.Service
}

// policy is what a configuration means for calls, and what the names of its ports stand for.
func (a *App) policy(cfg *config.Config) (call.Policy, map[string]route.Kind, error) {
	table, err := cfg.Table(&a.hunts)
	if err != nil {
		return call.Policy{}, nil, err
	}
	kinds := map[string]route.Kind{}
	for _, p := range cfg.Plan(nil).Ports {
		kinds[p.Name] = p.Kind
	}
	dialling := map[string]call.Dialling{}
	for name, d := range cfg.Dialling() {
		dialling[name] = call.Dialling{
			Map: d.Map, FirstDigit: d.Timers.FirstDigit, InterDigit: d.Timers.InterDigit, Hotline: d.Hotline, HotlineAfter: d.HotlineAfter,
		}
	}
	limits := map[string]int{}
	for _, t := range cfg.Trunks {
		limits[t.Name] = t.MaxCalls
	}
	return call.Policy{
		Routes:   table,
		Loss:     func(from, to route.Kind) float64 { return cfg.Loss.DB(string(from), string(to)) },
		Limit:    func(party string) int { return limits[party] },
		Dialling: func(line string) call.Dialling { return dialling[line] },
		Endpoint: a.endpoint,
		NoAnswer: cfg.Timers.NoAnswer,
	}, kinds, nil
}

// endpoint finds what a route names.
func (a *App) endpoint(t route.Target) call.Endpoint {
	switch t.Kind {
	case route.FXS, route.FXO:
		for _, c := range a.cards {
			if l := c.group.Line(t.Name); l != nil {
				return line{l}
			}
		}
		if l := a.modemLineOf(t.Name); l != nil {
			return l
		}
	case route.Account:
		return a.sip.Account(t.Name)
	case route.Trunk:
		if g := a.spanOf(t.Name); g != nil {
			return g
		}
		return a.sip.Trunk(t.Name)
	case route.Service:
		return call.Echo{}
	}
	return nil
}
