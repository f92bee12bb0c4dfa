// Package pty opens pseudo-terminals: a device path for a program that wants a serial port, and the other side of it as a
// file. What one side writes the other reads, through the kernel's line discipline in raw mode, so that the real opening,
// reading and closing of a serial port can be tested. There are no modem-control lines, and no speed.
//
// It starts no goroutine. The file's reads and writes wait in the runtime's poller: Close ends them.
package pty

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Open returns the far side of a new pseudo-terminal and the path of its device, which goes away when far is closed. Until a
// program opens the path, and after the last one has closed it, reads of far fail with EIO: a holder of the path (os.OpenFile)
// keeps them waiting instead.
func Open() (far *os.File, path string, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, "", fmt.Errorf("pseudo-terminal: open /dev/ptmx: %w", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = raw(fd)
	}
	if err != nil {
		unix.Close(fd)
		return nil, "", fmt.Errorf("pseudo-terminal: %w", err)
	}
	return os.NewFile(uintptr(fd), "/dev/ptmx"), "/dev/pts/" + strconv.Itoa(n), nil
}

// raw keeps the line discipline from echoing and translating before a program has opened the device.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^unix.CSIZE | unix.CS8 | unix.CREAD
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}
