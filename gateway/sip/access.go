package sip

import (
	"net/netip"
	"sync"
	"time"
)

// admits applies the longest prefix that contains the address; on a tie Deny does.
func (a *Access) admits(addr netip.Addr) bool {
	allow, deny := longest(a.Allow, addr), longest(a.Deny, addr)
	if allow < 0 && deny < 0 {
		return len(a.Allow) == 0
	}
	return allow > deny
}

func longest(prefixes []netip.Prefix, addr netip.Addr) int {
	best := -1
	for _, p := range prefixes {
		if p.Contains(addr) && p.Bits() > best {
			best = p.Bits()
		}
	}
	return best
}

// A lockout counts wrong answers to challenges by source address. Time is the real one.
type lockout struct {
	mu    sync.Mutex // guards all
	cfg   Lockout
	bySrc map[netip.Addr]*offender
	total uint64
}

type offender struct {
	failures int
	since    time.Time // of the first failure of this window
	until    time.Time // locked out until; zero: not
}

// maxOffenders bounds the memory; an address is only noted when it answered a challenge, so it cannot be forged.
const maxOffenders = 1 << 16

func newLockout(cfg Lockout) *lockout {
	return &lockout{cfg: cfg, bySrc: map[netip.Addr]*offender{}}
}

func (l *lockout) configure(cfg Lockout) {
	l.mu.Lock()
	l.cfg = cfg
	l.mu.Unlock()
}

func (l *lockout) locked(addr netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.bySrc[addr]
	return o != nil && now.Before(o.until)
}

// fail notes a wrong password; it reports whether it is the address's first within the window, and for how long the address
// is locked out by it, 0 for not.
func (l *lockout) fail(addr netip.Addr, now time.Time) (first bool, locked time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.bySrc[addr]
	if o == nil {
		if len(l.bySrc) >= maxOffenders {
			return false, 0
		}
		o = &offender{since: now}
		l.bySrc[addr] = o
	}
	if now.Sub(o.since) > l.cfg.Window {
		o.since, o.failures = now, 0
	}
	o.failures++
	first = o.failures == 1
	if l.cfg.Failures < 0 || o.failures < l.cfg.Failures {
		return first, 0
	}
	o.failures, o.since = 0, now
	o.until = now.Add(l.cfg.Duration)
	l.total++
	return first, l.cfg.Duration
}

// sweep forgets addresses whose failures are past. A right password does not: whoever has one account could otherwise try
// out another's.
func (l *lockout) sweep(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for a, o := range l.bySrc {
		if !now.Before(o.until) && now.Sub(o.since) > l.cfg.Window {
			delete(l.bySrc, a)
		}
	}
}

func (l *lockout) snapshot(now time.Time) (total uint64, locked int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range l.bySrc {
		if now.Before(o.until) {
			locked++
		}
	}
	return l.total, locked
}
