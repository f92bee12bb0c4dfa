package rtp

import (
	"math"

	"tipring/dsp/cng"
	"tipring/dsp/level"
)

const (
	// A packet counts as speech when it is this far above the background noise, or loud in any case.
	speechAbove = level.DBm0(8)
	loud        = level.DBm0(-35)
	// hangover is how long after speech audio goes on being sent, in samples, so that word endings are not cut.
	hangover = 1600
	// A comfort noise packet is repeated when the noise has changed by this much, or after noiseEvery samples.
	noiseStep  = level.DBm0(2)
	noiseEvery = 8000
)

// A dtx decides which packets need not be sent (discontinuous transmission), and describes the noise in their place
// (RFC 3389). A simple energy detector, meant for lines that must save bandwidth: off by default.
type dtx struct {
	pt        uint8 // of comfort noise; 0: off
	est       *cng.Estimator
	spokenAt  int64 // card sample of the last speech
	described bool  // the pause has its comfort noise packet
	last      level.DBm0
	lastAt    int64
}

func (d *dtx) configure(se *session, now int64) {
	pt := uint8(0)
	if se.DTX {
		pt = se.CNPT
	}
	if pt != 0 && d.pt == 0 {
		d.est.Reset()
		d.spokenAt, d.described = now, false
	}
	d.pt = pt
}

// pause looks at the sender's pending samples and reports whether they stay unsent. It sends the comfort noise that is due.
func (d *dtx) pause(s *sender) bool {
	if d.pt == 0 || s.band {
		return false
	}
	pcm := s.pending[:s.n]
	l := level.Of(pcm)
	d.est.Process(pcm)
	noise := d.est.Level()
	if l > loud || l > noise+speechAbove || s.nmutes > 0 || s.ordered.samples > 0 {
		d.spokenAt = s.first
	}
	if s.first-d.spokenAt < hangover {
		d.described = false
		return false
	}
	if !d.described || math.Abs(float64(noise-d.last)) >= float64(noiseStep) || s.first-d.lastAt >= noiseEvery {
		d.describe(s)
	}
	s.marker = true
	return true
}

func (d *dtx) describe(s *sender) {
	n := d.est.Noise()
	out := s.packet(d.pt, false, s.first, 1+n.Order)
	if out == nil {
		return
	}
	n.AppendRFC3389(out.data[headerLen:headerLen])
	s.commit()
	d.described, d.last, d.lastAt = true, n.Level, s.first
}
