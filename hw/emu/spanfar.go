package emu

import (
	"fmt"
	"time"

	"tipring/tdm"
	"tipring/tdm/framing"
)

// A SpanFar is the far end of a line and the cable to it, as actors see them. Its methods queue what they want, which takes
// effect before the next block; they are safe from any goroutine.
type SpanFar struct {
	card *SpanCard
	span int
}

// Far returns the far end of the span of that name, or nil.
func (c *SpanCard) Far(name string) *SpanFar {
	for i, s := range c.spans {
		if s.Name == name {
			return &SpanFar{c, i}
		}
	}
	return nil
}

// FarStatus is what can be seen of a far end and its cable; the keys of its JSON form are fixed.
type FarStatus struct {
	Span          string         `json:"span"`
	Pulled        bool           `json:"pulled"`
	PPM           int            `json:"ppm"`
	ErrorRate     float64        `json:"error_rate"`
	AttenuationDB float64        `json:"attenuation_db"`
	Defects       string         `json:"defects"`
	Failures      string         `json:"failures"`
	Loop          string         `json:"loop"`
	Counts        tdm.SpanCounts `json:"counts"`

	status tdm.SpanStatus // what Defects to Counts are made of when somebody asks
}

func (f *SpanFar) line(do func(l *spanLine)) { f.card.do(func() { do(f.card.lines[f.span]) }) }

// Pull pulls the cable out, Plug puts it in.
func (f *SpanFar) Pull() { f.line(func(l *spanLine) { l.pulled = true }) }

// Plug puts the cable in again.
func (f *SpanFar) Plug() { f.line(func(l *spanLine) { l.pulled = false }) }

// Errors makes pulses wrong at a rate, in both directions.
func (f *SpanFar) Errors(rate float64) error {
	if !(rate >= 0 && rate <= 0.5) {
		return fmt.Errorf("span %s: error rate %g, want 0 to 0.5", f.card.spans[f.span].Name, rate)
	}
	f.line(func(l *spanLine) { l.toNear.rate, l.toFar.rate = rate, rate })
	return nil
}

// Burst makes pulses wrong at a rate for a while, rounded down to milliseconds, in both directions.
func (f *SpanFar) Burst(rate float64, d time.Duration) error {
	if !(rate >= 0 && rate <= 0.5) || d < 0 {
		return fmt.Errorf("span %s: burst of %g for %v, want a rate of 0 to 0.5 and a time", f.card.spans[f.span].Name, rate, d)
	}
	f.line(func(l *spanLine) {
		ms := int(d.Milliseconds())
		l.toNear.harsh, l.toNear.burst = rate, ms
		l.toFar.harsh, l.toFar.burst = rate, ms
	})
	return nil
}

// Attenuate sets the attenuation of the cable: above 29 dB it brings bit errors, from 35 dB on loss of signal.
func (f *SpanFar) Attenuate(dB float64) error {
	if !(dB >= 0) {
		return fmt.Errorf("span %s: attenuation of %g dB, want 0 or more", f.card.spans[f.span].Name, dB)
	}
	f.line(func(l *spanLine) {
		l.dB = dB
		l.toNear.attenuate(dB)
		l.toFar.attenuate(dB)
	})
	return nil
}

// Slip sets by how many parts in a million the far end's clock is fast: up to 1,000.
func (f *SpanFar) Slip(ppm int) error {
	if ppm < -1000 || ppm > 1000 {
		return fmt.Errorf("span %s: clock offset of %d ppm, want -1000 to 1000", f.card.spans[f.span].Name, ppm)
	}
	f.line(func(l *spanLine) { l.farPPM = ppm })
	return nil
}

// Control does at the far end what SpanControl does at the near one: AIS, remote alarm, loops, tests.
func (f *SpanFar) Control(cmd tdm.SpanCommand) error {
	info := f.card.spans[f.span]
	if err := framing.Check(info.Framing, cmd); err != nil {
		return fmt.Errorf("far end of span %s: %w", info.Name, err)
	}
	f.line(func(l *spanLine) { l.far.Control(cmd) })
	return nil
}

// Status returns what the far end was at the end of the last Exchange.
func (f *SpanFar) Status() FarStatus {
	f.card.mu.Lock()
	s := f.card.far[f.span]
	f.card.mu.Unlock()
	s.Span = f.card.spans[f.span].Name
	s.Defects, s.Failures, s.Loop, s.Counts = s.status.Defects.String(), s.status.Failures.String(), s.status.Loop.String(), s.status.Counts
	return s
}

func (l *spanLine) farStatus() FarStatus {
	return FarStatus{Pulled: l.pulled, PPM: l.farPPM, ErrorRate: l.toNear.rate, AttenuationDB: l.dB, status: l.far.Status()}
}
