package uevent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Multicast groups of NETLINK_KOBJECT_UEVENT.
const (
	groupKernel = 1
	groupUdev   = 2
)

// A Listener receives events. Its counters are the Run goroutine's.
type Listener struct {
	file *os.File
	// Dropped counts datagrams that were not believed or not understood, Overruns the times that the system dropped some
	// because nobody read them.
	Dropped, Overruns int
}

// Listen opens the socket. An error says that the system lets nobody listen: devices are then found by trying to open them.
func Listen() (*Listener, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, fmt.Errorf("uevent: socket: %w", err)
	}
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err == nil {
		err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groupKernel | groupUdev})
	}
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("uevent: listen: %w", err)
	}
	return &Listener{file: os.NewFile(uintptr(fd), "uevent")}, nil
}

// Run calls f with every event until ctx is done, then closes the socket and returns nil. f gets an Event without a Path when
// the system has dropped some: everything may have changed.
func (l *Listener) Run(ctx context.Context, f func(Event)) error {
	defer l.file.Close()
	stop := context.AfterFunc(ctx, func() { l.file.Close() })
	defer stop()
	conn, err := l.file.SyscallConn()
	if err != nil {
		return fmt.Errorf("uevent: %w", err)
	}
	buf, oob := make([]byte, maxDatagram), make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	for {
		var n, noob int
		var from unix.Sockaddr
		var rerr error
		err := conn.Read(func(fd uintptr) bool {
			n, noob, _, from, rerr = unix.Recvmsg(int(fd), buf, oob, 0)
			return rerr != unix.EAGAIN && rerr != unix.EINTR
		})
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("uevent: receive: %w", err)
		case errors.Is(rerr, syscall.ENOBUFS):
			l.Overruns++
			f(Event{})
			continue
		case rerr != nil:
			return fmt.Errorf("uevent: receive: %w", rerr)
		}
		e, err := Parse(buf[:n])
		if err != nil || !believed(from, oob[:noob], e.FromUdev) {
			l.Dropped++
			continue
		}
		f(e)
	}
}

// believed says whether the kernel sent a message of its own, or root one of udev's.
func believed(from unix.Sockaddr, oob []byte, udev bool) bool {
	sender, ok := from.(*unix.SockaddrNetlink)
	if !ok {
		return false
	}
	if !udev {
		return sender.Pid == 0
	}
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(msgs) != 1 {
		return false
	}
	cred, err := unix.ParseUnixCredentials(&msgs[0])
	return err == nil && cred.Uid == 0
}
