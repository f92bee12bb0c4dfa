// Package rtp carries the audio of a call over RTP (RFC 3550) with G.711 (RFC 3551), telephone-events (RFC 4733) and comfort
// noise (RFC 3389). A Stream is the span.Leg of one call; an Engine owns the sockets of its streams and what serves them.
//
// # Time
//
// Media time is the card's: a Stream never reads a clock, its timestamps and its play-out count card samples. RTCP alone goes
// by the clock, because it describes the network; so does the jitter of RFC 3550 §6.4.1, which is measured at the socket.
//
// # Goroutines
//
//	ingress  one an Engine (on Linux; elsewhere one a socket): checks the source, keeps the statistics of RFC 3550
//	         appendix A, and passes packets through a ring to the pump
//	pump     of the card, calls Tick: ring -> jitter buffer -> line; line -> packet -> ring
//	egress   one an Engine: sends what is in the rings of all streams
//	reports  one an Engine: RTCP reports as they fall due
//	deliver  one an Engine: calls the functions of OnEvent
//
// Between the pump and the others there are rings for one producer and one consumer, and atomics. Tick allocates nothing,
// takes no lock and waits for nobody; what finds a ring full is dropped and counted. Parameters reach the pump by an atomic
// pointer that it reads at each Tick.
//
// # From the line
//
// A sample leaves with the Tick that fills its packet: the delay is one packet and the rest of a block. Samples are kept as
// they came until then. When the DTMF detector suspects a digit, they are marked to be sent as silence, those that wait for
// their packet included, so that at most the detector's 16 ms of the tone leave in the audio; when it takes its suspicion
// back the mark goes, and what had not left is as it was. A confirmed digit is sent as a telephone-event: marker on the
// first report, one timestamp, a report each packet time, the final one three times (§2.5.1.4), segments of 0xFFFF
// (§2.5.1.3). Reports stay 30 ms behind what was heard, because the end of a tone is known that much later and no report
// may say more than the final one. Where no telephone-event was negotiated, the tone stays in the audio.
//
// A tone that is played to the line for a telephone-event of the peer comes back as echo. Digits found meanwhile are not
// sent.
//
// Comfort noise instead of silence is sent only when Params.DTX asks for it.
//
// # To the line
//
// Packets go into a slip.Buffer, which adapts its delay to jitter and clocks and conceals what is lost. A telephone-event
// becomes a tone of exactly the reported duration, 40 ms at least (ITU-T Q.24) and 40 ms apart; it starts 40 ms after its
// place in the audio, so that its end is known in time although two of the three final reports were lost. The audio under
// it is not played. In voice-band data mode (ITU-T V.152) the delay is fixed at 100 ms, nothing is invented and no noise is
// made.
//
// # Security
//
// A stream takes packets from the peer of the offer and answer alone, address and port, for RTP and RTCP alike. Where the
// peer is behind a translator (Params.LearnFrom), the first valid packet from the signalling's address settles the port for
// good: only another Configure opens the lock. All else is counted and ignored. SRTP is not supported.
//
// # What a packet costs
//
// Every call has its own port, so at most one packet waits at a socket, and a batch of several packets of one socket is
// rare. Measured on a virtual machine with 2 cores (BenchmarkSend, BenchmarkReceive): a send is 3.6 us by
// WriteToUDPAddrPort and 3.3 us by sendmmsg with one packet (2.6 us with 16, which do not occur); a receive is 1.1 us by
// ReadFromUDPAddrPort and 1.5 us, with two allocations, by recvmmsg with one packet. So there is a call a packet each way.
// What pays is to wait for all sockets at one place: 120 streams over the loopback take 7.8 us of CPU a packet made, sent,
// received and played with epoll and 11 us with a goroutine a socket (BenchmarkLoopback); with packets spread evenly over
// 400 streams on a loaded machine a received packet took a median of 7.7 us against 13.6 us. Three quarters of what is left
// is spent in the kernel. Without the sockets a channel takes 5.5 ns a sample both ways (BenchmarkTick).
package rtp
