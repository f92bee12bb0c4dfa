package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/dsp/dtmf"
	"tipring/dsp/wav"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/hw/modem"
	"tipring/tdm"
)

const withModem = "fxs=2,fxo=1,modem=1"

// modemReady waits until the modem has been asked what it is.
func (w *world) modemReady(name string) *emu.Exchange {
	w.Helper()
	for range 600 {
		if w.app.modemLineOf(name).modem.Status().State == "idle" {
			return w.exchange(name)
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.Fatalf("%s is not ready: %+v", name, w.app.modemLineOf(name).modem.Status())
	return nil
}

// passes compares speech that goes through the call in one direction, after a part in which buffers find their depths.
func (w *world) speech(what string, play func([]int16), record func(time.Duration) []int16) {
	w.Helper()
	lead, in := dsptest.Speech(2, -18, 6*tdm.Rate), dsptest.Speech(3, -18, 6*tdm.Rate)
	done := make(chan struct{})
	go func() {
		defer close(done)
		play(append(lead, in...))
	}()
	time.Sleep(tdm.Duration(int64(len(lead))) - time.Second)
	heard := record(tdm.Duration(int64(len(in))) + 2*time.Second)
	<-done
	if c, _, n := dsptest.SpeechCorrelation(in, heard); c < 0.95 || n < 5 {
		w.Errorf("%s: correlation %.3f over %d windows", what, c, n)
	}
}

// A call comes in on a modem's line with its caller ID and goes to a SIP trunk; speech passes both ways, DTMF of the line as
// events, and the exchange's hang-up ends it.
func TestModemToSIP(t *testing.T) {
	play(t, withModem, toTrunk, func(w *world) {
		trunk := w.trunk()
		x := w.modemReady("modem1")
		w.must(x.Ring("5557788", "John Doe"))
		invite := trunk.Expect("INVITE")
		if from := invite.Get("From"); !strings.Contains(from, `"John Doe" <sip:5557788@`) {
			t.Errorf("From is %q", from)
		}
		trunk.learn(invite.Body)
		trunk.Respond(invite, "180 Ringing", "t1", "", "")
		time.Sleep(time.Second)
		trunk.Respond(invite, "200 OK", "t1", "", trunk.sdp())
		trunk.Expect("ACK")
		w.await(x, "off-hook", emu.OffHook)
		w.speech("from the line", func(pcm []int16) { w.must(x.Play(w.Context(), pcm)) }, trunk.listen)
		w.speech("to the line", trunk.say, func(d time.Duration) []int16 {
			pcm, err := x.Record(w.Context(), d)
			w.must(err)
			return pcm
		})
		digits := make([]int16, 8000)
		dtmf.NewSource("15#", 100, 100, -10).Read(digits)
		w.must(x.Play(w.Context(), digits))
		time.Sleep(2 * time.Second)
		if got := trunk.digits(); got != "15#" {
			t.Errorf("digits are %q", got)
		}
		line := w.lineOf("modem1")
		if line.State != "talking" || line.Kind != "modem" || line.Call == "" || line.Use != "conversations" || line.Hook != "off" {
			t.Errorf("the line is %+v", line)
		}
		w.must(x.Hangup(emu.SignalCPC))
		bye := trunk.Expect("BYE")
		trunk.Respond(bye, "200 OK", "", "", "")
		r := w.record()
		if r.From != "5557788" || r.FromName != "John Doe" || r.To != "5550201" || r.Port != "modem1" || r.Peer != "local" || r.Direction != cdr.Transit {
			t.Errorf("record is %+v", r)
		}
		if r.ReleasedBy != cdr.ByCaller || r.Detector != "loop" || r.Cause != tdm.CauseNormalClearing || r.Answered.IsZero() || len(r.Quality) != 2 {
			t.Errorf("record is %+v", r)
		}
	})
}

// lineOf is a line as the API shows it.
func (w *world) lineOf(name string) (l struct {
	State, Kind, Call, Use, Hook, Reason string
}) {
	for _, a := range (backend{w.app}).Lines() {
		if a.Name == name {
			l.State, l.Kind, l.Call, l.Use, l.Hook, l.Reason = a.State, a.Kind, a.Call, a.Use, a.Hook, a.Reason
		}
	}
	return l
}

// A telephone and a SIP phone call out through a modem.
func TestCallsThroughModem(t *testing.T) {
	play(t, withModem, nil, func(w *world) {
		x := w.modemReady("modem1")
		p := w.dial("fxs1", "55556677")
		w.await(x, "the number", emu.Digits("5556677"))
		w.await(p, "ringback", emu.Tone("ring"))
		time.Sleep(4 * time.Second)
		w.must(x.Answer())
		time.Sleep(2 * time.Second)
		w.speech("to the telephone", func(pcm []int16) { w.must(x.Play(w.Context(), pcm)) }, func(d time.Duration) []int16 {
			pcm, err := p.Record(w.Context(), d)
			w.must(err)
			return pcm
		})
		w.must(p.OnHook())
		w.await(x, "on-hook", emu.OnHook)
		r := w.record()
		if r.From != "201" || r.To != "55556677" || r.Peer != "modem1" || r.Route != "modems" || r.AnswerBasis != "polarity" || r.ReleasedBy != cdr.ByCaller {
			t.Errorf("record is %+v", r)
		}

		trunk := w.trunk()
		w.modemReady("modem1")
		w.must(x.Busy(true))
		invite := trunk.call("55556677")
		trunk.Await("486 INVITE")
		trunk.ClientDialog(invite, invite)
		if r := w.record(); r.Cause != tdm.CauseUserBusy || r.Peer != "modem1" {
			t.Errorf("record is %+v", r)
		}
	})
}

// halfDuplex makes the modem one that can do no conversation.
func halfDuplex(cfg *config.Config) { cfg.Modems[0].Emulate = "usr5637" }

// A half-duplex line carries no conversation: calls either way are refused, and log, API and record say why.
func TestHalfDuplexRefuses(t *testing.T) {
	const why = "it is half duplex (no +VTR)"
	play(t, withModem, halfDuplex, func(w *world) {
		x := w.modemReady("modem1")
		p := w.dial("fxs1", "55556677")
		w.await(p, "a tone", func(s emu.Status) bool { return s.Tone != "" })
		w.must(p.OnHook())
		r := w.record()
		if r.Cause != tdm.CauseBearerNotImplemented || !strings.Contains(r.Reason, why) || r.Peer != "modem1" || r.ReleasedBy != cdr.ByCalled {
			t.Errorf("record is %+v", r)
		}
		if l := w.lineOf("modem1"); !strings.Contains(l.Use, why) || l.State != "idle" {
			t.Errorf("the line is %+v", l)
		}
		w.must(x.Ring("5557788", "John Doe", emu.AbandonAfter(15*time.Second)))
		time.Sleep(20 * time.Second)
		r = w.record()
		if r.Cause != tdm.CauseBearerNotImplemented || !strings.Contains(r.Reason, why) || r.Port != "modem1" || r.From != "5557788" || !r.Answered.IsZero() {
			t.Errorf("record is %+v", r)
		}
		if m := (backend{w.app}).Status().Modems; len(m) != 1 || m[0].Conversation || m[0].WhyNot != why || m[0].Refused == 0 {
			t.Errorf("modems are %+v", m)
		}
	})
}

// In a hunt group the call goes on to a line that can.
func TestHalfDuplexIsPassedOver(t *testing.T) {
	play(t, withModem, func(cfg *config.Config) {
		halfDuplex(cfg)
		for i := range cfg.Hunts {
			if cfg.Hunts[i].Name == "modems" {
				cfg.Hunts[i].Members = []string{"modem1", "fxo1"}
			}
		}
	}, func(w *world) {
		w.modemReady("modem1")
		p := w.dial("fxs1", "55556677")
		w.await(w.exchange("fxo1"), "the number", emu.Digits("5556677"))
		w.must(p.OnHook())
		if r := w.record(); len(r.Legs) != 2 || r.Legs[0].Port != "modem1" || r.Legs[0].Cause != tdm.CauseBearerNotImplemented || r.Peer != "fxo1" {
			t.Errorf("record is %+v", r)
		}
	})
}

// A half-duplex line answers, plays, has the caller choose, takes a message and hangs up.
func TestModemMenu(t *testing.T) {
	dir := t.TempDir()
	greeting, hours := dsptest.Speech(21, -16, 6*tdm.Rate), dsptest.Speech(22, -16, 5*tdm.Rate)
	for name, pcm := range map[string][]int16{"greeting.wav": greeting, "hours.wav": hours} {
		f, err := os.Create(filepath.Join(dir, name))
		if err == nil {
			err = wav.Write(f, pcm)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	said := dsptest.Speech(23, -16, 6*tdm.Rate)
	play(t, withModem, func(cfg *config.Config) {
		halfDuplex(cfg)
		m := &cfg.Modems[0]
		m.Mode, m.AnswerRings, m.Greeting = config.Menu, 2, filepath.Join(dir, "greeting.wav")
		m.DigitsWait, m.Record, m.RecordMax = 5*time.Second, true, time.Minute
		m.Choices = []string{"1 = " + filepath.Join(dir, "hours.wav"), "2=record", "21=hangup"}
	}, func(w *world) {
		x := w.modemReady("modem1")
		w.must(x.Ring("5557788", "John Doe"))
		w.await(x, "off-hook", emu.OffHook)
		hears := func(what string, want []int16) {
			t.Helper()
			heard, err := x.Record(w.Context(), 9*time.Second)
			w.must(err)
			if c, _, n := dsptest.SpeechCorrelation(want, heard); c < 0.9 {
				t.Errorf("%s: correlation %.3f over %d windows", what, c, n)
			}
		}
		press := func(d string) {
			pcm := make([]int16, 1600)
			dtmf.NewSource(d, 100, 100, -10).Read(pcm)
			w.must(x.Play(w.Context(), pcm))
		}
		hears("the greeting", greeting)
		if calls := w.app.Calls(); len(calls) != 1 || calls[0].A != "modem1" || calls[0].Route != "menu" || calls[0].Answered.IsZero() {
			t.Errorf("calls are %+v", calls)
		}
		press("1")
		hears("the hours", hours)
		time.Sleep(2 * time.Second) // the greeting again, which a digit breaks into
		press("2")
		time.Sleep(8 * time.Second) // no 1 follows
		w.must(x.Play(w.Context(), said))
		w.await(x, "on-hook", emu.OnHook)
		r := w.record()
		if r.Port != "modem1" || r.From != "5557788" || r.To != "2" || r.Route != "menu" || r.Answered.IsZero() || r.Cause != tdm.CauseNormalClearing || r.ReleasedBy != cdr.ByGateway {
			t.Errorf("record is %+v", r)
		}
		files, err := filepath.Glob(filepath.Join(w.dir, messagesDir, "*"))
		w.must(err)
		if len(files) != 1 || !strings.Contains(files[0], "-modem1-"+r.ID+".wav") {
			t.Fatalf("messages are %q", files)
		}
		f, err := os.Open(files[0])
		w.must(err)
		defer f.Close()
		pcm, _, err := wav.Read(f)
		w.must(err)
		if c, _, n := dsptest.SpeechCorrelation(said, pcm); c < 0.9 {
			t.Errorf("the message: correlation %.3f over %d windows", c, n)
		}
		time.Sleep(3 * time.Second)

		// A caller who hangs up is gone at once, and one whose call is cleared hears the line close.
		w.must(x.Ring("5557788", ""))
		w.await(x, "off-hook", emu.OffHook)
		time.Sleep(time.Second)
		w.must(x.Hangup(emu.SignalCPC))
		if r := w.record(); r.ReleasedBy != cdr.ByCaller || r.Detector != "loop" {
			t.Errorf("record is %+v", r)
		}
		w.modemReady("modem1")
		time.Sleep(3 * time.Second)
		w.must(x.Ring("5557788", ""))
		w.await(x, "off-hook", emu.OffHook)
		time.Sleep(time.Second)
		if !(backend{w.app}).ClearCall(w.app.Calls()[0].ID) {
			t.Error("there is no call to clear")
		}
		w.await(x, "on-hook", emu.OnHook)
		if r := w.record(); r.ReleasedBy != cdr.ByGateway {
			t.Errorf("record is %+v", r)
		}
	})
}

// What only the drivers can know of a configuration is said before anything starts.
func TestCheckModems(t *testing.T) {
	for _, c := range []struct {
		change func(*config.Modem)
		want   string
	}{
		{func(*config.Modem) {}, ""},
		{func(m *config.Modem) { m.Emulate = "nonesuch" }, `"nonesuch"`},
		{func(m *config.Modem) { m.Dialect = "klingon" }, `dialect "klingon"`},
		{func(m *config.Modem) { m.Emulate, m.Device, m.Dialect = "", "/dev/null", "huawei" }, "audio port"},
		{func(m *config.Modem) { m.Mode, m.Greeting = config.Menu, "/nonesuch.wav" }, "/nonesuch.wav"},
	} {
		cfg, err := config.Default(withModem)
		if err != nil {
			t.Fatal(err)
		}
		c.change(&cfg.Modems[0])
		if err := CheckModems(cfg); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if len(modemStates) != len(modem.States()) {
		t.Errorf("%d states have a word, there are %v", len(modemStates), modem.States())
	}
}
