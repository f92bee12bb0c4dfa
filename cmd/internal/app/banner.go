package app

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"tipring/gateway/config"
	"tipring/gateway/route"
)

// Banner tells a person what is there, which number reaches what, and what to try.
func (a *App) Banner(w io.Writer) {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	cfg := a.cfg.Load()
	fmt.Fprintf(w, "tipring %s\n\nWhat there is\n", a.opt.Version)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(t, "  %s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	for _, c := range a.cards {
		row("card "+c.name, "%s, %s", c.pump.Info().Model, plural(len(c.group.Lines()), "line"))
	}
	for _, k := range a.spanCards {
		row("card "+k.name, "%s, %s", k.pump.Info().Model, plural(len(k.groups), "span"))
		for _, g := range k.groups {
			if g.cas != nil {
				row(g.cfg.Name, "%s, %s by bits, %s", g.framing, g.cfg.Protocol, plural(len(g.cfg.Timeslots()), "channel"))
				continue
			}
			row(g.cfg.Name, "%s, %s as the %s, %s", g.framing, g.cfg.Switch, cmp.Or(g.cfg.Side, "user"), plural(len(g.cfg.Timeslots()), "channel"))
		}
	}
	for _, kind := range []string{config.FXS, config.FXO} {
		of := linesOf(cfg, kind)
		what := map[string]string{config.FXS: "telephone", config.FXO: "exchange line"}[kind]
		if len(of) > few {
			row(series(names(of)), "%s, %s", plural(len(of), what), series(numbers(of)))
			continue
		}
		for _, p := range of {
			row(p.Name, "%s %s", what, p.Number)
		}
	}
	for _, l := range a.modems {
		what := "modem"
		if l.emu != nil {
			what = "emulated " + l.emu.Model().ID
		}
		row(l.cfg.Name, "%s line %s: %s on %s", modemKind, cmp.Or(l.cfg.Number, "without a number"), what, l.ports.path())
	}
	row("SIP", "%s", strings.Join(backend{a}.listening(), ", "))
	for _, acc := range cfg.Accounts {
		password := "password as configured"
		if p, made := a.passwords[acc.Name]; made {
			password = "password " + p
		}
		row("account "+acc.Name, "for a SIP phone: user %s, %s", cmp.Or(acc.Number, acc.Name), password)
	}
	for _, tr := range cfg.Trunks {
		row("trunk "+tr.Name, "%s:%d, %s", tr.Host, tr.Port, cmp.Or(tr.Transport, "udp"))
	}
	if a.httpListener != nil {
		row("HTTP", "http://%s  /healthz, /metrics, /api/v1/status", a.httpHere())
	}
	row("state", "in the folder %s", cfg.Data.Dir)
	t.Flush()
	printNumbers(w, cfg)
	a.suggest(w, cfg)
}

// few is how many things are named one by one.
const few = 4

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// series lists a few texts, and of many the first and the last.
func series(list []string) string {
	if len(list) > few {
		return list[0] + "..." + list[len(list)-1]
	}
	return strings.Join(list, ", ")
}

func linesOf(cfg *config.Config, kind string) []config.Port {
	return slices.DeleteFunc(cfg.Lines(), func(p config.Port) bool { return p.Kind != kind })
}

func names(ps []config.Port) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.Name
	}
	return out
}

func numbers(ps []config.Port) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.Number
	}
	return out
}

const goRun = "go run ./cmd/tipring"

// command is how this program was started, for a person who wants to start it again.
func command() string {
	if strings.Contains(os.Args[0], "go-build") { // go run keeps the binary in its cache and out of the PATH
		return goRun
	}
	return os.Args[0]
}

// httpHere is the address at which a program on this host reaches HTTP: the port is the one that the system has chosen when
// the configuration leaves it to it, and all addresses of the host include loopback.
func (a *App) httpHere() string {
	at := a.cfg.Load().HTTP.Listen
	if addr, ok := a.HTTPAddr().(*net.TCPAddr); ok {
		at = addr.AddrPort()
	}
	if ip := at.Addr().Unmap(); ip.IsUnspecified() {
		at = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), at.Port())
	}
	return at.String()
}

// answering returns a number that the first telephone reaches something with that needs no person, and what then happens: the
// second telephone rings or the echo test answers. Empty: the dial plan has neither for it.
func (a *App) answering(cfg *config.Config, phones []config.Port) (number, what string) {
	routes := a.calls.Policy().Routes
	reaches := func(number, name string) bool {
		first := routes.Explain(route.Request{From: phones[0].Name, Called: number}).Plan.Attempts
		return number != "" && len(first) > 0 && slices.ContainsFunc(first[0].Targets, func(t route.Target) bool { return t.Name == name })
	}
	if len(phones) > 1 && reaches(phones[1].Number, phones[1].Name) {
		return phones[1].Number, phones[1].Name + " rings"
	}
	for _, r := range cfg.Routes {
		if strings.Trim(r.Called, "0123456789*#") == "" && reaches(r.Called, route.ToEcho) {
			return r.Called, "the echo test answers"
		}
	}
	return "", ""
}

// suggest gives three commands that show a call, fitted to what is there.
func (a *App) suggest(w io.Writer, cfg *config.Config) {
	phones := linesOf(cfg, config.FXS)
	if len(phones) == 0 || a.emuHandler() == nil {
		return
	}
	flags := ""
	if addr := a.httpHere(); addr != "127.0.0.1:8080" {
		flags = " --http " + addr
	}
	number, what := a.answering(cfg, phones)
	if number == "" {
		return
	}
	where := ""
	if command() == goRun {
		where = ", in the same folder"
	}
	fmt.Fprintf(w, "\nTry, in another terminal%s\n", where)
	t := tabwriter.NewWriter(w, 0, 4, 3, ' ', 0)
	for _, c := range [][2]string{
		{"emu " + phones[0].Name + " offhook", phones[0].Name + " hears dial tone"},
		{"emu " + phones[0].Name + " dial " + number, what},
		{"calls", "the call is listed"},
	} {
		verb, rest, _ := strings.Cut(c[0], " ")
		fmt.Fprintf(t, "  %s\t%s\n", strings.TrimSuffix(command()+" "+verb+flags+" "+rest, " "), c[1])
	}
	t.Flush()
	fmt.Fprintln(w)
}
