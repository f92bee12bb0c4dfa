//go:build purego || (!amd64 && !arm64)

package dtmf

func lookKernel(f *frame, x *[window]int16, table *[2 * bands][half]float32, a, b, floor float32) bool {
	return lookGo(f, x, table, a, b, floor)
}

func filterKernel(s *signals, in *[settle + examined]int16) { filterGo(s, in) }

func energiesKernel(s *signals, taper *[slice]float32, e *[8]float32) { energiesGo(s, taper, e) }

func correlateKernel(x *[examined]float32, taper *[slice]float32, tones *[2]reference, sums *[8]float32) {
	correlateGo(x, taper, tones, sums)
}
