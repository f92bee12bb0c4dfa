package app

import (
	"net/netip"
	"time"

	"tipring/dsp/g711"
	"tipring/gateway/config"
	"tipring/gateway/rtp"
	"tipring/gateway/sip"
)

func (a *App) mediaConfig(cfg *config.Config) rtp.Config {
	ip := cfg.RTP.Address
	if !ip.IsValid() {
		ip = netip.IPv4Unspecified()
		if len(cfg.SIP.UDP) > 0 {
			ip = cfg.SIP.UDP[0].Addr()
		} else if len(cfg.SIP.TCP) > 0 {
			ip = cfg.SIP.TCP[0].Addr()
		}
	}
	return rtp.Config{
		IP: ip, PortMin: uint16(cfg.RTP.PortMin), PortMax: uint16(cfg.RTP.PortMax),
		MinDepthMs: int(cfg.RTP.JitterMin / time.Millisecond), MaxDepthMs: int(cfg.RTP.JitterMax / time.Millisecond),
		ListenPacket: a.opt.Network.Media, Log: a.opt.Log,
	}
}

// sipConfig opens the listeners; they are the server's from here on.
func (a *App) sipConfig(cfg *config.Config) (sip.Config, error) {
	c := a.sipParties(cfg, a.passwords)
	c.Engine, c.Incoming, c.Observer, c.Dial = a.engine, a.incomingSIP, a.meter, a.opt.Network.Dial
	for _, addr := range cfg.SIP.UDP {
		l := sip.Listen{Network: "udp", Addr: addr.String(), Advertise: advertise(cfg, addr)}
		var err error
		if l.Packet, err = a.opt.Network.packet(l.Addr); err != nil {
			closeAll(c.Listen)
			return c, addressError("SIP", "UDP", addr, "--sip", err)
		}
		c.Listen = append(c.Listen, l)
	}
	for _, addr := range cfg.SIP.TCP {
		l := sip.Listen{Network: "tcp", Addr: addr.String(), Advertise: advertise(cfg, addr)}
		var err error
		if l.Stream, err = a.opt.Network.stream(l.Addr); err != nil {
			closeAll(c.Listen)
			return c, addressError("SIP", "TCP", addr, "--sip", err)
		}
		if l.Stream != nil {
			c.Listen = append(c.Listen, l)
		}
	}
	return c, nil
}

func closeAll(ls []sip.Listen) {
	for _, l := range ls {
		if l.Packet != nil {
			l.Packet.Close()
		}
		if l.Stream != nil {
			l.Stream.Close()
		}
	}
}

func advertise(cfg *config.Config, addr netip.AddrPort) netip.AddrPort {
	if !cfg.SIP.Advertise.IsValid() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(cfg.SIP.Advertise, addr.Port())
}

// sipParties is the part of the SIP configuration that a reload can change, and what goes with it. made are the passwords of
// accounts whose configuration has none.
func (a *App) sipParties(cfg *config.Config, made map[string]string) sip.Config {
	failures := cfg.SIP.LockoutFailures
	if failures == 0 {
		failures = -1 // the file's word for never
	}
	c := sip.Config{
		Realm:   cfg.SIP.Realm,
		Product: "tipring/" + a.opt.Version,
		Access:  sip.Access{Allow: cfg.SIP.Allow, Deny: cfg.SIP.Deny},
		Lockout: sip.Lockout{Failures: failures, Window: cfg.SIP.LockoutWindow, Duration: cfg.SIP.LockoutTime},
		Media: sip.Media{
			Laws: laws(cfg.SIP.Codecs), PtimeMs: int(cfg.SIP.Ptime / time.Millisecond), DTX: cfg.SIP.Pauses,
			Timeout: cfg.SIP.MediaTimeout,
		},
		Log: a.opt.Log,
	}
	for _, acc := range cfg.Accounts {
		password := acc.Password
		if password == "" {
			password = made[acc.Name]
		}
		user := acc.Number
		if user == "" {
			user = acc.Name
		}
		c.Accounts = append(c.Accounts, sip.Account{Name: acc.Name, User: user, DisplayName: acc.DisplayName, Password: password})
	}
	for _, t := range cfg.Trunks {
		c.Trunks = append(c.Trunks, sip.Trunk{
			Name: t.Name, Host: t.Host, Port: t.Port, Transport: t.Transport, OutboundProxy: t.OutboundProxy, Domain: t.FromDomain,
			User: t.Username, Password: t.Password, Realm: t.Realm, Register: t.Register, Expires: t.Expires,
			KeepAlive: t.OptionsInterval, Sources: t.Sources, AnyPort: t.AnyPort, Challenge: t.Challenge, Trusted: t.Trusted,
			Laws: laws(t.Codecs),
		})
	}
	return c
}

func laws(codecs []string) []g711.Law {
	var out []g711.Law
	for _, name := range codecs {
		if name == g711.ALaw.String() {
			out = append(out, g711.ALaw)
		} else {
			out = append(out, g711.MuLaw)
		}
	}
	return out
}
