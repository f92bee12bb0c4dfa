package fsm

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type state uint8

const (
	closed state = iota
	open
	locked
	broken
)

func (s state) String() string { return [...]string{"closed", "open", "locked", "broken"}[s] }

type event uint8

const (
	push event = iota
	pull
	key
	kick
	knock
)

func (e event) String() string { return [...]string{"push", "pull", "key", "kick", "knock"}[e] }

type door struct {
	keys int
	log  []string
}

func (d *door) creak(how string)     { d.log = append(d.log, "creak "+how) }
func (d *door) click(string)         { d.log = append(d.log, "click") }
func (d *door) hasKey(string) bool   { return d.keys > 0 }
func (d *door) splinter(with string) { d.log = append(d.log, "splinter "+with) }

type row = Row[state, event, *door, string]

var (
	arrow  = Arrow[state, event, *door, string]
	every  = Every[state, event, *door, string]
	stay   = Stay[state, event, *door, string]
	ignore = Ignore[state, event, *door, string]
)

func doorRows() []row {
	return []row{
		Arrow(closed, pull, open, (*door).creak, "D.1 §1"),
		Arrow(open, push, closed, (*door).creak, "D.1 §2"),
		Arrow(closed, key, locked, (*door).click, "D.1 §3").When("has key", (*door).hasKey),
		Arrow(locked, key, closed, (*door).click, "D.1 §3").When("has key", (*door).hasKey),
		arrow(locked, key, locked, nil, "D.1 §4"),
		every(kick, broken, (*door).splinter, "D.2"),
		arrow(broken, kick, broken, nil, "D.2"),
		stay(knock, (*door).click, "D.3", broken, locked),
		ignore(knock, "D.3"),
		ignore(pull, "D.1 §5", open, locked),
	}
}

func TestStepTakesTheRowAndRunsItsAction(t *testing.T) {
	table := Compile(4, 5, doorRows())
	d := &door{}
	for _, c := range []struct {
		keys  int
		in    state
		event event
		with  string
		next  state
		row   bool
		log   string
	}{
		{0, closed, pull, "slow", open, true, "creak slow"},
		{0, open, push, "fast", closed, true, "creak fast"},
		{0, closed, key, "", closed, false, ""},
		{1, closed, key, "", locked, true, "click"},
		{0, locked, key, "", locked, true, ""},
		{1, locked, key, "", closed, true, "click"},
		{0, locked, kick, "boot", broken, true, "splinter boot"},
		{0, broken, kick, "boot", broken, true, ""},
		{0, open, knock, "", open, true, ""},
		{0, locked, pull, "", locked, true, ""},
		{0, locked, knock, "", locked, true, "click"},
		{0, broken, knock, "", broken, true, "click"},
		{0, broken, push, "", broken, false, ""},
	} {
		d.keys, d.log = c.keys, nil
		next, r := table.Step(d, c.in, c.event, c.with)
		if next != c.next || (r != nil) != c.row || strings.Join(d.log, ";") != c.log {
			t.Errorf("%v in %v with %d keys: got %v, row %v, log %q; want %v, %v, %q", c.event, c.in, c.keys, next, r, d.log, c.next, c.row, c.log)
		}
	}
}

func TestCompilePanicsOnAWrongTable(t *testing.T) {
	for name, rows := range map[string][]row{
		"duplicate row":         {arrow(closed, pull, open, nil, "a"), arrow(closed, pull, locked, nil, "b")},
		"row after unguarded":   {arrow(closed, key, open, nil, "a"), Arrow(closed, key, locked, (*door).click, "b").When("has key", (*door).hasKey)},
		"duplicate guard":       {Arrow(closed, key, open, (*door).click, "a").When("g", (*door).hasKey), Arrow(closed, key, locked, (*door).click, "b").When("g", (*door).hasKey)},
		"duplicate listed rows": {ignore(push, "a", closed), every(push, open, nil, "b", closed)},
		"duplicate every rows":  {ignore(push, "a"), every(push, open, nil, "b")},
		"guarded rows only":     {Arrow(closed, key, locked, (*door).click, "a").When("has key", (*door).hasKey), every(key, broken, nil, "b")},
		"listed, guarded only":  {Arrow(closed, key, locked, (*door).click, "a").When("has key", (*door).hasKey), ignore(key, "b", closed)},
		"no clause":             {arrow(closed, pull, open, nil, " ")},
		"event out of range":    {arrow(closed, event(5), open, nil, "a")},
		"from out of range":     {arrow(state(4), pull, open, nil, "a")},
		"to out of range":       {arrow(closed, pull, state(4), nil, "a")},
		"listed out of range":   {ignore(pull, "a", state(4))},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			Compile(4, 5, rows)
		})
	}
}

func TestAStatesOwnRowComesBeforeAListedOneBeforeOneForAll(t *testing.T) {
	// The weakest row is written first: rank decides, not order.
	table := Compile(4, 5, []row{
		every(push, broken, nil, "all"),
		every(push, locked, nil, "listed", open, locked),
		arrow(open, push, closed, nil, "own"),
	})
	for s, want := range map[state]string{open: "own", locked: "listed", closed: "all", broken: "all"} {
		if _, r := table.Step(&door{}, s, push, ""); r == nil || r.Clause != want || r.From != s {
			t.Errorf("push in %v took %v, want the %q row", s, r, want)
		}
	}
}

func TestGraphAnalysis(t *testing.T) {
	table := Compile(4, 5, doorRows())
	if got := table.Unreachable(closed); got != nil {
		t.Errorf("unreachable from closed: %v", got)
	}
	if got := table.Unreachable(broken); !slices.Equal(got, []state{closed, open, locked}) {
		t.Errorf("unreachable from broken: %v", got)
	}
	if got := table.Stuck(); !slices.Equal(got, []state{broken}) {
		t.Errorf("stuck: %v", got)
	}
	want := "closed: push key?\nopen: key\nlocked: push\nbroken: push pull key\n"
	if got := table.Unhandled(); got != want {
		t.Errorf("unhandled:\n%swant\n%s", got, want)
	}
}

func TestCoverNamesTheRowsNotTaken(t *testing.T) {
	table := Compile(4, 5, doorRows())
	c := NewCover(table)
	d := &door{keys: 1}
	for _, s := range []struct {
		in state
		e  event
	}{{closed, pull}, {closed, key}, {open, kick}, {broken, kick}, {broken, push}} {
		_, r := table.Step(d, s.in, s.e, "")
		c.Take(r)
	}
	want := []string{
		"open --push / creak--> closed (D.1 §2)",
		"locked --key [has key] / click--> closed (D.1 §3)",
		"locked --key--> locked (D.1 §4)",
		"any --knock / click--> itself (D.3)",
	}
	if got := c.Missing(); !slices.Equal(got, want) {
		t.Errorf("missing:\n%s", strings.Join(got, "\n"))
	}
}

func TestDOTGolden(t *testing.T) {
	got := Compile(4, 5, doorRows()).DOT("door")
	const file = "testdata/door.dot"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the drawing changed; run with -update and review it:\n%s", got)
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	table := Compile(4, 5, doorRows())
	d := &door{}
	if n := testing.AllocsPerRun(100, func() { table.Step(d, open, knock, "") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkStep(b *testing.B) {
	table := Compile(4, 5, doorRows())
	d := &door{}
	for b.Loop() {
		table.Step(d, locked, key, "")
	}
}
