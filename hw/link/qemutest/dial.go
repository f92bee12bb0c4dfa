package qemutest

import (
	"context"
	"fmt"
	"time"

	"tipring/hw/link"
	"tipring/hw/serial"
)

// Dial begins a session with the card over its tty.
func (m *Machine) Dial(ctx context.Context) (*link.Conn, error) {
	return m.DialWith(ctx, link.Config{})
}

// DialWith is Dial with a configuration that lacks the stream.
func (m *Machine) DialWith(ctx context.Context, cfg link.Config) (*link.Conn, error) {
	p, err := serial.Open(serial.Config{Path: m.Path})
	if err != nil {
		return nil, err
	}
	cfg.Control = p
	cfg.Greet = 20 * time.Second // QEMU starts when it can
	c, err := link.Dial(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Path, err)
	}
	return c, nil
}
