package modem

// A Leg is the audio of a conversation, for a slot of a soft card: tdm/span's Leg in its method set. The slot's pump calls
// Tick; the modem's goroutine has the other ends of the two pipes.
type Leg struct{ in, out Pipe }

// Tick takes what goes to the telephone line in rx and fills tx with what comes from it, a block of 8 kHz samples; at is
// the card's sample count.
func (l *Leg) Tick(at int64, rx, tx []int16) {
	l.out.Write(at, rx)
	l.in.Read(at, tx)
}

// bandDelay is the delay of pipes that carry voice-band data, in samples: what a modem's buffers may hold back.
const bandDelay = 8 * BufferMs / 2

// VoiceBand switches both pipes to voice-band data: nothing is stretched.
func (l *Leg) VoiceBand(on bool) {
	delay := 0
	if on {
		delay = bandDelay
	}
	l.in.SetFixed(delay)
	l.out.SetFixed(delay)
}
