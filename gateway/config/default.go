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

// MaxModems is how many emulated modems there may be.
const MaxModems = 16

// MaxSpans is how many emulated E1 spans there may be.
const MaxSpans = 8

// An Emulation is the size of the set-up that runs without a file.
type Emulation struct{ FXS, FXO, Modems, Spans int }

// Default makes the set-up that runs without a file: one emulated card with phones and lines, emulated modems, one account,
// one trunk, E1 spans with a switch behind each, and the dial plan between them. emulate sizes it, as "fxs=24,fxo=8"; empty is "fxs=2,fxo=2,modem=1,span=1".
//
//	2xx      the phones (from 201; with more than 90 of them 2xxx, from 2001)
//	8xxx     the SIP accounts (8000)
//	6xxx     the trunk local, 127.0.0.1:5070
//	9...     the FXO lines, without the 9
//	5...     the modems' lines, without the 5
//	7...     the E1 spans, without the 7
//	*43      the echo test
//
// Calls that come in on the lines ring the first phone and account 8000 at once. The trunk local, which is trusted
// without a password because it is loopback, may call phones and lines.
func Default(emulate string) (*Config, error) {
	size, err := ParseEmulate(emulate)
	if err != nil {
		return nil, err
	}
	fxs, fxo := size.FXS, size.FXO
	c := &Config{set: make(map[string]bool)}
	setDefaults(reflect.ValueOf(c).Elem())
	if fxs+fxo > 0 {
		c.Cards = []Card{made(Card{Name: "emu", Driver: DriverEmu})}
	}
	ports := "" // the card that has the ports, where there are others
	if size.Spans > 0 {
		c.Cards = append(c.Cards, made(Card{Name: "e1", Driver: DriverEmu}))
		if fxs+fxo > 0 {
			ports = "emu"
		}
	}
	phones, first := "2xx", 201
	if fxs > 90 {
		phones, first = "2xxx", 2001
	}
	callers := []string{FXS, "account"}
	trusted := []string{FXS, "account", "local"}
	incoming := "8000"
	if fxs > 0 {
		p := made(Port{Name: "fxs", Kind: FXS, Card: ports})
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
		p := made(Port{Name: "fxo", Kind: FXO, Card: ports})
		p.Count, p.Number = fxo, "5550101"
		c.Ports = append(c.Ports, p)
		lines := Hunt{Name: "lines", Order: "ascending"}
		for i := range fxo {
			lines.Members = append(lines.Members, fmt.Sprint("fxo", i+1))
		}
		c.Hunts = append(c.Hunts, lines)
		c.Routes = append(c.Routes, Route{Name: "lines", From: trusted, Called: "9xx.", Strip: 1, To: []string{"lines"}})
		c.Emergency = Emergency{Numbers: []string{"112", "911"}, To: []string{"lines"}}
	}
	if n := size.Modems; n > 0 {
		modems := Hunt{Name: "modems", Order: "ascending"}
		for i := range n {
			m := made(Modem{Name: fmt.Sprint("modem", i+1), Emulate: "si2494"})
			m.Number = strconv.Itoa(5550201 + i)
			c.Modems = append(c.Modems, m)
			modems.Members = append(modems.Members, m.Name)
		}
		c.Hunts = append(c.Hunts, modems)
		c.Routes = append(c.Routes, Route{Name: "modems", From: trusted, Called: "5xx.", Strip: 1, To: []string{"modems"}})
	}
	if n := size.Spans; n > 0 {
		spans := Hunt{Name: "spans", Order: "ascending"}
		for i := range n {
			s := made(Span{Name: fmt.Sprint("span", i+1), Card: "e1", Kind: "e1", Signalling: PRI})
			c.Spans = append(c.Spans, s)
			spans.Members = append(spans.Members, s.Name)
		}
		c.Hunts = append(c.Hunts, spans)
		c.Routes = append(c.Routes, Route{Name: "spans", From: trusted, Called: "7xx.", Strip: 1, To: []string{"spans"}})
		if fxs > 0 {
			c.Routes = append(c.Routes, Route{Name: "dialled-in", From: spans.Members, Called: phones, To: []string{"phone"}})
		}
		c.Routes = append(c.Routes, Route{Name: "incoming-spans", From: spans.Members, To: []string{incoming}})
	}
	c.Routes = append(c.Routes, Route{Name: "echo", From: callers, Called: "*43", To: []string{"echo"}})
	if fxo+size.Modems > 0 {
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

// ParseEmulate reads the size of the emulated set-up, as "fxs=24,fxo=8,modem=1"; empty is
// "fxs=2,fxo=2,modem=1,span=1".
func ParseEmulate(s string) (e Emulation, err error) {
	if s == "" {
		return Emulation{FXS: 2, FXO: 2, Modems: 1, Spans: 1}, nil
	}
	sizes := map[string]*int{FXS: &e.FXS, FXO: &e.FXO, "modem": &e.Modems, "span": &e.Spans}
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(s, ",") {
		kind, count, _ := strings.Cut(strings.TrimSpace(part), "=")
		n, convErr := strconv.Atoi(count)
		size, ok := sizes[kind]
		if convErr != nil || n < 0 || n > MaxLines || seen[kind] || !ok {
			return e, fmt.Errorf("emulate %q: %q is no size: write fxs=N,fxo=N,modem=N,span=N with N from 0 to %d", s, part, MaxLines)
		}
		seen[kind], *size = true, n
	}
	switch {
	case e.FXS+e.FXO > MaxLines, e.FXS+e.FXO+e.Modems+e.Spans < 1:
		return e, fmt.Errorf("emulate %q: %d lines: a card has 1 to %d", s, e.FXS+e.FXO, MaxLines)
	case e.Modems > MaxModems:
		return e, fmt.Errorf("emulate %q: %d modems: there are at most %d", s, e.Modems, MaxModems)
	case e.Spans > MaxSpans:
		return e, fmt.Errorf("emulate %q: %d spans: there are at most %d", s, e.Spans, MaxSpans)
	}
	return e, nil
}

// Override replaces what the command line names: the SIP address (UDP and TCP), the HTTP address, the data folder. Empty
// leaves what the file says. The error is Faults.
func (c *Config) Override(sip, http, data string) error {
	r := &report{file: c.File}
	addr := func(flag, s, example string) (netip.AddrPort, bool) {
		if s == "" {
			return netip.AddrPort{}, false
		}
		a, err := netip.ParseAddrPort(s)
		if err != nil {
			r.faults = append(r.faults, Fault{Key: flag, Msg: fmt.Sprintf("%q is no address with its port: write it as %s", s, example)})
		}
		return a, err == nil
	}
	if a, ok := addr("--sip", sip, "127.0.0.1:5060"); ok {
		if !c.set["rtp.address"] {
			c.RTP.Address = netip.Addr{}
		}
		c.SIP.UDP, c.SIP.TCP = []netip.AddrPort{a}, []netip.AddrPort{a}
	}
	if a, ok := addr("--http", http, "127.0.0.1:8080"); ok {
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
