package rtp

import (
	"context"
	"math"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
)

// A party is an engine with one stream and a pump, in fake time.
type party struct {
	*Stream
	mu     sync.Mutex
	events []Event
}

func (p *party) told(k EventKind) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ev := range p.events {
		if ev.Kind == k {
			n++
		}
	}
	return n
}

func startParty(t *testing.T, ctx context.Context, wg *sync.WaitGroup, w *wire, ip string) *party {
	e, err := NewEngine(Config{IP: netip.MustParseAddr(ip), ListenPacket: w.listen})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Open("")
	if err != nil {
		t.Fatal(err)
	}
	p := &party{Stream: s}
	s.OnEvent(func(ev Event) {
		p.mu.Lock()
		p.events = append(p.events, ev)
		p.mu.Unlock()
	})
	wg.Go(func() {
		if err := e.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	wg.Go(func() {
		pcm, tx := speech(8000, 1), make([]int16, 80)
		for at := int64(0); ctx.Err() == nil; at += 80 {
			time.Sleep(10 * time.Millisecond)
			s.Tick(at, pcm[at%8000:at%8000+80], tx)
		}
	})
	return p
}

// Two engines talk over a network that delays by 30 ms and loses one packet in twenty one way; in their reports each
// learns what the other sees.
func TestReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		w := newWire()
		w.delay = 30 * time.Millisecond
		a := startParty(t, ctx, &wg, w, "192.0.2.1")
		b := startParty(t, ctx, &wg, w, "192.0.2.2")
		n := 0
		w.drop = func(p []byte, from, to netip.AddrPort) bool {
			if to == b.Local() {
				n++
				return n%20 == 0
			}
			return false
		}
		for _, x := range []struct{ me, far *party }{{a, b}, {b, a}} {
			p := params()
			p.Remote = x.far.Local()
			if err := x.me.Configure(p); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(60 * time.Second)
		sa, sb := a.Stats(), b.Stats()
		if sa.Sent < 2990 || sb.Received < 2830 || sb.Received > sa.Sent-140 || sb.SSRC != sa.RemoteSSRC {
			t.Errorf("sent %d, received %d", sa.Sent, sb.Received)
		}
		if sb.Lost < 140 || sa.RemoteLost < 100 || sa.RemoteLost > sb.Lost || math.Abs(sa.RemoteLoss-0.05) > 0.03 {
			t.Errorf("b lost %d packets; a was told of %d, %.3f lately", sb.Lost, sa.RemoteLost, sa.RemoteLoss)
		}
		if sb.RemoteLost != 0 || sb.RemoteLoss != 0 || sa.Lost != 0 {
			t.Errorf("a lost %d packets; b was told of %d", sa.Lost, sb.RemoteLost)
		}
		for name, st := range map[string]Stats{"a": sa, "b": sb} {
			if st.RTT < 59*time.Millisecond || st.RTT > 61*time.Millisecond {
				t.Errorf("%s: round trip %v, want 60 ms", name, st.RTT)
			}
			if st.RTCPStrangers != 0 || st.Strangers != 0 || st.Malformed != 0 {
				t.Errorf("%s: %+v", name, st)
			}
		}
		if sa.MOS < 4.2 || sb.MOS > sa.MOS-0.3 {
			t.Errorf("MOS %.2f without and %.2f with loss", sa.MOS, sb.MOS)
		}
		a.Close()
		time.Sleep(time.Second)
		if b.told(Bye) != 1 || a.told(Bye) != 0 {
			t.Errorf("BYE: b was told %d times, a %d times", b.told(Bye), a.told(Bye))
		}
		cancel()
		wg.Wait()
		if len(w.conns) != 0 {
			t.Errorf("%d sockets are left", len(w.conns))
		}
		if _, err := b.engine.Open(""); err != ErrClosed {
			t.Errorf("Open after Run: %v", err)
		}
	})
}

// collect returns what a stream says to its peer's RTCP port within so many seconds of fake time, and on closing.
func collect(t *testing.T, seconds int, setup func(r *Stream)) (packets [][]rtcp.Packet) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		w := newWire()
		p := startParty(t, ctx, &wg, w, "192.0.2.1")
		w.lost = func(b []byte, from, to netip.AddrPort) {
			if to.Port() == peer.Port() {
				return
			}
			if to != addr("192.0.2.9:40001") || from.Port() != p.Local().Port()+1 {
				t.Errorf("RTCP from %s to %s", from, to)
			}
			ps, err := rtcp.Unmarshal(append([]byte(nil), b...))
			if err != nil {
				t.Error(err)
			}
			packets = append(packets, ps)
		}
		setup(p.Stream)
		time.Sleep(time.Duration(seconds) * time.Second)
		cancel()
		wg.Wait()
	})
	return packets
}

func TestCompoundPackets(t *testing.T) {
	ssrc := uint32(4711)
	got := collect(t, 61, func(s *Stream) {
		p := params()
		p.SSRC = ssrc
		if err := s.Configure(p); err != nil {
			t.Error(err)
		}
	})
	if len(got) < 8 || len(got) > 26 { // 5 s, varied by half
		t.Errorf("%d packets in a minute", len(got))
	}
	for i, ps := range got {
		sr, ok := ps[0].(*rtcp.SenderReport)
		if !ok || sr.SSRC != ssrc || sr.PacketCount == 0 || int32(sr.OctetCount-sr.PacketCount*160)/161 != 0 { // a packet may be on its way

			t.Fatalf("packet %d begins with %+v", i, ps[0])
		}
		sd, ok := ps[1].(*rtcp.SourceDescription)
		if !ok || len(sd.Chunks) != 1 || sd.Chunks[0].Source != ssrc || sd.Chunks[0].Items[0].Text != "tipring@192.0.2.1" {
			t.Fatalf("packet %d goes on with %+v", i, ps[1])
		}
		if i > 0 {
			first := got[0][0].(*rtcp.SenderReport)
			wall := float64(sr.NTPTime-first.NTPTime) / (1 << 32)
			if media := float64(sr.RTPTime-first.RTPTime) / 8000; math.Abs(media-wall) > 0.011 {
				t.Errorf("packet %d: %.3f s of NTP time are %.3f s of RTP time", i, wall, media)
			}
		}
		if last := i == len(got)-1; last != (len(ps) == 3) {
			t.Errorf("packet %d of %d has %d parts", i, len(got), len(ps))
		}
	}
	bye, ok := got[len(got)-1][2].(*rtcp.Goodbye)
	if !ok || len(bye.Sources) != 1 || bye.Sources[0] != ssrc {
		t.Errorf("the last packet ends with %+v", got[len(got)-1])
	}
}

func TestReceiverReportOnHold(t *testing.T) {
	got := collect(t, 30, func(s *Stream) {
		p := params()
		p.Send = false
		if err := s.Configure(p); err != nil {
			t.Error(err)
		}
	})
	if len(got) < 3 {
		t.Fatalf("%d packets", len(got))
	}
	for _, ps := range got {
		if _, ok := ps[0].(*rtcp.ReceiverReport); !ok {
			t.Errorf("a stream that sends nothing says %+v", ps[0])
		}
	}
}
