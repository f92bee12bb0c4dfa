package linecard

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/spi"

	"tipring/hw/link"
	"tipring/hw/link/wire"
	"tipring/tdm"
)

// Times of the keeper.
const (
	retryAfter    = 500 * time.Millisecond
	servicePeriod = 50 * time.Millisecond
	measurePeriod = time.Second
	countPeriod   = time.Second
)

// A chip is what the keeper does with the chip of a line.
type chip interface {
	start() error
	program() (wire.Sense, wire.Drive)
	sensor() sensor
	do(tdm.Command) error
	// service returns true when something has happened, and reports what concerns the line's owner.
	service(now time.Duration, report func(fault)) bool
	measure() (tdm.Measurement, error)
	String() string
}

// A fault is what a chip reports: err is nil when the line works again.
type fault struct {
	slot int
	err  error
	down bool // the line does not work
}

// resolution is how finely a card with these slots resolves signalling, in ms: a period of sensing, and the debounce of the
// Si3210, a count of 1.25 ms; an FXO slot knows ringing to a half wave at 15 Hz.
func resolution(slots []tdm.Slot, senseMs int) int {
	ms := 1
	for _, s := range slots {
		switch s.Kind {
		case tdm.FXS:
			ms = max(ms, 2+senseMs)
		case tdm.FXO:
			ms = max(ms, halfWave+senseMs)
		}
	}
	return ms
}

// keep connects and serves until the card is closed.
func (c *Card) keep(ctx context.Context) {
	told := "" // why the card was last said to be out of service
	for ctx.Err() == nil {
		s, err := c.connect(ctx)
		if err == nil {
			told = ""
			c.cfg.Log.Info("card in service", "card", c.cfg.Name, "board", s.conn.Hello().Board, "version", s.conn.Hello().Version, "started_by", s.conn.Hello().Cause)
			c.state(nil)
			err = s.serve(ctx)
		}
		if s != nil {
			s.close()
		}
		if ctx.Err() != nil {
			return
		}
		if err.Error() != told {
			told = err.Error()
			n := c.Stats()
			c.cfg.Log.Error("card out of service", "card", c.cfg.Name, "err", err, "slips", n.Slips, "missing", n.Missing, "late", n.Lates,
				"underrun_ms", n.Card.UnderrunMs)
			c.state(err)
		}
		c.refuse(err)
		again := time.NewTimer(retryAfter)
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				waiting = false
			case <-again.C:
				waiting = false
			case <-c.appeared:
				waiting = false
			case <-c.kick:
				c.refuse(err)
			}
		}
		again.Stop()
	}
}

func (c *Card) state(err error) {
	if c.cfg.State != nil {
		c.cfg.State(err)
	}
}

// take returns the commands that wait.
func (c *Card) take(into []command) []command {
	c.mu.Lock()
	defer c.mu.Unlock()
	into = append(into[:0], c.queue...)
	c.queue = c.queue[:0]
	return into
}

// refuse answers the commands that wait while the card is down.
func (c *Card) refuse(why error) {
	for _, cmd := range c.take(nil) {
		if cmd.Op == tdm.OpLinefeed && cmd.slot >= 0 && cmd.slot < len(c.feeds) {
			c.feeds[cmd.slot] = cmd.Linefeed // it holds when the card comes back
		}
		c.answer(tdm.Event{Slot: cmd.slot, ID: cmd.ID, Err: fmt.Errorf("%w: %w", ErrDown, why)})
	}
}

// A session is one connection.
type session struct {
	c     *Card
	conn  *link.Conn
	chips []chip // of each slot; nil: a bearer
	lines []int  // slots with chips
	begun time.Time
	kicks chan struct{}
	tasks sync.WaitGroup
	queue []command
	next  int         // of lines, to be measured
	tell  func(fault) // report
}

// connect brings a card into service. With an error it may return a session that is to be closed.
func (c *Card) connect(ctx context.Context) (*session, error) {
	control, media, err := c.cfg.Streams(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := link.Dial(ctx, link.Config{Control: control, Media: media, Up: c.media.up, Log: c.cfg.Log})
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	s := &session{c: c, conn: conn, chips: make([]chip, len(c.info.Slots)), begun: time.Now(), kicks: make(chan struct{}, 1)}
	s.tell = s.report
	h := conn.Hello()
	switch {
	case h.Role == wire.Boot:
		return s, errors.New("the card is in its bootloader: give it firmware, or reset it")
	case int(h.Timeslots) < len(c.info.Slots):
		return s, fmt.Errorf("the card has %d timeslots, %d are configured", h.Timeslots, len(c.info.Slots))
	case int(h.DownlinkMs) < c.media.lead+c.media.frame:
		return s, fmt.Errorf("the card buffers %d ms, the lead is %d ms with frames of %d ms", h.DownlinkMs, c.media.lead, c.media.frame)
	case len(c.cfg.Lines) > 0 && int(h.SenseMs) > c.cfg.SenseMs:
		return s, fmt.Errorf("the card senses its lines every %d ms, %d ms are wanted", h.SenseMs, c.cfg.SenseMs)
	}
	if err := s.bringUp(); err != nil {
		return s, err
	}
	sensors := make([]sensor, len(s.chips))
	for slot, chip := range s.chips {
		if chip == nil {
			continue
		}
		sense, drive := chip.program()
		if err := conn.Sense(sense); err != nil {
			return s, err
		}
		if err := conn.Drive(drive); err != nil {
			return s, err
		}
		sensors[slot] = chip.sensor()
		if f := c.feeds[slot]; f != tdm.FeedForward {
			if err := chip.do(tdm.Command{Op: tdm.OpLinefeed, Linefeed: f}); err != nil {
				return s, err
			}
		}
	}
	tick, err := conn.Start(c.media.frame, len(s.chips), c.cfg.Law.Silence())
	if err != nil {
		return s, err
	}
	c.media.begin(conn, tick, sensors)
	return s, nil
}

// bringUp starts the chips of all lines at once.
func (s *session) bringUp() error {
	var starts sync.WaitGroup
	var mu sync.Mutex
	var faults []error
	for _, l := range s.c.cfg.Lines {
		var port spi.Port = s.conn.Port(l.Slot)
		var err error
		switch l.Kind {
		case tdm.FXS:
			s.chips[l.Slot], err = newFXS(port, l, s.c.cfg.Law)
		case tdm.FXO:
			s.chips[l.Slot], err = newFXO(port, l, s.c.cfg.Law)
		default:
			continue
		}
		if err != nil {
			return fmt.Errorf("line %s: %w", l.Name, err)
		}
		s.lines = append(s.lines, l.Slot)
		starts.Go(func() {
			err := s.chips[l.Slot].start()
			s.c.media.mute(l.Slot, err != nil)
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				faults = append(faults, fmt.Errorf("line %s: %w", l.Name, err))
			}
		})
	}
	starts.Wait()
	if len(faults) == len(s.lines) || s.conn.Err() != nil {
		return errors.Join(faults...)
	}
	for _, err := range faults { // the others go on; the chip's own recovery goes on trying
		s.c.cfg.Log.Error("line out of service", "card", s.c.cfg.Name, "err", err)
	}
	return nil
}

func (s *session) close() {
	s.c.media.end()
	s.conn.Close()
	s.tasks.Wait()
}

// serve serves the chips until the link fails.
func (s *session) serve(ctx context.Context) error {
	for i := range int(s.conn.Hello().Interrupts) {
		pin, err := s.conn.Interrupt(i)
		if err != nil {
			return err
		}
		s.tasks.Go(func() {
			for pin.WaitForEdge(-1) {
				select {
				case s.kicks <- struct{}{}:
				default:
				}
			}
		})
	}
	tick := time.NewTicker(servicePeriod)
	defer tick.Stop()
	measured, counted := time.Now(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.conn.Done():
			return s.conn.Err()
		case e := <-s.conn.Events():
			s.log(e)
		case <-s.c.kick:
			s.carryOut()
		case <-s.kicks:
			for range 3 { // what a chip does about an interrupt may be the next one
				if !s.service() {
					break
				}
			}
		case now := <-tick.C:
			s.service()
			if now.Sub(measured) >= measurePeriod/time.Duration(max(1, len(s.lines))) {
				measured = now
				s.measure()
			}
			if now.Sub(counted) >= countPeriod {
				counted = now
				s.count()
			}
		}
	}
}

// log logs an event of the card.
func (s *session) log(e wire.Event) {
	s.c.cfg.Log.Info("card event", "card", s.c.cfg.Name, "event", e.Kind.String(), "text", e.Text)
}

func (s *session) service() (busy bool) {
	now := time.Since(s.begun)
	for _, slot := range s.lines {
		busy = s.chips[slot].service(now, s.tell) || busy
	}
	return busy
}

// report passes a chip's fault on.
func (s *session) report(f fault) {
	name := s.c.info.Slots[f.slot].Name
	switch {
	case f.err == nil:
		s.c.cfg.Log.Info("line works again", "card", s.c.cfg.Name, "line", name)
		s.c.media.mute(f.slot, false)
		s.c.answer(tdm.Event{Slot: f.slot})
		return
	case !f.down:
		s.c.cfg.Log.Warn("line disturbed", "card", s.c.cfg.Name, "line", name, "err", f.err)
		return
	}
	s.c.media.mute(f.slot, true)
	s.c.cfg.Log.Error("line fault", "card", s.c.cfg.Name, "line", name, "err", f.err)
	s.c.answer(tdm.Event{Slot: f.slot, Err: f.err})
}

func (s *session) carryOut() {
	s.queue = s.c.take(s.queue)
	for _, cmd := range s.queue {
		var err error
		switch {
		case cmd.slot < 0 || cmd.slot >= len(s.chips):
			err = fmt.Errorf("slot %d: the card has 0 to %d", cmd.slot, len(s.chips)-1)
		case s.chips[cmd.slot] == nil:
			err = fmt.Errorf("slot %d is no line", cmd.slot)
		default:
			if cmd.Op == tdm.OpLinefeed {
				s.c.feeds[cmd.slot] = cmd.Linefeed
			}
			err = s.chips[cmd.slot].do(cmd.Command)
		}
		s.c.answer(tdm.Event{Slot: cmd.slot, ID: cmd.ID, Err: err})
	}
}

// count asks for the card's counters.
func (s *session) count() {
	remote, err := s.conn.Statistics()
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.c.link, s.c.version = s.conn.Stats(), s.conn.Hello().Version
	s.c.clock, _ = s.conn.Clock()
	if err == nil {
		s.c.remote = remote
	}
}

func (s *session) measure() {
	if len(s.lines) == 0 {
		return
	}
	slot := s.lines[s.next%len(s.lines)]
	s.next++
	if m, err := s.chips[slot].measure(); err == nil {
		s.c.mu.Lock()
		s.c.measured[slot] = m
		s.c.mu.Unlock()
	}
}
