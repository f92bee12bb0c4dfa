package app

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/hw/emu"
	"tipring/tdm"
)

// multimon has multimon-ng, which wants 22.05 kHz, read the DTMF digits in audio.
func (s *site) multimon(pcm []int16) string {
	s.Helper()
	tools := peers.Need(s, "sox", "multimon-ng")
	file := s.writeWAV("digits.wav", pcm)
	raw := filepath.Join(filepath.Dir(file), "digits.raw")
	out, err := exec.CommandContext(s.ctx, tools[0], file, "-t", "raw", "-e", "signed", "-b", "16", "-L", "-r", "22050", raw).CombinedOutput()
	if err != nil {
		s.Fatalf("sox: %v\n%s", err, out)
	}
	out, err = exec.CommandContext(s.ctx, tools[1], "-q", "-c", "-a", "DTMF", "-t", "raw", raw).Output()
	if err != nil {
		s.Fatalf("multimon-ng: %v\n%s", err, out)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(out)) {
		if d, ok := strings.CutPrefix(strings.TrimSpace(line), "DTMF: "); ok {
			digits.WriteString(d)
		}
	}
	return digits.String()
}

// rawSocket ends the test when this user may not open raw sockets, without which sipp sends no digits.
func rawSocket(t *testing.T) {
	t.Helper()
	c, err := net.ListenPacket("ip4:udp", "127.0.0.1")
	if err == nil {
		c.Close()
		return
	}
	if os.Getenv("TIPRING_PEERS") == "require" {
		t.Fatalf("sipp sends digits with raw sockets: %v", err)
	}
	t.Skipf("sipp sends digits with raw sockets: %v", err)
}

// sipp calls a number through an exchange and then presses keys, which come by RFC 4733: the exchange receives both, and
// multimon-ng reads both in what the gateway sends on the line.
func TestDigitsOnALine(t *testing.T) {
	peers.Need(t, "sipp", "sox", "multimon-ng")
	rawSocket(t)
	const number, keys = "0123456789", "0123456789*#"
	s := open(t, loopback)
	x := s.app.Exchange("fxo1")
	s.must(x.SetScript(emu.Script{AnswerMs: 1000, Reversal: true, NumberDigits: len(number)}))
	call := s.sipp("fxo1", "uac-digits.xml", "-s", number, "-d", "9000")
	s.await(x, "seizure", emu.OffHook)
	dialled := s.recording(x, 5*time.Second)
	s.await(x, "the number", emu.Digits(number))
	pcm := dialled()
	pressed := s.recording(x, 8*time.Second)
	s.await(x, "the keys", emu.Digits(number+keys))
	if got := s.multimon(append(pcm, pressed()...)); got != number+keys {
		t.Errorf("multimon-ng reads %q, want %q", got, number+keys)
	}
	s.finished(call)
	if st := x.Status(); st.Digits != number+keys {
		t.Errorf("the exchange has received %q, want %q", st.Digits, number+keys)
	}
	if r := s.record("to-fxo1", "fxo1"); r.Cause != tdm.CauseNormalClearing || r.Answered.IsZero() {
		t.Errorf("record is %+v", r)
	}
}

// minimodem reads the caller ID that a telephone gets between its first two rings.
func TestCallerIDOnAPhone(t *testing.T) {
	tool := peers.Need(t, "sipp", "minimodem")[1]
	s := open(t, loopback)
	p := s.app.Phone("fxs1")
	call := s.sipp("fxs1", "uac-play.xml", "-s", "201")
	s.await(p, "ringing", emu.Ringing)
	pcm := s.recording(p, 6*time.Second)()
	s.must(p.OffHook())
	s.until("answer", func() bool { return s.answered("to-fxs1") })
	s.must(p.OnHook())
	s.finished(call)
	st := p.Status().CallerID
	if st.Number != "6001" || st.Name != "Player" || st.Standard != "bell202" {
		t.Errorf("the telephone shows %+v", st)
	}
	file := s.writeWAV("callerid.wav", pcm)
	out, err := exec.CommandContext(s.ctx, tool, "--rx", "--quiet", "--file", file, "--samplerate", "8000", "callerid").Output()
	if err != nil {
		t.Fatalf("minimodem: %v", err)
	}
	t.Logf("minimodem reads %q", out)
	// minimodem prints the time as 07/04 15:30, and the telephone shows it as it came, MMDDHHMM.
	if len(st.Time) != 8 {
		t.Fatalf("the telephone shows the time %q", st.Time)
	}
	clock := st.Time[:2] + "/" + st.Time[2:4] + " " + st.Time[4:6] + ":" + st.Time[6:]
	for _, want := range []string{"6001", "Player", clock} {
		if !strings.Contains(string(out), want) {
			t.Errorf("minimodem reads %q, want %q in it", out, want)
		}
	}
}
