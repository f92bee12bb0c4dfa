package rtp

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// FuzzRTP delivers a series of datagrams, each with its length in front, from the peer: nothing panics and each is
// counted.
func FuzzRTP(f *testing.F) {
	k := newTalker()
	add := func(packets ...[]byte) {
		var b []byte
		for _, p := range packets {
			b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
			b = append(b, p...)
		}
		f.Add(b)
	}
	add(k.say(speech(160, 1)), k.say(speech(160, 2)))
	add(k.telephone(5, true, telephoneEvent{event: 4, duration: 160}), k.telephone(5, false, telephoneEvent{event: 4, duration: 800, end: true}))
	add(k.telephone(5, true, telephoneEvent{event: 4, duration: maxSegment}), k.telephone(5+maxSegment, false, telephoneEvent{event: 4, duration: 9}))
	k.PayloadType = 13
	add(k.raw([]byte{50}), k.raw([]byte{50, 1, 200}))
	k.Padding, k.PaddingSize = true, 4
	add(k.raw([]byte{0, 0}))
	k.Extension = true
	add(k.raw(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newRig(t, 80, digitParams())
		n := uint64(0)
		for len(b) >= 2 {
			size := int(binary.BigEndian.Uint16(b))
			b = b[2:]
			size = min(size, len(b), maxDatagram)
			r.arrive(b[:size])
			b = b[size:]
			n++
			r.run(80)
		}
		r.run(1600)
		if st := r.s.Stats(); st.Received+st.Malformed+st.UnknownPT < n || st.Strangers != 0 || st.Received > n {
			t.Fatalf("%d datagrams, %+v", n, st)
		}
	})
}

func FuzzRTCP(f *testing.F) {
	for _, ps := range [][]rtcp.Packet{
		{&rtcp.SenderReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{SSRC: 2, TotalLost: 0xFFFFFF, LastSenderReport: 1}}}},
		{&rtcp.ReceiverReport{SSRC: 1}, &rtcp.Goodbye{Sources: []uint32{1}, Reason: "bye"}},
		{&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 1, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "x"}}}}}},
	} {
		b, err := rtcp.Marshal(ps)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	from := addr("192.0.2.9:40001")
	f.Fuzz(func(t *testing.T, b []byte) {
		p := params()
		p.SSRC = 2
		r := newRig(t, 80, p)
		r.s.rtcp.receive(b, from, time.Unix(1e9, 0))
		r.flush()
		st := r.s.Stats()
		if st.Malformed > 1 || st.RTCPStrangers != 0 || st.RTT < 0 || st.RTT > maxRTT || st.RemoteLoss < 0 || st.RemoteLoss > 1 {
			t.Fatalf("%+v", st)
		}
	})
}

func FuzzTelephoneEvent(f *testing.F) {
	f.Add([]byte{5, 0x8A, 3, 32})
	f.Add([]byte{16, 10, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		te, ok := parseEvent(b)
		if ok != (len(b) >= eventLen) {
			t.Fatalf("%x: %v", b, ok)
		}
		if !ok {
			return
		}
		out := make([]byte, eventLen)
		te.put(out)
		b[1] &^= 0x40 // reserved, §2.3.4
		if string(out) != string(b[:eventLen]) {
			t.Fatalf("%x is written as %x", b[:eventLen], out)
		}
	})
}
