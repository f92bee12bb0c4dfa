package serial

import (
	"os"
	"path/filepath"
	"testing"
)

// The tty of a USB modem is found by the link that udev makes: cdc_acm hangs it below the interface, option below a port of it.
func TestUSB(t *testing.T) {
	root := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, at string) {
		t.Helper()
		at = filepath.Join(root, at)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(root, to), at); err != nil {
			t.Fatal(err)
		}
	}
	const modem, module = "devices/usb1/1-1", "devices/usb1/1-2"
	write(modem+"/idVendor", "0baf\n")
	write(modem+"/idProduct", "0303\n")
	write(modem+"/1-1:1.0/bInterfaceNumber", "00\n")
	link(modem+"/1-1:1.0", "class/tty/ttyACM0/device")
	write(module+"/idVendor", "12d1\n")
	write(module+"/idProduct", "1001\n")
	write(module+"/1-2:1.2/bInterfaceNumber", "02\n")
	write(module+"/1-2:1.2/ttyUSB2/x", "")
	link(module+"/1-2:1.2/ttyUSB2", "class/tty/ttyUSB2/device")
	write("devices/pnp/x", "")
	link("devices/pnp", "class/tty/ttyS0/device")
	for _, dev := range []string{"ttyACM0", "ttyUSB2", "ttyS0", "ttyACM9"} {
		write("dev/"+dev, "")
	}
	link("dev/ttyACM0", "dev/serial/by-id/usb-USR-if00")
	for path, want := range map[string]USBID{
		"dev/ttyACM0":                   {"0baf", "0303", "00"},
		"dev/serial/by-id/usb-USR-if00": {"0baf", "0303", "00"},
		"dev/ttyUSB2":                   {"12d1", "1001", "02"},
		"dev/ttyS0":                     {},
		"dev/ttyACM9":                   {},
		"dev/none":                      {},
	} {
		if id, ok := usb(filepath.Join(root, "class/tty"), filepath.Join(root, path)); id != want || ok != (want != USBID{}) {
			t.Errorf("%s: %+v %v, want %+v", path, id, ok, want)
		}
	}
}
