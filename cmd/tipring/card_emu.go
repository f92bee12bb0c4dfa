package main

import (
	"fmt"
	"slices"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/spi"

	"tipring/hw/board"
	"tipring/hw/pair"
	"tipring/hw/si3050"
	"tipring/hw/si3210"
	"tipring/hw/spidev"
)

// emulatedBoard is a board with chip models in service: four for telephones, of which the second is off hook, the third has a
// wire that leaks to ground and the fourth has no telephone; and four before exchanges, of which the second is wired the other
// way round, the third is not plugged in and the fourth has a telephone off hook beside it.
func emulatedBoard() (*spidev.Host, error) {
	var devices []board.Device
	var phones []*pair.Phone
	var offices []*pair.Office
	for i := range 4 {
		m := si3210.NewModel(i == 3)
		phone := &pair.Phone{REN: 1}
		phone.Hook(i == 1)
		phones, m.Terminal = append(phones, phone), phone
		m.Pair.LoopOhm = 168
		switch i {
		case 2:
			m.Pair.TipGround.Ohm = 33e3
		case 3:
			m.Terminal = nil
		}
		devices = append(devices, m)
	}
	for i := range 4 {
		m := si3050.NewModel(0, i == 3)
		offices = append(offices, &pair.Office{Reversed: i == 1, Cut: i == 2})
		m.Office = offices[i]
		m.Pair.LoopOhm = 168
		if i == 3 {
			m.Pair.TipRing.Ohm = 100
		}
		devices = append(devices, m)
	}
	b := board.New(devices...)
	var names []string
	for i := range devices {
		names = append(names, fmt.Sprintf("emu%d", i+1))
	}
	h := &spidev.Host{
		Ports: func() []string { return names },
		Open: func(name string) (spi.PortCloser, error) {
			if i := slices.Index(names, name); i >= 0 {
				return b.Port(i), nil
			}
			return nil, fmt.Errorf("there is no port %q on the emulated board: want emu1 to emu%d", name, len(names))
		},
		Pin:   func(string) (gpio.PinIn, error) { return b.Interrupt(), nil },
		Sleep: b.Sleep,
	}
	for _, name := range names {
		l, err := h.Find(name, spidev.Config{})
		if err != nil {
			return nil, err
		}
		if err := l.Start(); err != nil {
			return nil, err
		}
	}
	b.Sleep(time.Second)
	h.Now = scene(b, phones[0], offices[0])
	return h, nil
}

// scene is the time of a board that keeps up with the host's while it is asked, and what happens on its lines: the first
// telephone is off hook for the second of each three seconds, and the first exchange rings for the first two of each six.
func scene(b *board.Board, phone *pair.Phone, office *pair.Office) func() time.Duration {
	start, base := time.Now(), b.Now()
	return func() time.Duration {
		for b.Now()-base < time.Since(start) {
			now := b.Now() - base
			b.Do(func() {
				phone.Hook(now%(3*time.Second)/time.Second == 1)
				office.Ringing = now%(6*time.Second) < 2*time.Second
			})
			b.Sleep(time.Millisecond)
		}
		return b.Now() - base
	}
}
