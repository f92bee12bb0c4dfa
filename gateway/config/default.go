package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
)

// MaxLines is how many lines an emulated card may have.
const MaxLines = maxSlot + 1

// Default makes the set-up that runs without a file: one emulated card with phones and lines, one account, one trunk and the
// dial plan between them. emulate sizes the card, as "fxs=24,fxo=8"; empty is "fxs=2,fxo=2".
//
//	2xx      the phones (from 201; with more than 90 of them 2xxx, from 2001)
//	8xxx     the SIP accounts (8000)
//	6xxx     the trunk local, 127.0.0.1:5070
//	9...     the FXO lines, without the 9
//	*43      the echo test
//
// Calls that come in on the FXO lines ring the first phone and account 8000 at once. The trunk local, which is trusted
// without a password because it is loopback, may call phones and lines.
func Default(emulate string) (*Config, error) {
	fxs, fxo, err := ParseEmulate(emulate)
	if err != nil {
		return nil, err
	}
	c := &Config{set: make(map[string]bool)}
	setDefaults(reflect.ValueOf(c).Elem())
	c.Cards = []Card{made(Card{Name: "emu", Driver: "emu"})}
	phones, first := "2xx", 201
	if fxs > 90 {
		phones, first = "2xxx", 2001
	}
	callers := []string{FXS, "account"}
	trusted := []string{FXS, "account", "local"}
	incoming := "8000"
	if fxs > 0 {
		p := made(Port{Name: "fxs", Kind: FXS})
		p.Count, p.Number = fxs, strconv.Itoa(first)
		c.Ports = append(c.Ports, p)
		c.Routes = append(c.Routes, Route{Name: "phones", From: trusted, Called: phones, To: []string{"phone"}})
		incoming = "fxs1 & 8000"
	}
	c.Accounts = []Account{made(Account{Name: "8000", DisplayName: "Softphone"})}
	c.Trunks = []Trunk{made(Trunk{Name: "local", Host: "127.0.0.1", Port: 5070, Trusted: true})}
	c.Routes = append(c.Routes,
		Route{Name: "accounts", From: callers, Called: "8xxx", To: []string{"account"}},
		Route{Name: "trunk", From: callers, Called: "6xxx", To: []string{"local"}})
	if fxo > 0 {
		p := made(Port{Name: "fxo", Kind: FXO})
		p.Count, p.Number = fxo, "5550101"
		c.Ports = append(c.Ports, p)
		lines := Hunt{Name: "lines", Order: "ascending"}
		for i := range fxo {
			lines.Members = append(lines.Members, fmt.Sprint("fxo", i+1))
		}
		c.Hunts = []Hunt{lines}
		c.Routes = append(c.Routes, Route{Name: "lines", From: trusted, Called: "9xx.", Strip: 1, To: []string{"lines"}})
		c.Emergency = Emergency{Numbers: []string{"112", "911"}, To: []string{"lines"}}
	}
	c.Routes = append(c.Routes, Route{Name: "echo", From: callers, Called: "*43", To: []string{"echo"}})
	if fxo > 0 {
		c.Routes = append(c.Routes, Route{Name: "incoming", From: []string{FXO}, To: []string{incoming}})
	}
	c.derive()
	r := &report{}
	c.validate(r)
	return c, r.err()
}

// made fills in the defaults of a table's fields that v leaves zero.
func made[T any](v T) T {
	var out T
	o, in := reflect.ValueOf(&out).Elem(), reflect.ValueOf(v)
	setDefaults(o)
	for i := range in.NumField() {
		if !in.Field(i).IsZero() {
			o.Field(i).Set(in.Field(i))
		}
	}
	return out
}

// ParseEmulate reads the size of the emulated card, as "fxs=24,fxo=8"; empty is "fxs=2,fxo=2".
func ParseEmulate(s string) (fxs, fxo int, err error) {
	if s == "" {
		return 2, 2, nil
	}
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(s, ",") {
		kind, count, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, convErr := strconv.Atoi(count)
		if convErr != nil || n < 0 || n > MaxLines || seen[kind] || kind != FXS && kind != FXO {
			return 0, 0, fmt.Errorf("emulate %q: %q is no size: write fxs=N,fxo=N with N from 0 to %d", s, part, MaxLines)
		}
		seen[kind] = true
		if kind == FXS {
			fxs = n
		} else {
			fxo = n
		}
	}
	if fxs+fxo < 1 || fxs+fxo > MaxLines {
		return 0, 0, fmt.Errorf("emulate %q: %d lines: a card has 1 to %d", s, fxs+fxo, MaxLines)
	}
	return fxs, fxo, nil
}

// Override replaces what the command line names: the SIP address (UDP and TCP), the HTTP address, the data folder. Empty
// leaves what the file says. The error is Faults.
func (c *Config) Override(sip, http, data string) error {
	r := &report{file: c.File}
	addr := func(flag, s string) (netip.AddrPort, bool) {
		if s == "" {
			return netip.AddrPort{}, false
		}
		a, err := netip.ParseAddrPort(s)
		if err != nil {
			r.faults = append(r.faults, Fault{Key: flag, Msg: fmt.Sprintf("%q is no address with its port: write it as 127.0.0.1:5060", s)})
		}
		return a, err == nil
	}
	if a, ok := addr("--sip", sip); ok {
		if !c.set["rtp.address"] {
			c.RTP.Address = netip.Addr{}
		}
		c.SIP.UDP, c.SIP.TCP = []netip.AddrPort{a}, []netip.AddrPort{a}
	}
	if a, ok := addr("--http", http); ok {
		c.HTTP.Listen = a
	}
	if data != "" {
		c.Data.Dir = data
	}
	c.derive()
	c.validateAddresses(r)
	c.validateTrunks(r)
	return r.err()
}
