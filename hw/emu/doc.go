// Package emu is a card that needs no hardware: lines modelled down to loop current and hybrid echo, with a telephone
// behind every FXS port and an exchange behind every FXO port.
package emu
