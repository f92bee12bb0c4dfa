package echo

// The numbers of the model, found over the paths of G.168 Annex D with composite, white and speech-like signals at 32 ms.
const (
	// keep is A^2 of the Kalman model: how much of the path is expected to stay from block to block.
	keep = 0.9999
	// A coefficient's variance before anything is known: an echo as loud as Rin in the first partition, less in each later
	// one since a hybrid's response is short, and never so little that a path behind a bulk delay is not found.
	openFirst, openFade, openLeast = 1, 0.4, 0.1
	// step and learn are below 1 because bins are not independent (a block of 64 in a transform of 128, no window): with 1
	// the variance shrinks faster than the error does, and what is learnt wrong stays.
	step, learn = 0.7, 0.15
	// psiFall lets go of the error power over about 14 blocks; it rises at once, since a talker starts faster than he stops.
	psiFall = 0.07
	// coarse is the share of Sin's power that a bin never explains: coding noise.
	coarse = 1e-3
	// faint keeps the step finite when everything is silent: about the power of a quantising step in a bin.
	faint = 1e-7
	// least is added where a value would fade into numbers too small to be normal, which are slow to calculate with.
	least = 1e-12
)

// block ends a block of 64 samples: it transforms what came in, adapts the background, chooses the foreground, and works out
// what partitions 1.. contribute to the next block.
func (k *Canceller) block() {
	k.head = (k.head + k.parts - 1) % k.parts
	re, im, x2 := &k.xre[k.head], &k.xim[k.head], &k.x2[k.head]
	k.plan.Forward(re[:], im[:], k.x[:])
	for b := range bins {
		x2[b] = re[b]*re[b] + im[b]*im[b]
	}
	k.predict(&k.bg, 0)
	for i, y := range k.scratch[blockLen:] {
		k.bg.e[i] = k.d[i] - y
	}
	copy(k.x[:blockLen], k.x[blockLen:])

	k.control.measure(k)
	if k.control.adapting {
		k.adapt()
		k.control.choose(k)
	}
	k.control.report(k)
	k.predict(&k.fg, 1)
	copy(k.y[:], k.scratch[blockLen:])
	k.shape.block(k)
	k.fg.power = 0
}

// past returns the place of Rin's spectrum of p blocks ago.
func (k *Canceller) past(p int) int {
	i := k.head + p
	if i >= k.parts {
		i -= k.parts
	}
	return i
}

func (k *Canceller) openVariance() {
	v := float32(openFirst)
	for p := range k.parts {
		for b := range bins {
			k.p[p][b] = v
		}
		v = max(v*openFade, openLeast)
	}
}

// adapt is one Kalman step of the background filter.
func (k *Canceller) adapt() {
	clear(k.scratch[:blockLen])
	copy(k.scratch[blockLen:], k.bg.e[:])
	er, ei := &k.scratchRe, &k.scratchIm
	k.plan.Forward(er[:], ei[:], k.scratch[:])

	gain := k.gain(er, ei)
	for p := range k.parts {
		i := k.past(p)
		xr, xi, x2 := &k.xre[i], &k.xim[i], &k.x2[i]
		v, wr, wi := &k.p[p], &k.bg.re[p], &k.bg.im[p]
		for b := range bins {
			// W += P conj(X) E / D
			g := v[b] * gain[b]
			sr, si := step*g*er[b], step*g*ei[b]
			ar := wr[b] + (xr[b]*sr + xi[b]*si)
			ai := wi[b] + (xr[b]*si - xi[b]*sr)
			wr[b], wi[b] = ar, ai
			v[b] = (keep-keep*learn/2*g*x2[b])*v[b] + (1-keep)*(ar*ar+ai*ai+least)
		}
	}
	// The gradient constraint (a response of blockLen taps a partition) goes around, but the first partition, which holds
	// most of a hybrid's response, is always held to it.
	k.constrain(0)
	if k.parts > 1 {
		k.turn = k.turn%(k.parts-1) + 1
		k.constrain(k.turn)
	}
}

// gain returns 1/D of each bin: D is the power of the error that the model's own uncertainty explains, half of which is in
// the block (overlap-save), and the power of the error itself lately.
func (k *Canceller) gain(er, ei *[bins]float32) *[bins]float32 {
	g := &k.gains
	// One more at either end, so that each bin has neighbours.
	var model, error2 [bins + 2]float32
	for p := range k.parts {
		x2, v := &k.x2[k.past(p)], &k.p[p]
		for b := range bins {
			model[b+1] += v[b] * x2[b]
		}
	}
	for b := range bins {
		error2[b+1] = er[b]*er[b] + ei[b]*ei[b]
	}
	error2[0], error2[bins+1] = error2[1], error2[bins]
	floor := faint + coarse*blockLen*k.control.d2
	for b := range bins {
		// A block without window leaks into the next bins, so that these are as uncertain as their neighbours.
		m := max(model[b], model[b+1], model[b+2]) / 2
		e2 := 0.5*error2[b+1] + 0.25*(error2[b]+error2[b+2])
		k.psi[b] = max(e2, k.psi[b]+psiFall*(e2-k.psi[b])+least)
		g[b] = 1 / (m + k.psi[b] + floor)
	}
	return g
}

func (k *Canceller) constrain(p int) {
	k.plan.Inverse(k.scratch[:], k.bg.re[p][:], k.bg.im[p][:])
	if p == 0 {
		copy(k.bg.taps[:], k.scratch[:blockLen])
	}
	clear(k.scratch[blockLen:])
	k.plan.Forward(k.bg.re[p][:], k.bg.im[p][:], k.scratch[:])
}

// predict works out what a filter makes of Rin, from partition first on, in the last half of scratch: with first 0 over the
// block that has come in, with first 1 over the one to come, of which the later partitions need no sample.
func (k *Canceller) predict(f *filter, first int) {
	yr, yi := &k.scratchRe, &k.scratchIm
	*yr, *yi = [bins]float32{}, [bins]float32{}
	p := first
	// Two at a time halve what the sums go to memory and back.
	for ; p+1 < k.parts; p += 2 {
		i, j := k.past(p-first), k.past(p+1-first)
		xr, xi, wr, wi := &k.xre[i], &k.xim[i], &f.re[p], &f.im[p]
		ur, ui, vr, vi := &k.xre[j], &k.xim[j], &f.re[p+1], &f.im[p+1]
		for b := range bins {
			yr[b] += (wr[b]*xr[b] - wi[b]*xi[b]) + (vr[b]*ur[b] - vi[b]*ui[b])
			yi[b] += (wr[b]*xi[b] + wi[b]*xr[b]) + (vr[b]*ui[b] + vi[b]*ur[b])
		}
	}
	if p < k.parts {
		i := k.past(p - first)
		xr, xi, wr, wi := &k.xre[i], &k.xim[i], &f.re[p], &f.im[p]
		for b := range bins {
			yr[b] += wr[b]*xr[b] - wi[b]*xi[b]
			yi[b] += wr[b]*xi[b] + wi[b]*xr[b]
		}
	}
	k.plan.Inverse(k.scratch[:], yr[:], yi[:])
}
