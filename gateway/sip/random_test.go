package sip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tipring/gateway/call"
	"tipring/gateway/netsim"
	"tipring/gateway/rtp"
	"tipring/tdm"
)

// Two gateways call each other over a network that loses a fifth of all datagrams, with users who answer, refuse, hold, hang
// up and give up as chance has it. Afterwards nothing is left of it, on either side.
func TestRandomCallsOverALossyNetwork(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { randomCalls(t, seed, 150) })
	}
}

func randomCalls(t *testing.T, seed uint64, n int) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // guards dice and the books
		dice := rand.New(rand.NewPCG(seed, 1))
		chance := func(n int) int {
			mu.Lock()
			defer mu.Unlock()
			return dice.IntN(n)
		}
		network := netsim.New()
		network.Filter(func(_, _ netip.AddrPort, _ []byte) bool { return chance(5) != 0 })
		releases := map[call.Party]int{}
		begun := map[call.Party]bool{}
		var talks sync.WaitGroup

		// A user does something, later something else, and at last hangs up.
		user := func(p call.Party, up <-chan tdm.Primitive, incoming bool) {
			defer talks.Done()
			pause := func() <-chan time.Time { return time.After(time.Duration(1+chance(8000)) * time.Millisecond) }
			next, gone := pause(), false
			for step := 0; ; {
				select {
				case q := <-up:
					if gone && q.Kind != tdm.Release {
						t.Errorf("%v after the Release", q.Kind)
					}
					if q.Kind == tdm.Release {
						mu.Lock()
						releases[p]++
						mu.Unlock()
						gone = true
						next = time.After(2 * time.Minute) // and listens whether there is another last word
					}
				case <-next:
					if gone {
						return
					}
					next = pause()
					step++
					switch what := chance(10); {
					case step > 6 || what == 0:
						p.Send(tdm.Primitive{Kind: tdm.Disconnect, Cause: tdm.CauseNormalClearing})
						if step > 6 {
							next = time.After(5 * time.Minute)
						}
					case incoming && step == 1:
						p.Send(tdm.Primitive{Kind: tdm.Alerting, InBand: what > 6})
					case incoming && step == 2:
						p.Send(tdm.Primitive{Kind: tdm.Connect})
					case what < 4:
						p.(*leg).Hold(what%2 == 0)
					case what < 6:
						p.Send(tdm.Primitive{Kind: tdm.Information, Digit: '1'})
					}
				}
			}
		}
		enter := func(p call.Party, up <-chan tdm.Primitive, incoming bool) {
			mu.Lock()
			begun[p] = true
			mu.Unlock()
			talks.Add(1)
			go user(p, up, incoming)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		gateway := func(own, other string) *Server {
			addr := netip.MustParseAddrPort(own)
			packet, err := network.ListenPacket(addr)
			if err != nil {
				t.Fatal(err)
			}
			engine, err := rtp.NewEngine(rtp.Config{IP: addr.Addr(), ListenPacket: func(a netip.AddrPort) (rtp.PacketConn, error) { return network.ListenPacket(a) }})
			if err != nil {
				t.Fatal(err)
			}
			s, err := New(Config{Listen: []Listen{{Packet: packet}}, Engine: engine,
				Trunks: []Trunk{{Name: "peer", Host: netip.MustParseAddrPort(other).Addr().String()}},
				Incoming: func(p call.Party, _ tdm.Primitive) call.Up {
					up := make(chan tdm.Primitive, 1000)
					enter(p, up, true)
					return func(q tdm.Primitive) { up <- q }
				}})
			if err != nil {
				t.Fatal(err)
			}
			s.took = take
			running.Go(func() { engine.Run(ctx) })
			running.Go(func() { s.Run(ctx) })
			return s
		}
		a, b := gateway("10.0.0.1:5060", "10.0.0.2:5060"), gateway("10.0.0.2:5060", "10.0.0.1:5060")
		for i := range n {
			s := []*Server{a, b}[i%2]
			up := make(chan tdm.Primitive, 1000)
			enter(s.Trunk("peer").Call(tdm.Primitive{Kind: tdm.Setup, Called: "1"}, func(q tdm.Primitive) { up <- q }), up, false)
			time.Sleep(time.Duration(chance(1000)) * time.Millisecond)
		}
		talks.Wait()
		time.Sleep(2 * timer64T1)
		synctest.Wait()
		for p := range begun {
			if releases[p] != 1 {
				t.Errorf("a party was released %d times", releases[p])
			}
		}
		for _, s := range []*Server{a, b} {
			st := s.Status()
			if st.Dialogs != 0 || len(s.dialogs.legs) != 0 || len(s.dialogs.invites) != 0 || len(s.tx.client) != 0 || len(s.tx.server) != 0 {
				t.Errorf("left: %d dialogs, %d legs, %d invites, %d and %d transactions", st.Dialogs, len(s.dialogs.legs), len(s.dialogs.invites),
					len(s.tx.client), len(s.tx.server))
			}
			if slices.ContainsFunc(st.Faults, func(f FaultCount) bool { return f.ParseErrors != 0 }) || st.Overflows != 0 {
				t.Errorf("%+v", st)
			}
		}
		if open := network.Open(); open != 2 {
			t.Errorf("%d sockets are open, 2 are the gateways'", open)
		}
		cancel()
		running.Wait()
		if open := network.Open(); open != 0 {
			t.Errorf("%d sockets are open at the end", open)
		}
	})
}
