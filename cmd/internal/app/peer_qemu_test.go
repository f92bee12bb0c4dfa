package app

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/firmware/image"
	"tipring/gateway/cdr"
	"tipring/gateway/config"
	"tipring/hw/board"
	"tipring/hw/link/linktest"
	"tipring/hw/link/qemutest"
	"tipring/hw/si3210"
)

// qemuPlan is a card on a link with one telephone. Its peer sends back what it hears, which a canceller would take for echo.
const qemuPlan = `
[[card]]
name = "lc"
driver = "link"
device = %q
lead = "40ms"

[[port]]
name = "fxs1"
kind = "fxs"
number = "201"
echo = false
`

// A telephone on a chip model behind the firmware in QEMU calls sipp, which sends its voice back. QEMU's time is the host's and
// runs late with it: asserted is what happens and in which order, and that sound is there, not how good it is.
func TestFirmwareCallsSipp(t *testing.T) {
	peers.Need(t, "sipp")
	program := qemutest.Build(t)
	peers.Lock(t)
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
	m, err := image.Sign(program.App[image.A], key)
	if err != nil {
		t.Fatal(err)
	}
	chip := si3210.NewModel(false)
	b := linktest.OnBoard(board.New(chip))
	phone := linktest.NewPhone(b)
	chip.Terminal, chip.Pair.LoopOhm = phone.Phone, 168
	card := qemutest.New(t, qemutest.Commission(program.Install(key.Public().(ed25519.PublicKey)), m), qemutest.OnHardware(b, 1))
	card.PowerOn()

	s := &site{T: t, ports: map[string]int{"fxs1": freePort(t)}, idle: &sync.Mutex{}}
	cfg, err := config.Parse("qemu.toml", fmt.Sprintf(qemuPlan, card.Path)+fmt.Sprintf(siteLine, "fxs1", s.ports["fxs1"], "6xxx"))
	s.must(err)
	cfg.Data.Dir = t.TempDir()
	cfg.SIP.UDP, cfg.SIP.TCP = []netip.AddrPort{netip.AddrPortFrom(loopback, 0)}, nil
	cfg.SIP.Allow = []netip.Prefix{netip.PrefixFrom(loopback, loopback.BitLen())}
	cfg.RTP.Address, cfg.RTP.PortMin, cfg.RTP.PortMax = loopback, 0, 0
	cfg.HTTP.Listen = netip.AddrPortFrom(loopback, 0)
	s.app, err = New(Options{Config: cfg, Log: slog.New(slog.DiscardHandler), Version: "test"})
	s.must(err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.app.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the gateway ended with %v", err)
		}
	}()
	<-s.app.Ready()
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()

	// hears records until most of what the telephone hears is these tones.
	hears := func(what string, hz ...float64) {
		t.Helper()
		for {
			pcm, err := phone.Record(s.ctx, 500*time.Millisecond)
			if err != nil {
				t.Fatalf("no %s: %v", what, err)
			}
			sum := 0.0
			for _, f := range hz {
				share, _ := power(pcm, f)
				sum += share
			}
			if _, db := power(pcm, 0); sum > 0.6 && db > -50 {
				return
			}
		}
	}
	for { // until the line is in service
		if lines := (backend{s.app}).Lines(); len(lines) == 1 && lines[0].State == "idle" {
			break
		}
		_, err := phone.Record(s.ctx, 100*time.Millisecond)
		s.must(err)
	}
	call := s.sipp("fxs1", "uas", "-rtp_echo")
	s.must(phone.OffHook())
	hears("dial tone", 350, 440)
	s.must(phone.Dial(s.ctx, "6001", false))
	speech := make(chan error, 1)
	talk, quiet := context.WithCancel(s.ctx)
	go func() {
		for talk.Err() == nil {
			if err := phone.Play(talk, sineOf(1004, 1)); err != nil && talk.Err() == nil {
				speech <- err
				return
			}
		}
		speech <- nil
	}()
	hears("own voice back from sipp", 1004)
	quiet()
	s.must(<-speech)
	s.must(phone.OnHook())
	s.finished(call)
	for {
		records, err := s.app.Records(s.ctx, cdr.Filter{})
		s.must(err)
		if len(records) == 1 && !records[0].Ended.IsZero() {
			if r := records[0]; r.Port != "fxs1" || r.To != "6001" || r.Answered.IsZero() || r.Detector != "onhook" {
				t.Errorf("record is %+v", r)
			}
			return
		}
		_, err = phone.Record(s.ctx, 100*time.Millisecond)
		s.must(err)
	}
}
