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
// Two filters run: the background adapts, the foreground makes Sout. The background's coefficients are copied to the
// foreground when they have left less echo for several blocks, and taken back from it when they have gone astray. A changed
// path shows as an error that is correlated with the predicted echo, which a talker's voice is not: the background then
// starts again from a large variance, and the foreground is heard until the background is better.
//
// Adaptation stops while Rin is silent, and while it is narrowband once the path is known (a tone tells nothing about the
// path elsewhere).
//
// The non-linear processor replaces what is 16 dB or more below the predicted echo by noise as loud as the pauses.
//
// # What it does not do
//
// It does not look for 2100 Hz tones: the pump, which hears fax and modem tones anyway, calls SetNLP and SetEnabled.
//
// A Canceller belongs to one goroutine, allocates nothing after New, and gives the same output for any cut of its input.
package echo
