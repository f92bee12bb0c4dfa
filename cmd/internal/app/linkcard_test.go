package app

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/gateway/metrics"
	"tipring/hw/board"
	"tipring/hw/link/linktest"
	"tipring/hw/link/wire"
	"tipring/hw/serial"
	"tipring/hw/serial/serialtest"
	"tipring/hw/si3050"
	"tipring/hw/si3210"
	"tipring/hw/uevent"
	"tipring/tdm"
)

const linkPath = "/dev/tipring/lc8-A1"

// onLink makes the default set-up's card a line card on a link.
func onLink(cfg *config.Config) {
	c := &cfg.Cards[0]
	c.Name, c.Driver, c.Device, c.Baud, c.Law, c.Lead = "lc", config.DriverLink, linkPath, 3_000_000, "pcmu", 20*time.Millisecond
}

// A lineCard is a board with an Si3210 and an Si3050, a telephone and an exchange on them, and the card that drives it.
type lineCard struct {
	phone  *linktest.Phone
	office *linktest.Office
	card   *linktest.Card

	mu   sync.Mutex
	far  *serialtest.Far
	runs sync.WaitGroup
}

// lineCard makes the card and plugs it in.
func (w *world) lineCard() *lineCard {
	fxs, fxo := si3210.NewModel(false), si3050.NewModel(0, false)
	b := linktest.OnBoard(board.New(fxs, fxo))
	k := &lineCard{phone: linktest.NewPhone(b), office: linktest.NewOffice(b)}
	fxs.Terminal, fxs.Pair.LoopOhm = k.phone.Phone, 168
	fxo.Office, fxo.Pair.LoopOhm = k.office.Office, 168
	k.card = linktest.New(linktest.Config{Hello: wire.HelloAnswer{Timeslots: 2, Devices: 2}, Hardware: b})
	w.Cleanup(func() { k.unplug(); k.runs.Wait() })
	return k
}

// A plug is the card's end of a serial port in memory.
type plug struct{ *serialtest.Far }

func (p plug) Close() error {
	p.Unplug()
	return nil
}

func (k *lineCard) open() (serial.Port, error) {
	port, far := serialtest.Pair()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.far = far
	k.runs.Go(func() { k.card.Run(context.Background(), plug{far}, nil) })
	return port, nil
}

func (k *lineCard) unplug() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.far != nil {
		k.far.Unplug()
	}
}

func (w *world) plugIn(k *lineCard) {
	w.sockets.putPort(linkPath, k.open)
	w.uevents <- uevent.Event{Action: uevent.Add, Path: "/devices/lc", Node: "/dev/ttyACM0", Links: []string{linkPath}, FromUdev: true}
}

func (w *world) pullOut(k *lineCard) {
	w.sockets.putPort(linkPath, nil)
	k.unplug()
}

// inState waits until a line is in a state.
func (w *world) inState(d time.Duration, line, state string) {
	w.Helper()
	for end := time.Now().Add(d); ; time.Sleep(10 * time.Millisecond) {
		if w.lineOf(line).State == state {
			return
		}
		if time.Now().After(end) {
			w.Fatalf("within %v the line is not %s: %+v", d, state, w.lineOf(line))
		}
	}
}

// power is a tone's share of a sound, and the sound's level in dB below full scale.
func power(pcm []int16, hz float64) (share, db float64) {
	var re, im, total float64
	for i, v := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / tdm.Rate)
		re, im, total = re+float64(v)*cos, im+float64(v)*sin, total+float64(v)*float64(v)
	}
	n := float64(len(pcm))
	return 2 * (re*re + im*im) / n / max(total, 1), 10 * math.Log10(max(total, 1)/n/32768/32768)
}

func sineOf(hz float64, seconds int) []int16 {
	pcm := make([]int16, seconds*tdm.Rate)
	for i := range pcm {
		pcm[i] = int16(6000 * math.Sin(2*math.Pi*hz*float64(i)/tdm.Rate))
	}
	return pcm
}

// hears checks that the telephone hears a tone.
func (w *world) hears(k *lineCard, what string, hz ...float64) {
	w.Helper()
	pcm, err := k.phone.Record(w.Context(), 500*time.Millisecond)
	w.must(err)
	sum := 0.0
	for _, f := range hz {
		share, _ := power(pcm, f)
		sum += share
	}
	if _, db := power(pcm, 1000); sum < 0.9 || db < -40 {
		w.Fatalf("%s: %.0f %% of what the telephone hears is %v Hz, at %.0f dB", what, 100*sum, hz, db)
	}
}

// bothWaysOn checks that a tone passes each way between the telephone and the network, at the same time.
func (w *world) bothWaysOn(k *lineCard, m *media) {
	w.Helper()
	var all sync.WaitGroup
	var up, down []int16
	all.Go(func() { m.say(sineOf(1477, 3)) })
	all.Go(func() { w.must(k.phone.Play(w.Context(), sineOf(1004, 3))) })
	all.Go(func() { up = m.listen(2500 * time.Millisecond) })
	all.Go(func() { down, _ = k.phone.Record(w.Context(), 2500*time.Millisecond) })
	all.Wait()
	if share, db := power(up[len(up)/2:], 1004); share < 0.95 || db < -40 {
		w.Errorf("of what arrives from the telephone %.1f %% is what it said, at %.0f dB", 100*share, db)
	}
	if share, db := power(down[len(down)/2:], 1477); share < 0.95 || db < -40 {
		w.Errorf("of what the telephone hears %.1f %% is what was said, at %.0f dB", 100*share, db)
	}
}

// A telephone on a chip of a card on a link calls a SIP user agent, and is called by one; audio passes both ways.
func TestLinkCardCalls(t *testing.T) {
	for name, pulse := range map[string]bool{"DTMF": false, "pulses": true} {
		t.Run(name, func(t *testing.T) {
			play(t, "fxs=1,fxo=1", onLink, func(w *world) {
				k := w.lineCard()
				w.inState(time.Second, "fxs1", "out_of_service")
				w.plugIn(k)
				w.inState(2*time.Second, "fxs1", "idle")
				w.inState(2*time.Second, "fxo1", "idle")
				trunk := w.trunk()

				w.must(k.phone.OffHook())
				time.Sleep(time.Second)
				w.hears(k, "dial tone", 350, 440)
				w.must(k.phone.Dial(w.Context(), "6001", pulse))
				invite := trunk.Expect("INVITE")
				if got := invite.URI(); got != "sip:6001@127.0.0.1:5070" {
					t.Errorf("called %s", got)
				}
				trunk.learn(invite.Body)
				trunk.Respond(invite, "180 Ringing", "t1", "", "")
				time.Sleep(300 * time.Millisecond)
				w.hears(k, "ringback", 440, 480)
				trunk.Respond(invite, "200 OK", "t1", "", trunk.sdp())
				trunk.Await("ACK")
				time.Sleep(500 * time.Millisecond)
				w.bothWaysOn(k, trunk.media)
				w.must(k.phone.OnHook())
				trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
				if r := w.record(); r.From != "201" || r.To != "6001" || r.Port != "fxs1" || r.Cause != tdm.CauseNormalClearing || r.Detector != "onhook" {
					t.Errorf("record is %+v", r)
				}
				if l := w.lineOf("fxs1"); l.State != "idle" {
					t.Errorf("%+v", l)
				}

				call := trunk.call("201")
				trunk.Await("180 INVITE")
				rang := 0
				for range 60 {
					time.Sleep(100 * time.Millisecond)
					if k.ringing() {
						rang++
					}
				}
				if rang < 15 || rang > 25 {
					t.Errorf("the bell rings %d tenths of a second in a period of 6 s, want 20", rang)
				}
				w.must(k.phone.OffHook())
				d := trunk.established(call)
				time.Sleep(500 * time.Millisecond)
				w.bothWaysOn(k, trunk.media)
				d.Send("BYE", "", "")
				trunk.Expect("200 BYE")
				w.must(k.phone.OnHook())
				if r := w.record(); r.To != "201" || r.Answered.IsZero() || r.Cause != tdm.CauseNormalClearing {
					t.Errorf("record is %+v", r)
				}
			})
		})
	}
}

func (k *lineCard) ringing() (on bool) {
	k.card.Do(func() { on = k.phone.Ringing() })
	return on
}

// The exchange rings the card's line; the call goes to the SIP account, and is cleared by the exchange.
func TestLinkCardLine(t *testing.T) {
	play(t, "fxs=1,fxo=1", func(cfg *config.Config) {
		onLink(cfg)
		toTrunk(cfg)
	}, func(w *world) {
		k := w.lineCard()
		w.plugIn(k)
		w.inState(2*time.Second, "fxo1", "idle")
		trunk := w.trunk()
		w.must(k.office.Ring())
		trunk.answered(time.Second)
		time.Sleep(time.Second)
		var closed bool
		k.card.Do(func() { closed = k.office.LoopClosed() })
		if !closed {
			t.Error("the exchange sees no loop current after the answer")
		}
		w.must(k.office.Cut())
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
		if r := w.record(); r.Port != "fxo1" || r.Answered.IsZero() || r.Detector == "" {
			t.Errorf("record is %+v", r)
		}
		time.Sleep(time.Minute)
		cards := source{w.app}.Cards()
		i := slices.IndexFunc(cards, func(c metrics.Card) bool { return c.Name == "lc" })
		if l := cards[i].Link; l.Firmware != "1.0.0" || l.Sessions != 1 || l.Missing != 0 || l.UnderrunSeconds > 0.02 || l.ClockSeconds < 60 || math.Abs(l.ClockPPM) > 20 {
			t.Errorf("the link's figures are %+v", l)
		}
	})
}

// The card is pulled out in a call, which ends with a cause; plugged in again a hundred times, its lines are back in service
// within 2 s each time, under their names, and nothing is left behind.
func TestLinkCardHotPlug(t *testing.T) {
	play(t, "fxs=1,fxo=1", onLink, func(w *world) {
		k := w.lineCard()
		time.Sleep(absence())
		w.plugIn(k)
		w.inState(2*time.Second, "fxs1", "idle")
		trunk := w.trunk()
		w.must(k.phone.OffHook())
		time.Sleep(time.Second)
		w.must(k.phone.Dial(w.Context(), "6001", false))
		trunk.answered(time.Second)
		time.Sleep(time.Second)
		w.pullOut(k)
		trunk.Respond(trunk.Expect("BYE"), "200 OK", "", "", "")
		if r := w.record(); r.Cause != tdm.CauseDestinationOutOfOrder || r.ReleasedBy == cdr.ByCalled || r.Answered.IsZero() {
			t.Errorf("record is %+v", r)
		}
		w.must(k.phone.OnHook())
		goroutines := 0
		rounds := 100
		if testing.Short() {
			rounds = 8
		}
		for i := range rounds {
			w.inState(time.Second, "fxs1", "out_of_service")
			w.plugIn(k)
			w.inState(2*time.Second, "fxs1", "idle")
			w.inState(2*time.Second, "fxo1", "idle")
			synctest.Wait()
			if n := runtime.NumGoroutine(); i == 0 {
				goroutines = n
			} else if n > goroutines+5 {
				t.Fatalf("%d goroutines became %d", goroutines, n)
			}
			w.pullOut(k)
		}
		w.plugIn(k)
		w.inState(2*time.Second, "fxs1", "idle")
	})
}
