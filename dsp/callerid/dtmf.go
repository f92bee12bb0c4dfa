package callerid

// DTMFForm is how a number is wrapped in DTMF digits.
type DTMFForm uint8

// The forms.
const (
	FormABC   DTMFForm = iota // A number C; B00C unavailable; B10C private; D redirecting number
	FormAHash                 // A number #; D1# private; D2# international; D3# unavailable
	FormDC                    // D number C
	FormHash                  // number #
)

// encodeDTMF returns the digits of a message.
func encodeDTMF(m Message, f DTMFForm) string {
	number, _ := cleanNumber(m.Number)
	var digits []byte
	for i := range len(number) {
		if c := number[i]; c >= '0' && c <= '9' && len(digits) < MaxNumber {
			digits = append(digits, c)
		}
	}
	absent := m.NumberReason != 0 || len(digits) == 0
	private := m.NumberReason == Private
	switch {
	case f == FormABC && absent && private:
		return "B10C"
	case f == FormABC && absent:
		return "B00C"
	case f == FormABC:
		return "A" + string(digits) + "C"
	case f == FormAHash && absent && private:
		return "D1#"
	case f == FormAHash && absent:
		return "D3#"
	case f == FormAHash:
		return "A" + string(digits) + "#"
	case absent:
		return "" // these forms have no word for it
	case f == FormDC:
		return "D" + string(digits) + "C"
	default:
		return string(digits) + "#"
	}
}

// decodeDTMF reads a string of digits of any form. A string that is none gives a Message without a number that is Dirty.
func decodeDTMF(digits string) Message {
	m := Message{ChecksumOK: true, Raw: []byte(digits)}
	if n := len(digits); n > 0 && (digits[n-1] == 'C' || digits[n-1] == '#') {
		digits = digits[:n-1]
		hash := m.Raw[n-1] == '#'
		if hash && len(digits) == 2 && digits[0] == 'D' {
			switch digits[1] {
			case '1':
				m.NumberReason = Private
			case '2', '3':
				m.NumberReason = Unavailable
			default:
				m.NumberReason, m.Dirty = Unavailable, true
			}
			return m
		}
	}
	field := byte('A')
	for len(digits) > 0 {
		if c := digits[0]; c >= 'A' && c <= 'D' {
			field, digits = c, digits[1:]
		}
		n := 0
		for n < len(digits) && digits[n] >= '0' && digits[n] <= '9' {
			n++
		}
		v := digits[:n]
		if n < len(digits) && (digits[n] < 'A' || digits[n] > 'D') {
			m.Number, m.Redirecting, m.Dirty = "", "", true
			break
		}
		digits = digits[n:]
		switch {
		case field == 'A':
			m.Number = v
		case field == 'B' && v == "10":
			m.NumberReason = Private
		case field == 'B':
			m.NumberReason = Unavailable
		case field == 'D' && m.Number == "" && len(digits) == 0:
			m.Number = v // Taiwan: D number C
		case field == 'D':
			m.Redirecting = v
		default:
			m.Dirty = true
		}
	}
	if m.NumberReason != 0 {
		m.Number = ""
	} else if m.Number == "" {
		m.NumberReason = Unavailable
	}
	return m
}
