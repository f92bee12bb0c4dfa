package slip

const (
	// A pitch period is looked for between 4 and 20 ms (50 to 250 Hz), or a multiple of a shorter one.
	minPeriod, maxPeriod = 32, 160
	// overlap is the length of a cross-fade.
	overlap = 64
	// tooLong and tooShort are the excesses of the delay that are worth a splice; removing leaves spare, so that what a slower
	// clock takes away afterwards does not at once ask for a repetition.
	tooLong  = minPeriod + 2*spare
	tooShort = 0
	spare    = 16
	// quiet is the power of a sample below which it does not matter where one cuts: -50 dBm0.
	quiet = 2600
	// hurry is the excess above which delay is removed in one cut, whatever the signal.
	hurry = 1600
)

// splice is a cross-fade under way from the timeline as it was to the one that it becomes.
type splice struct {
	left int   // samples still to fade
	by   int64 // how much older the samples are that fade out
}

// render mixes the next len(dst) samples; pos is the new timeline's position.
func (s *splice) render(b *Buffer, dst []int16, pos int64) {
	for i := range dst {
		old, now := int32(b.sample(pos+int64(i)-s.by)), int32(b.sample(pos+int64(i)))
		w := int32(s.left - i)
		dst[i] = int16((old*w + now*(overlap-w)) / overlap)
	}
	s.left -= len(dst)
}

// adjust brings the delay nearer to its target, if a change is due.
func (b *Buffer) adjust(at int64) {
	if !b.anchored {
		b.stats.delay(0, b.target())
		return
	}
	over := b.excess()
	b.stats.delay(over+b.target(), b.target())
	pos := at - b.offset
	switch {
	case b.fade.left > 0 || b.held > 0 || b.pause > 0:
	case b.fixed > 0:
		if 2*over > b.fixed || 2*over < -b.fixed {
			b.jump(over)
		}
	case b.silence(pos) > 0:
		b.jump(min(over, b.silence(pos)))
	case over > hurry+b.cfg.Slack:
		b.jump(over)
	case over >= tooLong+b.cfg.Slack:
		b.remove(pos, min(over-spare, maxPeriod))
	case over < tooShort-b.cfg.Slack, over < 0 && over+b.target() < b.est.jitter():
		b.repeat(pos)
	}
}

// silence counts the samples from pos on in which nothing is to be heard.
func (b *Buffer) silence(pos int64) int {
	if pos < b.quietFrom || pos >= b.quietTo {
		return 0
	}
	n := int(min(b.quietTo-pos, int64(len(b.pcm))))
	if pos < b.end {
		n = b.run(pos, min(n, int(b.end-pos)), false)
	}
	return n
}

// jump skips n samples, or waits for -n.
func (b *Buffer) jump(n int) {
	if n < 0 {
		b.pause -= n
		b.stats.inserted.Add(uint64(-n))
		return
	}
	b.offset -= int64(n)
	b.stats.dropped.Add(uint64(n))
}

// remove cuts one period of at most longest samples out, by fading from pos to one period later.
func (b *Buffer) remove(pos int64, longest int) {
	longest = min(longest, int(b.end-pos)-overlap)
	if longest < minPeriod || b.run(pos, overlap+longest, true) < overlap+longest {
		return
	}
	if p, ok := b.period(pos, 1, longest); ok {
		b.offset -= int64(p)
		b.fade = splice{left: overlap, by: int64(p)}
		b.stats.removed.Add(uint64(p))
	}
}

// repeat plays one period again, by fading from pos to one period earlier.
func (b *Buffer) repeat(pos int64) {
	if b.run(pos-maxPeriod, maxPeriod+overlap, true) < maxPeriod+overlap || b.end-pos < overlap {
		return
	}
	if p, ok := b.period(pos, -1, maxPeriod); ok {
		b.offset += int64(p)
		b.fade = splice{left: overlap, by: -int64(p)}
		b.stats.repeated.Add(uint64(p))
	}
}

// period looks for the distance, up to longest, at which the signal after pos is most like itself; dir is 1 for later and
// -1 for earlier. It is not ok when the best is not good enough to be spliced unheard.
func (b *Buffer) period(pos int64, dir int64, longest int) (int, bool) {
	var ref [overlap]float32
	var seg [overlap + maxPeriod]float32
	first := pos
	if dir < 0 {
		first = pos - int64(longest)
	}
	for i := range seg[:overlap+longest] {
		seg[i] = float32(b.sample(first + int64(i)))
	}
	at0 := int(pos - first)
	var power float32
	for i := range ref {
		ref[i] = seg[at0+i]
		power += ref[i] * ref[i]
	}
	best, bestScore := 0, float32(0)
	for p := minPeriod; p <= longest; p++ {
		o := seg[at0+int(dir)*p:][:overlap]
		var dot, own float32
		for i, v := range ref {
			dot += v * o[i]
			own += o[i] * o[i]
		}
		if power+own < 2*overlap*quiet {
			return p, true
		}
		if dot <= 0 {
			continue
		}
		// Squared correlation coefficient: no root needed to compare.
		if score := dot * dot / (power*own + 1); score > bestScore {
			best, bestScore = p, score
		}
	}
	const good = 0.6 * 0.6
	return best, best > 0 && bestScore > good
}
