package config

import (
	"slices"
	"time"
)

// validatePseudowire checks a card that is one span in packets.
func (c *Config) validatePseudowire(r *report, p string, k Card) {
	if k.Driver != DriverPseudowire {
		return
	}
	if !k.Local.IsValid() {
		r.fault(p+".local", "is missing: write the UDP address that packets come to, as %q", "192.0.2.1:2142")
	}
	if !k.Remote.IsValid() {
		r.fault(p+".remote", "is missing: write the far end's UDP address, as %q", "192.0.2.2:2142")
	}
	multiple(r, p+".packet", k.Packet, time.Millisecond)
	multiple(r, p+".jitter", k.Jitter, time.Millisecond)
	if k.Mode == "satop" && c.set[p+".packet"] {
		r.fault(p+".packet", "has a meaning only with cesopsn: remove it, or write packet_octets")
	}
	if k.Mode != "satop" && c.set[p+".packet_octets"] {
		r.fault(p+".packet_octets", "has a meaning only with satop: remove it, or write packet")
	}
	if k.Name == "" {
		return // its spans and ports cannot be told
	}
	if slices.ContainsFunc(c.Ports, func(l Port) bool { return l.Card == k.Name || l.Card == "" && len(c.Cards) == 1 }) {
		r.fault(p, "card %s has ports: a pseudowire is one span and no line", k.Name)
		return
	}
	spans := c.SpansOf(k.Name)
	if len(spans) != 1 {
		r.fault(p, "card %s has %d spans: a pseudowire is one, so add or remove a [[span]]", k.Name, len(spans))
		return
	}
	if s := spans[0]; s.Signalling == CAS && k.Mode != "satop" {
		frames := map[bool][]time.Duration{true: {1 * time.Millisecond, 2 * time.Millisecond}, false: {1 * time.Millisecond, 3 * time.Millisecond}}[s.Kind == "e1"]
		if !slices.Contains(frames, k.Packet) {
			r.fault(p+".packet", "is %v: packets with signalling bits of %s carry %v or %v (RFC 5086 4.4)", k.Packet, s.Kind, frames[0], frames[1])
		}
	}
}
