package echo

const (
	// forget is A^2 of the Kalman model: how much of the path is expected to stay from block to block.
	forget = 0.9998
	// openVar is the error variance a bin starts with: an echo path of 6 dB return loss that may lie anywhere.
	openVar = 0.08
	// psiSmooth smooths the error power over about 10 blocks.
	psiSmooth = 0.9
	// floor keeps the step finite when everything is silent: about the power of a quantising step in a bin.
	floor = 1e-7
)

// block ends a block of 64 samples: it transforms what came in, adapts the background, chooses the foreground, and works out
// what partitions 1.. contribute to the next block.
func (k *Canceller) block() {
	k.head = (k.head + k.parts - 1) % k.parts
	k.plan.Forward(k.xre[k.head][:], k.xim[k.head][:], k.x[:])
	copy(k.x[:blockLen], k.x[blockLen:])

	if k.control.step(k) {
		k.adapt()
	}
	k.control.choose(k)
	k.ahead(&k.fg)
	k.ahead(&k.bg)
	k.shape.block(k)
	k.nlp.block(power(&k.fg.e), k.control.erle)
}

// spectrum returns Rin's spectrum of p blocks ago.
func (k *Canceller) spectrum(p int) (re, im *[bins]float32) {
	i := k.head + p
	if i >= k.parts {
		i -= k.parts
	}
	return &k.xre[i], &k.xim[i]
}

func (k *Canceller) openVariance() {
	v := float32(openVar)
	for p := range k.parts {
		for b := range bins {
			k.p[p][b] = v
		}
		v *= 0.7 // the energy of a hybrid's response lies early
		v = max(v, openVar/50)
	}
}

// adapt is one Kalman step of the background filter.
func (k *Canceller) adapt() {
	for i := range blockLen {
		k.scratch[i], k.scratch[blockLen+i] = 0, k.bg.e[i]
	}
	er, ei := &k.scratchRe, &k.scratchIm
	k.plan.Forward(er[:], ei[:], k.scratch[:])

	// The power that the model's own uncertainty explains, per bin; half of it is in the block (overlap-save).
	var model [bins]float32
	for p := range k.parts {
		xr, xi := k.spectrum(p)
		v := &k.p[p]
		for b := range bins {
			model[b] += v[b] * (xr[b]*xr[b] + xi[b]*xi[b])
		}
	}
	var gain [bins]float32
	for b := range bins {
		e2 := er[b]*er[b] + ei[b]*ei[b]
		m := model[b] / 2
		// What the model does not explain is near end and noise. The share below keeps a guess of the model that is too large
		// from driving the step by itself.
		near := max(e2-m, 0.1*e2)
		if near > k.psi[b] {
			// A talker starts faster than he stops.
			k.psi[b] += 0.5 * (near - k.psi[b])
		} else {
			k.psi[b] = psiSmooth*k.psi[b] + (1-psiSmooth)*near
		}
		gain[b] = 1 / (m + k.psi[b] + floor)
	}
	for p := range k.parts {
		xr, xi := k.spectrum(p)
		v, wr, wi := &k.p[p], &k.bg.re[p], &k.bg.im[p]
		for b := range bins {
			g := v[b] * gain[b]
			// W += P conj(X) E / D
			wr[b] += g * (xr[b]*er[b] + xi[b]*ei[b])
			wi[b] += g * (xr[b]*ei[b] - xi[b]*er[b])
			x2 := xr[b]*xr[b] + xi[b]*xi[b]
			v[b] = forget*(1-g*x2/2)*v[b] + (1-forget)*(wr[b]*wr[b]+wi[b]*wi[b]+1e-6)
		}
	}
	// The gradient constraint (a response of blockLen taps a partition) is applied to one partition a block and always to
	// the first, whose taps are needed.
	k.constrain(0)
	if k.parts > 1 {
		k.turn = k.turn%(k.parts-1) + 1
		k.constrain(k.turn)
	}
}

func (k *Canceller) constrain(p int) {
	k.plan.Inverse(k.scratch[:], k.bg.re[p][:], k.bg.im[p][:])
	if p == 0 {
		copy(k.bg.taps[:], k.scratch[:blockLen])
	}
	clear(k.scratch[blockLen:])
	k.plan.Forward(k.bg.re[p][:], k.bg.im[p][:], k.scratch[:])
}

// ahead works out the echo of partitions 1.. over the next block, which needs no sample of it.
func (k *Canceller) ahead(f *filter) {
	yr, yi := &k.scratchRe, &k.scratchIm
	*yr, *yi = [bins]float32{}, [bins]float32{}
	for p := 1; p < k.parts; p++ {
		xr, xi := k.spectrum(p - 1)
		wr, wi := &f.re[p], &f.im[p]
		for b := range bins {
			yr[b] += wr[b]*xr[b] - wi[b]*xi[b]
			yi[b] += wr[b]*xi[b] + wi[b]*xr[b]
		}
	}
	k.plan.Inverse(k.scratch[:], yr[:], yi[:])
	copy(f.y[:], k.scratch[blockLen:])
}
