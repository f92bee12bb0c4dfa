package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"time"

	"tipring/dsp/g711"
	"tipring/gateway/call"
	"tipring/gateway/rtp"
)

// Config is what a Server needs.
type Config struct {
	// Listen are the addresses that requests come in on and that ours go out from. At least one.
	Listen []Listen
	// Realm is the protection domain of our challenges (RFC 3261 §22.1) and the host of our identities where a trunk names
	// none; "" is "tipring".
	Realm string
	// Digests are the algorithms of our challenges, the preferred one first (RFC 8760 §2.3): "SHA-256" and "MD5". nil is MD5
	// alone: telephones that do not know SHA-256 fail on seeing it (baresip 1.0 wherever it stands, sipp 3.6 when it is first).
	Digests []string
	// Product goes into User-Agent and Server; "" is "tipring".
	Product string

	Accounts []Account
	Trunks   []Trunk

	Access    Access
	Lockout   Lockout
	Registrar Registrar
	Media     Media

	// Engine opens the RTP stream of each call.
	Engine *rtp.Engine
	// Incoming takes a call from an account or a trunk. It is called on the server's goroutines and must not block.
	Incoming call.Incoming

	// Observer is told how fast peers answer. Optional.
	Observer Observer

	// Resolve finds the addresses of a host name; nil: the system's resolver.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Dial opens a stream connection to a peer; nil: TCP.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)

	Log *slog.Logger
}

// An Observer is told how long peers take to answer our requests. Its methods are called on the server's goroutines and must
// not block. trunk is "" for a peer that is none.
type Observer interface {
	// InviteResponded has the time from an INVITE to the first response, provisional or final.
	InviteResponded(trunk string, d time.Duration)
	// ByeResponded has the time from a BYE to its final response.
	ByeResponded(trunk string, d time.Duration)
}

// A Listen is one address the server listens on. Packet or Stream, where set, is used instead of Network and Addr, and is
// closed by the server.
type Listen struct {
	Network string // "udp" or "tcp"
	Addr    string // host:port; an empty host is every address, port 0 any free one
	Packet  net.PacketConn
	Stream  net.Listener
	// Advertise is what Via and Contact say instead of the local address: the public address behind a static NAT. Optional.
	Advertise netip.AddrPort
}

// An Account is a SIP telephone of our own: it registers with us, calls through us, and is called at its contacts.
type Account struct {
	Name        string // stable name for records, metrics and logs
	User        string // user part of its address, user name of its digest, and its number
	DisplayName string
	Password    string
}

// A Trunk is a provider, a PBX or another gateway.
type Trunk struct {
	Name string // stable name for records, metrics and logs
	// Host and Port are where requests go. Port 0: 5060 (no SRV lookup). Transport is "udp" (default) or "tcp".
	Host      string
	Port      int
	Transport string
	// OutboundProxy, host or host:port, is sent to instead, with a loose Route (RFC 3261 §8.1.2).
	OutboundProxy string

	// Domain is the host of the identities in From and To; "": Host.
	Domain string
	// User and Password answer challenges, only of Realm ("": Host or Domain, ignoring case).
	User, Password, Realm string

	// FromUser, when set, is always the user of From, for providers that take no other; the caller's number is then in
	// P-Asserted-Identity alone.
	FromUser string

	// Register keeps a registration for User at Domain. Expires is what is asked for; 0: 10 minutes.
	Register bool
	Expires  time.Duration

	// KeepAlive is the interval of OPTIONS requests (RFC 3261 §11); 0: none, and the trunk counts as up.
	KeepAlive time.Duration

	// Sources are further addresses that the trunk's requests come from. Host's addresses are always among them.
	Sources []netip.Prefix
	// AnyPort takes requests from every port of those addresses. Without it, they have to come from Port, so that another
	// program on the trunk's host is not taken for it.
	AnyPort bool
	// Challenge asks requests from the trunk for a digest with User and Password.
	Challenge bool
	// Trusted puts the trunk into our trust domain (RFC 3325 §2.4): its P-Asserted-Identity is believed and it gets ours even
	// when the caller wants privacy.
	Trusted bool
	// Laws are the codecs of its calls, in order of preference; nil: those of Media.
	Laws []g711.Law
}

// Access is a list of source addresses. A source that is in Deny, or not in a non-empty Allow, gets no answer at all. The
// longest prefix decides; on a tie Deny does.
type Access struct {
	Allow, Deny []netip.Prefix
}

// Lockout says when a source address is no longer answered after wrong passwords.
type Lockout struct {
	Failures int           // wrong answers to our challenge within Window; 0: 10, negative: never
	Window   time.Duration // 0: 1 minute
	Duration time.Duration // 0: 5 minutes
}

// Registrar bounds the registrations of accounts.
type Registrar struct {
	MinExpires  time.Duration // shorter ones get 423 (RFC 3261 §10.3); 0: 60 s
	MaxExpires  time.Duration // longer ones are shortened; 0: 1 h
	MaxContacts int           // of one account; the oldest makes room; 0: 5
}

// Media is what offers and answers contain.
type Media struct {
	Laws    []g711.Law // in order of preference; nil: PCMA, PCMU
	PtimeMs int        // 0: 20
	NoDTMF  bool       // without telephone-event (RFC 4733)
	NoCN    bool       // without comfort noise (RFC 3389)
	DTX     bool       // comfort noise instead of audio in pauses, where the peer takes it
	// Timeout clears a call from whose peer no packet came for so long while it should be sending; 0: never.
	Timeout time.Duration
}

func (c *Config) defaults() {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if c.Realm == "" {
		c.Realm = "tipring"
	}
	if c.Product == "" {
		c.Product = "tipring"
	}
	if c.Digests == nil {
		c.Digests = []string{"MD5"}
	}
	if c.Lockout.Failures == 0 {
		c.Lockout.Failures = 10
	}
	def(&c.Lockout.Window, time.Minute)
	def(&c.Lockout.Duration, 5*time.Minute)
	def(&c.Registrar.MinExpires, time.Minute)
	def(&c.Registrar.MaxExpires, time.Hour)
	if c.Registrar.MaxContacts == 0 {
		c.Registrar.MaxContacts = 5
	}
	if c.Media.Laws == nil {
		c.Media.Laws = []g711.Law{g711.ALaw, g711.MuLaw}
	}
	if c.Media.PtimeMs == 0 {
		c.Media.PtimeMs = rtp.DefaultPtimeMs
	}
	if c.Resolve == nil {
		c.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if c.Dial == nil {
		c.Dial = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", to.String())
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Trunks = slices.Clone(c.Trunks)
	for i := range c.Trunks {
		c.Trunks[i].defaults()
	}
}

func (t *Trunk) defaults() {
	if t.Transport == "" {
		t.Transport = "udp"
	}
	if t.Port == 0 {
		t.Port = 5060
	}
	if t.Domain == "" {
		t.Domain = t.Host
	}
	if t.Expires == 0 {
		t.Expires = 10 * time.Minute
	}
}

// check returns every fault at once.
func (c *Config) check() error {
	var faults []error
	fault := func(format string, a ...any) { faults = append(faults, fmt.Errorf("sip: "+format, a...)) }
	if len(c.Listen) == 0 {
		fault("no address to listen on")
	}
	for _, l := range c.Listen {
		if l.Packet == nil && l.Stream == nil && l.Network != "udp" && l.Network != "tcp" {
			fault("listen %s: network %q is neither udp nor tcp", l.Addr, l.Network)
		}
	}
	if c.Engine == nil {
		fault("no RTP engine")
	}
	if c.Incoming == nil {
		fault("nothing takes incoming calls")
	}
	if !plainText(c.Realm) {
		fault("realm %q holds a control character or a quote", c.Realm)
	}
	for _, d := range c.Digests {
		if _, ok := findAlgorithm(d); !ok || d == "" {
			fault("digest algorithm %q is neither SHA-256 nor MD5", d)
		}
	}
	if len(c.Digests) == 0 {
		fault("no digest algorithm")
	}
	if !plainText(c.Product) {
		fault("product %q holds a control character or a quote", c.Product)
	}
	names, users := map[string]bool{}, map[string]bool{}
	name := func(kind, n string) {
		switch {
		case n == "":
			fault("%s without a name", kind)
		case names[n]:
			fault("%s %s: the name is taken", kind, n)
		}
		names[n] = true
	}
	for _, a := range c.Accounts {
		name("account", a.Name)
		switch {
		case a.User == "":
			fault("account %s: no user", a.Name)
		case users[a.User]:
			fault("account %s: the user %q is taken", a.Name, a.User)
		}
		users[a.User] = true
		if a.Password == "" {
			fault("account %s: no password", a.Name)
		}
		if !plainText(a.User) || !plainText(a.DisplayName) {
			fault("account %s: user or display name holds a control character or a quote", a.Name)
		}
	}
	for _, t := range c.Trunks {
		name("trunk", t.Name)
		if t.Host == "" {
			fault("trunk %s: no host", t.Name)
		} else if !validHost(t.Host) {
			fault("trunk %s: host %q is no host name or address", t.Name, t.Host)
		}
		if t.Transport != "udp" && t.Transport != "tcp" {
			fault("trunk %s: transport %q is neither udp nor tcp", t.Name, t.Transport)
		}
		if t.Port < 1 || t.Port > 65535 {
			fault("trunk %s: port %d is outside 1..65535", t.Name, t.Port)
		}
		if _, _, err := splitHostPort(t.OutboundProxy, 5060); t.OutboundProxy != "" && err != nil {
			fault("trunk %s: outbound proxy %q: %v", t.Name, t.OutboundProxy, err)
		}
		if t.Register && t.User == "" {
			fault("trunk %s: cannot register without a user", t.Name)
		}
		if t.Challenge && (t.User == "" || t.Password == "") {
			fault("trunk %s: cannot challenge without user and password", t.Name)
		}
		if t.Host != "" && !validHost(t.Domain) {
			fault("trunk %s: domain %q is no host name or address", t.Name, t.Domain)
		}
		if !plainText(t.User) || !plainText(t.FromUser) || !plainText(t.Realm) {
			fault("trunk %s: user or realm holds a control character or a quote", t.Name)
		}
	}
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"lockout window", c.Lockout.Window}, {"lockout duration", c.Lockout.Duration},
		{"shortest registration", c.Registrar.MinExpires}, {"longest registration", c.Registrar.MaxExpires}} {
		if d.d < 0 {
			fault("%s %v is negative", d.name, d.d)
		}
	}
	if c.Registrar.MinExpires > c.Registrar.MaxExpires {
		fault("shortest registration %v is longer than the longest %v", c.Registrar.MinExpires, c.Registrar.MaxExpires)
	}
	if c.Media.PtimeMs < rtp.MinPtimeMs || c.Media.PtimeMs > rtp.MaxPtimeMs {
		fault("packet time %d ms is outside %d..%d ms", c.Media.PtimeMs, rtp.MinPtimeMs, rtp.MaxPtimeMs)
	}
	return errors.Join(faults...)
}
