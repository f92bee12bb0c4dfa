package app

import (
	"slices"
	"testing"
	"time"

	pionrtp "github.com/pion/rtp"

	"tipring/dsp/g711"
	"tipring/tdm"
)

// What is said into a phone leaves as RTP one packet, at most one block and 2 ms later.
func TestDelayFromPhoneToRTP(t *testing.T) {
	const (
		ptime = 20 * time.Millisecond
		block = 10 * time.Millisecond
		limit = ptime + block + 2*time.Millisecond
	)
	play(t, "", nil, func(w *world) {
		trunk := w.trunk()
		p := w.dial("fxs1", "6001")
		// The packets of this call go to a socket that notes when each comes.
		conn := w.media("127.0.0.1:7200").conn
		conn.Close()
		ear, err := w.net.ListenPacket(conn.AddrPort())
		w.must(err)
		invite := trunk.Expect("INVITE")
		trunk.learn(invite.Body)
		trunk.addr = conn.AddrPort()
		trunk.Respond(invite, "200 OK", "t1", "", trunk.sdp())
		trunk.Expect("ACK")
		clicks := make(chan time.Time, 100)
		go func() {
			buf, pcm := make([]byte, 2000), make([]int16, 480)
			for {
				n, _, err := ear.ReadFromUDPAddrPort(buf)
				if err != nil {
					close(clicks)
					return
				}
				var pk pionrtp.Packet
				if pk.Unmarshal(buf[:n]) != nil {
					continue
				}
				g711.ALaw.Decode(pcm[:len(pk.Payload)], pk.Payload)
				if slices.Max(pcm[:len(pk.Payload)]) > 8000 {
					clicks <- time.Now()
				}
			}
		}()
		time.Sleep(time.Second)
		// A click at every place in a block. The sound is a whole number of blocks: when Play returns, the card's clock has
		// just passed its end.
		n := 2 * int(tdm.Samples(block))
		var worst time.Duration
		for i := range 20 {
			before := 4 * (i + 1) // samples from the click to the end of the sound
			sound := make([]int16, n)
			for j := range 4 {
				sound[n-before+j] = 16000
			}
			time.Sleep(200*time.Millisecond + time.Duration(i)*time.Millisecond)
			w.must(p.Play(w.Context(), sound))
			said := time.Now().Add(-tdm.Duration(int64(before)))
			worst = max(worst, (<-clicks).Sub(said))
		}
		t.Logf("at most %d samples, the limit is %d", tdm.Samples(worst), tdm.Samples(limit))
		if worst > limit {
			t.Errorf("a click took %v, at most %v is allowed", worst, limit)
		}
		w.must(p.OnHook())
		trunk.Respond(trunk.Await("BYE"), "200 OK", "", "", "")
		ear.Close()
		for range clicks {
		}
	})
}
