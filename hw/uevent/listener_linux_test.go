package uevent

import (
	"context"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// A listener hears what root sends as udev does, and nothing that a process sends as the kernel does.
func TestListener(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root's messages are believed")
	}
	l, err := Listen()
	if err != nil {
		t.Skipf("this system lets nobody listen: %v", err)
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	send := func(b []byte, group uint32) error {
		return unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: group})
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	heard, ended := make(chan Event, 16), make(chan error, 1)
	go func() { ended <- l.Run(ctx, func(e Event) { heard <- e }) }()
	if err := send(kernel("add", "/devices/virtual/tipring/forged"), groupUdev); err != nil {
		t.Skipf("this user cannot send to the group: %v", err)
	}
	if err := send(udev("add", "/devices/virtual/tipring/test", "DEVNAME=/dev/tipring-test"), groupUdev); err != nil {
		t.Fatal(err)
	}
	for e := range heard {
		if e.Path == "/devices/virtual/tipring/forged" {
			t.Error("a process was taken for the kernel")
		}
		if e.Path == "/devices/virtual/tipring/test" {
			break
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if l.Dropped == 0 {
		t.Error("the forged message is not counted")
	}
}
