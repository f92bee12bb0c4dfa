package sdp

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	pion "github.com/pion/sdp/v3"
)

// Each is a description that pion refuses as it is, which is the reason for split.
func TestWhatPionRefusesIsRead(t *testing.T) {
	const head = "v=0\r\no=x 1 1 IN IP4 h\r\ns=-\r\n"
	const rest = "c=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n"
	for name, body := range map[string]string{
		"T.38":                     head + rest + "m=image 5002 udptl t38\r\na=T38FaxVersion:0\r\n",
		"a transport of nobody":    head + rest + "m=audio 5002 rtp/avp 8\r\n",
		"a name as a port range":   head + rest + "m=video 5002/x RTP/AVP 31\r\n",
		"a wrong c= beside":        head + rest + "m=video 5002 RTP/AVP 31\r\nc=IN 192.0.2.1\r\n",
		"a bandwidth of no type":   head + "b=FOO:64\r\n" + rest,
		"a bandwidth of the audio": head + rest + "b=64\r\n",
		"a URI that is none":       head + "u=http://[\r\n" + rest,
		"a line out of order":      head + "t=0 0\r\ni=late\r\n" + rest,
		"a repeat without offsets": head + "t=0 0\r\nr=x\r\n" + rest,
		"time of no number":        head + "t=now later\r\n" + rest[len("c=IN IP4 198.51.100.7\r\nt=0 0\r\n"):] + "c=IN IP4 198.51.100.7\r\n",
		"two connections":          head + "c=IN IP4 198.51.100.6\r\n" + rest,
		"a negative session id":    "v=0\r\no=x -1 1 IN IP4 h\r\ns=-\r\n" + rest,
		"a session id of letters":  "v=0\r\no=x 1 a.b IN IP4 h\r\ns=-\r\n" + rest,
		"no s=":                    "v=0\r\no=x 1 1 IN IP4 h\r\n" + rest,
		"no end of the last a=":    head + rest + "a=sendrecv",
		"blanks before a field":    head + rest[:len(rest)-len("m=audio 5000 RTP/AVP 8\r\n")] + "m= audio 5000 RTP/AVP 8\r\n",
	} {
		if new(pion.SessionDescription).UnmarshalString(body) == nil {
			t.Errorf("%s: pion reads it", name)
		}
		if _, r, err := NewSession(config()).Answer([]byte(body), SendRecv); err != nil || r.Remote.String() != "198.51.100.7:5000" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestOriginIsKeptAsText(t *testing.T) {
	d, err := Parse([]byte("v=0\no=x 99999999999999999999999 -7 IN IP4 h\n"))
	if err != nil || d.SessionID != "99999999999999999999999" || d.SessionVersion != "-7" {
		t.Errorf("%+v, %v", d, err)
	}
}

// Of a section that is not for us its lines say nothing about the one that is.
func TestSectionsDoNotMix(t *testing.T) {
	d, err := Parse(description("m=image 1 udptl t38", "a=inactive", "c=IN IP4 192.0.2.66", "m=audio 5000 RTP/AVP 96", "a=rtpmap:96 PCMA/8000", "m=audio 5002 RTP/AVP 96",
		"a=recvonly", "m=video 2 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=sendonly"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range d.Media {
		got = append(got, fmt.Sprintf("%s %d %v %v %q", m.Kind, m.Port, m.Addr, m.Direction, m.encoding("96")))
	}
	want := []string{`image 1 198.51.100.7 sendrecv ""`, `audio 5000 198.51.100.7 sendrecv "pcma/8000"`, `audio 5002 198.51.100.7 recvonly ""`,
		`video 2 198.51.100.7 sendrecv ""`}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}

// An error of pion, which knows no lines, is found at the line of the peer's text.
func TestErrorsHaveTheLine(t *testing.T) {
	for _, row := range []struct {
		lines []string // behind five of description
		want  string
	}{
		{[]string{"m=image 1 udptl t38", "a=x", "m=audio 5000 RTP/AVP 8", "a=x", "b=AS:64", "c=OUT IP4 192.0.2.1", "a=y"}, "line 11: cannot be read: \"c=OUT IP4 192.0.2.1\""},
		{[]string{"m=audio 5000 RTP/AVP 8", "m=audio 99999 RTP/AVP 8", "a=x"}, "line 7: cannot be read"},
		{[]string{"m=video 5000 RTP/AVP 8", "m=video no RTP/AVP 8"}, "line 7: media port is no port"},
		{[]string{"m=audio 5000 RTP/AVP 8", "", "c=IN IP4"}, "line 8: connection"},
		{[]string{"a=x", "c=IN IP6 192.0.2.1"}, "line 7: connection address is of another family"},
		{[]string{"m=audio 5000 RTP/AVP 8", "v=0"}, "line 7: version"},
		{[]string{"m=audio 5000 RTP/AVP 8", "c=IN IPX " + strings.Repeat("\x01", 5000)}, "line 7: cannot be read"},
	} {
		_, err := Parse(description(row.lines...))
		if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), row.want) || len(err.Error()) > 400 {
			t.Errorf("%q: %v, want %s", row.lines, err, row.want)
		}
	}
	_, err := Parse([]byte("v=0\no=x 1 1 ATM NSAP h\n"))
	if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "line 2: ") {
		t.Errorf("%v", err)
	}
}

// What is written, to the octet; the identifier and the version are random.
func TestWholeAnswer(t *testing.T) {
	s := NewSession(config())
	body, _, err := s.Answer(description("m=image 7000 udptl t38", "m=audio 5000/2 RTP/AVP 0 97", "a=rtpmap:97 telephone-event/8000", "m=video 1 UDP/TLS/RTP/SAVPF 31 *"), RecvOnly)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("v=0\r\no=- %d %d IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n", s.id, s.id) +
		"m=image 0 udptl t38\r\nm=audio 4000 RTP/AVP 0 97\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-16\r\na=ptime:20\r\na=recvonly\r\n" +
		"m=video 0 UDP/TLS/RTP/SAVPF 31 *\r\n"
	if string(body) != want {
		t.Errorf("%q\nwant\n%q", body, want)
	}
}
