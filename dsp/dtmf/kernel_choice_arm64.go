//go:build !purego

package dtmf

//go:noescape
func lookNEON(f *frame, x *[window]int16, table *[2 * bands][half]float32, a, b, floor float32) bool

//go:noescape
func filterNEON(s *signals, in *[settle + examined]int16, columns *[2 * lanes][3 * lanes]float32)

//go:noescape
func energiesNEON(s *signals, taper *[slice]float32, e *[8]float32)

//go:noescape
func correlateNEON(x *[examined]float32, taper *[slice]float32, tones *[2]reference, sums *[8]float32)

// Every arm64 has what the kernels need.

func lookKernel(f *frame, x *[window]int16, table *[2 * bands][half]float32, a, b, floor float32) bool {
	return lookNEON(f, x, table, a, b, floor)
}

func filterKernel(s *signals, in *[settle + examined]int16) { filterNEON(s, in, &blockColumns) }

func energiesKernel(s *signals, taper *[slice]float32, e *[8]float32) { energiesNEON(s, taper, e) }

func correlateKernel(x *[examined]float32, taper *[slice]float32, tones *[2]reference, sums *[8]float32) {
	correlateNEON(x, taper, tones, sums)
}
