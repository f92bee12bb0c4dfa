// Package fft transforms blocks of real samples to spectra and back.
//
// A Plan of N samples works through one complex transform of N/2 points (decimation in time, radix 4 with one pass of radix
// 2 where the length needs it) and the usual split into the spectrum of a real signal. Real and imaginary parts are separate
// slices, so that the loops over bins are plain loops over floats. The tables of a length are shared by all its plans; a Plan
// holds scratch space beside: it allocates nothing after New and belongs to one goroutine.
package fft

import (
	"math"
	"math/bits"
	"sync"
)

// A Plan transforms blocks of N real samples.
type Plan struct {
	*tables
	zr, zi []float32 // scratch
}

// tables of one length; nobody writes to them.
type tables struct {
	h          int // half of the samples
	rev        []uint16
	passes     []pass
	sr, si     []float32 // exp(-2 pi i k/n), k <= h/2
	normalised float32
}

// A pass joins four transforms of m points to one.
type pass struct {
	m       int
	twiddle []float32 // of each k < m: exp(-2 pi i jk/4m) for j = 2, 1 and 3, real and imaginary
}

var shared struct {
	sync.Mutex
	byLength map[int]*tables
}

// New returns a plan for n samples, a power of two from 4 to 65,536. It panics on any other number.
func New(n int) *Plan {
	if n < 4 || n > 1<<16 || n&(n-1) != 0 {
		panic("fft: length is not a power of two from 4 to 65536")
	}
	shared.Lock()
	defer shared.Unlock()
	t := shared.byLength[n]
	if t == nil {
		t = newTables(n)
		if shared.byLength == nil {
			shared.byLength = make(map[int]*tables)
		}
		shared.byLength[n] = t
	}
	return &Plan{tables: t, zr: make([]float32, t.h), zi: make([]float32, t.h)}
}

func newTables(n int) *tables {
	h := n / 2
	t := &tables{h: h, rev: make([]uint16, h), sr: make([]float32, h/2+1), si: make([]float32, h/2+1), normalised: 1 / float32(h)}
	shift := 16 - bits.TrailingZeros(uint(h))
	for i := range t.rev {
		t.rev[i] = bits.Reverse16(uint16(i)) >> shift
	}
	m := 1
	if bits.TrailingZeros(uint(h))%2 == 1 {
		m = 2
	}
	for ; m < h; m *= 4 {
		p := pass{m: m}
		for k := range m {
			for _, j := range []int{2, 1, 3} {
				s, c := math.Sincos(-2 * math.Pi * float64(j*k) / float64(4*m))
				p.twiddle = append(p.twiddle, float32(c), float32(s))
			}
		}
		t.passes = append(t.passes, p)
	}
	for k := range t.sr {
		s, c := math.Sincos(-2 * math.Pi * float64(k) / float64(n))
		t.sr[k], t.si[k] = float32(c), float32(s)
	}
	return t
}

// Bins returns the number of bins of a spectrum: n/2+1, from 0 to half the sampling rate.
func (p *Plan) Bins() int { return p.h + 1 }

// Forward sets re and im, Bins long, to the spectrum of x, n long: X(k) = sum of x(j) exp(-2 pi i jk/n).
func (p *Plan) Forward(re, im, x []float32) {
	if p.h == 64 && kernels {
		forward128((*[65]float32)(re), (*[65]float32)(im), (*[128]float32)(x))
		return
	}
	p.forward(re, im, x)
}

func (p *Plan) forward(re, im, x []float32) {
	h := p.h
	x, zr, zi := x[:2*h], p.zr[:h], p.zi[:h]
	for i, r := range p.rev[:h] {
		zr[i], zi[i] = x[2*int(r)], x[2*int(r)+1]
	}
	p.transform()
	re, im, sr, si := re[:h+1], im[:h+1], p.sr[:h/2+1], p.si[:h/2+1]
	re[0], im[0] = zr[0]+zi[0], 0
	re[h], im[h] = zr[0]-zi[0], 0
	for k := 1; k < len(sr); k++ {
		j := h - k
		ar, ai := (zr[k]+zr[j])/2, (zi[k]-zi[j])/2
		br, bi := (zi[k]+zi[j])/2, (zr[j]-zr[k])/2
		tr, ti := br*sr[k]-bi*si[k], br*si[k]+bi*sr[k]
		re[k], im[k] = ar+tr, ai+ti
		re[j], im[j] = ar-tr, ti-ai
	}
}

// Inverse sets x to the samples whose spectrum is re and im; Inverse undoes Forward. The imaginary parts of the first and
// the last bin count as zero.
func (p *Plan) Inverse(x, re, im []float32) {
	if p.h == 64 && kernels {
		inverse128((*[128]float32)(x), (*[65]float32)(re), (*[65]float32)(im))
		return
	}
	p.inverse(x, re, im)
}

func (p *Plan) inverse(x, re, im []float32) {
	h := p.h
	re, im, zr, zi, sr, si, rev := re[:h+1], im[:h+1], p.zr[:h], p.zi[:h], p.sr[:h/2+1], p.si[:h/2+1], p.rev[:h]
	half := p.normalised / 2
	zr[0], zi[0] = (re[0]+re[h])*half, -(re[0]-re[h])*half
	for k := 1; k < len(sr); k++ {
		j := h - k
		ar, ai := (re[k]+re[j])*half, (im[k]-im[j])*half
		tr, ti := (re[k]-re[j])*half, (im[k]+im[j])*half
		br, bi := tr*sr[k]+ti*si[k], ti*sr[k]-tr*si[k]
		// conj(a + i b) and conj of the mirrored bin, so that the forward passes invert.
		a, b := rev[k], rev[j]
		zr[a], zi[a] = ar-bi, -(ai + br)
		zr[b], zi[b] = ar+bi, ai-br
	}
	p.transform()
	x = x[:2*h]
	for i := range zr {
		x[2*i], x[2*i+1] = zr[i], -zi[i]
	}
}

// transform turns the scratch, in bit-reversed order, into its spectrum.
func (p *Plan) transform() {
	zr, zi := p.zr, p.zi[:len(p.zr)]
	if len(p.passes) == 0 || p.passes[0].m == 2 {
		for i := 0; i+1 < len(zr); i += 2 {
			zr[i], zr[i+1] = zr[i]+zr[i+1], zr[i]-zr[i+1]
			zi[i], zi[i+1] = zi[i]+zi[i+1], zi[i]-zi[i+1]
		}
	} else {
		first(zr, zi)
	}
	for _, s := range p.passes {
		if s.m > 1 {
			s.join(zr, zi)
		}
	}
}

// first is the pass with m = 1, whose twiddles are all 1.
func first(zr, zi []float32) {
	for ; len(zr) >= 4 && len(zi) >= 4; zr, zi = zr[4:], zi[4:] {
		b0r, b0i := zr[0]+zr[1], zi[0]+zi[1]
		b1r, b1i := zr[0]-zr[1], zi[0]-zi[1]
		ur, ui := zr[2]+zr[3], zi[2]+zi[3]
		vr, vi := zr[2]-zr[3], zi[2]-zi[3]
		zr[0], zi[0] = b0r+ur, b0i+ui
		zr[1], zi[1] = b1r+vi, b1i-vr
		zr[2], zi[2] = b0r-ur, b0i-ui
		zr[3], zi[3] = b1r-vi, b1i+vr
	}
}

// join works through one pass. The four transforms lie in bit-reversed order: of the even even, even odd, odd even and odd
// odd points.
func (s *pass) join(zr, zi []float32) {
	m := s.m
	for ; len(zr) >= 4*m; zr, zi = zr[4*m:], zi[4*m:] {
		r0, r1, r2, r3 := zr[:m], zr[m:2*m], zr[2*m:3*m], zr[3*m:4*m]
		i0, i1, i2, i3 := zi[:m], zi[m:2*m], zi[2*m:3*m], zi[3*m:4*m]
		r1, r2, r3 = r1[:len(r0)], r2[:len(r0)], r3[:len(r0)]
		i0, i1, i2, i3 = i0[:len(r0)], i1[:len(r0)], i2[:len(r0)], i3[:len(r0)]
		w := s.twiddle
		for k := range r0 {
			w6 := w[:6]
			w = w[6:]
			ar, ai := r1[k]*w6[0]-i1[k]*w6[1], r1[k]*w6[1]+i1[k]*w6[0]
			br, bi := r2[k]*w6[2]-i2[k]*w6[3], r2[k]*w6[3]+i2[k]*w6[2]
			cr, ci := r3[k]*w6[4]-i3[k]*w6[5], r3[k]*w6[5]+i3[k]*w6[4]
			er, ei := r0[k]+ar, i0[k]+ai
			fr, fi := r0[k]-ar, i0[k]-ai
			ur, ui := br+cr, bi+ci
			vr, vi := br-cr, bi-ci
			r0[k], i0[k] = er+ur, ei+ui
			r1[k], i1[k] = fr+vi, fi-vr
			r2[k], i2[k] = er-ur, ei-ui
			r3[k], i3[k] = fr-vi, fi+vr
		}
	}
}
