package emu_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/dsp/dsptest"
	"tipring/dsp/dtmf"
	"tipring/hw/emu"
)

// rmdHead is the head of a raw modem data file of mgetty-voice: magic, kind of modem, compression, samples a second, bits.
func rmdHead() []byte {
	head := make([]byte, 32)
	copy(head, "RMD1V253modem")
	copy(head[22:], []byte{8000 >> 8, 8000 & 0xff, 8})
	return head
}

// answeringMachine is a voice shell script ("vm shell"): it answers, plays, waits for a digit, takes a message. It says with a
// file that vm knows the modem, and waits for another until it rings: in RINGs vm does not recognise a modem.
const answeringMachine = `
receive() { read -r -u "$VOICE_INPUT" got; echo "< $got"; }
send() { echo "> $1"; echo "$1" >&"$VOICE_OUTPUT"; kill -PIPE "$VOICE_PID"; }
expect() { receive; [ "$got" = "$1" ] || { echo "want $1"; exit 1; }; }
expect "HELLO SHELL";     send "HELLO VOICE PROGRAM"; expect READY
echo > "$3"; until [ -e "$4" ]; do sleep 0.1; done
send "DEVICE DIALUP_LINE"; expect READY
send "PLAY $1";            expect PLAYING; expect READY
send "ENABLE EVENTS";      expect READY
send "WAIT 20";            expect WAITING; expect RECEIVED_DTMF; receive; echo "DIGIT $got"; send STOP; expect READY
send "RECORD $2";          expect RECORDING; expect SILENCE_DETECTED; send STOP; expect READY
send GOODBYE;              expect "GOODBYE SHELL"
`

// vm, of Debian's mgetty-voice, knows nothing of us and much of modems: as an answering machine on an emulated one it plays a
// greeting, is sent a digit and takes a message.
func TestVM(t *testing.T) {
	bin := peers.Need(t, "vm", "bash")
	if os.Geteuid() != 0 {
		t.Skip("vm has its lock and its log where only root may write")
	}
	peers.Lock(t)
	m, err := emu.NewModem(emu.ModemConfig{Model: "si2494", Line: emu.Line{Name: "m"}})
	if err != nil {
		t.Fatal(err)
	}
	path, _, err := m.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	var run sync.WaitGroup
	run.Go(func() { m.Run(t.Context()) })
	t.Cleanup(func() {
		m.Close()
		run.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	x := m.Office()
	greeting, said := dsptest.Speech(41, -14, 4*8000), dsptest.Speech(42, -14, 6*8000)

	dir := t.TempDir()
	script, play, record := filepath.Join(dir, "script"), filepath.Join(dir, "greeting.rmd"), filepath.Join(dir, "message.rmd")
	rmd := rmdHead()
	for _, s := range greeting {
		rmd = append(rmd, byte(min(int(s)+128, 32767)>>8)+128)
	}
	for name, data := range map[string][]byte{script: []byte(answeringMachine), play: rmd} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ready, ringing := filepath.Join(dir, "ready"), filepath.Join(dir, "ringing")
	var log bytes.Buffer
	vm := exec.CommandContext(ctx, bin[0], "shell", "-t", "-l", strings.TrimPrefix(path, "/dev/"), "-T", "30", "-V", "40", "-S", bin[1], script, play, record, ready, ringing)
	vm.Stdout, vm.Stderr = &log, &log
	if err := vm.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- vm.Wait() }()
	defer func() {
		if t.Failed() {
			t.Logf("vm: %s", &log)
		}
	}()
	for {
		if _, err := os.Stat(ready); err == nil {
			break
		}
		if _, err := x.Record(ctx, 100*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Ring("5551234", "BOB"); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Await(ctx, emu.Ringing); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ringing, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Await(ctx, emu.OffHook); err != nil {
		t.Fatal(err)
	}
	heard, err := x.Record(ctx, 8*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if c, _, n := dsptest.SpeechCorrelation(greeting, heard); c < 0.9 {
		t.Errorf("the greeting: correlation %.3f over %d windows", c, n)
	}
	digit := make([]int16, 1600)
	dtmf.NewSource("7", 100, 100, -10).Read(digit)
	for _, pcm := range [][]int16{digit, make([]int16, 2*8000), said} {
		if err := x.Play(ctx, pcm); err != nil {
			t.Fatal(err)
		}
	}
	<-ended // its exit status is that of a child which it takes for one that failed
	for _, want := range []string{"DIGIT 7", "< GOODBYE SHELL"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("vm did not come to %q", want)
		}
	}
	if st := x.Status(); st.Hook != "on" {
		t.Errorf("the line is %+v", st)
	}
	data, err := os.ReadFile(record)
	if err != nil || len(data) < 32 || string(data[:4]) != "RMD1" {
		t.Fatalf("%v, %d octets", err, len(data))
	}
	var pcm []int16
	for _, b := range data[32:] {
		pcm = append(pcm, int16(int(b)-128)<<8)
	}
	if c, _, n := dsptest.SpeechCorrelation(said, pcm); c < 0.9 {
		t.Errorf("the message: correlation %.3f over %d windows", c, n)
	}
}
