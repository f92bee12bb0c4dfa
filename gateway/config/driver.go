package config

import "reflect"

// validateDrivers refuses what the file may say and this build has no driver for. It comes last, so that such a file is
// checked like any other.
func (c *Config) validateDrivers(r *report) {
	for i, card := range c.Cards {
		if card.Driver != "" && card.Driver != DriverEmu && card.Driver != DriverLink {
			r.fault(elem("card", i)+".driver", `this build has no driver %q: write emu or link`, card.Driver)
		}
	}
	for i, s := range c.Spans {
		r.fault(elem("span", i), "this build has no driver for it, span %q: remove the table", s.Name)
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
