package pseudowire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"tipring/hw/soft"
	"tipring/tdm"
	"tipring/tdm/framing"
	"tipring/tdm/pseudowire"
)

// A circuit is what a mode does with a millisecond of a block.
type circuit interface {
	// run carries millisecond q and reports whether the status has changed.
	run(tx, rx tdm.Block, q int) (changed bool)
	control(c tdm.SpanCommand)
	check(c tdm.SpanCommand) error
	status() tdm.SpanStatus
	second() tdm.SpanSecond
}

// A Card is a pseudowire: a tdm.SpanCard and tdm.SpanController with one span.
type Card struct {
	cfg     Config
	info    tdm.Info
	span    tdm.SpanInfo
	clock   *soft.Clock
	circuit circuit
	follow  follower
	udp     *net.UDPConn
	remote  net.Addr
	reader  sync.WaitGroup
	reports chan tdm.SpanReport
	lost    int
	at      int64
	ms      int
	seq     uint16
	stamp   uint32
	packet  []byte // being sent
	played  []byte // being received
	ppb     int64

	mu       sync.Mutex // guards what follows
	begun    bool
	closed   bool
	buffer   *pseudowire.Buffer
	lengths  func(pseudowire.Fragment) int
	queue    []tdm.SpanCommand
	now      tdm.SpanStatus
	sendErrs uint64
	refused  uint64 // packets that do not fit: malformed, of another length or from elsewhere
}

var (
	_ tdm.SpanCard       = (*Card)(nil)
	_ tdm.SpanController = (*Card)(nil)
)

// New makes a card. Nothing runs until the first Exchange.
func New(cfg Config) (*Card, error) {
	cfg, structure, err := cfg.resolved()
	if err != nil {
		return nil, err
	}
	c := &Card{
		cfg:     cfg,
		info:    tdm.Info{Name: cfg.Name, Model: "pseudowire", Law: tdm.MuLaw, Slots: make([]tdm.Slot, cfg.Framing.Timeslots()), SigResolution: cfg.PacketMs},
		span:    tdm.SpanInfo{Name: cfg.Name, Framing: cfg.Framing, LineCode: tdm.NRZ, CAS: cfg.CAS, ClockPriority: cfg.ClockPriority},
		clock:   soft.NewClock(cfg.Depth, cfg.PPM),
		reports: make(chan tdm.SpanReport, 32),
		remote:  net.UDPAddrFromAddrPort(cfg.Remote),
		ppb:     int64(cfg.PPM) * 1000,
	}
	c.udp, _ = cfg.Conn.(*net.UDPConn)
	if cfg.Framing.E1() {
		c.info.Law = tdm.ALaw
	}
	octets, delay := cfg.PacketOctets, cfg.DelayMs*cfg.Framing.Bits()/cfg.PacketOctets
	c.lengths = func(pseudowire.Fragment) int { return cfg.PacketOctets }
	if cfg.Mode == CESoPSN {
		octets, delay = structure.MaxLen(), cfg.DelayMs/cfg.PacketMs
		c.lengths = structure.Len
	}
	delay = max(delay, 1)
	c.buffer = pseudowire.NewBuffer(pseudowire.BufferConfig{Octets: octets, Delay: delay, Max: 2 * delay})
	c.follow.target = float64(delay)
	c.follow.ms = float64(cfg.DelayMs) / float64(delay)
	if cfg.Mode == CESoPSN {
		c.circuit = newTimeslots(c, structure)
	} else {
		c.circuit = newBits(c)
	}
	return c, nil
}

// Info describes the card.
func (c *Card) Info() tdm.Info { return c.info }

// Spans describes the one span.
func (c *Card) Spans() []tdm.SpanInfo { return []tdm.SpanInfo{c.span} }

// SpanReports delivers the span's news.
func (c *Card) SpanReports() <-chan tdm.SpanReport { return c.reports }

// SpanStatus returns what the span was at the end of the last Exchange.
func (c *Card) SpanStatus(int) tdm.SpanStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// SpanControl queues a command.
func (c *Card) SpanControl(span int, cmd tdm.SpanCommand) error {
	if span != 0 {
		return fmt.Errorf("pseudowire %s has no span %d", c.cfg.Name, span)
	}
	err := framing.Check(c.cfg.Framing, cmd)
	if err == nil {
		err = c.circuit.check(cmd)
	}
	if err != nil {
		return fmt.Errorf("pseudowire %s: %w", c.cfg.Name, err)
	}
	c.mu.Lock()
	c.queue = append(c.queue, cmd)
	c.mu.Unlock()
	return nil
}

// Packets returns what the jitter buffer has counted, how many packets were refused, and how many could not be sent.
func (c *Card) Packets() (in pseudowire.Counters, refused, unsent uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buffer.Counters(), c.refused, c.sendErrs
}

// PPB is by how many parts in a thousand million the card's clock runs faster than the host's.
func (c *Card) PPB() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ppb
}

// Exchange sends and receives a block, a millisecond at a time as the clock goes.
func (c *Card) Exchange(tx, rx tdm.Block) (slip int, err error) {
	n := len(c.info.Slots)
	if tx.N != rx.N || tx.N <= 0 || tx.N%tdm.Quantum != 0 || len(tx.Data) != n*tx.N || len(rx.Data) != len(tx.Data) ||
		len(tx.Sig) != n*tx.N/tdm.Quantum || len(rx.Sig) != len(tx.Sig) {
		return 0, fmt.Errorf("card %s: blocks of %d and %d octets, N %d and %d, for %d slots: want one N, a multiple of 8, and all slots in both",
			c.info.Name, len(tx.Data), len(rx.Data), tx.N, rx.N, n)
	}
	c.begin()
	slip = c.clock.Begin()
	c.at += int64(slip)
	c.commands()
	for q := range tx.N / tdm.Quantum {
		c.at += tdm.Quantum
		changed := c.circuit.run(tx, rx, q)
		c.tick(changed)
		if err := c.clock.Wait(tdm.Quantum); err != nil {
			return slip, err
		}
	}
	return slip, nil
}

// begin starts the reader, once, unless the card is closed.
func (c *Card) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.begun && !c.closed {
		c.begun = true
		c.reader.Go(c.read)
	}
}

func (c *Card) commands() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cmd := range c.queue {
		c.circuit.control(cmd)
	}
	c.queue = c.queue[:0]
}

// tick ends a millisecond: status, clock and reports.
func (c *Card) tick(changed bool) {
	s := c.circuit.status()
	s.At = c.at
	c.mu.Lock()
	running, waiting := c.buffer.Running(), c.buffer.Waiting()
	s.ClockSource = c.cfg.ClockPriority > 0 && running
	changed = changed || s.ClockSource != c.now.ClockSource
	if s.ClockSource {
		if ppb, due := c.follow.tick(waiting); due {
			c.ppb = int64(c.cfg.PPM)*1000 + ppb
			c.clock.Adjust(c.ppb)
		}
	}
	c.now = s
	c.mu.Unlock()
	if changed {
		c.report(tdm.SpanReport{Status: s})
	}
	if c.ms++; c.ms == 1000 {
		c.ms = 0
		c.report(tdm.SpanReport{Status: s, Timed: true, Second: c.circuit.second()})
	}
}

func (c *Card) report(r tdm.SpanReport) {
	r.Dropped = c.lost
	select {
	case c.reports <- r:
		c.lost = 0
	default:
		c.lost++
	}
}

// send sends a packet: header and what fill appends.
func (c *Card) send(h pseudowire.Header, n int, fill func(payload []byte)) {
	h.Seq, h.Timestamp, h.SSRC = c.seq, c.stamp, 0
	c.seq++
	b := h.Append(c.packet[:0], c.cfg.RTP, n)
	head := len(b)
	if cap(b) < head+n {
		b = append(make([]byte, 0, head+n), b...)
	}
	b = b[:head+n]
	c.packet = b
	fill(b[head:])
	var err error
	if c.udp != nil {
		_, err = c.udp.WriteToUDPAddrPort(b, c.cfg.Remote)
	} else {
		_, err = c.cfg.Conn.WriteTo(b, c.remote)
	}
	if err != nil {
		c.mu.Lock()
		c.sendErrs++
		c.mu.Unlock()
	}
}

// read puts what arrives into the jitter buffer until the socket is closed.
func (c *Card) read() {
	b := make([]byte, 2048)
	for {
		n, from, err := c.receive(b)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue // an ICMP error of an earlier packet
		}
		h, payload, err := pseudowire.Parse(b[:n], c.cfg.RTP)
		c.mu.Lock()
		switch {
		case err != nil, from != c.cfg.Remote, h.M == pseudowire.Signalling && !h.L:
			c.refused++
		case len(payload) != c.lengths(h.Fragment) && !(h.L && len(payload) == 0):
			// An invalid payload may be left out (RFC 4553 4.3).
			c.refused++
		default:
			c.buffer.Put(h, payload)
		}
		c.mu.Unlock()
	}
}

func (c *Card) receive(b []byte) (n int, from netip.AddrPort, err error) {
	if c.udp != nil {
		n, from, err = c.udp.ReadFromUDPAddrPort(b)
		return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), err
	}
	n, addr, err := c.cfg.Conn.ReadFrom(b)
	if u, ok := addr.(*net.UDPAddr); ok {
		from = u.AddrPort()
	}
	return n, from, err
}

// get plays the next packet. The payload is valid until the next get.
func (c *Card) get() (h pseudowire.Header, payload []byte, ok, loss bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, b, ok := c.buffer.Get()
	c.played = append(c.played[:0], b...)
	return h, c.played, ok, c.buffer.Loss()
}

// Close ends the card; an Exchange that waits returns tdm.ErrClosed.
func (c *Card) Close() error {
	c.clock.Close()
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	err := c.cfg.Conn.Close()
	c.reader.Wait()
	return err
}
