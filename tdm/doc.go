// Package tdm holds the vocabulary that cards, line machines, signalling stacks and the gateway share: blocks of
// timeslots, the Card interface, signalling bits, commands and events, and the Q.931-like primitives that a call and a
// party exchange.
//
// It contains no behaviour beyond small helpers, starts no goroutine and imports nothing but dsp/g711, so that a driver
// under hw depends on this package alone.
//
// Time is a sample count on one card, never a clock: 8,000 samples a second, counted from the first Exchange.
package tdm
