package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signalling of a span.
const (
	PRI = "pri"
	CAS = "cas"
)

// A Span is one T1, E1 or J1: a group of channels that are called and call under its name.
type Span struct {
	Name          string `toml:"name" required:"true" check:"name" doc:"Stable name, which routes and hunt groups take for any of its channels"`
	Card          string `toml:"card" check:"name" doc:"Name of its card; may be missing when there is one card"`
	Port          int    `toml:"port" default:"-1" min:"-1" max:"63" doc:"Port on the card, from 0; missing: the next one"`
	Kind          string `toml:"kind" required:"true" one:"t1|e1|j1" doc:"Kind of line"`
	Framing       string `toml:"framing" one:"sf|esf|doubleframe|crc4" doc:"Framing (ITU-T G.704): sf or esf on T1 and J1, doubleframe or crc4 on E1; missing: esf, crc4"`
	LineCode      string `toml:"line_code" one:"ami|b8zs|hdb3" doc:"Line code (ITU-T G.703): ami or b8zs on T1 and J1, ami or hdb3 on E1; missing: b8zs, hdb3"`
	ClockPriority int    `toml:"clock_priority" default:"1" min:"0" max:"64" doc:"The card's clock is recovered from the sound span with the lowest; equal ones in the order of the file; 0: never from this one"`
	Channels      string `toml:"channels" check:"channels" doc:"Timeslots that carry calls, as 1-15,17-31; missing: all that signalling leaves"`
	Order         string `toml:"order" default:"ascending" one:"ascending|descending|round-robin|least-used" doc:"How a channel is chosen for a call"`

	Number  string   `toml:"number" check:"number" doc:"Calling number of calls that bring none; with fxo-loop and fxo-ground the called number of calls that come in, which bring none"`
	Numbers []string `toml:"numbers" check:"pattern" doc:"Patterns of the numbers that are called through it; missing: all that routes take"`
	Allowed string   `toml:"allowed" check:"pattern" doc:"Pattern of numbers that it may call; missing: all that routes let it"`
	Country string   `toml:"country" check:"country" doc:"Country of tones; missing: country"`
	RxGain  float64  `toml:"rx_gain_db" min:"-24" max:"12" doc:"Gain on what comes from the span"`
	TxGain  float64  `toml:"tx_gain_db" min:"-24" max:"12" doc:"Gain on what goes to the span"`
	Echo    bool     `toml:"echo" default:"true" doc:"Echo canceller on in calls"`

	Signalling string `toml:"signalling" required:"true" one:"pri|cas|none" doc:"pri: a D channel (ITU-T Q.931), cas: signalling bits, none: clear channels for cross-connects"`

	Side      string        `toml:"side" kind:"pri" default:"user" one:"user|network" doc:"Our side of the D channel"`
	Switch    string        `toml:"switch" kind:"pri" one:"euroisdn|ni2|5ess|4ess|dms100|qsig" doc:"Variant of Q.931; missing: euroisdn on E1, ni2 on T1 and J1"`
	DChannel  string        `toml:"d_channel" kind:"pri" default:"own" one:"own|backup|none" doc:"Timeslot 16 or 24: the D channel, the backup of another span's, or a channel like the others"`
	NFAS      string        `toml:"nfas" kind:"pri" check:"name" doc:"Name of the group of spans that share a D channel"`
	Interface int           `toml:"interface" kind:"pri" default:"-1" min:"-1" max:"126" doc:"Identifier of the span in its nfas group, as the switch has it; missing: own is 0, then backup and the others in the order of the file"`
	Overlap   bool          `toml:"overlap" kind:"pri" doc:"Takes numbers digit by digit, until numbers or the routes say that one is complete or t302 has passed, and sends those of other such spans on as they come"`
	T302      time.Duration `toml:"t302" kind:"pri" default:"15s" min:"1s" max:"1m" doc:"Wait for further digits (Q.931 T302)"`

	Protocol        string `toml:"protocol" kind:"cas" one:"em-immediate|em-wink|fgd|fxo-loop|fxs-loop|fxo-ground|fxs-ground|r1|r2" doc:"Line signalling; cas needs it"`
	Variant         string `toml:"variant" kind:"cas" one:"itu|ar|br|cn|co|cz|ec|mx|ph|ve" doc:"National variant of r2; missing: itu"`
	CalledDigits    int    `toml:"called_digits" kind:"cas" min:"0" max:"32" doc:"With r2: digits of the called number that a call is asked for; missing: until the number ends or the dial plan has it"`
	CallingDigits   int    `toml:"calling_digits" kind:"cas" default:"10" min:"0" max:"32" doc:"With r2: digits of the calling number that a call is asked for; 0: none"`
	CallingAfter    int    `toml:"calling_after" kind:"cas" min:"0" max:"32" doc:"With r2: digits of the called number that come before the calling number is asked for; missing: as the country has it"`
	Category        string `toml:"category" kind:"cas" one:"subscriber|priority|maintenance|operator|data|international|international-priority|collect" doc:"With r2: category of the calls that go out; missing: subscriber"`
	ImmediateAccept bool   `toml:"immediate_accept" kind:"cas" doc:"With r2: accepts calls by A-6, without a signal of group B"`
	DoubleAnswer    bool   `toml:"double_answer" kind:"cas" doc:"With r2: answers twice, so that the exchange takes a collect call away (br)"`
	RejectCollect   bool   `toml:"reject_collect" kind:"cas" doc:"With r2: refuses calls of the category collect"`
	Dial            string `toml:"dial" kind:"cas" one:"dtmf|mf|pulse" doc:"How digits are sent; missing: mf with fgd and r1, else dtmf; r2 has its own"`
	Glare           string `toml:"glare" kind:"cas" default:"yield" one:"yield|hold" doc:"When both ends seize an E&M channel at once: yield it, or hold it"`
}

// SpanCard returns the name of a span's card.
func (c *Config) SpanCard(s Span) string {
	if s.Card == "" && len(c.Cards) == 1 {
		return c.Cards[0].Name
	}
	return s.Card
}

// SpansOf returns the spans of a card in the order of their ports.
func (c *Config) SpansOf(card string) []Span {
	type placed struct {
		span Span
		port int
	}
	var all []placed
	next := 0
	for _, s := range c.Spans {
		if c.SpanCard(s) != card {
			continue
		}
		if s.Port >= 0 {
			next = s.Port
		}
		all = append(all, placed{s, next})
		next++
	}
	slices.SortStableFunc(all, func(a, b placed) int { return a.port - b.port })
	var out []Span
	for _, p := range all {
		out = append(out, p.span)
	}
	return out
}

// GroupOf returns the spans that share the D channel of one, that with the D channel first, then its backup; their Interface is
// set.
func (c *Config) GroupOf(s Span) []Span {
	if s.NFAS == "" {
		s.Interface = 0
		return []Span{s}
	}
	var out []Span
	for _, d := range []string{"own", "backup", "none"} {
		for _, m := range c.Spans {
			if m.NFAS == s.NFAS && m.Signalling == PRI && m.DChannel == d {
				if m.Interface < 0 {
					m.Interface = len(out)
				}
				out = append(out, m)
			}
		}
	}
	return out
}

// Switch types by default and those with overlap (package q931 has what they are).
func (s Span) variant() string {
	switch {
	case s.Switch != "":
		return s.Switch
	case s.Kind == "e1":
		return "euroisdn"
	}
	return "ni2"
}

var overlapVariants = []string{"euroisdn", "5ess", "qsig"}

// Timeslots returns the timeslots that carry calls.
func (s Span) Timeslots() []int {
	if list, why := parseChannels(s.Channels); s.Channels != "" && why == "" {
		return list
	}
	var out []int
	for n := 1; n <= slots(s.Kind); n++ {
		if n != s.signalSlot() {
			out = append(out, n)
		}
	}
	return out
}

// Carried lists the timeslots that carry calls as Channels does.
func (s Span) Carried() string {
	var parts []string
	list := s.Timeslots()
	slices.Sort(list)
	for i := 0; i < len(list); {
		k := i
		for k+1 < len(list) && list[k+1] == list[k]+1 {
			k++
		}
		part := strconv.Itoa(list[i])
		if k > i {
			part += "-" + strconv.Itoa(list[k])
		}
		parts, i = append(parts, part), k+1
	}
	return strings.Join(parts, ",")
}

// slots is how many timeslots a kind of span has for channels and signalling, numbered from 1.
func slots(kind string) int {
	if kind == "e1" {
		return 31
	}
	return 24
}

// signalSlot returns the timeslot that signalling takes from the channels, or 0.
func (s Span) signalSlot() int {
	switch {
	case s.Signalling == PRI && s.DChannel != "none", s.Signalling == CAS && s.Kind == "e1":
		if s.Kind == "e1" {
			return 16
		}
		return 24
	}
	return 0
}

// parseChannels reads a list of timeslots and ranges. why says what is wrong with it, or nothing.
func parseChannels(text string) (list []int, why string) {
	const form = "is no list of timeslots: write numbers and ranges, as 1-15,17-31"
	for part := range strings.SplitSeq(text, ",") {
		from, to, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			to = from
		}
		lo, err := strconv.ParseUint(from, 10, 8)
		hi, err2 := strconv.ParseUint(to, 10, 8)
		if err != nil || err2 != nil || lo < 1 || hi < lo {
			return nil, form
		}
		for n := int(lo); n <= int(hi); n++ {
			if slices.Contains(list, n) {
				return nil, fmt.Sprintf("has timeslot %d twice", n)
			}
			list = append(list, n)
		}
	}
	return list, ""
}

func checkChannels(s string) string {
	_, why := parseChannels(s)
	return why
}

func (c *Config) validateSpans(r *report) {
	checkKinds(r, c.set, "span", c.Spans, func(s Span) string { return s.Signalling })
	used := make(map[string]string)
	next := make(map[string]int)
	for i, s := range c.Spans {
		path := elem("span", i)
		c.validateCardOf(r, path, s.Card)
		s.validateLine(r, path)
		s.validateSignalling(r, path, c.Spans)
		for _, key := range []string{"variant", "called_digits", "calling_digits", "calling_after", "category", "immediate_accept", "double_answer", "reject_collect"} {
			if c.set[path+"."+key] && s.Signalling == CAS && s.Protocol != "r2" {
				r.fault(path+"."+key, "has a meaning only with r2: remove it")
			}
		}
		s.Card = c.SpanCard(s)
		if s.Card != "" && slices.ContainsFunc(c.Ports, func(p Port) bool { return p.Card == s.Card || p.Card == "" && len(c.Cards) == 1 }) {
			r.fault(path+".card", "card %s has ports: give spans a card of their own", s.Card)
		}
		if s.Port < 0 {
			s.Port = next[s.Card]
		}
		next[s.Card] = s.Port + 1
		key := fmt.Sprint(s.Card, " ", s.Port)
		if other, taken := used[key]; taken && s.Card != "" {
			r.fault(path+".port", "port %d of card %s is already that of %s: choose another port", s.Port, s.Card, other)
		}
		used[key] = s.Name
	}
}

func (s Span) validateLine(r *report, path string) {
	if s.Kind == "" {
		return
	}
	framing, code := []string{"", "sf", "esf"}, []string{"", "ami", "b8zs"}
	if s.Kind == "e1" {
		framing, code = []string{"", "doubleframe", "crc4"}, []string{"", "ami", "hdb3"}
	}
	if !slices.Contains(framing, s.Framing) {
		r.fault(path+".framing", "is %q, which %s does not have: write %s", s.Framing, s.Kind, strings.Join(framing[1:], " or "))
	}
	if !slices.Contains(code, s.LineCode) {
		r.fault(path+".line_code", "is %q, which %s does not have: write %s", s.LineCode, s.Kind, strings.Join(code[1:], " or "))
	}
	list, _ := parseChannels(s.Channels)
	for _, n := range list {
		switch {
		case n > slots(s.Kind):
			r.fault(path+".channels", "has timeslot %d: %s has 1 to %d", n, s.Kind, slots(s.Kind))
			return
		case n == s.signalSlot():
			r.fault(path+".channels", "has timeslot %d, which carries the signalling: leave it out", n)
		}
	}
}

func (s Span) validateSignalling(r *report, path string, all []Span) {
	switch s.Signalling {
	case CAS:
		if s.Protocol == "" {
			r.fault(path+".protocol", "is missing: signalling by bits needs it")
		}
		if s.Protocol == "r2" && s.Kind != "" && s.Kind != "e1" {
			r.fault(path+".protocol", "r2 needs an E1 (ITU-T Q.421), this is a %s", s.Kind)
		}
		if s.Dial == "mf" && strings.HasPrefix(s.Protocol, "fx") {
			r.fault(path+".dial", "mf goes between exchanges, not to or from a telephone: write dtmf")
		}
		if s.Dial == "dtmf" && s.Protocol == "r1" {
			r.fault(path+".dial", "r1 is mf (ITU-T Q.320): remove it, or take em-wink")
		}
		if s.Number == "" && strings.HasPrefix(s.Protocol, "fxo") {
			r.fault(path+".number", "is missing: calls that come in over a line to an exchange bring no number and take this one")
		}
		if s.Dial != "" && s.Protocol == "r2" {
			r.fault(path+".dial", "has no meaning with r2: remove it")
		}
	case PRI:
		if s.DChannel != "own" && s.NFAS == "" {
			r.fault(path+".nfas", "is missing: %q in d_channel means that another span of the group has the D channel", s.DChannel)
		}
		if s.Overlap && s.Kind != "" && !slices.Contains(overlapVariants, s.variant()) {
			r.fault(path+".overlap", "switch type %s takes numbers en bloc: remove the key", s.variant())
		}
		if s.NFAS == "" {
			if s.Interface >= 0 {
				r.fault(path+".interface", "has a meaning only with nfas: remove it")
			}
			return
		}
		s.validateGroup(r, path, all)
	}
}

// validateGroup checks a span against the others of its NFAS group: what belongs to the D channel is one thing for all.
func (s Span) validateGroup(r *report, path string, all []Span) {
	count := map[string]int{}
	ids := map[int]int{}
	members := 0
	for _, o := range all {
		if o.NFAS != s.NFAS || o.Signalling != PRI {
			continue
		}
		members++
		count[o.DChannel]++
		if o.Interface >= 0 {
			ids[o.Interface]++
		}
		if o.DChannel != "own" {
			continue
		}
		for _, x := range []struct {
			key       string
			same      bool
			mine, its any
		}{
			{"kind", s.Kind == o.Kind, s.Kind, o.Kind},
			{"side", s.Side == o.Side, s.Side, o.Side},
			{"switch", s.variant() == o.variant(), s.variant(), o.variant()},
			{"overlap", s.Overlap == o.Overlap, s.Overlap, o.Overlap},
			{"t302", s.T302 == o.T302, s.T302, o.T302},
		} {
			if !x.same {
				r.fault(path+"."+x.key, "is %v, and %v on span %s, which has the D channel of group %s: they have to be the same", x.mine, x.its, o.Name, s.NFAS)
			}
		}
	}
	if n := count["own"]; n != 1 {
		r.fault(path+".nfas", `group %q has %d spans with d_channel "own": it needs one`, s.NFAS, n)
	}
	if n := count["backup"]; n > 1 {
		r.fault(path+".nfas", `group %q has %d spans with d_channel "backup": it can have one`, s.NFAS, n)
	}
	if members > maxNFAS {
		r.fault(path+".nfas", "group %q has %d spans: it can have %d", s.NFAS, members, maxNFAS)
	}
	if s.Interface >= 0 && ids[s.Interface] > 1 {
		r.fault(path+".interface", "%d is that of another span of group %s too", s.Interface, s.NFAS)
	}
	if len(ids) > 0 && len(ids) < members && s.Interface < 0 {
		r.fault(path+".nfas", "group %q has spans with interface and without: give it to all or none", s.NFAS)
	}
}

// maxNFAS is how many spans package q931 takes in a group.
const maxNFAS = 32
