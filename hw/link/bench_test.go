package link_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"periph.io/x/conn/v3/spi"

	"tipring/hw/link"
	"tipring/hw/link/linktest"
	"tipring/hw/link/wire"
	"tipring/hw/serial"
	"tipring/hw/serial/pty"
)

// overPty runs a card at the far side of a pseudo-terminal and begins a session through a serial port.
func overPty(t testing.TB, up func(wire.PCM)) *link.Conn {
	far, path, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	port, err := serial.Open(serial.Config{Path: path, Baud: 3_000_000})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var card sync.WaitGroup
	card.Go(func() {
		linktest.New(linktest.Config{Hello: wire.HelloAnswer{Timeslots: 32}}).Run(ctx, far, nil)
	})
	t.Cleanup(func() { stop(); card.Wait() })
	conn, err := link.Dial(ctx, link.Config{Control: port, Up: up})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// A register access over a pseudo-terminal: alone, and beside 32 channels of audio.
func BenchmarkRoundTrip(b *testing.B) {
	for _, media := range []bool{false, true} {
		b.Run(fmt.Sprintf("media=%v", media), func(b *testing.B) {
			ups := make(chan uint32, 256)
			conn := overPty(b, func(p wire.PCM) {
				select {
				case ups <- p.Tick:
				default:
				}
			})
			done := make(chan struct{})
			var pump sync.WaitGroup
			if media {
				if _, err := conn.Start(2, 32, 0xff); err != nil {
					b.Fatal(err)
				}
				pump.Go(func() {
					for {
						select {
						case tick := <-ups:
							conn.Down(tick + 20)
							conn.Send()
						case <-done:
							return
						}
					}
				})
			}
			c, err := conn.Port(0).Connect(0, spi.Mode3, 8)
			if err != nil {
				b.Fatal(err)
			}
			tx, rx := []byte{0x60, 7, 0}, make([]byte, 3)
			worst := time.Duration(0)
			b.ReportAllocs()
			for b.Loop() {
				began := time.Now()
				if err := c.Tx(tx, rx); err != nil {
					b.Fatal(err)
				}
				worst = max(worst, time.Since(began))
			}
			b.ReportMetric(float64(worst.Microseconds()), "us-worst")
			close(done)
			pump.Wait()
		})
	}
}
