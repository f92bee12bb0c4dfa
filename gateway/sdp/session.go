package sdp

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	pion "github.com/pion/sdp/v3"

	"tipring/dsp/g711"
)

// NoPT stands for a payload type that was not agreed.
const NoPT = 255

// Config is what we can do and where we are.
type Config struct {
	Local   netip.AddrPort // RTP address and port that peers send to
	Laws    []g711.Law     // in order of preference, at least one
	PtimeMs int            // packet time that we ask for and send with where the peer says nothing
	// MinPtimeMs and MaxPtimeMs bound what we send with.
	MinPtimeMs, MaxPtimeMs int
	DTMF, CN               bool
	// Clear: offers are of a clear channel and of no sound (RFC 4040). An offer that has no law of ours but a clear channel is
	// answered with that in any case.
	Clear bool
}

// DTMFPT is the payload type that our offers give telephone-event.
const DTMFPT = 101

// cnPT is comfort noise at 8 kHz (RFC 3551 §6).
const cnPT = 13

// ClearPT is the payload type that our offers give a clear channel.
const ClearPT = 97

const clearmode = "CLEARMODE/8000"

// Result is what offer and answer settled about the audio stream, seen from us.
type Result struct {
	Remote     netip.AddrPort // invalid: the peer gave no usable address (a name, or on hold 0.0.0.0)
	RemoteRTCP netip.AddrPort // invalid: by convention
	Law        g711.Law
	PT         uint8
	PtimeMs    int
	Clear      bool  // a clear channel: Law means nothing
	RecvPT     uint8 // of a clear channel that we have offered: what is received; else 0
	DTMFPT     uint8 // to send telephone-event with, NoPT: not agreed
	DTMFRecvPT uint8 // to receive it with
	CNPT       uint8
	Direction  Direction // ours
	// Hold: the peer does not want to hear us.
	Hold bool
}

// A Session is the offer/answer state of one dialog.
type Session struct {
	cfg     Config
	id      uint64
	version uint64
	sent    []byte // last description sent, to know when the version has to grow
	dir     Direction

	lines   []line // the peer's or our media lines, in order: their number never shrinks (RFC 3264 §8)
	audio   int    // index of our stream in lines
	dtmfPT  uint8  // as we list it
	offered bool   // an offer of ours is out
	result  Result
	agreed  bool
}

// format is a payload type that we list.
type format struct {
	pt       uint8
	encoding string
}

const telephoneEvent = "telephone-event/8000"

// line is one media section as it has to be written again.
type line struct {
	kind, proto string
	formats     []string
}

// NewSession starts with nothing offered or agreed.
func NewSession(cfg Config) *Session {
	var b [8]byte
	rand.Read(b[:])
	id := binary.BigEndian.Uint64(b[:]) >> 2
	return &Session{cfg: cfg, id: id, version: id, dir: SendRecv, dtmfPT: DTMFPT, lines: []line{{kind: "audio", proto: "RTP/AVP"}}}
}

// Result returns what was agreed last, and whether anything was.
func (s *Session) Result() (Result, bool) { return s.result, s.agreed }

// Pending reports whether an offer of ours waits for its answer.
func (s *Session) Pending() bool { return s.offered }

// Direction returns the direction that we last asked for.
func (s *Session) Direction() Direction { return s.dir }

// Offer writes an offer that wants dir. The state of before stays in force until Accept, and for good after Withdraw.
func (s *Session) Offer(dir Direction) []byte {
	s.dir = dir
	s.offered = true
	laws := s.cfg.Laws
	if s.agreed { // keep the agreed law first, so that a mere hold does not change it
		laws = append([]g711.Law{s.result.Law}, slices.DeleteFunc(slices.Clone(laws), func(l g711.Law) bool { return l == s.result.Law })...)
	}
	var formats []format
	if s.clear() {
		pt := uint8(ClearPT)
		if s.agreed {
			pt = s.result.PT
		}
		return s.write([]format{{pt, clearmode}}, s.cfg.PtimeMs, dir)
	}
	for _, l := range laws {
		if l == g711.MuLaw {
			formats = append(formats, format{0, "PCMU/8000"})
		} else {
			formats = append(formats, format{8, "PCMA/8000"})
		}
	}
	if s.cfg.CN {
		formats = append(formats, format{cnPT, "CN/8000"})
	}
	if s.cfg.DTMF {
		formats = append(formats, format{s.dtmfPT, telephoneEvent})
	}
	return s.write(formats, s.cfg.PtimeMs, dir)
}

// clear reports whether the session is one of octets: it stays what it was first.
func (s *Session) clear() bool { return s.cfg.Clear || s.agreed && s.result.Clear }

// Withdraw forgets an offer that was refused.
func (s *Session) Withdraw() { s.offered = false }

// Reopen lets the last offer be answered again: an INVITE that was forked has an answer from each branch (RFC 3261 §13.2.1).
func (s *Session) Reopen() { s.offered = true }

// Accept takes the answer to the last Offer.
func (s *Session) Accept(answer []byte) (Result, error) {
	s.offered = false
	d, err := Parse(answer)
	if err != nil {
		return Result{}, err
	}
	if s.audio >= len(d.Media) {
		return Result{}, fmt.Errorf("%w: the answer has no media line for it", ErrUnacceptable)
	}
	m := &d.Media[s.audio]
	if m.Port == 0 {
		return Result{}, fmt.Errorf("%w: the answer refuses it", ErrUnacceptable)
	}
	r, err := s.settle(m)
	if err != nil {
		return Result{}, err
	}
	r.DTMFRecvPT = r.DTMFPT
	if r.DTMFPT != NoPT {
		r.DTMFRecvPT = s.dtmfPT // they send with what our offer said (RFC 3264 §5.1)
	}
	if r.Clear {
		r.RecvPT = ClearPT
		if s.agreed {
			r.RecvPT = s.result.PT
		}
	}
	r.Direction = m.Direction.Answer(s.dir)
	s.result, s.agreed = r, true
	return r, nil
}

// Answer settles an offer and writes the answer. local is the direction that we want. On an error the state of before stays
// in force.
func (s *Session) Answer(offer []byte, local Direction) ([]byte, Result, error) {
	d, err := Parse(offer)
	if err != nil {
		return nil, Result{}, err
	}
	var r Result
	audio := -1
	var reason error
	for i := range d.Media {
		m := &d.Media[i]
		if m.Port == 0 || m.Kind != "audio" {
			continue
		}
		got, err := s.settle(m)
		if err == nil {
			r, audio = got, i
			break
		}
		if reason == nil {
			reason = err
		}
	}
	if audio < 0 {
		if reason == nil {
			reason = fmt.Errorf("%w: none offered", ErrUnacceptable)
		}
		return nil, Result{}, reason
	}
	m := &d.Media[audio]
	r.DTMFRecvPT = r.DTMFPT
	r.Direction = m.Direction.Answer(local)
	s.dir = local
	s.lines = s.lines[:0]
	for _, m := range d.Media {
		s.lines = append(s.lines, line{m.Kind, m.Proto, m.Formats})
	}
	s.audio = audio
	if r.DTMFPT != NoPT {
		s.dtmfPT = r.DTMFPT
	}
	s.result, s.agreed = r, true
	formats := []format{{r.PT, r.Law.String() + "/8000"}}
	if r.Clear {
		formats[0].encoding = clearmode
	}
	if r.CNPT != NoPT {
		formats = append(formats, format{r.CNPT, "CN/8000"})
	}
	if r.DTMFPT != NoPT {
		formats = append(formats, format{r.DTMFPT, telephoneEvent})
	}
	return s.write(formats, r.PtimeMs, r.Direction), r, nil
}

// settle picks from a media line what we send with: the first law in its order that we have (RFC 3264 §6.1 asks the answerer
// to keep the offerer's order).
func (s *Session) settle(m *Media) (Result, error) {
	r := Result{DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}
	if !usable(m.Kind, m.Proto) {
		return r, fmt.Errorf("%w: %.16q over %.32q", ErrUnacceptable, m.Kind, m.Proto)
	}
	found := false
	clear := uint8(NoPT)
	for _, f := range m.Formats {
		pt, err := strconv.ParseUint(f, 10, 7)
		if err != nil {
			continue
		}
		switch enc := m.encoding(f); enc {
		case "pcmu/8000", "pcma/8000":
			law := g711.MuLaw
			if enc == "pcma/8000" {
				law = g711.ALaw
			}
			// A static number with another meaning, or a law under a dynamic number, is legal but helps nobody.
			if found || !slices.Contains(s.cfg.Laws, law) || pt == 0 && law != g711.MuLaw || pt == 8 && law != g711.ALaw {
				continue
			}
			r.Law, r.PT, found = law, uint8(pt), true
		case "clearmode/8000":
			if clear == NoPT && pt >= 96 {
				clear = uint8(pt)
			}
		case "telephone-event/8000":
			if s.cfg.DTMF && r.DTMFPT == NoPT && pt >= 96 {
				r.DTMFPT = uint8(pt)
			}
		case "cn/8000":
			if s.cfg.CN && pt == cnPT {
				r.CNPT = cnPT
			}
		}
	}
	switch {
	case s.clear() && clear == NoPT:
		return r, fmt.Errorf("%w: no clear channel", ErrUnacceptable)
	case s.clear(), !found && !s.agreed && clear != NoPT:
		r = Result{Clear: true, PT: clear, DTMFPT: NoPT, DTMFRecvPT: NoPT, CNPT: NoPT}
	case !found:
		return r, fmt.Errorf("%w: neither %s", ErrUnacceptable, lawNames(s.cfg.Laws))
	}
	r.PtimeMs = s.ptime(m)
	// Hold by address 0.0.0.0 is what RFC 2543 agents do (RFC 3264 §8.4): they are not to be sent to, but may still send.
	if m.Addr.IsValid() && m.Addr.IsUnspecified() {
		m.Direction = directionOf(m.Direction.Send(), false)
	} else if m.Addr.IsValid() && !m.Addr.IsMulticast() {
		r.Remote = netip.AddrPortFrom(m.Addr, m.Port)
		if m.RTCP != 0 && m.RTCP != m.Port {
			r.RemoteRTCP = netip.AddrPortFrom(m.Addr, m.RTCP)
		}
	} else {
		return r, fmt.Errorf("%w: no unicast address to send to", ErrUnacceptable)
	}
	r.Hold = !m.Direction.Recv()
	return r, nil
}

// ptime is what the peer likes to receive (RFC 8866 §6.4), within its maxptime and our bounds, in whole 10 ms.
func (s *Session) ptime(m *Media) int {
	p := s.cfg.PtimeMs
	if m.PtimeMs != 0 {
		p = m.PtimeMs
	}
	if m.MaxPtime != 0 {
		p = min(p, m.MaxPtime)
	}
	p = p / 10 * 10
	return max(s.cfg.MinPtimeMs, min(p, s.cfg.MaxPtimeMs))
}

func lawNames(laws []g711.Law) string {
	names := make([]string, len(laws))
	for i, l := range laws {
		names[i] = l.String()
	}
	return strings.Join(names, " nor ")
}

// write puts the description together. The version in o= grows by one when anything else has changed (RFC 3264 §8).
func (s *Session) write(formats []format, ptime int, dir Direction) []byte {
	d := s.describe(formats, ptime, dir)
	body, _ := d.Marshal() // never fails: it only puts text together
	if s.sent != nil && !bytes.Equal(s.sent, body) {
		s.version++
		d.Origin.SessionVersion = s.version
		body, _ = d.Marshal()
	}
	s.sent = body
	return bytes.Clone(body)
}

// describe gives what we have to say, under the version of what was sent last.
func (s *Session) describe(formats []format, ptime int, dir Direction) *pion.SessionDescription {
	family := "IP4"
	addr := s.cfg.Local.Addr().Unmap()
	if addr.Is6() {
		family = "IP6"
	}
	d := &pion.SessionDescription{
		Origin: pion.Origin{Username: "-", SessionID: s.id, SessionVersion: s.version, NetworkType: "IN", AddressType: family,
			UnicastAddress: addr.String()},
		SessionName:           "-",
		ConnectionInformation: &pion.ConnectionInformation{NetworkType: "IN", AddressType: family, Address: &pion.Address{Address: addr.String()}},
		TimeDescriptions:      []pion.TimeDescription{{}}, // 0 0: not bounded (RFC 3264 §5)
	}
	for i, l := range s.lines {
		// A refused medium keeps its line with port 0 (RFC 3264 §6).
		m := &pion.MediaDescription{MediaName: pion.MediaName{Media: l.kind, Protos: []string{l.proto}, Formats: l.formats}}
		if i == s.audio {
			m.MediaName.Port.Value = int(s.cfg.Local.Port())
			m.MediaName.Formats = nil
			for _, f := range formats {
				pt := strconv.Itoa(int(f.pt))
				m.MediaName.Formats = append(m.MediaName.Formats, pt)
				m.Attributes = append(m.Attributes, pion.NewAttribute("rtpmap", pt+" "+f.encoding))
				if f.encoding == telephoneEvent {
					m.Attributes = append(m.Attributes, pion.NewAttribute("fmtp", pt+" 0-16"))
				}
			}
			m.Attributes = append(m.Attributes, pion.NewAttribute("ptime", strconv.Itoa(ptime)), pion.NewPropertyAttribute(dir.String()))
		}
		d.MediaDescriptions = append(d.MediaDescriptions, m)
	}
	return d
}
