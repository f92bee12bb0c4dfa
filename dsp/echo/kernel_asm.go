//go:build !purego && (amd64 || arm64)

package echo

// Kernels do not know the type of a spectrum.
func (s *spectrum) bins() *[width]float32 { return (*[width]float32)(s) }

// first is where n spectra begin.
func first(s []spectrum, n int) *[width]float32 { return s[:n][0].bins() }
