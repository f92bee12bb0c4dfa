package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/dsp/dsptest"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/gateway/netsim"
	"tipring/gateway/rtp"
	"tipring/hw/emu"
	"tipring/hw/modem/modemtest"
	"tipring/tdm"
)

// ends are two gateways with a telephone each, whose span is one pseudowire between them; the second is the network's side.
type ends struct {
	*testing.T
	app  [2]*App
	wait func()
}

// wireEnds starts both. Each is told the address that the other's packets come from.
func wireEnds(t *testing.T, network func(i int) Network, local, remote [2]netip.AddrPort, mode string) *ends {
	t.Helper()
	e := &ends{T: t}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	e.wait = func() { stop(); running.Wait() }
	for i := range e.app {
		cfg, err := config.Default("fxs=1,span=1")
		if err != nil {
			t.Fatal(err)
		}
		cfg.Data.Dir = t.TempDir()
		host := netip.MustParseAddr([]string{"127.0.0.1", "127.0.0.2"}[i])
		sip := netip.AddrPortFrom(host, 15060)
		cfg.SIP.UDP, cfg.SIP.TCP, cfg.RTP.Address = []netip.AddrPort{sip}, nil, host
		cfg.HTTP.Listen = netip.AddrPortFrom(host, 18080)
		cfg.Trunks[0].OptionsInterval = 0
		card := &cfg.Cards[1]
		card.Driver, card.Mode, card.Packet, card.Jitter = config.DriverPseudowire, mode, time.Millisecond, 40*time.Millisecond
		card.Local, card.Remote = local[i], remote[i]
		s := &cfg.Spans[0]
		s.Side, s.ClockPriority = []string{"user", "network"}[i], 1-i // the first follows the second's clock
		e.app[i], err = New(Options{Config: cfg, Log: slog.New(slog.DiscardHandler), Version: "test", Serial: Serial{Emulated: modemtest.Plug}, Network: network(i)})
		if err != nil {
			e.wait()
			t.Fatal(err)
		}
		running.Go(func() {
			if err := e.app[i].Run(ctx); err != nil {
				t.Errorf("gateway %d ended with %v", i, err)
			}
		})
		<-e.app[i].Ready()
	}
	return e
}

func (e *ends) must(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

// hearing is how well what one end said was heard at the other.
type hearing struct {
	correlation float64 // median of the windows
	windows     int
}

// call calls from the first gateway's telephone to the second's over the pseudowire, and returns how each heard the other.
func (e *ends) call() (heard [2]hearing) {
	e.Helper()
	ctx, cancel := context.WithTimeout(e.Context(), 2*time.Minute)
	defer cancel()
	for !e.app[0].spanOf("span1").Status().Up || !e.app[1].spanOf("span1").Status().Up {
		if ctx.Err() != nil {
			e.Fatal("the D channel does not come up")
		}
		time.Sleep(10 * time.Millisecond)
	}
	a, b := e.app[0].Phone("fxs1"), e.app[1].Phone("fxs1")
	e.must(a.OffHook())
	_, err := a.Await(ctx, emu.Tone("dial"))
	e.must(err)
	e.must(a.Dial(ctx, "7201", false))
	_, err = b.Await(ctx, func(s emu.Status) bool { return s.CallerID.Number == "201" })
	e.must(err)
	e.must(b.OffHook())
	_, err = a.Await(ctx, emu.Quiet)
	e.must(err)
	for i, way := range [2][2]*emu.Phone{{b, a}, {a, b}} {
		said := dsptest.Speech(uint64(i), -15, 4*tdm.Rate)
		playing := make(chan error, 1)
		go func() { playing <- way[0].Play(ctx, said) }()
		out, err := way[1].Record(ctx, 5*time.Second)
		e.must(err)
		e.must(<-playing)
		heard[i].correlation, _, heard[i].windows = dsptest.SpeechCorrelation(said, out)
	}
	e.must(b.OnHook())
	_, err = a.Await(ctx, emu.Tone("congestion"))
	e.must(err)
	e.must(a.OnHook())
	for i, direction := range []string{cdr.Outbound, cdr.Inbound} {
		var r []cdr.Record
		for len(r) == 0 || r[0].Open() {
			if ctx.Err() != nil {
				e.Fatalf("gateway %d has no record of the call: %+v", i, r)
			}
			time.Sleep(10 * time.Millisecond)
			r, err = e.app[i].Records(ctx, cdr.Filter{})
			e.must(err)
		}
		if len(r) != 1 || r[0].Direction != direction || r[0].Cause != tdm.CauseNormalClearing {
			e.Errorf("gateway %d has records %+v", i, r)
		}
	}
	return heard
}

// Two gateways carry a call, with its D channel and its audio both ways, over a pseudowire that loses nothing and one packet in a
// hundred, timeslots and bits.
func TestPseudowire(t *testing.T) {
	addr := [2]netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:2142"), netip.MustParseAddrPort("127.0.0.2:2142")}
	for _, x := range []struct {
		mode  string
		loss  float64
		least float64 // correlation
	}{{"cesopsn", 0, 0.99}, {"cesopsn", 0.01, 0.95}, {"satop", 0, 0.99}, {"satop", 0.01, 0.95}} {
		t.Run(fmt.Sprintf("%s,loss=%v", x.mode, x.loss), func(t *testing.T) {
			if testing.Short() && x.mode == "satop" {
				t.Skip("-short: timeslots have the goroutines of both, without a framer")
			}
			synctest.Test(t, func(t *testing.T) {
				n := netsim.New()
				random := rand.New(rand.NewPCG(1, 2))
				var mu sync.Mutex // both gateways send
				n.Filter(func(from, to netip.AddrPort, _ []byte) bool {
					mu.Lock()
					defer mu.Unlock()
					return to.Port() != 2142 || random.Float64() >= x.loss
				})
				e := wireEnds(t, func(int) Network {
					return Network{
						Packet: func(addr string) (net.PacketConn, error) { return n.ListenPacket(netip.MustParseAddrPort(addr)) },
						Stream: func(string) (net.Listener, error) { return nil, nil },
						Media:  func(addr netip.AddrPort) (rtp.PacketConn, error) { return n.ListenPacket(addr) },
					}
				}, addr, [2]netip.AddrPort{addr[1], addr[0]}, x.mode)
				defer e.wait()
				for i, h := range e.call() {
					t.Logf("gateway %d: correlation %.3f over %d windows", i, h.correlation, h.windows)
					if h.correlation < x.least || h.windows < 4 {
						t.Errorf("gateway %d: correlation %.3f over %d windows", i, h.correlation, h.windows)
					}
				}
				in, _, _ := e.app[0].spanOf("span1").card.packet.Packets()
				if (in.Lost > 0) != (x.loss > 0) {
					t.Errorf("the first gateway has counted %+v", in)
				}
			})
		})
	}
}
