package callerid

import (
	"tipring/dsp/dtmf"
	"tipring/dsp/fsk"
)

// A Receiver listens for a message in every modulation of its standards at once.
type Receiver struct {
	lines   []*line
	digits  *dtmf.Detector
	dial    dialled
	devents []dtmf.Event
	wait    int // samples that a message has been in hand
	at      int64
}

// Times in samples.
const (
	// settle is how long a complete message waits for the other modulation's receiver, which may read the same signal
	// with fewer errors.
	settle = 25 * rate / 1000
	// digitGap ends a DTMF message that has no end code.
	digitGap = 500 * rate / 1000
	maxDTMF  = 64
)

// A line is one modulation's demodulator and what it has put together.
type line struct {
	modem    *fsk.Demodulator
	standard string // of messages with a checksum; empty: not wanted
	ntt      string // and of NTT's
	events   []fsk.Event
	buf      [2 * longest]byte
	n        int
	done     bool // until the carrier goes
	message  *Message
}

// A dialled is a DTMF message coming in.
type dialled struct {
	standard string
	buf      [maxDTMF]byte
	n        int
	idle     int // samples since the last digit
	down     bool
	ended    bool // by an end code
}

// NewReceiver returns a Receiver for the given standards, or for all modulations when there is none. Messages carry the
// name of the first standard of their modulation, or the modulation's own name.
func NewReceiver(standards ...Standard) *Receiver {
	r := &Receiver{}
	if len(standards) == 0 {
		for p := Bell202; p <= V23Loop; p++ {
			standards = append(standards, Standard{Name: p.String(), Physical: p})
		}
	}
	lines := map[fsk.Spec]*line{}
	var have [V23Loop + 1]bool
	for _, s := range standards {
		if s.Physical > V23Loop || have[s.Physical] {
			continue
		}
		have[s.Physical] = true
		switch s.Physical {
		case Bell202, V23, V23Loop:
			spec := s.Physical.spec()
			l := lines[spec]
			if l == nil {
				l = &line{modem: fsk.NewDemodulator(spec), events: make([]fsk.Event, 0, 64)}
				lines[spec] = l
				r.lines = append(r.lines, l)
			}
			if s.Physical == V23Loop {
				l.ntt = s.Name
			} else {
				l.standard = s.Name
			}
		case DTMF:
			r.digits = dtmf.NewDetector(dtmf.Config{})
			r.dial.standard = s.Name
			r.devents = make([]dtmf.Event, 0, 64)
		}
	}
	return r
}

// Reset forgets what has come.
func (r *Receiver) Reset() {
	for _, l := range r.lines {
		l.modem.Reset()
		l.n, l.done, l.message = 0, false, nil
	}
	if r.digits != nil {
		r.digits.Reset()
	}
	r.dial = dialled{standard: r.dial.standard}
	r.wait, r.at = 0, 0
}

// quantum is how often what has come is looked at, counted from the first sample, so that the cut of the input changes
// nothing.
const quantum = 80

// Process takes the next samples and returns a message when one is complete, good or bad. A slice is no longer than a
// message (300 ms), or the second of two in it is lost.
func (r *Receiver) Process(pcm []int16) (m *Message) {
	for len(pcm) > 0 {
		part := pcm[:min(len(pcm), quantum-int(r.at%quantum))]
		pcm = pcm[len(part):]
		for _, l := range r.lines {
			l.events = l.modem.Process(part, l.events[:0])
			for _, e := range l.events {
				l.event(e)
			}
		}
		if r.digits != nil {
			r.devents = r.digits.Process(part, r.devents[:0])
			r.dial.take(r.devents)
		}
		if r.at += int64(len(part)); r.at%quantum == 0 && m == nil {
			m = r.tick()
		}
	}
	return m
}

// tick looks once a quantum at what is complete.
func (r *Receiver) tick() *Message {
	if r.digits != nil {
		if m := r.dial.tick(); m != nil {
			return m
		}
	}
	ready := false
	for _, l := range r.lines {
		ready = ready || l.message != nil
	}
	if !ready {
		return nil
	}
	if r.wait += quantum; r.wait <= settle {
		return nil
	}
	r.wait = 0
	return r.choose()
}

// choose takes the best of the messages in hand and forgets the rest.
func (r *Receiver) choose() *Message {
	var best *line
	for _, l := range r.lines {
		if l.message != nil && (best == nil || l.better(best)) {
			best = l
		}
	}
	m := best.message
	for _, l := range r.lines {
		l.message, l.done = nil, true
	}
	return m
}

// better compares two lines with a message each.
func (l *line) better(o *line) bool {
	if l.message.ChecksumOK != o.message.ChecksumOK {
		return l.message.ChecksumOK
	}
	return l.modem.Share() > o.modem.Share()
}

func (l *line) event(e fsk.Event) {
	switch e.Kind {
	case fsk.CarrierOn:
		l.n, l.done = 0, false
	case fsk.CarrierOff:
		if !l.done && l.message == nil {
			l.damaged()
		}
		l.n = 0
	case fsk.Byte:
		if l.done || l.message != nil {
			return
		}
		if l.n == len(l.buf) {
			l.n = copy(l.buf[:], l.buf[len(l.buf)-longest:])
		}
		l.buf[l.n] = e.Byte
		l.n++
		l.complete()
	}
}

// complete looks for a good message that ends with the last octet. What came before it may be channel seizure, but also
// anything that an alerting tone or noise was read as, so every octet may be its first.
func (l *line) complete() {
	if l.ntt != "" && endsNTT(l.buf[:l.n]) {
		for i := max(0, l.n-longest); i+shortestNTT <= l.n; i++ {
			if l.take(l.buf[i:l.n], l.ntt, isNTT) {
				return
			}
		}
	}
	if l.standard == "" {
		return
	}
	for i := max(0, l.n-longest); i+shortest <= l.n; i++ {
		p := l.buf[i:l.n]
		if l.take(p, l.standard, isChecked) {
			return
		}
	}
}

// take makes octets the message when they look like one and are one.
func (l *line) take(p []byte, standard string, looks func([]byte) bool) bool {
	if !looks(p) {
		return false
	}
	m, err := Decode(p)
	if err != nil {
		return false
	}
	m.Standard = standard
	l.message = &m
	return true
}

// isChecked tells whether octets are a message by type, length and checksum.
func isChecked(p []byte) bool { return messageType(p[0]) && int(p[1])+3 == len(p) && sum(p) == 0 }

// damaged makes a message of the first octets that look like one.
func (l *line) damaged() {
	for i := 0; i+shortest <= l.n; i++ {
		p := l.buf[i:l.n]
		if l.ntt != "" && isNTT(p) {
			l.message = &Message{Type: TypeJCLIP, Standard: l.ntt, Raw: append([]byte(nil), p[:min(len(p), longest)]...)}
			return
		}
		if l.standard != "" && messageType(p[0]) && p[1] >= shortest-3 {
			m := Message{Type: p[0], Standard: l.standard, Raw: append([]byte(nil), p[:min(len(p), int(p[1])+3)]...)}
			l.message = &m
			return
		}
	}
}

const (
	longest  = 255 + 3 // octets of a message
	shortest = 3 + 3   // of one with a parameter of one octet, or with three of message waiting
)

func messageType(b byte) bool {
	switch b {
	case TypeSDMF, TypeSDMFWaiting, TypeMDMF, TypeMDMFWaiting, TypeAdviceCharge, TypeSMS:
		return true
	}
	return false
}

func (d *dialled) take(evs []dtmf.Event) {
	for _, e := range evs {
		switch e.Kind {
		case dtmf.Start:
			if d.ended {
				d.n, d.ended = 0, false
			}
			d.idle, d.down = 0, true
			if d.n < len(d.buf) {
				d.buf[d.n] = e.Digit
				d.n++
			}
		case dtmf.End:
			d.down = false
			d.ended = e.Digit == 'C' || e.Digit == '#'
		}
	}
}

func (d *dialled) tick() *Message {
	if d.n == 0 || d.down {
		return nil
	}
	if d.idle += quantum; d.idle < digitGap && !d.ended {
		return nil
	}
	n := d.n
	d.n, d.idle, d.ended = 0, 0, false
	if n < 3 {
		return nil // a key, or noise
	}
	m := decodeDTMF(string(d.buf[:n]))
	m.Standard = d.standard
	return &m
}

// Busy reports whether a carrier is there, or a digit, that a message may yet become of.
func (r *Receiver) Busy() bool {
	for _, l := range r.lines {
		if l.modem.Carrier() || l.message != nil {
			return true
		}
	}
	return r.dial.n > 0
}
