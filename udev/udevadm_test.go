package udev

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tipring/cmd/peers"
)

const usbPath = "/devices/pci0000:00/0000:00:14.0/usb1/1-2"

// mock describes a tty of a USB device for umockdev.
func mock(vendor, product, serial string, iface int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "P: %s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: PRODUCT=%s/%s/100\nA: idVendor=%s\\n\nA: idProduct=%s\\n\nA: bcdDevice=0100\\n\nA: product=Thing\\n\nA: manufacturer=Maker\\n\n",
		usbPath, vendor, product, vendor, product)
	if serial != "" {
		fmt.Fprintf(&b, "A: serial=%s\\n\n", serial)
	}
	fmt.Fprintf(&b, "\nP: %s/1-2:1.%d\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\nA: bInterfaceNumber=%02x\\n\nA: bInterfaceClass=02\\n\nA: bInterfaceSubClass=02\\n\nA: bInterfaceProtocol=01\\n\n",
		usbPath, iface, iface)
	fmt.Fprintf(&b, "\nP: %s/1-2:1.%d/tty/ttyACM0\nN: ttyACM0\nE: SUBSYSTEM=tty\nE: DEVNAME=/dev/ttyACM0\nE: MAJOR=166\nE: MINOR=0\n", usbPath, iface)
	fmt.Fprint(&b, "\nP: /devices/pci0000:00/0000:00:14.0/usb1\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\n")
	fmt.Fprint(&b, "\nP: /devices/pci0000:00/0000:00:14.0\nE: SUBSYSTEM=pci\nE: PCI_SLOT_NAME=0000:00:14.0\n")
	return b.String()
}

// complaint is how udev finds fault with a line of a rules file.
var complaint = regexp.MustCompile(rulesFile + `:\d+ (Invalid|Unknown|Failed|Missing|Unexpected|GOTO)`)

// udev's own rule engine takes the file, and makes of a device what doc.go says.
func TestUdevadm(t *testing.T) {
	bins := peers.Need(t, "unshare", "umockdev-run", "udevadm")
	rules, err := filepath.Abs(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, vendor, product, serial string
		iface                         int
		link                          string // below /dev/tipring; "": none
		device                        bool   // ModemManager is to leave the whole device alone
	}{
		{"modem", "0baf", "0303", "ABC123", 0, "modem-ABC123", true},
		{"modem without a serial number", "0572", "1340", "", 0, "modem-pci-0000:00:14.0-usb-0:2:1.0", true},
		{"serial number with other characters", "0baf", "0303", "A/B $x", 0, "modem-A_B__x", true},
		{"card", "1209", "0001", "LC8-7", 0, "card-LC8-7", true},
		{"card, media", "1209", "0001", "LC8-7", 2, "card-LC8-7-media", true},
		{"cellular modem", "2c7c", "0125", "EC25", 2, "modem-EC25", false},
		{"cellular modem, audio", "2c7c", "0125", "EC25", 1, "modem-EC25-audio", false},
		{"cellular modem, another port", "2c7c", "0125", "EC25", 0, "", false},
		{"an adapter", "0403", "6001", "FT1", 0, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "device.umockdev")
			if err := os.WriteFile(file, []byte(mock(c.vendor, c.product, c.serial, c.iface)), 0o644); err != nil {
				t.Fatal(err)
			}
			// The rules' folder is replaced in a mount namespace of the command's own.
			script := `mount -t tmpfs none /etc/udev/rules.d && cp "$1" /etc/udev/rules.d/ && exec "$2" --device "$3" -- "$4" test --action=add "/sys$5"`
			tty := fmt.Sprintf("%s/1-2:1.%d/tty/ttyACM0", usbPath, c.iface)
			out, err := exec.Command(bins[0], "--map-root-user", "--mount", "sh", "-c", script, "sh", rules, bins[1], file, bins[2], tty).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			text := string(out)
			if complaint.MatchString(text) {
				t.Errorf("udev complains of the rules:\n%s", text)
			}
			var links []string
			for line := range strings.Lines(text) {
				if list, ok := strings.CutPrefix(strings.TrimSpace(line), "DEVLINKS="); ok {
					links = strings.Fields(list)
				}
			}
			ours := slices.DeleteFunc(links, func(l string) bool { return !strings.HasPrefix(l, "/dev/tipring/") })
			want := []string{}
			if c.link != "" {
				want = []string{"/dev/tipring/" + c.link}
			}
			if !slices.Equal(ours, want) {
				t.Errorf("links %q, want %q\n%s", ours, want, text)
			}
			if got := strings.Contains(text, "ID_MM_DEVICE_IGNORE=1"); got != c.device {
				t.Errorf("the device is kept from ModemManager: %v", got)
			}
			if got := strings.Contains(text, "ID_MM_PORT_IGNORE=1"); got != (c.link != "") {
				t.Errorf("the port is kept from ModemManager: %v", got)
			}
		})
	}
}

// systemd finds nothing wrong with the unit. The program need not be installed for that.
func TestUnit(t *testing.T) {
	bin := peers.Need(t, "systemd-analyze")[0]
	unit, err := os.ReadFile("tipring.service")
	if err != nil {
		t.Fatal(err)
	}
	const program = "/usr/local/bin/tipring "
	if !strings.Contains(string(unit), "ExecStart="+program+"run -c ") {
		t.Error("the unit starts something else")
	}
	file := filepath.Join(t.TempDir(), "tipring.service")
	if err := os.WriteFile(file, []byte(strings.Replace(string(unit), program, "/bin/true ", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(bin, "verify", "--man=no", file).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
