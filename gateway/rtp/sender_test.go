package rtp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"tipring/dsp/g711"
)

// What comes from the line leaves in the Tick in which its packet is full: the delay is one packet and the rest of a block.
func TestSampleToPacketDelay(t *testing.T) {
	for _, ptime := range []int{10, 20, 25, 30, 60} {
		for _, block := range []int{8, 40, 80, 160} {
			p := params()
			p.PtimeMs = ptime
			r := newRig(t, block, p)
			pcm := speech(8000/block*block, 1)
			for i := 0; i < len(pcm); i += block {
				r.tick(pcm[i : i+block])
			}
			n := ptime * 8
			if len(r.sent) != len(pcm)/n {
				t.Fatalf("ptime %d, block %d: %d packets of %d", ptime, block, len(r.sent), len(pcm)/n)
			}
			for i, sp := range r.sent {
				full := int64((i + 1) * n)
				if sp.at < full || sp.at >= full+int64(block) {
					t.Errorf("ptime %d, block %d: packet %d left at %d, its last sample came at %d", ptime, block, i, sp.at, full)
				}
				want := make([]byte, n)
				g711.MuLaw.Encode(want, pcm[i*n:(i+1)*n])
				if !bytes.Equal(sp.Payload, want) {
					t.Fatalf("ptime %d, block %d: packet %d has other samples", ptime, block, i)
				}
				first := r.sent[0]
				if sp.Timestamp != first.Timestamp+uint32(i*n) || sp.SequenceNumber != first.SequenceNumber+uint16(i) ||
					sp.SSRC != first.SSRC || sp.PayloadType != 0 || sp.Marker != (i == 0) {
					t.Fatalf("ptime %d, block %d: header of packet %d: %+v", ptime, block, i, sp.Header)
				}
			}
		}
	}
}

func TestSendingIsAnyCut(t *testing.T) {
	pcm := speech(8000, 3)
	var want string
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		p := params()
		p.PT, p.Law, p.PtimeMs = 8, g711.ALaw, 30
		r := newRig(t, 0, p)
		for rest := pcm; len(rest) > 0; {
			n := min(len(rest), 8*(1+rng.IntN(20)))
			r.tick(rest[:n])
			rest = rest[n:]
		}
		got := ""
		for _, sp := range r.sent {
			got += fmt.Sprintf("%d %v %x\n", sp.Timestamp-r.sent[0].Timestamp, sp.Marker, sp.Payload)
		}
		if want == "" {
			want = got
		}
		if got != want || len(r.sent) != len(pcm)/240 {
			t.Fatalf("seed %d: the cut of the blocks shows in the packets", seed)
		}
	}
}
