//go:build race

package pseudowire

// raceDetector: it allocates.
const raceDetector = true
