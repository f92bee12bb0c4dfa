// Package hwtest is the conformance suite of tdm.Card: emulated cards, chip models under real drivers and real hardware
// pass the same tests.
//
// A card's test gives Run a function that opens the card and says how its far ends can be made to act; what the far ends
// cannot do is skipped by name. Every test opens a card of its own, drives it from one goroutine as a pump does, and asserts
// counts, order and content in the card's samples. With Harness.Bubble a test runs in fake time under testing/synctest;
// otherwise, for hardware, in real time, and then the tolerances of the Harness apply.
//
// It does not test speech quality, echo return loss or timing beyond Info.SigResolution: those are a card's own matter.
package hwtest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tipring/tdm"
)

// Block is the block length in octets that the suite uses: 10 ms.
const Block = 80

// A Telephone is the far end of an FXS slot. Its methods return when the card's time has passed what was asked for; the
// suite keeps the card going meanwhile.
type Telephone interface {
	OffHook() error
	OnHook() error
	// Dial sends dial pulses (pulse) with Harness.BreakMs and MakeMs, or DTMF.
	Dial(ctx context.Context, digits string, pulse bool) error
	Play(ctx context.Context, pcm []int16) error
	Record(ctx context.Context, d time.Duration) ([]int16, error)
}

// An Office is the far end of an FXO slot.
type Office interface {
	// Ring begins to ring the line, without caller ID before the first ring; StopRing ends it.
	Ring() error
	StopRing() error
	// Reverse changes the polarity of a line that is off hook after a Ring; Cut takes the battery off it for a while.
	Reverse() error
	Cut() error
	Play(ctx context.Context, pcm []int16) error
	Record(ctx context.Context, d time.Duration) ([]int16, error)
}

// A Harness is a card under test and what is around it.
type Harness struct {
	Card tdm.Card
	// Depth is how late the caller may be without a slip; 0: the card has no such limit that a test could reach.
	Depth time.Duration
	// RateTolerance is how far the clock may be off, as a ratio: 0 in a bubble, the crystal's and the host's in real time.
	RateTolerance float64
	// LevelDB is how much louder or weaker audio may arrive at or from a far end.
	LevelDB float64
	// CleanDB is how far what is not the test's tone has to lie below it: 25 when zero. A card whose clock is an emulator's
	// loses samples with the host, and there the tone can only be shown to be present.
	CleanDB float64
	// Telephone and Office give the far end of a slot, or nil where there is none that can act.
	Telephone func(slot int) Telephone
	Office    func(slot int) Office
	// Peer gives the slot that receives what a bearer slot sends, after PeerDelay samples; nil when nothing is wired.
	Peer      func(slot int) int
	PeerDelay int
	// RingMs and PauseMs are the first ring and the pause after it of an Office; 0: not known.
	RingMs, PauseMs int
	// BreakMs and MakeMs are the dial pulses of a Telephone; 60 and 40 when zero.
	BreakMs, MakeMs int
}

// Options say how the suite runs.
type Options struct {
	Bubble bool // in fake time
	// Parallel runs tests beside each other, for a card in real time: most of it is waiting. What counts allocations runs
	// alone.
	Parallel bool
}

// Run runs the suite. open is called once a test; the suite closes the card.
func Run(t *testing.T, o Options, open func(t *testing.T) Harness) {
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			body := func(t *testing.T) {
				h := open(t)
				if h.BreakMs == 0 {
					h.BreakMs, h.MakeMs = 60, 40
				}
				if h.CleanDB == 0 {
					h.CleanDB = 25
				}
				t.Cleanup(func() { h.Card.Close() })
				c.run(newRig(t, h))
			}
			if o.Parallel && c.name != "ExchangeAllocatesNothing" {
				t.Parallel()
			}
			if o.Bubble {
				synctest.Test(t, body)
			} else {
				body(t)
			}
		})
	}
}

var tests = []struct {
	name string
	run  func(*rig)
}{
	{"Info", testInfo},
	{"ClockRate", testClockRate},
	{"LateCallerCatchesUp", testLate},
	{"OverrunSlips", testOverrun},
	{"CloseUnblocks", testClose},
	{"ExchangeAllocatesNothing", testAllocs},
	{"WrongBlocks", testWrongBlocks},
	{"Peer", testPeer},
	{"ControlAnswers", testControl},
	{"ControlBesideExchange", testControlBeside},
	{"FXS/Hook", testHook},
	{"FXS/DialPulses", testPulses},
	{"FXS/RingingAndTrip", testRinging},
	{"FXS/RingStop", testRingStop},
	{"FXS/RingOnce", testRingOnce},
	{"FXS/FeedOpen", testFeedOpen},
	{"FXS/Audio", testPhoneAudio},
	{"FXS/EchoDelay", testEchoDelay},
	{"FXO/IdleLine", testIdleLine},
	{"FXO/Ringing", testOfficeRinging},
	{"FXO/Polarity", testPolarity},
	{"FXO/BatteryCut", testCut},
	{"FXO/Audio", testOfficeAudio},
}
