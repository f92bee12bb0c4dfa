package sip

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"tipring/gateway/sip/siptest"
)

// outcomes reads testdata/torture/outcomes.txt.
func outcomes(t testing.TB) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/torture/outcomes.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.SplitSeq(string(text), "\n") {
		if f := strings.Fields(line); len(f) > 2 && f[0] != "#" {
			rows[f[0]] = f[1]
		}
	}
	return rows
}

func TestTorture(t *testing.T) {
	files, _ := filepath.Glob("testdata/torture/*.dat")
	rows := outcomes(t)
	if len(files) != 50 || len(rows) != len(files) {
		t.Fatalf("%d files and %d outcomes", len(files), len(rows))
	}
	for _, file := range files {
		name := filepath.Base(file)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				// Responses go to the address that the message came from, to the port that it names in Via where that is this
				// very address, which the messages never do.
				u := w.ua(peerAddr.String(), "torture")
				u.Conn.WriteTo(data, u.To)
				synctest.Wait()
				got := "drop"
				if m := u.Next(0); m != nil {
					got = strconv.Itoa(m.Status())
				}
				select {
				case <-w.calls:
					got = "call"
				default:
				}
				if got != rows[name] {
					t.Errorf("%s, want %s", got, rows[name])
				}
			})
		})
	}
}

// The same messages over TCP: none may take the server down, and what follows a message on the connection is still read
// where the message had a readable length.
func TestTortureOverTCP(t *testing.T) {
	files, _ := filepath.Glob("testdata/torture/*.dat")
	for _, file := range files {
		data, _ := os.ReadFile(file)
		t.Run(filepath.Base(file), func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				c := w.connect("203.0.113.9:40000")
				c.Write(data)
				synctest.Wait()
				c.Close()
				again := w.connect("203.0.113.9:40001")
				defer again.Close()
				again.Write([]byte(siptest.Wire("OPTIONS sip:x SIP/2.0\nVia: SIP/2.0/TCP 203.0.113.9;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\nTo: <sip:b@b>\n" +
					"Call-ID: 1\nCSeq: 1 OPTIONS\n")))
				buf := make([]byte, 4096)
				n, _ := again.Read(buf)
				if !bytes.HasPrefix(buf[:n], []byte("SIP/2.0 401 ")) {
					t.Errorf("the server answers %q", buf[:n])
				}
			})
		})
	}
}

func FuzzMessage(f *testing.F) {
	files, _ := filepath.Glob("testdata/torture/*.dat")
	for _, file := range files {
		data, _ := os.ReadFile(file)
		f.Add(data)
	}
	f.Add([]byte(siptest.Wire("SIP/2.0 200 OK\nv: SIP/2.0/UDP [::1]:5060;branch=z9hG4bK;received=::1\nf: <tel:1>;tag=1\nt: <sip:[::1]>\ni: 1\nCSeq: 1 INVITE\nm: *\n")))
	f.Fuzz(func(t *testing.T, data []byte) {
		msg, bad := parseMessage(data)
		if msg == nil || bad != nil {
			return
		}
		// What was read and is written again reads the same.
		once := msg.String()
		msg2, bad := parseMessage([]byte(once))
		if bad != nil {
			t.Fatalf("%v in what was written:\n%q\nfrom\n%q", bad, once, data)
		}
		if twice := msg2.String(); twice != once {
			t.Fatalf("%q\nbecame\n%q", once, twice)
		}
	})
}
