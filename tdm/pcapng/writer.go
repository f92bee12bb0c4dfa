// Package pcapng writes the traces of D channels as a capture file that Wireshark and tshark read.
//
// A Writer has one interface a D channel. Its link type is LAPD behind the sixteen octets of Linux's cooked header
// (LINUX_LAPD, 177), which is how the direction and the side of a frame are told: without the side, C/R cannot be
// understood. Blocks are those of the PCAP Next Generation draft: section header, interface description, enhanced packet.
//
// Frames are without FCS. A Writer allocates nothing after its first frames, reads no clock and has one owner.
package pcapng

import (
	"encoding/binary"
	"io"
	"time"
)

const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 6
	byteOrder      = 0x1a2b3c4d
	linkLAPD       = 177
	snapLength     = 1 << 16

	optEnd        = 0
	optName       = 2 // if_name
	optResolution = 9 // if_tsresol
	nanoseconds   = 9
)

// Of the cooked header: packet type, ARPHRD_LAPD, whether this side is the network, ETH_P_LAPD.
const (
	typeHost     = 0 // to us
	typeOutgoing = 4
	arphrdLAPD   = 8445
	protocolLAPD = 0x0030
	cookedOctets = 16
)

// A Writer writes one file.
type Writer struct {
	w   io.Writer
	buf []byte
}

// An Interface is a D channel in the file.
type Interface struct {
	Name string
}

// NewWriter writes the head of a file with its interfaces.
func NewWriter(w io.Writer, interfaces ...Interface) (*Writer, error) {
	x := &Writer{w: w}
	x.begin(blockSection)
	x.u32(byteOrder)
	x.u16(1)
	x.u16(0)
	x.u64(^uint64(0)) // length of the section: not given
	if err := x.end(); err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		x.begin(blockInterface)
		x.u16(linkLAPD)
		x.u16(0)
		x.u32(snapLength)
		x.option(optName, []byte(i.Name)...)
		x.option(optResolution, nanoseconds)
		x.u32(optEnd)
		if err := x.end(); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// Frame writes one frame of an interface. at is its time since 1970; sent says that this side sent it, network that this
// side is the network.
func (x *Writer) Frame(iface int, at time.Duration, sent, network bool, frame []byte) error {
	x.begin(blockPacket)
	x.u32(uint32(iface))
	x.u32(uint32(uint64(at) >> 32))
	x.u32(uint32(at))
	x.u32(uint32(cookedOctets + len(frame)))
	x.u32(uint32(cookedOctets + len(frame)))
	kind := uint16(typeHost)
	if sent {
		kind = typeOutgoing
	}
	// The cooked header is in network order. The first octet of its address says which side we are.
	x.buf = binary.BigEndian.AppendUint16(x.buf, kind)
	x.buf = binary.BigEndian.AppendUint16(x.buf, arphrdLAPD)
	x.buf = binary.BigEndian.AppendUint16(x.buf, 1)
	side := byte(0)
	if network {
		side = 1
	}
	x.buf = append(x.buf, side, 0, 0, 0, 0, 0, 0, 0)
	x.buf = binary.BigEndian.AppendUint16(x.buf, protocolLAPD)
	x.buf = append(x.buf, frame...)
	x.pad()
	return x.end()
}

func (x *Writer) u16(v uint16) { x.buf = binary.LittleEndian.AppendUint16(x.buf, v) }
func (x *Writer) u32(v uint32) { x.buf = binary.LittleEndian.AppendUint32(x.buf, v) }
func (x *Writer) u64(v uint64) { x.buf = binary.LittleEndian.AppendUint64(x.buf, v) }

func (x *Writer) pad() {
	for len(x.buf)%4 != 0 {
		x.buf = append(x.buf, 0)
	}
}

func (x *Writer) option(code uint16, value ...byte) {
	x.u16(code)
	x.u16(uint16(len(value)))
	x.buf = append(x.buf, value...)
	x.pad()
}

func (x *Writer) begin(kind uint32) {
	x.buf = x.buf[:0]
	x.u32(kind)
	x.u32(0) // total length, at the end
}

func (x *Writer) end() error {
	n := uint32(len(x.buf) + 4)
	binary.LittleEndian.PutUint32(x.buf[4:], n)
	x.u32(n)
	_, err := x.w.Write(x.buf)
	return err
}
