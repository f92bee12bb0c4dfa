package linktest

import (
	"errors"
	"io"
	"sync"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/pin"
	"periph.io/x/conn/v3/spi"
)

// An SPI is a link over an SPI bus on which the host is the master: the card's end is the stream that it implements, the
// host's ends are Port and Attention. Octets that the host clocks take no time.
type SPI struct {
	mu        sync.Mutex
	toHost    []byte
	toCard    []byte
	closed    bool
	arrived   chan struct{} // something for the card
	edge      chan struct{} // attention has fallen
	halted    chan struct{}
	transfers int
}

// NewSPI returns a bus.
func NewSPI() *SPI {
	return &SPI{arrived: make(chan struct{}, 1), edge: make(chan struct{}, 1), halted: make(chan struct{}, 1)}
}

// Read implements io.Reader for the card.
func (s *SPI) Read(p []byte) (int, error) {
	for {
		s.mu.Lock()
		n := copy(p, s.toCard)
		s.toCard = s.toCard[:copy(s.toCard, s.toCard[n:])]
		closed := s.closed
		s.mu.Unlock()
		switch {
		case n > 0:
			return n, nil
		case closed:
			return 0, io.ErrClosedPipe
		}
		<-s.arrived
	}
}

// Write implements io.Writer for the card: attention goes low.
func (s *SPI) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	if len(s.toHost) == 0 {
		notify(s.edge)
	}
	s.toHost = append(s.toHost, p...)
	return len(p), nil
}

// Close implements io.Closer: the card is gone, and the host's transfers fail.
func (s *SPI) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	notify(s.arrived)
	return nil
}

// Transfers is how often the host has clocked the bus.
func (s *SPI) Transfers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transfers
}

// Port is the host's end.
func (s *SPI) Port() spi.PortCloser { return spiPort{s} }

// Attention is the line by which the card asks to be clocked.
func (s *SPI) Attention() gpio.PinIn { return attention{s} }

type spiPort struct{ s *SPI }

func (spiPort) String() string                    { return "spi-link" }
func (spiPort) Close() error                      { return nil }
func (spiPort) LimitSpeed(physic.Frequency) error { return nil }
func (spiPort) Duplex() conn.Duplex               { return conn.Full }
func (p spiPort) TxPackets(ps []spi.Packet) error {
	return errors.New("spi-link: one transfer at a time")
}
func (p spiPort) Connect(_ physic.Frequency, mode spi.Mode, bits int) (spi.Conn, error) {
	if mode != spi.Mode0 || bits != 8 {
		return nil, errors.New("spi-link: want mode 0 with 8 bits")
	}
	return p, nil
}

// Tx implements conn.Conn.
func (p spiPort) Tx(w, r []byte) error {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("spi-link: the card is gone")
	}
	s.transfers++
	s.toCard = append(s.toCard, w...)
	n := copy(r, s.toHost)
	clear(r[n:])
	s.toHost = s.toHost[:copy(s.toHost, s.toHost[n:])]
	notify(s.arrived)
	return nil
}

type attention struct{ s *SPI }

func (attention) String() string                { return "attention" }
func (attention) Name() string                  { return "attention" }
func (attention) Number() int                   { return -1 }
func (attention) Function() string              { return "In" }
func (attention) Func() pin.Func                { return gpio.IN }
func (attention) In(gpio.Pull, gpio.Edge) error { return nil }
func (attention) Pull() gpio.Pull               { return gpio.PullUp }
func (attention) DefaultPull() gpio.Pull        { return gpio.PullUp }

// Halt implements conn.Resource.
func (a attention) Halt() error {
	notify(a.s.halted)
	return nil
}

// Read implements gpio.PinIn.
func (a attention) Read() gpio.Level {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return gpio.Level(len(a.s.toHost) == 0)
}

// WaitForEdge implements gpio.PinIn; it is called without a bound.
func (a attention) WaitForEdge(time.Duration) bool {
	select {
	case <-a.s.edge:
		return true
	case <-a.s.halted:
		return false
	}
}
