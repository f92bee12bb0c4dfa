package sip

import (
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Transactions (RFC 3261 §17): the state machines and their timers are sipgo's, one sip.ClientTx or sip.ServerTx each;
// finding the one that a message belongs to is ours, because sipgo's layer starts a goroutine a message, which lets a
// CANCEL overtake its INVITE, keeps every source address it ever saw, and answers a CANCEL by itself.
//
// Two things are kept from sipgo's machines, since they would block the goroutine that reads the socket: a final response
// to an INVITE that comes again (it is answered with the stored ACK here), and the ACK that ends a server transaction (a
// reader is waiting for it when it is handed in).
type transactions struct {
	t       *transport
	log     *slog.Logger
	count   func(flow) *traffic
	observe Observer // nil: nobody

	mu     sync.Mutex // guards the maps; nothing is called while it is held
	client map[string]*clientTx
	server map[string]*serverTx
	wg     sync.WaitGroup
	closed bool
}

// 64*T1: how long an INVITE's transaction absorbs what is repeated (§17.1.1.2 timer D, RFC 6026 timers L and M).
const timer64T1 = 64 * t1

const (
	t1 = 500 * time.Millisecond // RFC 3261 §17.1.1.1, also sipgo's default
	t2 = 4 * time.Second        // §17.1.2.2
)

// A clientTx is a request of ours.
type clientTx struct {
	set   *transactions
	key   string
	tx    *sip.ClientTx
	wire  *wire
	req   *sip.Request
	count *traffic
	begun time.Time
	// handle gets every response that the transaction passes up, and nil once when none can come any more (timer B or F, or
	// the connection broke). It is called on the transaction's goroutine, after a 2xx to an INVITE also on a reading one.
	handle func(*sip.Response)

	mu    sync.Mutex
	final *sip.Response // the final response to an INVITE
	ack   []byte        // what answers it when it comes again
	ackTo flow          // and where; zero: where the INVITE went
	acks  int           // how often it went out again
}

// request starts a client transaction. The request has its Via already.
func (s *transactions) request(req *sip.Request, f flow, handle func(*sip.Response)) (*clientTx, error) {
	key := clientKey(req.Via(), req.CSeq().MethodName)
	c := &clientTx{set: s, key: key, req: req, handle: handle, wire: &wire{t: s.t, f: f}, count: s.count(f), begun: time.Now()}
	first := true
	c.wire.sent = func(msg sip.Message, data []byte) {
		if r, ok := msg.(*sip.Request); ok {
			if r.Method == sip.ACK {
				c.setACK(data)
				return
			}
			if first {
				first = false
				return
			}
			c.count.retransmitted(r.Method, sent)
		}
	}
	// sipgo takes the transport from the message to know whether to repeat it.
	req.SetTransport(f.sock.network)
	c.tx = sip.NewClientTx(key, req, c.wire, s.log)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, errStreamClosed
	}
	s.client[key] = c
	s.wg.Add(1)
	s.mu.Unlock()
	c.count.request(req.Method, sent)
	go c.run()
	if err := c.tx.Init(); err != nil {
		c.tx.Terminate() // run reports it
	}
	return c, nil
}

// run waits for the first final response. After it, an INVITE's entry stays for what may still be repeated.
func (c *clientTx) run() {
	defer c.set.wg.Done()
	for n := 0; ; n++ {
		select {
		case res := <-c.tx.Responses():
			c.observe(n, res)
			if res.StatusCode < 200 {
				c.handle(res)
				continue
			}
			if c.req.Method != sip.INVITE {
				c.tx.Terminate()
				c.set.forgetClient(c)
				c.handle(res)
				return
			}
			c.tx.Terminate()
			time.AfterFunc(timer64T1, func() { c.set.forgetClient(c) })
			c.handle(res)
			return
		case <-c.tx.Done():
			c.set.forgetClient(c)
			c.handle(nil)
			return
		}
	}
}

// observe tells how long response n, from 0, took.
func (c *clientTx) observe(n int, res *sip.Response) {
	if c.set.observe == nil {
		return
	}
	switch took := time.Since(c.begun); {
	case c.req.Method == sip.INVITE && n == 0:
		c.set.observe.InviteResponded(c.count.trunk, took)
	case c.req.Method == sip.BYE && res.StatusCode >= 200:
		c.set.observe.ByeResponded(c.count.trunk, took)
	}
}

// stop ends the transaction before a final response came.
func (c *clientTx) stop() { c.tx.Terminate() }

// setACK stores what answers the repeated final response: sipgo's ACK to a 3xx-6xx, or the dialog's to a 2xx.
func (c *clientTx) setACK(data []byte) {
	c.mu.Lock()
	c.ack = data
	c.mu.Unlock()
}

// setACKFlow says where the ACK to a 2xx goes: along the dialog's route set, not the INVITE's way.
func (c *clientTx) setACKFlow(f flow) {
	c.mu.Lock()
	c.ackTo = f
	c.mu.Unlock()
}

func (s *transactions) forgetClient(c *clientTx) {
	s.mu.Lock()
	if s.client[c.key] == c {
		delete(s.client, c.key)
	}
	s.mu.Unlock()
}

// response takes a response in. It reports whether it belonged to a transaction.
func (s *transactions) response(res *sip.Response) bool {
	key := clientKey(res.Via(), res.CSeq().MethodName)
	s.mu.Lock()
	c := s.client[key]
	s.mu.Unlock()
	if c == nil {
		return false
	}
	c.mu.Lock()
	final, ack, to := c.final, c.ack, c.ackTo
	if final == nil && res.StatusCode >= 200 && c.req.Method == sip.INVITE {
		c.final = res // before it is acted on, so that one that follows at once counts as repeated
	}
	c.mu.Unlock()
	if final == nil {
		c.count.response(res.CSeq().MethodName, received, res.StatusCode)
		c.tx.Receive(res)
		return true
	}
	switch {
	case res.StatusCode < 200:
	case res.StatusCode < 300 && (final.StatusCode >= 300 || tagOf(res.To().Params) != tagOf(final.To().Params)):
		// Another branch of a forking proxy answered too, or a 2xx after all: a dialog of its own (§13.2.2.4).
		c.count.response(res.CSeq().MethodName, received, res.StatusCode)
		c.handle(res)
	default:
		c.count.retransmitted(sip.INVITE, received)
		c.mu.Lock()
		c.acks++
		loop := c.acks > maxACKs
		c.mu.Unlock()
		if ack != nil && !loop {
			if to.sock == nil {
				to = c.wire.f
			}
			s.t.send(to, ack)
		}
	}
	return true
}

// A serverTx is a request of a peer's.
type serverTx struct {
	set   *transactions
	key   string
	tx    *sip.ServerTx
	wire  *wire
	f     flow // where it came from, and our socket
	req   *sip.Request
	count *traffic

	mu     sync.Mutex
	status int  // of the last response
	sink   bool // an ACK has been handed in
	// cancel is told of a CANCEL of this INVITE.
	cancel func(*sip.Request)
	// ack is told of an ACK that has this INVITE's branch, as those to non-2xx have and those of some old agents to a 2xx.
	ack func(*sip.Request)
}

// respond sends a response through the transaction, which repeats it as its state machine says.
func (x *serverTx) respond(res *sip.Response) error {
	x.mu.Lock()
	again := x.status == res.StatusCode && res.StatusCode >= 200
	x.status = res.StatusCode
	x.mu.Unlock()
	if again {
		x.count.retransmitted(x.req.Method, sent)
	} else {
		x.count.response(x.req.Method, sent, res.StatusCode)
	}
	res.SetTransport(x.f.sock.network)
	return x.tx.Respond(res)
}

func (x *serverTx) onCancel(f func(*sip.Request)) {
	x.mu.Lock()
	x.cancel = f
	x.mu.Unlock()
}

func (x *serverTx) onACK(f func(*sip.Request)) {
	x.mu.Lock()
	x.ack = f
	x.mu.Unlock()
}

// match finds the server transaction of a request: a repeated one, an ACK, or a CANCEL's INVITE.
func (s *transactions) match(req *sip.Request, f flow, method sip.RequestMethod) *serverTx {
	key := serverKey(req, f, method)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server[key]
}

// serve starts a server transaction for a new request.
func (s *transactions) serve(req *sip.Request, f flow) (*serverTx, error) {
	x := &serverTx{set: s, key: serverKey(req, f, req.Method), f: f, req: req, count: s.count(f)}
	x.wire = &wire{t: s.t, f: replyFlow(req, f)}
	req.SetTransport(f.sock.network)
	x.tx = sip.NewServerTx(x.key, req, x.wire, s.log)
	if err := x.tx.Init(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		x.tx.Terminate()
		return nil, errStreamClosed
	}
	s.server[x.key] = x
	s.mu.Unlock()
	x.count.request(req.Method, received)
	x.tx.OnTerminate(func(string, error) { s.forgetServer(x) })
	return x, nil
}

func (s *transactions) forgetServer(x *serverTx) {
	s.mu.Lock()
	if s.server[x.key] == x {
		delete(s.server, x.key)
	}
	s.mu.Unlock()
}

// again takes a repeated request in: the machine repeats its response.
func (x *serverTx) again(req *sip.Request) {
	x.count.retransmitted(req.Method, received)
	x.tx.Receive(req)
}

// acked takes an ACK in.
func (x *serverTx) acked(req *sip.Request) {
	x.mu.Lock()
	status, sink, ack := x.status, x.sink, x.ack
	if status >= 300 {
		x.sink = true
	}
	x.mu.Unlock()
	switch {
	case status >= 300 && !sink:
		go func() { // sipgo passes the ACK up and blocks a goroutine until somebody takes it
			select {
			case <-x.tx.Acks():
			case <-x.tx.Done():
			}
		}()
		x.tx.Receive(req)
	case status >= 200 && status < 300 && ack != nil:
		ack(req)
	}
}

// broken fails the client transactions over a connection that has gone (§17.1.4).
func (s *transactions) broken(conn *stream) {
	s.mu.Lock()
	var hit []*clientTx
	for _, c := range s.client {
		if c.wire.f.conn == conn {
			hit = append(hit, c)
		}
	}
	s.mu.Unlock()
	for _, c := range hit {
		c.tx.Terminate()
	}
}

// close ends every transaction and waits for their goroutines.
func (s *transactions) close() {
	s.mu.Lock()
	s.closed = true
	var clients []*clientTx
	var servers []*serverTx
	for _, c := range s.client {
		clients = append(clients, c)
	}
	for _, x := range s.server {
		servers = append(servers, x)
	}
	s.mu.Unlock()
	for _, c := range clients {
		c.tx.Terminate()
	}
	for _, x := range servers {
		x.tx.Terminate()
	}
	s.wg.Wait()
}

// maxACKs is more than a peer that keeps to its timers repeats a final response within 64*T1. One that takes our ACK for a
// reason to repeat it is left alone after so many.
const maxACKs = 16

const magicCookie = "z9hG4bK"

// clientKey is how a response finds its transaction (§17.1.3).
func clientKey(v *sip.ViaHeader, method sip.RequestMethod) string {
	branch, _ := v.Params.Get("branch")
	return branch + " " + string(method)
}

// serverKey is how a request finds its transaction (§17.2.3). It contains the address the request came from, so that one
// peer cannot meddle with another's transaction by guessing its branch.
func serverKey(req *sip.Request, f flow, method sip.RequestMethod) string {
	v := req.Via()
	branch, _ := v.Params.Get("branch")
	var b strings.Builder
	b.WriteString(f.peer.Addr().String())
	b.WriteByte(' ')
	b.WriteString(string(method))
	b.WriteByte(' ')
	if len(branch) > len(magicCookie) && strings.EqualFold(branch[:len(magicCookie)], magicCookie) {
		b.WriteString(branch)
		b.WriteByte(' ')
		b.WriteString(strings.ToLower(v.Host))
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(v.Port))
		return b.String()
	}
	// RFC 2543 agents: Request-URI, From tag, Call-ID, CSeq number and top Via together.
	for _, part := range []string{req.Recipient.String(), tagOf(req.From().Params), req.CallID().Value(),
		strconv.FormatUint(uint64(req.CSeq().SeqNo), 10), v.Host, strconv.Itoa(v.Port), branch} {
		b.WriteString(part)
		b.WriteByte(' ')
	}
	return b.String()
}

func tagOf(p sip.HeaderParams) string {
	tag, _ := p.Get("tag")
	return tag
}
