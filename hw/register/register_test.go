package register

import "testing"

var table = Table{
	{Addr: 1, Name: "Mixed", Reset: 0x41, Fields: []Field{
		{Name: "HIGH", Hi: 7, Lo: 6}, {Name: "RO", Hi: 5, Lo: 4, Access: ReadOnly, Absent: true}, {Name: "ONE", Hi: 1, Lo: 1, Access: WriteOneClear}, {Name: "ZERO", Hi: 0, Lo: 0, Access: WriteZeroClear},
	}},
	{Addr: 9, Name: "Gone", Absent: true, Fields: []Field{{Name: "ALL", Hi: 7, Lo: 0}}},
}

func TestField(t *testing.T) {
	f := Field{Hi: 5, Lo: 3}
	if f.Mask() != 0x38 || f.Value(0xd7) != 0x02 {
		t.Errorf("mask %#02x, value %d", f.Mask(), f.Value(0xd7))
	}
	if m := (Field{Hi: 7, Lo: 0}).Mask(); m != 0xff {
		t.Errorf("mask of all bits %#02x", m)
	}
}

// A write reaches what may be written, clears by its own rule, and leaves the rest.
func TestWritten(t *testing.T) {
	m := table.Lookup(1).Masks()
	for _, c := range []struct{ old, v, want uint8 }{
		{0x00, 0xff, 0xc0},
		{0x33, 0x01, 0x33}, // status bits stay: one is not cleared by 0, zero not by 1
		{0x33, 0x03, 0x31},
		{0x33, 0x00, 0x32},
		{0x33, 0xc2, 0xf0},
	} {
		if got := m.Written(c.old, c.v); got != c.want {
			t.Errorf("%#02x after %#02x was written to %#02x, want %#02x", got, c.v, c.old, c.want)
		}
	}
}

func TestSmaller(t *testing.T) {
	s := table.Smaller()
	if len(s) != 1 || len(s[0].Fields) != 3 || s.Lookup(9) != nil {
		t.Errorf("%+v", s)
	}
	if len(table) != 2 || len(table[0].Fields) != 4 {
		t.Error("the whole table was changed")
	}
}

func TestCheck(t *testing.T) {
	if err := table.Check(); err != nil {
		t.Error(err)
	}
	field := func(name string, hi, lo uint8) Field { return Field{Name: name, Hi: hi, Lo: lo} }
	for what, bad := range map[string]Table{
		"order":    {{Addr: 2}, {Addr: 2}},
		"bounds":   {{Fields: []Field{field("A", 8, 0)}}},
		"reversed": {{Fields: []Field{field("A", 1, 2)}}},
		"overlap":  {{Fields: []Field{field("A", 3, 1), field("B", 1, 0)}}},
		"reset":    {{Reset: 0x80, Fields: []Field{field("A", 3, 0)}}},
		"no name":  {{Fields: []Field{field("", 3, 0)}}},
	} {
		if bad.Check() == nil {
			t.Errorf("%s: no fault found", what)
		}
	}
}

func TestExplain(t *testing.T) {
	if got, want := table.Lookup(1).Explain(0xa1), "HIGH=2 RO=2 ONE=0 ZERO=1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
