package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"tipring/hw/si3050"
	"tipring/hw/si3210"
)

// card runs a card command.
func card(t *testing.T, line string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = execute(env{ctx: t.Context(), stdout: &out, stderr: &errs}, append([]string{"card"}, words(line)...))
	return code, out.String(), errs.String()
}

// What the commands say of the emulated board is what its lines are like.
func TestCardGolden(t *testing.T) {
	for _, c := range []struct {
		name, line string
		code       int
		says       string
	}{
		{"card-list", "list --emu", 0, ""},
		{"card-list.json", "list --emu --json", 0, ""},
		{"card-info", "info --emu emu2", 0, ""},
		{"card-info.json", "info --emu emu6 --json", 0, ""},
		{"card-regs", "regs --emu emu1 --indirect", 0, ""},
		{"card-regs-fxo", "regs --emu emu5", 0, ""},
		{"card-test", "test --emu emu1", 0, ""},
		{"card-test-offhook", "test --emu emu2", 1, "emu2: 1 fault"},
		{"card-test-leak", "test --emu emu3", 1, "emu3: 1 fault"},
		{"card-test-nothing", "test --emu emu4", 1, "emu4: 1 fault"},
		{"card-test-fxo", "test --emu emu5 --seize --country de", 0, ""},
		{"card-test-unplugged", "test --emu emu7 --seize", 1, "emu7: 1 fault"},
	} {
		code, out, errs := card(t, c.line)
		if code != c.code || (c.says == "") != (errs == "") || !strings.Contains(errs, c.says) {
			t.Errorf("card %s: exit %d, %q; want %d and %q", c.line, code, errs, c.code, c.says)
		}
		file := filepath.Join("testdata", c.name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if out != string(want) {
			t.Errorf("card %s prints\n%s\nwant\n%s", c.line, out, want)
		}
	}
}

func TestCardWrongUse(t *testing.T) {
	for _, c := range []struct {
		line string
		code int
		says string
	}{
		{"info --emu emu9", 1, "want emu1 to emu8"},
		{"info", 2, "expected \"<port>\""},
		{"regs --emu", 2, "want a port or --table"},
		{"regs --table si3050 emu1", 2, "want a port or --table"},
		{"regs --table si9999", 2, "want si3210, si3215 or si3050"},
		{"regs --emu emu5 --indirect", 2, "no indirect registers"},
		{"test --emu emu1 --country xx", 2, `country "xx"`},
		{"test --emu emu1 --seize", 2, "--seize is for an FXO chip"},
		{"test --emu emu8 --country uk", 1, "the line side does not offer this"},
		{"watch --emu --country atlantis", 2, `country "atlantis"`},
		{"watch --emu emu9", 1, "want emu1 to emu8"},
		{"info /dev/nothing", 1, "/dev/nothing"},
	} {
		code, out, errs := card(t, c.line)
		if code != c.code || out != "" || !strings.Contains(errs, c.says) || strings.Count(errs, "\n") != 1 {
			t.Errorf("card %s: exit %d, output %q, error %q; want exit %d and one line with %q", c.line, code, out, errs, c.code, c.says)
		}
	}
}

// The tables can be read without hardware, and say how each fact is known.
func TestCardTables(t *testing.T) {
	for name, n := range map[string]int{"si3210": len(si3210.Registers), "si3215": len(si3210.Registers.Smaller()), "si3050": len(si3050.Registers)} {
		code, out, errs := card(t, "regs --table "+name)
		if code != 0 || errs != "" || strings.Count(out, "\n") < n {
			t.Errorf("%s: exit %d, %q, %d lines for %d registers", name, code, errs, strings.Count(out, "\n"), n)
		}
		var regs []any
		code, out, _ = card(t, "regs --json --table "+name)
		if err := json.Unmarshal([]byte(out), &regs); code != 0 || err != nil || len(regs) != n {
			t.Errorf("%s as JSON: exit %d, %v, %d registers of %d", name, code, err, len(regs), n)
		}
	}
	_, out, _ := card(t, "regs --table si3050")
	for _, s := range []string{"sheet: DS50a", "driver: wctdm", "family: si3052"} {
		if !strings.Contains(out, s) {
			t.Errorf("the table does not say %q", s)
		}
	}
}

// Watching shows the telephone and the exchange of the emulated board at work, by interrupt line and by polling.
func TestCardWatch(t *testing.T) {
	for _, flags := range []string{"--int INT", ""} {
		synctest.Test(t, func(t *testing.T) {
			code, out, errs := card(t, "watch --emu --for 7s "+flags)
			if code != 0 || errs != "" {
				t.Fatalf("exit %d, %q", code, errs)
			}
			for _, s := range []string{"emu1  ready", "emu8  ready", "emu1  off hook", "emu1  on hook", "emu5  ringing on", "emu5  ringing off", "emu7  battery lost"} {
				if !strings.Contains(out, s) {
					t.Errorf("%q does not happen: %s", s, out)
				}
			}
		})
	}
}
