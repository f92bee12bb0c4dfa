package rtp

import (
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	pion "github.com/pion/rtp"

	"tipring/dsp/g711"
)

var (
	localIP = netip.MustParseAddr("192.0.2.1")
	peer    = netip.MustParseAddrPort("192.0.2.9:40000")
)

type datagram struct {
	b    []byte
	from netip.AddrPort
}

// A wire is a network made of channels: what is written to an address comes out of the socket bound to it, or is given to
// lost when there is none.
type wire struct {
	mu    sync.Mutex
	conns map[netip.AddrPort]*fakeConn
	lost  func(b []byte, from, to netip.AddrPort)
	drop  func(b []byte, from, to netip.AddrPort) bool // says what the network loses
	delay time.Duration
	next  uint16
}

func newWire() *wire { return &wire{conns: map[netip.AddrPort]*fakeConn{}, next: 30001} }

func (w *wire) listen(a netip.AddrPort) (PacketConn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for any := a.Port() == 0; any; any = w.conns[a] != nil {
		a = netip.AddrPortFrom(a.Addr(), w.next)
		w.next++
	}
	if w.conns[a] != nil {
		return nil, errors.New("address already in use")
	}
	c := &fakeConn{w: w, addr: a, in: make(chan datagram, 1024), closed: make(chan struct{})}
	w.conns[a] = c
	return c, nil
}

type fakeConn struct {
	w      *wire
	addr   netip.AddrPort
	in     chan datagram
	closed chan struct{}
	once   sync.Once
}

func (c *fakeConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case d := <-c.in:
		return copy(b, d.b), d.from, nil
	case <-c.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (c *fakeConn) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	c.w.mu.Lock()
	far, lost, drop := c.w.conns[to], c.w.lost, c.w.drop
	c.w.mu.Unlock()
	switch {
	case drop != nil && drop(b, c.addr, to):
	case far != nil && c.w.delay > 0:
		d := datagram{append([]byte(nil), b...), c.addr}
		time.AfterFunc(c.w.delay, func() { far.give(d) })
	case far != nil:
		far.give(datagram{append([]byte(nil), b...), c.addr})
	case lost != nil:
		lost(b, c.addr, to)
	}
	return len(b), nil
}

func (c *fakeConn) give(d datagram) {
	select {
	case c.in <- d:
	default:
	}
}

func (c *fakeConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.addr) }

func (c *fakeConn) Close() error {
	c.once.Do(func() {
		c.w.mu.Lock()
		delete(c.w.conns, c.addr)
		c.w.mu.Unlock()
		close(c.closed)
	})
	return nil
}

// A rig is one stream without any goroutine in its path: the test is the pump, the egress and the network.
type rig struct {
	t      testing.TB
	s      *Stream
	block  int
	at     int64
	sent   []sentPacket
	events []Event
}

type sentPacket struct {
	at int64 // card sample after the block in whose Tick it was made
	pion.Packet
}

func params() Params {
	return Params{Remote: peer, PT: 0, Law: g711.MuLaw, Send: true, Recv: true}
}

func newRig(t testing.TB, block int, p Params) *rig {
	t.Helper()
	w := newWire()
	e, err := NewEngine(Config{IP: localIP, ListenPacket: w.listen})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Open("")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, s: s, block: block}
	w.lost = r.capture
	t.Cleanup(func() {
		w.lost = nil
		s.Close()
		e.readers.Wait()
	})
	r.configure(p)
	return r
}

func (r *rig) configure(p Params) {
	r.t.Helper()
	if err := r.s.Configure(p); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) capture(b []byte, from, to netip.AddrPort) {
	if from != r.s.Local() {
		return
	}
	var p pion.Packet
	if err := p.Unmarshal(append([]byte(nil), b...)); err != nil {
		r.t.Errorf("sent packet does not parse: %v", err)
	}
	r.sent = append(r.sent, sentPacket{r.at, p})
}

// tick runs one block and returns what goes to the line.
func (r *rig) tick(rx []int16) []int16 {
	tx := make([]int16, len(rx))
	r.s.Tick(r.at, rx, tx)
	r.at += int64(len(rx))
	r.flush()
	return tx
}

func (r *rig) flush() {
	r.s.send(samples(int(r.at)))
	for {
		select {
		case n := <-r.s.engine.events:
			r.events = append(r.events, n.ev)
		default:
			return
		}
	}
}

// run ticks n samples of silence and returns what goes to the line.
func (r *rig) run(n int) []int16 {
	var out []int16
	for ; n > 0; n -= r.block {
		out = append(out, r.tick(make([]int16, min(n, r.block)))...)
	}
	return out
}

// arrive delivers a packet from the peer now.
func (r *rig) arrive(b []byte) { r.s.receive(b, peer, samples(int(r.at))) }

// A talker makes the peer's packets.
type talker struct {
	pion.Header
}

func newTalker() *talker {
	return &talker{pion.Header{Version: 2, SequenceNumber: 65530, Timestamp: 1<<32 - 1000, SSRC: 0xCAFE}}
}

// say makes the packet that carries pcm next.
func (k *talker) say(pcm []int16) []byte {
	p := make([]byte, len(pcm))
	law := g711.MuLaw
	if k.PayloadType == 8 {
		law = g711.ALaw
	}
	law.Encode(p, pcm)
	b := k.raw(p)
	k.Timestamp += uint32(len(pcm))
	return b
}

func (k *talker) raw(payload []byte) []byte {
	b, err := (&pion.Packet{Header: k.Header, Payload: payload}).Marshal()
	if err != nil {
		panic(err)
	}
	k.SequenceNumber++
	return b
}

// telephone makes a telephone-event packet of type 101.
func (k *talker) telephone(ts uint32, marker bool, te telephoneEvent) []byte {
	h := k.Header
	k.PayloadType, k.Timestamp, k.Marker = 101, ts, marker
	p := make([]byte, eventLen)
	te.put(p)
	b := k.raw(p)
	seq := k.SequenceNumber
	k.Header = h
	k.SequenceNumber = seq
	return b
}

// speech is a voiced, varying signal; the same for the same seed.
func speech(n int, seed uint64) []int16 {
	rng := rand.New(rand.NewPCG(seed, 7))
	out := make([]int16, n)
	phase, f := 0.0, 130.0
	for i := range out {
		if i%1600 == 0 {
			f = 100 + 80*rng.Float64()
		}
		phase += 2 * math.Pi * f / 8000
		v := 0.0
		for h := 1.0; h <= 12; h++ {
			v += math.Sin(h*phase) / h
		}
		envelope := 0.6 + 0.4*math.Sin(2*math.Pi*3*float64(i)/8000)
		out[i] = int16(3000*envelope*v + 60*rng.NormFloat64())
	}
	return out
}

// find returns where needle occurs in hay, or -1.
func find(hay, needle []int16) int {
next:
	for i := 0; i+len(needle) <= len(hay); i++ {
		for j, v := range needle {
			if hay[i+j] != v {
				continue next
			}
		}
		return i
	}
	return -1
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func lawOf(pt uint8) g711.Law {
	if pt == 8 {
		return g711.ALaw
	}
	return g711.MuLaw
}

func ns(samples float64) time.Duration { return time.Duration(samples * float64(time.Second) / 8000) }

// coded is what is left of pcm after G.711 mu-law.
func coded(pcm []int16) []int16 {
	out := make([]int16, len(pcm))
	for i, v := range pcm {
		out[i] = g711.MuLaw.DecodeSample(g711.MuLaw.EncodeSample(v))
	}
	return out
}
