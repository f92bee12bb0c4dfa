package link

// A USBDevice is a board that speaks the card link over USB: a CDC-ACM device with two ports.
type USBDevice struct {
	Vendor, Product string // four hexadecimal digits
	Name            string
	Control, Media  int // interface numbers of its ports
}

// USBDevices are the boards that the drivers know. The id of the lc8 board is one that pid.codes keeps free for private tests:
// boards that are sold need one of their own.
var USBDevices = []USBDevice{
	{Vendor: "1209", Product: "0001", Name: "lc8 line card", Control: 0, Media: 2},
}
