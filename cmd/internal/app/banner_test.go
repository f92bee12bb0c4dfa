package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tipring/gateway/config"
)

func TestBanner(t *testing.T) {
	const suggested = `
Try, in another terminal, in the same folder
  go run ./cmd/tipring emu fxs1 offhook    fxs1 hears dial tone
  go run ./cmd/tipring emu fxs1 dial 202   fxs2 rings
  go run ./cmd/tipring calls               the call is listed
`
	for _, c := range []struct {
		emulate string
		change  setup
		want    string
	}{
		{"fxs=2,fxo=2,modem=1", nil, `
What there is
  card emu      emulated card, 4 lines
  fxs1          telephone 201
  fxs2          telephone 202
  fxo1          exchange line 5550101
  fxo2          exchange line 5550102
  modem1        modem line 5550201: emulated si2494 on memory
  SIP           udp 127.0.0.1:5060, tcp 127.0.0.1:5060
  account 8000  for a SIP phone: user 8000, password as configured
  trunk local   127.0.0.1:5070, udp
  state         in the folder DIR

Which number reaches what
  201, 202                       telephones fxs1, fxs2                                from telephones, accounts, trunk local
  8000                           SIP phone with account 8000                          from telephones, accounts
  6xxx                           trunk local                                          from telephones, accounts
  9 + number                     a free one of fxo1, fxo2, which is given the number  from telephones, accounts, trunk local
  5 + number                     modem line modem1, which is given the number         from telephones, accounts, trunk local
  *43                            the echo test                                        from telephones, accounts
  112, 911                       emergency: at once, a free one of fxo1, fxo2         from telephones, accounts
  calls from fxo1, fxo2, modem1  telephone fxs1 and account 8000 together
  (x is any digit, a dot after it any number of more)
` + suggested},
		{"fxs=100", func(cfg *config.Config) {
			cfg.Routes = append(cfg.Routes, config.Route{Name: "far", From: []string{"any"}, Called: "00x.", Strip: 1, To: []string{"local"}})
		}, `
What there is
  card emu       emulated card, 100 lines
  fxs1...fxs100  100 telephones, 2001...2100
  SIP            udp 127.0.0.1:5060, tcp 127.0.0.1:5060
  account 8000   for a SIP phone: user 8000, password as configured
  trunk local    127.0.0.1:5070, udp
  state          in the folder DIR

Which number reaches what
  2001...2100  telephones fxs1...fxs100              from telephones, accounts, trunk local
  8000         SIP phone with account 8000           from telephones, accounts
  6xxx         trunk local                           from telephones, accounts
  *43          the echo test                         from telephones, accounts
  00x.         trunk local, without the first digit  from everybody
  (x is any digit, a dot after it any number of more)
` + strings.NewReplacer("offhook ", "offhook  ", "202", "2002", "calls ", "calls  ").Replace(suggested)},
	} {
		play(t, c.emulate, c.change, func(w *world) {
			var b bytes.Buffer
			w.app.Banner(&b)
			got := strings.ReplaceAll(b.String(), w.dir, "DIR")
			if want := "tipring test\n" + c.want; strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("the banner is\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// What the banner suggests to dial is what the dial plan completes.
func TestBannerSuggestsWhatAnswers(t *testing.T) {
	without := func(cfg *config.Config, name string) {
		cfg.Routes = slices.DeleteFunc(cfg.Routes, func(r config.Route) bool { return r.Name == name })
	}
	for _, c := range []struct {
		name, want string
		change     setup
	}{
		{"one telephone", "dial *43   the echo test answers", func(cfg *config.Config) {}},
		{"the echo test has another number", "dial *99   the echo test answers", func(cfg *config.Config) {
			without(cfg, "echo")
			cfg.Routes = append(cfg.Routes, config.Route{Name: "test", From: []string{"fxs"}, Called: "*99", To: []string{"echo"}})
		}},
		{"a rule that has any number and no echo test", "", func(cfg *config.Config) {
			without(cfg, "echo")
			cfg.Routes = append(cfg.Routes, config.Route{Name: "out", From: []string{"fxs"}, To: []string{"local"}})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, "fxs=1", c.change, func(w *world) {
				var b bytes.Buffer
				w.app.Banner(&b)
				if _, try, ok := strings.Cut(b.String(), "Try,"); ok != (c.want != "") || !strings.Contains(try, c.want) {
					t.Errorf("%q is not suggested in\n%s", c.want, &b)
				}
			})
		})
	}
}

// Where the configuration leaves a port to the system, the banner names the one that is served, and so do its commands.
func TestBannerNamesRealAddresses(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:0", "0.0.0.0:0"} {
		cfg, err := config.Default("")
		if err != nil {
			t.Fatal(err)
		}
		cfg.Data.Dir = t.TempDir()
		if err := cfg.Override("127.0.0.1:0", "", ""); err != nil {
			t.Fatal(err)
		}
		cfg.HTTP.Listen, cfg.API.Token = netip.MustParseAddrPort(listen), "token"
		app, err := New(Options{Config: cfg, Log: slog.New(slog.DiscardHandler), Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		app.Banner(&b)
		port := app.HTTPAddr().(*net.TCPAddr).Port
		here := fmt.Sprintf("127.0.0.1:%d", port)
		for _, want := range []string{
			"  HTTP          http://" + here + " ", " emu --http " + here + " fxs1 offhook", " emu --http " + here + " fxs1 dial 202", " calls --http " + here + " ",
			"udp " + app.SIPAddrs()[0].String() + ", tcp " + app.SIPAddrs()[1].String(),
		} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("listening on %s, the banner has no %q:\n%s", listen, want, &b)
			}
		}
		if port == 0 || regexp.MustCompile(`:0\b`).Match(b.Bytes()) {
			t.Errorf("port 0 in\n%s", &b)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := app.Run(ctx); err != nil {
			t.Error(err)
		}
	}
}
