package tone

import (
	"math"
	"math/cmplx"
)

// The analysis counts in blocks of 10 ms. Frequencies up to lowMax are measured at 2 kHz, the others at 4 kHz.
const (
	blockLen = 80           // at 8 kHz
	midLen   = blockLen / 2 // at 4 kHz
	lowLen   = blockLen / 4 // at 2 kHz
	frameLen = blockLen / 2 // 5 ms: the grain of the power measurement
	lowMax   = 760.0
	window   = 6 // blocks in an analysis window, 60 ms
)

// hannWindow weighs the blocks of an analysis window.
var hannWindow = func() (h [window]float32) {
	for b := range h {
		s := math.Sin(math.Pi * (float64(b) + 0.5) / window)
		h[b] = float32(s * s)
	}
	return
}()

const hannSum = window / 2 // the sum of hannWindow

// A bin is one frequency that the bank measures.
type bin struct {
	hz    float64
	high  bool
	coef  float32   // of the Goertzel recursion
	omega float64   // radians per sample at the bin's rate
	end   complex64 // e^-jw
	scale float64   // of the correlation, to the amplitude
	norm  complex64 // turns a Goertzel result into the amplitude at the block's centre
	rot   [window]complex64
	most  float64 // Hz that a single frequency may be off
	least float32 // share of the power near it below which it cannot be a tone that goes on
}

// halfBand is the response at hz of the 7-tap half-band filter -1 0 9 16 9 0 -1 at a sample rate.
func halfBand(hz, rate float64) float64 {
	w := 2 * math.Pi * hz / rate
	return (16 + 18*math.Cos(w) - 2*math.Cos(3*w)) / 32
}

func newBin(hz float64) bin {
	b := bin{hz: hz, high: hz > lowMax}
	n, rate, gain := lowLen, 2000.0, halfBand(hz, 8000)*halfBand(hz, 4000)
	if b.high {
		n, rate, gain = midLen, 4000, halfBand(hz, 8000)
	}
	b.omega = 2 * math.Pi * hz / rate
	b.coef = float32(2 * math.Cos(b.omega))
	b.end = complex64(cmplx.Exp(complex(0, -b.omega)))
	// The recursion's result has its phase at the last sample of the block; the block's centre lies (n-1)/2 before it.
	b.scale = 2 / (float64(n) * gain)
	b.norm = complex64(cmplx.Exp(complex(0, -b.omega*float64(n-1)/2)) * complex(b.scale, 0))
	b.most = hz*offTolerance + offMin
	if hz >= sitFromHz {
		b.most = sitTolerance
	}
	loss := blockLoss(b.most)
	b.least = float32(goOnShare * loss * loss)
	for k := range b.rot {
		t := (float64(k) - float64(window-1)/2) * 0.010
		b.rot[k] = complex64(cmplx.Exp(complex(0, -2*math.Pi*hz*t)))
	}
	return b
}

// A bank turns audio into powers of 5 ms and complex amplitudes of 10 ms at each bin's frequency.
type bank struct {
	bins   []bin
	groups []group             // of the bins; none: they are measured by recursion
	in     [6 + blockLen]int16 // input with the last block's end before it
	fill   int
	mid    [6 + midLen]int32 // at 4 kHz, times 32
	low    [lowLen]float32   // at 2 kHz without what lies below 180 Hz
	midF   [midLen]float32

	// High-pass at 180 Hz, second order: hum, and the frequencies below the band that some tones are mixed with.
	hp1, hp2 float32

	// The last window blocks of each bin, twice, so that from block%window on they lie in a row, the oldest first.
	amp   [][2 * window]complex64
	power [ring]float32
	block int64 // blocks so far
}

// ring is the number of 5 ms powers kept: those of a window and one more.
const ring = 2 * (window + 2)

func (k *bank) init(bins []bin, groups []group) {
	k.bins, k.groups = bins, groups
	k.amp = make([][2 * window]complex64, len(bins))
}

// Coefficients of the Butterworth high-pass at 180 Hz, sample rate 2 kHz (bilinear transform).
var hpB, hpA1, hpA2 = func() (float32, float32, float32) {
	c := 1 / math.Tan(math.Pi*180/2000)
	a0 := 1 + math.Sqrt2*c + c*c
	return float32(c * c / a0), float32(2 * (1 - c*c) / a0), float32((1 - math.Sqrt2*c + c*c) / a0)
}()

// push takes samples until a block is full; it returns how many it took and whether there is a block.
func (k *bank) push(pcm []int16) (taken int, full bool) {
	n := min(len(pcm), blockLen-k.fill)
	copy(k.in[6+k.fill:], pcm[:n])
	k.fill += n
	return n, k.fill == blockLen
}

// analyse measures the full block.
func (k *bank) analyse() {
	k.fill = 0
	energy := energies((*[blockLen]int16)(k.in[6:]))
	total := [2]float32{float32(energy[0]), float32(energy[1])}
	if total[0]+total[1] < idle {
		k.rest()
		return
	}

	mid := &k.mid
	halve(&k.in, (*[midLen]int32)(mid[6:]), &k.midF)
	s1, s2 := k.hp1, k.hp2
	var below [2]float32 // energy that the high-pass takes away
	for i := range lowLen {
		j := 2 * i
		x := float32(16*mid[j+3]+9*(mid[j+2]+mid[j+4])-mid[j]-mid[j+6]) * (1.0 / 1024)
		y := hpB*x + s1
		s1 = -2*hpB*x - hpA1*y + s2
		s2 = hpB*x - hpA2*y
		k.low[i] = y
		below[i/(lowLen/2)] += x*x - y*y
	}
	k.hp1, k.hp2 = s1, s2
	copy(k.in[:6], k.in[blockLen:])
	copy(k.mid[:6], k.mid[midLen:])

	for f := range total {
		p := max(0, total[f]-4*max(0, below[f])) * (1.0 / frameLen)
		k.power[(2*k.block+int64(f))%ring] = p
	}
	k.goertzel()
	k.block++
}

func (k *bank) set(bin, slot int, z complex64) {
	k.amp[bin][slot], k.amp[bin][slot+window] = z, z
}

// last returns the amplitudes of a bin in the last window, the oldest first.
func (k *bank) last(bin int) *[window]complex64 {
	return (*[window]complex64)(k.amp[bin][k.block%window:])
}

// idle is the energy of a block 12 dB below the least tone.
var idle = floorPower / 16 * blockLen

// rest takes a block in which there is nothing to measure.
func (k *bank) rest() {
	copy(k.in[:6], k.in[blockLen:])
	clear(k.mid[:6])
	k.hp1, k.hp2 = 0, 0
	k.power[2*k.block%ring], k.power[(2*k.block+1)%ring] = 0, 0
	for i := range k.amp {
		k.set(i, int(k.block%window), 0)
	}
	k.block++
}

// goertzel measures every bin over the block: in groups, or by recursion four at a time, so that the recursions overlap.
func (k *bank) goertzel() {
	slot := int(k.block % window)
	if k.groups != nil {
		for i := range k.groups {
			k.measure(&k.groups[i], slot)
		}
		return
	}
	for i := 0; i < len(k.bins); {
		if i+3 < len(k.bins) && k.bins[i].high == k.bins[i+3].high {
			k.four(i, slot)
			i += 4
			continue
		}
		b := &k.bins[i]
		x := k.low[:]
		if b.high {
			x = k.midF[:]
		}
		var s1, s2 float32
		for _, v := range x {
			s1, s2 = v+b.coef*s1-s2, s1
		}
		k.set(i, slot, b.finish(s1, s2))
		i++
	}
}

func (k *bank) four(i, slot int) {
	b := k.bins[i : i+4 : i+4]
	x := k.low[:]
	if b[0].high {
		x = k.midF[:]
	}
	ca, cb, cc, cd := b[0].coef, b[1].coef, b[2].coef, b[3].coef
	var a1, a2, b1, b2, c1, c2, d1, d2 float32
	for _, v := range x {
		a1, a2 = v-a2+ca*a1, a1
		b1, b2 = v-b2+cb*b1, b1
		c1, c2 = v-c2+cc*c1, c1
		d1, d2 = v-d2+cd*d1, d1
	}
	k.set(i, slot, b[0].finish(a1, a2))
	k.set(i+1, slot, b[1].finish(b1, b2))
	k.set(i+2, slot, b[2].finish(c1, c2))
	k.set(i+3, slot, b[3].finish(d1, d2))
}

// finish turns the state of a recursion into the complex amplitude, with its phase at the block's centre.
func (b *bin) finish(s1, s2 float32) complex64 {
	re := s1 - s2*real(b.end)
	im := -s2 * imag(b.end)
	return complex(re*real(b.norm)-im*imag(b.norm), re*imag(b.norm)+im*real(b.norm))
}
