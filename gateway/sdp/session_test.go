package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"tipring/dsp/g711"

	pion "github.com/pion/sdp/v3"
)

func config() Config {
	return Config{Local: netip.MustParseAddrPort("192.0.2.1:4000"), Laws: []g711.Law{g711.ALaw, g711.MuLaw}, PtimeMs: 20, MinPtimeMs: 10,
		MaxPtimeMs: 60, DTMF: true, CN: true}
}

// description writes one with these media lines, in readable form.
func description(lines ...string) []byte {
	return []byte("v=0\r\no=x 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n" + strings.Join(lines, "\r\n") + "\r\n")
}

// opinion is pion's reading of what we wrote.
func opinion(t *testing.T, body []byte) *pion.SessionDescription {
	t.Helper()
	var d pion.SessionDescription
	if err := d.Unmarshal(body); err != nil {
		t.Fatalf("pion does not read what we wrote: %v\n%s", err, body)
	}
	return &d
}

func mline(t *testing.T, body []byte) string {
	t.Helper()
	opinion(t, body)
	for line := range strings.SplitSeq(string(body), "\r\n") {
		if strings.HasPrefix(line, "m=audio") {
			return line
		}
	}
	return ""
}

func TestOffer(t *testing.T) {
	s := NewSession(config())
	body := s.Offer(SendRecv)
	want := "m=audio 4000 RTP/AVP 8 0 13 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:13 CN/8000\r\na=rtpmap:101 telephone-event/8000\r\n" +
		"a=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
	if !strings.HasSuffix(string(body), want) {
		t.Errorf("%s", body)
	}
	d := opinion(t, body)
	if d.ConnectionInformation.Address.Address != "192.0.2.1" {
		t.Errorf("%+v", d.ConnectionInformation)
	}
}

func TestAnswer(t *testing.T) {
	for _, row := range []struct {
		name   string
		offer  []string
		mline  string // of the answer
		extra  string // further line of the answer
		result Result
	}{
		{"their order decides", []string{"m=audio 5000 RTP/AVP 0 8"}, "m=audio 4000 RTP/AVP 0", "a=sendrecv", Result{Law: g711.MuLaw, PT: 0, PtimeMs: 20, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}},
		{"telephone-event at any number, CN", []string{"m=audio 5000 RTP/AVP 18 8 97 13", "a=rtpmap:97 TELEPHONE-EVENT/8000/1", "a=rtpmap:18 G729/8000"},
			"m=audio 4000 RTP/AVP 8 13 97", "a=fmtp:97 0-16", Result{Law: g711.ALaw, PT: 8, PtimeMs: 20, DTMFPT: 97, DTMFRecvPT: 97, CNPT: 13}},
		{"telephone-event of another clock", []string{"m=audio 5000 RTP/AVP 8 98", "a=rtpmap:98 telephone-event/48000"}, "m=audio 4000 RTP/AVP 8", "", Result{Law: g711.ALaw, PT: 8, PtimeMs: 20, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}},
		{"a law at a dynamic number", []string{"m=audio 5000 RTP/AVP 96", "a=rtpmap:96 PCMU/8000"}, "m=audio 4000 RTP/AVP 96", "a=rtpmap:96 PCMU/8000", Result{Law: g711.MuLaw, PT: 96, PtimeMs: 20, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}},
		{"ptime", []string{"m=audio 5000 RTP/AVP 8", "a=ptime:30"}, "m=audio 4000 RTP/AVP 8", "a=ptime:30", Result{Law: g711.ALaw, PT: 8, PtimeMs: 30, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}},
		{"maxptime", []string{"m=audio 5000 RTP/AVP 8", "a=ptime:40", "a=maxptime:20"}, "m=audio 4000 RTP/AVP 8", "a=ptime:20", Result{Law: g711.ALaw, PT: 8, PtimeMs: 20, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}},
		{"ptime out of bounds", []string{"m=audio 5000 RTP/AVP 8", "a=ptime:200"}, "m=audio 4000 RTP/AVP 8", "a=ptime:60", Result{Law: g711.ALaw, PT: 8, PtimeMs: 60, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}},
		{"ptime that is none", []string{"m=audio 5000 RTP/AVP 8", "a=ptime:x"}, "m=audio 4000 RTP/AVP 8", "a=ptime:20", Result{Law: g711.ALaw, PT: 8, PtimeMs: 20, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}},
		{"a clear channel", []string{"m=audio 5000 RTP/AVP 98 101", "a=rtpmap:98 CLEARMODE/8000", "a=rtpmap:101 telephone-event/8000"}, "m=audio 4000 RTP/AVP 98",
			"a=rtpmap:98 CLEARMODE/8000", Result{Clear: true, PT: 98, PtimeMs: 20, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}},
		{"sound before a clear channel", []string{"m=audio 5000 RTP/AVP 98 8", "a=rtpmap:98 CLEARMODE/8000"}, "m=audio 4000 RTP/AVP 8", "",
			Result{Law: g711.ALaw, PT: 8, PtimeMs: 20, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}},
		{"feedback profile", []string{"m=audio 5000 RTP/AVPF 8"}, "m=audio 4000 RTP/AVPF 8", "", Result{Law: g711.ALaw, PT: 8, PtimeMs: 20, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := NewSession(config())
			body, r, err := s.Answer(description(row.offer...), SendRecv)
			if err != nil {
				t.Fatal(err)
			}
			if got := mline(t, body); got != row.mline {
				t.Errorf("%s, want %s", got, row.mline)
			}
			if !strings.Contains(string(body), row.extra+"\r\n") {
				t.Errorf("no %s in\n%s", row.extra, body)
			}
			row.result.Remote, row.result.Direction = netip.MustParseAddrPort("198.51.100.7:5000"), SendRecv
			if r != row.result {
				t.Errorf("%+v, want %+v", r, row.result)
			}
		})
	}
}

func TestSeveralMediaLines(t *testing.T) {
	s := NewSession(config())
	body, r, err := s.Answer(description("m=video 6000 RTP/AVP 31 32", "m=audio 0 RTP/AVP 8", "m=audio 5002 RTP/SAVP 8", "c=IN IP4 198.51.100.8", "m=audio 5000 RTP/AVP 8",
		"c=IN IP4 198.51.100.9", "a=rtcp:5500 IN IP4 198.51.100.9", "m=audio 5004 RTP/AVP 0", "m=image 7000 udptl t38"), SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(string(body), "\r\n") {
		if strings.HasPrefix(line, "m=") {
			lines = append(lines, line)
		}
	}
	// RFC 3264 §6: as many as offered, in their order, what is refused at port 0.
	want := []string{"m=video 0 RTP/AVP 31 32", "m=audio 0 RTP/AVP 8", "m=audio 0 RTP/SAVP 8", "m=audio 4000 RTP/AVP 8", "m=audio 0 RTP/AVP 0", "m=image 0 udptl t38"}
	if fmt.Sprint(lines) != fmt.Sprint(want) {
		t.Errorf("%q\nwant\n%q", lines, want)
	}
	if r.Remote.String() != "198.51.100.9:5000" || r.RemoteRTCP.String() != "198.51.100.9:5500" {
		t.Errorf("%+v", r)
	}
	// A later offer of ours keeps every line (§8).
	if again := string(s.Offer(SendOnly)); strings.Count(again, "m=") != len(want) || !strings.Contains(again, "m=video 0") || !strings.Contains(again, "a=sendonly") {
		t.Errorf("%s", again)
	}
}

func TestRefused(t *testing.T) {
	for _, row := range []struct {
		name string
		body []byte
		want error
	}{
		{"no audio", description("m=video 5000 RTP/AVP 31"), ErrUnacceptable},
		{"no media", description(), ErrUnacceptable},
		{"only G.729", description("m=audio 5000 RTP/AVP 18"), ErrUnacceptable},
		{"only telephone-event", description("m=audio 5000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"), ErrUnacceptable},
		{"encrypted", description("m=audio 5000 RTP/SAVP 8"), ErrUnacceptable},
		{"port 0", description("m=audio 0 RTP/AVP 8"), ErrUnacceptable},
		{"PCMU at PCMA's number", description("m=audio 5000 RTP/AVP 8", "a=rtpmap:8 PCMU/8000"), ErrUnacceptable},
		{"16 kHz", description("m=audio 5000 RTP/AVP 96", "a=rtpmap:96 PCMU/16000"), ErrUnacceptable},
		{"two channels", description("m=audio 5000 RTP/AVP 96", "a=rtpmap:96 PCMU/8000/2"), ErrUnacceptable},
		{"multicast", description("m=audio 5000 RTP/AVP 8", "c=IN IP4 224.2.1.1/127"), ErrUnacceptable},
		{"a name for an address", description("m=audio 5000 RTP/AVP 8", "c=IN IP4 host.example.com"), ErrUnacceptable},
		{"no address", []byte("v=0\r\no=x 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n"), ErrUnacceptable},
		{"empty", nil, ErrMalformed},
		{"text", []byte("hello"), ErrMalformed},
		{"no origin", []byte("v=0\r\nm=audio 1 RTP/AVP 8\r\n"), ErrMalformed},
		{"version 1", []byte("v=1\r\n"), ErrMalformed},
		{"no version", []byte("o=x 1 1 IN IP4 h\r\nv=0\r\n"), ErrMalformed},
		{"origin of five", []byte("v=0\r\no=x 1 1 IN IP4\r\n"), ErrMalformed},
		{"port beyond", description("m=audio 65536 RTP/AVP 8"), ErrMalformed},
		{"negative port", description("m=audio -1 RTP/AVP 8"), ErrMalformed},
		{"no format", description("m=audio 5000 RTP/AVP"), ErrMalformed},
		{"wrong family", description("m=audio 5000 RTP/AVP 8", "c=IN IP6 192.0.2.1"), ErrMalformed},
		{"no family", description("m=audio 5000 RTP/AVP 8", "c=IN 192.0.2.1"), ErrMalformed},
		{"rtpmap without an encoding", description("m=audio 5000 RTP/AVP 96", "a=rtpmap:96"), ErrMalformed},
		{"NUL", description("m=audio 5000 RTP/AVP 8", "a=\x00"), ErrMalformed},
		{"a line without =", description("m=audio 5000 RTP/AVP 8", "sendrecv"), ErrMalformed},
		{"too long", []byte("v=0\r\n" + strings.Repeat("a=x\r\n", 5000)), ErrMalformed},
		{"too many lines", []byte("v=0\n" + strings.Repeat("a=\n", 2000)), ErrMalformed},
		{"too many media", description(strings.Repeat("m=a 0 x 1\r\n", 40)), ErrMalformed},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := NewSession(config())
			if _, r, err := s.Answer(row.body, SendRecv); !errors.Is(err, row.want) {
				t.Errorf("%+v, %v", r, err)
			}
			if _, agreed := s.Result(); agreed {
				t.Error("something was agreed")
			}
			s.Offer(SendRecv)
			if _, err := s.Accept(row.body); !errors.Is(err, row.want) {
				t.Errorf("as an answer: %v", err)
			}
		})
	}
}

func TestTolerated(t *testing.T) {
	for name, body := range map[string]string{
		"line feeds alone":         "v=0\no=x 1 1 IN IP4 h\ns=-\nc=IN IP4 198.51.100.7\nt=0 0\nm=audio 5000 RTP/AVP 8\n",
		"no s= and no t=":          "v=0\r\no=x 1 1 IN IP4 h\r\nc=IN IP4 198.51.100.7\r\nm=audio 5000 RTP/AVP 8\r\n",
		"c= after a=":              "v=0\r\no=x 1 1 IN IP4 h\r\ns=-\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\na=ptime:20\r\nc=IN IP4 198.51.100.7\r\n",
		"no line end at the end":   "v=0\r\no=x 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8",
		"blanks and unknown lines": "v=0 \r\no=x 1 1 IN IP4 h\r\ns=-\r\nX=?\r\nc=IN  IP4 198.51.100.7\r\nt=0 0\r\nm=audio  5000/2 RTP/AVP  8 \r\n\r\na=unknown:1\r\n",
		"huge session ids":         "v=0\r\no=x 99999999999999999999999 99999999999999999999999 IN IP4 h\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n",
	} {
		if _, r, err := NewSession(config()).Answer([]byte(body), SendRecv); err != nil || r.Remote.String() != "198.51.100.7:5000" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestIPv6(t *testing.T) {
	c := config()
	c.Local = netip.MustParseAddrPort("[2001:db8::1]:4000")
	body, r, err := NewSession(c).Answer([]byte("v=0\r\no=x 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 2001:db8::7\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n"), SendRecv)
	if err != nil || r.Remote.String() != "[2001:db8::7]:5000" {
		t.Fatalf("%+v, %v", r, err)
	}
	if d := opinion(t, body); d.ConnectionInformation.AddressType != "IP6" || d.ConnectionInformation.Address.Address != "2001:db8::1" {
		t.Errorf("%s", body)
	}
}

// RFC 3264 §6.1, all of it: offered, wanted, answered.
func TestDirections(t *testing.T) {
	all := []Direction{SendRecv, SendOnly, RecvOnly, Inactive}
	want := [4][4]Direction{ // [offered][wanted]
		{SendRecv, SendOnly, RecvOnly, Inactive},
		{RecvOnly, Inactive, RecvOnly, Inactive},
		{SendOnly, SendOnly, Inactive, Inactive},
		{Inactive, Inactive, Inactive, Inactive},
	}
	for i, offered := range all {
		for j, wanted := range all {
			s := NewSession(config())
			body, r, err := s.Answer(description("m=audio 5000 RTP/AVP 8", "a="+offered.String()), wanted)
			if err != nil || r.Direction != want[i][j] || !strings.Contains(string(body), "a="+want[i][j].String()+"\r\n") {
				t.Errorf("%v offered, %v wanted: %v, %v", offered, wanted, r.Direction, err)
			}
			if r.Hold != !offered.Recv() {
				t.Errorf("%v offered: hold is %v", offered, r.Hold)
			}
			// The same as the answer to an offer of ours.
			o := NewSession(config())
			o.Offer(wanted)
			r, err = o.Accept(description("m=audio 5000 RTP/AVP 8", "a="+offered.String()))
			if err != nil || r.Direction != want[i][j] {
				t.Errorf("%v offered, %v answered: %v, %v", wanted, offered, r.Direction, err)
			}
		}
	}
}

func TestSessionLevelDirection(t *testing.T) {
	body := []byte("v=0\r\no=x 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\na=sendonly\r\nm=audio 5000 RTP/AVP 8\r\n")
	if _, r, _ := NewSession(config()).Answer(body, SendRecv); r.Direction != RecvOnly {
		t.Errorf("%v", r.Direction)
	}
	if _, r, _ := NewSession(config()).Answer(append(body, "a=sendrecv\r\n"...), SendRecv); r.Direction != SendRecv {
		t.Errorf("the medium's own direction: %v", r.Direction)
	}
}

func TestHoldByAddress(t *testing.T) {
	s := NewSession(config())
	body, r, err := s.Answer(description("m=audio 5000 RTP/AVP 8", "c=IN IP4 0.0.0.0"), SendRecv)
	if err != nil || !r.Hold || r.Remote.IsValid() || r.Direction != RecvOnly || !strings.Contains(string(body), "a=recvonly") {
		t.Errorf("%+v, %v\n%s", r, err, body)
	}
}

func versionOf(t *testing.T, body []byte) uint64 {
	t.Helper()
	return opinion(t, body).Origin.SessionVersion
}

func TestVersionGrowsWithChangesOnly(t *testing.T) {
	s := NewSession(config())
	offer := s.Offer(SendRecv)
	v := versionOf(t, offer)
	if _, err := s.Accept(description("m=audio 5000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000")); err != nil {
		t.Fatal(err)
	}
	if again := s.Offer(SendRecv); versionOf(t, again) != v {
		t.Error("the same offer has another version")
	}
	s.Withdraw()
	if hold := s.Offer(SendOnly); versionOf(t, hold) != v+1 {
		t.Error("another offer has not the next version")
	}
	s.Withdraw()
	id := opinion(t, offer).Origin.SessionID
	if body, _, _ := s.Answer(description("m=audio 5000 RTP/AVP 8"), SendRecv); versionOf(t, body) != v+2 || opinion(t, body).Origin.SessionID != id {
		t.Error("an answer has not the next version of the session")
	}
}

func TestAcceptNumbers(t *testing.T) {
	s := NewSession(config())
	s.Offer(SendRecv)
	// §5.1: what is received bears the offer's number, what is sent the answer's.
	r, err := s.Accept(description("m=audio 5000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/8000"))
	if err != nil || r.DTMFPT != 96 || r.DTMFRecvPT != DTMFPT || r.PT != 0 || r.Law != g711.MuLaw {
		t.Errorf("%+v, %v", r, err)
	}
	if got := mline(t, s.Offer(SendOnly)); !strings.HasPrefix(got, "m=audio 4000 RTP/AVP 0 8") {
		t.Errorf("the agreed law is not first: %s", got)
	}
}

func TestAFailedOfferLeavesWhatWasAgreed(t *testing.T) {
	s := NewSession(config())
	_, before, err := s.Answer(description("m=audio 5000 RTP/AVP 0"), SendRecv)
	if err != nil {
		t.Fatal(err)
	}
	s.Offer(SendOnly)
	if !s.Pending() {
		t.Error("no offer is out")
	}
	s.Withdraw()
	s.Answer(description("m=audio 5000 RTP/AVP 18"), SendRecv)
	if r, ok := s.Result(); !ok || r != before || s.Pending() {
		t.Errorf("%+v", r)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(description("m=audio 5000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000", "a=ptime:20", "a=sendonly"))
	f.Add(description("m=video 1 RTP/AVP 31", "m=audio 5000 RTP/AVPF 96", "a=rtpmap:96 PCMA/8000/1", "c=IN IP6 ::1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		s := NewSession(config())
		answer, r, err := s.Answer(body, SendRecv)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrUnacceptable) {
				t.Fatalf("neither malformed nor unacceptable: %v", err)
			}
			return
		}
		// Our answer is a fair one: as an answer to itself it can be read, and it has a line for every one offered.
		d, err := Parse(answer)
		if err != nil {
			t.Fatalf("%v\n%q\nto\n%q", err, answer, body)
		}
		o, _ := Parse(body)
		if len(d.Media) != len(o.Media) {
			t.Fatalf("%d lines for %d", len(d.Media), len(o.Media))
		}
		if r.PtimeMs < 10 || r.PtimeMs > 60 || r.PtimeMs%10 != 0 || r.PT > 127 || r.Remote.IsValid() && r.Remote.Addr().IsUnspecified() {
			t.Fatalf("%+v", r)
		}
	})
}

func BenchmarkAnswer(b *testing.B) {
	offer := description("m=audio 5000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000", "a=ptime:20")
	for b.Loop() {
		NewSession(config()).Answer(offer, SendRecv)
	}
}

// An offer of a clear channel has nothing else (RFC 4040), takes no sound for an answer, and stays one of octets.
func TestClearChannel(t *testing.T) {
	cfg := config()
	cfg.Clear = true
	s := NewSession(cfg)
	if got := mline(t, s.Offer(SendRecv)); got != "m=audio 4000 RTP/AVP 97" {
		t.Errorf("offered %s", got)
	}
	if _, err := s.Accept(description("m=audio 5000 RTP/AVP 8")); !errors.Is(err, ErrUnacceptable) {
		t.Errorf("sound is taken: %v", err)
	}
	s.Reopen()
	r, err := s.Accept(description("m=audio 5000 RTP/AVP 99", "a=rtpmap:99 clearmode/8000"))
	if err != nil || !r.Clear || r.PT != 99 || r.RecvPT != ClearPT {
		t.Errorf("%+v, %v", r, err)
	}
	// A call of sound does not become one of octets, nor the other way round.
	sound := NewSession(config())
	if _, _, err := sound.Answer(description("m=audio 5000 RTP/AVP 8"), SendRecv); err != nil {
		t.Fatal(err)
	}
	if _, _, err := sound.Answer(description("m=audio 5000 RTP/AVP 98", "a=rtpmap:98 CLEARMODE/8000"), SendRecv); !errors.Is(err, ErrUnacceptable) {
		t.Errorf("a call of sound becomes one of octets: %v", err)
	}
	if _, _, err := s.Answer(description("m=audio 5000 RTP/AVP 8"), SendRecv); !errors.Is(err, ErrUnacceptable) {
		t.Errorf("a call of octets becomes one of sound: %v", err)
	}
}
