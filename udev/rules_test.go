package udev

import (
	"flag"
	"os"
	"strings"
	"testing"

	"tipring/hw/link"
	"tipring/hw/modem"
)

var update = flag.Bool("update", false, "write 60-tipring.rules")

const rulesFile = "60-tipring.rules"

func TestRulesAreThoseOfTheTables(t *testing.T) {
	if *update {
		if err := os.WriteFile(rulesFile, []byte(Rules()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Rules() {
		t.Errorf("%s is not what the tables say; run the test with -update", rulesFile)
	}
}

// No two rows name one port, and each has ids as the kernel writes them.
func TestPorts(t *testing.T) {
	type key struct {
		vendor, product string
		iface           int
	}
	seen := map[key]bool{}
	for _, p := range ports() {
		k := key{p.vendor, p.product, p.iface}
		if seen[k] {
			t.Errorf("%+v is there twice", k)
		}
		seen[k] = true
		for _, id := range []string{p.vendor, p.product} {
			if len(id) != 4 || strings.Trim(id, "0123456789abcdef") != "" {
				t.Errorf("%s: id %q is not four hexadecimal digits", p.comment, id)
			}
		}
	}
	if len(seen) < len(link.USBDevices) {
		t.Error("boards are missing")
	}
}

// adapters are USB-to-serial chips that brltty takes by their ids alone (brltty's Autostart/Udev rules before 6.5): a rule of
// ours on such an id would fight with it.
var adapters = []string{"0403:6001", "10c4:ea60", "10c4:ea80", "1a86:7523", "067b:2303"}

func TestNoAdapterThatBrlttyTakes(t *testing.T) {
	for _, p := range ports() {
		for _, a := range adapters {
			if p.vendor+":"+p.product == a {
				t.Errorf("%s has the id of an adapter, %s", p.comment, a)
			}
		}
	}
}

// What the modem driver looks up by a USB id is what the rules name.
func TestEveryVoiceModemIsNamed(t *testing.T) {
	rules := Rules()
	n := 0
	for _, d := range modem.USBDevices() {
		if d.Class == "softmodem" || d.Class == "cellular" { // no voice without a driver of their own
			continue
		}
		n++
		if !strings.Contains(rules, `ATTRS{idVendor}=="`+d.Vendor+`", ATTRS{idProduct}=="`+d.Product+`"`) {
			t.Errorf("%s is not named", d.Name)
		}
	}
	if n < 40 {
		t.Errorf("%d modems", n)
	}
}
