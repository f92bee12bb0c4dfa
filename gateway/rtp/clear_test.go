package rtp

import (
	"bytes"
	"testing"
)

// Octets of a clear channel arrive as they left, whatever the blocks, idle where a packet is missing; nothing is allocated.
func TestClearChannel(t *testing.T) {
	for _, block := range []int{8, 80, 160} {
		p := params()
		p.Clear, p.PT = true, 98
		r := newRig(t, block, p)
		k := newTalker()
		var sent []byte
		rx, tx := make([]byte, block), make([]byte, block)
		for i := range rx {
			rx[i] = byte(i)
		}
		var got []byte
		step := func(lose bool) {
			if r.at%160 == 0 {
				payload := make([]byte, 160)
				for i := range payload {
					payload[i] = byte(len(sent) + i*7)
				}
				packet := append(k.say(make([]int16, 160))[:headerLen:headerLen], payload...)
				packet[1] = packet[1]&0x80 | 98
				if lose {
					payload = bytes.Repeat([]byte{0xff}, 160)
				} else {
					r.s.receive(packet, peer, samples(int(r.at)))
				}
				sent = append(sent, payload...)
			}
			r.s.Octets(r.at, rx, tx)
			got = append(got, tx...)
			r.at += int64(block)
			r.s.send(samples(int(r.at)))
		}
		for i := range 30 * 160 / block {
			step(i/(160/block) == 12)
		}
		if at := bytes.Index(got, sent[:160]); at < 0 || !bytes.Equal(got[at:], sent[:len(got)-at]) {
			t.Errorf("blocks of %d: the octets begin at %d, and are not as they were sent", block, at)
		}
		n := testing.AllocsPerRun(100, func() {
			r.s.Octets(r.at, rx, tx)
			r.at += int64(block)
		})
		if n != 0 {
			t.Errorf("blocks of %d: %v allocations", block, n)
		}
	}
}

func TestClearChannelNeedsDynamicType(t *testing.T) {
	p := params()
	p.Clear, p.PT = true, 8
	if err := p.check(); err == nil {
		t.Error("payload type 8 is a clear channel")
	}
}
