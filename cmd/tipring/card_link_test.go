package main

import (
	"context"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"tipring/cmd/peers"
	"tipring/hw/board"
	"tipring/hw/link/linktest"
	"tipring/hw/link/wire"
	"tipring/hw/pair"
	"tipring/hw/serial"
	"tipring/hw/serial/pty"
	"tipring/hw/si3050"
	"tipring/hw/si3210"
)

// onTTY runs a line card at the far side of a pseudo-terminal and returns its path. The near side is held open, or the card would
// find itself unplugged after the first command.
func onTTY(t *testing.T, cfg linktest.Config) string {
	t.Helper()
	far, path, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	hold, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var card sync.WaitGroup
	card.Go(func() { linktest.New(cfg).Run(ctx, far, nil) })
	t.Cleanup(func() { stop(); card.Wait(); hold.Close() })
	return path
}

// The card commands see the chips of a line card as they see those of the host: an Si3210 whose telephone is off hook and an
// Si3050, over a pseudo-terminal in real time.
func TestCardOnLink(t *testing.T) {
	peers.Lock(t)
	fxs, fxo := si3210.NewModel(false), si3050.NewModel(0, false)
	phone := &pair.Phone{REN: 1}
	phone.Hook(true)
	fxs.Terminal, fxs.Pair.LoopOhm, fxo.Office = phone, 168, &pair.Office{}
	path := onTTY(t, linktest.Config{Hello: wire.HelloAnswer{Devices: 2}, Hardware: linktest.OnBoard(board.New(fxs, fxo))})
	for _, c := range []struct {
		line string
		code int
		out  []string
		says string
	}{
		{"list", 0, []string{"link-cs0  Si3210", "link-cs1  Si3050"}, ""},
		{"info link-cs1", 0, []string{"Si3050", "Line voltage"}, ""},
		{"regs link-cs0 --indirect", 0, []string{"indirect 0 "}, ""},
		{"test link-cs0", 1, []string{"the receiver is off hook"}, "link-cs0: 1 fault"},
		{"watch link-cs0 link-cs1 --int link-int0 --for 4s", 0, []string{"link-cs0  ready", "link-cs1  ready", "link-cs0  off hook"}, ""},
		{"info link-cs7", 1, nil, "want link-cs0 to link-cs1"},
		{"watch --int GPIO25", 2, nil, "want link-int0"},
		{"list --emu", 2, nil, "--emu"},
	} {
		code, out, errs := card(t, c.line+" --device "+path)
		if code != c.code || (c.says == "") != (errs == "") || !strings.Contains(errs, c.says) {
			t.Errorf("card %s: exit %d, %q; want %d and %q", c.line, code, errs, c.code, c.says)
		}
		for _, want := range c.out {
			if !strings.Contains(out, want) {
				t.Errorf("card %s: no %q in\n%s", c.line, want, out)
			}
		}
	}
	p, err := serial.Open(serial.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if code, _, errs := card(t, "list --device "+path); code != 1 || !strings.Contains(errs, "is a gateway running with it?") {
		t.Errorf("a device that is in use: exit %d, %q", code, errs)
	}
}

// A card whose chips cannot be reached says so.
func TestCardOnLinkWithoutChips(t *testing.T) {
	peers.Lock(t)
	empty := linktest.NewFlash(4096, func(uint8, []byte, uint32) wire.SlotInfo { return wire.SlotInfo{Fault: wire.Empty} })
	path := onTTY(t, linktest.Config{Flash: empty})
	if code, _, errs := card(t, "list --device "+path); code != 1 || !strings.Contains(errs, "in its bootloader") {
		t.Errorf("exit %d, %q", code, errs)
	}
}
