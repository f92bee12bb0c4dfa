// Package dsp is the root of the signal processing tree: one package a standard or a job, each usable on its own.
//
// All audio is 16-bit linear at 8,000 samples a second, one channel. Levels are in dBm0 by the convention of package level.
//
// Every processor in the tree keeps the same promises:
//
//   - any-cut: the output does not depend on how its input is cut into calls;
//   - no clock: time is a count of samples;
//   - one owner: a processor is not safe for concurrent use and starts no goroutine;
//   - no allocation while processing, so that it can run between a card and the network;
//   - New fills in state and starts nothing.
//
// The tree imports the standard library and itself, nothing else, so that any part of the program, and any other
// program, can use it without a card or a network.
//
// Packages: g711 (companding), level (dBm0, meters), tone (call-progress tones of a country: generate and recognise),
// dtmf and pulse (digits), fsk and callerid (caller identification), echo (line echo canceller), plc and cng (lost packets
// and silence), faxtone (fax and modem tones), wav (sound files), fft (transforms), dsptest (signals, line models and
// measurements for tests).
package dsp
