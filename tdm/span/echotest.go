package span

// echoTestDelay is how long an echo test holds what it hears, in samples: 250 ms. It is beyond the tail of every echo
// canceller: one that hears speech come back within its tail takes the speech itself, which resembles its own recent past,
// for an echo.
const echoTestDelay = 2000

// EchoTest is the leg of an echo test: what comes from the line goes back to it, 250 ms later. The zero value is ready.
type EchoTest struct {
	line [echoTestDelay]int16
	next int
}

// Tick implements Leg.
func (e *EchoTest) Tick(_ int64, rx, tx []int16) {
	for i, s := range rx {
		tx[i], e.line[e.next] = e.line[e.next], s
		if e.next++; e.next == len(e.line) {
			e.next = 0
		}
	}
}
