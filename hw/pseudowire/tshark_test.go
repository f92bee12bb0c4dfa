package pseudowire

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"tipring/cmd/peers"
	"tipring/tdm"
)

// A tap is a socket that keeps what it sends.
type tap struct {
	net.PacketConn
	sent [][]byte
}

func (x *tap) WriteTo(b []byte, to net.Addr) (int, error) {
	x.sent = append(x.sent, append([]byte(nil), b...))
	return x.PacketConn.WriteTo(b, to)
}

// capture writes datagrams to a file of tcpdump's, as IPv4 and UDP to a port.
func capture(t *testing.T, datagrams [][]byte, port uint16) string {
	t.Helper()
	const linkRaw = 101
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, linkRaw, 0, 0, 0)
	for i, d := range datagrams {
		n := uint32(28 + len(d))
		for _, v := range []uint32{0, uint32(i * 1000), n, n} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		b = append(b, 0x45, 0, byte(n>>8), byte(n), 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2)
		b = append(b, byte(port>>8), byte(port), byte(port>>8), byte(port), byte((n-20)>>8), byte(n-20), 0, 0)
		b = append(b, d...)
	}
	file := filepath.Join(t.TempDir(), "pseudowire.pcap")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// tshark reads our packets as what they are: a control word without a fault, with L, R and the sequence number, and the payload
// of a millisecond.
func TestTshark(t *testing.T) {
	tshark := peers.Need(t, "tshark")[0]
	for _, x := range []struct {
		dissector, fields string
		mode              Mode
		l, clear, set     string // field of the L bit, and its values
		octets            int
	}{{"pwcesopsn", "pwcesopsn", CESoPSN, ".cw.lm", "0x00", "0x08", 31 * 8}, {"pwsatopcw", "pwsatop", SAToP, ".cw.lbit", "0", "1", 256}} {
		t.Run(x.dissector, func(t *testing.T) {
			var sent [][]byte
			synctest.Test(t, func(t *testing.T) {
				a, b := couple(t, Config{Mode: x.mode, Framing: tdm.E1CRC4}, 0)
				tapped := &tap{PacketConn: a.cfg.Conn}
				a.cfg.Conn = tapped
				da, db := drive(a, func(*driver) {}), drive(b, func(*driver) {})
				both(200, da, db)
				if err := a.SpanControl(0, tdm.SpanCommand{Op: tdm.SpanSetAIS, On: true}); err != nil {
					t.Error(err)
				}
				both(100, da, db)
				closeBoth(a, b)
				sent = tapped.sent
			})
			out, err := exec.Command(tshark, "-r", capture(t, sent, 2142), "-d", "udp.port==2142,"+x.dissector, "-T", "fields", "-E", "separator=/s",
				"-e", x.fields+".cw.seqno", "-e", x.fields+x.l, "-e", x.fields+".cw.rbit", "-e", x.fields+".payload.len", "-e", "_ws.expert.message").Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
			if len(lines) != len(sent) {
				t.Fatalf("tshark has %d packets of %d", len(lines), len(sent))
			}
			for i, line := range lines {
				l := x.clear
				if i >= 210 { // AIS is asked for after 200 ms, and starts with a block
					l = x.set
				}
				if i >= 20 && i < 200 || i >= 210 {
					if want := fmt.Sprintf("%d %s 0 %d ", i, l, x.octets); line != want {
						t.Fatalf("packet %d is read as %q, want %q", i, line, want)
					}
				}
			}
		})
	}
}
