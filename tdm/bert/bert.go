package bert

import "tipring/tdm"

// A register makes a pattern: a shift register with feedback, or a fixed word.
type register struct {
	length, tap uint // x^length + x^tap + 1; 0: a word
	inverted    bool
	limited     bool // a bit before 14 zeros is one (O.151 2.2)
	word        uint32
	bits        uint
}

var registers = [...]register{
	tdm.PRBS9:       {length: 9, tap: 5},                   // O.150 5.1
	tdm.PRBS11:      {length: 11, tap: 9},                  // O.152
	tdm.PRBS15:      {length: 15, tap: 14, inverted: true}, // O.151 2.1
	tdm.QRSS:        {length: 20, tap: 17, limited: true},  // O.151 2.2
	tdm.PRBS20:      {length: 20, tap: 3},                  // O.153
	tdm.PRBS23:      {length: 23, tap: 18, inverted: true}, // O.151 2.3
	tdm.ThreeIn24:   {word: 0b010001000000000000000100, bits: 24},
	tdm.OneIn8:      {word: 0b01000000, bits: 8},
	tdm.AllOnes:     {word: 1, bits: 1},
	tdm.Alternating: {word: 0b10, bits: 2},
}

// next advances state, in which the newest bit is the lowest, and returns the bit that is sent.
func (r *register) next(state *uint32) uint8 {
	if r.length == 0 {
		b := *state >> (r.bits - 1) & 1
		*state = (*state<<1 | b) & (1<<r.bits - 1)
		return uint8(b)
	}
	b := (*state>>(r.length-1) ^ *state>>(r.tap-1)) & 1
	// The 14 bits that will follow this one: each the sum of two that are in the register already.
	zeros := r.limited && (*state>>5^*state>>2)&(1<<14-1) == 0
	*state = (*state<<1 | b) & (1<<r.length - 1)
	if zeros {
		return 1
	}
	if r.inverted {
		b ^= 1
	}
	return uint8(b)
}

// A Generator sends a pattern.
type Generator struct {
	reg    *register
	state  uint32
	errors int
}

// NewGenerator returns a Generator of a pattern other than tdm.PatternNone.
func NewGenerator(p tdm.Pattern) *Generator {
	g := new(Generator)
	g.Reset(p)
	return g
}

// Reset begins with a pattern.
func (g *Generator) Reset(p tdm.Pattern) {
	g.reg, g.errors = &registers[p], 0
	g.state = g.reg.word
	if g.reg.length > 0 {
		g.state = 1<<g.reg.length - 1
	}
}

// Insert inverts n bits of the pattern, one in each of the next n calls of Next.
func (g *Generator) Insert(n int) { g.errors += n }

// Next returns the next eight bits.
func (g *Generator) Next() (o byte) {
	for range 8 {
		o = o<<1 | g.reg.next(&g.state)
	}
	if g.errors > 0 {
		g.errors--
		o ^= 1
	}
	return o
}

const (
	// syncBits right in succession are synchronism; lossErrors in a window of lossWindow bits end it: far more than the
	// rate of one in a hundred that a test may run at, fewer than the quarter of a word at a wrong place.
	syncBits   = 64
	lossWindow = 1024
	lossErrors = 160
)

// An Analyzer follows a pattern.
type Analyzer struct {
	reg    *register
	state  uint32
	sync   bool
	right  int
	window int
	wrong  int
	bits   uint64
	errors uint64
	losses uint64
}

// NewAnalyzer returns an Analyzer of a pattern other than tdm.PatternNone, out of synchronism.
func NewAnalyzer(p tdm.Pattern) *Analyzer {
	a := new(Analyzer)
	a.Reset(p)
	return a
}

// Reset begins with a pattern and nothing counted.
func (a *Analyzer) Reset(p tdm.Pattern) { *a = Analyzer{reg: &registers[p]} }

// Write takes the next eight bits.
func (a *Analyzer) Write(o byte) {
	for i := 7; i >= 0; i-- {
		a.bit(o >> i & 1)
	}
}

func (a *Analyzer) bit(b uint8) {
	if !a.sync {
		a.seek(b)
		return
	}
	a.bits++
	a.window++
	if a.reg.next(&a.state) != b {
		a.errors++
		a.wrong++
	}
	if a.window == lossWindow {
		if a.wrong > lossErrors {
			a.sync, a.right = false, 0
			a.losses++
			// What was compared with a pattern that was not there is no measurement.
			a.bits, a.errors = a.bits-lossWindow, a.errors-uint64(a.wrong)
		}
		a.window, a.wrong = 0, 0
	}
}

// seek loads the register with what is received until that predicts what follows. A register of zeros, which a dead line
// leaves, predicts nothing.
func (a *Analyzer) seek(b uint8) {
	dead := a.state == 0
	if a.reg.next(&a.state) == b && !dead {
		if a.right++; a.right == syncBits {
			a.sync, a.window, a.wrong = true, 0, 0
		}
		return
	}
	a.right = 0
	a.load(b)
}

// load puts a received bit into the register in place of the predicted one.
func (a *Analyzer) load(b uint8) {
	if a.reg.length == 0 {
		// The word is tried from its next bit on.
		a.state = (a.state<<1 | a.state>>(a.reg.bits-1)) & (1<<a.reg.bits - 1)
		if a.state == 0 {
			a.state = a.reg.word
		}
		return
	}
	if a.reg.inverted {
		b ^= 1
	}
	a.state = a.state&^1 | uint32(b)
}

// Status returns what has been counted.
func (a *Analyzer) Status() (sync bool, bits, errors, losses uint64) {
	return a.sync, a.bits, a.errors, a.losses
}
