package qemutest

import (
	"context"
	"crypto/ed25519"
	"sync"
	"testing"
	"time"

	"tipring/cmd/peers"
	"tipring/firmware/image"
	"tipring/hw/board"
	"tipring/hw/hwtest"
	"tipring/hw/linecard"
	"tipring/hw/link"
	"tipring/hw/link/linktest"
	"tipring/hw/serial"
	"tipring/hw/si3050"
	"tipring/hw/si3210"
	"tipring/tdm"
)

// A lineCard is a card with a telephone in position 0 and an exchange in position 1, in QEMU and in service.
type lineCard struct {
	*Machine
	card   *linecard.Card
	phone  *linktest.Phone
	office *linktest.Office
}

func commissioned(t *testing.T, bench Bench) *Machine {
	t.Helper()
	p := Build(t)
	m, err := image.Sign(p.Variant(image.A, "1.0.0", "", 1), key)
	if err != nil {
		t.Fatal(err)
	}
	return New(t, Commission(p.Install(key.Public().(ed25519.PublicKey)), m), bench)
}

func newLineCard(t *testing.T) *lineCard {
	t.Helper()
	fxs, fxo := si3210.NewModel(false), si3050.NewModel(0, false)
	b := linktest.OnBoard(board.New(fxs, fxo))
	l := &lineCard{phone: linktest.NewPhone(b), office: linktest.NewOffice(b)}
	fxs.Terminal, fxs.Pair.LoopOhm = l.phone.Phone, 168
	fxo.Office, fxo.Pair.LoopOhm = l.office.Office, 168
	l.Machine = commissioned(t, OnHardware(b, 2))
	l.PowerOn()
	state := make(chan error, 100)
	c, err := linecard.New(linecard.Config{
		Name: "lc", Lead: 40 * time.Millisecond,
		Lines: []linecard.Line{{Slot: 0, Kind: tdm.FXS, Name: "line1"}, {Slot: 1, Kind: tdm.FXO, Name: "line2"}},
		Streams: func(context.Context) (link.Stream, link.Stream, error) {
			p, err := serial.Open(serial.Config{Path: l.Path})
			return p, nil, err
		},
		State: func(err error) { state <- err },
	})
	if err != nil {
		t.Fatal(err)
	}
	l.card = c
	var keeper sync.WaitGroup
	keeper.Go(func() { c.Run(context.Background()) })
	t.Cleanup(func() {
		c.Close()
		keeper.Wait()
		if t.Failed() {
			t.Logf("host %+v", c.Stats())
		}
	})
	for {
		err := <-state
		if err == nil {
			return l
		}
		t.Logf("not in service: %v", err)
	}
}

// The conformance suite passes for the firmware, with chip models at its SPI and its highway, in QEMU. What it says of sound
// is that it is there: samples that the host kept the card from sending in time are lost, and counted.
func TestConformance(t *testing.T) {
	peers.Lock(t)
	hwtest.Run(t, hwtest.Options{}, func(t *testing.T) hwtest.Harness {
		l := newLineCard(t)
		return hwtest.Harness{
			Card: l.card, Depth: 256 * time.Millisecond, LevelDB: 3, CleanDB: 3, RateTolerance: 0.1,
			RingMs: linktest.OfficeRingMs, PauseMs: linktest.OfficePauseMs,
			Telephone: func(slot int) hwtest.Telephone {
				if slot == 0 {
					return l.phone
				}
				return nil
			},
			Office: func(slot int) hwtest.Office {
				if slot == 1 {
					return l.office
				}
				return nil
			},
		}
	})
}
