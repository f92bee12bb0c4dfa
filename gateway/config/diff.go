package config

import (
	"fmt"
	"reflect"
	"slices"
)

// Diff says how two configurations differ: changes are what a reload applies to a running gateway, cannot is what needs a
// restart. Each is one line without secrets; both are empty when nothing differs. Lines, trunks, accounts, hunt groups,
// routes and digit maps are compared by name, routes by their order too.
func Diff(old, new *Config) (changes, cannot []string) {
	d := differ{}
	a, b := *old, *new
	// A block of count lines is the same as its lines one by one.
	a.Ports, b.Ports = old.Lines(), new.Lines()
	d.table("", reflect.ValueOf(a), reflect.ValueOf(b), false)
	if slices.Compare(names(old.Routes), names(new.Routes)) != 0 && sameSet(names(old.Routes), names(new.Routes)) {
		d.add(false, "route: another order")
	}
	return d.changes, d.cannot
}

func names(rs []Route) []string {
	out := make([]string, len(rs))
	for i, r := range rs {
		out[i] = r.Name
	}
	return out
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

type differ struct{ changes, cannot []string }

func (d *differ) add(restart bool, format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if restart {
		d.cannot = append(d.cannot, s)
	} else {
		d.changes = append(d.changes, s)
	}
}

// table compares the values of two tables; path begins each key.
func (d *differ) table(path string, a, b reflect.Value, restart bool) {
	for _, f := range fields(a.Type()) {
		x, y := a.Field(f.index), b.Field(f.index)
		p := path + f.key
		again := restart || f.tag.Get("apply") == "restart"
		switch {
		case isTable(f.typ):
			d.table(p+".", x, y, again)
		case isTables(f.typ):
			d.tables(f.key, x, y, again)
		case reflect.DeepEqual(x.Interface(), y.Interface()) || x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0:
		case f.tag.Get("secret") != "":
			d.add(again, "%s: changed", p)
		default:
			d.add(again, "%s: %s -> %s", p, literal(x), literal(y))
		}
	}
}

// tables compares by name. A line that appears or goes needs a restart, since it is a slot of a card.
func (d *differ) tables(key string, a, b reflect.Value, restart bool) {
	find := func(list reflect.Value, name string) (reflect.Value, bool) {
		for i := range list.Len() {
			if list.Index(i).FieldByName("Name").String() == name {
				return list.Index(i), true
			}
		}
		return reflect.Value{}, false
	}
	fixed := restart || key == "port"
	for i := range a.Len() {
		name := a.Index(i).FieldByName("Name").String()
		if y, ok := find(b, name); ok {
			d.table(key+" "+name+": ", a.Index(i), y, restart)
		} else {
			d.add(fixed, "%s %s: removed", key, name)
		}
	}
	for i := range b.Len() {
		name := b.Index(i).FieldByName("Name").String()
		if _, ok := find(a, name); !ok {
			d.add(fixed, "%s %s: added", key, name)
		}
	}
}
