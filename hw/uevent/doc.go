// Package uevent tells which devices come and go.
//
// The kernel multicasts a datagram for each on a netlink socket, and udev another one when its rules are done and the device's
// links exist. Both are taken: a device that vanishes is known from the kernel at once, one that has come is opened when udev
// is done, or where no udev runs when the kernel tells.
//
// A datagram is believed when the kernel sent it (netlink port 0) or a process of root's did, as libudev does: every user of the
// machine can send to the group. What is said of a device is data from outside and never more than a reason to look at it.
//
// Listener.Run blocks; nothing is started by the package. Nothing is remembered: who listens asks the file system what is there.
package uevent
