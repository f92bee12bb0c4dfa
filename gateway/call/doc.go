// Package call connects parties: it collects digits, routes, rings, bridges and clears.
//
// # How
//
// A Switch owns the calls. Every call is one goroutine, its actor, that owns both parties, the joint between their audio,
// the route and the call record; it reads top to bottom (number, route, ring, talk) and gives everything back in one
// deferred release. Parties talk to it through a bounded inbox. A party that floods the inbox has its call cleared with
// cause 42 (switching equipment congestion); signalling is never blocked.
//
// # What it does not do
//
// It touches no audio and no socket: parties say where their audio is (span.End) and a span.Patchbay joins two of them.
// It knows no SIP and no line state: both sides speak the primitives of package tdm.
package call
