package modem

import (
	"math"

	"tipring/dsp/echo"
	"tipring/dsp/fft"
)

const (
	// echoReach is the longest bulk delay that is looked for, in samples: both buffers of the modem.
	echoReach = 8192
	echoBlock = 2048
	echoTail  = 64 // ms
	// echoMargin is how much of the tail lies before the strongest echo.
	echoMargin = 96
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
// and may be half a second. It is found by correlating what was sent with what is heard, and the canceller then looks
// that far back. Until then nothing is cancelled.
type echoPath struct {
	can   *echo.Canceller
	known bool
	bulk  int // of the reference, in samples
	moves int

	tx   []int16 // ring of what was sent
	wr   int64   // samples sent
	rd   int64   // samples heard
	ref  [160]int16
	plan *fft.Plan
	x, y []float32
	spec [4][]float32 // of x and y
	sum  [2][]float32 // cross-spectrum over the blocks
	corr []float32
	fill int // of y
	seen int // blocks in sum
	last int // delay that the former look found, -1: none
}

func newEchoPath() *echoPath {
	n := echoReach + echoBlock
	size := 1
	for size < n {
		size *= 2
	}
	p := &echoPath{can: echo.New(echo.Config{TailMs: echoTail, NLP: true}), tx: make([]int16, 2*size), last: -1,
		plan: fft.New(size), x: make([]float32, size), y: make([]float32, size), corr: make([]float32, size)}
	for i := range p.spec {
		p.spec[i] = make([]float32, p.plan.Bins())
	}
	for i := range p.sum {
		p.sum[i] = make([]float32, p.plan.Bins())
	}
	return p
}

// sent notes what goes to the modem. A line whose echo is left alone has a nil path.
func (p *echoPath) sent(pcm []int16) {
	if p == nil {
		return
	}
	for _, v := range pcm {
		p.tx[p.wr%int64(len(p.tx))] = v
		p.wr++
	}
}

// moved says that the delay may have changed.
func (p *echoPath) moved() {
	if p == nil {
		return
	}
	p.restart()
	p.known, p.last = false, -1
	p.can.Reset()
}

func (p *echoPath) restart() {
	clear(p.sum[0])
	clear(p.sum[1])
	p.seen = 0
}

// at returns the sample that was sent with number k, or silence.
func (p *echoPath) at(k int64) int16 {
	if k < 0 || k >= p.wr || k < p.wr-int64(len(p.tx)) {
		return 0
	}
	return p.tx[k%int64(len(p.tx))]
}

// cancel takes the echo out of pcm, at most 20 ms.
func (p *echoPath) cancel(pcm []int16) {
	if p == nil {
		return
	}
	p.look(pcm) // for as long as it lasts: a modem that loses samples moves the echo
	if p.known {
		ref := p.ref[:len(pcm)]
		for i := range ref {
			ref[i] = p.at(p.rd + int64(i) - int64(p.bulk))
		}
		p.can.Process(pcm, pcm, ref)
	}
	p.rd += int64(len(pcm))
}

// echoLooks is how many blocks are summed before the delay is judged.
const echoLooks = 8

// look gathers a block of what is heard and correlates it with what was sent up to echoReach before. Each bin of the
// spectrum counts alike (the phase transform), since speech is far from white.
func (p *echoPath) look(pcm []int16) {
	for i, v := range pcm {
		p.y[p.fill] = float32(v)
		if p.fill++; p.fill == echoBlock {
			p.judge(p.rd + int64(i) + 1)
			p.fill = 0
		}
	}
}

// judge correlates the block that ends before the heard sample end.
func (p *echoPath) judge(end int64) {
	begin := end - echoBlock
	var power float64
	for i := range p.x {
		p.x[i] = 0
		if i < echoReach+echoBlock {
			v := float32(p.at(begin - echoReach + int64(i)))
			p.x[i] = v
			power += float64(v) * float64(v)
		}
	}
	if power/float64(echoReach+echoBlock) < silentPower {
		return // nothing was said that could come back
	}
	clear(p.y[echoBlock:])
	p.plan.Forward(p.spec[0], p.spec[1], p.x)
	p.plan.Forward(p.spec[2], p.spec[3], p.y)
	for k := range p.sum[0] {
		// conj(Y) X: a peak at i says that y is x from i on.
		re := p.spec[2][k]*p.spec[0][k] + p.spec[3][k]*p.spec[1][k]
		im := p.spec[2][k]*p.spec[1][k] - p.spec[3][k]*p.spec[0][k]
		if m := re*re + im*im; m > 0 {
			w := float32(1 / math.Sqrt(float64(m)))
			p.sum[0][k] += re * w
			p.sum[1][k] += im * w
		}
	}
	if p.seen++; p.seen%echoLooks == 0 {
		p.decide()
		p.restart()
	}
}

// decide takes the strongest peak if it stands out, twice at the same place.
func (p *echoPath) decide() {
	p.plan.Inverse(p.corr, p.sum[0], p.sum[1])
	best, peak, mean := 0, float32(0), float32(0)
	for i, v := range p.corr[:echoReach+1] {
		v = max(v, -v)
		mean += v
		if v > peak {
			best, peak = i, v
		}
	}
	if peak < 8*mean/echoReach {
		p.last = -1
		return
	}
	delay := echoReach - best
	if d := delay - p.last; p.last < 0 || d > 8 || d < -8 {
		p.last = delay
		return
	}
	p.last = delay
	bulk := max(0, delay-echoMargin)
	if d := bulk - p.bulk; p.known && d < echoMargin/2 && d > -echoMargin/2 {
		return
	}
	p.bulk, p.known = bulk, true
	p.moves++
	p.can.Reset()
}

func (a *audio) echoStatus() EchoStatus {
	if a.echo == nil || !a.echo.known {
		return EchoStatus{BulkMs: -1}
	}
	s := a.echo.can.Stats()
	return EchoStatus{BulkMs: float64(a.echo.bulk) / 8, ERL: float64(s.ERL), ERLE: float64(s.ERLE), Moves: a.echo.moves}
}
