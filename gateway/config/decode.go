package config

import (
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A field is one key that a struct knows, with the tags of config.go.
type field struct {
	index    int
	key      string
	typ      reflect.Type
	tag      reflect.StructTag
	required bool
}

// fields returns the keys of a struct in their order.
func fields(t reflect.Type) []field {
	var fs []field
	for i := range t.NumField() {
		f := t.Field(i)
		if key := f.Tag.Get("toml"); f.IsExported() && key != "" && key != "-" {
			fs = append(fs, field{i, key, f.Type, f.Tag, f.Tag.Get("required") != ""})
		}
	}
	return fs
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	addrType     = reflect.TypeFor[netip.Addr]()
	addrPortType = reflect.TypeFor[netip.AddrPort]()
	prefixType   = reflect.TypeFor[netip.Prefix]()
)

// isTable says whether a type is a table of the file and not a value.
func isTable(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != addrType && t != addrPortType && t != prefixType
}

// isTables says whether a type is an array of tables.
func isTables(t reflect.Type) bool { return t.Kind() == reflect.Slice && isTable(t.Elem()) }

// setDefaults fills a struct with the defaults of its tags. They are part of the program: a bad one panics.
func setDefaults(v reflect.Value) {
	for _, f := range fields(v.Type()) {
		if isTable(f.typ) {
			setDefaults(v.Field(f.index))
			continue
		}
		def, ok := f.tag.Lookup("default")
		if !ok {
			continue
		}
		var raw any = def
		switch {
		case f.typ.Kind() == reflect.Slice:
			raw = strings.Split(def, "|")
		case f.typ.Kind() == reflect.Bool:
			raw = def == "true"
		case f.typ.Kind() == reflect.Int:
			n, err := strconv.Atoi(def)
			if err != nil {
				panic(f.key + ": " + err.Error())
			}
			raw = int64(n)
		}
		if list, ok := raw.([]string); ok {
			items := make([]any, len(list))
			for i := range list {
				items[i] = list[i]
			}
			raw = items
		}
		var r report
		d := decoder{report: &r}
		if d.value("", f.tag, raw, v.Field(f.index)); len(r.faults) > 0 {
			panic(f.key + ": " + r.faults.Error())
		}
	}
}

// A decoder walks the generic tree of a document along the structs.
type decoder struct {
	*report
	set map[string]bool // the paths that the document has
}

// table decodes one table. Keys that are missing keep what v has.
func (d *decoder) table(path string, m map[string]any, v reflect.Value) {
	fs := fields(v.Type())
	for _, f := range fs {
		p := join(path, f.key)
		raw, ok := m[f.key]
		switch {
		case ok:
			d.set[p] = true
			d.field(p, f, raw, v.Field(f.index))
		case f.required:
			d.fault(p, "is missing: %s", f.tag.Get("doc"))
		}
	}
	for key := range m {
		if !slices.ContainsFunc(fs, func(f field) bool { return f.key == key }) {
			d.fault(join(path, key), "is not known here%s", suggest(key, fs))
		}
	}
}

// suggest names the key that was meant, or all of them when they are few.
func suggest(key string, fs []field) string {
	best, dist := "", 3
	var all []string
	for _, f := range fs {
		if n := distance(key, f.key); n < dist {
			best, dist = f.key, n
		}
		all = append(all, f.key)
	}
	switch {
	case best != "":
		return ": did you mean " + best + "?"
	case len(all) > 16:
		return ": remove it, or look it up in the configuration reference"
	}
	return ": known are " + strings.Join(all, ", ")
}

// distance is the number of insertions, removals and changes between two keys.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func (d *decoder) field(path string, f field, raw any, v reflect.Value) {
	switch {
	case isTable(f.typ):
		m, ok := raw.(map[string]any)
		if !ok {
			d.fault(path, "is a table: write [%s], not %s", fromOne(path), describe(raw))
			return
		}
		d.table(path, m, v)
	case isTables(f.typ):
		var tables []map[string]any
		switch list := raw.(type) {
		case []map[string]any:
			tables = list
		case []any:
			for i, e := range list {
				m, ok := e.(map[string]any)
				if !ok {
					d.fault(elem(path, i), "is a table: write [[%s]], not %s", f.key, describe(e))
					m = nil
				}
				tables = append(tables, m)
			}
		default:
			d.fault(path, "is a list of tables: write [[%s]], not %s", f.key, describe(raw))
			return
		}
		out := reflect.MakeSlice(f.typ, len(tables), len(tables))
		for i, m := range tables {
			setDefaults(out.Index(i))
			if m != nil {
				d.table(elem(path, i), m, out.Index(i))
			}
		}
		v.Set(out)
	default:
		d.value(path, f.tag, raw, v)
	}
}

// value decodes what is no table. Where a list is wanted, one value stands for a list of one.
func (d *decoder) value(path string, tag reflect.StructTag, raw any, v reflect.Value) {
	if v.Kind() == reflect.Slice {
		list, ok := raw.([]any)
		if !ok {
			d.list(path, []any{raw}, []string{path}, tag, v)
			return
		}
		paths := make([]string, len(list))
		for i := range list {
			paths[i] = elem(path, i)
		}
		d.list(path, list, paths, tag, v)
		return
	}
	d.scalar(path, tag, raw, v)
}

func (d *decoder) list(path string, list []any, paths []string, tag reflect.StructTag, v reflect.Value) {
	out := reflect.MakeSlice(v.Type(), len(list), len(list))
	for i := range list {
		d.scalar(paths[i], tag, list[i], out.Index(i))
	}
	v.Set(out)
}

// scalar decodes one value and checks its bounds and form. What is wrong is a fault and leaves v as it is, but for the form
// of a text: a name that is no good is still the one that others refer to.
func (d *decoder) scalar(path string, tag reflect.StructTag, raw any, v reflect.Value) {
	want := func(what string) { d.fault(path, "is %s: write %s", describe(raw), what) }
	text, isText := raw.(string)
	switch v.Type() {
	case durationType:
		if !isText {
			want(`a time with its unit, as "4s" or "250ms"`)
			return
		}
		t, err := time.ParseDuration(text)
		if err != nil {
			want(`a time with its unit, as "4s" or "250ms"`)
			return
		}
		lo, hi := mustDuration(tag.Get("min")), mustDuration(tag.Get("max"))
		if tag.Get("max") != "" && (t < lo || t > hi) {
			d.fault(path, "is %s: write a time from %s to %s", text, tag.Get("min"), tag.Get("max"))
			return
		}
		v.SetInt(int64(t))
		return
	case addrType:
		parse(d, path, text, isText, v, netip.ParseAddr, `an address, as "127.0.0.1" or "::1"`, want)
		return
	case addrPortType:
		parse(d, path, text, isText, v, netip.ParseAddrPort, `an address with its port, as "127.0.0.1:5060" or "[::]:5060"`, want)
		return
	case prefixType:
		parse(d, path, text, isText, v, parsePrefix, `a network, as "192.0.2.0/24", or an address`, want)
		return
	}
	switch v.Kind() {
	case reflect.String:
		if !isText {
			want("a text in quotes")
			return
		}
		if one := tag.Get("one"); one != "" && !slices.Contains(strings.Split(one, "|"), text) {
			d.fault(path, "is %q: write %s", text, strings.ReplaceAll(one, "|", ", "))
			return
		}
		if check := forms[tag.Get("check")]; check != nil && (text != "" || tag.Get("required") != "") {
			if why := check(text); why != "" {
				if tag.Get("secret") != "" {
					d.fault(path, "%s", why)
				} else {
					d.fault(path, "%q %s", text, why)
				}
			}
		}
		v.SetString(text)
	case reflect.Bool:
		b, ok := raw.(bool)
		if !ok {
			want("true or false")
			return
		}
		v.SetBool(b)
	case reflect.Int:
		n, ok := raw.(int64)
		if !ok {
			want("a whole number")
			return
		}
		if lo, hi := tag.Get("min"), tag.Get("max"); hi != "" && (float64(n) < mustFloat(lo) || float64(n) > mustFloat(hi)) {
			d.fault(path, "is %d: write a number from %s to %s", n, lo, hi)
			return
		}
		v.SetInt(n)
	case reflect.Float64:
		n, ok := raw.(float64)
		if i, whole := raw.(int64); whole {
			n, ok = float64(i), true
		}
		if !ok || math.IsNaN(n) {
			want("a number")
			return
		}
		if lo, hi := tag.Get("min"), tag.Get("max"); hi != "" && (n < mustFloat(lo) || n > mustFloat(hi)) {
			d.fault(path, "is %v: write a number from %s to %s", n, lo, hi)
			return
		}
		v.SetFloat(n)
	default:
		panic("config: no decoding for " + v.Type().String())
	}
}

// parse decodes a text by its type's own parser.
func parse[T any](d *decoder, path, text string, isText bool, v reflect.Value, f func(string) (T, error), what string, want func(string)) {
	if !isText {
		want(what)
		return
	}
	x, err := f(text)
	if err != nil {
		d.fault(path, "is %q: write %s", text, what)
		return
	}
	v.Set(reflect.ValueOf(x))
}

// parsePrefix reads a network in CIDR notation whose host bits are zero, or a single address.
func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err == nil && p != p.Masked() {
		return p, fmt.Errorf("host bits set")
	}
	return p, err
}

func mustDuration(s string) time.Duration {
	if s == "" {
		return 0
	}
	t, err := time.ParseDuration(s)
	if err != nil {
		panic(err)
	}
	return t
}

func mustFloat(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// describe says in words what a value of the file is, without the value of a text: it may be a password.
func describe(raw any) string {
	switch raw := raw.(type) {
	case string:
		return "a text"
	case bool:
		return fmt.Sprintf("the truth value %v", raw)
	case int64:
		return fmt.Sprintf("the number %d", raw)
	case float64:
		return fmt.Sprintf("the number %v", raw)
	case time.Time:
		return "a date or time of day"
	case []any, []map[string]any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return fmt.Sprintf("a %T", raw)
}
