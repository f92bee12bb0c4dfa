// Package linecard makes a tdm.Card of a card link and the line chips behind it.
//
// The lines of a card are those of its Config, whether it is there or not. Run, the keeper, connects: it dials the link,
// brings the chips up with their drivers over the link's tunnel (all at once), tells the card what to sense and drive, starts
// PCM and from then on serves the chips: at each interrupt, and every 50 ms. When the link fails (a cable pulled, a card that
// was reset) the keeper says so by Config.State and connects again until it succeeds or the card is closed; each
// connection is new from the ground up. While there is none, the host's clock paces Exchange, lines look idle and commands
// are answered with an error; so the pump of an absent card goes on, and whoever owns the lines takes them out of
// service and back on State.
//
// Time and audio come from the card. A sample that is handed to Exchange is played a constant lead after what the
// same Exchange returns was taken, whatever the host does between; Info.Delay is this lead. What comes later than the
// lead allows is an underrun, which the card counts and plays as a repetition and then silence; a pump that is more than
// the depth of the receive buffer late loses samples, which Exchange reports as a slip.
//
// Hook and line states ride in the up frames, as the card read them from the chips; an FXS slot's machine and an FXO slot's
// turn them into tdm's bits, and an FXO slot's hook goes down the same way, so that dial pulses keep their length. An FXS
// slot rings by its chip's own timers. Info.SigResolution is what comes of it: the period of sensing and the chip's own
// debounce, and with an FXO slot the half wave of the lowest ringing frequency.
//
// Exchange belongs to the pump; Control, Events, Measure, Appeared and Close are safe from any goroutine.
package linecard
