package modem

import "tipring/dsp/echo"

const (
	// echoReach is the longest delay that is looked for, in ms: both buffers of the modem.
	echoReach = 1000
	echoTail  = 64 // ms
	// echoMost is how many samples may be sent before the one that is heard, or the other way about.
	echoMost = 8192
)

// EchoStatus is how the echo of the line is dealt with.
type EchoStatus struct {
	BulkMs float64 `json:"bulk_ms"` // delay through the modem; -1: not known yet
	ERL    float64 `json:"erl_db"`
	ERLE   float64 `json:"erle_db"`
	Moves  int     `json:"moves"` // times the delay was found anew
}

// An echoPath takes the line's echo out of what a modem hears. A modem has no common clock with us but the number of
// samples: sample k that we send comes back as echo at some k plus a constant, the bulk delay, which depends on buffers
// and may be half a second. The canceller looks for it, and until it is found nothing is cancelled.
type echoPath struct {
	can   *echo.Canceller
	bulk  float32 // ms, as the canceller last knew it
	moves int

	tx  [echoMost]int16 // ring of what was sent
	wr  int64           // samples sent
	rd  int64           // samples heard
	ref [160]int16
}

func newEchoPath() *echoPath {
	return &echoPath{can: echo.New(echo.Config{TailMs: echoTail, NLP: true, BulkMs: echoReach})}
}

// sent notes what goes to the modem. A line whose echo is left alone has a nil path.
func (p *echoPath) sent(pcm []int16) {
	if p == nil {
		return
	}
	for _, v := range pcm {
		p.tx[p.wr%echoMost] = v
		p.wr++
	}
}

// moved says that the delay may have changed.
func (p *echoPath) moved() {
	if p == nil {
		return
	}
	p.can.Reset()
	p.bulk = 0
}

// at returns the sample that was sent with number k, or silence.
func (p *echoPath) at(k int64) int16 {
	if k < 0 || k >= p.wr || k < p.wr-echoMost {
		return 0
	}
	return p.tx[k%echoMost]
}

// cancel takes the echo out of pcm, at most 20 ms.
func (p *echoPath) cancel(pcm []int16) {
	if p == nil {
		return
	}
	ref := p.ref[:len(pcm)]
	for i := range ref {
		ref[i] = p.at(p.rd + int64(i))
	}
	p.can.Process(pcm, pcm, ref)
	p.rd += int64(len(pcm))
	if b := p.can.Stats().BulkMs; b != p.bulk {
		p.bulk = b
		p.moves++
	}
}

func (a *audio) echoStatus() EchoStatus {
	if a.echo == nil {
		return EchoStatus{BulkMs: -1}
	}
	s := a.echo.can.Stats()
	if s.ERL == 0 {
		return EchoStatus{BulkMs: -1, Moves: a.echo.moves}
	}
	return EchoStatus{BulkMs: float64(s.BulkMs), ERL: float64(s.ERL), ERLE: float64(s.ERLE), Moves: a.echo.moves}
}
