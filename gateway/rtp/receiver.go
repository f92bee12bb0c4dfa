package rtp

import (
	"math"
	"net/netip"
	"sync/atomic"
	"time"

	pion "github.com/pion/rtp"

	"tipring/dsp/g711"
)

const (
	maxDropout  = 3000 // RFC 3550 appendix A.1
	maxMisorder = 100
	seqMod      = 1 << 16

	// maxTransitStep is the change of transit time, in timestamp units, from which on the source's timestamps jumped, as some
	// do after hold: no jitter of the network.
	maxTransitStep = 2 * 8000
)

// tellRefused is how many packets of strangers are worth an event: half a second of 20 ms packets. Fewer are the last ones of
// a call before this one or of a peer that a re-INVITE has moved.
const tellRefused = 25

// A receiver takes packets from the RTP socket, checks who sent them, keeps the reception statistics of RFC 3550 appendix A
// and passes what is of use to the pump. It belongs to the goroutine that reads the socket; what is atomic, all may read.
type receiver struct {
	ring *ring[slot]

	header pion.Header
	from   netip.AddrPort // of the packet taken last
	epoch  uint32

	refused int // strangers' packets to a configured stream, as far as tellRefused and one more

	// Appendix A.1, the sequence number; window has bit i set when maxSeq-i was received.
	started bool
	ssrc    uint32
	maxSeq  uint16
	cycles  uint32
	baseSeq uint32
	badSeq  uint32
	window  uint64
	// Appendix A.8, the jitter, in 1/16 timestamp units; transit has a fraction, since arrival is in ns.
	transit float64
	jitter  float64

	lostBefore int64 // of sources that are no longer

	received, octets          atomic.Uint64
	sourceReceived            atomic.Uint64 // of the present SSRC, for the report block
	duplicated, reordered     atomic.Uint64
	ssrcChanges               atomic.Uint64
	unknownPT, malformed      atomic.Uint64
	dropped, strangers        atomic.Uint64
	extendedMax, extendedBase atomic.Uint32
	lost                      atomic.Int64
	lostMost                  atomic.Int64  // what lost has been at most: a counter that never falls
	jitterUnits               atomic.Uint32 // timestamp units
	remoteSSRC                atomic.Uint32
	remoteKnown               atomic.Bool
	heard                     atomic.Uint64 // packets from the peer, RTP and RTCP
}

// take handles one datagram. arrival is any monotonic time; it is used for the jitter only. news is the source when this
// packet has settled one that SDP did not name.
func (r *receiver) take(se *session, b []byte, from netip.AddrPort, arrival time.Duration) (news netip.AddrPort) {
	if se == nil {
		r.strangers.Add(1)
		return news
	}
	if !se.rtp.admits(from) {
		r.strangers.Add(1)
		if r.refused < tellRefused {
			r.refused++
		}
		return news
	}
	h := &r.header
	n, err := h.Unmarshal(b)
	if err != nil || h.Version != 2 || b[1]&0x7F >= 72 && b[1]&0x7F <= 76 { // RFC 5761 §4: RTCP that went astray
		r.malformed.Add(1)
		return news
	}
	payload := b[n:]
	if h.Padding {
		pad := 0
		if len(payload) > 0 {
			pad = int(payload[len(payload)-1])
		}
		if pad == 0 || pad > len(payload) {
			r.malformed.Add(1)
			return news
		}
		payload = payload[:len(payload)-pad]
	}
	kind, alaw, ok := classify(se, h.PayloadType)
	if !ok {
		r.unknownPT.Add(1)
		return news
	}
	if se.rtp.lock(from) {
		news = from
	}
	if from != r.from {
		r.from = from
		r.epoch++
	}
	r.heard.Add(1)
	if !r.count(h, len(payload)) {
		return news
	}
	if kind == slotAudio {
		r.measure(h.Timestamp, arrival)
	}
	if se.Recv {
		r.pass(h, kind, alaw, payload)
	}
	return news
}

// classify says what a payload type carries.
func classify(se *session, pt uint8) (k slotKind, alaw, ok bool) {
	switch {
	case se.Clear:
		return slotAudio, false, pt == se.PT || pt == se.RecvPT && pt != 0
	case pt == se.DTMFRecvPT && pt != 0:
		return slotEvent, false, true
	case pt == se.PT:
		return slotAudio, se.Law == g711.ALaw, true
	case pt == 0:
		return slotAudio, false, true
	case pt == 8:
		return slotAudio, true, true
	case pt == 13, pt == se.CNPT && pt != 0:
		return slotNoise, false, true
	}
	return 0, false, false
}

// count keeps the books of RFC 3550 appendix A.1 and reports whether the packet is new.
func (r *receiver) count(h *pion.Header, n int) bool {
	r.octets.Add(uint64(n))
	r.received.Add(1)
	if !r.started || h.SSRC != r.ssrc {
		if r.started {
			r.ssrcChanges.Add(1)
			r.lostBefore = r.lost.Load()
			r.epoch++
		}
		r.begin(h.SSRC, h.SequenceNumber)
		return true
	}
	r.sourceReceived.Add(1)
	fresh := r.advance(h.SequenceNumber)
	r.publish()
	return fresh
}

func (r *receiver) begin(ssrc uint32, seq uint16) {
	r.started, r.ssrc = true, ssrc
	r.maxSeq, r.baseSeq, r.cycles, r.window = seq, uint32(seq), 0, 1
	r.badSeq = seqMod + 1
	r.transit, r.jitter = 0, 0
	r.sourceReceived.Store(1)
	r.remoteSSRC.Store(ssrc)
	r.remoteKnown.Store(true)
	r.publish()
}

func (r *receiver) publish() {
	r.extendedMax.Store(r.cycles + uint32(r.maxSeq))
	r.extendedBase.Store(r.baseSeq)
	expected := int64(r.cycles) + int64(r.maxSeq) - int64(r.baseSeq) + 1
	lost := r.lostBefore + expected - int64(r.sourceReceived.Load())
	r.lost.Store(lost)
	if lost > r.lostMost.Load() {
		r.lostMost.Store(lost)
	}
}

func (r *receiver) advance(seq uint16) (fresh bool) {
	delta := seq - r.maxSeq
	switch {
	case delta == 0:
		r.duplicated.Add(1)
		return false
	case delta < maxDropout:
		if seq < r.maxSeq {
			r.cycles += seqMod
		}
		r.maxSeq = seq
		if delta < 64 {
			r.window = r.window<<delta | 1
		} else {
			r.window = 1
		}
		return true
	case delta > seqMod-maxMisorder:
		back := -delta
		if back < 64 {
			if r.window>>back&1 == 1 {
				r.duplicated.Add(1)
				return false
			}
			r.window |= 1 << back
		}
		r.reordered.Add(1)
		return true
	}
	// Far away: the source has restarted when its next packet follows this one.
	if uint32(seq) == r.badSeq {
		r.lostBefore = r.lost.Load() + 1 // the packet before counts as received and belongs to neither series
		r.begin(r.ssrc, seq)
		r.epoch++
		return true
	}
	r.badSeq = uint32(seq + 1)
	return false
}

// measure is RFC 3550 appendix A.8.
func (r *receiver) measure(ts uint32, arrival time.Duration) {
	units := float64(arrival) * (8000.0 / float64(time.Second))
	transit := units - float64(ts)
	if r.transit != 0 {
		d := transit - r.transit
		if d < -1<<31 { // the timestamp has wrapped
			d += 1 << 32
		}
		if d = math.Abs(d); d < maxTransitStep {
			r.jitter += (d - r.jitter) / 16
			r.jitterUnits.Store(uint32(r.jitter))
		}
	}
	r.transit = transit
}

// pass hands a packet to the pump in slots of up to 20 ms, all of them or none.
func (r *receiver) pass(h *pion.Header, kind slotKind, alaw bool, payload []byte) {
	ts, i := h.Timestamp, 0
	for {
		s := r.ring.put(i)
		if s == nil {
			r.dropped.Add(1)
			return
		}
		n := copy(s.data[:], payload)
		payload = payload[n:]
		s.kind, s.alaw, s.marker, s.epoch = kind, alaw, h.Marker, r.epoch
		s.ts, s.n = ts, uint16(n)
		ts += uint32(n)
		i++
		if kind == slotAudio {
			kind = slotMore
		}
		if kind != slotMore || len(payload) == 0 {
			break
		}
	}
	r.ring.commit(i)
}
