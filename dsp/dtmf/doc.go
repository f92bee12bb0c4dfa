// Package dtmf sends and receives the digits of ITU-T Q.23, to the receiver limits of Q.24.
//
// # Receiver
//
// A filter bank that accepts every legal frequency cannot refuse what lies just beyond, so the Detector estimates
// frequencies instead of filtering by them. It works at two depths:
//
// Every 3 ms three windows of 6 ms give the complex amplitude of the low group and of the two halves of the high group, and
// a short filter with its zeros in the dial tones gives the energy that those are held against. Two amplitudes that stay
// even and turn at the pace of a legal digit for 12 ms are a Suspect, 10 to 14 ms after its first sample. From then on the
// two are followed, and their edges are interpolated from the window that is half full.
//
// After 29 ms the last 26 ms are examined exactly, behind an elliptic dial-tone filter: the phases of two overlapping
// windows give each frequency to 1 Hz, levels to 0.1 dB, and the rest that neither tone explains. What noise leaves is white
// and what a voice leaves is not; how pure the signal has to be depends on which it is and on how far off its tones are. A
// second failure is a Clear.
//
// # Many channels
//
// The vectors of the kernels lie along one channel's samples. Eight channels side by side would need no sums across a vector, but
// that can save only a part of the front, which is a quarter of the cost in speech and a fifth in digits; what is left are
// decisions, which each channel takes at its own time, and examinations, which no two channels need at once. In a call of the span
// pump (no canceller, 480 slots) the whole Detector is an eighth of the tick and the front a twentieth. So there is no bank of
// Detectors, and 100,000 channels a core are reached in silence alone.
//
// # What it does not do
//
// It neither mutes nor removes echo (a digit sent to a line and reflected is a digit), does not read tones below 29 ms, and
// takes R1 multi-frequency signals with a tone near 700 Hz and one near 1500 Hz for digits, since those are within 1.6 % of
// two of them.
//
// Speech is not wholly without digits: seven of nine hours of it, by seeds that no limit was set with (9000, 1, 2, 3, 31337, 424242 and
// 20261128), have none, two (77001 and 5150) have one each, an A and a *, of two harmonics without anything beside them:
// go test -run HourOfSpeech -hour -hour-seed N.
//
// Processors take any cut of their input, allocate nothing while processing, read no clock and belong to one goroutine.
package dtmf
