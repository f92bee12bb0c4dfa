package config

import (
	"reflect"
	"slices"
)

// Keep returns what a running gateway is to go on with when its file says next: next, but for the values that only a restart
// changes, which stay as they are in running. A line that next no longer has stays as it is too. A line that next adds is not
// in kept, so that Diff tells of it again at the next reload; it is in plan, which is kept for the dial plan alone, so that
// routes and hunt groups can name it already.
func Keep(running, next *Config) (kept, plan *Config) {
	kept = new(Config)
	*kept = *next
	keepTable(reflect.ValueOf(kept).Elem(), reflect.ValueOf(running).Elem())
	kept.Cards, kept.Ports = slices.Clone(running.Cards), nil
	added := []Port(nil)
	present := running.Lines()
	for _, line := range next.Lines() {
		i := slices.IndexFunc(present, func(p Port) bool { return p.Name == line.Name })
		if i < 0 {
			added = append(added, line)
			continue
		}
		keepTable(reflect.ValueOf(&line).Elem(), reflect.ValueOf(&present[i]).Elem())
		kept.Ports = append(kept.Ports, line)
		present = slices.Delete(present, i, i+1)
	}
	kept.Ports = append(kept.Ports, present...)
	plan = new(Config)
	*plan = *kept
	plan.Ports = slices.Concat(kept.Ports, added)
	plan.Modems = slices.Clone(kept.Modems)
	for _, m := range next.Modems {
		if !slices.ContainsFunc(kept.Modems, func(o Modem) bool { return o.Name == m.Name }) {
			plan.Modems = append(plan.Modems, m)
		}
	}
	return kept, plan
}

// keepTable copies the values that need a restart, tables in the table included.
func keepTable(to, from reflect.Value) {
	for _, f := range fields(to.Type()) {
		switch {
		case f.tag.Get("apply") == "restart":
			to.Field(f.index).Set(from.Field(f.index))
		case isTable(f.typ):
			keepTable(to.Field(f.index), from.Field(f.index))
		}
	}
}

// SetLine replaces the line with the name of p in a Config that Keep has made.
func (c *Config) SetLine(p Port) {
	for i := range c.Ports {
		if c.Ports[i].Name == p.Name {
			c.Ports[i] = p
		}
	}
}
