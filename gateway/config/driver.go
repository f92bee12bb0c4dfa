package config

import (
	"reflect"
	"slices"
	"strings"
)

// drivers are those of this build.
var drivers = []string{DriverEmu, DriverLink, DriverPseudowire}

// validateDrivers refuses what the file may say and this build has no driver for. It comes last, so that such a file is
// checked like any other.
func (c *Config) validateDrivers(r *report) {
	for i, card := range c.Cards {
		if card.Driver != "" && !slices.Contains(drivers, card.Driver) {
			r.fault(elem("card", i)+".driver", `this build has no driver %q: write %s or %s`, card.Driver, strings.Join(drivers[:len(drivers)-1], ", "), drivers[len(drivers)-1])
		}
	}
	for i, s := range c.Spans {
		path := elem("span", i)
		switch {
		case s.Signalling == "none":
			r.fault(path+".signalling", "this build has no clear spans: write pri or cas")
		case s.Dial == "pulse":
			r.fault(path+".dial", "this build sends no dial pulses over spans: write dtmf or mf")
		}
		for _, k := range c.Cards {
			if k.Name == c.SpanCard(s) && k.Driver == DriverLink {
				r.fault(path+".card", "card %s is behind a link: this build has spans on emulated cards alone", k.Name)
			}
		}
	}
}

// checkKinds finds keys that belong to another kind of the table; kind says of which one an element is.
func checkKinds[T any](r *report, set map[string]bool, table string, list []T, kind func(T) string) {
	for _, f := range fields(reflect.TypeFor[T]()) {
		want := f.tag.Get("kind")
		for i, x := range list {
			if path := elem(table, i) + "." + f.key; want != "" && set[path] && kind(x) != "" && kind(x) != want {
				article := "a"
				if kind(x)[0] == 'f' || kind(x)[0] == 'e' {
					article = "an" // fxs, fxo, emu
				}
				r.fault(path, "is for %s %ss, this is %s %s %s: remove it", want, table, article, kind(x), table)
			}
		}
	}
}
