package sip

import (
	"bytes"
	"cmp"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// boundless are the messages after which nobody knows where the next one begins, and why.
var boundless = map[string]string{
	"TC_BADDN_I.dat":   "has no empty line at its end",
	"TC_CLERR_I.dat":   "is shorter than its Content-Length",
	"TC_DBLREQ.dat":    "is longer than its Content-Length, and its second part shorter",
	"TC_INV2543_I.dat": "has a body and no Content-Length",
	"TC_MCL01_I.dat":   "has two Content-Lengths",
	"TC_NCL_I.dat":     "has a negative Content-Length",
}

// The same messages over TCP: what follows one on its connection is still read, but for those after which nobody knows where
// the next message begins, whose connection is closed. None takes the server down.
func TestTortureOverTCP(t *testing.T) {
	files, _ := filepath.Glob("testdata/torture/*.dat")
	for _, file := range files {
		data, _ := os.ReadFile(file)
		t.Run(filepath.Base(file), func(t *testing.T) {
			simulate(t, testConfig(), func(w *world) {
				options := []byte(siptest.Wire("OPTIONS sip:x SIP/2.0\nVia: SIP/2.0/TCP 203.0.113.9;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\nTo: <sip:b@b>\n" +
					"Call-ID: follows\nCSeq: 1 OPTIONS\n"))
				ask := func(c net.Conn) bool {
					c.Write(options)
					c.SetReadDeadline(time.Now().Add(time.Second))
					answers, _ := io.ReadAll(c)
					_, last, found := bytes.Cut(answers, []byte("Call-ID: follows"))
					return found && bytes.Contains(last, []byte("CSeq: 1 OPTIONS"))
				}
				c := w.connect("203.0.113.9:40000")
				defer c.Close()
				c.Write(data)
				synctest.Wait()
				if why, lost := boundless[filepath.Base(file)]; ask(c) == lost {
					t.Errorf("what follows on the connection is answered: %v; the message %s", !lost, cmp.Or(why, "has a length"))
				}
				again := w.connect("203.0.113.9:40001")
				defer again.Close()
				if !ask(again) {
					t.Error("the server answers nobody any more")
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
