//go:build purego || !amd64

package dtmf

func analyseKernel(x *[window]float32, table *[2 * bands][half]float32, p *[2 * bands]float32) {
	analyseGo(x, table, p)
}

func screenKernel(x *[hop + 4]float32, a, b float32) float32 { return screenGo(x, a, b) }
