package modem_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/dsp/dsptest"
	"tipring/hw/emu"
	"tipring/hw/modem"
	"tipring/hw/modem/modemtest"
	"tipring/hw/serial"
	"tipring/tdm"
)

// A tty is an emulated modem on pseudo-terminals with the real driver on them by the real serial port, in real time. path is a
// link, as udev makes one for a device that stays the same wherever it is plugged in.
type tty struct {
	*testing.T
	emu   *emu.Modem
	modem *modem.Modem
	path  string
	calls chan *modem.Call
	ups   chan tdm.Primitive
	ctx   context.Context
}

func onTTY(t *testing.T, model string) *tty {
	t.Helper()
	e, err := emu.NewModem(emu.ModemConfig{Model: model, Line: emu.Line{Name: "modem1"}})
	if err != nil {
		t.Fatal(err)
	}
	y := &tty{T: t, emu: e, path: filepath.Join(t.TempDir(), "usb-modem-if00"), calls: make(chan *modem.Call, 4), ups: make(chan tdm.Primitive, 32)}
	y.plug()
	cfg := modem.Config{
		Name: "modem1", Dialect: e.Model().Dialect, NewPipe: modemtest.NewPipe, Retry: 50 * time.Millisecond,
		Open: func() (serial.Port, error) {
			p, err := serial.Open(serial.Config{Path: y.path, Flow: serial.FlowHardware})
			if err != nil {
				return nil, err
			}
			return serial.Attach(p, e), nil
		},
		OpenAudio: func() (serial.Port, error) { return serial.Open(serial.Config{Path: y.path + "-audio"}) },
		Incoming: func(c *modem.Call, setup tdm.Primitive) func(tdm.Primitive) {
			y.calls <- c
			y.ups <- setup
			return func(p tdm.Primitive) { y.ups <- p }
		},
		Attend: func(ctx context.Context, c *modem.Call, setup tdm.Primitive) {
			y.calls <- c
			y.ups <- setup
			<-ctx.Done()
		},
	}
	if y.modem, err = modem.New(cfg); err != nil {
		t.Fatal(err)
	}
	var cancel, stop context.CancelFunc
	y.ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
	run, stop := context.WithCancel(t.Context())
	var line, far sync.WaitGroup
	far.Go(func() { e.Run(context.Background()) })
	line.Go(func() { y.modem.Run(run) })
	t.Cleanup(func() {
		cancel()
		stop()
		line.Wait() // a Close that waits for the device would hang here
		e.Close()
		far.Wait()
	})
	return y
}

// plug gives the modem new terminals, under the old names.
func (y *tty) plug() {
	y.Helper()
	path, audio, err := y.emu.OpenPTY()
	if err != nil {
		y.Fatal(err)
	}
	for name, to := range map[string]string{y.path: path, y.path + "-audio": audio} {
		os.Remove(name)
		if to != "" {
			if err := os.Symlink(to, name); err != nil {
				y.Fatal(err)
			}
		}
	}
}

// unplug takes the device away, its name too.
func (y *tty) unplug() {
	os.Remove(y.path)
	os.Remove(y.path + "-audio")
	y.emu.Unplug()
}

func (y *tty) state(want string) modem.Status {
	y.Helper()
	for y.ctx.Err() == nil {
		if s := y.modem.Status(); s.State == want {
			return s
		}
		y.emu.Office().Record(y.ctx, 20*time.Millisecond) // the modem's time passes
	}
	y.Fatalf("the line is not %q within a minute: %+v", want, y.modem.Status())
	return modem.Status{}
}

func (y *tty) must(err error) {
	y.Helper()
	if err != nil {
		y.Fatal(err)
	}
}

// up returns the next primitive of the call.
func (y *tty) up(kind tdm.PrimitiveKind) tdm.Primitive {
	y.Helper()
	for {
		select {
		case p := <-y.ups:
			if p.Kind == kind {
				return p
			}
		case <-y.ctx.Done():
			y.Fatalf("no %v within a minute", kind)
		}
	}
}

// rings has the exchange deliver a call as soon as it has seen the end of the one before; until then it tells of a second call.
func (y *tty) rings() {
	y.Helper()
	x := y.emu.Office()
	for y.ctx.Err() == nil && (x.Ring("5550199", "BOB") != nil || !x.Status().Ringing) {
		if _, err := x.Record(y.ctx, 100*time.Millisecond); err != nil {
			y.Fatal(err)
		}
	}
}

// Every model is known, takes a call with its caller's identity, answers it and plays, over a pseudo-terminal: what the suite
// does at length in memory works by the real serial port too.
func TestPseudoTerminal(t *testing.T) {
	peers.Lock(t)
	t.Run("models", func(t *testing.T) {
		for i, m := range emu.ModemModels() {
			t.Run(m.ID, func(t *testing.T) {
				if testing.Short() && i%5 != 0 {
					t.Skip("-short: some models have the goroutines of all")
				}
				t.Parallel()
				y := onTTY(t, m.ID)
				s := y.state("idle")
				if s.Capability.Dialect != m.ID && s.Capability.Dialect != m.Dialect || s.Conversation != (m.Duplex || m.Cellular) {
					y.Errorf("%+v", s)
				}
				x := y.emu.Office()
				y.must(x.Ring("5550199", "BOB"))
				setup := y.up(tdm.Setup)
				if setup.Calling.Digits != "5550199" {
					y.Errorf("%+v", setup)
				}
				c := <-y.calls
				c.Send(tdm.Primitive{Kind: tdm.Connect})
				y.state("talking")
				if _, err := x.Await(y.ctx, emu.OffHook); err != nil {
					y.Fatal(err)
				}
				if !s.Conversation {
					prompt := dsptest.Speech(31, -16, 4*8000)
					heard := make(chan []int16, 1)
					go func() {
						pcm, err := x.Record(y.ctx, 6*time.Second)
						if err != nil {
							y.Error(err)
						}
						heard <- pcm
					}()
					y.must(c.Play(y.ctx, &onceSource{prompt}, false))
					if c, _, n := dsptest.SpeechCorrelation(prompt, <-heard); c < 0.9 {
						y.Errorf("the prompt: correlation %.3f over %d windows", c, n)
					}
				}
				if !m.Cellular {
					y.must(x.Hangup(emu.SignalCPC))
				}
				c.Hangup()
				<-c.Done()
				y.state("idle")
				if st := y.modem.Status(); st.Counters.Timeouts != 0 || st.Counters.Faults != 0 {
					y.Errorf("%+v", st.Counters)
				}
			})
		}
	})
}

// onceSource plays samples once.
type onceSource struct{ pcm []int16 }

func (s *onceSource) Read(dst []int16) int {
	n := copy(dst, s.pcm)
	s.pcm = s.pcm[n:]
	return n
}

// A modem that is unplugged, idle or in a call, takes its line out of service with the reason; plugged in again, under its old
// name at another place, it is back, at once when somebody tells that it has appeared.
func TestHotPlug(t *testing.T) {
	peers.Lock(t)
	for _, busy := range []bool{false, true} {
		y := onTTY(t, "si2494")
		y.state("idle")
		x := y.emu.Office()
		if busy {
			y.must(x.Ring("5550199", "BOB"))
			y.up(tdm.Setup)
			c := <-y.calls
			c.Send(tdm.Primitive{Kind: tdm.Connect})
			y.state("talking")
		}
		y.unplug()
		if s := y.state("out of service"); s.Reason == "" || s.Counters.Faults == 0 {
			t.Errorf("%+v", s)
		}
		if busy {
			if p := y.up(tdm.Release); p.Cause != tdm.CauseDestinationOutOfOrder {
				t.Errorf("%+v", p)
			}
		}
		refused := make(chan tdm.Primitive, 4)
		y.modem.Call(tdm.Primitive{Kind: tdm.Setup, Called: "5551234"}, func(p tdm.Primitive) { refused <- p })
		if p := <-refused; p.Kind != tdm.Release || p.Cause != tdm.CauseDestinationOutOfOrder {
			t.Errorf("%+v", p)
		}
		y.plug()
		y.modem.Appeared()
		if s := y.state("idle"); s.Reason != "" {
			t.Errorf("%+v", s)
		}
		y.rings()
		if p := y.up(tdm.Setup); p.Calling.Digits != "5550199" {
			t.Errorf("%+v", p)
		}
	}
}
