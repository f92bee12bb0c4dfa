package sdp

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	pion "github.com/pion/sdp/v3"
)

// ErrMalformed is what is wrong with a description that cannot be read: SIP answers it with 400.
var ErrMalformed = errors.New("malformed session description")

// ErrUnacceptable is what is wrong with an offer or answer that can be read but not used: SIP answers it with 488.
var ErrUnacceptable = errors.New("no acceptable audio stream")

// A Description is what a peer's session description says, as far as it matters here.
type Description struct {
	SessionID      string
	SessionVersion string
	Direction      Direction // session level; SendRecv when it says nothing
	Media          []Media
}

// Media is one m= section. Of one that is not audio over RTP/AVP or RTP/AVPF only the m= line is read.
type Media struct {
	Kind    string // "audio", "video", "image" ...
	Port    uint16
	Proto   string
	Formats []string
	// Addr is the connection address, of this section or else of the session; invalid when it is a name or there is none.
	Addr      netip.Addr
	RTCP      uint16 // a=rtcp (RFC 3605), 0: none
	Direction Direction
	PtimeMs   int // a=ptime, 0: none
	MaxPtime  int // a=maxptime, 0: none
	rtpmap    map[string]string
}

// Parse reads a description. Errors are ErrMalformed with the line, or the m= line of the section.
func Parse(b []byte) (*Description, error) {
	t, err := split(b)
	if err != nil {
		return nil, err
	}
	p, err := t.unmarshal()
	if err != nil {
		return nil, err
	}
	d := &Description{SessionID: t.sessionID, SessionVersion: t.sessionVersion, Direction: SendRecv}
	for _, a := range p.Attributes {
		if dir, ok := directions[strings.TrimSpace(a.Key)]; ok {
			d.Direction = dir
		}
	}
	addr, err := connection(p.ConnectionInformation)
	if err != nil {
		return nil, malformed(t.connection.n, "%v", err)
	}
	read := p.MediaDescriptions
	for i := range t.sections {
		s := &t.sections[i]
		m := Media{Addr: addr, Direction: d.Direction}
		if s.readable() {
			err = m.read(read[0])
			read = read[1:]
		} else {
			err = m.keep(s.fields)
		}
		if err != nil {
			return nil, malformed(s.m.n, "%v", err)
		}
		d.Media = append(d.Media, m)
	}
	return d, nil
}

// keep takes an m= line of which no more is needed than to repeat it with port 0, in whatever words it is.
func (m *Media) keep(fields []string) error {
	port, _, _ := strings.Cut(fields[1], "/") // <number of ports> is for hierarchical encodings
	p, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return errors.New("media port is no port")
	}
	m.Kind, m.Port, m.Proto, m.Formats = fields[0], uint16(p), fields[2], fields[3:]
	return nil
}

// read takes a section that pion has read.
func (m *Media) read(p *pion.MediaDescription) error {
	name := &p.MediaName
	m.Kind, m.Port, m.Proto, m.Formats = name.Media, uint16(name.Port.Value), strings.Join(name.Protos, "/"), name.Formats
	if p.ConnectionInformation != nil {
		var err error
		if m.Addr, err = connection(p.ConnectionInformation); err != nil {
			return err
		}
	}
	for _, a := range p.Attributes {
		if err := m.attribute(a); err != nil {
			return err
		}
	}
	return nil
}

// connection gives the address of c=. A host name gives an invalid address without an error: it is legal, and not followed.
func connection(c *pion.ConnectionInformation) (netip.Addr, error) {
	if c == nil {
		return netip.Addr{}, nil
	}
	host, _, _ := strings.Cut(c.Address.Address, "/") // multicast TTL, which pion leaves where it is
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, nil
	}
	if a.Zone() != "" || (c.AddressType == "IP4") != a.Is4() {
		return netip.Addr{}, errors.New("connection address is of another family")
	}
	return a.Unmap(), nil
}

// attribute takes one of the section. The meaning of attributes is ours to find: pion leaves the values as text but for
// rtpmap, where it looks a payload type up over all sections at once, though each has its own numbers (RFC 8866 §6.6).
func (m *Media) attribute(a pion.Attribute) error {
	if dir, ok := directions[strings.TrimSpace(a.Key)]; ok {
		m.Direction = dir
		return nil
	}
	v := strings.TrimSpace(a.Value)
	switch a.Key {
	case "rtpmap":
		pt, enc, ok := strings.Cut(v, " ")
		if !ok {
			return errors.New("rtpmap without an encoding")
		}
		if m.rtpmap == nil {
			m.rtpmap = map[string]string{}
		}
		m.rtpmap[pt] = strings.ToLower(strings.TrimSpace(enc))
	case "ptime", "maxptime":
		// Some write "20.0"; what cannot be read is as good as not there.
		whole, _, _ := strings.Cut(v, ".")
		ms, err := strconv.Atoi(whole)
		if err != nil || ms <= 0 || ms > 1000 {
			return nil
		}
		if a.Key == "ptime" {
			m.PtimeMs = ms
		} else {
			m.MaxPtime = ms
		}
	case "rtcp":
		port, _, _ := strings.Cut(v, " ")
		if p, err := strconv.ParseUint(port, 10, 16); err == nil {
			m.RTCP = uint16(p)
		}
	}
	return nil
}

// encoding gives the lower-case encoding name, clock rate and channels of a format: its rtpmap, or the static one of RFC
// 3551 §6.
func (m *Media) encoding(format string) string {
	if enc, ok := m.rtpmap[format]; ok {
		return strings.TrimSuffix(enc, "/1")
	}
	switch format {
	case "0":
		return "pcmu/8000"
	case "8":
		return "pcma/8000"
	case "13":
		return "cn/8000"
	}
	return ""
}
