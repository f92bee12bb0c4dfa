package config

import (
	_ "embed" // Example
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// TOML returns a file that Load reads to the same Config: every value that is not its default, passwords included.
func (c *Config) TOML() string {
	var b strings.Builder
	writeTable(&b, "", reflect.ValueOf(c).Elem(), reflect.ValueOf(made(Config{})))
	return strings.TrimPrefix(b.String(), "\n")
}

// writeTable writes the values of a table, then the tables in it. def holds the defaults.
func writeTable(b *strings.Builder, path string, v, def reflect.Value) {
	fs := fields(v.Type())
	for _, f := range fs {
		x := v.Field(f.index)
		if isTable(f.typ) || isTables(f.typ) || !f.required && reflect.DeepEqual(x.Interface(), def.Field(f.index).Interface()) {
			continue
		}
		fmt.Fprintf(b, "%s = %s\n", f.key, literal(x))
	}
	for _, f := range fs {
		x := v.Field(f.index)
		p := join(path, f.key)
		switch {
		case isTable(f.typ):
			var in strings.Builder
			writeTable(&in, p, x, def.Field(f.index))
			if in.Len() > 0 {
				if !strings.HasPrefix(in.String(), "\n[") {
					fmt.Fprintf(b, "\n[%s]\n", p)
				}
				b.WriteString(in.String())
			}
		case isTables(f.typ):
			for i := range x.Len() {
				fmt.Fprintf(b, "\n[[%s]]\n", p)
				d := reflect.New(f.typ.Elem()).Elem()
				setDefaults(d)
				writeTable(b, p, x.Index(i), d)
			}
		}
	}
}

// literal writes a value as TOML. A list of one is written as its element.
func literal(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return quote(duration(x))
	case netip.Addr:
		if !x.IsValid() {
			return `""`
		}
		return quote(x.String())
	case netip.AddrPort:
		return quote(x.String())
	case netip.Prefix:
		return quote(x.String())
	}
	switch v.Kind() {
	case reflect.String:
		return quote(v.String())
	case reflect.Slice:
		if v.Len() == 1 {
			return literal(v.Index(0))
		}
		items := make([]string, v.Len())
		for i := range items {
			items[i] = literal(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Float64:
		s := strconv.FormatFloat(v.Float(), 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	return fmt.Sprint(v.Interface())
}

// duration writes 1m0s as 1m and 1h0m0s as 1h.
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// quote writes a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Reference returns the configuration reference as Markdown: one table of keys for each table of the file.
func Reference() string {
	var b strings.Builder
	reference(&b, "", reflect.TypeFor[Config](), false, "")
	return strings.TrimPrefix(b.String(), "\n")
}

func reference(b *strings.Builder, path string, t reflect.Type, array bool, note string) {
	head := false
	for _, f := range fields(t) {
		if isTable(f.typ) || isTables(f.typ) {
			continue
		}
		if !head {
			head = true
			switch {
			case path == "":
				b.WriteString("\nOutside of tables\n")
			case array:
				fmt.Fprintf(b, "\n`[[%s]]`\n", path)
			default:
				fmt.Fprintf(b, "\n`[%s]`\n", path)
			}
			if note != "" {
				fmt.Fprintf(b, "\n%s\n", note)
			}
			b.WriteString("\n| key | type | default | meaning |\n|---|---|---|---|\n")
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.key, typeName(f), defaultName(f), meaning(f))
	}
	for _, f := range fields(t) {
		switch p := join(path, f.key); {
		case isTable(f.typ):
			reference(b, p, f.typ, false, "")
		case isTables(f.typ):
			reference(b, p, f.typ.Elem(), true, f.tag.Get("note"))
		}
	}
}

func typeName(f field) string {
	t, list := f.typ, ""
	if t.Kind() == reflect.Slice {
		t, list = t.Elem(), "list of "
	}
	name := t.Kind().String()
	switch {
	case t == durationType:
		name = "time"
	case t == addrType:
		name = "address"
	case t == addrPortType:
		name = "address:port"
	case t == prefixType:
		name = "network"
	case name == "string":
		name = "text"
	case name == "float64", name == "int":
		name = "number"
	}
	return list + name
}

func defaultName(f field) string {
	def := f.tag.Get("default")
	switch {
	case f.required:
		return "required"
	case def == "" || def == "-1":
		return ""
	case f.typ.Kind() == reflect.Slice:
		return "`" + strings.ReplaceAll(def, "|", "`, `") + "`"
	}
	return "`" + def + "`"
}

func meaning(f field) string {
	s := f.tag.Get("doc")
	if one := f.tag.Get("one"); one != "" {
		s += ". One of `" + strings.ReplaceAll(one, "|", "`, `") + "`"
	}
	if hi := f.tag.Get("max"); hi != "" && f.tag.Get("default") != "-1" {
		s += ". " + f.tag.Get("min") + " to " + hi
	}
	switch kind := f.tag.Get("kind"); kind {
	case "":
	case "line", Menu:
		s += ". With mode `" + kind + "` only"
	default:
		s += ". " + strings.ToUpper(kind) + " only"
	}
	return strings.ReplaceAll(s, "|", `\|`) + "."
}

// Example is a file with every key, commented, as the documentation shows it.
//
//go:embed example.toml
var Example string
