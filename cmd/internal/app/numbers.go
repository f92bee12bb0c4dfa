package app

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"tipring/gateway/config"
	"tipring/gateway/digitmap"
	"tipring/gateway/route"
)

// printNumbers says in words what the dial plan does.
func printNumbers(w io.Writer, cfg *config.Config) {
	fmt.Fprintln(w, "\nWhich number reaches what")
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	patterns := false
	var incoming []string
	for _, r := range cfg.Routes {
		number, pattern := dialled(cfg, r)
		patterns = patterns || pattern
		if number == "" {
			// A rule for calls that come in by themselves: who calls says more than the number.
			incoming = append(incoming, fmt.Sprintf("  calls from %s\t%s\n", callers(cfg, r.From), reached(cfg, r)))
			continue
		}
		fmt.Fprintf(t, "  %s\t%s\tfrom %s\n", number, reached(cfg, r), callers(cfg, r.From))
	}
	if e := cfg.Emergency; len(e.Numbers) > 0 {
		from := e.From
		if len(from) == 0 {
			from = route.EmergencyFrom
		}
		fmt.Fprintf(t, "  %s\temergency: at once, %s\tfrom %s\n", strings.Join(e.Numbers, ", "), ways(cfg, e.To), callers(cfg, from))
	}
	for _, row := range incoming {
		fmt.Fprint(t, row)
	}
	t.Flush()
	if patterns {
		fmt.Fprintln(w, "  (x is any digit, a dot after it any number of more)")
	}
}

// dialled says what a person dials for a rule, and whether that is a pattern to be explained. Empty: anything.
func dialled(cfg *config.Config, r config.Route) (number string, pattern bool) {
	if r.Called == "" {
		return "", false
	}
	var of []string
	for _, to := range targetNames(r) {
		switch to {
		case route.ToPhone:
			for _, p := range linesOf(cfg, config.FXS) {
				of = append(of, p.Number)
			}
		case route.ToAccount:
			for _, acc := range cfg.Accounts {
				of = append(of, acc.Number)
			}
		default:
			of = nil
		}
	}
	if of = slices.DeleteFunc(of, func(n string) bool { return n == "" || !matches(r.Called, n) }); len(of) > 0 {
		return series(of), false
	}
	if code, ok := accessCode(r); ok {
		return code + " + number", false
	}
	return r.Called, strings.ContainsAny(r.Called, "x.")
}

// accessCode returns the digits at the front of a rule's pattern that are taken off before a number of any length.
func accessCode(r config.Route) (string, bool) {
	rest := strings.TrimLeft(r.Called, "0123456789*#")
	code := r.Called[:len(r.Called)-len(rest)]
	return code, r.Strip > 0 && r.Strip == len(code) && strings.HasSuffix(rest, ".") && strings.Trim(rest, "x.") == ""
}

func matches(pattern, number string) bool {
	if pattern == "" {
		return true
	}
	p, err := digitmap.ParsePattern(pattern)
	return err == nil && p.Match(number)
}

// targetNames returns the words of a rule's targets.
func targetNames(r config.Route) []string {
	var out []string
	for _, to := range r.To {
		for name := range strings.SplitSeq(to, "&") {
			out = append(out, strings.TrimSpace(name))
		}
	}
	return out
}

// reached says who gets the call, and with which number.
func reached(cfg *config.Config, r config.Route) string {
	to := ways(cfg, r.To)
	for _, name := range r.To {
		switch name {
		case route.ToPhone, route.ToAccount:
			if to = everyone(cfg, r, name); to == "" {
				to = "nobody yet"
			}
		}
	}
	switch _, code := accessCode(r); {
	case r.Prefix != "" || r.Rewrite != "":
		to += ", with another number"
	case r.Strip > 0 && code:
		to += ", which is given the number"
	case r.Strip == 1:
		to += ", without the first digit"
	case r.Strip > 1:
		to += fmt.Sprintf(", without the first %d digits", r.Strip)
	}
	return to
}

// everyone names the phones or accounts that a rule can reach by their own numbers.
func everyone(cfg *config.Config, r config.Route, kind string) string {
	var of []string
	what := "telephone"
	if kind == route.ToPhone {
		for _, p := range linesOf(cfg, config.FXS) {
			if matches(r.Called, p.Number) {
				of = append(of, p.Name)
			}
		}
	} else {
		what = "SIP phone with account"
		for _, acc := range cfg.Accounts {
			if matches(r.Called, acc.Number) {
				of = append(of, acc.Name)
			}
		}
	}
	if len(of) == 0 {
		return ""
	}
	if len(of) > 1 {
		what = strings.Replace(what, "phone", "phones", 1)
	}
	return what + " " + series(of)
}

// ways names targets in order.
func ways(cfg *config.Config, to []string) string {
	out := make([]string, len(to))
	for i, set := range to {
		var at []string
		for name := range strings.SplitSeq(set, "&") {
			at = append(at, way(cfg, strings.TrimSpace(name)))
		}
		out[i] = strings.Join(at, " and ")
		if len(at) > 1 {
			out[i] += " together"
		}
	}
	return strings.Join(out, ", then ")
}

// way names one target.
func way(cfg *config.Config, name string) string {
	switch name {
	case route.ToEcho:
		return "the echo test"
	case route.ToDeny:
		return "nobody: the call is refused"
	}
	for _, p := range cfg.Lines() {
		if p.Name == name && p.Kind == config.FXS {
			return "telephone " + name
		} else if p.Name == name {
			return "exchange line " + name
		}
	}
	for _, m := range cfg.Modems {
		if m.Name == name {
			return "modem line " + name
		}
	}
	for _, h := range cfg.Hunts {
		if h.Name == name {
			if len(h.Members) == 1 {
				return way(cfg, h.Members[0])
			}
			return "a free one of " + series(h.Members)
		}
	}
	for _, acc := range cfg.Accounts {
		if acc.Name == name {
			return "account " + name
		}
	}
	return "trunk " + name
}

// callers names who may use a rule.
func callers(cfg *config.Config, from []string) string {
	out := make([]string, len(from))
	for i, f := range from {
		switch f {
		case route.FromAny:
			out[i] = "everybody"
		case string(route.FXS):
			out[i] = "telephones"
		case string(route.FXO):
			lines := names(linesOf(cfg, config.FXO))
			for _, m := range cfg.Modems {
				lines = append(lines, m.Name)
			}
			out[i] = series(lines)
		case string(route.Account), string(route.Trunk):
			out[i] = f + "s"
		default:
			out[i] = way(cfg, f)
		}
	}
	return strings.Join(out, ", ")
}
