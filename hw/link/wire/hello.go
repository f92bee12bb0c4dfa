package wire

// The version of the protocol described in package link.
const Major, Minor = 1, 0

// Role says what program answers.
type Role uint8

// Roles.
const (
	Boot Role = iota
	Application
)

// String returns the lower-case name.
func (r Role) String() string {
	if r == Boot {
		return "bootloader"
	}
	return "application"
}

// Cause is why the processor started.
type Cause uint8

// Causes of a start.
const (
	CausePower Cause = iota
	CauseAsked
	CauseWatchdog
	CauseCrash
)

// String returns the cause in a word.
func (c Cause) String() string {
	if names := [...]string{"power", "asked", "watchdog", "crash"}; int(c) < len(names) {
		return names[c]
	}
	return "unknown"
}

// Features are what a card can do.
type Features uint32

// Features.
const (
	FeaturePCM Features = 1 << iota
	FeatureTransfer
	FeatureSense
	FeatureFirmware
	FeatureCrash
	FeatureTwoStreams
)

// Hello is the request that begins a session.
type Hello struct {
	Major, Minor uint8
	Longest      uint16
	Nonce        uint32
}

// Append appends the body to b.
func (h Hello) Append(b []byte) []byte {
	return le.AppendUint32(le.AppendUint16(append(b, h.Major, h.Minor), h.Longest), h.Nonce)
}

// Parse reads a body.
func (h *Hello) Parse(body []byte) error {
	r := reader{b: body}
	*h = Hello{r.u8(), r.u8(), r.u16(), r.u32()}
	return r.err(h.Longest >= 256)
}

// HelloAnswer is what a card says about itself.
type HelloAnswer struct {
	Status       Status
	Major, Minor uint8
	Role         Role
	Slot         uint8
	Cause        Cause
	Longest      uint16
	Window       uint8
	Timeslots    uint8
	Devices      uint8
	Interrupts   uint8
	SenseMs      uint8
	DownlinkMs   uint8
	Hardware     uint16
	Features     Features
	UptimeMs     uint32
	Board        string
	Version      string
	Serial       string
}

// Append appends the body to b.
func (h HelloAnswer) Append(b []byte) []byte {
	b = append(b, byte(h.Status), h.Major, h.Minor, byte(h.Role), h.Slot, byte(h.Cause))
	b = le.AppendUint16(b, h.Longest)
	b = append(b, h.Window, h.Timeslots, h.Devices, h.Interrupts, h.SenseMs, h.DownlinkMs)
	b = le.AppendUint32(le.AppendUint32(le.AppendUint16(b, h.Hardware), uint32(h.Features)), h.UptimeMs)
	return appendText(appendText(appendText(b, h.Board, 12), h.Version, 32), h.Serial, 24)
}

// Parse reads a body.
func (h *HelloAnswer) Parse(body []byte) error {
	r := reader{b: body}
	*h = HelloAnswer{Status: Status(r.u8()), Major: r.u8(), Minor: r.u8(), Role: Role(r.u8()), Slot: r.u8(), Cause: Cause(r.u8()),
		Longest: r.u16(), Window: r.u8(), Timeslots: r.u8(), Devices: r.u8(), Interrupts: r.u8(), SenseMs: r.u8(), DownlinkMs: r.u8(),
		Hardware: r.u16(), Features: Features(r.u32()), UptimeMs: r.u32(), Board: r.text(12), Version: r.text(32), Serial: r.text(24)}
	return r.err(h.Role <= Application && h.Longest >= 256 && h.Longest <= MaxMessage && h.Window >= 1 && h.Window <= 8 && h.Timeslots <= 64)
}
