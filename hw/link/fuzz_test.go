package link_test

import (
	"io"
	"testing"
	"time"

	"tipring/hw/link"
	"tipring/hw/link/wire"
)

// A liar is a card that greets as it should and then sends what it was told to.
type liar struct {
	send chan []byte
	rest []byte
	data []byte
	dec  wire.Decoder
	done chan struct{}
}

func (l *liar) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		select {
		case l.rest = <-l.send:
		case <-l.done:
			return 0, io.ErrClosedPipe
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// Write answers HELLO and then sends the messages that data holds: length, type, sequence number, body.
func (l *liar) Write(p []byte) (int, error) {
	m, _, ok := l.dec.Next(p)
	if !ok || m.Type != wire.TypeHello {
		return len(p), nil
	}
	hello := wire.HelloAnswer{Major: 1, Role: wire.Application, Longest: wire.MaxMessage, Window: 4, Timeslots: 8, Interrupts: 2}
	out := wire.AppendFrame(nil, wire.End(hello.Append(wire.Begin(nil, wire.TypeHello|wire.Answer, m.Session, 0)), 0))
	for d := l.data; len(d) >= 3; {
		n := min(int(d[0]), len(d)-3)
		out = wire.AppendFrame(out, wire.End(append(wire.Begin(nil, wire.Type(d[1]), m.Session, uint16(d[2])), d[3:3+n]...), 0))
		d = d[3+n:]
	}
	l.send <- append(out, l.data...) // and what is no frame
	return len(p), nil
}

func (l *liar) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

// Whatever a card sends, the host neither crashes nor hangs.
func FuzzCard(f *testing.F) {
	f.Add([]byte{8, 0x82, 1, 0, 1, 2, 3, 4, 5, 6, 7})
	f.Add([]byte{17, 0x41, 1, 0, 0, 0, 0, 1, 1, 0, 0, 5, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Add([]byte{14, 0x40, 1, 9, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 200, 14, 0x40, 1, 7, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 5, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		l := &liar{send: make(chan []byte, 100), data: data, done: make(chan struct{})}
		conn, err := link.Dial(t.Context(), link.Config{Control: l, Up: func(p wire.PCM) {
			if len(p.Data) != 8*len(p.Sig) || len(p.Sig) != int(p.Slots)*int(p.Ms) {
				t.Errorf("%+v", p)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(time.Millisecond) // what has been sent is being read
			conn.Close()
		}()
		conn.Info() // is answered by the data, or ends with the session
		conn.Close()
	})
}
