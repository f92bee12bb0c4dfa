package rtp

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/ipv4"

	"tipring/dsp/g711"
)

func perSample(b *testing.B, n int) {
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(n)
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125000/ns, "channels/core")
}

// BenchmarkTick is one channel of audio both ways without the sockets: parse, jitter buffer, law, packet.
func BenchmarkTick(b *testing.B) {
	for _, block := range []int{8, 80, 160} {
		b.Run(fmt.Sprintf("block=%dms", block/8), func(b *testing.B) {
			p := digitParams()
			r := newRig(b, block, p)
			r.s.pair.rtp.(*fakeConn).w.lost = nil
			pcm := speech(8000, 1)
			k := newTalker()
			var packets [][]byte
			for i := range 50 {
				packets = append(packets, k.say(pcm[i*160:i*160+160]))
			}
			tx := make([]int16, block)
			seq := uint16(0)
			b.ReportAllocs()
			for b.Loop() {
				if r.at%160 == 0 {
					d := packets[seq%50]
					ts := uint32(r.at)
					d[2], d[3] = byte(seq>>8), byte(seq)
					d[4], d[5], d[6], d[7] = byte(ts>>24), byte(ts>>16), byte(ts>>8), byte(ts)
					seq++
					r.s.receive(d, peer, samples(int(r.at)))
				}
				i := int(r.at) % 8000
				r.s.Tick(r.at, pcm[i:i+block], tx)
				r.at += int64(block)
				for o := r.s.sender.ring.get(); o != nil; o = r.s.sender.ring.get() {
					r.s.sender.ring.release()
				}
				r.s.out.queued.Store(true) // keeps the egress queue out of it
			}
			perSample(b, block)
		})
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLoopback is the whole loop over UDP at its real pace: so many streams talk to each other in pairs, one block of
// 20 ms at a time. The figure is CPU time of the process, kernel included, for one packet made, sent, received and played.
func BenchmarkLoopback(b *testing.B) {
	for _, c := range []struct {
		name   string
		listen func(netip.AddrPort) (PacketConn, error)
	}{{"poller", nil}, {"goroutines", listenUDP}} {
		b.Run(fmt.Sprintf("%s/streams=120", c.name), func(b *testing.B) {
			e, err := NewEngine(Config{IP: netip.MustParseAddr("127.0.0.1"), ListenPacket: c.listen})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			var wg sync.WaitGroup
			wg.Go(func() { _ = e.Run(ctx) })
			defer wg.Wait()
			defer cancel()
			streams := make([]*Stream, 120)
			for i := range streams {
				if streams[i], err = e.Open(""); err != nil {
					b.Fatal(err)
				}
			}
			for i, s := range streams {
				if err := s.Configure(Params{Remote: streams[i^1].Local(), Law: g711.MuLaw, Send: true, Recv: true}); err != nil {
					b.Fatal(err)
				}
			}
			pcm, tx := speech(160, 1), make([]int16, 160)
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			at, before := int64(0), cpu()
			b.ReportAllocs()
			for b.Loop() {
				<-tick.C
				for _, s := range streams {
					s.Tick(at, pcm, tx)
				}
				at += 160
			}
			packet := float64((cpu() - before).Nanoseconds()) / float64(at/160) / float64(len(streams))
			b.ReportMetric(packet, "cpu-ns/packet")
			b.ReportMetric(1e9/50/packet, "channels/core")
		})
	}
}

// BenchmarkSend compares the ways to send: one call a packet, and sendmmsg with several packets of one socket.
func BenchmarkSend(b *testing.B) {
	to, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer to.Close()
	from, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	dest := to.LocalAddr().(*net.UDPAddr)
	packet := make([]byte, 172)
	report := func(b *testing.B, n int) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/packet")
	}
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		ap := dest.AddrPort()
		for b.Loop() {
			if _, err := from.WriteToUDPAddrPort(packet, ap); err != nil {
				b.Fatal(err)
			}
		}
		report(b, 1)
	})
	pc := ipv4.NewPacketConn(from)
	for _, n := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("sendmmsg=%d", n), func(b *testing.B) {
			ms := make([]ipv4.Message, n)
			for i := range ms {
				ms[i] = ipv4.Message{Buffers: [][]byte{packet}, Addr: dest}
			}
			b.ReportAllocs()
			for b.Loop() {
				for sent := 0; sent < n; {
					k, err := pc.WriteBatch(ms[sent:], 0)
					if err != nil {
						b.Fatal(err)
					}
					sent += k
				}
			}
			report(b, n)
		})
	}
}

// BenchmarkReceive compares the ways to receive when one packet waits at each socket, as it does at a call's: one call a
// packet, and recvmmsg.
func BenchmarkReceive(b *testing.B) {
	to, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer to.Close()
	from, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	dest := to.LocalAddr().(*net.UDPAddr).AddrPort()
	packet := make([]byte, 172)
	put := func(b *testing.B, n int) {
		b.StopTimer()
		for range n {
			if _, err := from.WriteToUDPAddrPort(packet, dest); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
	}
	b.Run("read", func(b *testing.B) {
		buf := make([]byte, 2048)
		b.ReportAllocs()
		for b.Loop() {
			put(b, 1)
			if _, _, err := to.ReadFromUDPAddrPort(buf); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/packet")
	})
	pc := ipv4.NewPacketConn(to)
	for _, n := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("recvmmsg=%d", n), func(b *testing.B) {
			ms := make([]ipv4.Message, n)
			for i := range ms {
				ms[i].Buffers = [][]byte{make([]byte, 2048)}
			}
			b.ReportAllocs()
			for b.Loop() {
				put(b, n)
				for got := 0; got < n; {
					k, err := pc.ReadBatch(ms[got:], 0)
					if err != nil {
						b.Fatal(err)
					}
					got += k
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/packet")
		})
	}
}
