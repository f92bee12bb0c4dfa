package wire

import "errors"

// ErrCOBS is what a frame that is no COBS encoding gives.
var ErrCOBS = errors.New("not a COBS frame")

// AppendCOBS appends the encoding of data, without delimiters, to dst (Cheshire and Baker 1999, section 3).
func AppendCOBS(dst, data []byte) []byte {
	code := len(dst)
	dst = append(dst, 1)
	for _, b := range data {
		if dst[code] == 0xff { // a full group has no zero behind it
			code = len(dst)
			dst = append(dst, 1)
		}
		if b == 0 {
			code = len(dst)
			dst = append(dst, 1)
			continue
		}
		dst = append(dst, b)
		dst[code]++
	}
	return dst
}

// DecodeCOBS decodes frame, which has no delimiters, in place.
func DecodeCOBS(frame []byte) ([]byte, error) {
	n := 0
	for i := 0; i < len(frame); {
		code := int(frame[i])
		if code == 0 || i+code > len(frame) {
			return nil, ErrCOBS
		}
		for _, b := range frame[i+1 : i+code] {
			if b == 0 {
				return nil, ErrCOBS
			}
			frame[n] = b
			n++
		}
		i += code
		if code < 0xff && i < len(frame) {
			frame[n] = 0
			n++
		}
	}
	return frame[:n], nil
}
