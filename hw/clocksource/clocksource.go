// Package clocksource chooses the line that a card of several E1 or T1 spans takes its clock from.
//
// Each line has a priority, the lowest first. The card keeps its source until that fails; then it takes the best line that
// is sound, at once, since every moment on the card's own crystal costs slips. It returns to a better line only when that has
// been sound for Hold, so that a line that comes and goes does not move the clock of all others each time.
//
// A Selector counts milliseconds, knows no hardware, and has one owner.
package clocksource

// Hold is how long a better line must be sound before the clock goes back to it, in milliseconds (the wait to restore of
// ITU-T G.781 5.14, which may be 0 to 12 minutes).
const Hold = 10_000

// Free means that the card runs on its own crystal.
const Free = -1

// A Selector is the choice of one card.
type Selector struct {
	priority []int
	sound    []int // ms that a line has been sound, up to Hold
	source   int
	switches uint64
}

// New returns a Selector for lines with these priorities; 0 is a line that is never taken.
func New(priority []int) *Selector {
	return &Selector{priority: priority, sound: make([]int, len(priority)), source: Free}
}

// Source is the line that the clock is taken from, or Free.
func (s *Selector) Source() int { return s.source }

// Switches is how often the source has changed.
func (s *Selector) Switches() uint64 { return s.switches }

// Tick takes what a millisecond has shown: sound(i) reports whether line i can be trusted now. It returns the source.
func (s *Selector) Tick(sound func(line int) bool) int {
	for i := range s.sound {
		switch {
		case !sound(i):
			s.sound[i] = 0
		case s.sound[i] < Hold:
			s.sound[i]++
		}
	}
	next := s.source
	if next == Free || s.sound[next] == 0 {
		next = s.best(1)
	} else if b := s.best(Hold); b != Free && s.priority[b] < s.priority[next] {
		next = b
	}
	if next != s.source {
		s.source = next
		s.switches++
	}
	return next
}

// best is the first of the lines with the lowest priority that have been sound for ms milliseconds.
func (s *Selector) best(ms int) int {
	best := Free
	for i, p := range s.priority {
		if p > 0 && s.sound[i] >= ms && (best == Free || p < s.priority[best]) {
			best = i
		}
	}
	return best
}
