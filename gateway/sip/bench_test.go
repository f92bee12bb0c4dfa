package sip

import (
	"net/netip"
	"testing"

	"tipring/gateway/call"
	"tipring/gateway/netsim"
	"tipring/gateway/rtp"
	"tipring/gateway/sip/siptest"
	"tipring/tdm"
)

var invite = []byte(siptest.Wire("INVITE sip:201@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bK776asdhds;rport\nMax-Forwards: 70\n" +
	"From: \"Eve\" <sip:eve@example.com>;tag=1928301774\nTo: <sip:201@10.0.0.1>\nCall-ID: a84b4c76e66710@203.0.113.9\nCSeq: 314159 INVITE\n" +
	"Contact: <sip:eve@203.0.113.9>\nUser-Agent: x\nAllow: INVITE, ACK, CANCEL, BYE\nContent-Type: application/sdp\n\n" + siptest.SDP("203.0.113.9:4000", "")))

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, bad := parseMessage(invite); bad != nil {
			b.Fatal(bad)
		}
	}
}

// BenchmarkStranger is what an INVITE without a password costs: read, checked, challenged, forgotten.
func BenchmarkStranger(b *testing.B) {
	network := netsim.New()
	packet, err := network.ListenPacket(gatewayAddr)
	if err != nil {
		b.Fatal(err)
	}
	cfg := testConfig()
	cfg.Listen = []Listen{{Packet: packet}}
	cfg.Engine, cfg.Incoming = new(rtp.Engine), func(call.Party, tdm.Primitive) call.Up { return nil }
	s, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	f := flow{sock: s.transport.sockets[0], peer: netip.MustParseAddrPort("203.0.113.9:5060")}
	b.ReportAllocs()
	for b.Loop() {
		s.receive(f, invite)
	}
	if n := len(s.tx.server) + len(s.dialogs.byID); n != 0 {
		b.Errorf("%d left over", n)
	}
}
