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
// What a sample costs, and how many channels of 8,000 samples a second that lets one core carry: the best of the runs of
//
//	go test -run '^$' -bench . -benchtime 20ms -count 20 ./dsp/...
//
// on one core of a two-core guest (AMD EPYC, AVX2, Go 1.26). No block allocates, but for the messages that callerid returns. These
// blocks have kernels; beside them is the same with -tags purego:
//
//	block                                     ns/sample   channels/core               without assembly
//	g711 encode, either law                        0.17         730,000                           0.42
//	g711 decode, either law                        0.13         970,000                           0.32
//	dtmf: digits / speech / silence     2.8 / 2.0 / 0.6   44,500 / 63,700 / 222,000   8.4 / 5.6 / 1.4
//	fsk, Bell 202: data / quiet               8.2 / 3.1   15,300 / 39,900                  16.6 / 10.7
//	fsk, V.23: data / quiet                   8.3 / 3.0   15,000 / 41,500                  16.6 / 10.8
//	callerid, everything: burst / quiet      32.2 / 7.7    3,900 / 16,200                  56.1 / 26.4
//	tone, 11 tones: dial / speech / idle 7.8 / 6.0 / 2.4   15,900 / 21,000 / 51,700   12.1 / 9.1 / 2.9
//	tone, zone us: dial / speech / idle  5.8 / 3.2 / 0.8   21,600 / 39,200 / 150,000  10.0 / 6.3 / 1.3
//	tone, zone de: dial / speech / idle  5.1 / 2.5 / 0.8   24,300 / 50,000 / 159,000   9.3 / 5.6 / 1.3
//
// The targets are 0.5 and 0.2 ns for G.711 and 40,000, 15,000 and 15,000 channels/core for dtmf, one modem of fsk and 11 tones. V.23
// data has no margin to it. A callerid Receiver runs two modems, a DTMF detector and what recognises the standard at once: on a
// line that is quiet, as all but a few are, it keeps the 15,000 too, and in a burst it does not.
//
// On arm64 the same blocks have NEON kernels, tested under an emulator; what they cost there has not been measured. And without
// kernels but for the canceller's, on a quiet machine:
//
//	block                                          ns/sample   channels/core
//	level, meter                                        1.5           82,000
//	faxtone: speech / ANSam / V.21             2.4 / 4.1 / 11.3   52,000 / 30,000 / 11,000
//	mf, R1: in a signal / speech                    6.7 / 4.2     18,700 / 29,600
//	mf, R2: in a signal / speech                    8.3 / 5.4     15,100 / 22,900
//	plc: nothing lost / 10 % of frames of 20 ms    0.12 / 4.2     1,000,000 / 29,900
//	cng, white / shaped                             2.8 / 8.0     44,000 / 15,600
//	vad                                                 2.7           45,800
//	agc / fixed gain                                4.2 / 1.5     29,600 / 83,800
//	filter, DC / hum                               1.9 / 18.7     65,500 / 6,600
//	resample, 9600 to 8000 / drift                  25.5 / 47      4,900 / 2,600
//
// The echo canceller, with its NLP, by tail: the best of forty runs on the shared machine, some of 15 and
// some of 100 ms, of
//
//	go test -run '^$' -bench . -benchtime 100ms -count 40 ./dsp/echo
//
// (BenchmarkAdapting: every block has something to teach; BenchmarkCanceller: the line is calm; BenchmarkSilent: nothing is said).
// The target is 4,000 / 3,500 / 3,000 / 2,000 channels/core, which it keeps while it adapts in each block.
//
//	tail of                    16 / 32 / 64 / 128 ms       channels/core                   without assembly, ns
//	adapting                   29.9 / 33.4 / 35.6 / 44.5   4,180 / 3,740 / 3,510 / 2,800   185 / 201 / 239 / 326
//	calm                       16.7 / 19.4 / 22.8 / 34.3   7,500 / 6,450 / 5,480 / 3,640   102 / 129 / 149 / 289
//	silent, tail of 64 ms      11.0                        11,300                          72
//
// The processor runs faster than the 2.5 GHz that the targets are for, and how much so the guest does not tell. On arm64 the
// kernels are NEON, tested under emulation and not timed.
package dsp
