package pseudowire

// A follower is the adaptive clock: it makes the card's clock so fast that the jitter buffer stays as full as it shall be.
//
// The buffer's depth integrates the difference of the clocks, 1 ppm is 1 µs a second, so that proportional and integral parts
// make a critically damped loop of second order with a natural frequency of 0.01 rad/s. Once a second is often enough, and
// averages the packets' jitter. The depth is seen to a millisecond, so that the rate wanders by 20 ppm, a phase of a fraction of one.
type follower struct {
	target float64 // packets
	ms     float64 // that a packet stands for
	sum    float64
	n      int
	whole  float64 // integral part, ppm
}

const (
	proportional = 20.0 // ppm for a millisecond
	integral     = 0.1  // ppm a second for a millisecond
	limitPPM     = 200
)

// tick takes how many packets wait in a millisecond. Once a second an adjustment is due, in parts in a thousand million.
func (f *follower) tick(waiting int) (ppb int64, due bool) {
	f.sum += float64(waiting)
	if f.n++; f.n < 1000 {
		return 0, false
	}
	over := (f.sum/float64(f.n) - f.target) * f.ms
	f.sum, f.n = 0, 0
	f.whole = limit(f.whole + integral*over)
	return int64(limit(f.whole+proportional*over) * 1000), true
}

func limit(ppm float64) float64 { return max(-limitPPM, min(limitPPM, ppm)) }
