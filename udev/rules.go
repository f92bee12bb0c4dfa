package udev

import (
	"fmt"
	"slices"
	"strings"

	"tipring/hw/link"
	"tipring/hw/modem"
)

// A port is one tty of a device.
type port struct {
	vendor, product string
	iface           int // USB interface number; -1: the device has one port, or all are alike
	name            string
	comment         string
	shared          bool // other ports of the device are not ours
}

// head and foot enclose the rules. ID_SERIAL_SHORT, ID_PATH and ID_USB_INTERFACE_NUM come from udev's own builtins, which
// 60-serial.rules calls too, but after this file.
const (
	head = `# Names, group and protection of the devices that tipring drives. Made from the drivers' tables: go test ./udev -update
# Copy it to /etc/udev/rules.d, then: udevadm control --reload && udevadm trigger --subsystem-match=tty

ACTION=="remove", GOTO="tipring_end"
SUBSYSTEM=="spidev", GROUP="dialout", MODE="0660", GOTO="tipring_end"
SUBSYSTEM!="tty", GOTO="tipring_end"
SUBSYSTEMS=="usb", IMPORT{builtin}="usb_id", IMPORT{builtin}="path_id"
ENV{ID_BUS}!="usb", GOTO="tipring_end"

`
	foot = `
GOTO="tipring_end"

LABEL="tipring_device"
ENV{ID_MM_DEVICE_IGNORE}="1"

LABEL="tipring_port"
ENV{ID_MM_PORT_IGNORE}="1", GROUP="dialout", MODE="0660"
ENV{.TIPRING_PORT}!="", ENV{.TIPRING_PORT}="-$env{.TIPRING_PORT}"
ENV{ID_SERIAL_SHORT}=="?*", SYMLINK+="tipring/$env{.TIPRING}-$env{ID_SERIAL_SHORT}$env{.TIPRING_PORT}"
ENV{ID_SERIAL_SHORT}=="", ENV{ID_PATH}=="?*", SYMLINK+="tipring/$env{.TIPRING}-$env{ID_PATH}$env{.TIPRING_PORT}"

LABEL="tipring_end"
`
)

// Rules returns the rules file.
func Rules() string {
	var b strings.Builder
	b.WriteString(head)
	for _, p := range ports() {
		fmt.Fprintf(&b, "# %s\n", p.comment)
		fmt.Fprintf(&b, `ATTRS{idVendor}=="%s", ATTRS{idProduct}=="%s", `, p.vendor, p.product)
		if p.iface >= 0 {
			fmt.Fprintf(&b, `ENV{ID_USB_INTERFACE_NUM}=="%02x", `, p.iface)
		}
		kind, suffix, _ := strings.Cut(p.name, "-")
		fmt.Fprintf(&b, `ENV{.TIPRING}="%s", `, kind)
		if suffix != "" {
			fmt.Fprintf(&b, `ENV{.TIPRING_PORT}="%s", `, suffix)
		}
		label := "tipring_device"
		if p.shared {
			label = "tipring_port"
		}
		fmt.Fprintf(&b, "GOTO=%q\n", label)
	}
	b.WriteString(foot)
	return b.String()
}

// ports lists the ttys of all devices in the drivers' tables: line cards, modems that have a voice mode or may have, and the two
// ports of cellular modems.
func ports() []port {
	var out []port
	for _, d := range link.USBDevices {
		out = append(out,
			port{d.Vendor, d.Product, d.Control, "card", d.Name, false},
			port{d.Vendor, d.Product, d.Media, "card-media", d.Name + ", media", false})
	}
	for _, d := range modem.USBDevices() {
		switch d.Class {
		case "voice-modem", "modem":
			out = append(out, port{d.Vendor, d.Product, -1, "modem", d.Name, false})
		case "cellular-voice":
			out = append(out,
				port{d.Vendor, d.Product, d.DataIf, "modem", d.Name, true},
				port{d.Vendor, d.Product, d.AudioIf, "modem-audio", d.Name + ", audio", true})
		}
	}
	slices.SortStableFunc(out, func(a, b port) int {
		return strings.Compare(a.vendor+a.product, b.vendor+b.product)
	})
	return out
}
