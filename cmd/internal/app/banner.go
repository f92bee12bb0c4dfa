package app

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"tipring/gateway/config"
)

// Banner tells a person what is there, which number reaches what, and what to try.
func (a *App) Banner(w io.Writer) {
	cfg := a.cfg.Load()
	fmt.Fprintf(w, "tipring %s\n\n", a.opt.Version)
	for _, c := range a.cards {
		fmt.Fprintf(w, "  card %-6s %s, %d lines\n", c.name, c.pump.Info().Model, len(c.group.Lines()))
	}
	lines := cfg.Lines()
	printLines(w, lines)
	fmt.Fprintf(w, "  SIP         %s\n", strings.Join(backend{a}.listening(), ", "))
	for _, acc := range cfg.Accounts {
		user := cmp.Or(acc.Number, acc.Name)
		if p, made := a.passwords[acc.Name]; made {
			fmt.Fprintf(w, "  account     %s, password %s\n", user, p)
		} else {
			fmt.Fprintf(w, "  account     %s, password as configured\n", user)
		}
	}
	for _, t := range cfg.Trunks {
		fmt.Fprintf(w, "  trunk %-5s %s:%d\n", t.Name, t.Host, t.Port)
	}
	if addr := a.HTTPAddr(); addr != nil {
		fmt.Fprintf(w, "  HTTP        http://%s  (/metrics, /healthz, /api/v1/status)\n", addr)
	}
	fmt.Fprintf(w, "  state in    %s\n", cfg.Data.Dir)
	fmt.Fprintln(w, "\nNumbers")
	for _, r := range cfg.Routes {
		fmt.Fprintf(w, "  %-14s from %-28s to %s\n", cmp.Or(r.Called, "any number"), strings.Join(r.From, ", "), describe(r))
	}
	if len(cfg.Emergency.Numbers) > 0 {
		fmt.Fprintf(w, "  %-14s from %-28s to %s, before everything else\n", strings.Join(cfg.Emergency.Numbers, ", "), "phones and accounts", strings.Join(cfg.Emergency.To, ", "))
	}
	a.suggest(w, lines)
}

func describe(r config.Route) string {
	to := strings.Join(r.To, ", then ")
	to = strings.ReplaceAll(to, "&", " and ")
	if r.Strip > 0 {
		to += fmt.Sprintf(", without the first %d", r.Strip)
	}
	return to
}

// printLines shows a few lines one by one, and many as ranges.
func printLines(w io.Writer, lines []config.Port) {
	for _, kind := range []string{config.FXS, config.FXO} {
		var of []config.Port
		for _, p := range lines {
			if p.Kind == kind {
				of = append(of, p)
			}
		}
		what := map[string]string{config.FXS: "telephone, extension", config.FXO: "exchange line, number"}[kind]
		if len(of) <= 4 {
			for _, p := range of {
				fmt.Fprintf(w, "  %-11s %s %s\n", p.Name, what, p.Number)
			}
			continue
		}
		first, last := of[0], of[len(of)-1]
		fmt.Fprintf(w, "  %s...%s  %ss %s...%s\n", first.Name, last.Name, what, first.Number, last.Number)
	}
}

// suggest gives three commands that show a call, fitted to what is there.
func (a *App) suggest(w io.Writer, lines []config.Port) {
	phones := slices.DeleteFunc(slices.Clone(lines), func(p config.Port) bool { return p.Kind != config.FXS })
	if len(phones) == 0 || a.emuHandler() == nil {
		return
	}
	fmt.Fprintln(w, "\nTry, in another terminal")
	fmt.Fprintf(w, "  tipring emu %s offhook\n", phones[0].Name)
	number := "*43"
	if len(phones) > 1 {
		number = phones[1].Number
	}
	fmt.Fprintf(w, "  tipring emu %s dial %s\n", phones[0].Name, number)
	fmt.Fprintf(w, "  tipring lines\n")
	fmt.Fprintln(w)
}
