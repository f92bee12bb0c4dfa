package pulse

import (
	"fmt"
	"strings"
)

// A Run is a stretch of the loop in one state.
type Run struct {
	Closed bool
	Ms     int
}

// Encode returns the loop of a digit string, starting with the first break and ending with a pause of PauseMs. ',' and
// 'w' add another PauseMs. A byte that no count of pulses stands for is an error.
func Encode(digits string, c Config) ([]Run, error) {
	c = c.withDefaults()
	var runs []Run
	for i := range len(digits) {
		if d := digits[i]; d == ',' || d == 'w' || d == 'W' {
			if n := len(runs); n > 0 {
				runs[n-1].Ms += c.PauseMs
			} else {
				runs = append(runs, Run{true, c.PauseMs})
			}
			continue
		}
		n := strings.IndexByte(c.Digits, digits[i]) + 1
		if n == 0 {
			return nil, fmt.Errorf("pulse: %q in %q cannot be dialled with pulses; use DTMF for it", digits[i], digits)
		}
		for range n {
			runs = append(runs, Run{false, c.BreakMs}, Run{true, c.MakeMs})
		}
		runs[len(runs)-1].Ms = c.PauseMs
	}
	return runs, nil
}
