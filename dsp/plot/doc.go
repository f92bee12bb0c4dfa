// Package plot draws a recording of a line for a person: its waveform, its spectrogram from 0 to 4 kHz, and between the two,
// lane by lane, what detectors found in it.
//
// It works on the whole recording, allocates, and knows no detector: the caller passes what it found as marks. Text is
// drawn in a small alphabet of capitals, so that the package needs no font.
package plot
