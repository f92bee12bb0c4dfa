package rtp

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"tipring/dsp/dtmf"
	"tipring/tdm/span"
)

// A Stream is the audio of one call over RTP. Tick, Digits and VoiceBand belong to the pump of the card it is attached to;
// all other methods are safe from any goroutine.
type Stream struct {
	engine *Engine
	pair   pair
	params atomic.Pointer[Params]
	notify atomic.Pointer[func(Event)]
	once   sync.Once
}

var (
	_ span.DigitLeg     = (*Stream)(nil)
	_ span.VoiceBandLeg = (*Stream)(nil)
)

func newStream(e *Engine, p pair) *Stream {
	return &Stream{engine: e, pair: p}
}

// Local returns the address and the even port on which RTP is received.
func (s *Stream) Local() netip.AddrPort { return s.pair.local }

// Configure replaces the parameters, from the next block on. The source is learned anew. On an error nothing has changed.
func (s *Stream) Configure(p Params) error {
	if err := p.check(); err != nil {
		return err
	}
	s.params.Store(&p)
	return nil
}

// OnEvent sets the function that is told what the stream notices; nil: nobody. It is called from one goroutine of the
// engine, so it must not block.
func (s *Stream) OnEvent(f func(Event)) {
	if f == nil {
		s.notify.Store(nil)
		return
	}
	s.notify.Store(&f)
}

// SendDigit sends a digit ('0'-'9', '*', '#', 'A'-'D', or '!' for a hook flash) that is not in the audio, such as one that
// was dialled by pulses, as a telephone-event of ms milliseconds; where none was negotiated, as a tone.
func (s *Stream) SendDigit(digit byte, ms int) error { return nil }

// Stats returns a snapshot.
func (s *Stream) Stats() Stats { return Stats{Local: s.pair.local} }

// Digits takes what the DTMF detector found in the block whose Tick follows.
func (s *Stream) Digits(at int64, evs []dtmf.Event) {}

// VoiceBand switches to voice-band data (ITU-T V.152).
func (s *Stream) VoiceBand(on bool) {}

// Tick sends rx and fills tx with what is to be played out.
func (s *Stream) Tick(at int64, rx, tx []int16) {
	clear(tx)
}

// Close ends the stream: RTCP BYE, then the sockets are closed. A pump may go on calling Tick and gets silence.
func (s *Stream) Close() {
	s.once.Do(func() {
		s.engine.mu.Lock()
		delete(s.engine.streams, s)
		s.engine.mu.Unlock()
		s.pair.rtp.Close()
		s.pair.rtcp.Close()
	})
}
