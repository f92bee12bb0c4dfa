package country

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The rows are those of the data file, which says where it comes from.
func TestRowsAreTheData(t *testing.T) {
	raw, err := os.ReadFile("testdata/fxo-countries.json")
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Countries []struct {
			Name, ISO3166           string
			OHS, OHS2, RZ, RT, ILIM uint8
			DCV, MINI, ACIM         uint8
			Tx                      int    `json:"tx_gain_tenth_db"`
			Reg23                   string `json:"xpp_reg23"`
		}
	}
	if err := json.Unmarshal(raw, &data); err != nil {
		t.Fatal(err)
	}
	if len(data.Countries) != 73 || len(Rows) != 73 {
		t.Fatalf("%d rows of %d, want 73", len(Rows), len(data.Countries))
	}
	on := map[bool]uint8{true: 1}
	for i, d := range data.Countries {
		r := Rows[i]
		if r.Name != strings.ToLower(d.Name) || r.ISO != d.ISO3166 || on[r.OHS] != d.OHS || on[r.OHS2] != d.OHS2 || on[r.RZ] != d.RZ || on[r.RT] != d.RT ||
			on[r.ILIM] != d.ILIM || r.DCV != d.DCV || r.MINI != d.MINI || r.ACIM != d.ACIM || r.TxTenthDB != d.Tx || (r.RingValid2 == 0x2b) != (d.Reg23 == "0x2B") {
			t.Errorf("row %d is %+v, the data has %+v", i, r, d)
		}
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]string{"DE": "germany", "germany": "germany", "gb": "uk", "uk": "uk", "us": "usa", "FCC": "fcc", "tbr21": "tbr21", "za": "southafrica"} {
		if r, err := Lookup(name); err != nil || r.Name != want {
			t.Errorf("%s is %s, %v; want %s", name, r.Name, err, want)
		}
	}
	for _, name := range []string{"", "xx", "deutschland"} {
		if r, err := Lookup(name); err == nil {
			t.Errorf("%q is %s", name, r.Name)
		}
	}
	// A name or code means one row.
	seen := map[string]string{}
	for _, r := range Rows {
		for _, n := range []string{r.Name, strings.ToLower(r.ISO)} {
			if other := seen[n]; n != "" && other != "" && other != r.Name {
				t.Errorf("%s is both %s and %s", n, other, r.Name)
			}
			seen[n] = r.Name
		}
	}
}
