// Package pulse reads and writes what a telephone says with its loop: dial pulses (ITU-T Q.109 calls them decadic), hook
// flash (timed-break register recall) and on- and off-hook.
//
// It works on loop edges with millisecond stamps and knows no audio, no clock and no card: a Decoder is fed every change of
// the loop and told how far time has come. It belongs to one goroutine and allocates nothing.
//
// A break of the loop is told apart by its length alone:
//
//	shorter than BreakMinMs            contact bounce, ignored
//	BreakMinMs to BreakMaxMs           a dial pulse
//	FlashMinMs to FlashMaxMs           a hook flash
//	HangupMs and longer                on-hook
//	anything between those             ignored
//
// Where the dial pulse and the flash overlap they clash: the R key of European telephones (80 to 120 ms) is as long as one
// slow dial pulse, a dialled 1. Config.Clash says what a lone break in both windows means; a window of pulses that ends
// where the flash begins keeps the two apart. A break within a train of pulses is never a flash.
//
// What it does not do: ring trip, line faults, the debouncing of a mechanical hook beyond DebounceMs, and dial tone.
package pulse
