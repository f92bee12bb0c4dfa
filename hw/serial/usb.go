package serial

import (
	"os"
	"path/filepath"
	"strings"
)

// A USBID is the identity of the USB device behind a serial port, four hexadecimal digits each, and the interface of it.
type USBID struct {
	Vendor, Product string
	Interface       string // two hexadecimal digits
}

// sysTTY is where Linux describes serial devices (Documentation/ABI/testing/sysfs-tty, sysfs-bus-usb).
const sysTTY = "/sys/class/tty"

// USB returns the identity of a port's USB device. path may be a link, as those of /dev/serial/by-id. ok is false for a port
// that is not on USB, or not there.
func USB(path string) (id USBID, ok bool) { return usb(sysTTY, path) }

func usb(sys, path string) (id USBID, ok bool) {
	dev, err := filepath.EvalSymlinks(path)
	if err != nil {
		return id, false
	}
	dir, err := filepath.EvalSymlinks(filepath.Join(sys, filepath.Base(dev), "device"))
	if err != nil {
		return id, false
	}
	// The tty is in a directory of the interface, or of a port of it; the device is above.
	for range 4 {
		if id.Interface == "" {
			id.Interface = attribute(dir, "bInterfaceNumber")
		}
		if id.Vendor, id.Product = attribute(dir, "idVendor"), attribute(dir, "idProduct"); id.Vendor != "" && id.Product != "" {
			return id, true
		}
		dir = filepath.Dir(dir)
	}
	return USBID{}, false
}

func attribute(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
