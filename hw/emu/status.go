package emu

// Status is what can be seen of a port from outside; the keys of its JSON form are fixed.
type Status struct {
	Port string `json:"port"`
	// Hook is "on" or "off": the telephone's behind an FXS port, our port's own before an exchange.
	Hook string `json:"hook"`
	// Ringing is true from the first ring to answer or abandonment, through the pauses of the cadence.
	Ringing bool `json:"ringing"`
	// Polarity is "forward", or "reverse" while the feed has reversed it.
	Polarity      string  `json:"polarity"`
	LoopCurrentMA float64 `json:"loop_current_ma"`
	// Tone is the name of the call-progress tone that the far end hears now, as in its country's plan, or "".
	Tone     string   `json:"tone"`
	CallerID CallerID `json:"caller_id"`
	// Digits is what a telephone has dialled since it went off hook, or what an exchange has received
	// since it was seized or rang, '!' for a hook flash.
	Digits string `json:"digits"`
}

// CallerID is what a telephone has decoded in its last ringing, or what an exchange has sent. All fields are empty when
// there was none.
type CallerID struct {
	// Number and Name are "private" or "unavailable" when the reason for their absence came instead.
	Number   string `json:"number"`
	Name     string `json:"name"`
	Time     string `json:"time"` // MMDDhhmm
	Standard string `json:"standard"`
}

// Ringing, OnHook, OffHook and Tone are conditions for Await.
func Ringing(s Status) bool { return s.Ringing }

// Quiet is a port that does not ring.
func Quiet(s Status) bool { return !s.Ringing }

// OnHook is a port that is on hook.
func OnHook(s Status) bool { return s.Hook == "on" }

// OffHook is a port that is off hook.
func OffHook(s Status) bool { return s.Hook == "off" }

// Tone is a far end that hears the tone of that name; "" is none.
func Tone(name string) func(Status) bool {
	return func(s Status) bool { return s.Tone == name }
}

// Digits is a port whose digits are those.
func Digits(digits string) func(Status) bool {
	return func(s Status) bool { return s.Digits == digits }
}
