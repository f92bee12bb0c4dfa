package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tipring/dsp/callerid"
	"tipring/gateway/digitmap"
	"tipring/gateway/route"
)

// derive fills in what follows from other values.
func (c *Config) derive() {
	if !c.RTP.Address.IsValid() {
		for _, l := range slices.Concat(c.SIP.UDP, c.SIP.TCP) {
			if l.IsValid() && !l.Addr().IsUnspecified() {
				c.RTP.Address = l.Addr()
				break
			}
		}
	}
	for i := range c.Accounts {
		if a := &c.Accounts[i]; a.Number == "" {
			a.Number = a.Name
		}
	}
	var exits []string
	for _, p := range c.Lines() {
		if p.Kind == FXO {
			exits = append(exits, p.Name)
		}
	}
	if !c.set["emergency.numbers"] && len(c.Emergency.Numbers) == 0 && (len(exits) > 0 || len(c.Emergency.To) > 0) {
		c.Emergency.Numbers = []string{"112", "911"}
	}
	if len(c.Emergency.To) == 0 && len(c.Emergency.Numbers) > 0 {
		c.Emergency.To = exits
	}
}

// validate finds what a single value does not show.
func (c *Config) validate(r *report) {
	c.validateCards(r)
	c.validatePorts(r)
	c.validateSpans(r)
	c.validateModems(r)
	c.validateAddresses(r)
	c.validateTrunks(r)
	c.validateAccounts(r)
	c.validateDialling(r)
	c.validatePlan(r)
	c.validateDrivers(r)
}

func (c *Config) validateCards(r *report) {
	checkKinds(r, c.set, "card", c.Cards, func(k Card) string {
		if slices.Contains(drivers, k.Driver) {
			return k.Driver
		}
		return "" // refused in its place
	})
	for i, card := range c.Cards {
		p := elem("card", i)
		card.validateLink(r, p)
		c.validatePseudowire(r, p, card)
		if card.Name != "" && slices.ContainsFunc(c.Cards[:i], func(o Card) bool { return o.Name == card.Name }) {
			r.fault(p+".name", "%q is already the name of another card: choose another name", card.Name)
		}
		multiple(r, p+".block", card.Block, time.Millisecond)
		multiple(r, p+".echo_tail", card.Echo, time.Millisecond)
	}
	multiple(r, "sip.ptime", c.SIP.Ptime, 10*time.Millisecond)
	if c.RTP.JitterMin > c.RTP.JitterMax {
		r.fault("rtp.jitter_min", "is %v, more than jitter_max %v", c.RTP.JitterMin, c.RTP.JitterMax)
	}
}

// validateLink checks the keys of a card on a link.
func (k Card) validateLink(r *report, p string) {
	if k.Driver != DriverLink {
		return
	}
	switch {
	case k.Device == "" && k.SPI == "":
		r.fault(p, "has no way to the card: add device or spi")
	case k.Device != "" && k.SPI != "":
		r.fault(p+".spi", "is a second way to the card: remove it, or device")
	}
	if k.Media != "" && k.Media == k.Device {
		r.fault(p+".media", "is the same as device: remove it")
	}
	if k.Media != "" && k.SPI != "" {
		r.fault(p+".media", "has a meaning only with device: remove it")
	}
	if k.Attention != "" && k.SPI == "" {
		r.fault(p+".attention", "has a meaning only with spi: remove it")
	}
	multiple(r, p+".lead", k.Lead, time.Millisecond)
}

func multiple(r *report, path string, t, of time.Duration) {
	if t%of != 0 {
		r.fault(path, "is %v: write a multiple of %v", t, of)
	}
}

// validateCardOf checks the name of the card that a port or span is on.
func (c *Config) validateCardOf(r *report, path, card string) {
	switch {
	case card == "" && len(c.Cards) > 1:
		r.fault(path+".card", "is missing: there is more than one card, so name one")
	case card == "" && len(c.Cards) == 0:
		r.fault(path, "there is no card for it: add a [[card]]")
	case card != "" && !slices.ContainsFunc(c.Cards, func(o Card) bool { return o.Name == card }):
		r.fault(path+".card", "there is no card %q: add a [[card]], or name another", card)
	}
}

func (c *Config) validatePorts(r *report) {
	checkKinds(r, c.set, "port", c.Ports, func(p Port) string { return p.Kind })
	for i, p := range c.Ports {
		path := elem("port", i)
		c.validateCardOf(r, path, p.Card)
		if p.Count == 0 && c.set[path+".first"] {
			r.fault(path+".first", "has a meaning only with count: remove it")
		}
		if p.Count > 1 && p.Number != "" && strings.Trim(p.Number, "0123456789") != "" {
			r.fault(path+".number", "%q cannot be counted on: with count the number is plain digits", p.Number)
		}
		if p.DigitMap != "" && !slices.ContainsFunc(c.DigitMaps, func(o DigitMap) bool { return o.Name == p.DigitMap }) {
			r.fault(path+".digitmap", "there is no digit map %q: add a [[digitmap]], or name another", p.DigitMap)
		}
		if p.HotlineAfter > 0 && p.Hotline == "" {
			r.fault(path+".hotline_after", "has a meaning only with hotline: add it, or remove this")
		}
		if len(p.RingCadence)%2 != 0 {
			r.fault(path+".ring_cadence_ms", "has %d numbers: write pairs of ring and pause", len(p.RingCadence))
		}
		if p.FlashMin > 0 && p.FlashMax > 0 && p.FlashMin >= p.FlashMax {
			r.fault(path+".flash_min", "is %v, not shorter than flash_max %v", p.FlashMin, p.FlashMax)
		}
		if p.Kind == FXO && p.CallWaiting {
			std := callerid.ForZone(cmp.Or(p.Country, c.Country))
			if s, ok := callerid.Lookup(p.CallerID); ok {
				std = s
			}
			if !std.InCall() {
				r.fault(path+".call_waiting", "caller ID by %s has no form for a call, so that there is nothing to read: write a caller_id of FSK such as bell202 or etsi-ring, or remove this", std.Name)
			}
		}
		if p.Kind == FXO && c.set[path+".answer_after"] && !slices.Contains(p.AnswerOn, "time") {
			r.fault(path+".answer_after", `has a meaning only with "time" in answer_on: add it there, or remove this`)
		}
	}
	lines, from := c.lines()
	used := make(map[string]string)
	for i, p := range lines {
		path := elem("port", from[i])
		if len(p.Name) > 32 {
			r.fault(path+".name", "%q is longer than 32 characters: shorten it", p.Name)
		}
		onLink := slices.ContainsFunc(c.Cards, func(k Card) bool { return k.Name == p.Card && k.Driver == DriverLink })
		top := maxSlot
		if onLink {
			top = maxLinkSlot
		}
		if p.Slot > top {
			r.fault(path+".slot", "line %s would be in slot %d: a card has slots 0 to %d", p.Name, p.Slot, top)
		}
		key := fmt.Sprint(p.Card, " ", p.Slot)
		other, taken := used[key]
		if taken && p.Card != "" {
			r.fault(path+".slot", "slot %d of card %s is already that of %s: choose another slot", p.Slot, p.Card, other)
		}
		used[key] = p.Name
		// Lines come in the order of their slots, so a gap shows at the line behind it.
		if before := fmt.Sprint(p.Card, " ", p.Slot-1); !taken && !onLink && p.Slot > 0 && used[before] == "" && p.Card != "" {
			r.fault(path+".slot", "line %s is in slot %d and nothing is in slot %d: an emulated card has no gaps", p.Name, p.Slot, p.Slot-1)
		}
	}
}

// The last slot of an emulated card, and of one on a link.
const (
	maxSlot     = 479
	maxLinkSlot = 63
)

func (c *Config) validateTrunks(r *report) {
	for i, t := range c.Trunks {
		p := elem("trunk", i)
		if t.Register && t.Username == "" {
			r.fault(p+".username", "is missing: register needs it")
		}
		if t.Challenge && (t.Username == "" || t.Password == "") {
			r.fault(p+".challenge", "needs username and password: add them")
		}
		if t.Password != "" && t.Username == "" {
			r.fault(p+".username", "is missing: there is a password")
		}
		for k, s := range t.Sources {
			if s.IsValid() && s.Bits() == 0 && !t.Challenge {
				r.fault(elem(p+".sources", k), "%v is everybody, who could all call through this trunk: name its networks, or set challenge", s)
			}
		}
		if a, err := netip.ParseAddr(t.Host); err == nil {
			own := c.SIP.UDP
			if t.Transport == "tcp" {
				own = c.SIP.TCP
			}
			to := netip.AddrPortFrom(a, uint16(t.Port))
			for _, l := range own {
				if l.Port() == to.Port() && (l.Addr() == a || l.Addr().IsUnspecified() && a.IsLoopback()) {
					r.fault(p+".host", "%v is this gateway's own address: calls would go round in a circle", to)
				}
			}
		}
	}
}

func (c *Config) validateAccounts(r *report) {
	for i, a := range c.Accounts {
		p := elem("account", i)
		if c.set[p+".number"] || a.Name == "" {
			continue
		}
		if checkNumber(a.Name) != "" {
			r.fault(p+".number", "is missing: the name %q is no number", a.Name)
		}
	}
}

func (c *Config) validateDialling(r *report) {
	for i, m := range c.DigitMaps {
		if m.Name != "" && slices.ContainsFunc(c.DigitMaps[:i], func(o DigitMap) bool { return o.Name == m.Name }) {
			r.fault(elem("digitmap", i)+".name", "%q is already the name of another digit map: choose another name", m.Name)
		}
	}
	_, from := c.lines()
	for i, p := range c.Lines() {
		path := elem("port", from[i])
		if p.Kind != FXS {
			continue
		}
		if p.DigitMap == "" && !slices.ContainsFunc(c.DigitMaps, func(o DigitMap) bool { return o.Name == "default" }) {
			if _, err := digitmap.Parse(c.pattern(p)); err != nil && len(r.faults) == 0 {
				r.fault(path+".digitmap", `is missing: the routes are too many to make one of them; add a [[digitmap]] named "default"`)
			}
		}
	}
}

// validatePlan has package route check the dial plan.
func (c *Config) validatePlan(r *report) {
	plan, paths := c.plan()
	plan.Draft = len(r.faults) > 0
	_, err := route.New(plan)
	problems, _ := err.(route.Problems)
	known := slices.Clone(r.faults)
	same := make(map[string][]string) // messages on one key, in their order
	var order []string
	for _, p := range problems {
		if p.Table != "emergency" && strings.HasPrefix(p.Msg, "is missing") {
			continue // a required key: said already
		}
		path := p.Table
		switch {
		case p.Table == "port":
			path = paths[p.Index]
		case p.Index >= 0:
			path = elem(p.Table, p.Index)
		}
		if p.Key != "" {
			path += "." + p.Key
		}
		if same[path] == nil {
			order = append(order, path)
		}
		same[path] = append(same[path], p.Msg)
	}
	for _, path := range order {
		// What is wrong with the value itself has been said.
		if key := fromOne(path); slices.ContainsFunc(known, func(f Fault) bool { return f.Key == key || strings.HasPrefix(f.Key, key+"[") }) {
			continue
		}
		msgs := same[path]
		if n := len(msgs) - 1; n > 2 {
			r.fault(path, "%s (and %d more like this)", msgs[0], n)
			continue
		}
		for _, m := range msgs {
			r.fault(path, "%s", m)
		}
	}
}
