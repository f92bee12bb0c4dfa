package linecard_test

import (
	"testing"
	"testing/synctest"

	"tipring/hw/board"
	"tipring/hw/linecard"
	"tipring/hw/link/linktest"
	"tipring/hw/link/wire"
	"tipring/hw/si3050"
	"tipring/tdm"
)

// A hookWatch is a board that notes when the hook of its one Si3050 is written.
type hookWatch struct {
	*linktest.Board
	frame int
	edges []int
	off   bool
}

func (h *hookWatch) Frame(down, up []byte) {
	h.frame++
	h.Board.Frame(down, up)
}

func (h *hookWatch) Transfer(device int, bytewise bool, tx, rx []byte) {
	// A write (20) of register 5, whose bit 0 is OH.
	if len(tx) == 3 && tx[0] == 0x20 && tx[1] == 5 && h.off != (tx[2]&1 != 0) {
		h.off = !h.off
		h.edges = append(h.edges, h.frame)
	}
	h.Board.Transfer(device, bytewise, tx, rx)
}

// Dial pulses arrive at the exchange as long as they were sent, to the millisecond, however the host's blocks lie.
func TestPulsesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hookWatch{Board: linktest.OnBoard(board.New(si3050.NewModel(0, false)))}
		b := &bench{board: h.Board, lines: []linecard.Line{{Kind: tdm.FXO, Name: "line1"}}}
		b.card = linktest.New(linktest.Config{Hello: wire.HelloAnswer{Timeslots: 1, Devices: 1}, Hardware: h})
		c := b.open(t, linecard.Config{Streams: b.plug(t)})
		tx, rx := tdm.NewBlock(1, 80), tdm.NewBlock(1, 80)
		// Off hook at 205 ms; five pulses of 61 and 39 ms from 800 ms on.
		hook := func(ms int) uint8 {
			if ms < 205 || ms >= 800 && ms < 1300 && (ms-800)%100 < 61 || ms >= 2000 {
				return 0
			}
			return tdm.SigOffHook
		}
		for ms := 0; ms < 3000; ms += 10 {
			for i := range tx.Sig {
				tx.Sig[i] = hook(ms + i)
			}
			if _, err := c.Exchange(tx, rx); err != nil {
				t.Fatal(err)
			}
		}
		var got []int
		b.card.Do(func() {
			for i := 1; i < len(h.edges); i++ {
				got = append(got, h.edges[i]-h.edges[i-1])
			}
		})
		want := []int{595, 61, 39, 61, 39, 61, 39, 61, 39, 61, 739}
		if len(got) != len(want) {
			t.Fatalf("%d intervals between edges: %v", len(got), got)
		}
		for i := range want {
			if got[i] != 8*want[i] {
				t.Errorf("interval %d is %d samples, want %d ms", i, got[i], want[i])
			}
		}
	})
}
