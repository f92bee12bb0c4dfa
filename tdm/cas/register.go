package cas

import (
	"fmt"
	"strings"

	"tipring/dsp/dtmf"
	"tipring/dsp/level"
	"tipring/dsp/mf"
	"tipring/tdm"
)

// The shape of what is dialled.
const (
	dtmfOnMs, dtmfOffMs = 100, 100           // TIA-464: at least 50 each
	dtmfDBm0            = level.DBm0(-9)     // each tone
	r1DBm0              = level.DBm0(-7)     // Q.322 2.1
	r2DBm0              = level.DBm0(-11.5)  // Q.454 3.2.1
	dtmfDigits          = "0123456789ABCD*#" // Q.23
)

// System is the set of frequencies of a register, nil for DTMF and none.
func (r Register) System() *mf.System {
	return [...]*mf.System{R1: mf.R1, R2Forward: mf.R2Forward, R2Backward: mf.R2Backward}[r]
}

// Has reports whether the register has a signal for each of the digits, and there are not too many.
func (r Register) Has(digits string) bool {
	names := dtmfDigits
	if s := r.System(); s != nil {
		names = s.Names
	}
	return r != NoRegister && len(digits) <= maxDigits && strings.Trim(digits, names) == ""
}

// maxDigits is how many signals are sent in one go.
const maxDigits = 64

// A Source gives samples until it ends, as span.Source.
type Source interface{ Read(dst []int16) int }

// NewSource returns the audio of what Dial sends. R2 signals come one by one, by Hold.
func NewSource(r Register, digits string) (Source, error) {
	switch {
	case r != DTMF && r != R1, !r.Has(digits):
		return nil, fmt.Errorf("cas: %v has no signals for %q", r, digits)
	case r == DTMF:
		return dtmf.NewSource(digits, dtmfOnMs, dtmfOffMs, dtmfDBm0), nil
	}
	s := &pulses{g: mf.NewGenerator(mf.R1, r1DBm0)}
	return s, s.g.Digits(digits)
}

// pulses is a generator's queue as a source with an end.
type pulses struct{ g *mf.Generator }

func (p *pulses) Read(dst []int16) int {
	for n := 0; n < len(dst); n += tdm.Quantum { // pulses last whole milliseconds
		if p.g.Idle() {
			return n
		}
		p.g.Read(dst[n:min(n+tdm.Quantum, len(dst))])
	}
	return len(dst)
}

// NewHeld returns the audio of what Hold sends: a signal without an end.
func NewHeld(r Register, digit byte) (Source, error) {
	s := r.System()
	if s == nil || s.Number(digit) == 0 {
		return nil, fmt.Errorf("cas: %v has no signal %q", r, digit)
	}
	at := r2DBm0
	if r == R1 {
		at = r1DBm0
	}
	g := mf.NewGenerator(s, at)
	return g, g.Start(s.Number(digit))
}

// A Receiver finds a register's signals, for whoever has no pump.
type Receiver struct {
	dtmf *dtmf.Detector
	mf   *mf.Detector
	sys  *mf.System
	d    []dtmf.Event
	m    []mf.Event
}

// NewReceiver returns one that has heard nothing.
func NewReceiver(r Register) *Receiver {
	if s := r.System(); s != nil {
		return &Receiver{mf: mf.NewDetector(s), sys: s}
	}
	if r == DTMF {
		return &Receiver{dtmf: dtmf.NewDetector(dtmf.Config{})}
	}
	return &Receiver{}
}

// Process takes samples and calls found with each Signal and SignalEnd among them; At counts from the first.
func (r *Receiver) Process(pcm []int16, found func(Input)) {
	switch {
	case r.mf != nil:
		r.m = r.mf.Process(pcm, r.m[:0])
		for _, e := range r.m {
			kind := Signal
			if e.Kind == mf.End {
				kind = SignalEnd
			}
			found(Input{Kind: kind, At: int64(e.At), Digit: r.sys.Names[e.Signal-1]})
		}
	case r.dtmf != nil:
		r.d = r.dtmf.Process(pcm, r.d[:0])
		for _, e := range r.d {
			switch e.Kind {
			case dtmf.Start:
				found(Input{Kind: Signal, At: int64(e.At), Digit: e.Digit})
			case dtmf.End:
				found(Input{Kind: SignalEnd, At: int64(e.At), Digit: e.Digit})
			}
		}
	}
}
