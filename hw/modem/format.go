package modem

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Coding is how samples travel between modem and host.
type Coding string

// The codings that the driver speaks. A modem's other ones (its maker's own ADPCM, G.723, GSM ...) have the empty Coding.
const (
	ULaw        Coding = "ulaw"  // ITU-T G.711, 8 bits
	ALaw        Coding = "alaw"  // ITU-T G.711, 8 bits
	Unsigned8   Coding = "u8"    // linear, silence 0x80
	Signed8     Coding = "s8"    // linear, silence 0x00
	Linear16    Coding = "s16"   // linear, least octet first
	IMALow      Coding = "ima"   // IMA ADPCM, 4 bits, the first sample in the low half of the octet
	IMAHigh     Coding = "imahi" // the same, first sample in the high half
	unsupported Coding = ""
)

// preference is the order in which codings are chosen: what needs no conversion and no guess first.
var preference = []Coding{ULaw, ALaw, Unsigned8, Signed8, Linear16, IMALow, IMAHigh}

// bits is the length of a sample.
func (c Coding) bits() int {
	switch c {
	case Linear16:
		return 16
	case IMALow, IMAHigh:
		return 4
	}
	return 8
}

// A Format is one way to exchange audio.
type Format struct {
	Number int    `json:"number"` // the modem's, for +VSM or #VBS
	Label  string `json:"label"`  // as the modem prints it
	Coding Coding `json:"coding"`
	Rate   int    `json:"rate"` // samples a second
}

func (f Format) String() string {
	return fmt.Sprintf("%d %s %d Hz", f.Number, f.Coding, f.Rate)
}

// bitRate is the speed that the format needs on a line with start and stop bits.
func (f Format) bitRate() int { return f.Rate * f.Coding.bits() * 10 / 8 }

// An Offer is one line of the answer to AT+VSM=?.
type Offer struct {
	Number int    `json:"number"`
	Label  string `json:"label"`
	Bits   int    `json:"bits,omitempty"` // 0: not said
	Rates  []int  `json:"rates"`
}

// The sampling rates that the driver resamples from; a range in an answer stands for those of them that lie in it.
var knownRates = []int{7200, 8000, 9600, 11025, 16000}

// parseOffer reads one line of the answer to AT+VSM=?. Firmwares print it with and without "+VSM:", with the label in quotes
// or bare, and with semicolons for commas: 128,"8-BIT LINEAR",8,0,(7200,8000),(0),(0) or 1;CELP;1;0;(9600).
func parseOffer(line string) (o Offer, ok bool) {
	line = strings.TrimSpace(line)
	if p, rest, found := strings.Cut(line, ":"); found && strings.HasSuffix(p, "VSM") {
		line = rest
	}
	fields := splitFields(line)
	if len(fields) < 2 {
		return o, false
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil || n < 0 || n > 255 {
		return o, false
	}
	o.Number = n
	o.Label = strings.Trim(fields[1], `"`)
	if len(fields) > 2 {
		o.Bits, _ = strconv.Atoi(fields[2])
	}
	// The rates are the field after bits and "timing mark", or the first that holds a rate at all.
	for _, f := range fields[2:] {
		if o.Rates = parseRates(f); len(o.Rates) > 0 {
			break
		}
	}
	return o, true
}

// splitFields cuts at commas and semicolons outside quotes and parentheses.
func splitFields(s string) (fields []string) {
	depth, quoted, from := 0, false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case (c == ',' || c == ';') && depth <= 0:
			fields = append(fields, strings.TrimSpace(s[from:i]))
			from = i + 1
		}
	}
	return append(fields, strings.TrimSpace(s[from:]))
}

// parseRates reads 8000, (7200,8000), (7200-11025).
func parseRates(s string) (rates []int) {
	s = strings.Trim(s, "() ")
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		lo, hi, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(lo)
		if err != nil || a < 4000 || a > 48000 {
			continue
		}
		if !isRange {
			rates = append(rates, a)
			continue
		}
		b, err := strconv.Atoi(hi)
		for _, r := range knownRates {
			if err == nil && r >= a && r <= b {
				rates = append(rates, r)
			}
		}
	}
	return rates
}

// coding says what an offer is: by its label, since numbers differ between firmwares, and by the dialect's table when the
// label says nothing.
func (o Offer) coding(d *Dialect) Coding {
	label := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(o.Label))
	has := func(s string) bool { return strings.Contains(label, s) }
	switch {
	case has("ULAW"), has("MULAW"):
		return ULaw
	case has("ALAW"):
		return ALaw
	case has("IMA"):
		return IMALow
	case has("ADPCM"), has("CELP"), has("GSM"), has("G72"):
		return d.Formats[strconv.Itoa(o.Number)].Coding
	case has("LINEAR16"), has("16BITLINEAR"), (has("LINEAR") || has("PCM")) && o.Bits == 16:
		return Linear16
	case has("UNSIGNED"), has("8BITLINEAR"), has("LINEAR8"), has("LINEAR") && o.Bits == 8:
		return Unsigned8
	case has("SIGNED") && o.Bits == 8:
		return Signed8
	}
	return d.Formats[strconv.Itoa(o.Number)].Coding
}

// choose picks the format: by coding in the order of preference, then 8 kHz, then the nearest rate above, then below. baud
// excludes what a real serial line of that speed cannot carry; 0 is a USB modem, which has no speed.
func choose(d *Dialect, offers []Offer, baud int) (Format, bool) {
	var best Format
	found := false
	for _, o := range offers {
		c := o.coding(d)
		if c == unsupported {
			continue
		}
		rates := o.Rates
		if len(rates) == 0 {
			rates = d.Formats[strconv.Itoa(o.Number)].Rates
		}
		if len(rates) == 0 {
			rates = []int{8000}
		}
		for _, r := range rates {
			f := Format{Number: o.Number, Label: o.Label, Coding: c, Rate: r}
			if r < 7200 || r > 16000 || baud > 0 && f.bitRate() >= baud {
				continue
			}
			if !found || f.rank() < best.rank() {
				best, found = f, true
			}
		}
	}
	return best, found
}

// rank orders formats, the best first.
func (f Format) rank() int {
	rate := f.Rate - 8000
	if rate < 0 {
		rate = 50000 - rate
	}
	return slices.Index(preference, f.Coding)*100000 + rate
}

// numbered are the dialect's own formats as offers, for a modem that does not list any.
func (d *Dialect) numbered() (offers []Offer) {
	for n, f := range d.Formats {
		if i, err := strconv.Atoi(n); err == nil {
			offers = append(offers, Offer{Number: i, Label: f.Label, Rates: f.Rates})
		}
	}
	slices.SortFunc(offers, func(a, b Offer) int { return a.Number - b.Number })
	return offers
}
