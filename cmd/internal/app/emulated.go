package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"tipring/hw/emu"
)

// emuHandler serves the far ends of all emulated cards and modems as one; nil when there is none. What is under a port goes
// to the port's card.
func (a *App) emuHandler() http.Handler {
	var handlers []http.Handler
	var ports []string
	byPort := map[string]http.Handler{}
	for _, c := range a.cards {
		if c.emu == nil {
			continue
		}
		h := c.emu.Handler()
		handlers = append(handlers, h)
		for _, slot := range c.emu.Info().Slots {
			ports = append(ports, slot.Name)
			byPort[slot.Name] = h
		}
	}
	for _, l := range a.modems {
		if l.emu != nil {
			h := l.emu.Handler()
			handlers, ports, byPort[l.cfg.Name] = append(handlers, h), append(ports, l.cfg.Name), h
		}
	}
	for _, k := range a.spanCards {
		if k.emu == nil {
			continue
		}
		switches := map[string]emu.SpanSwitch{}
		for _, g := range k.groups {
			switches[g.cfg.Name] = g.farSwitch()
		}
		h := k.emu.Handler(switches)
		handlers = append(handlers, h)
		for name := range switches {
			ports, byPort[name] = append(ports, name), h
		}
	}
	switch len(handlers) {
	case 0:
		return nil
	case 1:
		return handlers[0]
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /emu/{$}", func(w http.ResponseWriter, r *http.Request) {
		all := []emu.Status{}
		for _, name := range ports {
			if p := a.Phone(name); p != nil {
				all = append(all, p.Status())
			} else if x := a.Exchange(name); x != nil {
				all = append(all, x.Status())
			}
		}
		emuAnswer(w, http.StatusOK, all)
	})
	mux.HandleFunc("/emu/{port}/{verb}", func(w http.ResponseWriter, r *http.Request) {
		if h, ok := byPort[r.PathValue("port")]; ok {
			h.ServeHTTP(w, r)
			return
		}
		emuAnswer(w, http.StatusNotFound, map[string]string{
			"error": fmt.Sprintf("port %q: not found among the emulated ones: there are %s", r.PathValue("port"), some(ports)),
		})
	})
	mux.Handle("/", handlers[0]) // says what paths there are
	return mux
}

func emuAnswer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(v) // an error here is the client's, who has gone
}

// some is the first names of a list, for a message.
func some(names []string) string {
	if len(names) > 8 {
		names = append(names[:8:8], "...")
	}
	return strings.Join(names, " ")
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

// Exchange returns the exchange behind an emulated FXO port or modem, nil when there is none.
func (a *App) Exchange(port string) *emu.Exchange {
	if l := a.modemLineOf(port); l != nil && l.emu != nil {
		return l.emu.Office()
	}
	for _, c := range a.cards {
		if c.emu != nil && c.emu.Office(port) != nil {
			return c.emu.Office(port)
		}
	}
	return nil
}
