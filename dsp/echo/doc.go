// Package echo cancels the line echo that a two-wire hybrid returns (ITU-T G.168), without adding delay.
//
// # What it does
//
// Rin is what is sent to the line, Sin what comes from it, Sout what is left of Sin when the echo of Rin has been taken
// out. A [Canceller] models the echo path with an adaptive filter as long as its tail, subtracts what the model predicts,
// and with the non-linear processor on replaces the rest by comfort noise while only the far end talks.
//
// # How
//
// The filter is a partitioned-block frequency-domain filter: blocks of 64 samples (8 ms), transforms of 128, one partition
// of spectra for each 64 taps. The first partition also runs as 64 taps in the time domain; the others need only samples
// from before the block, so that Sout comes out with the sample that went in.
//
// Everything is adapted behind a first-order emphasis, and Sout goes through its inverse: speech falls by 12 dB an octave,
// and without a window its strong low bins would leak over the weak high ones.
//
// Each bin of each partition carries the variance of its own error, and the step follows from it as in a Kalman filter
// (Enzner and Vary, Signal Processing 86, 2006): large while the model is unknown, small once it is known, and small while
// a near-end talker raises the error. There is no double-talk detector to be fooled.
//
// Before it teaches anything, the error of a block is divided by its covariance, which the variances and the spectrum of Rin
// foretell: a Toeplitz system of 64 samples, solved by Levinson's recursion. Dividing bin by bin, as is usual, leaves the
// leakage of a block without window: it costs a second of convergence on speech, and 7 to 10 dB of enhancement.
//
// A filter that has just begun goes over each of its first blocks three times, so that vowels teach it more.
//
// Two filters run: the background adapts, the foreground makes Sout. The background's coefficients are copied to the
// foreground when they have left less echo for several blocks, and taken back from it when they have gone astray. A changed
// path shows as an error that is correlated with the predicted echo, which a talker's voice is not: the background then
// starts again from a large variance, and the foreground is heard until the background is better.
//
// Adaptation stops while Rin is silent, and while it is narrowband once the path is known (a tone tells nothing about the
// path elsewhere): the foreground is the tap set that is saved meanwhile. When the background has had nothing to teach for 15
// blocks a partition the line is calm, and one block of four is judged and learnt from; anything that is left, a talker or a better
// background ends that with the next block.
//
// A model that has been good is given up only for one that is clearly better: what begins anew by a talker's fault comes to
// nothing, and is taken back.
//
// With Config.BulkMs an echo is looked for ahead of the tail by correlation, as far as a second, and Rin taken from as long ago.
//
// The non-linear processor replaces what is 16 dB or more below the predicted echo by noise as loud as the pauses.
//
// The loops over samples, bins, taps and partitions are vector code, on amd64 with AVX2 and FMA and on arm64 with NEON. The
// recursions from sample to sample are worked out for a vector at once, each sample from those before it only, so that the output
// does not depend on the cut. Twins in Go are the reference, run elsewhere, and with the build tag purego.
//
// # Figures
//
// The worst of the paths D.2 to D.9 at losses of 6 and 10 dB, LRin -15 dBm0, mu-law / linear, printed by
//
//	go test -v -run TestQuality ./dsp/echo -long
//
//	tail     signal   20 dB after, s   30 dB after, s   from 5 to 10 s, dB   after double talk, dB   changed path, s
//	32 ms    CSS      0.10 / 0.10      0.45 / 0.40      35.7 / 53.6          36.0 / 55.7             0.35 / 0.35
//	         white    0.10 / 0.10      0.20 / 0.15      35.1 / 64.1          35.1 / 64.3             0.45 / 0.45
//	         speech   0.50 / 0.40      1.90 / 0.80      35.1 / 54.1          32.6 / 48.1             0.70 / 0.70
//	64 ms    CSS      0.15 / 0.15      2.45 / 0.40      35.8 / 50.7          36.2 / 51.7             0.35 / 0.35
//	         white    0.10 / 0.10      0.20 / 0.20      34.9 / 63.5          35.1 / 64.5             0.45 / 0.45
//	         speech   0.80 / 0.75      4.40 / 0.80      34.5 / 53.4          33.2 / 54.7             0.80 / 0.80
//	128 ms   CSS      0.15 / 0.15      1.05 / 0.45      35.8 / 49.4          36.1 / 50.9             0.85 / 0.50
//	         white    0.10 / 0.10      0.20 / 0.20      34.0 / 62.3          34.6 / 63.5             0.45 / 0.45
//	         speech   1.30 / 0.80      5.75 / 1.70      32.0 / 52.7          31.1 / 53.6             1.35 / 1.10
//
// The targets at 32 ms (35 and 50 dB, 28 after double talk, 0.5, 0.2 and 0.6 s to 20 dB, 1.5 s to 30 dB on CSS, 0.8 s after a
// change) are kept at this level. With longer tails speech takes longer than the taps alone would cost. At -30, -20, -10 and 0 dBm0,
// by -run TestQualityAtLevels, at 32 ms, what is missed is:
//
//	speech, mu-law, -20 and -30 dBm0     20 dB after 0.80 s; at -30 dBm0 1.40 s after a changed path
//	speech, linear, -30 dBm0             48.2 dB, 0.4 dB less than the 2 dB below what the coding allows
//	CSS, mu-law, -30 dBm0                30 dB after 3.5 s, where the coding allows some 33 dB
//
// All rows of G.168 that have a limit pass at LRin -30 to 0 dBm0, 6 and 10 dB, both codings, with a tail of 32 ms (TestG168
// -long). What has no limit is printed by
//
//	go test -v -run TestFigures ./dsp/echo
//
//	at 32 to 128 ms, mu-law                                    20 dB after, s   then, dB
//	10C a facsimile's page (V.29) is sent, tail of 32 ms       0.05             36.0
//	10C the same, received, before and after V.21 is sent      -                level changed by 0.00
//	14 a V.21 modem, one direction, tail of 64 ms              0.05             37.2
//	two reflections 20 ms apart, tail of 64 ms, CSS            0.35             36.6
//	three, tail of 128 ms, CSS / speech                        0.70 / 1.60      37.0 / 33.9
//	64 ms of delay inside a tail of 128 ms, CSS / speech       0.95 / 2.05      35.7 / 32.0
//	a clock that drifts by 50 ppm, CSS / white / speech        0.1 or less      26.5 / 26.8 / 21.8
//
// A path that drifts is followed, not foretold: 50 ppm leave 9 dB more echo of a modulated signal, 13 of speech, than a path that
// stays. Rows 11 to 13 are for further study, and the procedure of 15 (PCM offset) could not be had.
//
// # What it does not do
//
// It does not look for 2100 Hz tones: the pump, which hears fax and modem tones anyway, calls SetNLP and SetEnabled, by package
// faxtone's Detector and Hold.
//
// A Canceller belongs to one goroutine, allocates nothing after New, and gives the same output for any cut of its input.
package echo
