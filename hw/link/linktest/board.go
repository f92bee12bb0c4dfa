package linktest

import (
	"periph.io/x/conn/v3/gpio"

	"tipring/hw/board"
)

// A Board is a board of chip models as Hardware, with one interrupt line that all chips share.
type Board struct {
	*board.Board
	pin *board.Pin
}

// OnBoard makes Hardware of a board.
func OnBoard(b *board.Board) *Board { return &Board{b, b.Interrupt()} }

// Frame implements Hardware.
func (b *Board) Frame(down, up []byte) { b.Tick(down, up) }

// Transfer implements Hardware.
func (b *Board) Transfer(device int, bytewise bool, tx, rx []byte) {
	for i, out := range tx {
		if i == 0 || bytewise {
			b.Select(device, true)
		}
		rx[i] = b.Shift(device, out)
		if bytewise || i == len(tx)-1 {
			b.Select(device, false)
		}
	}
}

// Interrupt implements Hardware.
func (b *Board) Interrupt(line int) bool { return line == 0 && b.pin.Read() == gpio.Low }
