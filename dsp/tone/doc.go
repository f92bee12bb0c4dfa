// Package tone generates and recognises the call-progress tones of a country: dial, busy, ringing, congestion, special
// information and the rest (ITU-T E.180, E.182).
//
// A Spec is one tone in the notation of the zone table: components in order, each a frequency, a sum or a modulated
// carrier for some milliseconds. A Plan is one country's set of them, with its ringing cadence. Plans are read-only and
// shared; Zone parses the embedded table once.
//
// A Generator is the source of one tone. A Detector listens for all tones of a plan at once, by frequency and by cadence.
// Each belongs to one goroutine, counts time in samples, allocates nothing while it works and gives the same result for
// any cut of the audio.
//
// The package does not decide which tone a caller should hear (that is the line's matter), nor does it know digits
// (package dtmf) or fax and modem tones (package faxtone).
package tone
