package tone

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxFrequencies is the number of frequencies that one segment can have at once.
const MaxFrequencies = 4

// lowLevel is the amplitude factor of a component marked "@": the reduced level of Australian congestion tone (10 dB).
const lowLevel = 0.3

// A Segment is one component of a tone: silence, a sum of frequencies, or a modulated carrier.
type Segment struct {
	// Hz are the N frequencies that sound together; N is 0 for silence. When Modulated, N is 2: a carrier and the
	// frequency of its amplitude.
	Hz        [MaxFrequencies]float64
	N         int
	Modulated bool
	Low       bool // reduced level
	Ms        int  // how long; 0: for ever
	Once      bool // played once: the tone repeats from the first segment without it
}

// A Spec is a tone: its segments in order, repeated from the first that is not Once.
type Spec struct {
	Segments []Segment
}

// Parse reads a tone in the notation of the zone table: components separated by commas, each
//
//	[!]f1[+f2[+f3[+f4]]|*f2][@][/ms]
//
// "!" plays the component once; the tone repeats from the first component without it, and ends after the last if all have
// it. "+" sounds frequencies together, "*" modulates the amplitude of f1 by f2, "@" reduces the level by 10 dB. A
// frequency of 0 is silence. A component without ms lasts for ever and is the last. Frequencies are in Hz below 4000.
func Parse(s string) (Spec, error) {
	if strings.TrimSpace(s) == "" {
		return Spec{}, fmt.Errorf("tone %q: it has no component; write for example \"425/500,0/500\"", s)
	}
	parts := strings.Split(s, ",")
	spec := Spec{Segments: make([]Segment, 0, len(parts))}
	for i, part := range parts {
		seg, err := parseSegment(strings.TrimSpace(part))
		if err != nil {
			return Spec{}, fmt.Errorf("tone %q: component %d %q: %w", s, i+1, part, err)
		}
		if seg.Ms == 0 && i < len(parts)-1 {
			return Spec{}, fmt.Errorf("tone %q: component %d %q has no length, so that what follows is never heard; give it one, as in %q",
				s, i+1, part, part+"/500")
		}
		if !seg.Once || i == 0 || spec.Segments[i-1].Once {
			spec.Segments = append(spec.Segments, seg)
			continue
		}
		return Spec{}, fmt.Errorf("tone %q: component %d %q is played once but follows one that repeats; move it to the front", s, i+1, part)
	}
	return spec, nil
}

func parseSegment(s string) (seg Segment, err error) {
	rest, ms, timed := strings.Cut(s, "/")
	if timed {
		if seg.Ms, err = strconv.Atoi(ms); err != nil || seg.Ms < 1 || seg.Ms > 3_600_000 {
			return seg, fmt.Errorf("the length %q is not a number of milliseconds from 1 to 3600000", ms)
		}
	}
	rest, seg.Once = strings.CutPrefix(rest, "!")
	rest, seg.Low = strings.CutSuffix(rest, "@")
	sep := "+"
	if strings.Contains(rest, "*") {
		sep, seg.Modulated = "*", true
	}
	freqs := strings.Split(rest, sep)
	if most := map[bool]int{false: MaxFrequencies, true: 2}[seg.Modulated]; len(freqs) > most {
		return seg, fmt.Errorf("it has %d frequencies, at most %d can sound together", len(freqs), most)
	}
	for _, f := range freqs {
		hz, err := strconv.ParseFloat(f, 64)
		if err != nil || hz != hz || hz < 0 || hz >= 4000 || strings.ContainsAny(f, "xXpPeE_+-") {
			return seg, fmt.Errorf("%q is not a frequency in Hz from 0 to below 4000", f)
		}
		if hz == 0 && len(freqs) > 1 {
			return seg, fmt.Errorf("silence (0) cannot be combined with a frequency")
		}
		if hz > 0 {
			seg.Hz[seg.N] = hz
			seg.N++
		}
	}
	return seg, nil
}

// String returns the notation that Parse reads.
func (s Spec) String() string {
	var b strings.Builder
	for i, seg := range s.Segments {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(seg.String())
	}
	return b.String()
}

// String returns one component in the notation that Parse reads.
func (s Segment) String() string {
	var b strings.Builder
	if s.Once {
		b.WriteByte('!')
	}
	if s.N == 0 {
		b.WriteByte('0')
	}
	for i, hz := range s.Hz[:s.N] {
		if i > 0 {
			b.WriteString(map[bool]string{false: "+", true: "*"}[s.Modulated])
		}
		b.WriteString(strconv.FormatFloat(hz, 'f', -1, 64))
	}
	if s.Low {
		b.WriteByte('@')
	}
	if s.Ms > 0 {
		fmt.Fprintf(&b, "/%d", s.Ms)
	}
	return b.String()
}

// repeat returns the index of the segment that follows the last, or -1 when the tone ends there.
func (s Spec) repeat() int {
	for i, seg := range s.Segments {
		if !seg.Once {
			return i
		}
	}
	return -1
}

// must parses the specs of this package's own tables.
func must(s string) Spec {
	spec, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return spec
}
