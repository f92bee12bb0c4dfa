package rtp

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
)

const (
	// reportInterval is the least mean interval between RTCP packets (RFC 3550 §6.2); it is varied by half (§6.3.1).
	reportInterval = 5 * time.Second
	reportTick     = 500 * time.Millisecond
	// maxRTT guards against reports with a foreign idea of time.
	maxRTT = 30 * time.Second
)

// control is a stream's RTCP. Reports describe the network, so that this, unlike the media, goes by the clock.
type control struct {
	s *Stream

	strangers, malformed     atomic.Uint64
	rtt                      atomic.Int64 // ns
	remoteLost, remoteJitter atomic.Int64
	remoteLostMost           atomic.Int64 // what remoteLost has been at most: a counter that never falls
	remoteLoss               atomic.Int64 // 1/256

	mu    sync.Mutex // guards what follows; taken by the RTCP goroutines alone
	due   time.Time
	said  bool // something was sent, so that a BYE makes sense
	lsr   uint32
	lsrAt time.Time
	sr    uint32 // SSRC that lsr came from
	// Of the last report block (RFC 3550 appendix A.3).
	block         uint32 // SSRC
	priorExpected uint32
	priorReceived uint32
	sentBefore    [2]uint64 // packets sent by the last report and the one before
}

func (c *control) init(s *Stream) { c.s = s }

// reports sends sender and receiver reports of all streams as they fall due.
func (e *Engine) reports(ctx context.Context) {
	tick := time.NewTicker(reportTick)
	defer tick.Stop()
	var streams []*Stream
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			clear(streams)
			streams = e.snapshot(streams[:0])
			for _, s := range streams {
				s.rtcp.check(now)
			}
		}
	}
}

// check sends a report when one is due.
func (c *control) check(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.due.IsZero() {
		c.due = now.Add(vary(reportInterval / 2)) // the first one comes sooner
	}
	if now.Before(c.due) || c.s.closed.Load() {
		return
	}
	c.due = now.Add(vary(reportInterval))
	c.send(now, nil)
}

func vary(d time.Duration) time.Duration { return d/2 + rand.N(d) }

// bye ends the session (RFC 3550 §6.6).
func (c *control) bye() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.said || c.s.out.sent.Load() > 0 {
		c.send(time.Now(), &rtcp.Goodbye{Sources: []uint32{c.s.out.ssrc.Load()}})
	}
}

// send sends a compound packet: report, CNAME, and what more there is.
func (c *control) send(now time.Time, more rtcp.Packet) {
	se := c.s.session.Load()
	if se == nil {
		return
	}
	to := se.rtcpDest()
	if !to.IsValid() {
		return
	}
	packets := []rtcp.Packet{c.report(now), &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: c.s.out.ssrc.Load(),
		Items:  []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: c.s.engine.cfg.CNAME}},
	}}}}
	if more != nil {
		packets = append(packets, more)
	}
	b, err := rtcp.Marshal(packets)
	if err != nil {
		c.s.engine.cfg.Log.Error("rtp: cannot make an RTCP packet", "error", err)
		return
	}
	if _, err := c.s.pair.rtcp.WriteToUDPAddrPort(b, to); err == nil {
		c.said = true
	}
}

// rtcpDest returns where reports go. Of a peer whose RTP port was learned they go to the next one until its RTCP comes.
func (se *session) rtcpDest() netip.AddrPort {
	if se.rtcp.locked.Load() == nil {
		if l := se.rtp.locked.Load(); l != nil && *l != se.Remote {
			return netip.AddrPortFrom(l.Addr(), l.Port()+1)
		}
	}
	return se.rtcp.dest()
}

// report makes a sender report when something was sent since the last report but one (RFC 3550 §6.4), else a receiver report.
func (c *control) report(now time.Time) rtcp.Packet {
	out := &c.s.out
	blocks := c.blocks(now)
	sent := out.sent.Load()
	sending := sent != c.sentBefore[1]
	c.sentBefore = [2]uint64{sent, c.sentBefore[0]}
	if !sending {
		return &rtcp.ReceiverReport{SSRC: out.ssrc.Load(), Reports: blocks}
	}
	return &rtcp.SenderReport{
		SSRC:    out.ssrc.Load(),
		NTPTime: ntp(now),
		RTPTime: out.clock.Load() + units(now.Sub(c.s.engine.epoch)),
		// Counters are 32 bits wide and wrap.
		PacketCount: uint32(sent),
		OctetCount:  uint32(out.octets.Load()),
		Reports:     blocks,
	}
}

// blocks makes the report block on what was received.
func (c *control) blocks(now time.Time) []rtcp.ReceptionReport {
	r := &c.s.recv
	if !r.remoteKnown.Load() {
		return nil
	}
	ssrc := r.remoteSSRC.Load()
	top, base := r.extendedMax.Load(), r.extendedBase.Load()
	expected, received := top-base+1, uint32(r.sourceReceived.Load())
	if ssrc != c.block || expected < c.priorExpected {
		c.block, c.priorExpected, c.priorReceived = ssrc, 0, 0
	}
	interval, got := expected-c.priorExpected, received-c.priorReceived
	c.priorExpected, c.priorReceived = expected, received
	fraction := uint8(0)
	if lost := int64(interval) - int64(got); interval > 0 && lost > 0 {
		fraction = uint8(min(255, lost<<8/int64(interval)))
	}
	lost := max(-1<<23, min(1<<23-1, int64(expected)-int64(received)))
	b := rtcp.ReceptionReport{
		SSRC: ssrc, FractionLost: fraction, TotalLost: uint32(lost) & 0xFFFFFF, LastSequenceNumber: top,
		Jitter: r.jitterUnits.Load(),
	}
	if c.sr == ssrc && !c.lsrAt.IsZero() {
		b.LastSenderReport = c.lsr
		b.Delay = uint32(now.Sub(c.lsrAt) * 65536 / time.Second)
	}
	return []rtcp.ReceptionReport{b}
}

// receive takes one datagram from the RTCP socket.
func (c *control) receive(b []byte, from netip.AddrPort, now time.Time) {
	se := c.s.session.Load()
	if se == nil || !se.rtcp.admits(from) {
		c.strangers.Add(1)
		return
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		c.malformed.Add(1)
		return
	}
	se.rtcp.lock(from)
	c.s.recv.heard.Add(1)
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			c.mu.Lock()
			c.sr, c.lsr, c.lsrAt = p.SSRC, uint32(p.NTPTime>>16), now
			c.mu.Unlock()
			c.take(p.Reports, now)
		case *rtcp.ReceiverReport:
			c.take(p.Reports, now)
		case *rtcp.Goodbye:
			c.s.tell(Event{Kind: Bye})
		}
	}
}

// take reads what the peer says about our packets.
func (c *control) take(blocks []rtcp.ReceptionReport, now time.Time) {
	for _, b := range blocks {
		if b.SSRC != c.s.out.ssrc.Load() {
			continue
		}
		lost := int64(int32(b.TotalLost<<8) >> 8)
		c.remoteLost.Store(lost)
		if lost > c.remoteLostMost.Load() {
			c.remoteLostMost.Store(lost)
		}
		c.remoteLoss.Store(int64(b.FractionLost))
		c.remoteJitter.Store(int64(b.Jitter))
		if b.LastSenderReport == 0 {
			continue
		}
		// RFC 3550 §6.4.1: A - LSR - DLSR in units of 1/65536 s; a clock's grain can make it just negative.
		rtt := time.Duration(int32(uint32(ntp(now)>>16)-b.LastSenderReport-b.Delay)) * time.Second / 65536
		if rtt > -time.Millisecond && rtt < maxRTT {
			c.rtt.Store(int64(max(rtt, time.Microsecond)))
		}
	}
}

// ntp returns the 64-bit NTP time (RFC 3550 §4).
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	s := uint64(t.Unix() + since1900)
	return s<<32 | uint64(t.Nanosecond())<<32/1e9
}
