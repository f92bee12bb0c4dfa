package rtp

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tipring/dsp/cng"
	"tipring/dsp/dtmf"
	"tipring/dsp/g711"
	"tipring/dsp/level"
)

func TestParamsAreChecked(t *testing.T) {
	for _, c := range []struct {
		change func(*Params)
		want   string
	}{
		{func(p *Params) { p.PtimeMs = 5 }, "packet time 5 ms"},
		{func(p *Params) { p.PtimeMs = 70 }, "packet time 70 ms"},
		{func(p *Params) { p.PT = 128 }, "payload type 128"},
		{func(p *Params) { p.Law = g711.ALaw }, "payload type 0 is not PCMA"},
		{func(p *Params) { p.PT = 8 }, "payload type 8 is not PCMU"},
		{func(p *Params) { p.DTMFPT = 200 }, "telephone-event payload type 200"},
		{func(p *Params) { p.CNPT = 130 }, "comfort noise payload type 130"},
		{func(p *Params) { p.Timeout = -1 }, "timeout of -1"},
	} {
		r := newRig(t, 80, params())
		p := params()
		p.Remote = addr("192.0.2.200:2")
		c.change(&p)
		if err := r.s.Configure(p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
		if r.s.Stats().Remote != peer {
			t.Error("a refused Configure has changed something")
		}
	}
}

func TestDirection(t *testing.T) {
	r := newRig(t, 80, params())
	k := newTalker()
	pcm := speech(64000, 2)
	heard := func(send, recv bool) (sent int, played float64) {
		p := params()
		p.Send, p.Recv = send, recv
		r.configure(p)
		r.sent = r.sent[:0]
		var out []int16
		for i := 0; i < 16000; i += 160 {
			r.arrive(k.say(pcm[i : i+160]))
			out = append(out, r.run(160)...)
		}
		return len(r.sent), float64(level.Of(out[8000:]))
	}
	for _, c := range []struct{ send, recv bool }{{true, true}, {false, true}, {true, false}, {false, false}, {true, true}} {
		sent, played := heard(c.send, c.recv)
		if (sent == 100) != c.send || (sent == 0) == c.send {
			t.Errorf("send %v, recv %v: %d packets", c.send, c.recv, sent)
		}
		if (played > -30) != c.recv || (played == float64(level.Silence)) == c.recv {
			t.Errorf("send %v, recv %v: %.1f dBm0 played", c.send, c.recv, played)
		}
	}
	if first := r.sent[0]; !first.Marker {
		t.Error("the first packet after hold has no marker")
	}
	if st := r.s.Stats(); st.Received != 500 || st.Lost != 0 || st.IngressDropped != 0 {
		t.Errorf("%+v", st)
	}
}

func TestMediaTimeout(t *testing.T) {
	p := params()
	p.Timeout = 16000
	r := newRig(t, 80, p)
	k := newTalker()
	said := func() (kinds []EventKind) {
		for _, ev := range r.events {
			kinds = append(kinds, ev.Kind)
		}
		r.events = nil
		return kinds
	}
	r.run(15920)
	if got := said(); len(got) != 0 {
		t.Fatalf("too early: %v", got)
	}
	r.run(240)
	if got := said(); !slices.Equal(got, []EventKind{MediaTimeout}) {
		t.Fatalf("after the timeout: %v", got)
	}
	r.run(32000)
	if got := said(); len(got) != 0 {
		t.Fatalf("told twice: %v", got)
	}
	r.arrive(k.say(make([]int16, 160)))
	r.run(8000)
	if got := said(); !slices.Equal(got, []EventKind{MediaResumed}) {
		t.Fatalf("after a packet: %v", got)
	}
	r.s.recv.heard.Add(1) // RTCP counts as life
	r.run(15920)
	if got := said(); len(got) != 0 {
		t.Fatalf("RTCP does not count: %v", got)
	}
	p.Recv = false
	r.configure(p)
	r.run(48000)
	if got := said(); len(got) != 0 {
		t.Fatalf("on hold: %v", got)
	}
	p.Recv = true
	r.configure(p)
	r.run(15920)
	if got := said(); len(got) != 0 {
		t.Fatalf("just after hold: %v", got)
	}
	r.run(240)
	if got := said(); !slices.Equal(got, []EventKind{MediaTimeout}) {
		t.Fatalf("after hold: %v", got)
	}
}

// A stream that is moved to another card, whose sample count is another, goes on as if nothing had happened.
func TestMoveToAnotherCard(t *testing.T) {
	for _, to := range []int64{0, 800, 1 << 40} {
		p := digitParams()
		p.Timeout = 40000
		r := newRig(t, 80, p)
		r.at = 1 << 30
		k := newTalker()
		pcm := speech(48000, 3)
		talk := func(pcm []int16) (out []int16) {
			for i := 0; i < len(pcm); i += 160 {
				r.arrive(k.say(pcm[i : i+160]))
				out = append(out, r.run(160)...)
			}
			return out
		}
		talk(pcm[:16000])
		r.s.Digits(r.at, []dtmf.Event{{Kind: dtmf.Suspect}, {Kind: dtmf.Start, Digit: '1'}})
		talk(pcm[:1600])
		r.at = to
		n := len(r.sent)
		if find(talk(pcm), coded(pcm[32000:44000])) < 0 {
			t.Errorf("to %d: what is played is not what was sent", to)
		}
		last, first := r.sent[n-1], r.sent[len(r.sent)-1]
		for _, sp := range r.sent[n:] {
			if sp.PayloadType == 0 {
				first = sp
				break
			}
		}
		if gap := first.Timestamp - last.Timestamp; gap > 4000 || !first.Marker {
			t.Errorf("to %d: the timestamp goes on by %d, marker %v", to, gap, first.Marker)
		}
		for _, ev := range r.events {
			t.Errorf("to %d: %+v", to, ev)
		}
		r.run(40080)
		if len(r.events) != 1 || r.events[0].Kind != MediaTimeout {
			t.Errorf("to %d: events %+v", to, r.events)
		}
	}
}

func TestReceivedComfortNoise(t *testing.T) {
	r := newRig(t, 80, params())
	k := newTalker()
	pcm := speech(8000, 2)
	for i := 0; i < 8000; i += 160 {
		r.arrive(k.say(pcm[i : i+160]))
		r.run(160)
	}
	k.PayloadType = 13
	r.arrive(k.raw(cng.White(-45).AppendRFC3389(nil)))
	k.PayloadType = 0
	before := r.s.Stats()
	out := r.run(24000)
	if got := level.Of(out[2000:]); math.Abs(float64(got)+45) > 1 {
		t.Errorf("comfort noise of %.1f dBm0, want -45", got)
	}
	if st := r.s.Stats(); st.ConcealedSamples != before.ConcealedSamples {
		t.Errorf("%d samples concealed in a pause", st.ConcealedSamples-before.ConcealedSamples)
	}
	k.Timestamp += 24000
	k.Marker = true
	r.arrive(k.say(pcm[:160]))
	k.Marker = false
	out = nil
	for i := 160; i < 8000; i += 160 {
		r.arrive(k.say(pcm[i : i+160]))
		out = append(out, r.run(160)...)
	}
	if find(out, coded(pcm[3200:6000])) < 0 {
		t.Error("the audio after the pause is not as it was sent")
	}
	r.s.VoiceBand(true)
	k.PayloadType = 13
	r.arrive(k.raw(cng.White(-30).AppendRFC3389(nil)))
	if got := level.Of(r.run(8000)[4000:]); got != level.Silence {
		t.Errorf("noise of %.1f dBm0 in voice-band data", got)
	}
}

func TestSendingComfortNoise(t *testing.T) {
	p := params()
	p.CNPT, p.DTX = 13, true
	r := newRig(t, 80, p)
	gen := cng.NewGenerator(3)
	gen.SetLevel(-50)
	pcm := make([]int16, 80000)
	gen.Read(pcm)
	for i, v := range speech(16000, 4) {
		pcm[24000+i] += v
		pcm[56000+i] += v
	}
	for i := 0; i < len(pcm); i += 80 {
		r.tick(pcm[i : i+80])
	}
	audio, noise := 0, 0
	spoken := make([]bool, len(pcm)+160)
	for i, sp := range r.sent {
		at := int(sp.Timestamp - r.s.sender.offset)
		switch sp.PayloadType {
		case 0:
			audio++
			for j := range 160 {
				spoken[at+j] = true
			}
			if prev := i - 1; prev >= 0 && r.sent[prev].PayloadType == 13 != sp.Marker {
				t.Errorf("packet at %d: marker %v", at, sp.Marker)
			}
		case 13:
			noise++
			if n, err := cng.FromRFC3389(sp.Payload); err != nil || math.Abs(float64(n.Level)+50) > 3 {
				t.Errorf("noise %+v, %v", n, err)
			}
		}
	}
	if noise < 3 || noise > 12 || audio > 350 {
		t.Errorf("%d noise and %d audio packets in 10 s with 4 s of speech", noise, audio)
	}
	for _, from := range []int{24000, 56000} {
		if i := slices.Index(spoken[from:from+16000], false); i >= 0 {
			t.Errorf("sample %d of the speech was not sent", i)
		}
	}
}

// A pump that does not run loses packets, and they are counted.
func TestFullRings(t *testing.T) {
	r := newRig(t, 80, params())
	k := newTalker()
	for range ingressSlots + 10 {
		r.arrive(k.say(make([]int16, 160)))
	}
	if st := r.s.Stats(); st.IngressDropped != 10 {
		t.Errorf("%d packets dropped inwards, want 10", st.IngressDropped)
	}
	rx, tx := make([]int16, 160), make([]int16, 160)
	for i := range egressSlots + 5 {
		r.s.Tick(int64(i*160), rx, tx)
	}
	if st := r.s.Stats(); st.EgressDropped != 5 {
		t.Errorf("%d packets dropped outwards, want 5", st.EgressDropped)
	}
}

func TestTickAllocatesNothing(t *testing.T) {
	p := digitParams()
	p.CNPT, p.DTX, p.Timeout = 13, true, 800
	r := newRig(t, 80, p)
	k := newTalker()
	pcm := speech(160, 1)
	audio := k.say(pcm)
	long := make([]byte, headerLen+800)
	copy(long, audio)
	event := k.telephone(100, true, telephoneEvent{event: 5, volume: 10, duration: 160})
	noise := append(append([]byte(nil), audio[:headerLen]...), 50, 127, 100)
	noise[1] = 13
	rx, tx := speech(80, 2), make([]int16, 80)
	evs := [2][]dtmf.Event{
		{{Kind: dtmf.Suspect, At: -20}, {Kind: dtmf.Start, At: -20, Digit: '5', LowDBm0: -8, HighDBm0: -8}},
		{{Kind: dtmf.End, At: 3, Digit: '5', Dur: 500}},
	}
	seq, i := uint16(1), 0
	send := func(b []byte, ts uint32) {
		seq++
		b[2], b[3] = byte(seq>>8), byte(seq)
		b[4], b[5], b[6], b[7] = byte(ts>>24), byte(ts>>16), byte(ts>>8), byte(ts)
		r.s.receive(b, peer, samples(int(r.at)))
	}
	r.s.receive(audio, peer, 0)
	step := func() {
		switch i++; i % 40 {
		case 0:
			send(long, uint32(r.at))
		case 7:
			send(event, uint32(r.at))
		case 8:
			_ = r.s.SendDigit('3', 60)
		case 12:
			send(noise, uint32(r.at))
		case 15, 25:
			r.s.Digits(r.at, evs[i/10%2])
		case 30:
			r.s.VoiceBand(i%80 == 30)
		default:
			if i%2 == 1 {
				send(audio, uint32(r.at))
			}
		}
		r.s.Tick(r.at, rx, tx)
		r.at += 80
		r.s.send(samples(int(r.at)))
		for len(r.s.engine.events) > 0 {
			<-r.s.engine.events
		}
	}
	r.s.pair.rtp.(*fakeConn).w.lost = nil
	cycle := func() { // AllocsPerRun rounds down: one run does everything
		for range 80 {
			step()
		}
	}
	for range 5 {
		cycle()
	}
	if n := testing.AllocsPerRun(50, cycle); n != 0 {
		t.Errorf("%v allocations in 80 blocks", n)
	}
	if st := r.s.Stats(); st.DigitsSent == 0 || st.DigitsReceived == 0 || st.Malformed != 0 || st.UnknownPT != 0 {
		t.Errorf("the test does not do what it should: %+v", st)
	}
}

func TestPorts(t *testing.T) {
	w := newWire()
	e, err := NewEngine(Config{IP: localIP, ListenPacket: w.listen, PortMin: 10001, PortMax: 10008})
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	var open []*Stream
	for range 3 {
		s, err := e.Open("")
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, s)
		got = append(got, int(s.Local().Port()))
	}
	slices.Sort(got)
	if !slices.Equal(got, []int{10002, 10004, 10006}) {
		t.Errorf("ports %v", got)
	}
	if _, err := e.Open(""); err == nil || !strings.Contains(err.Error(), "all 3 port pairs of 10001-10008 are in use") {
		t.Errorf("error %v", err)
	}
	open[1].Close()
	s, err := e.Open("")
	if err != nil || s.Local() != open[1].Local() {
		t.Errorf("%v, %v: the freed pair is not used again", s, err)
	}
	s.Close()
	open[0].Close()
	open[2].Close()
	e.readers.Wait()
	// A pair just closed is the last to be used again.
	a, err := e.Open("")
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	b, err := e.Open("")
	if err != nil {
		t.Fatal(err)
	}
	if a.Local() == b.Local() {
		t.Errorf("port %d is used again at once", a.Local().Port())
	}
	b.Close()
	e.readers.Wait()
	for _, c := range []Config{
		{PortMin: 10001, PortMax: 10008},
		{IP: localIP, PortMin: 10001, PortMax: 10002},
		{IP: localIP, PortMin: 10008, PortMax: 10002},
		{IP: localIP, MinDepthMs: 600},
		{IP: localIP, MinDepthMs: 80, MaxDepthMs: 60},
		{IP: localIP, MaxDepthMs: 501},
	} {
		if _, err := NewEngine(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

func TestAnyPortIsEven(t *testing.T) {
	e, err := NewEngine(Config{IP: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	defer e.readers.Wait() // with the last stream the last goroutine ends, although Run was never called
	for range 20 {
		s, err := e.Open("")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if p := s.Local().Port(); p == 0 || p%2 != 0 || addrPort(s.pair.rtcp).Port() != p+1 {
			t.Errorf("RTP %v, RTCP %v", s.Local(), addrPort(s.pair.rtcp))
		}
	}
}
