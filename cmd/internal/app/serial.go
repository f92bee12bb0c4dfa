package app

import (
	"path/filepath"
	"strings"
	"sync"

	"tipring/gateway/config"
	"tipring/hw/emu"
	"tipring/hw/modem"
	"tipring/hw/serial"
)

// A Serial is where the ports of modems come from. The zero value is the host's devices, and pseudo-terminals for emulated
// modems.
type Serial struct {
	// Emulated opens a port of an emulated modem: that of the commands, or of the audio. Each opening plugs it in anew.
	Emulated func(m *emu.Modem, audio bool) (serial.Port, error)
	// Device opens a device of the host; nil: serial.Open.
	Device func(serial.Config) (serial.Port, error)
}

// ports are the devices of one modem.
type ports struct {
	open, audio func() (serial.Port, error)
	path        func() string // of the device, or what stands for it
}

func (s Serial) emulated(m *emu.Modem) ports {
	if s.Emulated != nil {
		return ports{
			open:  func() (serial.Port, error) { return s.Emulated(m, false) },
			audio: func() (serial.Port, error) { return s.Emulated(m, true) },
			path:  func() string { return "memory" },
		}
	}
	t := &terminal{modem: m}
	return ports{
		open: func() (serial.Port, error) {
			command, _, err := t.paths()
			if err != nil {
				return nil, err
			}
			p, err := serial.Open(serial.Config{Path: command, Flow: serial.FlowHardware})
			if err != nil {
				return nil, err
			}
			return serial.Attach(p, m), nil // a pseudo-terminal has no DTR
		},
		audio: func() (serial.Port, error) {
			_, voice, err := t.paths()
			if err != nil {
				return nil, err
			}
			return serial.Open(serial.Config{Path: voice})
		},
		path: func() string {
			command, _, err := t.paths()
			if err != nil {
				return "no pseudo-terminal"
			}
			return command
		},
	}
}

// A terminal connects an emulated modem to pseudo-terminals when they are first wanted.
type terminal struct {
	modem *emu.Modem

	mu             sync.Mutex
	command, voice string
}

func (t *terminal) paths() (command, voice string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.command == "" {
		t.command, t.voice, err = t.modem.OpenPTY()
	}
	return t.command, t.voice, err
}

func (s Serial) device(m config.Modem) ports {
	p := ports{path: func() string { return m.Device }}
	open := s.Device
	if open == nil {
		open = serial.Open
	}
	p.open = func() (serial.Port, error) {
		return open(serial.Config{Path: m.Device, Baud: m.Baud, Flow: serial.FlowHardware})
	}
	if m.Audio != "" {
		p.audio = func() (serial.Port, error) { return open(serial.Config{Path: m.Audio, Baud: m.Baud}) }
	}
	return p
}

// overUSB reports whether a device is on USB, where the rate of a serial port means nothing: by its id, or, while it is not
// there, by the names that the kernel and udev give.
func overUSB(path string) bool {
	if _, ok := serial.USB(path); ok {
		return true
	}
	base := filepath.Base(path)
	return strings.HasPrefix(base, "ttyACM") || strings.HasPrefix(base, "ttyUSB") || strings.HasPrefix(base, "usb-") || strings.Contains(base, "-usb-")
}

// expectation is what the USB id of a modem's device tells of it, or nothing.
func (l *modemLine) expectation() string {
	id, ok := serial.USB(l.cfg.Device)
	if l.emu != nil || !ok {
		return ""
	}
	return modem.Expect(id.Vendor, id.Product)
}
