package app

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/dsp/dsptest"
	"tipring/gateway/cdr"
	"tipring/hw/emu"
	"tipring/tdm"
)

// A softphone is baresip, which says a file's speech in a call and keeps what it hears: Debian's has no player into files, but
// a filter that writes what passes.
type softphone struct {
	*program
	dir string
}

// baresip runs a softphone on an account and waits until it has registered with its password.
func (s *site) baresip(account, speech string) softphone {
	s.Helper()
	bin := peers.Need(s, "baresip")[0]
	dir := s.TempDir()
	write := func(name, format string, args ...any) {
		s.must(os.WriteFile(filepath.Join(dir, name), fmt.Appendf(nil, format, args...), 0o644))
	}
	host, _, err := net.SplitHostPort(s.sip())
	s.must(err)
	write("accounts", "<sip:%s@%s>;auth_pass=secret;answermode=auto;audio_codecs=PCMA/8000/1;regint=60\n", account, s.sip())
	write("contacts", "")
	media := freePort(s.T)
	p := softphone{dir: dir}
	write("config", `poll_method epoll
sip_listen %s:%d
audio_source aufile,%s
snd_path %s
rtp_ports %d-%d
module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module aufile.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
`, host, freePort(s.T), speech, dir, media, media+8)
	p.program = s.start(dir, bin, "-4", "-f", dir)
	s.until("registration of baresip", func() bool {
		for _, a := range s.app.sip.Status().Accounts {
			if a.Name == account && len(a.Contacts) > 0 {
				return true
			}
		}
		return false
	})
	return p
}

// command types a line at the softphone.
func (s *site) command(p softphone, format string, args ...any) {
	s.Helper()
	_, err := fmt.Fprintf(p.in, format+"\n", args...)
	s.must(err)
}

// quit ends the softphone, which completes its file, and returns what it has heard.
func (s *site) quit(p softphone) []int16 {
	s.Helper()
	s.command(p, "/quit")
	s.finished(p.program)
	files, err := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	s.must(err)
	if len(files) != 1 {
		s.Fatalf("baresip kept %d recordings of one call", len(files))
	}
	return s.readWAV(files[0])
}

// lineDBm0 is the level at which speech is played into lines.
const lineDBm0 = -18

// talks sends speech both ways between the line and the softphone, which began to speak when the call was answered or before,
// and returns what became of it. The call is ended from the line.
func (s *site) talks(from, line string, p softphone, in []int16, heard func() []int16) finding {
	s.Helper()
	said := dsptest.AtLevel(in, lineDBm0)
	s.must(s.far(line).Play(s.ctx, said))
	to := compareSpeech(in, heard(), false)
	s.hangUp(line)
	s.until("end of the call", func() bool { return !s.answered(from) })
	back := compareSpeech(said, s.quit(p), false)
	return finding{
		moved:  to.moved || back.moved,
		faults: append(prefixed("to "+line+": ", to.faults), prefixed("from "+line+": ", back.faults)...),
		text:   "to it " + to.text + "; from it " + back.text,
	}
}

func prefixed(prefix string, list []string) (out []string) {
	for _, s := range list {
		out = append(out, prefix+s)
	}
	return out
}

// A softphone calls a number behind an exchange, and is called by a telephone: speech both ways.
func TestBaresip(t *testing.T) {
	peers.Need(t, "baresip", "espeak-ng", "sox")
	// baresip describes the host's outside address whatever its own is, and the gateway hears audio from where a description
	// says; so the two meet there.
	s := open(t, outside(t))
	in := s.espeak()
	length := tdm.Duration(int64(len(in)))
	// First some speech for the jitter buffer to find its depth; and baresip hangs up at the end of its file.
	lead := in[len(in)-2*tdm.Rate:]
	file := s.writeWAV("speech.wav", slices.Concat(lead, in, make([]int16, 20*tdm.Rate)))
	t.Run("calls", func(t *testing.T) {
		s.run(t, "exchange", func(s *site) {
			x := s.app.Exchange("fxo1")
			s.must(x.SetScript(emu.Script{AnswerMs: 2000, Reversal: true}))
			s.passes("baresip and an exchange", func() finding {
				p := s.baresip("8000", file)
				s.command(p, "/dial sip:95556677@%s", s.sip())
				s.await(x, "seizure", emu.OffHook)
				s.await(x, "digits", emu.Digits("5556677"))
				heard := s.recording(x, length+9*time.Second)
				s.await(x, "answer", func(st emu.Status) bool { return st.Polarity == "reverse" })
				s.pause(500 * time.Millisecond)
				f := s.talks("8000", "fxo1", p, in, heard)
				if r := s.record("8000", "fxo1"); r.AnswerBasis != "polarity" || r.Detector == "" || r.ReleasedBy != cdr.ByCalled || len(r.Quality) == 0 {
					s.Errorf("record is %+v", r)
				}
				return f
			})
		})
		s.run(t, "telephone", func(s *site) {
			phone := s.app.Phone("fxs1")
			s.passes("baresip and a telephone", func() finding {
				p := s.baresip("8001", file)
				s.must(phone.OffHook())
				s.await(phone, "dial tone", emu.Tone("dial"))
				s.must(phone.Dial(s.ctx, "8001", false))
				heard := s.recording(phone, length+5*time.Second)
				s.until("answer", func() bool { return s.answered("fxs1") })
				s.pause(500 * time.Millisecond)
				f := s.talks("fxs1", "fxs1", p, in, heard)
				if r := s.record("fxs1", "8001"); r.ReleasedBy != cdr.ByCaller || r.Detector != "onhook" || r.Answered.IsZero() {
					s.Errorf("record is %+v", r)
				}
				return f
			})
		})
	})
}
