package config

import (
	"net/netip"
)

// A socket is something that the gateway listens on.
type socket struct {
	path   string
	what   string
	udp    bool
	addr   netip.Addr
	lo, hi uint16
}

func (c *Config) sockets() []socket {
	var out []socket
	add := func(path, what string, udp bool, a netip.AddrPort) {
		if a.IsValid() && a.Port() != 0 {
			out = append(out, socket{path, what, udp, a.Addr().Unmap(), a.Port(), a.Port()})
		}
	}
	for i, a := range c.SIP.UDP {
		add(elem("sip.udp", i), "sip.udp "+a.String(), true, a)
	}
	for i, a := range c.SIP.TCP {
		add(elem("sip.tcp", i), "sip.tcp "+a.String(), false, a)
	}
	add("http.listen", "http.listen "+c.HTTP.Listen.String(), false, c.HTTP.Listen)
	for i, k := range c.Cards {
		add(elem("card", i)+".local", "card "+k.Name+"'s "+k.Local.String(), true, k.Local)
	}
	if c.RTP.Address.IsValid() && c.RTP.PortMin < c.RTP.PortMax {
		out = append(out, socket{"rtp.port_min", "the RTP port range", true, c.RTP.Address.Unmap(), uint16(c.RTP.PortMin), uint16(c.RTP.PortMax)})
	}
	return out
}

// overlaps says whether both cannot be listened on at once.
func (s socket) overlaps(o socket) bool {
	return s.udp == o.udp && s.lo <= o.hi && o.lo <= s.hi && (s.addr == o.addr || covers(s.addr, o.addr) || covers(o.addr, s.addr))
}

// covers says whether a is every address of b's family; :: takes IPv4 too.
func covers(a, b netip.Addr) bool {
	return a.IsUnspecified() && (a.Is6() || b.Is4())
}

func (c *Config) validateAddresses(r *report) {
	if len(c.SIP.UDP) == 0 && len(c.SIP.TCP) == 0 {
		r.fault("sip", "listens nowhere: give udp or tcp an address")
	}
	if c.RTP.PortMin+1 > c.RTP.PortMax {
		r.fault("rtp.port_min", "is %d and port_max %d: a call takes two ports", c.RTP.PortMin, c.RTP.PortMax)
	}
	switch {
	case !c.RTP.Address.IsValid():
		r.fault("rtp.address", "is missing: no SIP address says which one far ends can send to, so write it")
	case c.RTP.Address.IsUnspecified():
		r.fault("rtp.address", "%v is no address that far ends can send to: write the one of an interface", c.RTP.Address)
	}
	if l := c.HTTP.Listen; l.IsValid() && !l.Addr().IsLoopback() && c.API.Token == "" {
		r.fault("http.listen", "%v is beyond loopback: set [api] token, or listen on 127.0.0.1", l)
	}
	all := c.sockets()
	for i, s := range all {
		for _, o := range all[:i] {
			if !s.overlaps(o) {
				continue
			}
			// The fault is at the one that the file has.
			at, other := s, o
			if r.lines.exact(s.path) == 0 && r.lines.exact(o.path) != 0 {
				at, other = o, s
			}
			r.fault(at.path, "%s overlaps with %s: choose another port", at.what, other.what)
		}
	}
}
