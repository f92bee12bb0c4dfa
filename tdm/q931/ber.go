package q931

import "errors"

// The part of BER (X.690) that ROSE components use: definite and indefinite lengths, one-octet tags. Both ends of a
// component are limited, since its octets come from a network: maxDepth constructions within each other, and no more than
// what the facility element holds.
const maxDepth = 12

var errBER = errors.New("q931: component coded wrongly")

// A ber is one data value.
type ber struct {
	tag     byte
	content []byte
}

const (
	berInteger    = 0x02
	berNull       = 0x05
	berOID        = 0x06
	berEnumerated = 0x0a
	berSequence   = 0x30
	berSet        = 0x31
	constructed   = 0x20
)

// next takes the first value off b.
func next(b []byte) (v ber, rest []byte, err error) { return nextAt(b, 0) }

func nextAt(b []byte, depth int) (v ber, rest []byte, err error) {
	if len(b) < 2 || depth > maxDepth || b[0]&0x1f == 0x1f {
		return v, nil, errBER
	}
	v.tag = b[0]
	n, b := int(b[1]), b[2:]
	switch {
	case n == 0x80: // indefinite: ends with two zeros on this level
		if v.tag&constructed == 0 {
			return v, nil, errBER
		}
		rest := b
		for len(rest) < 2 || rest[0] != 0 || rest[1] != 0 {
			if _, rest, err = nextAt(rest, depth+1); err != nil {
				return v, nil, err
			}
		}
		v.content = b[:len(b)-len(rest)]
		return v, rest[2:], nil
	case n == 0x81 && len(b) > 0:
		n, b = int(b[0]), b[1:]
	case n == 0x82 && len(b) > 1:
		n, b = int(b[0])<<8|int(b[1]), b[2:]
	case n >= 0x80:
		return v, nil, errBER
	}
	if n > len(b) {
		return v, nil, errBER
	}
	v.content = b[:n]
	return v, b[n:], nil
}

// integer reads an integer of up to eight octets.
func (v ber) integer() (n int64, ok bool) {
	if len(v.content) == 0 || len(v.content) > 8 {
		return 0, false
	}
	n = int64(int8(v.content[0]))
	for _, b := range v.content[1:] {
		n = n<<8 | int64(b)
	}
	return n, true
}

// walk calls f with the values of a construction until f returns false.
func walk(b []byte, f func(ber) bool) error {
	for len(b) > 0 {
		v, rest, err := next(b)
		if err != nil {
			return err
		}
		if !f(v) {
			return nil
		}
		b = rest
	}
	return nil
}

// find returns the first value with that tag in a construction.
func findTag(b []byte, tag byte) (found ber, ok bool) {
	err := walk(b, func(v ber) bool {
		if v.tag == tag {
			found, ok = v, true
		}
		return !ok
	})
	return found, ok && err == nil
}

// tlv codes one value.
func tlv(tag byte, content ...byte) []byte {
	switch n := len(content); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, content...)
	default:
		return append([]byte{tag, 0x81, byte(n)}, content...)
	}
}

func berInt(tag byte, n int64) []byte {
	var c []byte
	for i := 7; i >= 0; i-- {
		b := byte(n >> (8 * i))
		// An octet is left out while it only repeats the sign of what follows.
		if len(c) == 0 && i > 0 && (b == 0 && n>>(8*i-1)&1 == 0 || b == 0xff && n>>(8*i-1)&1 == 1) {
			continue
		}
		c = append(c, b)
	}
	return tlv(tag, c...)
}

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}
