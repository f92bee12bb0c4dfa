// Package span runs a card: one pump goroutine a card exchanges blocks, passes every slot's audio through law, echo
// canceller and detectors to the leg attached to it, and reports what it found as sample-stamped events.
package span
