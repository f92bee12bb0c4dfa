package rtp

import (
	"math"
	"time"
)

// EModel estimates the mean opinion score of conversational quality from a loss fraction (0..1), which includes packets
// that came too late, and the one-way delay from mouth to ear.
//
// It is ITU-T G.107 with all parameters at their default but three: R = 93.2 - Idd - Ie,eff. Idd is G.107 §7.4 for delay
// alone, perfect echo cancellation assumed. Ie,eff = Ie + (95-Ie) Ppl/(Ppl+Bpl) for random loss, with Ie = 0 and Bpl = 25.1
// of G.711 with the concealment of its Appendix I in 10 ms packets (G.113 Appendix I). The score is G.107 annex B.
//
// It knows nothing of the telephone line, of levels or of noise, and it has bursts of loss count as random loss.
func EModel(loss float64, delay time.Duration) float64 {
	const (
		r0  = 93.2
		bpl = 25.1
	)
	ppl := 100 * max(0, min(1, loss))
	ie := 95 * ppl / (ppl + bpl)
	var idd float64
	if ms := float64(delay) / float64(time.Millisecond); ms > 100 {
		x := math.Log2(ms / 100)
		idd = 25 * (math.Pow(1+math.Pow(x, 6), 1.0/6) - 3*math.Pow(1+math.Pow(x/3, 6), 1.0/6) + 2)
	}
	return score(r0 - idd - ie)
}

// score is the opinion score of a transmission rating (G.107 annex B).
func score(r float64) float64 {
	r = max(0, min(100, r))
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}
