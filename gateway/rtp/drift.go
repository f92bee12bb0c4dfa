package rtp

import "math"

const (
	driftSpan  = 64  // packets whose least transit time makes one point of the line
	driftSpans = 200 // points after which one has faded to 1/e
	minSpans   = 8
	maxDrift   = 1e4 // ppm; more is no clock
)

// A drift estimates how much faster the peer's clock runs than the card's, from the transit times of packets (card sample
// at which a packet came less its timestamp), by a straight line through the least one of each span: jitter only ever adds.
//
// Packets are seen at block boundaries, which limits the estimate to about 100 ppm after a minute and 10 ppm after ten.
type drift struct {
	n               int
	least           int64
	at0, r0         int64
	spans           int
	w, x, y, xx, xy float64
}

func (d *drift) reset() { *d = drift{} }

func (d *drift) add(at int64, ts uint32) {
	r := int64(int32(uint32(at) - ts)) // a call is shorter than the 2^31 samples (3 days) after which this would wrap
	if d.n == 0 || r < d.least {
		d.least = r
	}
	if d.n++; d.n < driftSpan {
		return
	}
	d.n = 0
	if d.spans == 0 {
		d.at0, d.r0 = at, d.least
	}
	d.spans++
	const keep = 1 - 1.0/driftSpans
	x, y := float64(at-d.at0), float64(d.least-d.r0)
	d.w = d.w*keep + 1
	d.x = d.x*keep + x
	d.y = d.y*keep + y
	d.xx = d.xx*keep + x*x
	d.xy = d.xy*keep + x*y
}

// ppm returns 0 until there are enough points for a line.
func (d *drift) ppm() float64 {
	det := d.w*d.xx - d.x*d.x
	if d.spans < minSpans || det <= 0 {
		return 0
	}
	p := -1e6 * (d.w*d.xy - d.x*d.y) / det
	if math.Abs(p) > maxDrift {
		return 0
	}
	return p
}
