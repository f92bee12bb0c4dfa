package rtp

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/cmd/peers"
	"tipring/dsp/dtmf"
)

// A capture is a file of the libpcap format, version 2.4, with raw IPv4 packets (link type 101).
type capture struct{ b []byte }

func newCapture() *capture {
	c := &capture{}
	for _, v := range []any{uint32(0xA1B2C3D4), uint16(2), uint16(4), int32(0), uint32(0), uint32(65535), uint32(101)} {
		c.b, _ = binary.Append(c.b, binary.LittleEndian, v)
	}
	return c
}

func (c *capture) add(at time.Duration, payload []byte, from, to netip.AddrPort) {
	total := 28 + len(payload)
	for _, v := range []uint32{uint32(at / time.Second), uint32(at % time.Second / time.Microsecond), uint32(total), uint32(total)} {
		c.b = binary.LittleEndian.AppendUint32(c.b, v)
	}
	ip := make([]byte, 20)
	ip[0], ip[8], ip[9] = 0x45, 64, 17
	binary.BigEndian.PutUint16(ip[2:], uint16(total))
	src, dst := from.Addr().As4(), to.Addr().As4()
	copy(ip[12:], src[:])
	copy(ip[16:], dst[:])
	sum := uint32(0)
	for i := 0; i < 20; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(ip[i:]))
	}
	binary.BigEndian.PutUint16(ip[10:], ^uint16(sum+sum>>16))
	c.b = append(c.b, ip...)
	for _, v := range []uint16{from.Port(), to.Port(), uint16(8 + len(payload)), 0} {
		c.b = binary.BigEndian.AppendUint16(c.b, v)
	}
	c.b = append(c.b, payload...)
}

// dissect has tshark print fields of each packet; what does not dissect is an error.
func (c *capture) dissect(t *testing.T, options string, fields ...string) [][]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rtp.pcap")
	if err := os.WriteFile(file, c.b, 0o666); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-r", file, "-T", "fields", "-e", "_ws.malformed", "-e", "_ws.expert.message"}, strings.Fields(options)...)
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command(peers.Need(t, "tshark")[0], args...).Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	var rows [][]string
	for line := range strings.Lines(string(out)) {
		row := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if row[0] != "" || row[1] != "" {
			t.Errorf("tshark: packet %d: %s %s", len(rows), row[0], row[1])
		}
		rows = append(rows, row[2:])
	}
	return rows
}

// tshark finds in what we send the audio and the digits that went in.
func TestSentPacketsByTshark(t *testing.T) {
	peers.Need(t, "tshark")
	r := newRig(t, 80, digitParams())
	pcm := speech(32000, 1)
	for i, d := range "19#D" {
		from := 6000 + i*6000
		clear(pcm[from : from+800])
		dtmf.NewSource(string(d), 100, 0, -8).Read(pcm[from : from+800])
	}
	r.line(dtmf.NewDetector(dtmf.Config{}), pcm)
	c := newCapture()
	for _, sp := range r.sent {
		b, err := sp.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		c.add(samples(int(sp.at)), b, r.s.Local(), peer)
	}
	rows := c.dissect(t, fmt.Sprintf("-d udp.port==%d,rtp -d rtp.pt==101,rtpevent", peer.Port()),
		"rtp.version", "rtp.p_type", "rtp.marker", "rtp.seq", "rtp.timestamp", "rtp.ssrc", "rtp.payload",
		"rtpevent.event_id", "rtpevent.end_of_event", "rtpevent.volume", "rtpevent.duration")
	if len(rows) != len(r.sent) {
		t.Fatalf("tshark sees %d of %d packets", len(rows), len(r.sent))
	}
	digits, ends := "", 0
	for i, row := range rows {
		h := r.sent[i].Header
		if row[0] != "2" || row[1] != strconv.Itoa(int(h.PayloadType)) || row[3] != strconv.Itoa(int(h.SequenceNumber)) ||
			row[4] != strconv.Itoa(int(h.Timestamp)) || row[5] != fmt.Sprintf("0x%08x", h.SSRC) || truth(row[2]) != h.Marker {
			t.Fatalf("packet %d: tshark sees %v, sent was %+v", i, row, h)
		}
		if row[1] == "0" {
			if n := len(strings.ReplaceAll(row[6], ":", "")); n != 320 {
				t.Errorf("packet %d has %d digits of payload", i, n)
			}
			continue
		}
		code, err := strconv.Atoi(row[7])
		if err != nil || code > lastDigit || row[9] != "5" {
			t.Fatalf("packet %d: event %v", i, row)
		}
		if truth(row[2]) {
			digits += eventDigits[code : code+1]
		}
		if truth(row[8]) {
			ends++
			if d, _ := strconv.Atoi(row[10]); d < 800-48 || d > 800+48 {
				t.Errorf("digit %c lasted %d samples, want 800", eventDigits[code], d)
			}
		}
	}
	if digits != "19#D" || ends != 4*finals {
		t.Errorf("digits %q with %d final reports", digits, ends)
	}
}

// truth reads a flag, which tshark prints as 1 or True by version.
func truth(s string) bool { return s == "1" || s == "True" }

// tshark understands our RTCP.
func TestReportsByTshark(t *testing.T) {
	peers.Need(t, "tshark")
	c := newCapture()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		w := newWire()
		a := startParty(t, ctx, &wg, w, "192.0.2.1")
		b := startParty(t, ctx, &wg, w, "192.0.2.2")
		w.delay = 30 * time.Millisecond
		begin := time.Now()
		w.drop = func(p []byte, from, to netip.AddrPort) bool {
			if from.Port()%2 == 1 && from.Addr() == a.Local().Addr() {
				c.add(time.Since(begin), p, from, to)
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
		time.Sleep(30 * time.Second)
		a.Close()
		cancel()
		wg.Wait()
	})
	rows := c.dissect(t, "-d udp.port==30001,rtcp", "rtcp.pt", "rtcp.sdes.text", "rtcp.ssrc.fraction", "rtcp.ssrc.cum_nr", "rtcp.ssrc.dlsr")
	if len(rows) < 4 {
		t.Fatalf("%d packets", len(rows))
	}
	for i, row := range rows {
		want := "200,202"
		if i == len(rows)-1 {
			want = "200,202,203"
		}
		if row[0] != want || row[1] != "tipring@192.0.2.1" || i > 0 && (row[2] != "0" || row[3] != "0") || i > 1 && (row[4] == "" || row[4] == "0") {
			t.Errorf("packet %d: %v", i, row)
		}
	}
}
