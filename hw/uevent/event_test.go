package uevent

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
)

// kernel is a message as the kernel sends it.
func kernel(action, path string, props ...string) []byte {
	return []byte(action + "@" + path + "\x00" + strings.Join(append([]string{"ACTION=" + action, "DEVPATH=" + path}, props...), "\x00") + "\x00")
}

// udev is a message as udev sends it.
func udev(action, path string, props ...string) []byte {
	text := strings.Join(append([]string{"ACTION=" + action, "DEVPATH=" + path}, props...), "\x00") + "\x00"
	b := make([]byte, 40, 40+len(text))
	copy(b, udevPrefix)
	binary.BigEndian.PutUint32(b[8:], udevMagic)
	binary.NativeEndian.PutUint32(b[12:], 40)
	binary.NativeEndian.PutUint32(b[16:], 40)
	binary.NativeEndian.PutUint32(b[20:], uint32(len(text)))
	return append(b, text...)
}

const tty = "/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/tty/ttyACM0"

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want Event
		err  error
	}{
		{"kernel", kernel("add", tty, "SUBSYSTEM=tty", "MAJOR=166", "DEVNAME=ttyACM0", "SEQNUM=4077"),
			Event{Action: Add, Path: tty, Subsystem: "tty", Node: "/dev/ttyACM0"}, nil},
		{"udev", udev("add", tty, "SUBSYSTEM=tty", "DEVNAME=/dev/ttyACM0", "DEVLINKS=/dev/serial/by-id/usb-USR_1-if00 /dev/tipring/modem-1",
			"ID_VENDOR_ID=0baf", "ID_MODEL_ID=0303", "TAGS=:systemd:"),
			Event{Action: Add, Path: tty, Subsystem: "tty", Node: "/dev/ttyACM0", Vendor: "0baf", Product: "0303", FromUdev: true,
				Links: []string{"/dev/serial/by-id/usb-USR_1-if00", "/dev/tipring/modem-1"}}, nil},
		{"gone", kernel("remove", tty, "SUBSYSTEM=tty", "DEVNAME=ttyACM0"), Event{Action: Remove, Path: tty, Subsystem: "tty", Node: "/dev/ttyACM0"}, nil},
		{"no node", kernel("add", "/devices/x", "SUBSYSTEM=usb"), Event{Action: Add, Path: "/devices/x", Subsystem: "usb"}, nil},
		{"values with =", kernel("add", "/devices/x", "DEVNAME=a=b"), Event{Action: Add, Path: "/devices/x", Node: "/dev/a=b"}, nil},
		{"empty", nil, Event{}, errForeign},
		{"text", []byte("hello"), Event{}, errForeign},
		{"no properties", []byte("add@/devices/x\x00"), Event{}, errEmpty},
		{"no device", udev("add", ""), Event{}, errEmpty},
		{"udev, cut", udev("add", tty)[:30], Event{}, errShort},
		{"udev, header cut", udev("add", tty)[:20], Event{}, errShort},
		{"udev, wrong magic", append([]byte(udevPrefix), make([]byte, 40)...), Event{}, errForeign},
		{"too long", kernel("add", tty, "X="+strings.Repeat("x", maxDatagram)), Event{}, errForeign},
	} {
		got, err := Parse(c.in)
		if err != c.err || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v; want %+v, %v", c.name, got, err, c.want, c.err)
		}
	}
}

func TestNames(t *testing.T) {
	e := Event{Node: "/dev/ttyACM0", Links: []string{"/dev/tipring/modem-1"}}
	for path, want := range map[string]bool{"/dev/ttyACM0": true, "/dev/tipring/modem-1": true, "/dev/ttyACM1": false, "": false} {
		if e.Names(path) != want {
			t.Errorf("%q: %v", path, !want)
		}
	}
	if (Event{}).Names("") {
		t.Error("an event about nothing names the empty path")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(kernel("add", tty, "SUBSYSTEM=tty", "DEVNAME=ttyACM0"))
	f.Add(udev("remove", tty, "DEVLINKS=/dev/a /dev/b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(b)
		if err == nil && (e.Action == "" || e.Path == "") {
			t.Errorf("%q gives %+v", b, e)
		}
		if e.Node != "" && !strings.HasPrefix(e.Node, "/dev/") {
			t.Errorf("%q has the node %q", b, e.Node)
		}
	})
}
