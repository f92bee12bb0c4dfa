package echo

import "math"

// The numbers of the model, found over the paths of G.168 Annex D with composite, white and speech-like signals at 32 ms.
const (
	// keep is A^2 of the Kalman model: how much of the path is expected to stay from block to block.
	keep = 0.9999
	// A coefficient's variance before anything is known: an echo louder than Rin in the first partition, less in each later
	// one since a hybrid's response is short, and never so little that a path behind a bulk delay is not found.
	openFirst, openFade, openLeast = 2, 0.2, 0.05
	// known is the share of that in a path that has been modelled, and is taken up again.
	known = 1e-4
	// step is above 1 since a half of each step is lost: the gradient constraint cuts it away. learnt is the share of what a
	// step should teach that the variance shrinks by, learntNoise the same where the error is noise. Theory has one half for
	// both, but the bins are not independent: then the variance shrinks faster than the error, and what is wrong stays.
	step, learnt, learntNoise = 1.4, 0.12, 0.25
	// A filter that has just begun goes over each of its first blocks several times; fewer after it was started again, which
	// a talker may have caused.
	fresh, refresh, passes = 50, 20, 3
	// psiFall lets go of the error power over about 10 blocks; it rises at once, since a talker starts faster than he stops.
	// psiShare is how much of it is taken for noise: the rest is the error of the model itself.
	psiFall, psiShare = 0.1, 0.7
	// coarse is the share of Sin's power that is never explained: coding noise. faint is that power on a line so quiet that
	// only the steps of 16 bits are left.
	coarse, faint = 1e-3, 1.6e-10
	// least is added where a value would fade into numbers too small to be normal, which are slow to calculate with.
	least = 1e-12
	// constrained partitions a block, beside the first; of long tails a quarter.
	constrained = 2
)

// noiseShape is the power spectrum of white noise behind the emphasis.
var noiseShape = func() (s spectrum) {
	for b := range s {
		s[b] = float32(1 + emphasis*emphasis - 2*emphasis*math.Cos(2*math.Pi*float64(b)/fftLen))
	}
	return s
}()

// block ends a block of 64 samples: it transforms what came in, adapts the background, chooses the foreground, and works out
// what partitions 1.. contribute to the next block.
func (k *Canceller) block() {
	k.head = (k.head + k.parts - 1) % k.parts
	re, im := &k.xre[k.head], &k.xim[k.head]
	k.forward(re, im, k.x[:fftLen])
	total, squares := powers(&k.power, re, im)
	copy(k.x[:blockLen], k.x[blockLen:])
	copy(k.sin[:vector], k.sin[blockLen:])
	copy(k.rin[:vector], k.rin[blockLen:])

	k.control.measure(k, total, squares)
	if k.control.adapting && !k.control.rests(k.parts) {
		k.bg.measure(k.judge())
		k.learn()
		k.control.choose(k)
	} else {
		k.bg.rest(&k.fg)
	}
	if k.control.adapting {
		k.control.start(k)
	}
	k.control.report(k)
	k.predict(&k.fg, 1)
	copy(k.y[:], k.scratch[blockLen:])
	k.shape.block(k)
	k.running.last = k.fg.out
}

func (k *Canceller) forward(re, im *spectrum, x []float32) { k.plan.Forward(re[:bins], im[:bins], x) }
func (k *Canceller) inverse(x []float32, re, im *spectrum) { k.plan.Inverse(x, re[:bins], im[:bins]) }

// ring returns the spectra of Rin in two pieces, newest first, as many as there are partitions from first on.
func (k *Canceller) ring(first int) (newer, older span) {
	n := k.parts - first
	m := min(n, k.parts-k.head)
	return span{k.head, m}, span{0, n - m}
}

// A span is a piece of the ring of spectra.
type span struct{ at, n int }

func (s span) of(ring []spectrum) []spectrum { return ring[s.at : s.at+s.n] }

// openVariance takes the path for unknown, by a share of what is unknown at first.
func (k *Canceller) openVariance(share float32) {
	v := float32(openFirst)
	for p := range k.parts {
		for b := range bins {
			k.p[p][b] = share * v
		}
		v = max(v*openFade, openLeast)
	}
}

// judge works out the error that the background makes over the block, and returns its sum of squares and its last sample, both
// without emphasis.
func (k *Canceller) judge() (squares, last float32) {
	k.predict(&k.bg, 0)
	return residual(&k.bg.e, &k.d, (*[blockLen]float32)(k.scratch[blockLen:]), k.bg.out)
}

// learn adapts the background. While that is fresh it goes over the block again: what a step leaves of the error has more to
// teach, as far as it is the model's.
func (k *Canceller) learn() {
	k.adapt(false)
	if k.control.fresh == 0 {
		return
	}
	k.control.fresh--
	for range passes - 1 {
		k.judge()
		k.adapt(true)
	}
}

// adapt is one Kalman step of the background filter: W += P conj(X) S, where S is the spectrum of the error divided by its
// covariance, and the variance P shrinks by what the step has taught.
func (k *Canceller) adapt(again bool) {
	k.innovate(again)
	newer, older := k.ring(0)
	f, at := &k.bg, 0
	for _, s := range []span{newer, older} {
		update(f.re[at:at+s.n], f.im[at:at+s.n], k.p[at:at+s.n], s.of(k.xre), s.of(k.xim), &k.yre, &k.yim, &k.gains)
		at += s.n
	}
	// The gradient constraint (a response of blockLen taps a partition) goes around, but the first partition, which holds
	// most of a hybrid's response, is always held to it, and more go around while steps are large.
	k.constrain(0)
	n := max(constrained, k.parts/4)
	if k.control.fresh > 0 {
		n = max(n, k.parts/2)
	}
	for range min(n, k.parts-1) {
		k.turn = k.turn%(k.parts-1) + 1
		k.constrain(k.turn)
	}
}

// innovate divides the background's error over the block by its covariance, and steps: the spectrum of the result is left in yre and
// yim, and gains is the share of a coefficient's variance that a bin with this much of Rin takes away.
//
// The error is stationary in the model: what the uncertainty of the coefficients makes of Rin, and noise. So its covariance
// over the block is a Toeplitz matrix whose spectrum is known, and to divide by it exactly is worth the work: dividing bin
// by bin instead, a block without window lets the strong bins of a voice leak over the weak ones.
func (k *Canceller) innovate(again bool) {
	clear(k.scratch[:blockLen])
	copy(k.scratch[blockLen:], k.bg.e[:])
	er, ei := &k.yre, &k.yim
	k.forward(er, ei, k.scratch[:])

	q, g := &k.power, &k.gains
	*q = spectrum{}
	newer, older := k.ring(0)
	at := 0
	for _, s := range []span{newer, older} {
		energy(q, k.p[at:at+s.n], s.of(k.xre), s.of(k.xim))
		at += s.n
	}
	c := division{
		floor: fftLen * (faint + coarse*k.control.s2), least: least, fall: psiFall, noise: 2 * psiShare,
		learnt: keep * learnt, learntNoise: keep * learntNoise,
	}
	if again { // there are no new samples that could teach the variance anything
		c.learnt, c.learntNoise = 0, 0
	}
	shares(q, &k.psi, g, &k.share, er, ei, &noiseShape, &c)
	var none spectrum
	k.inverse(k.scratch[:], q, &none)
	var r [order]float32
	for i := range r {
		r[i] = k.scratch[i] * (1 / step)
	}
	clear(k.scratch[:blockLen])
	whiten((*[blockLen]float32)(k.scratch[blockLen:]), &k.bg.e, &r)
	k.forward(er, ei, k.scratch[:])
	if again { // a step for the model's share alone
		for b, w := range k.share {
			er[b] *= w
			ei[b] *= w
		}
	}
}

func (k *Canceller) constrain(p int) {
	f := &k.bg
	k.inverse(k.scratch[:], &f.re[p], &f.im[p])
	if p == 0 {
		copy(f.taps[:], k.scratch[:])
	}
	clear(k.scratch[blockLen:])
	k.forward(&f.re[p], &f.im[p], k.scratch[:])
}

// predict works out what a filter makes of Rin, from partition first on, in the last half of scratch: with first 0 over the
// block that has come in, with first 1 over the one to come, of which the later partitions need no sample.
func (k *Canceller) predict(f *filter, first int) {
	k.yre, k.yim = spectrum{}, spectrum{}
	newer, older := k.ring(first)
	at := first
	for _, s := range []span{newer, older} {
		accumulate(&k.yre, &k.yim, s.of(k.xre), s.of(k.xim), f.re[at:at+s.n], f.im[at:at+s.n])
		at += s.n
	}
	k.inverse(k.scratch[:], &k.yre, &k.yim)
}
