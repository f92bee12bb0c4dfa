package dtmf

// Frequencies of ITU-T Q.23 §3 in Hz.
var (
	lowHz  = [4]float64{697, 770, 852, 941}
	highHz = [4]float64{1209, 1336, 1477, 1633}
)

// keypad is the assignment of Q.23 Table 1: row by low frequency, column by high frequency.
var keypad = [4][4]byte{
	{'1', '2', '3', 'A'},
	{'4', '5', '6', 'B'},
	{'7', '8', '9', 'C'},
	{'*', '0', '#', 'D'},
}

// Hz returns the two frequencies of a digit; ok is false for a byte that is none. Letters may be lower case.
func Hz(digit byte) (low, high float64, ok bool) {
	if digit >= 'a' && digit <= 'd' {
		digit -= 'a' - 'A'
	}
	for r, row := range keypad {
		for c, d := range row {
			if d == digit {
				return lowHz[r], highHz[c], true
			}
		}
	}
	return 0, 0, false
}
