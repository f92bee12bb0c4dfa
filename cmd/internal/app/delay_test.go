package app

import (
	"slices"
	"testing"
	"time"

	pionrtp "github.com/pion/rtp"

	"tipring/dsp/g711"
	"tipring/tdm"
)

// What is said into a phone leaves as RTP one packet, at most one block and 2 ms later, wherever in a packet it falls.
func TestDelayFromPhoneToRTP(t *testing.T) {
	const (
		ptime = 20 * time.Millisecond
		block = 10 * time.Millisecond
		limit = ptime + block + 2*time.Millisecond
		least = 150 * time.Second / tdm.Rate // less means that the places were not the worst ones
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
		type click struct {
			came time.Time
			at   int // its place in the packet, in samples
		}
		clicks := make(chan click, 100)
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
				if at := slices.IndexFunc(pcm[:len(pk.Payload)], func(s int16) bool { return s > 8000 }); at >= 0 {
					clicks <- click{time.Now(), at}
				}
			}
		}()
		time.Sleep(time.Second)
		// A click at every place in a packet. The sound is a whole number of packets, as is the time from one to the next: so
		// they all begin at the same place. When Play returns, the card's clock has just passed its end.
		n := int(tdm.Samples(ptime))
		var worst time.Duration
		places := map[int]bool{}
		for before := 1; before <= n; before++ { // samples from the click to the end of the sound
			sound := make([]int16, 2*n)
			sound[2*n-before] = 24000
			w.must(p.Play(w.Context(), sound))
			ended := time.Now()
			c := <-clicks
			worst = max(worst, c.came.Sub(ended.Add(-tdm.Duration(int64(before)))))
			places[c.at] = true
			time.Sleep(time.Until(ended.Add(10*ptime - block/2))) // in the midst of a block, since at its edge either could be the next
		}
		t.Logf("at most %d samples, the limit is %d", tdm.Samples(worst), tdm.Samples(limit))
		if len(places) != n {
			t.Errorf("clicks fell on %d of the %d places in a packet", len(places), n)
		}
		if worst < least || worst > limit {
			t.Errorf("a click took at most %v (%d samples), which must be from %v to %v", worst, tdm.Samples(worst), time.Duration(least), time.Duration(limit))
		}
		w.must(p.OnHook())
		trunk.Respond(trunk.Await("BYE"), "200 OK", "", "", "")
		ear.Close()
		for range clicks {
		}
	})
}
