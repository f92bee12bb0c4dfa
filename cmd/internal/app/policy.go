package app

import (
	"net/http"
	"strings"

	"tipring/gateway/call"
	"tipring/gateway/config"
	"tipring/gateway/route"
	"tipring/hw/emu"
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
	case route.Account:
		return a.sip.Account(t.Name)
	case route.Trunk:
		return a.sip.Trunk(t.Name)
	case route.Service:
		return call.Echo{}
	}
	return nil
}

// emuHandler serves the far ends of all emulated cards, each by the names of its ports; nil when there is none.
func (a *App) emuHandler() http.Handler {
	byPort := map[string]http.Handler{}
	var first http.Handler // knows how to say that there is no such port
	for _, c := range a.cards {
		if c.emu == nil {
			continue
		}
		h := c.emu.Handler()
		if first == nil {
			first = h
		}
		for _, slot := range c.emu.Info().Slots {
			byPort[slot.Name] = h
		}
	}
	if first == nil {
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		port, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/emu/"), "/")
		if h, ok := byPort[port]; ok {
			h.ServeHTTP(w, r)
			return
		}
		first.ServeHTTP(w, r)
	})
}

// Phone returns the telephone behind an emulated FXS port, nil when there is none.
func (a *App) Phone(port string) *emu.Phone {
	for _, c := range a.cards {
		if c.emu != nil && c.emu.Phone(port) != nil {
			return c.emu.Phone(port)
		}
	}
	return nil
}

// Exchange returns the exchange behind an emulated FXO port, nil when there is none.
func (a *App) Exchange(port string) *emu.Exchange {
	for _, c := range a.cards {
		if c.emu != nil && c.emu.Office(port) != nil {
			return c.emu.Office(port)
		}
	}
	return nil
}
