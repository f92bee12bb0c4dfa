package rtp

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func addr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// Only the peer's packets count; everybody else's are counted and ignored (the attacks known as RTPBleed and RTP injection).
func TestStrangersAreIgnored(t *testing.T) {
	nat := addr("198.51.100.7:1024")
	type from struct {
		addr  netip.AddrPort
		taken bool
	}
	for _, c := range []struct {
		name    string
		learn   netip.Addr
		packets []from
		dest    netip.AddrPort
	}{
		{"public SDP", netip.Addr{}, []from{
			{peer, true}, {addr("192.0.2.9:40002"), false}, {addr("192.0.2.10:40000"), false}, {nat, false}, {peer, true},
		}, peer},
		{"public SDP, stranger first", netip.Addr{}, []from{{nat, false}, {peer, true}}, peer},
		{"private SDP", nat.Addr(), []from{
			{addr("203.0.113.5:1024"), false}, {nat, true}, {addr("198.51.100.7:1025"), false}, {peer, false}, {nat, true},
		}, nat},
		{"private SDP, but it was true", nat.Addr(), []from{{peer, true}, {nat, false}, {peer, true}}, peer},
		{"signalled from the same host", peer.Addr(), []from{{addr("192.0.2.9:50000"), true}, {peer, false}}, addr("192.0.2.9:50000")},
		{"IPv4 in IPv6", netip.Addr{}, []from{{addr("[::ffff:192.0.2.9]:40000"), true}}, peer},
	} {
		p := params()
		p.LearnFrom = c.learn
		r := newRig(t, 80, p)
		k := newTalker()
		var taken, strangers uint64
		for i, f := range c.packets {
			r.s.receive(k.say(speech(160, 1)), plain(f.addr), 0)
			if f.taken {
				taken++
			} else {
				strangers++
			}
			if st := r.s.Stats(); st.Received != taken || st.Strangers != strangers {
				t.Errorf("%s: packet %d from %s: %d received, %d strangers", c.name, i, f.addr, st.Received, st.Strangers)
			}
		}
		if st := r.s.Stats(); st.Remote != c.dest {
			t.Errorf("%s: sends to %s, want %s", c.name, st.Remote, c.dest)
		}
		r.flush()
		locked := 0
		for _, ev := range r.events {
			if ev.Kind == SourceLocked && ev.Remote == c.dest {
				locked++
			}
		}
		if want := map[bool]int{true: 1}[c.dest != peer]; locked != want {
			t.Errorf("%s: told of %d learned addresses, want %d", c.name, locked, want)
		}
	}
}

// A peer that names one public address and sends from its signalling's is heard; what it sends from the named one wins, and a
// third address stays refused throughout.
func TestTheNamedAddressTakesOver(t *testing.T) {
	signalled, third := addr("198.51.100.7:1024"), addr("203.0.113.5:1024")
	p := params()
	p.LearnFrom, p.Prefer = signalled.Addr(), true
	r := newRig(t, 80, p)
	k := newTalker()
	for i, c := range []struct {
		from  netip.AddrPort
		taken bool
		dest  netip.AddrPort
	}{
		{third, false, peer}, {signalled, true, signalled}, {third, false, signalled}, {addr("198.51.100.7:1025"), false, signalled},
		{peer, true, peer}, {signalled, false, peer}, {third, false, peer}, {peer, true, peer},
	} {
		before := r.s.Stats().Received
		r.s.receive(k.say(speech(160, 1)), c.from, 0)
		if st := r.s.Stats(); st.Received != before+map[bool]uint64{true: 1}[c.taken] || st.Remote != c.dest {
			t.Errorf("packet %d from %s: %d received after %d, sends to %s, want %s", i, c.from, st.Received, before, st.Remote, c.dest)
		}
	}
	r.flush()
	var locked []netip.AddrPort
	for _, ev := range r.events {
		if ev.Kind == SourceLocked {
			locked = append(locked, ev.Remote)
		}
	}
	if !slices.Equal(locked, []netip.AddrPort{signalled, peer}) {
		t.Errorf("told of %v", locked)
	}
}

// A stream says once that it drops packets, and not for a few late ones.
func TestDroppedIsToldOnce(t *testing.T) {
	r := newRig(t, 80, params())
	k := newTalker()
	third := addr("203.0.113.5:1024")
	dropped := func(n int) (told int) {
		for range n {
			r.s.receive(k.say(speech(160, 1)), third, 0)
		}
		r.flush()
		for _, ev := range r.events {
			if ev.Kind == Dropped && ev.Remote == third {
				told++
			}
		}
		return told
	}
	if n := dropped(tellRefused - 1); n != 0 {
		t.Errorf("told %d times of few packets", n)
	}
	if n := dropped(1); n != 1 {
		t.Errorf("told %d times", n)
	}
	r.configure(params())
	if n := dropped(500); n != 1 {
		t.Errorf("told %d times at the end", n)
	}
}

// What does not parse as RTP of a known type settles nothing.
func TestRubbishDoesNotLock(t *testing.T) {
	p := params()
	p.LearnFrom = netip.MustParseAddr("198.51.100.7")
	r := newRig(t, 80, p)
	k := newTalker()
	k.PayloadType = 97
	other := addr("198.51.100.7:6666")
	r.s.receive(k.say(make([]int16, 160)), other, 0)
	r.s.receive([]byte("hello"), other, 0)
	r.s.receive(nil, other, 0)
	sr, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{}})
	if err != nil {
		t.Fatal(err)
	}
	r.s.receive(sr, other, 0)
	if st := r.s.Stats(); st.Received != 0 || st.UnknownPT != 1 || st.Malformed != 3 || st.Remote != peer {
		t.Errorf("%+v", st)
	}
	k.PayloadType = 0
	r.s.receive(k.say(make([]int16, 160)), addr("198.51.100.7:7777"), 0)
	if st := r.s.Stats(); st.Received != 1 || st.Remote != addr("198.51.100.7:7777") {
		t.Errorf("%+v", st)
	}
}

// A re-INVITE, and nothing else, lets the source be learned anew.
func TestRelearn(t *testing.T) {
	p := params()
	p.LearnFrom = netip.MustParseAddr("198.51.100.7")
	r := newRig(t, 80, p)
	k := newTalker()
	a, b := addr("198.51.100.7:1111"), addr("198.51.100.7:2222")
	say := func(from netip.AddrPort) { r.s.receive(k.say(make([]int16, 160)), from, 0); r.run(160) }
	say(a)
	r.run(80000)
	say(b)
	if st := r.s.Stats(); st.Remote != a || st.Strangers != 1 {
		t.Errorf("silence alone opened the lock: %+v", st)
	}
	r.configure(p)
	if st := r.s.Stats(); st.Remote != peer {
		t.Errorf("after Configure packets go to %s", st.Remote)
	}
	say(b)
	say(a)
	if st := r.s.Stats(); st.Remote != b || st.Strangers != 2 || st.Received != 2 {
		t.Errorf("after Configure: %+v", st)
	}
	n := len(r.sent)
	r.run(160)
	if len(r.sent) != n+1 {
		t.Error("nothing is sent to the learned address")
	}
}

// A re-INVITE that changes nothing does not disturb the audio.
func TestConfigureAgainIsSeamless(t *testing.T) {
	r := newRig(t, 80, params())
	k := newTalker()
	pcm := speech(40000, 3)
	want := coded(pcm[16000:36000])
	var out []int16
	for i := 0; i < len(pcm); i += 160 {
		if i%4000 == 0 {
			r.configure(params())
		}
		r.arrive(k.say(pcm[i : i+160]))
		out = append(out, r.run(160)...)
	}
	if find(out, want) < 0 {
		t.Error("Configure disturbs what is played")
	}
	for i := 1; i < len(r.sent); i++ {
		if a, b := r.sent[i-1], r.sent[i]; b.SequenceNumber != a.SequenceNumber+1 || b.Timestamp != a.Timestamp+160 || b.Marker {
			t.Fatalf("Configure disturbs what is sent: %+v then %+v", a.Header, b.Header)
		}
	}
}

func TestRTCPFromStrangers(t *testing.T) {
	r := newRig(t, 80, params())
	c := &r.s.rtcp
	bye, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{}, &rtcp.Goodbye{Sources: []uint32{1}}})
	if err != nil {
		t.Fatal(err)
	}
	c.receive(bye, peer, time.Now()) // the RTP port is not the RTCP port
	c.receive(bye, addr("192.0.2.10:40001"), time.Now())
	if st := r.s.Stats(); st.RTCPStrangers != 2 {
		t.Errorf("%d strangers", st.RTCPStrangers)
	}
	r.flush()
	if len(r.events) != 0 {
		t.Errorf("a stranger says BYE: %+v", r.events)
	}
	c.receive([]byte{0x80, 200, 0, 99}, addr("192.0.2.9:40001"), time.Now())
	c.receive(bye, addr("192.0.2.9:40001"), time.Now())
	r.flush()
	if st := r.s.Stats(); len(r.events) != 1 || r.events[0].Kind != Bye || st.Malformed != 1 {
		t.Errorf("events %+v, %d malformed", r.events, st.Malformed)
	}
	p := params()
	p.RemoteRTCP = addr("192.0.2.11:9")
	r.configure(p)
	c.receive(bye, addr("192.0.2.9:40001"), time.Now())
	c.receive(bye, addr("192.0.2.11:9"), time.Now())
	if st := r.s.Stats(); st.RTCPStrangers != 3 {
		t.Errorf("%d strangers with a=rtcp", st.RTCPStrangers)
	}
}
