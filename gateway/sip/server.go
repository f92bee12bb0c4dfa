package sip

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tipring/gateway/call"

	"github.com/emiago/sipgo/sip"
)

// A Server is the gateway's SIP user agent: registrar for its accounts, registered user of its trunks, and both ends of
// INVITE dialogs.
type Server struct {
	cfg       Config // as it was at the start; what Reconfigure changes is in dir
	log       *slog.Logger
	transport *transport
	tx        *transactions
	auth      *authenticator
	lockout   *lockout
	count     counters
	others    traffic // with who is no trunk
	secret    [32]byte
	draining  atomic.Bool
	dialogs   *dialogTable
	dir       atomic.Pointer[directory]
	took      func(*row) // tests note which rows of the legs' table were taken; nil

	mu     sync.Mutex // guards the fields below, and that only one Reconfigure runs
	ctx    context.Context
	closed bool
	wg     sync.WaitGroup // trunk loops and calls
}

// A directory is who there is, replaced as a whole by Reconfigure.
type directory struct {
	accounts map[string]*account // by name
	users    map[string]*account // by user
	trunks   map[string]*trunk
	access   Access
	media    Media
	reg      Registrar
	realm    string
	product  string
}

// New checks the configuration and binds its addresses, so that one in use is told at once. It starts nothing.
func New(c Config) (*Server, error) {
	c.defaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Server{cfg: c, log: c.Log, auth: newAuthenticator(c.Realm, c.Digests), lockout: newLockout(c.Lockout), dialogs: newDialogTable()}
	rand.Read(s.secret[:])
	s.transport = &transport{cfg: &s.cfg, log: c.Log, receive: s.receive, admit: s.admit, streams: map[netip.AddrPort]*stream{},
		perAddr: map[netip.Addr]int{}, done: make(chan struct{})}
	// sipgo's own log tells of every repeated message; what matters of it is counted.
	s.tx = &transactions{t: s.transport, log: slog.New(slog.DiscardHandler), count: s.trafficWith, observe: c.Observer, client: map[string]*clientTx{},
		server: map[string]*serverTx{}}
	s.transport.lost = s.connectionLost
	if err := s.transport.listen(c.Listen); err != nil {
		return nil, err
	}
	s.dir.Store(s.newDirectory(nil, c))
	return s, nil
}

// connectionLost fails what waited for an answer on a connection, and forgets the telephones that could be reached over it
// alone (RFC 5626 §5.4 note).
func (s *Server) connectionLost(c *stream) {
	s.tx.broken(c)
	for _, a := range s.dir.Load().accounts {
		a.unreachable(c)
	}
}

// newDirectory keeps accounts and trunks that were there by name, with their registrations.
func (s *Server) newDirectory(old *directory, c Config) *directory {
	d := &directory{accounts: map[string]*account{}, users: map[string]*account{}, trunks: map[string]*trunk{}, access: c.Access,
		media: c.Media, reg: c.Registrar, realm: c.Realm, product: c.Product}
	for _, cfg := range c.Accounts {
		var a *account
		if old != nil {
			a = old.accounts[cfg.Name]
		}
		if a == nil || a.cfg.Load().User != cfg.User {
			a = newAccount(s, cfg)
		} else {
			a.cfg.Store(&cfg)
		}
		d.accounts[cfg.Name], d.users[cfg.User] = a, a
	}
	for _, cfg := range c.Trunks {
		var t *trunk
		if old != nil {
			t = old.trunks[cfg.Name]
		}
		if t == nil || !t.cfg.same(cfg) {
			replaced := t
			t = newTrunk(s, cfg)
			if replaced != nil {
				t.traffic = replaced.traffic
			}
		}
		d.trunks[cfg.Name] = t
	}
	return d
}

// Addrs returns the addresses that are listened on, in the order of Config.Listen.
func (s *Server) Addrs() []net.Addr {
	addrs := make([]net.Addr, len(s.transport.sockets))
	for i, k := range s.transport.sockets {
		if k.packet != nil {
			addrs[i] = k.packet.LocalAddr()
		} else {
			addrs[i] = k.listener.Addr()
		}
	}
	return addrs
}

// Run serves until ctx is done, then unregisters from the trunks, clears what calls are left with cause 41 and closes the
// sockets. When it returns, nothing that the server started runs any more.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	if s.ctx != nil || s.closed {
		s.mu.Unlock()
		return errors.New("sip: Run on a server that has run")
	}
	s.ctx = ctx
	for _, t := range s.dir.Load().trunks {
		s.startTrunk(t)
	}
	s.mu.Unlock()
	s.transport.start()

	sweep := time.NewTicker(10 * time.Second)
	defer sweep.Stop()
	for ctx.Err() == nil {
		select {
		case now := <-sweep.C:
			s.auth.sweep(now)
			s.lockout.sweep(now)
			for _, a := range s.dir.Load().accounts {
				a.expire(now)
			}
		case <-ctx.Done():
		}
	}

	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.draining.Store(true)
	s.dialogs.clearAll()
	s.wg.Wait()
	s.transport.stop()
	s.tx.close()
	return nil
}

// startTrunk is called with s.mu held and a running server.
func (s *Server) startTrunk(t *trunk) {
	ctx, cancel := context.WithCancel(s.ctx)
	t.cancel = cancel
	s.wg.Go(func() { t.run(ctx) })
}

// Close releases the addresses of a server that was never run.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil && !s.closed {
		s.closed = true
		s.transport.closeSockets()
	}
	return nil
}

// Drain refuses new calls with 503 and Retry-After, and answers OPTIONS with 503, while calls that stand go on.
func (s *Server) Drain() { s.draining.Store(true) }

// Reconfigure applies everything but the addresses that are listened on without touching a call. Registrations of accounts
// and trunks that stay are kept. A nil Listen is the one in force; another one is an error, and then nothing has changed.
func (s *Server) Reconfigure(c Config) error {
	c.Engine, c.Incoming = s.cfg.Engine, s.cfg.Incoming
	sameAddr := func(a, b Listen) bool {
		return a.Network == b.Network && a.Addr == b.Addr && a.Advertise == b.Advertise
	}
	var moved error
	if c.Listen == nil {
		c.Listen = s.cfg.Listen
	} else if !slices.EqualFunc(c.Listen, s.cfg.Listen, sameAddr) {
		moved = errors.New("sip: addresses listened on change only with a restart")
	}
	c.defaults()
	if err := errors.Join(c.check(), moved); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.dir.Load()
	next := s.newDirectory(old, c)
	s.dir.Store(next)
	s.lockout.configure(c.Lockout)
	s.auth.configure(c.Realm, c.Digests)
	for name, t := range old.trunks {
		if next.trunks[name] != t && t.cancel != nil {
			t.cancel()
		}
	}
	if s.ctx != nil && !s.closed {
		for _, t := range next.trunks {
			if t.cancel == nil {
				s.startTrunk(t)
			}
		}
	}
	return nil
}

// Account returns the endpoint of an account by its name, nil when there is none.
func (s *Server) Account(name string) call.Endpoint {
	if a := s.dir.Load().accounts[name]; a != nil {
		return a
	}
	return nil
}

// Trunk returns the endpoint of a trunk by its name, nil when there is none.
func (s *Server) Trunk(name string) call.Endpoint {
	if t := s.dir.Load().trunks[name]; t != nil {
		return t
	}
	return nil
}

func (s *Server) endpoints() ([]*account, []*trunk) {
	d := s.dir.Load()
	return slices.Collect(maps.Values(d.accounts)), slices.Collect(maps.Values(d.trunks))
}

// admit is asked for every datagram and connection. A trunk is never locked out: its host's misconfigured programs would
// take it down.
func (s *Server) admit(from netip.AddrPort) bool {
	d := s.dir.Load()
	if !d.access.admits(from.Addr()) || s.lockout.locked(from.Addr(), time.Now()) && d.trunkAt(from) == nil {
		s.count.denied.Add(1)
		return false
	}
	return true
}

// trunkAt returns the trunk that has an address, nil when none has.
func (d *directory) trunkAt(from netip.AddrPort) *trunk {
	for _, t := range d.trunks {
		if (t.cfg.AnyPort || int(from.Port()) == t.cfg.Port) && t.hasSource(from.Addr()) {
			return t
		}
	}
	return nil
}

// receive takes one message in, on the goroutine that read it.
func (s *Server) receive(f flow, data []byte) {
	if len(data) <= 4 && strings.Trim(string(data), "\r\n\x00") == "" {
		return // keep-alive (RFC 5626 §3.5)
	}
	msg, bad := parseMessage(data)
	switch m := msg.(type) {
	case *sip.Request:
		s.request(m, f, bad)
	case *sip.Response:
		switch {
		case bad != nil:
			s.trafficWith(f).parseErrors.Add(1)
		case !s.tx.response(m):
			s.count.stray.Add(1)
		}
	default:
		s.trafficWith(f).parseErrors.Add(1)
	}
}

func (s *Server) request(req *sip.Request, f flow, bad *fault) {
	if bad != nil {
		s.trafficWith(f).parseErrors.Add(1)
		if bad.status != 0 {
			stamp(req, f)
			s.reply(req, f, bad.status, bad.reason)
		}
		return
	}
	stamp(req, f)
	switch req.Method {
	case sip.ACK:
		s.ack(req, f)
		return
	case sip.CANCEL:
		s.cancel(req, f)
		return
	}
	if x := s.tx.match(req, f, req.Method); x != nil {
		x.again(req)
		return
	}
	if h := req.GetHeaders("Require"); len(h) > 0 { // RFC 3261 §8.2.2.3; no extension is supported
		var options []string
		for _, h := range h {
			options = append(options, listed(h.Value())...)
		}
		if len(options) > 0 {
			s.reply(req, f, 420, "", sip.NewHeader("Unsupported", strings.Join(options, ", ")))
			return
		}
	}
	if tagOf(req.To().Params) != "" {
		s.inDialog(req, f)
		return
	}
	s.outOfDialog(req, f)
}

// ack ends a server transaction, or belongs to a dialog.
func (s *Server) ack(req *sip.Request, f flow) {
	if x := s.tx.match(req, f, sip.INVITE); x != nil {
		x.acked(req)
		return
	}
	if l, fork := s.dialogs.find(req); l != nil {
		s.trafficWith(f).request(sip.ACK, received)
		l.post(input{event: evACK, req: req, fork: fork, f: f})
		return
	}
	if tagOf(req.To().Params) != s.statelessTag(req) { // else it ends a 401 for which nothing was kept
		s.count.stray.Add(1)
	}
}

// cancel answers for itself and tells the INVITE (RFC 3261 §9.2).
func (s *Server) cancel(req *sip.Request, f flow) {
	x := s.tx.match(req, f, sip.INVITE)
	if x == nil {
		s.reply(req, f, 481, "")
		return
	}
	s.reply(req, f, 200, "")
	x.mu.Lock()
	told := x.cancel
	x.mu.Unlock()
	if told != nil {
		told(req)
	}
}

func (s *Server) inDialog(req *sip.Request, f flow) {
	l, fork := s.dialogs.find(req)
	if l == nil {
		s.reply(req, f, 481, "")
		return
	}
	x, err := s.tx.serve(req, f)
	if err != nil {
		return
	}
	ev := evOther
	switch req.Method {
	case sip.BYE:
		ev = evBYE
	case sip.INVITE:
		ev = evReinvite
		x.respond(s.newResponse(req, 100, "", ""))
		// An old agent may acknowledge with the INVITE's branch.
		x.onACK(func(ack *sip.Request) { l.post(input{event: evACK, req: ack, fork: fork, f: f}) })
	case sip.UPDATE:
		ev = evUpdate
	case sip.INFO:
		ev = evInfo
	}
	if !l.post(input{event: ev, req: req, x: x, fork: fork, f: f}) {
		x.respond(s.newResponse(req, 481, "", ""))
	}
}

const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER"

func allowHeader() sip.Header { return sip.NewHeader("Allow", allowed) }

// outOfDialog finds out who asks before it looks at what. Everybody else is challenged, whatever they ask for.
func (s *Server) outOfDialog(req *sip.Request, f flow) {
	d := s.dir.Load()
	who, ok := s.identify(d, req, f)
	if !ok {
		return
	}
	switch req.Method {
	case sip.REGISTER:
		s.register(who.account, req, f)
	case sip.INVITE:
		s.invite(who, req, f)
	case sip.OPTIONS:
		s.options(req, f)
	case sip.BYE, sip.UPDATE, sip.INFO:
		s.reply(req, f, 481, "") // these exist inside dialogs only
	case sip.SUBSCRIBE, sip.NOTIFY, sip.REFER, sip.MESSAGE, sip.PRACK, sip.PUBLISH:
		s.reply(req, f, 405, "", allowHeader())
	default:
		s.reply(req, f, 501, "", allowHeader()) // RFC 3261 §21.5.2
	}
}

// options answers as an INVITE would be answered (RFC 3261 §11.2).
func (s *Server) options(req *sip.Request, f flow) {
	if s.draining.Load() {
		s.reply(req, f, 503, "", retryAfter())
		return
	}
	s.reply(req, f, 200, "", allowHeader(), sip.NewHeader("Accept", "application/sdp"))
}

func retryAfter() sip.Header { return sip.NewHeader("Retry-After", "60") }

// A peer is who sent a request: an account or a trunk.
type peer struct {
	account *account
	trunk   *trunk
}

// identify finds a trunk by its source address or by the contact that we registered there, and otherwise asks for an
// account's digest. REGISTER is always an account's. If not ok it has answered.
func (s *Server) identify(d *directory, req *sip.Request, f flow) (peer, bool) {
	from := f.peer.Addr()
	if req.Method != sip.REGISTER {
		if t := d.trunkOf(req, f); t != nil {
			if !t.cfg.Challenge {
				return peer{trunk: t}, true
			}
			ok := s.authenticate(req, f, func(user string) (string, bool) { return t.cfg.Password, user == t.cfg.User })
			return peer{trunk: t}, ok != ""
		}
	}
	user := s.authenticate(req, f, func(user string) (string, bool) {
		a := d.users[user]
		if a == nil {
			return "", false
		}
		return a.cfg.Load().Password, true
	})
	if user == "" {
		return peer{}, false
	}
	a := d.users[user]
	if a == nil {
		s.log.Warn("sip: account removed while it authenticated", "source", from)
		s.reply(req, f, 403, "")
		return peer{}, false
	}
	return peer{account: a}, true
}

// maxLoggedUser bounds, in bytes, what a log line holds of a user name that anybody may send.
const maxLoggedUser = 64

// authenticate returns the user whose password the request proves, or answers 401 with a challenge and returns "".
func (s *Server) authenticate(req *sip.Request, f flow, password func(string) (string, bool)) string {
	from := f.peer.Addr()
	user, v := s.auth.check(req, from, password)
	switch v {
	case rightPassword:
		return user
	case wrongPassword:
		s.trafficWith(f).authFailures.Add(1)
		first, locked := s.lockout.fail(from, time.Now())
		if first {
			s.log.Info("sip: wrong user or password; more of them from this source are only counted", "source", from, "user", clip(user, maxLoggedUser))
		}
		if locked > 0 {
			s.log.Warn("sip: source locked out after wrong passwords", "source", from, "user", clip(user, maxLoggedUser), "for", locked)
		}
	}
	s.count.challenges.Add(1)
	s.reply(req, f, 401, "", s.auth.challenge(from, v == staleNonce)...)
	return ""
}
