// Package udev makes the udev rules of the devices that the drivers know, from the drivers' own tables, so that the two cannot
// disagree: 60-tipring.rules is what Rules returns, and a test holds it to that.
//
// # What the rules do
//
// They give line cards and voice modems names that stay: /dev/tipring/card-SERIAL and card-SERIAL-media for a board's two ports,
// modem-SERIAL for a modem, modem-SERIAL-audio for the second port of a cellular one. A modem without a serial number, as most
// are, is named by the socket that it is in: modem-PATH. The group dialout may open them. ModemManager leaves them alone: it
// would talk to a modem in the middle of a call. The ports of a cellular modem that the gateway does not use stay
// ModemManager's. Nothing is run: the gateway listens to the kernel (package hw/uevent).
//
// brltty takes some USB-to-serial adapters for braille displays by their ids alone. None of those ids is in the tables, which a
// test asserts; on a machine with brltty a line card behind such an adapter needs brltty removed.
//
// # The service
//
// tipring.service runs the gateway as a user of its own with access to those devices. What systemd 252 can check of it and of
// the rules is checked by tests: systemd-analyze verify, and udevadm test on a device that umockdev invents.
package udev
