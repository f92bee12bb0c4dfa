package app

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"

	"tipring/cmd/peers"
	"tipring/gateway/netsim"
	"tipring/gateway/rtp"
)

// A relay passes datagrams between two gateways' sockets in real time and loses some.
type relay struct {
	conn   [2]*net.UDPConn // the one that gateway i sends to
	loss   float64
	passed [2]atomic.Int64
	lost   atomic.Int64
}

func udp(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func address(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func (r *relay) run(i int, to netip.AddrPort) {
	random := rand.New(rand.NewPCG(1, uint64(i)))
	b := make([]byte, 2048)
	for {
		n, err := r.conn[i].Read(b)
		if err != nil {
			return
		}
		if random.Float64() < r.loss {
			r.lost.Add(1)
			continue
		}
		r.passed[i].Add(1)
		r.conn[1-i].WriteToUDPAddrPort(b[:n], to)
	}
}

// In real time, over the host's sockets: packets of 1 ms with 31 timeslots, of which none and one in a hundred are lost, carry the
// D channel of a call and its audio between two gateways.
func TestPseudowireInRealTime(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it runs in real time")
	}
	peers.Lock(t)
	for name, loss := range map[string]float64{"loss=0": 0, "loss=0.01": 0.01} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &relay{conn: [2]*net.UDPConn{udp(t), udp(t)}, loss: loss}
			ends := [2]*net.UDPConn{udp(t), udp(t)}
			var local, remote [2]netip.AddrPort
			for i := range ends {
				defer r.conn[i].Close()
				local[i], remote[i] = address(ends[i]), address(r.conn[i])
				go r.run(i, address(ends[1-i]))
			}
			e := wireEnds(t, func(i int) Network {
				n := netsim.New()
				return Network{
					Packet: func(addr string) (net.PacketConn, error) {
						if addr == local[i].String() {
							return ends[i], nil
						}
						return n.ListenPacket(netip.MustParseAddrPort(addr))
					},
					Stream: func(string) (net.Listener, error) { return nil, nil },
					Media:  func(addr netip.AddrPort) (rtp.PacketConn, error) { return n.ListenPacket(addr) },
				}
			}, local, remote, "cesopsn")
			defer e.wait()
			for i, h := range e.call() {
				t.Logf("gateway %d: correlation %.3f over %d windows", i, h.correlation, h.windows)
				if h.correlation < 0.9 || h.windows < 4 {
					t.Errorf("gateway %d: correlation %.3f over %d windows", i, h.correlation, h.windows)
				}
			}
			for i := range ends {
				in, refused, unsent := e.app[i].spanOf("span1").card.packet.Packets()
				t.Logf("gateway %d: %+v, %d passed on, %d lost, clock %+d ppb", i, in, r.passed[i].Load(), r.lost.Load(), e.app[i].spanOf("span1").card.packet.PPB())
				if refused != 0 || unsent != 0 || in.Received == 0 || in.Lost == 0 && loss > 0 {
					t.Errorf("gateway %d: %+v, %d refused, %d unsent", i, in, refused, unsent)
				}
			}
		})
	}
}
