// Package sip is the gateway's SIP user agent (RFC 3261): registrar and outbound caller for its own telephones (accounts),
// registered user or peer of providers and exchanges (trunks), and both ends of the INVITE dialogs of calls. Each call is a
// leg, which is a call.Party; its audio is a stream of gateway/rtp.
//
// # How it works
//
// Of github.com/emiago/sipgo it uses the message model and the transaction state machines with their timers. Sockets,
// connections, the parser, the matching of messages to transactions, dialogs, digest, registrations and everything above
// are here. sipgo does run on a net.PacketConn made of channels inside a testing/synctest bubble, given ServeUDP and
// requests whose Laddr is the listener's address; what speaks against its transport and transaction layers is that they
// start a goroutine for each message (a CANCEL can overtake its INVITE), keep every source address that ever sent a
// datagram, open sockets of their own, answer CANCEL by themselves, and report nothing that a metric could count; and
// against its parser what parse.go says. sipgo's types stay inside this package.
//
// # Goroutines
//
// One reads each datagram socket and each stream connection; it parses, checks the access list and the digest, matches
// transactions and posts to legs, and never blocks. One goroutine a leg owns the leg's state: a table of rows (machine.go)
// over a bounded inbox, whose overflow clears the call with cause 42. A client transaction has a goroutine until its final
// response. A trunk has one for its registration and one for its OPTIONS. Small mutexes guard tables; none is held while
// anything is sent, waited for or called back.
//
// # Rules of its own
//
// Who is who: a request is from a trunk if it comes from one of its addresses and its port (Trunk.AnyPort: any), or is
// addressed to the contact that we registered there, which holds 128 bits of chance. Everything else has to prove to be an
// account by digest; whatever it asks for, and whether user or number exist, it gets the same 401 in the same time, and no
// state is kept for it. A wrong answer counts towards the lockout of its address only if the address had got our challenge.
//
// Challenges offer MD5 alone unless Config.Digests says otherwise, because common telephones fail on seeing SHA-256 at all.
// Our credentials go to a trunk's own realm only. Requests inside a dialog are known by its tags, 130 bits of chance.
//
// Forking: an account is called at all its contacts; the first answer wins. A 6xx ends the others. Redirections (3xx) are
// followed for trunks only and only to the trunk itself; an account's are a failure with cause 23.
//
// Early media: in-band Progress and Alerting are a 183 with the answer; Alerting without is a 180. An INVITE without an
// offer gets ours in the 200. Holding: sendonly is answered with recvonly and told to the call as Notify "hold".
//
// Digits of INFO go up as Information; those of RFC 4733 are the stream's. Information from the call, a digit that is not in
// the audio, goes out as a telephone-event.
//
// Sizes: a request above 1300 octets first does without its optional headers, then takes TCP if we listen for it, and comes
// back to UDP if the peer does not. A trunk that leaves OPTIONS unanswered gets no calls but emergency ones.
//
// Media of a peer whose description holds a private address, and was signalled from another one, is learned from there: see
// gateway/rtp, Security. Each offer and answer after the first exchange lets it be learned anew, even where they repeat what
// stands.
//
// Session timers (RFC 4028) are not advertised and not asked for; a peer that refreshes by re-INVITE or UPDATE is answered.
// Reliable provisional responses (RFC 3262) are not supported; Require gets 420. TLS, SRV and REFER are not done.
//
// # What a call costs
//
// On a virtual machine with 2 cores, which sipp shares, calls placed over UDP at 2,000 a second for 4 seconds (INVITE, 180,
// 200, ACK, BYE, with an RTP stream each that carries nothing) all succeed: 1,993 calls/s at 170 us of CPU a call. It is what
// was asked for, not where the limit is: go test -run xxx -bench Calls -benchtime 1x ./gateway/sip.
package sip
