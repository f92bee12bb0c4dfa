package echo

import (
	"math"

	"tipring/dsp/fft"
)

const (
	maxBulkMs = 1000
	thin      = 4    // samples of the line to one that is correlated: 2,000 a second tell a delay to half a millisecond
	bulkLook  = 4    // blocks with something to hear between two looks
	bulkFade  = 0.95 // of the correlation from block to block: about 0.6 s
	bulkPeak  = 7    // times the root mean square of all lags that a peak must have
	bulkSame  = 2    // lags by which two looks may differ
	bulkFloor = 1e-7 // mean power of a block, below which it has nothing to tell
	hum       = 2    // bins from 0 on that are left out: below 31 Hz
)

// A bulk finds and makes up for a delay ahead of the tail: a modem's buffers, a satellite. It correlates Sin with Rin over all
// delays as long as nothing is cancelled, and the canceller then takes Rin from as long ago.
//
// Both are thinned out to a quarter, and correlated block by block in the frequency domain, as the filter works, with
// each bin divided by the mean power of either: so that a voice's pitch does not look like an echo of itself.
type bulk struct {
	plan  *fft.Plan
	parts int
	delay int // of Rin, samples
	ring  []int16
	at    int // of the next sample in ring

	sumX, sumD int32 // of the last samples
	oldX, oldD int32 // of those before
	count      int   // samples in sumX
	x          [fftLen]float32
	d          [fftLen]float32 // zeros, and the block
	fill       int             // of the block
	xre, xim   []spectrum      // newest at head
	cre, cim   []spectrum      // correlation with Sin so far
	px, pd     spectrum        // mean powers
	head       int
	heard      int // blocks since the last look
	last       int // delay that the last look found; -1: none
	found      int // the same in samples, when the look before had found it too and nothing has come of it yet; -1: none
	sr, si     spectrum
	lag        [fftLen]float32
}

// newBulk covers delays up to ms and a tail behind.
func newBulk(ms, tail int) *bulk {
	lags := (ms + tail) * 8 / thin
	b := &bulk{plan: fft.New(fftLen), parts: (lags + blockLen - 1) / blockLen, ring: make([]int16, ms*8+1)}
	for _, s := range []*[]spectrum{&b.xre, &b.xim, &b.cre, &b.cim} {
		*s = make([]spectrum, b.parts)
	}
	b.reset()
	return b
}

// reset forgets the delay.
func (b *bulk) reset() {
	b.delay, b.at = 0, 0
	clear(b.ring)
	b.restart()
}

// restart begins the search anew.
func (b *bulk) restart() {
	for _, s := range [][]spectrum{b.xre, b.xim, b.cre, b.cim} {
		clear(s)
	}
	b.x, b.d, b.px, b.pd = [fftLen]float32{}, [fftLen]float32{}, spectrum{}, spectrum{}
	b.sumX, b.sumD, b.oldX, b.oldD, b.count, b.fill = 0, 0, 0, 0, 0, 0
	b.heard, b.last, b.found = 0, -1, -1
}

// reference stores rin and returns in its place what was sent as long ago as the delay.
func (b *bulk) reference(dst, rin []int16) {
	for i, s := range rin {
		b.ring[b.at] = s
		j := b.at - b.delay
		if j < 0 {
			j += len(b.ring)
		}
		dst[i] = b.ring[j]
		if b.at++; b.at == len(b.ring) {
			b.at = 0
		}
	}
}

// search takes samples of both, and reports the delay of the echo in samples when two looks in a row have found it; else -1.
func (b *bulk) search(sin, rin []int16) int {
	found := -1
	for i, s := range sin {
		b.sumD += int32(s)
		b.sumX += int32(rin[i])
		if b.count++; b.count < thin {
			continue
		}
		// The mean of twice as many samples keeps out what would be folded.
		const mean = scale / (2 * thin)
		b.d[blockLen+b.fill] = float32(b.sumD+b.oldD) * mean
		b.x[blockLen+b.fill] = float32(b.sumX+b.oldX) * mean
		b.oldD, b.oldX, b.sumD, b.sumX, b.count = b.sumD, b.sumX, 0, 0, 0
		if b.fill++; b.fill < blockLen {
			continue
		}
		b.fill = 0
		if d := b.block(); d >= 0 {
			found = d
		}
	}
	return found
}

// block adds a block to the correlation, and looks at it from time to time.
func (b *bulk) block() int {
	b.head = (b.head + b.parts - 1) % b.parts
	xr, xi := &b.xre[b.head], &b.xim[b.head]
	b.plan.Forward(xr[:bins], xi[:bins], b.x[:])
	b.plan.Forward(b.sr[:bins], b.si[:bins], b.d[:])
	var power float32
	for _, v := range b.d[blockLen:] {
		power += v * v
	}
	copy(b.x[:], b.x[blockLen:])
	for k := range bins {
		follow := func(mean *float32, r, i float32) { *mean = bulkFade**mean + (r*r + i*i) + least }
		follow(&b.px[k], xr[k], xi[k])
		follow(&b.pd[k], b.sr[k], b.si[k])
	}
	if power < bulkFloor*blockLen {
		return -1
	}
	for p := range b.parts {
		i := (b.head + p) % b.parts
		xr, xi, cr, ci := &b.xre[i], &b.xim[i], &b.cre[p], &b.cim[p]
		for k := range bins {
			cr[k] = bulkFade*cr[k] + (xr[k]*b.sr[k] + xi[k]*b.si[k]) + least
			ci[k] = bulkFade*ci[k] + (xr[k]*b.si[k] - xi[k]*b.sr[k]) + least
		}
	}
	if b.heard++; b.heard < bulkLook {
		return -1
	}
	b.heard = 0
	return b.look()
}

// look finds the strongest lag; it is believed when it stands out and the last look found the same.
func (b *bulk) look() int {
	var weight spectrum
	for k := hum; k < bins; k++ {
		weight[k] = 1 / float32(math.Sqrt(float64(b.px[k]*b.pd[k])))
	}
	var top, sum float32
	at := -1
	for p := range b.parts {
		for k := range bins {
			b.sr[k], b.si[k] = weight[k]*b.cre[p][k], weight[k]*b.cim[p][k]
		}
		b.plan.Inverse(b.lag[:], b.sr[:bins], b.si[:bins])
		for i, v := range b.lag[:blockLen] {
			sum += v * v
			if v = abs(v); v > top {
				top, at = v, p*blockLen+i
			}
		}
	}
	if top*top < bulkPeak*bulkPeak*sum/float32(b.parts*blockLen) {
		b.last = -1
		return -1
	}
	last := b.last
	b.last = at
	if last < 0 || max(at-last, last-at) > bulkSame {
		return -1
	}
	return at * thin
}

// ahead is how much of the tail is left before an echo whose delay has been found, in samples: it may begin earlier than it
// is strongest.
func (k *Canceller) ahead() int { return min(k.parts*blockLen/4, 2*blockLen) }

// outside tells that an echo of delay d would not be covered, or has no room before it.
func (k *Canceller) outside(d int) bool {
	at := d - k.bulk.delay
	return at < 0 || at > k.parts*blockLen-blockLen || k.bulk.delay > 0 && at < k.ahead()/2
}

// follow goes, between two blocks, where the search has found the echo: it begins anew with Rin from so long ago that the
// echo lies in the tail.
func (k *Canceller) follow() {
	b := k.bulk
	if b == nil || b.found < 0 {
		return
	}
	d := b.found
	b.found = -1
	if !k.outside(d) {
		return
	}
	d = min(max(d-k.ahead(), 0), len(b.ring)-1)
	if d == b.delay {
		return
	}
	b.delay = d
	b.restart()
	resets, blocks := k.control.resets, k.control.blocks
	k.forgetPath()
	k.control.resets, k.control.blocks = resets+1, blocks
	k.control.skip = k.parts + 1 // until the spectra are whole again
}
