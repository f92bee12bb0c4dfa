package q921

import (
	"fmt"
	"time"
)

// Timer is a timer of a data link, Q.921 §5.9.
type Timer uint8

// The timers of a Link.
const (
	T200 Timer = iota // acknowledgement is due
	T203              // nothing was exchanged for so long
	numTimers
)

func (t Timer) String() string { return [...]string{"T200", "T203"}[t] }

// Config is a data link's side, address and system parameters. The zero value of a parameter is Q.921 §5.9's default.
type Config struct {
	Network bool
	SAPI    uint8
	TEI     uint8 // 0 on a primary access (§3.3.4.2); up to 63 by hand
	Auto    bool  // the TEI is to be assigned (§5.3): the link begins in state 1
	T200    time.Duration
	T203    time.Duration
	N200    int // retransmissions
	N201    int // octets of information
	K       int // I frames that may wait for acknowledgement, 1 to 127
	// Queue is how many I frames may wait in all; a request beyond it is refused with error Overflow.
	Queue int
}

// The defaults of §5.9 for a primary access. Queue is the project's: the frames of some hundred calls.
const (
	defaultT200  = time.Second
	defaultT203  = 10 * time.Second
	defaultN200  = 3
	defaultN201  = 260
	defaultK     = 7
	defaultQueue = 1024
)

func (c Config) resolved() Config {
	if c.T200 == 0 {
		c.T200 = defaultT200
	}
	if c.T203 == 0 {
		c.T203 = defaultT203
	}
	if c.N200 == 0 {
		c.N200 = defaultN200
	}
	if c.N201 == 0 {
		c.N201 = defaultN201
	}
	if c.K == 0 {
		c.K = defaultK
	}
	if c.Queue == 0 {
		c.Queue = defaultQueue
	}
	return c
}

// Validate says what is wrong with a configuration, or nil.
func (c Config) Validate() error {
	c = c.resolved()
	switch {
	case c.SAPI > 63:
		return fmt.Errorf("q921: SAPI %d: give 0 to 63 (§3.3.3)", c.SAPI)
	case c.TEI > 63 && !c.Auto:
		return fmt.Errorf("q921: TEI %d: one that is not assigned automatically is 0 to 63 (§3.3.4.2)", c.TEI)
	case c.T200 < 0 || c.T203 <= c.T200:
		return fmt.Errorf("q921: T200 %v and T203 %v: T203 must be greater (§5.9.8)", c.T200, c.T203)
	case c.N200 < 1 || c.N200 > 255:
		return fmt.Errorf("q921: N200 %d: give 1 to 255 (§5.9.2)", c.N200)
	case c.N201 < 1 || c.N201 > 1<<13:
		return fmt.Errorf("q921: N201 %d: give 1 to 8192 octets (§5.9.3)", c.N201)
	case c.K < 1 || c.K > 127:
		return fmt.Errorf("q921: k %d: give 1 to 127 (§5.9.5)", c.K)
	case c.Queue < c.K:
		return fmt.Errorf("q921: a queue of %d frames is less than the window %d", c.Queue, c.K)
	}
	return nil
}
