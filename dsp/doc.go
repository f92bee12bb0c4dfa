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
// Packages: g711 (companding), level (dBm0, meters), tone (call-progress tones of a country: generate, recognise, learn),
// dtmf, mf and pulse (digits), fsk and callerid (caller identification), echo (line echo canceller), plc and cng (lost
// packets, silence, noise), faxtone (fax and modem tones), vad (voice activity), agc (gain), filter (DC and hum), resample
// (sample rates and drifting clocks), wav (sound files), plot (a recording as a picture), fft (transforms), cpu (vector instructions), dsptest
// (signals, line models and measurements for tests).
//
// # Figures
//
// What a sample costs, all in Go, and how many channels of 8,000 samples a second that lets one core carry: the best of
// six runs of
//
//	go test -run '^$' -bench . -benchtime 50ms ./dsp/...
//
// on one core of a shared two-core guest (AMD EPYC, Go 1.26). No block allocates.
//
//	block                                          ns/sample   channels/core
//	g711 encode, either law                             0.30         409,000
//	g711 decode, either law                             0.25         495,000
//	level, meter                                        1.5           82,000
//	tone, 11 tones: in a tone / speech / idle   9.2 / 7.0 / 2.2   13,500 / 17,800 / 56,000
//	tone, zone us: in a tone / speech / idle    7.4 / 4.9 / 1.0   16,800 / 25,300 / 120,000
//	tone, zone de: in a tone / speech / idle    7.0 / 4.1 / 1.0   17,700 / 30,700 / 124,000
//	faxtone: speech / ANSam / V.21             2.4 / 4.1 / 11.3   52,000 / 30,000 / 11,000
//	mf, R1: in a signal / speech                    6.7 / 4.2     18,700 / 29,600
//	mf, R2: in a signal / speech                    8.3 / 5.4     15,100 / 22,900
//	plc: nothing lost / 10 % of frames of 20 ms    0.12 / 4.2     1,000,000 / 29,900
//	cng, white / shaped                             2.8 / 8.0     44,000 / 15,600
//	vad                                                 2.7           45,800
//	agc / fixed gain                                4.2 / 1.5     29,600 / 83,800
//	filter, DC / hum                               1.9 / 18.7     65,500 / 6,600
//	resample, 9600 to 8000 / drift                  25.5 / 47      4,900 / 2,600
package dsp
