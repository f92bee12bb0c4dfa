package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/dsp/dsptest"
	"tipring/dsp/wav"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/tdm"
)

// A site is the gateway in real time on loopback sockets, for peers that we did not write.
type site struct {
	*testing.T
	app   *App
	trunk int // UDP port of the trunk's peer
	ctx   context.Context
}

// open starts a gateway and stops it at the end of the test. Every port is one that the system chose.
func open(t *testing.T, change setup) *site {
	t.Helper()
	peers.Lock(t)
	cfg, err := config.Default("")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{T: t, trunk: freePort(t)}
	loopback := netip.MustParseAddr("127.0.0.1")
	cfg.Data.Dir = t.TempDir()
	cfg.SIP.UDP = []netip.AddrPort{netip.AddrPortFrom(loopback, 0)}
	cfg.SIP.TCP = []netip.AddrPort{netip.AddrPortFrom(loopback, 0)}
	cfg.HTTP.Listen = netip.AddrPortFrom(loopback, 0)
	cfg.RTP.PortMin, cfg.RTP.PortMax = 0, 0
	cfg.Accounts[0].Password = "secret"
	cfg.Trunks[0].Port, cfg.Trunks[0].OptionsInterval = s.trunk, 0
	if change != nil {
		change(cfg)
	}
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(testWriter{t}, nil))
	}
	if s.app, err = New(Options{Config: cfg, Log: log, Version: "test"}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.app.Run(ctx) }()
	<-s.app.Ready()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the gateway ended with %v", err)
		}
	})
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// sip is the gateway's UDP address.
func (s *site) sip() string { return s.app.SIPAddrs()[0].String() }

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// await waits for a far end to be as it should be.
func (s *site) await(e anEar, what string, cond func(emu.Status) bool) {
	s.Helper()
	if _, err := e.Await(s.ctx, cond); err != nil {
		s.Fatalf("waiting for %s: %v; it is %+v", what, err, e.Status())
	}
}

// pause lets the card run for a time, by its own count of samples.
func (s *site) pause(e anEar, d time.Duration) {
	s.Helper()
	_, err := e.Record(s.ctx, d)
	s.must(err)
}

// A program is a running peer.
type program struct {
	cmd  *exec.Cmd
	out  *bytes.Buffer
	in   io.WriteCloser
	done chan error
}

// start runs a peer until it ends by itself, at the latest with the test.
func (s *site) start(dir, name string, args ...string) *program {
	s.Helper()
	p := &program{cmd: exec.CommandContext(s.ctx, name, args...), out: &bytes.Buffer{}, done: make(chan error, 1)}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.out, p.out
	var err error
	p.in, err = p.cmd.StdinPipe()
	s.must(err)
	s.must(p.cmd.Start())
	go func() { p.done <- p.cmd.Wait() }()
	s.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
	})
	return p
}

// finished waits for a peer to end well.
func (s *site) finished(p *program) {
	s.Helper()
	err := <-p.done
	p.done <- err
	if err != nil {
		s.Fatalf("%s: %v\n%s", p.cmd.Path, err, p.out)
	}
}

// sipp runs sipp as the trunk's peer for one call.
func (s *site) sipp(args ...string) *program {
	s.Helper()
	bin := peers.Need(s, "sipp")[0]
	args = append(args, "-i", "127.0.0.1", "-p", fmt.Sprint(s.trunk), "-mp", fmt.Sprint(freePort(s.T)&^1), "-m", "1", "-nostdin",
		"-timeout", "100s", "-timeout_error", "-trace_err", s.sip())
	return s.start(s.TempDir(), bin, args...)
}

// record returns the record of the one call.
func (s *site) record() cdr.Record {
	s.Helper()
	for range 100 {
		rs, err := s.app.Records(s.ctx, cdr.Filter{})
		s.must(err)
		if len(rs) == 1 && !rs[0].Open() {
			return rs[0]
		}
		s.pause(s.app.Phone("fxs1"), 100*time.Millisecond)
	}
	s.Fatal("no record of an ended call")
	return cdr.Record{}
}

// returned plays a tone and then speech into a far end whose audio comes back from the SIP side, and checks what returns.
func (s *site) returned(e anEar) {
	s.Helper()
	const hz = 1004
	for _, c := range []struct {
		name  string
		in    []int16
		check func(out []int16)
	}{
		{"tone", dsptest.Sine(hz, -15, 3*tdm.Rate), func(out []int16) {
			out = out[3*tdm.Rate/2 : 5*tdm.Rate/2]
			if got := dsptest.DominantHz(out); got < hz-1 || got > hz+1 {
				s.Errorf("%.1f Hz came back, want %d", got, hz)
			}
			if got := dsptest.ToneLevel(out, hz); got < -16 || got > -14 {
				s.Errorf("%.1f dBm0 came back, want -15", got)
			}
		}},
		{"speech", dsptest.Speech(3, -18, 6*tdm.Rate), nil},
	} {
		rec := make(chan []int16, 1)
		go func() {
			pcm, err := e.Record(s.ctx, tdm.Duration(int64(len(c.in)))+time.Second)
			if err != nil {
				s.Error(err)
			}
			rec <- pcm
		}()
		s.must(e.Play(s.ctx, c.in))
		out := <-rec
		if c.check != nil {
			c.check(out)
			continue
		}
		s.compare(c.name, c.in, out)
	}
}

// compare checks that speech came through: alike, with few jumps, at its level.
func (s *site) compare(what string, in, out []int16) {
	s.Helper()
	median, lag, windows := dsptest.SpeechCorrelation(in, out)
	jumps := dsptest.Discontinuities(out)
	s.Logf("%s: correlation %.3f over %d windows, delay %d ms, %d discontinuities", what, median, windows, lag/8, jumps)
	if median < 0.9 || windows < 3 {
		s.Errorf("%s: correlation %.3f over %d windows", what, median, windows)
	}
}

// sipp calls a phone; what the phone says comes back through sipp's RTP echo.
func TestSippCallsPhone(t *testing.T) {
	peers.Need(t, "sipp")
	s := open(t, nil)
	call := s.sipp("-sn", "uac", "-rtp_echo", "-s", "201", "-d", "15000")
	p := s.app.Phone("fxs1")
	s.await(p, "ringing", emu.Ringing)
	s.await(p, "caller ID", func(st emu.Status) bool { return st.CallerID.Number != "" })
	s.must(p.OffHook())
	s.pause(p, time.Second)
	s.returned(p)
	s.finished(call)
	s.must(p.OnHook())
	if r := s.record(); r.ReleasedBy != cdr.ByCaller || r.Peer != "fxs1" || r.Answered.IsZero() {
		t.Errorf("record is %+v", r)
	}
}

// A phone calls sipp.
func TestPhoneCallsSipp(t *testing.T) {
	peers.Need(t, "sipp")
	s := open(t, nil)
	call := s.sipp("-sn", "uas", "-rtp_echo")
	p := s.app.Phone("fxs1")
	s.must(p.OffHook())
	s.await(p, "dial tone", emu.Tone("dial"))
	s.must(p.Dial(s.ctx, "6001", false))
	s.pause(p, 2*time.Second)
	s.returned(p)
	s.must(p.OnHook())
	s.finished(call)
	if r := s.record(); r.ReleasedBy != cdr.ByCaller || r.Peer != "local" || len(r.Quality) != 2 {
		t.Errorf("record is %+v", r)
	}
}

// An exchange calls sipp through an FXO line, and sipp an exchange.
func TestExchangeCallsSipp(t *testing.T) {
	peers.Need(t, "sipp")
	s := open(t, toTrunk)
	call := s.sipp("-sn", "uas", "-rtp_echo")
	x := s.app.Exchange("fxo1")
	s.must(x.Ring("5557788", "John Doe"))
	s.await(x, "off-hook", emu.OffHook)
	s.pause(x, time.Second)
	s.returned(x)
	s.must(x.Hangup(emu.SignalCPC))
	s.finished(call)
	if r := s.record(); r.Detector != "cpc" || r.From != "5557788" || r.FromName != "John Doe" {
		t.Errorf("record is %+v", r)
	}
}

func TestSippCallsExchange(t *testing.T) {
	peers.Need(t, "sipp")
	s := open(t, nil)
	x := s.app.Exchange("fxo1")
	s.must(x.SetScript(emu.Script{AnswerMs: 4000, Reversal: true}))
	call := s.sipp("-sn", "uac", "-rtp_echo", "-s", "95556677", "-d", "15000")
	s.await(x, "digits", emu.Digits("5556677"))
	s.pause(x, 8*time.Second)
	s.returned(x)
	s.finished(call)
	if r := s.record(); r.AnswerBasis != "polarity" || r.Peer != "fxo1" {
		t.Errorf("record is %+v", r)
	}
}

// espeak makes a WAV file of a sentence at a rate.
func (s *site) espeak(dir string, rate int) (file string, pcm []int16) {
	s.Helper()
	bins := peers.Need(s, "espeak-ng", "sox")
	raw, file := filepath.Join(dir, "raw.wav"), filepath.Join(dir, "speech.wav")
	text := "The quick brown fox jumps over the lazy dog. She sells sea shells by the sea shore, and the ring of the telephone is heard all over the old house in the valley."
	for _, c := range [][]string{
		{bins[0], "-v", "en", "-s", "140", "-w", raw, text},
		{bins[1], raw, "-r", fmt.Sprint(rate), "-c", "1", "-b", "16", file, "gain", "-n", "-6", "sinc", "200-3400"},
	} {
		if out, err := exec.CommandContext(s.ctx, c[0], c[1:]...).CombinedOutput(); err != nil {
			s.Fatalf("%s: %v\n%s", c[0], err, out)
		}
	}
	return file, s.readWAV(file)
}

// readWAV returns a file's audio at 8 kHz.
func (s *site) readWAV(file string) []int16 {
	s.Helper()
	f, err := os.Open(file)
	s.must(err)
	defer f.Close()
	pcm, rate, err := wav.Read(f)
	s.must(err)
	return dsptest.Resample(pcm, rate)
}

// baresip runs a softphone for account 8000 that says the file's speech and records what it hears.
func (s *site) baresip(dir, speech string) *program {
	s.Helper()
	bin := peers.Need(s, "baresip")[0]
	conf := filepath.Join(dir, "baresip")
	s.must(os.MkdirAll(conf, 0o755))
	write := func(name, text string) { s.must(os.WriteFile(filepath.Join(conf, name), []byte(text), 0o644)) }
	_, port, _ := net.SplitHostPort(s.sip())
	write("accounts", fmt.Sprintf("<sip:8000@127.0.0.1:%s;transport=udp>;auth_user=8000;auth_pass=secret;answermode=auto;audio_codecs=PCMA;regint=60\n", port))
	write("contacts", "")
	write("config", fmt.Sprintf(`poll_method epoll
sip_listen 127.0.0.1:%d
audio_player aufile,%s
audio_source aufile,%s
audio_alert aufile,%s
audio_buffer 20-160
rtp_ports %d-%d
module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module aufile.so
module_tmp account.so
module_app menu.so
`, freePort(s.T), filepath.Join(dir, "heard.wav"), speech, filepath.Join(dir, "alert.wav"), 20000+2*(freePort(s.T)%5000), 40000))
	return s.start(dir, bin, "-4", "-f", conf)
}

// baresip speaks to an exchange behind an FXO line and hears it: speech both ways.
func TestBaresipAndExchange(t *testing.T) {
	peers.Need(t, "baresip", "espeak-ng", "sox")
	s := open(t, nil)
	dir := t.TempDir()
	file, in := s.espeak(dir, 8000)
	phone := s.baresip(dir, file)
	x := s.app.Exchange("fxo1")
	s.must(x.SetScript(emu.Script{AnswerMs: 3000, Reversal: true}))
	s.registered(phone)
	fmt.Fprintf(phone.in, "/dial sip:95556677@%s\n", s.sip())
	s.await(x, "digits", emu.Digits("5556677"))
	rec := make(chan []int16, 1)
	go func() {
		pcm, err := x.Record(s.ctx, tdm.Duration(int64(len(in)))+6*time.Second)
		if err != nil {
			s.Error(err)
		}
		rec <- pcm
	}()
	s.pause(x, 4*time.Second)
	s.must(x.Play(s.ctx, dsptest.AtLevel(in, -18)))
	s.compare("baresip to exchange", in, <-rec)
	s.must(x.Hangup(emu.SignalCPC))
	s.record()
	fmt.Fprintln(phone.in, "/quit")
	s.finished(phone)
	s.compare("exchange to baresip", in, s.readWAV(filepath.Join(dir, "heard.wav")))
}

// A phone calls baresip, which answers by itself: speech both ways.
func TestPhoneCallsBaresip(t *testing.T) {
	peers.Need(t, "baresip", "espeak-ng", "sox")
	s := open(t, nil)
	dir := t.TempDir()
	file, in := s.espeak(dir, 8000)
	soft := s.baresip(dir, file)
	s.registered(soft)
	p := s.app.Phone("fxs1")
	s.must(p.OffHook())
	s.await(p, "dial tone", emu.Tone("dial"))
	s.must(p.Dial(s.ctx, "8000", false))
	rec := make(chan []int16, 1)
	go func() {
		pcm, err := p.Record(s.ctx, tdm.Duration(int64(len(in)))+4*time.Second)
		if err != nil {
			s.Error(err)
		}
		rec <- pcm
	}()
	s.pause(p, time.Second)
	s.must(p.Play(s.ctx, dsptest.AtLevel(in, -18)))
	s.compare("baresip to phone", in, <-rec)
	s.must(p.OnHook())
	s.record()
	fmt.Fprintln(soft.in, "/quit")
	s.finished(soft)
	s.compare("phone to baresip", in, s.readWAV(filepath.Join(dir, "heard.wav")))
}

// registered waits for the softphone's registration.
func (s *site) registered(phone *program) {
	s.Helper()
	for range 100 {
		for _, a := range s.app.sip.Status().Accounts {
			if len(a.Contacts) > 0 {
				return
			}
		}
		s.pause(s.app.Phone("fxs1"), 100*time.Millisecond)
	}
	phone.cmd.Process.Kill()
	err := <-phone.done
	phone.done <- err
	s.Fatalf("baresip did not register:\n%s", phone.out)
}
