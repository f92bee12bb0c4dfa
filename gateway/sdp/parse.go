package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ErrMalformed is what is wrong with a description that cannot be read: SIP answers it with 400.
var ErrMalformed = errors.New("malformed session description")

// ErrUnacceptable is what is wrong with an offer or answer that can be read but not used: SIP answers it with 488.
var ErrUnacceptable = errors.New("no acceptable audio stream")

// Bounds on what a peer can make us hold.
const (
	maxSize  = 16 << 10
	maxMedia = 32
	maxLines = 1024
)

// A Description is what a peer's session description says, as far as it matters here.
type Description struct {
	SessionID      string
	SessionVersion string
	Direction      Direction // session level; SendRecv when it says nothing
	Media          []Media
}

// Media is one m= section.
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
	ownAddr   bool // the section has a c= of its own
}

func malformed(line int, format string, a ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrMalformed, line, fmt.Sprintf(format, a...))
}

// Parse reads a description. Errors are ErrMalformed with the line.
func Parse(b []byte) (*Description, error) {
	if len(b) > maxSize {
		return nil, fmt.Errorf("%w: longer than %d octets", ErrMalformed, maxSize)
	}
	d := &Description{}
	var seen struct{ v, o, t bool }
	var session netip.Addr
	var m *Media
	n := 0
	for line := range strings.SplitSeq(string(b), "\n") {
		line = strings.TrimRight(line, "\r \t")
		n++
		if line == "" {
			continue
		}
		if n > maxLines {
			return nil, malformed(n, "too many lines")
		}
		if len(line) < 2 || line[1] != '=' || line[0]|0x20 < 'a' || line[0]|0x20 > 'z' {
			return nil, malformed(n, "not of the form <type>=<value>")
		}
		if strings.ContainsAny(line, "\x00\r") {
			return nil, malformed(n, "control character")
		}
		value := line[2:]
		if !seen.v && line[0] != 'v' {
			return nil, malformed(n, "does not begin with v=0")
		}
		switch line[0] {
		case 'v':
			if value != "0" || seen.v {
				return nil, malformed(n, "version is not one v=0")
			}
			seen.v = true
		case 'o':
			f := strings.Fields(value)
			if len(f) != 6 || seen.o {
				return nil, malformed(n, "origin has not six fields")
			}
			seen.o = true
			d.SessionID, d.SessionVersion = f[1], f[2]
		case 't':
			seen.t = true
		case 'c':
			addr, err := connection(value)
			if err != nil {
				return nil, malformed(n, "%v", err)
			}
			if m != nil {
				m.Addr, m.ownAddr = addr, true
			} else {
				session = addr
			}
		case 'm':
			if len(d.Media) == maxMedia {
				return nil, malformed(n, "too many media")
			}
			media, err := mediaLine(value)
			if err != nil {
				return nil, malformed(n, "%v", err)
			}
			d.Media = append(d.Media, media)
			m = &d.Media[len(d.Media)-1]
		case 'a':
			if err := attribute(d, m, value); err != nil {
				return nil, malformed(n, "%v", err)
			}
		}
	}
	if !seen.v || !seen.o {
		return nil, fmt.Errorf("%w: no v= or o= line", ErrMalformed)
	}
	for i := range d.Media {
		m := &d.Media[i]
		if !m.ownAddr {
			m.Addr = session
		}
		if m.Direction == unset {
			m.Direction = d.Direction
		}
		if m.Direction == unset {
			m.Direction = SendRecv
		}
	}
	if d.Direction == unset {
		d.Direction = SendRecv
	}
	return d, nil
}

// connection reads the value of c=. A host name gives an invalid address without an error: it is legal, and not followed.
func connection(value string) (netip.Addr, error) {
	f := strings.Fields(value)
	if len(f) != 3 || f[0] != "IN" || f[1] != "IP4" && f[1] != "IP6" {
		return netip.Addr{}, errors.New("connection is not IN IP4 or IN IP6 and an address")
	}
	host, _, _ := strings.Cut(f[2], "/") // multicast TTL
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}, nil
	}
	if a.Zone() != "" || (f[1] == "IP4") != a.Is4() {
		return netip.Addr{}, errors.New("connection address is of another family")
	}
	return a.Unmap(), nil
}

func mediaLine(value string) (Media, error) {
	f := strings.Fields(value)
	if len(f) < 4 {
		return Media{}, errors.New("media line has less than four fields")
	}
	port, _, _ := strings.Cut(f[1], "/") // <number of ports> is for hierarchical encodings
	p, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return Media{}, errors.New("media port is no port")
	}
	return Media{Kind: f[0], Port: uint16(p), Proto: f[2], Formats: f[3:]}, nil
}

func attribute(d *Description, m *Media, value string) error {
	name, v, _ := strings.Cut(value, ":")
	v = strings.TrimSpace(v)
	if dir, ok := directions[strings.TrimSpace(name)]; ok {
		if m != nil {
			m.Direction = dir
		} else {
			d.Direction = dir
		}
		return nil
	}
	if m == nil {
		return nil
	}
	switch name {
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
		if name == "ptime" {
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
