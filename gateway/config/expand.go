package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tipring/gateway/digitmap"
	"tipring/gateway/route"
)

// Lines returns every line on its own, card by card in the order of their slots: count is resolved into names, slots and numbers, a missing card, slot or country into
// the one that applies. Lines that use the country of the whole file have it here.
func (c *Config) Lines() []Port {
	lines, _ := c.lines()
	return lines
}

// lines also returns, for each line, the index of the [[port]] that it came from.
func (c *Config) lines() (lines []Port, from []int) {
	type origin struct {
		line Port
		port int
	}
	var all []origin
	next, card := make(map[string]int), make(map[string]int)
	for i := range c.Cards {
		card[c.Cards[i].Name] = i
	}
	for i, p := range c.Ports {
		if p.Card == "" && len(c.Cards) == 1 {
			p.Card = c.Cards[0].Name
		}
		if p.Country == "" {
			p.Country = c.Country
		}
		if p.Slot < 0 {
			p.Slot = next[p.Card]
		}
		n := max(1, p.Count)
		next[p.Card] = p.Slot + n
		for k := range n {
			line := p
			line.Count, line.First, line.Slot = 0, 1, p.Slot+k
			if p.Count > 0 {
				line.Name = p.Name + strconv.Itoa(p.First+k)
				line.Number = plus(p.Number, k)
			}
			all = append(all, origin{line, i})
		}
	}
	slices.SortStableFunc(all, func(a, b origin) int {
		return cmp.Or(cmp.Compare(card[a.line.Card], card[b.line.Card]), cmp.Compare(a.line.Slot, b.line.Slot))
	})
	for _, o := range all {
		lines, from = append(lines, o.line), append(from, o.port)
	}
	return lines, from
}

// plus adds n to a number of digits and keeps its width. A number that is not plain digits stays.
func plus(number string, n int) string {
	v, err := strconv.ParseUint(number, 10, 63)
	if err != nil {
		return number
	}
	return fmt.Sprintf("%0*d", len(number), v+uint64(n))
}

// Plan returns the dial plan as package route takes it, with hunts as the state of its groups.
func (c *Config) Plan(hunts *route.Hunts) route.Config {
	plan, _ := c.plan()
	plan.Hunts = hunts
	return plan
}

// Table builds the dial plan's table. It cannot fail for a Config that Load or Default has made.
func (c *Config) Table(hunts *route.Hunts) (*route.Table, error) { return route.New(c.Plan(hunts)) }

// plan also returns the path of each port of the plan.
func (c *Config) plan() (route.Config, []string) {
	var (
		plan  route.Config
		paths []string
	)
	lines, from := c.lines()
	for i, p := range lines {
		plan.Ports = append(plan.Ports, route.Port{Name: p.Name, Kind: route.Kind(p.Kind), Number: p.Number, Allowed: p.Allowed})
		paths = append(paths, elem("port", from[i]))
	}
	for i, a := range c.Accounts {
		plan.Ports = append(plan.Ports, route.Port{Name: a.Name, Kind: route.Account, Number: a.Number, Allowed: a.Allowed})
		paths = append(paths, elem("account", i))
	}
	for i, t := range c.Trunks {
		plan.Ports = append(plan.Ports, route.Port{Name: t.Name, Kind: route.Trunk, Allowed: t.Allowed})
		paths = append(paths, elem("trunk", i))
	}
	for i, s := range c.Spans {
		plan.Ports = append(plan.Ports, route.Port{Name: s.Name, Kind: route.Trunk, Allowed: s.Allowed})
		paths = append(paths, elem("span", i))
	}
	for i, m := range c.Modems {
		plan.Ports = append(plan.Ports, route.Port{Name: m.Name, Kind: route.FXO, Number: m.Number, Allowed: m.Allowed})
		paths = append(paths, elem("modem", i))
	}
	for _, h := range c.Hunts {
		plan.Groups = append(plan.Groups, route.Group{Name: h.Name, Order: route.Order(h.Order), Members: h.Members})
	}
	for _, r := range c.Routes {
		plan.Rules = append(plan.Rules, route.Rule{Name: r.Name, From: r.From, Called: r.Called, Calling: r.Calling, Strip: r.Strip,
			Prefix: r.Prefix, Rewrite: r.Rewrite, RewriteCalling: r.RewriteCalling, To: r.To, Failover: route.Causes(r.Failover),
			Ring: r.Ring, Cause: route.Cause(r.Cause)})
	}
	plan.Emergency = route.Emergency{Numbers: c.Emergency.Numbers, From: c.Emergency.From, To: c.Emergency.To}
	return plan, paths
}

// Dialling is how a phone's digits become a number.
type Dialling struct {
	Map          *digitmap.Map
	Timers       digitmap.Timers
	Hotline      string
	HotlineAfter time.Duration
}

// Dialling returns the digit map and timers of each FXS line by name, and the digit map of each span that takes numbers digit by
// digit, in Q.931 or as tones, which has timers of its own. Emergency numbers are complete at once in all of them.
func (c *Config) Dialling() map[string]Dialling {
	out := make(map[string]Dialling)
	maps := make(map[string]*digitmap.Map) // by pattern: most phones share one
	compiled := func(pattern string) *digitmap.Map {
		if maps[pattern] == nil {
			m, err := digitmap.Parse(pattern)
			if err == nil {
				m, err = m.Urgent(c.Emergency.Numbers...)
			}
			if err != nil {
				return nil // validate has said so
			}
			maps[pattern] = m
		}
		return maps[pattern]
	}
	for _, s := range c.Spans {
		if !s.Overlap && s.Signalling != CAS {
			continue
		}
		pattern := strings.Join(s.Numbers, "|")
		if pattern == "" {
			pattern = c.routed(string(route.Trunk), s.Name)
		}
		if m := compiled(pattern); m != nil {
			out[s.Name] = Dialling{Map: m}
		}
	}
	for _, p := range c.Lines() {
		if p.Kind != FXS {
			continue
		}
		m := compiled(c.pattern(p))
		if m == nil {
			continue
		}
		out[p.Name] = Dialling{m, digitmap.Timers{FirstDigit: c.Timers.FirstDigit, InterDigit: c.Timers.InterDigit}, p.Hotline, p.HotlineAfter}
	}
	return out
}

// anyNumber is the digit map of a phone for which no route says what can be dialled.
const anyNumber = "[0-9*#][0-9*#].T"

// pattern returns the digit map of a phone: the one it names, that called default, or the called patterns of the routes
// that it may use.
func (c *Config) pattern(p Port) string {
	name := p.DigitMap
	if name == "" {
		name = "default"
	}
	for _, m := range c.DigitMaps {
		if m.Name == name {
			return m.Map
		}
	}
	return c.routed(FXS, p.Name)
}

// routed joins the called patterns of the routes that a caller may use.
func (c *Config) routed(kind, name string) string {
	pattern := ""
	for _, r := range c.Routes {
		for _, f := range r.From {
			if f != route.FromAny && f != kind && f != name {
				continue
			}
			if r.Called == "" {
				return anyNumber
			}
			if pattern != "" {
				pattern += "|"
			}
			pattern += r.Called
			break
		}
	}
	if pattern == "" {
		return anyNumber
	}
	return pattern
}
