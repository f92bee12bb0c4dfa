package span

// A canceller removes from rx the echo of tx, both the same number of samples; out may be rx.
type canceller interface {
	Process(out, rx, tx []int16)
	SetNLP(on bool)
	Slip(n int)
}

func newCanceller(tailMs int) canceller { return nil }

func (p *Pump) publishEcho(s *slot, sh *slotShared) {}
