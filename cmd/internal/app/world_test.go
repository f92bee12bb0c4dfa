package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	pionrtp "github.com/pion/rtp"

	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/dsp/level"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/gateway/netsim"
	"tipring/gateway/rtp"
	"tipring/gateway/sip/siptest"
	"tipring/hw/emu"
	"tipring/hw/modem/modemtest"
	"tipring/hw/uevent"
	"tipring/tdm"
)

// A world is the whole gateway on its emulated card, in fake time and on a network made of channels, with telephones,
// exchanges and SIP peers around it.
type world struct {
	*testing.T
	app *App
	net *netsim.Net
	dir string
	// What may be plugged in at paths of the configuration, and the kernel's word for it.
	sockets *deviceTree
	uevents chan uevent.Event
}

// setup changes the default configuration of a story.
type setup func(*config.Config)

// play runs a story. Afterwards the gateway is stopped, every line is idle, and no goroutine, socket or call may be left.
func play(t *testing.T, emulate string, change setup, story func(w *world)) {
	t.Helper()
	dir := t.TempDir()
	if emulate == "" {
		emulate = "fxs=2,fxo=2" // a modem takes as much computing as all of these
	}
	synctest.Test(t, func(t *testing.T) {
		cfg, err := config.Default(emulate)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Data.Dir = dir
		cfg.Accounts[0].Password = "secret"
		cfg.Trunks[0].OptionsInterval = 0 // the peers of stories answer what the story says
		if change != nil {
			change(cfg)
		}
		w := &world{T: t, net: netsim.New(), dir: dir, sockets: &deviceTree{}, uevents: make(chan uevent.Event)}
		log := slog.New(slog.DiscardHandler)
		if testing.Verbose() {
			log = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
		}
		var own sockets
		w.app, err = New(Options{Config: cfg, Log: log, Version: "test", Serial: Serial{Emulated: modemtest.Plug, Device: w.sockets.open}, Uevents: w.kernel, Network: own.counted(Network{
			Packet: func(addr string) (net.PacketConn, error) { return w.net.ListenPacket(netip.MustParseAddrPort(addr)) },
			Stream: func(addr string) (net.Listener, error) {
				if addr == cfg.HTTP.Listen.String() {
					return nil, nil
				}
				return w.net.Listen(netip.MustParseAddrPort(addr))
			},
			Media: func(addr netip.AddrPort) (rtp.PacketConn, error) { return w.net.ListenPacket(addr) },
			Dial: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
				return w.net.Dial(ctx, netip.MustParseAddrPort("127.0.0.1:0"), to)
			},
		})})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- w.app.Run(ctx) }()
		<-w.app.Ready()
		func() {
			defer func() {
				stop()
				if err := <-ended; err != nil {
					t.Errorf("the gateway ended with %v", err)
				}
			}()
			time.Sleep(100 * time.Millisecond) // lines settle
			story(w)
			if !t.Failed() {
				w.rest()
			}
		}()
		if n := own.open.Load(); n != 0 || own.opened.Load() == 0 {
			t.Errorf("%d of the %d sockets that the gateway has opened are open", n, own.opened.Load())
		}
	})
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(time.Now().Format("05.000 ") + strings.TrimSpace(string(b)))
	return len(b), nil
}

// rest waits for the guard times to pass and checks that nothing is stuck.
func (w *world) rest() {
	w.Helper()
	for _, c := range w.app.cards {
		for _, l := range c.group.Lines() {
			if p := w.app.Phone(l.Name()); p != nil && p.Status().Hook == "off" {
				p.OnHook()
			}
		}
	}
	time.Sleep(15 * time.Second)
	for _, c := range w.app.cards {
		for _, l := range c.group.Lines() {
			if st := l.Status(); st.State != "idle" || st.InCall {
				w.Errorf("%s is left in state %s (%s)", st.Name, st.State, st.Machine)
			}
		}
	}
	for _, l := range w.app.modems {
		if st := l.modem.Status(); st.State != "idle" {
			w.Errorf("%s is left in state %s (%s)", st.Name, st.State, st.Reason)
		}
	}
	if calls := w.app.Calls(); len(calls) != 0 {
		w.Errorf("calls are left: %+v", calls)
	}
	if n := w.app.engine.Streams(); n != 0 {
		w.Errorf("%d RTP streams are left", n)
	}
	if n := w.app.sip.Status().Dialogs; n != 0 {
		w.Errorf("%d SIP dialogs are left", n)
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// phone returns the telephone on a port.
func (w *world) phone(port string) *emu.Phone { return w.app.Phone(port) }

// exchange returns the exchange behind a port.
func (w *world) exchange(port string) *emu.Exchange { return w.app.Exchange(port) }

// anEar is a telephone or an exchange.
type anEar interface {
	Await(context.Context, func(emu.Status) bool) (emu.Status, error)
	Record(context.Context, time.Duration) ([]int16, error)
	Play(context.Context, []int16) error
	Status() emu.Status
}

// await waits, for a minute at most, until what can be seen of a far end is as it should be.
func (w *world) await(e anEar, what string, cond func(emu.Status) bool) emu.Status {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	st, err := e.Await(ctx, cond)
	if err != nil {
		w.Fatalf("waiting for %s: %v; it is %+v", what, err, e.Status())
	}
	return st
}

// lift takes the handset off and waits for dial tone.
func (w *world) lift(port string) *emu.Phone {
	w.Helper()
	p := w.phone(port)
	w.must(p.OffHook())
	w.await(p, "dial tone", emu.Tone("dial"))
	return p
}

// dial lifts the handset, waits for dial tone and dials.
func (w *world) dial(port, digits string) *emu.Phone {
	w.Helper()
	p := w.lift(port)
	w.must(p.Dial(w.Context(), digits, false))
	return p
}

// record returns the newest record, which must be of an ended call.
func (w *world) record() cdr.Record {
	w.Helper()
	time.Sleep(2 * time.Second) // parties release, the writer writes
	rs, err := w.app.Records(w.Context(), cdr.Filter{})
	w.must(err)
	if len(rs) == 0 {
		w.Fatal("no record")
	}
	r := rs[len(rs)-1]
	if r.Open() {
		w.Fatalf("the record is open: %+v", r)
	}
	return r
}

// A peer is a SIP user agent with a sound card.
type peer struct {
	*siptest.UA
	*media
	w *world
}

// trunk puts the default trunk's peer on the network.
func (w *world) trunk() *peer { return w.peer("127.0.0.1:5070", "127.0.0.1:7000", "trunk") }

// peer puts a SIP user agent on the network.
func (w *world) peer(addr, audio, user string) *peer {
	w.Helper()
	conn, err := w.net.ListenPacket(netip.MustParseAddrPort(addr))
	w.must(err)
	gateway := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:5060"))
	p := &peer{UA: siptest.New(w.T, conn, gateway, user), w: w, media: w.media(audio)}
	return p
}

// media is one RTP endpoint: it keeps what it receives and sends what it is told to, 20 ms a packet.
type media struct {
	w    *world
	conn *netsim.PacketConn
	addr netip.AddrPort
	to   netip.AddrPort // set from SDP
	law  g711.Law

	mu     sync.Mutex
	heard  []int16
	next   uint32 // timestamp that follows what was heard
	begun  bool
	clear  []byte // octets of a clear channel
	events []byte // digits received by RFC 4733, once each
	lastTS uint32
	count  int
	seq    uint16
	ts     uint32
}

func (w *world) media(addr string) *media {
	w.Helper()
	conn, err := w.net.ListenPacket(netip.MustParseAddrPort(addr))
	w.must(err)
	m := &media{w: w, conn: conn, addr: conn.AddrPort(), law: g711.ALaw}
	w.Cleanup(func() { conn.Close() })
	go m.receive()
	return m
}

func (m *media) receive() {
	buf := make([]byte, 2000)
	for {
		n, _, err := m.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		var p pionrtp.Packet
		if err := p.Unmarshal(buf[:n]); err != nil {
			m.w.Errorf("received no RTP: %v", err)
			continue
		}
		m.mu.Lock()
		m.count++
		switch p.PayloadType {
		case 0, 8:
			law := g711.MuLaw
			if p.PayloadType == 8 {
				law = g711.ALaw
			}
			if m.begun && int32(p.Timestamp-m.next) > 0 && int32(p.Timestamp-m.next) < 8000 {
				m.heard = append(m.heard, make([]int16, p.Timestamp-m.next)...) // an event took its place
			}
			pcm := make([]int16, len(p.Payload))
			law.Decode(pcm, p.Payload)
			m.heard = append(m.heard, pcm...)
			m.begun, m.next = true, p.Timestamp+uint32(len(pcm))
		case 97, 98:
			m.clear = append(m.clear, p.Payload...)
		case 101:
			if len(m.events) == 0 || p.Timestamp != m.lastTS {
				m.events = append(m.events, "0123456789*#ABCD"[p.Payload[0]])
				m.lastTS = p.Timestamp
			}
		}
		m.mu.Unlock()
	}
}

// listen returns what arrives in the next d.
func (m *media) listen(d time.Duration) []int16 {
	m.mu.Lock()
	from := len(m.heard)
	m.mu.Unlock()
	time.Sleep(d)
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]int16(nil), m.heard[from:]...)
}

func (m *media) digits() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return string(m.events)
}

func (m *media) packets() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count
}

// say sends pcm at the rate of its samples. Packets leave between two blocks of the card: at the same instant it would be
// chance which comes first, and the jitter buffer would take that for jitter.
func (m *media) say(pcm []int16) {
	time.Sleep(3 * time.Millisecond)
	const n = 160
	out := make([]byte, n)
	for len(pcm) >= n {
		m.law.Encode(out, pcm[:n])
		p := pionrtp.Packet{Header: pionrtp.Header{Version: 2, PayloadType: 8, SequenceNumber: m.seq, Timestamp: m.ts, SSRC: 77}, Payload: out}
		b, err := p.Marshal()
		m.w.must(err)
		m.conn.WriteToUDPAddrPort(b, m.to)
		m.seq++
		m.ts += n
		pcm = pcm[n:]
		time.Sleep(20 * time.Millisecond)
	}
}

// sendDigit sends one RFC 4733 event of 100 ms.
func (m *media) sendDigit(event byte) {
	start := m.ts
	for i := range 8 {
		dur, end := uint16(160*(i+1)), byte(0)
		if i >= 5 {
			dur, end = 800, 0x80
		}
		p := pionrtp.Packet{
			Header:  pionrtp.Header{Version: 2, Marker: i == 0, PayloadType: 101, SequenceNumber: m.seq, Timestamp: start, SSRC: 77},
			Payload: []byte{event, end | 10, byte(dur >> 8), byte(dur)},
		}
		b, err := p.Marshal()
		m.w.must(err)
		m.conn.WriteToUDPAddrPort(b, m.to)
		m.seq++
		time.Sleep(20 * time.Millisecond)
	}
	m.ts += 8 * 160
}

// sdp is the peer's description.
func (p *peer) sdp() string { return siptest.SDP(p.addr.String(), "") }

// learn takes the address that audio goes to from the gateway's description.
func (p *peer) learn(body string) {
	p.w.Helper()
	var ip string
	var port int
	for line := range strings.Lines(body) {
		fmt.Sscanf(line, "c=IN IP4 %s", &ip)
		fmt.Sscanf(line, "m=audio %d", &port)
	}
	to, err := netip.ParseAddrPort(fmt.Sprintf("%s:%d", ip, port))
	if err != nil {
		p.w.Fatalf("no media address in %q", body)
	}
	p.to = to
}

// answered accepts an INVITE after it has rung for a time.
func (p *peer) answered(ring time.Duration) *siptest.Dialog {
	p.w.Helper()
	invite := p.Expect("INVITE")
	p.learn(invite.Body)
	if ring > 0 {
		p.Respond(invite, "180 Ringing", "t1", "", "")
		time.Sleep(ring)
	}
	p.Respond(invite, "200 OK", "t1", "", p.sdp())
	p.Expect("ACK")
	return p.ServerDialog(invite, "t1")
}

// call calls a number and returns the INVITE.
func (p *peer) call(number string) *siptest.Message {
	invite := p.Request("INVITE", "sip:"+number+"@127.0.0.1:5060", "", p.sdp())
	p.Send(invite.Text())
	return invite
}

// established waits for the answer, acknowledges it and returns the dialog.
func (p *peer) established(invite *siptest.Message) *siptest.Dialog {
	p.w.Helper()
	ok := p.Await("200 INVITE")
	p.learn(ok.Body)
	d := p.ClientDialog(invite, ok)
	d.Send("ACK", "", "")
	return d
}

// bothWays checks that a tone passes in each direction with its level and frequency, at the same time.
func (w *world) bothWays(a anEar, m *media) {
	w.Helper()
	const hz1, hz2, n = 1004.0, 1477.3, 3 * tdm.Rate
	var wg sync.WaitGroup
	var fromM, fromA []int16
	wg.Go(func() { w.must(a.Play(w.Context(), dsptest.Sine(hz1, -15, n))) })
	wg.Go(func() { m.say(dsptest.Sine(hz2, -12, n)) })
	time.Sleep(time.Second)
	wg.Go(func() {
		var err error
		fromM, err = a.Record(w.Context(), time.Second)
		w.must(err)
	})
	fromA = m.listen(time.Second)
	wg.Wait()
	w.tone("at the SIP side", fromA, hz1, -15)
	w.tone("at the line", fromM, hz2, -12)
}

// tone checks frequency to 1 Hz and level to 1 dB.
func (w *world) tone(where string, pcm []int16, hz float64, want level.DBm0) {
	w.Helper()
	if len(pcm) < 7000 {
		w.Errorf("%s: %d samples in a second", where, len(pcm))
		return
	}
	if got := dsptest.DominantHz(pcm); got < hz-1 || got > hz+1 {
		w.Errorf("%s: %.1f Hz, want %.1f", where, got, hz)
	}
	if got := dsptest.ToneLevel(pcm, hz); got < want-1 || got > want+1 {
		w.Errorf("%s: %.1f dBm0, want %.1f", where, got, want)
	}
	if n := dsptest.Discontinuities(pcm); n != 0 {
		w.Errorf("%s: %d discontinuities", where, n)
	}
}
