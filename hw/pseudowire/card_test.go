package pseudowire

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/hw/hwtest"
	"tipring/tdm"
	"tipring/tdm/hdlc"
	"tipring/tdm/q921"
)

// A wire is one end of a network made of channels: a net.PacketConn that loses and delays.
type wire struct {
	addr *net.UDPAddr
	in   chan []byte
	peer *wire
	rng  *rand.Rand
	loss float64
	free chan []byte
	done chan struct{}
	once sync.Once
}

func wires(loss float64) (a, b *wire) {
	end := func(port int) *wire {
		w := &wire{
			addr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1).To4(), Port: port}, in: make(chan []byte, 1000), loss: loss,
			rng: rand.New(rand.NewPCG(uint64(port), 1)), free: make(chan []byte, 1000), done: make(chan struct{}),
		}
		for range 100 {
			w.free <- make([]byte, 2048)
		}
		return w
	}
	a, b = end(5001), end(5002)
	a.peer, b.peer = b, a
	return a, b
}

func (w *wire) WriteTo(b []byte, _ net.Addr) (int, error) {
	if w.rng.Float64() < w.loss {
		return len(b), nil
	}
	select {
	case p := <-w.peer.free:
		w.peer.in <- p[:copy(p[:2048], b)]
	default: // nobody reads
	}
	return len(b), nil
}

func (w *wire) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-w.in:
		n := copy(b, p)
		w.free <- p
		return n, w.peer.addr, nil
	case <-w.done:
		return 0, nil, net.ErrClosed
	}
}

func (w *wire) Close() error                     { w.once.Do(func() { close(w.done) }); return nil }
func (w *wire) LocalAddr() net.Addr              { return w.addr }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

func newCard(t testing.TB, c Config) *Card {
	t.Helper()
	card, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// couple makes two cards of one configuration with a wire between them.
func couple(t testing.TB, c Config, loss float64) (a, b *Card) {
	wa, wb := wires(loss)
	c.Name, c.Conn, c.Remote = "a", wa, wb.addr.AddrPort()
	a = newCard(t, c)
	c.Name, c.Conn, c.Remote = "b", wb, wa.addr.AddrPort()
	return a, newCard(t, c)
}

var modes = map[string]Config{
	"CESoPSN":             {Framing: tdm.E1CRC4},
	"CESoPSN, RTP":        {Framing: tdm.E1CRC4, RTP: true},
	"CESoPSN, CAS":        {Framing: tdm.E1CRC4, CAS: true, PacketMs: 2},
	"CESoPSN, fragments":  {Framing: tdm.T1ESF, CAS: true, PacketMs: 1, RTP: true},
	"CESoPSN, 6 of 24":    {Framing: tdm.T1ESF, Timeslots: []int{1, 2, 5, 8, 13, 24}, PacketMs: 5},
	"SAToP E1":            {Mode: SAToP, Framing: tdm.E1CRC4, CAS: true},
	"SAToP T1":            {Mode: SAToP, Framing: tdm.T1ESF, RTP: true},
	"SAToP T1, 1024 bits": {Mode: SAToP, Framing: tdm.T1SF, PacketOctets: 128},
}

// A driver is a pump of a card: what is sent is made, and what is received is looked at, once a block.
type driver struct {
	card   *Card
	tx, rx tdm.Block
	at     int64
	each   func(d *driver) // tx is filled for the next block; rx is that of the last
}

func drive(card *Card, each func(d *driver)) *driver {
	n := len(card.Info().Slots)
	return &driver{card: card, tx: tdm.NewBlock(n, 80), rx: tdm.NewBlock(n, 80), each: each}
}

func (d *driver) run(ms int) {
	for end := d.at + int64(8*ms); d.at < end; {
		d.each(d)
		slip, err := d.card.Exchange(d.tx, d.rx)
		if err != nil {
			return
		}
		d.at += int64(slip + d.tx.N)
	}
}

// both runs two drivers side by side.
func both(ms int, a, b *driver) {
	var wg sync.WaitGroup
	wg.Go(func() { a.run(ms) })
	wg.Go(func() { b.run(ms) })
	wg.Wait()
}

func closeBoth(a, b *Card) {
	a.Close()
	b.Close()
}

func pattern(slot int, at int64) byte { return byte(at*5 + at>>8 + int64(slot)*29) }

// Octets and signalling bits cross a pseudowire of every kind without an error.
func TestModes(t *testing.T) {
	for name, cfg := range modes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := couple(t, cfg, 0)
				defer closeBoth(a, b)
				carried := map[int]bool{}
				for _, k := range a.cfg.Timeslots {
					carried[k-1] = true
				}
				var heard [31][]byte
				sig := uint8(0)
				say := drive(a, func(d *driver) {
					for slot := range a.info.Slots {
						for i := range d.tx.Slot(slot) {
							d.tx.Slot(slot)[i] = pattern(slot, d.at+int64(i))
						}
						for q := range d.tx.SigSlot(slot) {
							d.tx.SigSlot(slot)[q] = uint8(slot)&7 | 8
						}
					}
				})
				hear := drive(b, func(d *driver) {
					for slot := range b.info.Slots {
						heard[slot] = append(heard[slot], d.rx.Slot(slot)...)
					}
					sig = d.rx.SigSlot(2)[9]
				})
				both(1000, say, hear)
				if s := b.SpanStatus(0); s.Defects != 0 || s.NoCRC4 {
					t.Fatalf("defects %v after a second", s.Defects)
				}
				for slot := range heard {
					if slot >= len(b.info.Slots) || cfg.CAS && cfg.Framing.E1() && slot == 15 {
						continue
					}
					if cfg.Mode == CESoPSN && !carried[slot] {
						if bytes.ContainsFunc(heard[slot][80:], func(r rune) bool { return r == 0 }) {
							t.Errorf("slot %d, which is not carried, is not all ones", slot)
						}
						continue
					}
					sent := make([]byte, 4000)
					for i := range sent {
						sent[i] = pattern(slot, int64(2000+i))
					}
					if !bytes.Contains(heard[slot], sent) {
						t.Fatalf("half a second of slot %d does not arrive whole", slot)
					}
				}
				if want := uint8(2 | 8); cfg.CAS && sig != want {
					t.Errorf("bits %04b, want %04b", sig, want)
				}
				in, refused, unsent := b.Packets()
				if in.Lost+in.Late+in.Overruns+refused+unsent != 0 {
					t.Errorf("%+v, %d refused, %d unsent", in, refused, unsent)
				}
			})
		})
	}
}

// What the packets tell is an alarm: none at all, an invalid payload, a far end that loses ours.
func TestAlarms(t *testing.T) {
	for _, mode := range []string{"CESoPSN", "SAToP E1"} {
		synctest.Test(t, func(t *testing.T) {
			cfg := modes[mode]
			cfg.CAS = false
			a, b := couple(t, cfg, 0)
			defer closeBoth(a, b)
			idle := func(*driver) {}
			da, db := drive(a, idle), drive(b, idle)
			expect := func(what string, defects, far tdm.Alarms) {
				t.Helper()
				if s, f := b.SpanStatus(0).Defects, a.SpanStatus(0).Defects; s != defects || f != far {
					t.Errorf("%s, %s: defects %v here and %v there, want %v and %v", mode, what, s, f, defects, far)
				}
			}
			both(1000, da, db)
			expect("sound", 0, 0)
			a.SpanControl(0, tdm.SpanCommand{Op: tdm.SpanSetAIS, On: true})
			both(200, da, db)
			far := tdm.Alarms(0)
			if mode == "SAToP E1" {
				far = tdm.RAI // the framer's
			}
			expect("AIS", tdm.AIS, far)
			if db.rx.Slot(4)[3] != 0xff {
				t.Errorf("%s: %02x under AIS", mode, db.rx.Slot(4)[3])
			}
			a.SpanControl(0, tdm.SpanCommand{Op: tdm.SpanSetAIS})
			both(500, da, db)
			expect("no AIS", 0, 0)
			a.SpanControl(0, tdm.SpanCommand{Op: tdm.SpanSetRAI, On: true})
			both(100, da, db)
			expect("RAI", tdm.RAI, 0)
			a.SpanControl(0, tdm.SpanCommand{Op: tdm.SpanSetRAI})
			both(100, da, db)
			a.cfg.Conn.(*wire).loss = 1
			both(100, da, db)
			expect("no packets", tdm.LOS, tdm.RAI)
			both(3000, da, db)
			if f := b.SpanStatus(0).Failures; f != tdm.LOS {
				t.Errorf("%s: failures %v", mode, f)
			}
			a.cfg.Conn.(*wire).loss = 0
			both(1000, da, db)
			expect("packets again", 0, 0)
			seconds := 0
			for len(b.SpanReports()) > 0 {
				if r := <-b.SpanReports(); r.Timed {
					seconds++
				}
			}
			if seconds < 4 {
				t.Errorf("%s: %d seconds reported", mode, seconds)
			}
			if err := a.SpanControl(0, tdm.SpanCommand{Op: tdm.SpanSetFarLoop, Loop: tdm.LoopLine}); err == nil {
				t.Errorf("%s takes a loop code", mode)
			}
		})
	}
}

// A clock follows the far end's: two crystals 50 parts in a million apart lose nothing, and the rate is found.
func TestAdaptiveClock(t *testing.T) {
	if testing.Short() {
		t.Skip("twelve minutes of two cards")
	}
	synctest.Test(t, func(t *testing.T) {
		wa, wb := wires(0)
		cfg := Config{Name: "a", Framing: tdm.E1CRC4, Timeslots: []int{1}, PacketMs: 5, DelayMs: 20, Conn: wa, Remote: wb.addr.AddrPort(), PPM: 50}
		a := newCard(t, cfg)
		cfg.Name, cfg.Conn, cfg.Remote, cfg.PPM, cfg.ClockPriority = "b", wb, wa.addr.AddrPort(), 0, 1
		b := newCard(t, cfg)
		defer closeBoth(a, b)
		idle := func(*driver) {}
		const settle, measure = 500_000, 200_000 // ms
		var sum, n int64
		both(settle+measure, drive(a, idle), drive(b, func(d *driver) {
			if d.at >= 8*settle {
				sum, n = sum+b.PPB(), n+1
			}
		}))
		if ppb := sum / n; ppb < 45_000 || ppb > 55_000 {
			t.Errorf("the clock runs %d parts in a thousand million fast on average, want 50,000", ppb)
		}
		in, _, _ := b.Packets()
		if in.Lost+in.Underruns+in.Overruns != 0 {
			t.Errorf("%+v", in)
		}
		if !b.SpanStatus(0).ClockSource || a.SpanStatus(0).ClockSource {
			t.Error("the one that follows does not say so, or the other does")
		}
	})
}

// A dChannel is a data link in timeslot 16 of a driver's card.
type dChannel struct {
	link     *q921.Link
	encoder  *hdlc.Encoder
	decoder  *hdlc.Decoder
	deadline [2]int64 // in samples; 0: not running
	gen      [2]uint32
	got      []uint32
	d        *driver
}

func newDChannel(network bool) *dChannel {
	c := &dChannel{link: q921.New(q921.Config{Network: network}), encoder: hdlc.NewEncoder(hdlc.Config{})}
	c.decoder = hdlc.NewDecoder(hdlc.Config{}, func(frame []byte) { c.input(q921.Input{Event: q921.Received, Octets: frame}) })
	return c
}

func (c *dChannel) input(in q921.Input) {
	c.settle(c.link.Input(in))
	c.settle(c.link.Input(q921.Input{Event: q921.Flush}))
}

func (c *dChannel) settle(out []q921.Output) {
	for _, o := range out {
		switch o.Action {
		case q921.Send:
			c.encoder.Send(o.Octets)
		case q921.Start:
			c.deadline[o.Timer], c.gen[o.Timer] = c.d.at+tdm.Samples(o.After), o.Gen
		case q921.Stop:
			c.deadline[o.Timer] = 0
		case q921.DataIndication:
			c.got = append(c.got, binary.BigEndian.Uint32(o.Octets))
		}
	}
}

func (c *dChannel) block(d *driver) {
	c.d = d
	c.decoder.WriteBlock(d.rx, []int{15})
	for i, at := range c.deadline {
		if at != 0 && d.at >= at {
			c.deadline[i] = 0
			c.input(q921.Input{Event: q921.Expired, Timer: q921.Timer(i), Gen: c.gen[i]})
		}
	}
	c.encoder.ReadBlock(d.tx, []int{15})
}

// A pseudowire of 31 timeslots in packets of 1 ms carries a D channel and audio, without loss and with one packet in a hundred
// lost each way.
func TestDChannelAndAudio(t *testing.T) {
	for _, loss := range []float64{0, 0.01} {
		synctest.Test(t, func(t *testing.T) {
			a, b := couple(t, Config{Framing: tdm.E1CRC4}, loss)
			defer closeBoth(a, b)
			const ms, frames = 30_000, 300
			user, network := newDChannel(false), newDChannel(true)
			sent := uint32(0)
			say := drive(a, func(d *driver) {
				user.d = d
				if d.at == 0 {
					user.input(q921.Input{Event: q921.EstablishRequest})
				}
				if d.at%640 == 0 && user.link.Up() && sent < frames {
					user.input(q921.Input{Event: q921.DataRequest, Octets: binary.BigEndian.AppendUint32(nil, sent)})
					sent++
				}
				for slot := range a.info.Slots {
					if slot != 15 {
						for i := range d.tx.Slot(slot) {
							d.tx.Slot(slot)[i] = pattern(slot, d.at+int64(i)) &^ 1
						}
					}
				}
				user.block(d)
			})
			good, bad := 0, 0
			hear := drive(b, func(d *driver) {
				network.block(d)
				for i, o := range d.rx.Slot(3) {
					// What is sent is even, and two neighbours differ by what pattern says.
					if p := d.rx.Slot(5)[i]; o&1 == 0 && p == o+2*29 {
						good++
					} else {
						bad++
					}
				}
			})
			both(ms, say, hear)
			if len(network.got) != frames {
				t.Fatalf("%g lost: %d of %d frames arrive, link %v", loss, len(network.got), frames, network.link.State())
			}
			for i, v := range network.got {
				if v != uint32(i) {
					t.Fatalf("%g lost: frame %d arrives as number %d", loss, v, i)
				}
			}
			in, _, _ := b.Packets()
			ratio := float64(bad) / float64(good+bad)
			if ratio > loss+0.01 || loss == 0 && in.Lost != 0 || loss > 0 && (in.Lost < ms/200 || in.Lost > ms/50) {
				t.Errorf("%g lost: %.4f of the octets, %+v", loss, ratio, in)
			}
			t.Logf("%g lost: %d I frames in order, %d of %d packets lost, %.2f %% of the octets of a timeslot", loss, len(network.got), in.Lost, ms, 100*ratio)
		})
	}
}

func TestConformance(t *testing.T) {
	hwtest.Run(t, hwtest.Options{Bubble: true}, func(t *testing.T) hwtest.Harness {
		w, _ := wires(0)
		// The far end sends back what it gets.
		w.peer = w
		c := newCard(t, Config{Name: "pw", Framing: tdm.E1CRC4, Conn: w, Remote: w.addr.AddrPort(), DelayMs: 5})
		return hwtest.Harness{Card: c, Depth: 500 * time.Millisecond}
	})
}

// Over real sockets a card sends and receives, takes nothing from a stranger, and allocates nothing.
func TestUDP(t *testing.T) {
	socket := func() *net.UDPConn {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	far, stranger, near := socket(), socket(), socket()
	defer far.Close()
	defer stranger.Close()
	c := newCard(t, Config{Name: "pw", Framing: tdm.E1CRC4, Conn: near, Remote: far.LocalAddr().(*net.UDPAddr).AddrPort()})
	defer c.Close()
	n := len(c.info.Slots)
	tx, rx := tdm.NewBlock(n, 8), tdm.NewBlock(n, 8)
	packet := make([]byte, 2048)
	reflected := 0
	reflect := func() {
		if _, err := c.Exchange(tx, rx); err != nil {
			t.Fatal(err)
		}
		m, err := far.Read(packet)
		if err != nil {
			t.Fatal(err)
		}
		if m != 4+31*8 {
			t.Fatalf("a packet of %d octets, want 252", m)
		}
		far.WriteToUDPAddrPort(packet[:m], near.LocalAddr().(*net.UDPAddr).AddrPort())
		reflected++
	}
	for range 50 {
		reflect()
	}
	for range 5 {
		stranger.WriteToUDPAddrPort(packet[:4+31*8], near.LocalAddr().(*net.UDPAddr).AddrPort())
	}
	if allocs := testing.AllocsPerRun(100, reflect); allocs != 0 && !raceDetector {
		t.Errorf("%v allocations a millisecond", allocs)
	}
	// The last packets are still on their way through the kernel: the reader is asked until it has them.
	for in, refused, _ := c.Packets(); refused < 5 || in.Received+in.Late+in.Duplicate < uint64(reflected); in, refused, _ = c.Packets() {
		runtime.Gosched()
	}
	in, refused, unsent := c.Packets()
	if refused != 5 || unsent != 0 {
		t.Errorf("%d packets refused, %d unsent, want 5 and none; %+v", refused, unsent, in)
	}
}

func TestConfig(t *testing.T) {
	w, _ := wires(0)
	ok := Config{Name: "a", Framing: tdm.E1CRC4, Conn: w, Remote: netip.MustParseAddrPort("127.0.0.1:5")}
	newCard(t, ok)
	for name, change := range map[string]func(c *Config){
		"no name":     func(c *Config) { c.Name = "" },
		"no socket":   func(c *Config) { c.Conn = nil },
		"no far end":  func(c *Config) { c.Remote = netip.AddrPort{} },
		"mode":        func(c *Config) { c.Mode = 2 },
		"framing":     func(c *Config) { c.Framing = 9 },
		"delay":       func(c *Config) { c.DelayMs = 501 },
		"octets":      func(c *Config) { c.PacketOctets = 1500 },
		"timeslot 0":  func(c *Config) { c.Timeslots = []int{0} },
		"timeslot 32": func(c *Config) { c.Timeslots = []int{32} },
		"twice":       func(c *Config) { c.Timeslots = []int{3, 3} },
		"fragments":   func(c *Config) { c.CAS, c.PacketMs = true, 3 },
	} {
		c := ok
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
