// Package hw holds what stands between the gateway and the telephone network's wires: drivers and emulations, each behind
// tdm.Card.
//
//   - soft: a card without lines, clocked by the host, for calls that touch no circuit;
//   - emu: emulated lines with telephones and exchanges at their far ends;
//   - link and linecard: a card behind a serial port or an SPI bus, with the chips of si3210 and si3050;
//   - hwtest: the conformance suite that every card passes.
//
// The package itself is empty. A driver imports tdm and nothing above it; only commands bring cards and the gateway
// together.
package hw
