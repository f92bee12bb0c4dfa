package level

// parts is the number of equal parts in a meter's window; the reading moves once a part.
const parts = 8

// SamplesPerMs is the sample rate of all audio in this project, per millisecond.
const SamplesPerMs = 8

// A Meter measures the RMS level over a sliding window, and the peak. Its reading is that of the last whole parts of the
// window, an eighth of it each, so that it is the same for any cut of the input.
type Meter struct {
	part    int // samples in a part
	fill    int // samples in the part being filled
	sum     uint64
	peak    int32
	sums    [parts]uint64
	peaks   [parts]int32
	next    int // where the next part goes
	have    int // whole parts so far, at most parts
	total   uint64
	samples int64
}

// NewMeter returns a meter with a window of so many milliseconds, at least 1; 0 means 200 ms, the VU meter's.
func NewMeter(windowMs int) *Meter {
	if windowMs <= 0 {
		windowMs = 200
	}
	return &Meter{part: windowMs * SamplesPerMs / parts}
}

// Process takes the next samples.
func (m *Meter) Process(pcm []int16) {
	m.samples += int64(len(pcm))
	for len(pcm) > 0 {
		n := min(len(pcm), m.part-m.fill)
		sum, peak := m.sum, m.peak
		for _, s := range pcm[:n] {
			v := int32(s)
			sum += uint64(uint32(v * v))
			peak = max(peak, v, -v)
		}
		m.sum, m.peak = sum, peak
		pcm = pcm[n:]
		if m.fill += n; m.fill == m.part {
			m.finish()
		}
	}
}

func (m *Meter) finish() {
	m.total += m.sum - m.sums[m.next]
	m.sums[m.next], m.peaks[m.next] = m.sum, m.peak
	m.next = (m.next + 1) % parts
	m.have = min(m.have+1, parts)
	m.sum, m.peak, m.fill = 0, 0, 0
}

// Level returns the RMS level over the window, or over what there is of it at the start; Silence before the first part.
func (m *Meter) Level() DBm0 {
	if m.have == 0 {
		return Silence
	}
	return OfPower(float64(m.total) / float64(m.have*m.part))
}

// Peak returns the largest magnitude in the window, as the level of a sine with that peak value.
func (m *Meter) Peak() DBm0 {
	var p int32
	for _, v := range m.peaks {
		p = max(p, v)
	}
	return OfSine(float64(p))
}

// Samples returns how many samples the meter has taken.
func (m *Meter) Samples() int64 { return m.samples }

// Reset forgets the signal and keeps the window.
func (m *Meter) Reset() { *m = Meter{part: m.part} }
