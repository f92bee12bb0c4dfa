package q931

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/tdm/pcapng"
)

// TestTsharkDissectsOurTraces writes every story as a capture and has tshark read it: LAPD and Q.931, nothing malformed, no
// C/R the wrong way round, each message by its name.
func TestTsharkDissectsOurTraces(t *testing.T) {
	tshark := peers.Need(t, "tshark")[0]
	file := filepath.Join(t.TempDir(), "trace.pcapng")
	var b bytes.Buffer
	w, err := pcapng.NewWriter(&b, pcapng.Interface{Name: "span1"}, pcapng.Interface{Name: "span2"})
	if err != nil {
		t.Fatal(err)
	}
	at, frames, setups := time.Duration(0), 0, 0
	for _, x := range stories {
		switch x.name {
		case "name-late", "charges": // tshark takes every local operation for QSIG's, and these are GR-1367's and EN 300 182-1's
			continue
		case "service": // and knows no SERVICE message
			continue
		case "channel-unacceptable": // reaches into the far end
			continue
		}
		r := newRig(t, x.variant, x.change)
		for _, s := range []*side{r.user, r.network} {
			s.note = func(d int, frame []byte) {
				at += time.Millisecond
				frames++
				if len(frame) > 8 && frame[2]&1 == 0 && MessageType(frame[8]) == Setup {
					setups++
				}
				if err := w.Frame(d, at, s == r.user, false, frame); err != nil {
					t.Fatal(err)
				}
			}
		}
		x.tell(r)
		r.settle()
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	read := func(args ...string) string {
		out, err := exec.Command(tshark, append([]string{"-r", file}, args...)...).Output()
		if err != nil {
			t.Fatalf("tshark %v: %v", args, err)
		}
		return string(out)
	}
	if n := strings.Count(read("-Y", "lapd"), "\n"); n != frames {
		t.Errorf("tshark reads %d frames as LAPD, of %d", n, frames)
	}
	if n := strings.Count(read("-Y", "q931.message_type == 0x05"), "\n"); n != setups {
		t.Errorf("tshark finds %d SETUPs, of %d", n, setups)
	}
	if bad := read("-Y", "_ws.malformed || _ws.expert.severity == error"); bad != "" {
		t.Errorf("tshark complains of\n%s", bad)
	}
	// An I frame is a command: C/R is 0 from the user.
	if cr := read("-Y", "lapd.control.ftype == 0 && sll.pkttype == 4 && lapd.cr == 1"); cr != "" {
		t.Errorf("a command of the user has C/R 1:\n%s", cr)
	}
}
