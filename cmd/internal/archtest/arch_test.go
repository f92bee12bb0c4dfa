// Package archtest holds the layering of the project as a test.
package archtest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rules say what the packages under a folder may import of this project and which modules from outside. The longest prefix
// that matches a package applies. This is a statement of policy: do not change it to mend a build.
var rules = []struct {
	pkg    string   // prefix of the importing package
	allow  []string // prefixes of packages of this project, beside its own folder
	extern []string // prefixes of modules; "*" is any
	why    string
}{
	{"tipring/dsp", nil, nil, "signal processing stands on the standard library, so that it can be used and tested alone"},
	{"tipring/tdm", []string{"tipring/dsp"}, nil, "line machines and spans know sound and bits, not cards, sockets or SIP"},
	{"tipring/hw", []string{"tipring/tdm.", "tipring/firmware"}, []string{"github.com/tarm/serial", "periph.io/x/", "golang.org/x/sys"}, "a driver knows the card interface and nothing above it"},
	{"tipring/hw/link/qemutest", []string{"tipring/firmware", "tipring/tdm.", "tipring/cmd/peers"}, []string{"golang.org/x/sys"}, "the firmware runs in QEMU, which is a peer, among chip models"},
	{"tipring/firmware", nil, nil, "the image format is the firmware's and stands on the standard library"},
	{"tipring/firmware/oracle", []string{"tipring/cmd/peers"}, nil, "the C compiler is a peer"},
	{"tipring/hw/emu", []string{"tipring/tdm", "tipring/dsp", "tipring/hw/hwtest"}, nil, "the emulated card plays the far end, which speaks the protocols"},
	{"tipring/hw/modem", []string{"tipring/tdm.", "tipring/dsp"}, nil, "a voice modem's line is resampled and listened to by the driver: nothing else knows its rate, and a half-duplex one never reaches a pump"},
	{"tipring/hw/modem/modemtest", []string{"tipring/tdm", "tipring/dsp"}, nil, "the suite of a modem driver plays the gateway to its line"},
	{"tipring/hw/link/linktest", []string{"tipring/tdm.", "tipring/dsp"}, []string{"periph.io/x/"}, "the far end of a test's line dials"},
	{"tipring/hw/pseudowire", []string{"tipring/tdm.", "tipring/tdm/pseudowire", "tipring/tdm/framing"}, nil, "a line over packets has no framer chip: its codec and its framing are ours"},
	{"tipring/gateway", []string{"tipring/tdm", "tipring/dsp"}, []string{"github.com/pion/", "golang.org/x/", "github.com/prometheus/"}, "the gateway never sees hardware; only cmd brings the two together"},
	{"tipring/gateway/sip", []string{"tipring/tdm", "tipring/dsp", "tipring/gateway"}, []string{"github.com/emiago/sipgo", "github.com/pion/", "github.com/icholy/digest", "golang.org/x/"}, "sipgo's types stay in here"},
	{"tipring/gateway/cdr", []string{"tipring/tdm."}, []string{"modernc.org/sqlite"}, "records are plain rows"},
	{"tipring/gateway/config", []string{"tipring/dsp", "tipring/gateway"}, []string{"github.com/BurntSushi/toml"}, "the one reader of the configuration file"},
	{"tipring/udev", []string{"tipring/hw/link", "tipring/hw/modem"}, nil, "rules come from the id tables of the drivers"},
	{"tipring/cmd", []string{"tipring/"}, []string{"*"}, "wiring"},
}

// helpers say what the tests of a folder may import beyond what the folder itself may: all rows whose prefix matches apply.
var helpers = []struct {
	pkg   string
	allow []string // packages; a trailing /... takes in what is below
	why   string
}{
	{"tipring", []string{"tipring/cmd/peers"}, "a peer tool that is missing skips or fails a test in one way"},
	{"tipring/tdm", []string{"tipring/hw/emu", "tipring/hw/soft"}, "a line machine is tested against an emulated far end"},
	{"tipring/hw", []string{"tipring/dsp/..."}, "a test listens to what a card plays"},
	{"tipring/hw/pseudowire", []string{"tipring/tdm/..."}, "a pseudowire is tested with a D channel on it"},
}

// forTests are the packages that exist for tests: only tests and other such packages import them.
var forTests = []string{"tipring/cmd/peers", "tipring/dsp/dsptest", "tipring/hw/hwtest", "tipring/gateway/netsim", "tipring/gateway/sip/siptest",
	"tipring/hw/serial/serialtest", "tipring/hw/modem/modemtest", "tipring/firmware/oracle", "tipring/hw/link/linktest", "tipring/hw/link/qemutest"}

func TestLayering(t *testing.T) {
	for pkg, imports := range list(t, `{{join .Imports " "}}`) {
		i := match(pkg)
		if i < 0 {
			t.Errorf("%s is in no folder that the layout knows", pkg)
			continue
		}
		for imp := range strings.FieldsSeq(imports) {
			switch {
			case !allowed(i, imp):
				t.Errorf("%s imports %s: %s", pkg, imp, rules[i].why)
			case slices.Contains(forTests, imp) && !slices.Contains(forTests, pkg):
				t.Errorf("%s imports %s, which is for tests", pkg, imp)
			}
		}
	}
}

// Tests keep to the layers too, but for the helpers.
func TestLayeringOfTests(t *testing.T) {
	for pkg, imports := range list(t, `{{join .TestImports " "}} {{join .XTestImports " "}}`) {
		i := match(pkg)
		for imp := range strings.FieldsSeq(imports) {
			if i >= 0 && !allowed(i, imp) && !helps(pkg, imp) {
				t.Errorf("a test of %s imports %s: %s", pkg, imp, rules[i].why)
			}
		}
	}
}

// list returns what the template makes of every package of the project.
func list(t *testing.T, template string) map[string]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}: "+template, "tipring/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		pkg, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		all[pkg] = imports
	}
	return all
}

func helps(pkg, imp string) bool {
	for _, h := range helpers {
		if pkg != h.pkg && !strings.HasPrefix(pkg, h.pkg+"/") {
			continue
		}
		for _, a := range h.allow {
			if below, ok := strings.CutSuffix(a, "..."); imp == a || ok && strings.HasPrefix(imp, below) {
				return true
			}
		}
	}
	return false
}

func TestHelps(t *testing.T) {
	for _, x := range []struct {
		pkg, imp string
		want     bool
	}{
		{"tipring/dsp/fsk", "tipring/cmd/peers", true},
		{"tipring/tdm/loop", "tipring/hw/emu", true},
		{"tipring/hw/hwtest", "tipring/dsp/pulse", true},
		{"tipring/gateway/call", "tipring/hw/emu", false},
		{"tipring/dsp/fsk", "tipring/tdm", false},
		{"tipring/tdm/loop", "tipring/hw/modem", false},
		{"tipring/hw/emu", "tipring/gateway/call", false},
	} {
		if got := helps(x.pkg, x.imp) || allowed(match(x.pkg), x.imp); got != x.want {
			t.Errorf("a test of %s may import %s: %v", x.pkg, x.imp, got)
		}
	}
}

func match(pkg string) int {
	best := -1
	for i, r := range rules {
		if (pkg == r.pkg || strings.HasPrefix(pkg, r.pkg+"/")) && (best < 0 || len(r.pkg) > len(rules[best].pkg)) {
			best = i
		}
	}
	return best
}

// allowed applies rule i to one import. A trailing dot on an allowed prefix means the package itself and none below it.
func allowed(i int, imp string) bool {
	r := rules[i]
	if strings.HasPrefix(imp, "tipring/") || imp == "tipring" {
		top := strings.Join(strings.SplitN(r.pkg, "/", 3)[:2], "/")
		if imp == top || strings.HasPrefix(imp, top+"/") {
			return true
		}
		for _, a := range r.allow {
			if p, exact := strings.CutSuffix(a, "."); exact {
				if imp == p {
					return true
				}
			} else if strings.HasPrefix(imp, a) {
				return true
			}
		}
		return false
	}
	if first, _, _ := strings.Cut(imp, "/"); !strings.Contains(first, ".") {
		return true // standard library
	}
	for _, e := range r.extern {
		if e == "*" || strings.HasPrefix(imp, e) {
			return true
		}
	}
	return false
}

// The top level is closed.
func TestTopLevel(t *testing.T) {
	const known = " cmd hw dsp tdm gateway firmware udev go.mod go.sum README.md "
	out, err := exec.Command("git", "-C", "../../..", "ls-files").Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		top, _, _ := strings.Cut(strings.TrimSpace(line), "/")
		if !strings.HasPrefix(top, ".") && !strings.Contains(known, " "+top+" ") {
			t.Errorf("%s is not part of the agreed top level", top)
		}
	}
}

// Every package says what it does.
func TestPackageComments(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}	{{.Doc}}`, "tipring/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		pkg, doc, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if doc == "" && !testOnly(pkg) {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}

// testOnly reports whether a package has only test files; their comment is not what go list prints.
func testOnly(pkg string) bool {
	dir := "../../../" + strings.TrimPrefix(pkg, "tipring/")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			return false
		}
	}
	return true
}
