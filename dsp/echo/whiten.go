package echo

// order of the whitening: how far back in the block the error of one sample is predicted, plus one. The whole block would be
// exact, and is worth 0.02 s of convergence on speech.
const order = 32

// whitenGo solves T s = e, where T is the covariance of 64 samples in a row whose autocorrelation is r: Levinson's recursion up
// to the predictor of order-1 taps, and from there on that predictor alone. Row i of the inverse's triangular factor is the
// predictor of order i, so that the recursion yields the rows on its way: s = L' D^-1 L e.
func whitenGo(s, e *[blockLen]float32, r *[order]float32) {
	*s = [blockLen]float32{}
	// The predictor, a[0] = 1, and the same backwards: both are order long, zeros behind.
	var a, b, shifted [order]float32
	a[0], b[0] = 1, 1
	power := r[0] * (1 + 1e-5)
	for i := range order {
		var u, c float32
		for t := range i + 1 {
			u += b[t] * e[t]
		}
		u /= power
		for t := range i + 1 {
			s[t] += u * b[t]
		}
		if i == order-1 {
			break
		}
		for t := range i + 1 {
			c += b[t] * r[t+1]
		}
		c /= -power
		copy(shifted[1:], b[:i+1])
		for t := range i + 2 {
			a[t], b[t] = a[t]+c*shifted[t], shifted[t]+c*a[t]
		}
		power *= 1 - c*c
	}
	for i := order; i < blockLen; i++ {
		var u float32
		x := e[i-order+1:]
		for t, w := range b {
			u += w * x[t]
		}
		u /= power
		z := s[i-order+1:]
		for t, w := range b {
			z[t] += u * w
		}
	}
}
