package sip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A trunk is a configured Trunk with its registration and its keep-alive. It is replaced when its configuration changes.
type trunk struct {
	s     *Server
	cfg   Trunk
	line  string // unguessable: tells requests to our registered contact (RFC 3261 §10.2.1)
	addrs atomic.Pointer[[]netip.Addr]
	state gauge[TrunkStatus]
	// traffic goes on counting when the trunk is replaced by one of the same name.
	traffic *traffic
	cancel  context.CancelFunc // guarded by Server.mu
}

func (t Trunk) same(o Trunk) bool {
	t.defaults()
	o.defaults()
	return reflect.DeepEqual(t, o)
}

func newTrunk(s *Server, cfg Trunk) *trunk {
	t := &trunk{s: s, cfg: cfg, line: randomText(), traffic: &traffic{trunk: cfg.Name}}
	t.state.v = TrunkStatus{Name: cfg.Name, Registers: cfg.Register, Up: true}
	addrs := []netip.Addr{}
	if a, err := netip.ParseAddr(strings.Trim(cfg.Host, "[]")); err == nil {
		addrs = append(addrs, a.Unmap())
	}
	t.addrs.Store(&addrs)
	return t
}

func (t *trunk) status() TrunkStatus {
	st := t.state.get()
	if st.Registered && time.Now().After(st.Expires) {
		st.Registered = false
	}
	return st
}

// trunkOf finds the trunk that a request is from: by the address that we registered with it, then by where it came from.
func (d *directory) trunkOf(req *sip.Request, f flow) *trunk {
	if line, ok := req.Recipient.UriParams.Get("line"); ok && line != "" {
		for _, t := range d.trunks {
			if t.cfg.Register && t.line == line {
				return t
			}
		}
	}
	var candidate *trunk
	for _, t := range d.trunks {
		if !t.hasSource(f.peer.Addr()) {
			continue
		}
		if int(f.peer.Port()) == t.cfg.Port {
			return t
		}
		if (t.cfg.AnyPort || f.conn != nil && f.conn.dialled()) && (candidate == nil || t.cfg.Name < candidate.cfg.Name) {
			candidate = t
		}
	}
	return candidate
}

// run keeps addresses, registration and keep-alive until ctx is done.
func (t *trunk) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	if _, err := netip.ParseAddr(strings.Trim(t.cfg.Host, "[]")); err != nil {
		wg.Go(func() { t.lookUp(ctx) })
	}
	if t.cfg.Register {
		wg.Go(func() { t.keepRegistered(ctx) })
	}
	if t.cfg.KeepAlive > 0 {
		wg.Go(func() { t.keepAlive(ctx) })
	}
}

// lookUpEvery is how often a trunk's name is resolved, to know its requests by their source.
const lookUpEvery = 5 * time.Minute

func (t *trunk) lookUp(ctx context.Context) {
	for ctx.Err() == nil {
		wait := lookUpEvery
		if addrs, err := t.s.cfg.Resolve(ctx, t.cfg.Host); err == nil {
			for i := range addrs {
				addrs[i] = addrs[i].Unmap()
			}
			t.addrs.Store(&addrs)
		} else {
			wait = 30 * time.Second
			if ctx.Err() == nil {
				t.s.log.Warn("sip: trunk's host not resolved", "trunk", t.cfg.Name, "error", err)
			}
		}
		sleep(ctx, wait)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// destination is where requests for a number go.
func (t *trunk) destination(number string) destination {
	d := destination{target: sip.Uri{Scheme: "sip", User: escapeUser(number), Host: t.cfg.Domain}, network: t.cfg.Transport,
		host: t.cfg.Host, port: t.cfg.Port}
	for _, a := range *t.addrs.Load() { // as last looked up, so that a call does not wait for a resolver
		if t.s.transport.usable(a) {
			d.host = a.String()
			break
		}
	}
	if t.cfg.Domain == t.cfg.Host && t.cfg.Port != 5060 {
		d.target.Port = t.cfg.Port
	}
	param := ""
	if t.cfg.Transport == "tcp" {
		param = ";transport=tcp"
		d.target.UriParams = append(d.target.UriParams, sip.HeaderKV{K: "transport", V: "tcp"})
	}
	if p := t.cfg.OutboundProxy; p != "" {
		if host, port, err := splitHostPort(p, 5060); err == nil {
			d.host, d.port = host, port
			if strings.IndexByte(host, ':') >= 0 {
				host = "[" + host + "]"
			}
			d.routes = []string{fmt.Sprintf("<sip:%s:%d;lr%s>", host, port, param)}
		}
	}
	return d
}

// do sends a request outside a dialog and waits for its final response, answering one challenge, or another one after
// "stale". It gives up at ctx's end.
func (t *trunk) do(ctx context.Context, build func(f flow) *sip.Request) (*sip.Response, error) {
	var challenge *sip.Response
	for try := 0; ; try++ {
		f, err := t.s.reach(t.destination(""))
		if err != nil {
			return nil, err
		}
		req := build(f)
		if challenge != nil && !t.credentials().answer(req, challenge) {
			return challenge, nil
		}
		addVia(req, f)
		t.s.finish(req)
		done := make(chan *sip.Response, 1)
		tx, err := t.s.tx.request(req, f, func(res *sip.Response) {
			if res == nil || res.StatusCode >= 200 {
				done <- res
			}
		})
		if err != nil {
			return nil, err
		}
		var res *sip.Response
		select {
		case res = <-done:
		case <-ctx.Done():
			tx.stop()
			if ctx.Err() == context.DeadlineExceeded {
				return nil, errNoAnswer
			}
			return nil, ctx.Err()
		}
		if res == nil {
			return nil, errNoAnswer
		}
		if (res.StatusCode == 401 || res.StatusCode == 407) && try < maxChallenges && t.credentials().suits(res) &&
			(challenge == nil || isStale(res)) {
			challenge = res
			continue
		}
		return res, nil
	}
}

var errNoAnswer = errors.New("no answer")

// failure says in words how a request failed.
func failure(method sip.RequestMethod, res *sip.Response, err error) string {
	switch {
	case err == errNoAnswer:
		return "no answer to " + string(method)
	case err != nil:
		return string(method) + ": " + err.Error()
	}
	return fmt.Sprintf("%s: %d %s", method, res.StatusCode, escapeText(res.Reason))
}

func isStale(res *sip.Response) bool {
	for _, name := range []string{"WWW-Authenticate", "Proxy-Authenticate"} {
		for _, h := range res.GetHeaders(name) {
			if p, err := authParams(h.Value()); err == nil && strings.EqualFold(p["stale"], "true") {
				return true
			}
		}
	}
	return false
}

// keepAlive sends OPTIONS (RFC 3261 §11): any answer but 408 and 503 says that the trunk takes calls.
func (t *trunk) keepAlive(ctx context.Context) {
	callID, tag, seq := randomText(), randomText(), uint32(0)
	for ctx.Err() == nil {
		start := time.Now()
		within, cancel := context.WithTimeout(ctx, min(t.cfg.KeepAlive, optionsTimeout))
		res, err := t.do(within, func(f flow) *sip.Request {
			start = time.Now()
			seq++
			d := t.destination("")
			req := sip.NewRequest(sip.OPTIONS, d.target)
			for _, r := range d.routes {
				req.AppendHeader(sip.NewHeader("Route", r))
			}
			me := party{uri: sip.Uri{Scheme: "sip", User: escapeUser(t.cfg.User), Host: t.cfg.Domain}}
			addCommon(req, me, tag, party{uri: toURI(d.target)}, "", callID, seq)
			req.AppendHeader(sip.NewHeader("Accept", sdpType))
			return req
		})
		cancel()
		if ctx.Err() != nil {
			return
		}
		rtt := time.Since(start)
		up := err == nil && res.StatusCode != 408 && res.StatusCode != 503
		was := false
		t.state.update(func(st *TrunkStatus) {
			was = st.Up
			st.Up = up
			switch {
			case up:
				st.RTT = rtt
				if !st.Registers || st.Registered {
					st.LastError = ""
				}
			default:
				st.LastError = failure(sip.OPTIONS, res, err)
			}
		})
		if up != was {
			t.s.log.Warn("sip: trunk", "trunk", t.cfg.Name, "up", up)
		}
		sleep(ctx, t.cfg.KeepAlive)
	}
}

// optionsTimeout is how long an answer to OPTIONS may take: five transmissions over UDP.
const optionsTimeout = 8 * time.Second

// Back-off of registrations that fail: doubled from the first to the last value, plus up to a tenth by chance.
const (
	firstRetry = 5 * time.Second
	lastRetry  = 5 * time.Minute
)

// keepRegistered is RFC 3261 §10.2: refreshed when nine tenths of the granted time are over, removed at the end.
func (t *trunk) keepRegistered(ctx context.Context) {
	callID, tag, seq := randomText(), randomText(), uint32(0)
	expires := t.cfg.Expires
	register := func(ctx context.Context, expires time.Duration) (*sip.Response, error) {
		return t.do(ctx, func(f flow) *sip.Request {
			seq++
			return t.registerRequest(f, callID, tag, seq, expires)
		})
	}
	retry := firstRetry
	for ctx.Err() == nil {
		res, err := register(ctx, expires)
		if ctx.Err() != nil {
			break
		}
		wait := retry + rand.N(retry/10)
		switch {
		case err == nil && res.StatusCode/100 == 2:
			granted := t.granted(res, expires)
			t.state.update(func(st *TrunkStatus) {
				st.Registered, st.Expires, st.LastStatus, st.LastError = true, time.Now().Add(granted), res.StatusCode, ""
			})
			retry = firstRetry
			wait = granted * 9 / 10
		case err == nil && res.StatusCode == 423 && minExpires(res) > expires: // §10.2.8
			expires = minExpires(res)
			continue
		default:
			status, why := 0, failure(sip.REGISTER, res, err)
			if err == nil {
				status = res.StatusCode
				wait = max(wait, retryAfterOf(res))
			}
			t.state.update(func(st *TrunkStatus) {
				if time.Now().After(st.Expires) || status/100 == 4 {
					st.Registered = false
				}
				st.LastStatus, st.LastError = status, why
			})
			t.s.log.Warn("sip: not registered", "trunk", t.cfg.Name, "status", status, "error", why, "retry", wait)
			retry = min(2*retry, lastRetry)
		}
		sleep(ctx, wait)
	}
	if t.state.get().Registered {
		bye, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if _, err := register(bye, 0); err != nil {
			t.s.log.Info("sip: not unregistered", "trunk", t.cfg.Name, "error", err)
		}
		t.state.update(func(st *TrunkStatus) { st.Registered = false })
	}
}

func (t *trunk) registerRequest(f flow, callID, tag string, seq uint32, expires time.Duration) *sip.Request {
	d := t.destination("")
	registrar := sip.Uri{Scheme: "sip", Host: t.cfg.Domain, UriParams: d.target.UriParams, Port: d.target.Port}
	req := sip.NewRequest(sip.REGISTER, registrar)
	for _, r := range d.routes {
		req.AppendHeader(sip.NewHeader("Route", r))
	}
	me := party{uri: sip.Uri{Scheme: "sip", User: escapeUser(t.cfg.User), Host: t.cfg.Domain}}
	addCommon(req, me, tag, me, "", callID, seq)
	req.AppendHeader(t.contactAt(f))
	req.AppendHeader(sip.NewHeader("Expires", seconds(expires)))
	req.AppendHeader(allowHeader())
	return req
}

// contactAt is the address that we register: the line parameter comes back in requests to it.
func (t *trunk) contactAt(f flow) *sip.ContactHeader {
	by := f.sentBy()
	u := sip.Uri{Scheme: "sip", User: escapeUser(t.cfg.User), Host: by.Addr().String(), Port: int(by.Port())}
	if t.cfg.Transport == "tcp" {
		u.UriParams = append(u.UriParams, sip.HeaderKV{K: "transport", V: "tcp"})
	}
	u.UriParams = append(u.UriParams, sip.HeaderKV{K: "line", V: t.line})
	return &sip.ContactHeader{Address: u}
}

// granted is the life time that the registrar gave our contact (§10.2.4).
func (t *trunk) granted(res *sip.Response, asked time.Duration) time.Duration {
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok || c.Address.UriParams.GetOr("line", "") != t.line && len(res.GetHeaders("Contact")) > 1 {
			continue
		}
		if n, err := parseNumber(c.Params.GetOr("expires", ""), 1<<31); err == nil && n > 0 {
			return time.Duration(n) * time.Second
		}
	}
	return secondsOf(res, "Expires", asked)
}

func minExpires(res *sip.Response) time.Duration {
	return min(secondsOf(res, "Min-Expires", 0), 24*time.Hour)
}

// retryAfterOf reads Retry-After (§20.33), bounded.
func retryAfterOf(res *sip.Response) time.Duration {
	return min(secondsOf(res, "Retry-After", 0), lastRetry)
}

func secondsOf(m headered, name string, otherwise time.Duration) time.Duration {
	for _, h := range m.GetHeaders(name) {
		digits := h.Value()
		if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
			digits = digits[:i]
		}
		if n, err := parseNumber(digits, 1<<31); err == nil && n > 0 {
			return time.Duration(n) * time.Second
		}
	}
	return otherwise
}
