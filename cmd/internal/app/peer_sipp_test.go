package app

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tipring/cmd/peers"
	"tipring/dsp/dsptest"
	"tipring/dsp/g711"
	"tipring/gateway/cdr"
	"tipring/hw/emu"
	"tipring/tdm"
)

// The passage that sipp plays and hears: speech in which the jitter buffer finds its depth, the speech that counts, a long
// tone, bursts of the tone which are shorter than the way from a telephone to sipp and back, silence. Its parts are named by
// their first samples.
const (
	passageHz     = 1004.0
	passageDBm0   = -15
	passageSpeech = 3 * tdm.Rate / 2
	passageTone   = passageSpeech + 6*tdm.Rate
	passageBursts = passageTone + 2*tdm.Rate
	passageRest   = passageBursts + bursts*burstEvery
	passageEnd    = passageRest + tdm.Rate
	bursts        = 5
	burst         = 28 * tdm.Rate / 1000
	burstEvery    = 2 * tdm.Rate / 5
)

func passage() []int16 {
	out := make([]int16, passageEnd)
	copy(out, dsptest.Speech(2, -18, passageSpeech-tdm.Rate/4))
	copy(out[passageSpeech:], dsptest.Speech(3, -18, passageTone-passageSpeech-tdm.Rate/4))
	copy(out[passageTone:], dsptest.Sine(passageHz, passageDBm0, 7*tdm.Rate/4))
	for i := range bursts {
		copy(out[passageBursts+i*burstEvery:], dsptest.Sine(passageHz, passageDBm0, burst))
	}
	return out
}

// compare says what is wrong with what became of a passage. With back it has made the way to sipp and back, so that the
// hybrid has added an echo of it; then a steady tone has no true level, and the bursts have.
func compare(heard []int16, back bool) finding {
	in := passage()
	f := compareSpeech(in[passageSpeech:passageTone], heard, back)
	lag := f.lag - passageSpeech
	if lag < -passageSpeech || lag > passageEnd-passageRest {
		f.fault("it does not hold the passage, which would begin at %d", lag)
		return f
	}
	out := make([]int16, passageEnd)
	copy(out[max(0, -lag):], heard[max(0, lag):])
	tone := out[passageTone+tdm.Rate/2 : passageTone+3*tdm.Rate/2]
	hz, level := dsptest.DominantHz(tone), float64(dsptest.ToneLevel(tone, passageHz))
	if math.Abs(hz-passageHz) > frequencyLimit {
		f.fault("a tone of %.2f Hz, want %.0f", hz, passageHz)
	}
	if !back && math.Abs(level-passageDBm0) > levelLimit {
		f.fault("a tone of %.2f dBm0, want %d", level, passageDBm0)
	}
	var levels []float64
	for i := range bursts {
		levels = append(levels, firstBurst(out[passageBursts+i*burstEvery-burstEvery/4:][:burstEvery]))
	}
	slices.Sort(levels)
	if math.Abs(levels[bursts/2]-passageDBm0) > levelLimit {
		f.fault("bursts of %.2f dBm0, want %d", levels, passageDBm0)
	}
	f.text += fmt.Sprintf(", %.2f Hz, bursts of %.2f dBm0", hz, levels)
	return f
}

// firstBurst is the level in dBm0 of the first burst in pcm; each later one is the echo of an earlier.
func firstBurst(pcm []int16) float64 {
	const window = burst - tdm.Quantum
	first := -100.0
	for at := 0; at+window <= len(pcm); at += tdm.Quantum {
		l := float64(dsptest.ToneLevel(pcm[at:at+window], passageHz))
		if first > passageDBm0-6 && l < first {
			break
		}
		first = max(first, l)
	}
	return first
}

// sipp runs sipp as the peer of a line's trunk, for one call. A scenario that ends in xml is one of ours.
func (s *site) sipp(line, scenario string, args ...string) *program {
	s.Helper()
	bin := peers.Need(s, "sipp")[0]
	dir := s.TempDir()
	flag := "-sn"
	if filepath.Ext(scenario) == ".xml" {
		flag = "-sf"
		var err error
		scenario, err = filepath.Abs(filepath.Join("testdata", "sipp", scenario))
		s.must(err)
		octets := make([]byte, passageEnd)
		g711.ALaw.Encode(octets, passage())
		s.must(os.WriteFile(filepath.Join(dir, "audio.alaw"), octets, 0o644))
	}
	args = append([]string{flag, scenario, "-m", "1"}, args...)
	args = append(args, "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", fmt.Sprint(s.ports[line]), "-mp", fmt.Sprint(freePort(s.T)), "-nostdin",
		"-timeout", "100s", "-timeout_error", "-trace_err", "-error_file", filepath.Join(dir, "errors"), s.sip())
	return s.start(dir, bin, args...)
}

// A sippCall is one of the ways in which sipp and a line meet.
type sippCall struct {
	line   string
	called string // what sipp calls, or what the telephone dials
	back   bool   // the line plays and sipp sends back; else sipp plays
}

// The lines of sitePlan without a canceller are those whose audio comes back.
var sippCalls = []sippCall{
	{"fxs1", "201", false},
	{"fxs2", "202", true},
	{"fxo1", "5556677", false},
	{"fxo2", "5556677", true},
	{"modem1", "5556677", false},
	{"modem2", "5556677", true},
}

// far is what is behind a line.
func (s *site) far(line string) anEar {
	if p := s.app.Phone(line); p != nil {
		return p
	}
	return s.app.Exchange(line)
}

// hangUp ends the call of a line from its far end.
func (s *site) hangUp(line string) {
	s.Helper()
	if p := s.app.Phone(line); p != nil {
		s.must(p.OnHook())
	} else {
		s.must(s.app.Exchange(line).Hangup(emu.SignalCPC))
	}
}

// talk has passages go through a call that is up.
func (s *site) talk(c sippCall) {
	s.Helper()
	e := s.far(c.line)
	what := "sipp to " + c.line
	if c.back {
		what = c.line + " to sipp and back"
	}
	if c.back {
		s.passes(what, func() finding {
			wait := s.recording(e, tdm.Duration(passageEnd))
			s.must(e.Play(s.ctx, passage()[:passageRest]))
			return compare(wait(), true)
		})
		return
	}
	// sipp plays on while one passage is examined, so that the next has to be recorded at that time.
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	ear := *s
	ear.ctx = ctx
	next := ear.recording(e, tdm.Duration(passageEnd))
	s.passes(what, func() finding {
		heard := next()
		next = ear.recording(e, tdm.Duration(passageEnd))
		return compare(heard, false)
	})
}

// modemReady waits, when a line is a modem's, until the modem has been asked what it is.
func (s *site) modemReady(line string) {
	s.Helper()
	if l := s.app.modemLineOf(line); l != nil {
		s.until("modem", func() bool { return l.modem.Status().State == "idle" })
	}
}

// sipp calls telephones and, through exchanges, far parties.
func TestSippCalls(t *testing.T) {
	peers.Need(t, "sipp")
	s := open(t, loopback)
	t.Run("lines", func(t *testing.T) {
		for _, c := range sippCalls {
			s.run(t, c.line, func(s *site) {
				var call *program
				s.modemReady(c.line)
				x := s.app.Exchange(c.line)
				if x != nil {
					s.must(x.SetScript(emu.Script{AnswerMs: 3000, Reversal: true}))
				}
				if c.back {
					call = s.sipp(c.line, "uac-echo.xml", "-rtp_echo", "-s", c.called)
				} else {
					call = s.sipp(c.line, "uac-play.xml", "-s", c.called)
				}
				if p := s.app.Phone(c.line); p != nil {
					s.await(p, "ringing", emu.Ringing)
					s.must(p.OffHook())
				} else {
					s.await(x, "digits", emu.Digits(c.called))
					s.await(x, "answer", func(st emu.Status) bool { return st.Polarity == "reverse" })
				}
				s.talk(c)
				s.hangUp(c.line)
				s.finished(call)
				r := s.record("to-"+c.line, c.line)
				if r.ReleasedBy != cdr.ByCalled || r.Answered.IsZero() || r.Cause != tdm.CauseNormalClearing || len(r.Quality) == 0 {
					s.Errorf("record is %+v", r)
				}
			})
		}
	})
}

// Telephones and exchanges call sipp.
func TestSippIsCalled(t *testing.T) {
	peers.Need(t, "sipp")
	s := open(t, loopback)
	t.Run("lines", func(t *testing.T) {
		for _, c := range sippCalls {
			s.run(t, c.line, func(s *site) {
				var call *program
				s.modemReady(c.line)
				if c.back {
					call = s.sipp(c.line, "uas", "-rtp_echo")
				} else {
					call = s.sipp(c.line, "uas-play.xml")
				}
				p, x := s.app.Phone(c.line), s.app.Exchange(c.line)
				if p != nil {
					s.must(p.OffHook())
					s.await(p, "dial tone", emu.Tone("dial"))
					s.must(p.Dial(s.ctx, "6001", false))
					s.until("answer", func() bool { return s.answered(c.line) })
				} else {
					s.must(x.Ring("5557788", "John Doe"))
					s.await(x, "off-hook", emu.OffHook)
				}
				s.talk(c)
				s.hangUp(c.line)
				s.finished(call)
				r := s.record(c.line, "to-"+c.line)
				if r.ReleasedBy != cdr.ByCaller || r.Answered.IsZero() || len(r.Quality) == 0 {
					s.Errorf("record is %+v", r)
				}
				if x != nil && (r.Detector != "cpc" && r.Detector != "loop" || r.From != "5557788" || r.FromName != "John Doe") {
					s.Errorf("record is %+v", r)
				}
			})
		}
	})
}

// answered reports whether the call from a line has been answered.
func (s *site) answered(line string) bool {
	for _, c := range s.app.Calls() {
		if c.A == line && !c.Answered.IsZero() {
			return true
		}
	}
	return false
}
