package pulse

// The assignments of pulse counts to digits: the byte at index n-1 is the digit of n pulses.
const (
	DigitsStandard   = "1234567890" // nearly everywhere: ten pulses are 0
	DigitsSweden     = "0123456789" // one pulse is 0, n+1 pulses are n
	DigitsNewZealand = "9876543210" // 10-n pulses are n; Oslo was the same
)

// A Clash says what a lone break is that is both a legal dial pulse and a legal flash.
type Clash uint8

// The two readings. Either is reported once no second pulse has followed within InterDigitMs.
const (
	ClashDigit Clash = iota // the digit of one pulse
	ClashFlash              // a flash: the digit of one pulse must then be dialled with breaks shorter than FlashMinMs
)

// A Config holds the limits of a Decoder and the shape of what Encode makes, in milliseconds. Zero fields take the values
// of Default, except Clash.
type Config struct {
	DebounceMs int // a state shorter than this is bounce

	BreakMinMs, BreakMaxMs int // a dial pulse's break
	InterDigitMs           int // a make as long as this ends the digit
	Digits                 string

	FlashMinMs, FlashMaxMs int
	HangupMs               int // a break as long as this is on-hook
	Clash                  Clash

	// Encode: one pulse, and the pause between two digits.
	BreakMs, MakeMs, PauseMs int
}

// Default is what holds without a country: North America.
//
// Pulses: senders run at 8 to 11 pulses a second with 58 to 64 % break (EIA/TIA-464), at 9 to 11 with 60 to 67 % in Europe
// (break to make 1.5:1 to 2:1); with the mark of 8 to 12 a second for both that is a break of 48 to 84 ms and a make of 28
// to 53 ms, to which the window adds the distortion of a loop. The pause between digits is never below 240 ms.
// Flash: 300 to 1,000 ms (EIA/TIA-464, Bellcore LSSGR). Nothing lies between its end and on-hook.
var Default = Config{
	DebounceMs: 5,
	BreakMinMs: 25, BreakMaxMs: 110, InterDigitMs: 150, Digits: DigitsStandard,
	FlashMinMs: 300, FlashMaxMs: 1000, HangupMs: 1001,
	BreakMs: 60, MakeMs: 40, PauseMs: 800,
}

func (c Config) withDefaults() Config {
	for _, f := range []struct{ v, d *int }{
		{&c.DebounceMs, &Default.DebounceMs},
		{&c.BreakMinMs, &Default.BreakMinMs}, {&c.BreakMaxMs, &Default.BreakMaxMs}, {&c.InterDigitMs, &Default.InterDigitMs},
		{&c.FlashMinMs, &Default.FlashMinMs}, {&c.FlashMaxMs, &Default.FlashMaxMs},
		{&c.BreakMs, &Default.BreakMs}, {&c.MakeMs, &Default.MakeMs}, {&c.PauseMs, &Default.PauseMs},
	} {
		if *f.v == 0 {
			*f.v = *f.d
		}
	}
	if c.HangupMs == 0 {
		c.HangupMs = c.FlashMaxMs + 1
	}
	if c.Digits == "" {
		c.Digits = Default.Digits
	}
	return c
}
