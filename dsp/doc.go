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
// (sample rates and drifting clocks), wav (sound files), plot (a recording as a picture), fft (transforms), cpu (vector
// instructions), dsptest (signals, line models and measurements for tests).
//
// # Figures
//
// What a sample costs, and how many channels of 8,000 samples a second that lets one core carry: the best of six runs of
//
//	go test -run '^$' -bench . -benchtime 50ms ./dsp/...
//
// on one core of a two-core guest (AMD EPYC, AVX2, Go 1.26). No block allocates. These blocks have kernels; beside them is the
// same with -tags purego. Both were measured while other work shared the machine, so that they are worth more against each
// other than against the figures below: the blocks here without assembly took a fifth to a third less on the quiet machine.
//
//	block                                     ns/sample   channels/core               without assembly
//	g711 encode, either law                        0.17         749,000                           0.42
//	g711 decode, either law                        0.13         951,000                           0.32
//	dtmf: digits / speech / silence     7.7 / 4.3 / 1.3   16,200 / 29,000 / 93,000    11.5 / 5.7 / 1.7
//	fsk: data / quiet                        18.3 / 4.8    6,800 / 26,000                  23.9 / 11.6
//	callerid, everything: burst / quiet     58.8 / 13.7    2,100 / 9,100                   80.6 / 28.1
//	tone, 11 tones: dial / speech / idle 9.7 / 7.3 / 3.0   12,900 / 17,100 / 41,500   12.3 / 9.0 / 2.9
//	tone, zone us: dial / speech / idle  7.3 / 4.4 / 1.5   17,000 / 28,500 / 84,000    9.9 / 6.5 / 1.5
//	tone, zone de: dial / speech / idle  6.4 / 3.6 / 1.6   19,500 / 34,800 / 78,000   10.4 / 5.5 / 1.6
//
// The kernels are for amd64 alone; arm64 runs the Go twins. And all in Go, on a quiet machine:
//
//	block                                          ns/sample   channels/core
//	level, meter                                        1.5           82,000
//	faxtone: speech / ANSam / V.21             2.4 / 4.1 / 11.3   52,000 / 30,000 / 11,000
//	mf, R1: in a signal / speech                    6.7 / 4.2     18,700 / 29,600
//	mf, R2: in a signal / speech                    8.3 / 5.4     15,100 / 22,900
//	echo, tail of 16 / 32 / 64 / 128 ms      42 / 45 / 48 / 58    2,960 / 2,750 / 2,590 / 2,170
//	the same without assembly, -tags purego  187 / 197 / 227 / 323   670 / 640 / 550 / 390
//	plc: nothing lost / 10 % of frames of 20 ms    0.12 / 4.2     1,000,000 / 29,900
//	cng, white / shaped                             2.8 / 8.0     44,000 / 15,600
//	vad                                                 2.7           45,800
//	agc / fixed gain                                4.2 / 1.5     29,600 / 83,800
//	filter, DC / hum                               1.9 / 18.7     65,500 / 6,600
//	resample, 9600 to 8000 / drift                  25.5 / 47      4,900 / 2,600
package dsp
