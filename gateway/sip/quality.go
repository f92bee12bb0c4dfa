package sip

import (
	"math"

	"tipring/gateway/cdr"
)

// Quality implements call.Reporter: how the peer's audio arrived.
func (l *leg) Quality() cdr.Quality {
	st := l.stream.Stats()
	unknown := cdr.Float(math.NaN())
	r := &cdr.RTP{
		Sent: st.Sent, Received: st.Received, Lost: uint64(max(st.Lost, 0)), Discarded: st.Late + st.Discarded,
		Loss: unknown, JitterMs: unknown, RTTMs: unknown, MOS: unknown, DepthMs: unknown, DriftPPM: unknown,
		PeerLoss: unknown, PeerJitterMs: unknown,
	}
	if expected := r.Received + r.Lost; expected > 0 {
		r.Loss = cdr.Float(float64(r.Lost) / float64(expected))
		r.JitterMs = cdr.Float(st.Jitter.Seconds() * 1000)
		r.DepthMs = cdr.Float(st.TargetDepth.Seconds() * 1000)
		r.DriftPPM = cdr.Float(st.DriftPPM)
	}
	if st.RTT > 0 {
		r.RTTMs = cdr.Float(st.RTT.Seconds() * 1000)
		r.PeerJitterMs = cdr.Float(st.RemoteJitter.Seconds() * 1000)
		if st.Sent > 0 {
			r.PeerLoss = cdr.Float(max(0, float64(st.RemoteLost)) / float64(st.Sent))
		}
	}
	if st.MOS > 0 {
		r.MOS = cdr.Float(st.MOS)
	}
	return cdr.Quality{Port: l.name, RTP: r}
}
