package r2

import (
	"fmt"
	"slices"
)

// Config describes the channels of a span.
type Config struct {
	Variant string // a name of Variants; empty means itu
	// DNIS is how many digits of the called number a call that comes in is asked for; 0: until it ends.
	DNIS int
	// ANI is how many digits of the calling number it is asked for; 0: none.
	ANI int
	// ANIAfter is how many digits of the called number come before the calling number is asked for; 0: as the country has it.
	ANIAfter int
	Complete func(number string) bool // ends a called number too; nil: none
	Category Category                 // of the calls that go out; 0 means Subscriber
	// ImmediateAccept has a call accepted by A-6 in the place of A-3 and a group B signal.
	ImmediateAccept bool
	// DoubleAnswer answers twice, so that an exchange takes a collect call away (Brazil).
	DoubleAnswer bool
	// RejectCollect refuses calls of the category Collect.
	RejectCollect bool
}

// maxDigits is what a number may have.
const maxDigits = 32

// check returns the variant, or what is wrong.
func (c *Config) check() (*Variant, error) {
	name := c.Variant
	if name == "" {
		name = "itu"
	}
	i := slices.IndexFunc(Variants, func(v Variant) bool { return v.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("r2: variant %q is not known", name)
	}
	v := &Variants[i]
	switch {
	case c.DNIS < 0 || c.DNIS > maxDigits || c.ANI < 0 || c.ANI > maxDigits || c.ANIAfter < 0 || c.ANIAfter > maxDigits:
		return nil, fmt.Errorf("r2: numbers have 0 to %d digits", maxDigits)
	case c.ImmediateAccept && v.signal(groupA, acceptCharged) == 0:
		return nil, fmt.Errorf("r2: %s has no A-6 to accept a call at once: remove immediate accept", v.Name)
	case c.Category >= numCategories || c.Category != 0 && v.Category[c.Category] == 0:
		return nil, fmt.Errorf("r2: %s has no calling category %v", v.Name, c.Category)
	case c.DoubleAnswer && !v.DoubleAnswer:
		return nil, fmt.Errorf("r2: %s has no double answer: remove it", v.Name)
	}
	return v, nil
}

// Category is who calls (Q.441 table 7, group II).
type Category uint8

// The categories.
const (
	NoCategory Category = iota
	Subscriber
	Priority
	Maintenance
	Operator
	Data
	International
	InternationalPriority
	Collect
	numCategories
)

var categoryNames = [numCategories]string{"none", "subscriber", "priority", "maintenance", "operator", "data", "international", "international-priority", "collect"}

// String is the name in the configuration.
func (c Category) String() string {
	if c < numCategories {
		return categoryNames[c]
	}
	return "?"
}
