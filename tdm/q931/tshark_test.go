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
// C/R the wrong way round, each message by its name, and each component as what it is. tshark takes local operations for QSIG's
// or for ETSI's, by an option.
func TestTsharkDissectsOurTraces(t *testing.T) {
	tshark := peers.Need(t, "tshark")[0]
	for _, facility := range []string{"QSIG", "ETSI"} {
		file := filepath.Join(t.TempDir(), "trace.pcapng")
		frames, setups := tellAll(t, file, facility == "ETSI")
		read := func(args ...string) string {
			out, err := exec.Command(tshark, append([]string{"-r", file, "-o", "q932.facility_encoding:Dissect facility as " + facility}, args...)...).Output()
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
		if cr := read("-Y", "lapd.control.ftype == 0 && frame.p2p_dir == 0 && lapd.cr == 1"); cr != "" {
			t.Errorf("a command of the user has C/R 1:\n%s", cr)
		}
		all := read("-V", "-Y", "q932")
		for _, operation := range dissected[facility] {
			if !strings.Contains(all, operation) {
				t.Errorf("tshark finds no %s", operation)
			}
		}
	}
}

// dissected are operations that tshark is to call by their names. It has none for explicit call transfer and 2BCT.
var dissected = map[string][]string{"QSIG": {"callingName (0)", "connectedName (2)", "pathReplacePropose (4)", "callTransferComplete (12)",
	"callRerouteing (19)", "divertingLegInformation1 (20)", "divertingLegInformation2 (21)", "aocFinal (61)", "aocInterim (62)", "aocRate (63)"},
	"ETSI": {"mCIDRequest (3)", "callRerouteing (14)", "aOCSCurrency (31)", "aOCDCurrency (33)", "aOCDChargingUnit (34)", "aOCECurrency (35)", "aOCEChargingUnit (36)"}}

// tellAll writes the stories of the switch types whose operations are ETSI's, or of the others.
func tellAll(t *testing.T, file string, etsi bool) (frames, setups int) {
	var b bytes.Buffer
	w, err := pcapng.NewWriter(&b, pcapng.Interface{Name: "span1"}, pcapng.Interface{Name: "span2"})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Duration(0)
	for _, x := range allStories() {
		switch x.name {
		case "transfer-rlt", "service": // NIS-A211-4's operations, and SERVICE messages, tshark does not know
			continue
		case "channel-unacceptable": // reaches into the far end
			continue
		}
		if x.variant == "euroisdn" != etsi {
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
	return frames, setups
}
