package modem

import "strings"

// A USBDevice is a row of usb-ids.json: what a USB id tells to expect.
type USBDevice struct {
	Vendor  string   `json:"vid"` // four hexadecimal digits
	Product string   `json:"pid"`
	Name    string   `json:"name"`
	Class   string   `json:"class"` // voice-modem, modem (voice not shown by a source), softmodem, cellular-voice, cellular
	Dialect string   `json:"dialect"`
	Driver  string   `json:"driver"`
	Note    string   `json:"note"`
	DataIf  int      `json:"data_if"` // cellular: interface of the AT commands
	AudioIf int      `json:"audio_if"`
	Source  []string `json:"source"`
}

// USBDevices returns the table.
func USBDevices() []USBDevice { return append([]USBDevice(nil), data().usb...) }

// LookupUSB returns the row of a USB id.
func LookupUSB(vendor, product string) (USBDevice, bool) {
	for _, d := range data().usb {
		if strings.EqualFold(d.Vendor, vendor) && strings.EqualFold(d.Product, product) {
			return d, true
		}
	}
	return USBDevice{}, false
}

// Expect says in words what a USB id tells of a device; nothing when the table does not have it.
func Expect(vendor, product string) string {
	d, ok := LookupUSB(vendor, product)
	if !ok {
		return ""
	}
	s := d.Name + " (" + vendor + ":" + product + "): " + d.Class
	if d.Dialect != "" {
		s += ", dialect " + d.Dialect
	}
	if d.Note != "" {
		s += "; " + d.Note
	}
	return s
}
