package rtp

import (
	"context"
	"net/netip"
	"runtime"
	"sync"
	"testing"
)

// Audio goes through real sockets and all goroutines of an engine, and comes out as it went in.
func TestLoopback(t *testing.T) {
	for name, listen := range map[string]func(netip.AddrPort) (PacketConn, error){"poller": nil, "goroutines": listenUDP} {
		ctx, cancel := context.WithCancel(context.Background())
		e, err := NewEngine(Config{IP: netip.MustParseAddr("127.0.0.1"), ListenPacket: listen})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() { _ = e.Run(ctx) })
		streams := make([]*Stream, 4)
		for i := range streams {
			if streams[i], err = e.Open(""); err != nil {
				t.Fatal(err)
			}
		}
		for i, s := range streams {
			p := params()
			p.Remote = streams[i^1].Local()
			if err := s.Configure(p); err != nil {
				t.Fatal(err)
			}
		}
		var in, out [4][]int16
		for i := range in {
			in[i] = speech(32000, uint64(i))
		}
		tx := make([]int16, 160)
		for at := 0; at < 32000; at += 160 {
			for i, s := range streams {
				s.Tick(int64(at), in[i][at:at+160], tx)
				out[i] = append(out[i], tx...)
				for streams[i^1].recv.ring.tail.Load() < uint32(at/160+1) { // however long it takes
					runtime.Gosched()
				}
			}
		}
		for i, s := range streams {
			if find(out[i], coded(in[i^1][20000:31000])) < 0 {
				t.Errorf("%s: stream %d does not play what its peer said", name, i)
			}
			if st := s.Stats(); st.Sent != 200 || st.Received != 200 || st.Strangers != 0 || st.ConcealedSamples != 0 || st.SendErrors != 0 {
				t.Errorf("%s: stream %d: %+v", name, i, st)
			}
		}
		cancel()
		wg.Wait()
	}
}
