package uevent

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// The actions that say that a device has come or gone; others are bind, unbind, change, move, online and offline.
const (
	Add    = "add"
	Remove = "remove"
)

// An Event is one message about one device.
type Event struct {
	Action    string
	Path      string   // below /sys: DEVPATH
	Subsystem string   // tty, spidev, usb ...
	Node      string   // /dev/ttyACM0; "" for a device without a node
	Links     []string // /dev/serial/by-id/...; udev's events alone have them
	Vendor    string   // USB ids as four hexadecimal digits; "" where the event does not say
	Product   string
	FromUdev  bool
}

// Names says whether the event is about the device that a path names, by its node or by a link.
func (e Event) Names(path string) bool {
	return path != "" && (e.Node == path || slices.Contains(e.Links, path))
}

// Limits of what is taken from a datagram: the kernel's own buffer for one event is 2 KiB, udev adds its properties to that.
const (
	maxDatagram   = 16 << 10
	maxProperties = 256
)

// Errors of Parse.
var (
	errShort   = errors.New("uevent: message is shorter than its header says")
	errForeign = errors.New("uevent: message is neither the kernel's nor udev's")
	errEmpty   = errors.New("uevent: message names no action or no device")
)

// Layout of udev's header (struct monitor_netlink_header of systemd's sd-device): "libudev", a zero, a magic number in network
// order, then in the machine's order the size of the header, and offset and length of the properties.
const (
	udevPrefix  = "libudev\x00"
	udevMagic   = 0xfeedcafe
	udevHeader  = 24
	udevMagicAt = 8
	udevPropsAt = 16
)

// Parse reads one datagram: the kernel's "add@/devices/..." or udev's, each with KEY=VALUE strings that end with a zero.
func Parse(b []byte) (Event, error) {
	if len(b) > maxDatagram {
		return Event{}, errForeign
	}
	var e Event
	if bytes.HasPrefix(b, []byte(udevPrefix)) {
		if len(b) < udevHeader {
			return Event{}, errShort
		}
		if binary.BigEndian.Uint32(b[udevMagicAt:]) != udevMagic {
			return Event{}, errForeign
		}
		at := uint64(binary.NativeEndian.Uint32(b[udevPropsAt:]))
		n := uint64(binary.NativeEndian.Uint32(b[udevPropsAt+4:]))
		if at < udevHeader || at+n > uint64(len(b)) {
			return Event{}, errShort
		}
		e.FromUdev = true
		b = b[at : at+n]
	} else {
		head, rest, ok := bytes.Cut(b, []byte{0})
		if !ok || !bytes.Contains(head, []byte("@/")) {
			return Event{}, errForeign
		}
		b = rest
	}
	for n := 0; len(b) > 0 && n < maxProperties; n++ {
		var pair []byte
		pair, b, _ = bytes.Cut(b, []byte{0})
		if key, value, ok := strings.Cut(string(pair), "="); ok {
			e.set(key, value)
		}
	}
	if e.Action == "" || e.Path == "" {
		return Event{}, errEmpty
	}
	return e, nil
}

func (e *Event) set(key, value string) {
	switch key {
	case "ACTION":
		e.Action = value
	case "DEVPATH":
		e.Path = value
	case "SUBSYSTEM":
		e.Subsystem = value
	case "DEVNAME": // the kernel's has no /dev/
		if value != "" && !strings.HasPrefix(value, "/dev/") {
			value = "/dev/" + value
		}
		e.Node = value
	case "DEVLINKS":
		e.Links = strings.Fields(value)
	case "ID_VENDOR_ID":
		e.Vendor = value
	case "ID_MODEL_ID":
		e.Product = value
	}
}
