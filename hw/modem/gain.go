package modem

// amplify multiplies by a linear gain and saturates.
func amplify(pcm []int16, gain float32) {
	if gain == 1 {
		return
	}
	for i, v := range pcm {
		pcm[i] = int16(max(-32768, min(32767, float32(v)*gain)))
	}
}

// quietDBm0 stands for the level of silence, which has no logarithm.
const quietDBm0 = -90

// levels are those of what comes from the line and of what goes to it.
func (a *audio) levels() (rx, tx float64) {
	return max(quietDBm0, float64(a.rxLevel.Level())), max(quietDBm0, float64(a.txLevel.Level()))
}
