package link

import (
	"fmt"
	"io"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// How the host clocks the link when it is the master.
const (
	spiStep   = 64
	spiPeriod = time.Millisecond
	// spiMax is the most of one transfer: a spidev driver's buffer is 4096 unless it was loaded with another one.
	spiMax = 4096
	// SPIClock is the fastest clock.
	SPIClock = 20 * physic.MegaHertz
)

// OverSPI makes a stream of an SPI port on which the host is the master. attention, when not nil, is low while the card has
// something to send; without it the host asks every millisecond.
func OverSPI(p spi.PortCloser, attention gpio.PinIn) (Stream, error) {
	c, err := p.Connect(SPIClock, spi.Mode0, 8)
	if err != nil {
		return nil, fmt.Errorf("card link over %s: %w", p, err)
	}
	if attention != nil {
		if err := attention.In(gpio.PullUp, gpio.FallingEdge); err != nil {
			return nil, fmt.Errorf("card link over %s: attention line %s: %w", p, attention, err)
		}
	}
	s := &spiStream{port: p, conn: c, attention: attention, out: make(chan []byte), sent: make(chan error), in: make(chan []byte),
		read: make(chan struct{}), edge: make(chan struct{}), done: make(chan struct{})}
	s.tasks.Go(s.run)
	if attention != nil {
		s.tasks.Go(s.watch)
	}
	return s, nil
}

// An spiStream owns the bus in the goroutine run, which hands octets to Read and takes them from Write.
type spiStream struct {
	port      spi.PortCloser
	conn      spi.Conn
	attention gpio.PinIn
	out       chan []byte
	sent      chan error
	in        chan []byte
	read      chan struct{} // Read has copied what it got
	edge      chan struct{}

	once  sync.Once
	done  chan struct{}
	err   error // set before done is closed
	tasks sync.WaitGroup
}

func (s *spiStream) run() {
	w, r := make([]byte, spiMax), make([]byte, spiMax)
	clock := time.NewTicker(spiPeriod)
	defer clock.Stop()
	n := spiStep
	for {
		var out []byte
		select {
		case out = <-s.out:
		default:
			if n == spiStep { // nothing is known to wait on either side
				select {
				case out = <-s.out:
				case <-clock.C:
				case <-s.edge:
				case <-s.done:
					return
				}
			}
		}
		clear(w[copy(w, out):])
		n = max(n, len(out))
		if err := s.conn.Tx(w[:n], r[:n]); err != nil {
			s.fail(err)
			return
		}
		if out != nil {
			select {
			case s.sent <- nil:
			case <-s.done:
				return
			}
		}
		got := r[:n]
		used := 0
		for i, b := range got {
			if b != 0 {
				used = i + 1
			}
		}
		n = spiStep
		if used == 0 {
			continue
		}
		if used == len(got) { // the card has more to say
			n = min(2*len(got), spiMax)
		} else {
			used++ // the zero that ends the frame
		}
		select {
		case s.in <- got[:used]:
		case <-s.done:
			return
		}
		select {
		case <-s.read:
		case <-s.done:
			return
		}
	}
}

// watch turns the attention line's edges into transfers. The level is not looked at: a transfer that leaves something
// behind is followed by the next, and the clock of run covers an edge that was missed.
func (s *spiStream) watch() {
	for s.attention.WaitForEdge(-1) {
		select {
		case s.edge <- struct{}{}:
		case <-s.done:
			return
		}
	}
}

// Read implements io.Reader.
func (s *spiStream) Read(p []byte) (int, error) {
	select {
	case got := <-s.in:
		if len(p) < len(got) {
			return 0, io.ErrShortBuffer
		}
		n := copy(p, got)
		select {
		case s.read <- struct{}{}:
		case <-s.done:
		}
		return n, nil
	case <-s.done:
		return 0, s.err
	}
}

// Write implements io.Writer.
func (s *spiStream) Write(p []byte) (done int, err error) {
	for done < len(p) {
		part := p[done:min(len(p), done+spiMax)]
		select {
		case s.out <- part:
		case <-s.done:
			return done, s.err
		}
		select {
		case <-s.sent:
		case <-s.done:
			return done, s.err
		}
		done += len(part)
	}
	return done, nil
}

func (s *spiStream) fail(err error) {
	s.once.Do(func() {
		s.err = err
		close(s.done)
		if s.attention != nil {
			s.attention.Halt()
		}
	})
}

// Close implements io.Closer.
func (s *spiStream) Close() error {
	s.fail(ErrClosed)
	s.tasks.Wait()
	return s.port.Close()
}
