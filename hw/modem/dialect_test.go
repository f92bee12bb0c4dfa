package modem

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Every row of the data is complete enough for its family to be driven, names its sources, and has no field that the
// driver does not know.
func TestDialects(t *testing.T) {
	strict := json.NewDecoder(strings.NewReader(string(dialectsJSON)))
	strict.DisallowUnknownFields()
	var file struct {
		Title, Note string
		Dialects    []Dialect
	}
	if err := strict.Decode(&file); err != nil {
		t.Fatal(err)
	}
	if len(file.Dialects) < 20 {
		t.Errorf("%d rows", len(file.Dialects))
	}
	for _, id := range Dialects() {
		d, _ := LookupDialect(id)
		need := map[string]bool{"reset": len(d.Reset) > 0, "answer": len(d.Answer) > 0, "dial": strings.Contains(d.Dial, "{digits}"), "on_hook": len(d.OnHook) > 0}
		switch d.Family {
		case Voice:
			need["voice"] = len(d.Voice) > 0
			need["play"], need["record"] = d.Play != "", d.Record != ""
			need["stops"] = d.StopPlay != "" && d.AbortPlay != "" && d.StopRecord != "" && (d.Duplex == "" || d.StopDuplex != "")
			need["select"] = len(d.Select) > 0
		case Cellular:
			need["audio"] = d.Audio.Rate > 0 && d.Audio.Frame > 0 && d.Audio.Coding != unsupported && d.PollCalls != ""
		default:
			t.Errorf("%s: family %q", id, d.Family)
		}
		for field, ok := range need {
			if !ok {
				t.Errorf("%s: no %s", id, field)
			}
		}
		for n, f := range d.Formats {
			if f.Coding != unsupported && !slices.Contains(preference, f.Coding) {
				t.Errorf("%s: format %s has coding %q", id, n, f.Coding)
			}
		}
		for _, s := range []string{d.StopPlay, d.AbortPlay, d.StopRecord, d.StopDuplex, d.Escape} {
			if b := octets(s); strings.Contains(string(b), "<") {
				t.Errorf("%s: %q names an octet that is not known", id, s)
			}
		}
	}
}

// A row that stands on another one changes nothing of it, and its formats are its own.
func TestRowsAreTheirOwn(t *testing.T) {
	v, _ := LookupDialect("v253")
	c, _ := LookupDialect("conexant_usb")
	z, _ := LookupDialect("zoom3095")
	if v.Voice[0] != "AT+FCLASS=8" || c.Voice[0] != "AT+FCLASS=8" || c.Select[0] == v.Select[0] || z.StopRecord == c.StopRecord || z.Select[0] != c.Select[0] {
		t.Errorf("%q %q %q", v.Voice, c.Voice, z.StopRecord)
	}
	if _, ok := c.Formats["4"]; ok || len(z.Formats) != len(c.Formats) {
		t.Errorf("formats %v, %v", c.Formats, z.Formats)
	}
}

func TestLoadFaults(t *testing.T) {
	const good = `{"dialects":[{"id":"a","source":["x"]}]}`
	for _, c := range [][3]string{
		{`{`, `{}`, `{}`},
		{`{"dialects":[{"id":"a"}]}`, `{}`, `{}`},
		{`{"dialects":[{"id":"a","base":"b","source":["x"]}]}`, `{}`, `{}`},
		{`{"dialects":[{"id":"a","source":["x"]},{"id":"a","source":["x"]}]}`, `{}`, `{}`},
		{`{"dialects":[{"id":3}]}`, `{}`, `{}`},
		{good, `{"codes":[{"code":"xy","means":"busy"}]}`, `{}`},
		{good, `{"codes":[{"code":"x","means":"nonsense"}]}`, `{}`},
		{good, `{}`, `[]`},
	} {
		if _, err := load([]byte(c[0]), []byte(c[1]), []byte(c[2])); err == nil {
			t.Errorf("%q is taken", c)
		}
	}
}

// What a USB id tells to expect is in the table, and its dialect exists.
func TestUSB(t *testing.T) {
	for _, d := range USBDevices() {
		if d.Dialect != "" {
			if _, ok := LookupDialect(d.Dialect); !ok {
				t.Errorf("%s:%s: dialect %q", d.Vendor, d.Product, d.Dialect)
			}
		}
		if len(d.Vendor) != 4 || len(d.Product) != 4 || d.Name == "" || len(d.Source) == 0 {
			t.Errorf("%+v", d)
		}
	}
	if d, ok := LookupUSB("0BAF", "0303"); !ok || d.Dialect != "usr5637" {
		t.Errorf("%+v, %v", d, ok)
	}
	if _, ok := LookupUSB("ffff", "ffff"); ok {
		t.Error("ffff:ffff is known")
	}
}

// The shielded codes of the data, and the digits, mean something.
func TestCodes(t *testing.T) {
	for code, want := range map[byte]meaning{'b': meansBusy, 'd': meansDialTone, 'l': meansLoop, 'L': meansLoop, 's': meansSilence,
		'q': meansQuiet, '5': meansDigit, '#': meansDigit, 'D': meansDigit, 'u': meansUnderrun, 'T': meansNothing, 0xff: meansNothing} {
		if got := data().codes[code]; got != want {
			t.Errorf("%q means %d, want %d", code, got, want)
		}
	}
}
