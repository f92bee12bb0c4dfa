package slip

// estimator follows the transit times of a stream: the least one, which is the relation of the two clocks, and how far
// the others exceed it, which is the jitter.
type estimator struct {
	window   int64    // when the current window began
	least2   [2]int64 // smallest transit of the current and the former window
	full     bool     // the former window counts
	any      bool
	hist     [bins]float32 // share of packets by excess over the least transit
	weight   float32       // sum of hist before normalising
	beyond   int           // packets in a row that exceed the histogram
	start    int           // target before much is known
	measured int
	quantile int // samples
}

const (
	bins     = 128
	binWidth = 16
	// windowLen is how long a smallest transit counts at least: clocks that differ by 200 ppm drift 3 samples in it.
	windowLen = 16000
	// keep is the forgetting factor of the histogram a packet: it remembers some 250 packets.
	keep = 0.996
	// tolerated is the share of packets that may come later than the target: the timeline waits for them.
	tolerated = 0.015
	// changed is after how many packets in a row a new least transit is believed that is larger than the old one by more
	// than the histogram holds.
	changed = 5
	// settle is how many packets it takes until the measurement is believed against the start value.
	settle = 25
)

func (e *estimator) reset(start int) {
	*e = estimator{start: start}
}

// measure takes one packet that arrived at card time at.
func (e *estimator) measure(at, transit int64) {
	switch {
	case !e.any || at-e.window >= 2*windowLen:
		e.relate(at, transit)
	case at-e.window >= windowLen:
		e.full = true
		e.window, e.least2[1], e.least2[0] = at, e.least2[0], transit
	default:
		e.least2[0] = min(e.least2[0], transit)
	}
	over := (transit - e.least()) / binWidth
	if over >= bins {
		// No delay that a call could bear would have saved it. Several in a row are no jitter: the path has changed.
		if e.beyond++; e.beyond < changed {
			return
		}
		e.relate(at, transit)
		over = 0
	}
	e.beyond = 0
	e.measured++
	forget := min(keep, 1-1/float32(e.measured+1))
	for i := range e.hist {
		e.hist[i] *= forget
	}
	e.hist[over] += 1 - forget
	e.weight = e.weight*forget + 1 - forget
	late := e.weight * tolerated
	i := bins - 1
	for sum := e.hist[i]; i > 0 && sum <= late; sum += e.hist[i] {
		i--
	}
	e.quantile = i * binWidth
	if i > 0 {
		e.quantile += binWidth
	}
}

// relate takes a transit as the least one, whatever was before.
func (e *estimator) relate(at, transit int64) {
	e.any, e.full = true, false
	e.window, e.least2[0] = at, transit
}

func (e *estimator) least() int64 {
	if e.full {
		return min(e.least2[0], e.least2[1])
	}
	return e.least2[0]
}

// jitter is the delay in samples over the least transit that has all but the tolerated share of packets come in time.
func (e *estimator) jitter() int {
	if e.measured < settle {
		return max(e.start, e.quantile)
	}
	return e.quantile
}
