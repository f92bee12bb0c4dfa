package main

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"tipring/gateway/config"
)

var update = flag.Bool("update", false, "write the configuration reference into the README")

const readme = "../../README.md"

// The README's configuration reference is what the code says.
func TestReadmeReference(t *testing.T) {
	b, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- reference -->\n", "<!-- /reference -->\n"
	head, rest, ok := strings.Cut(string(b), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the README has no place for the configuration reference")
	}
	want := head + begin + "\n" + config.Reference() + "\n" + end + tail
	if *update {
		if err := os.WriteFile(readme, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(b) != want {
		t.Error("the README's configuration reference is not what the code says; run this test with -update")
	}
}

// Every command of the README is one that the command line knows, with flags that it has.
func TestReadmeCommands(t *testing.T) {
	b, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	n, shell := 0, false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			shell = line == "```sh"
			continue
		}
		args, ok := strings.CutPrefix(line, "./tipring ")
		if !ok {
			args, ok = strings.CutPrefix(line, "go run ./cmd/tipring ")
		}
		if !shell || !ok {
			continue
		}
		n++
		var c cli
		parser, err := kong.New(&c, kong.BindTo(context.Background(), (*context.Context)(nil)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(words(args)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if n < 15 {
		t.Errorf("only %d commands were found", n)
	}
}

// words splits a command as a shell does, as far as double quotes go.
func words(s string) []string {
	var out []string
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}
