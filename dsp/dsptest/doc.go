// Package dsptest holds what tests of audio code need: signals, models of a line, and measurements.
//
// Signals: the composite source signal of ITU-T G.168, a speech-like signal with syllables and pauses, white noise, sines;
// all are repeatable, at a level in dBm0, and can be mixed. Lines: the hybrid echo paths of G.168 Annex D. Measurements:
// the dominant frequency, the level of a tone, discontinuities, the level meter of G.168, and how much of some speech
// came through.
//
// The functions work on whole signals and allocate; they are for tests and tools, not for the path between card and
// network. Nothing here knows a card, a file or a network.
package dsptest
