// Package fft transforms blocks of real samples to spectra and back.
//
// A Plan of N samples works through one complex transform of N/2 points (decimation in time, radix 2) and the usual split
// into the spectrum of a real signal. Real and imaginary parts are separate slices, so that the loops over bins are plain
// loops over floats. A Plan holds tables and scratch space: it allocates nothing after New and belongs to one goroutine.
package fft

import (
	"math"
	"math/bits"
)

// A Plan transforms blocks of N real samples.
type Plan struct {
	n, h       int // samples, and half of them
	rev        []uint16
	wr, wi     []float32 // exp(-2 pi i k/h), k < h/2
	sr, si     []float32 // exp(-2 pi i k/n), k <= h/2
	zr, zi     []float32 // scratch
	normalised float32
}

// New returns a plan for n samples, a power of two from 4 to 65,536. It panics on any other number.
func New(n int) *Plan {
	if n < 4 || n > 1<<16 || n&(n-1) != 0 {
		panic("fft: length is not a power of two from 4 to 65536")
	}
	h := n / 2
	p := &Plan{
		n: n, h: h, rev: make([]uint16, h),
		wr: make([]float32, h/2), wi: make([]float32, h/2),
		sr: make([]float32, h/2+1), si: make([]float32, h/2+1),
		zr: make([]float32, h), zi: make([]float32, h),
		normalised: 1 / float32(h),
	}
	shift := 16 - bits.TrailingZeros(uint(h))
	for i := range p.rev {
		p.rev[i] = bits.Reverse16(uint16(i)) >> shift
	}
	for k := range p.wr {
		s, c := math.Sincos(-2 * math.Pi * float64(k) / float64(h))
		p.wr[k], p.wi[k] = float32(c), float32(s)
	}
	for k := range p.sr {
		s, c := math.Sincos(-2 * math.Pi * float64(k) / float64(n))
		p.sr[k], p.si[k] = float32(c), float32(s)
	}
	return p
}

// Bins returns the number of bins of a spectrum: n/2+1, from 0 to half the sampling rate.
func (p *Plan) Bins() int { return p.h + 1 }

// Forward sets re and im, Bins long, to the spectrum of x, n long: X(k) = sum of x(j) exp(-2 pi i jk/n).
func (p *Plan) Forward(re, im, x []float32) {
	h := p.h
	x = x[:2*h]
	for i, r := range p.rev {
		p.zr[r], p.zi[r] = x[2*i], x[2*i+1]
	}
	p.butterflies()
	re, im = re[:h+1], im[:h+1]
	re[0], im[0] = p.zr[0]+p.zi[0], 0
	re[h], im[h] = p.zr[0]-p.zi[0], 0
	for k := 1; k <= h/2; k++ {
		j := h - k
		ar, ai := (p.zr[k]+p.zr[j])/2, (p.zi[k]-p.zi[j])/2
		br, bi := (p.zi[k]+p.zi[j])/2, (p.zr[j]-p.zr[k])/2
		tr, ti := br*p.sr[k]-bi*p.si[k], br*p.si[k]+bi*p.sr[k]
		re[k], im[k] = ar+tr, ai+ti
		re[j], im[j] = ar-tr, ti-ai
	}
}

// Inverse sets x to the samples whose spectrum is re and im; Inverse undoes Forward. The imaginary parts of the first and
// the last bin count as zero.
func (p *Plan) Inverse(x, re, im []float32) {
	h := p.h
	re, im = re[:h+1], im[:h+1]
	p.zr[0], p.zi[0] = (re[0]+re[h])/2, -(re[0]-re[h])/2
	for k := 1; k <= h/2; k++ {
		j := h - k
		ar, ai := (re[k]+re[j])/2, (im[k]-im[j])/2
		tr, ti := (re[k]-re[j])/2, (im[k]+im[j])/2
		br, bi := tr*p.sr[k]+ti*p.si[k], ti*p.sr[k]-tr*p.si[k]
		// conj(a + i b) and conj of the mirrored bin, so that the forward butterflies invert.
		zr, zi := ar-bi, -(ai + br)
		mr, mi := ar+bi, ai-br
		p.zr[p.rev[k]], p.zi[p.rev[k]] = zr, zi
		p.zr[p.rev[j]], p.zi[p.rev[j]] = mr, mi
	}
	p.butterflies()
	x = x[:2*h]
	for i := range h {
		x[2*i], x[2*i+1] = p.zr[i]*p.normalised, -p.zi[i]*p.normalised
	}
}

func (p *Plan) butterflies() {
	zr, zi := p.zr, p.zi
	for half := 1; half < p.h; half *= 2 {
		step := p.h / (2 * half)
		for base := 0; base < p.h; base += 2 * half {
			ar, ai := zr[base:base+half], zi[base:base+half]
			br, bi := zr[base+half:base+2*half], zi[base+half:base+2*half]
			w := 0
			for k := range ar {
				wr, wi := p.wr[w], p.wi[w]
				w += step
				tr, ti := br[k]*wr-bi[k]*wi, br[k]*wi+bi[k]*wr
				br[k], bi[k] = ar[k]-tr, ai[k]-ti
				ar[k], ai[k] = ar[k]+tr, ai[k]+ti
			}
		}
	}
}
