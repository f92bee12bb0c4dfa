package rtp

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"

	"tipring/dsp/cng"
	"tipring/dsp/dtmf"
	"tipring/dsp/level"
	"tipring/tdm/span"
)

// meterMs is the window of the level meters: a syllable.
const meterMs = 200

// publishEvery is how often, in samples, what Stats shows of the pump's state is renewed.
const publishEvery = 800

// A Stream is the audio of one call over RTP. Tick, Digits and VoiceBand belong to the pump of the card that it is attached
// to; all other methods are safe from any goroutine.
type Stream struct {
	party   string // set by Open
	engine  *Engine
	pair    pair
	session atomic.Pointer[session] // nil before the first Configure
	notify  atomic.Pointer[func(Event)]
	orders  chan order
	once    sync.Once
	closed  atomic.Bool

	recv receiver // the RTP socket's goroutine
	rtcp control  // the RTCP goroutines
	out  outgoing // the egress goroutine

	// The pump's.
	current *session
	octets  [2][clearBlock]int16 // in and out of a clear channel, as samples
	player  *player
	sender  sender
	heard   uint64
	heardAt int64
	silent  bool  // MediaTimeout has been told
	publish int   // samples until show
	next    int64 // card sample of the next block
	shown   shown
}

// shown is what Stats shows of the pump's state.
type shown struct {
	sent, received atomic.Int64 // levels in 1/100 dBm0
	drift          atomic.Int64 // 1/100 ppm
}

var (
	_ span.DigitLeg     = (*Stream)(nil)
	_ span.VoiceBandLeg = (*Stream)(nil)
	_ span.ClearLeg     = (*Stream)(nil)
)

func newStream(e *Engine, p pair) *Stream {
	s := &Stream{engine: e, pair: p, orders: make(chan order, 32)}
	s.recv.ring = newRing[slot](ingressSlots)
	s.player = newPlayer(s.recv.ring, e.cfg.MinDepthMs, e.cfg.MaxDepthMs)
	s.player.tones.tell = s.tell
	s.sender.ring = newRing[outbound](egressSlots)
	s.sender.orders = s.orders
	s.sender.meter = level.NewMeter(meterMs)
	s.sender.dtx.est = cng.NewEstimator()
	s.sender.offset = rand.Uint32() // RFC 3550 §5.1: random timestamp, sequence number and SSRC
	s.sender.header.SequenceNumber = uint16(rand.Uint32())
	s.sender.header.SSRC = rand.Uint32()
	s.out.ssrc.Store(s.sender.header.SSRC)
	s.rtcp.init(s)
	return s
}

// Local returns the address and the even port on which RTP is received.
func (s *Stream) Local() netip.AddrPort { return s.pair.local }

// Configure replaces the parameters, from the next block on. The source is learned anew. On an error nothing has changed.
func (s *Stream) Configure(p Params) error {
	if err := p.check(); err != nil {
		return err
	}
	s.session.Store(newSession(p))
	if p.SSRC != 0 {
		s.out.ssrc.Store(p.SSRC)
	}
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

// tell passes an event to the function of OnEvent. It never blocks.
func (s *Stream) tell(ev Event) {
	select {
	case s.engine.events <- notice{s, ev}:
	default:
		s.engine.lostEvents.Add(1)
	}
}

// SendDigit sends a digit ('0'-'9', '*', '#', 'A'-'D', or '!' for a hook flash) that is not in the audio, such as one that
// was dialled by pulses, as a telephone-event of ms milliseconds; where none was negotiated, as a tone. Digits are sent one
// after another with a pause between them.
func (s *Stream) SendDigit(digit byte, ms int) error {
	if _, ok := eventCode(digit); !ok {
		return fmt.Errorf("rtp: no telephone-event for digit %q", digit)
	}
	if ms < 1 || ms > maxOrderMs {
		return fmt.Errorf("rtp: digit of %d ms is not within 1..%d ms", ms, maxOrderMs)
	}
	select {
	case s.orders <- order{digit, ms * 8}:
		return nil
	default:
		return fmt.Errorf("rtp: %d digits are waiting already", cap(s.orders))
	}
}

// maxOrderMs keeps a wrong duration from blocking the audio for ever.
const maxOrderMs = 60_000

// Digits takes what the DTMF detector found in the block whose Tick follows.
func (s *Stream) Digits(at int64, evs []dtmf.Event) {
	s.load(at)
	s.sender.find(at, evs, s.player.tones.echoes(at))
	s.engine.kick(s)
}

// VoiceBand switches to voice-band data (ITU-T V.152): a fixed play-out delay, nothing concealed, no pauses in what is sent.
func (s *Stream) VoiceBand(on bool) {
	s.player.voiceBand(on)
	s.sender.band = on
}

// newCard is the gap in the card's sample count from which on it is another card's, to which the stream was moved.
const newCard = 8 * 8000

// load takes over the parameters of the last Configure, and notices a change of card.
func (s *Stream) load(at int64) {
	if gap := at - s.next; s.next != 0 && (gap < 0 || gap > newCard) {
		s.player.restart()
		s.sender.move(gap)
		s.heardAt += gap
	}
	s.next = at
	if se := s.session.Load(); se != s.current {
		s.current = se
		s.player.configure(se)
		s.sender.configure(se)
		s.heard = s.recv.heard.Load() - 1 // the timeout begins here
	}
}

// Tick sends rx and fills tx with what is to be played out. Both have the same length, a multiple of tdm.Quantum.
func (s *Stream) Tick(at int64, rx, tx []int16) {
	if s.closed.Load() {
		clear(tx)
		return
	}
	s.load(at)
	if s.current == nil {
		clear(tx)
		return
	}
	s.player.give(at, tx)
	s.sender.take(at, rx)
	s.watch(at)
	s.engine.kick(s)
	if s.publish -= len(rx); s.publish <= 0 {
		s.publish = publishEvery
		s.show()
	}
	s.next = at + int64(len(rx))
}

// watch tells when the peer has fallen silent, and when it is back. On hold nobody is expected to speak.
func (s *Stream) watch(at int64) {
	se := s.current
	if h := s.recv.heard.Load(); h != s.heard || !se.Recv || se.Timeout == 0 {
		s.heard, s.heardAt = h, at
		if s.silent && se.Recv {
			s.silent = false
			s.tell(Event{Kind: MediaResumed, At: at})
		}
		return
	}
	if !s.silent && at-s.heardAt >= se.Timeout {
		s.silent = true
		s.tell(Event{Kind: MediaTimeout, At: at})
	}
}

func (s *Stream) show() {
	s.shown.sent.Store(int64(100 * s.sender.meter.Level()))
	s.shown.received.Store(int64(100 * s.player.meter.Level()))
	s.shown.drift.Store(int64(100 * s.player.drift.ppm()))
}

// Close ends the stream: RTCP BYE, then the sockets are closed. A pump may go on calling Tick and gets silence.
func (s *Stream) Close() {
	s.once.Do(func() {
		s.closed.Store(true)
		s.rtcp.bye()
		s.engine.drop(s)
		s.shut()
	})
}
