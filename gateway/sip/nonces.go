package sip

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxUsedNonces bounds the memory for replay checks, a user. It is far more than a client has under way at a time; of those
// that ask for a challenge with each request, older nonces are not used again.
const maxUsedNonces = 256

// usedNonces are the nonces that a right password was used with, by user. Only a right password makes an entry, so that the
// configured users bound the table, and one that fills its share takes nothing from the others.
type usedNonces struct {
	mu     sync.Mutex // guards byUser
	byUser map[string]*userNonces
}

// userNonces are sorted by the time of their challenge. Where the oldest had to be forgotten, floor is its time: a nonce that
// is not younger is stale from then on, since it may be a replay.
type userNonces struct {
	uses  []nonceUse
	floor time.Duration
}

// nonceUse is the window of nonce counts seen: highest and the 64 below it.
type nonceUse struct {
	nonce string
	made  time.Duration // of the authenticator's clock
	high  uint64
	seen  uint64
}

// use notes a nonce count; false if it was used before (RFC 7616 §3.4, nc), or might have been. Requests may arrive out of
// order, so a window of 64 counts is kept. Nonces made up to expired are past their life.
func (t *usedNonces) use(user, nonce string, made, expired time.Duration, count uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.byUser[user]
	if u == nil {
		u = &userNonces{floor: expired}
		t.byUser[user] = u
	}
	if made <= max(u.floor, expired) {
		return false
	}
	i, found := slices.BinarySearchFunc(u.uses, nonceUse{nonce: nonce, made: made}, func(a, b nonceUse) int {
		return cmp.Or(cmp.Compare(a.made, b.made), strings.Compare(a.nonce, b.nonce))
	})
	if found {
		return u.uses[i].count(count)
	}
	u.uses = slices.Insert(u.uses, i, nonceUse{nonce: nonce, made: made, high: count, seen: 1})
	if len(u.uses) > maxUsedNonces {
		u.floor = u.uses[0].made
		u.uses = slices.Delete(u.uses, 0, 1)
	}
	return true
}

func (u *nonceUse) count(n uint64) bool {
	switch {
	case n > u.high:
		if d := n - u.high; d < 64 {
			u.seen = u.seen<<d | 1
		} else {
			u.seen = 1
		}
		u.high = n
		return true
	case u.high-n >= 64 || u.seen&(1<<(u.high-n)) != 0:
		return false
	}
	u.seen |= 1 << (u.high - n)
	return true
}

// forget drops nonces that are past their life anyway.
func (t *usedNonces) forget(expired time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, u := range t.byUser {
		n := 0
		for n < len(u.uses) && u.uses[n].made <= expired {
			n++
		}
		u.uses = slices.Delete(u.uses, 0, n)
		if len(u.uses) == 0 && u.floor <= expired {
			delete(t.byUser, name)
		}
	}
}
