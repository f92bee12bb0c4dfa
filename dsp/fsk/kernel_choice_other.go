//go:build purego || !amd64

package fsk

// add is addGo.
func add(f *front, pcm []int16, ref [][4]float64, filtered []float64, tone [][4]float64, energy []float64) {
	addGo(f, pcm, ref, filtered, tone, energy)
}
