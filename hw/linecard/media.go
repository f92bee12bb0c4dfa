package linecard

import (
	"sync"
	"time"

	"tipring/hw/link"
	"tipring/hw/link/wire"
	"tipring/hw/soft"
	"tipring/tdm"
)

// depthMs is how much the receive buffer holds: a pump may be so late before samples are lost.
const depthMs = 256

// longestFrame is how many ms of so many slots fit one message.
func longestFrame(slots int) int {
	ms := 1
	for ms < 8 && wire.Header+wire.PCMBody(slots, ms+1)+4 <= wire.MaxMessage {
		ms++
	}
	return ms
}

// A sensor turns what the card sensed of a slot in one ms into tdm's bits.
type sensor interface{ sense(raw uint8) uint8 }

// A media is the audio of a card: a buffer between the link's reader, which fills it, and the pump.
type media struct {
	law         tdm.Law
	lead, frame int // ms
	slots       int

	mu      sync.Mutex
	conn    *link.Conn // nil: down
	sensors []sensor   // of each slot; nil: bits as they are
	off     []bool     // of each slot: its chip does not work, so what is sensed means nothing
	data    []byte     // slot by slot, a ring of depthMs
	sig     []uint8
	next    uint32 // tick that Exchange reads next
	have    uint32 // tick that arrives next
	want    uint32 // tick that wakes Exchange when it has arrived
	lastSig []uint8
	holes   [depthMs]bool
	at      int64 // samples exchanged and lost
	block   int   // samples of the last Exchange
	stats   Stats
	told    int64 // slips that Exchange has reported
	wake    chan struct{}

	// The pump's own.
	clock *soft.Clock // while the card is down
	down  wire.PCM    // frame that is being filled
	tick  uint32      // next tick to send
	fill  int         // ms of down that are filled; 0: no frame has begun
	lived *link.Conn  // whose frame it is
}

func newMedia(slots []tdm.Slot, law tdm.Law, lead, frame int) *media {
	n := len(slots)
	return &media{law: law, lead: lead, frame: frame, slots: n, data: make([]byte, n*depthMs*tdm.Quantum), sig: make([]uint8, n*depthMs),
		lastSig: make([]uint8, n), sensors: make([]sensor, n), off: make([]bool, n), block: tdm.Quantum, wake: make(chan struct{}, 1)}
}

// begin puts the card into service: the first up frame will have this tick.
func (m *media) begin(conn *link.Conn, tick uint32, sensors []sensor) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conn, m.next, m.have, m.sensors = conn, tick, tick, sensors
	clear(m.lastSig)
	m.stats.Sessions++
}

// mute makes a slot look idle while its chip does not work.
func (m *media) mute(slot int, off bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.off[slot] = off
}

// end takes it out of service.
func (m *media) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conn = nil
	m.signal()
}

func (m *media) signal() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// up takes an up frame, in the goroutine that reads the link.
func (m *media) up(p wire.PCM) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.conn == nil || int(p.Slots) != m.slots {
		return
	}
	ms := int(p.Ms)
	if gap := int32(p.Tick - m.have); gap > depthMs*4 || gap < -depthMs*4 {
		return // of no use, whatever it is
	} else if gap > 0 {
		m.stats.Missing += int64(gap) * tdm.Quantum
		for ; m.have != p.Tick; m.have++ {
			m.hole(m.have)
		}
	}
	for i := range ms {
		tick := p.Tick + uint32(i)
		late := int32(tick-m.have) < 0
		q := int(tick % depthMs)
		if late && (int32(tick-m.next) < 0 || !m.holes[q]) {
			continue // it has been given up, or is a repetition
		}
		m.holes[q] = false
		for s := range m.slots {
			copy(m.data[(s*depthMs+q)*tdm.Quantum:][:tdm.Quantum], p.Data[(s*ms+i)*tdm.Quantum:])
			if late {
				continue
			}
			m.lastSig[s] = p.Sig[s*ms+i]
			if m.sensors[s] != nil {
				m.lastSig[s] = m.sensors[s].sense(p.Sig[s*ms+i])
			}
			if m.off[s] {
				m.lastSig[s] = 0
			}
			m.sig[s*depthMs+q] = m.lastSig[s]
		}
		if late {
			m.stats.Recovered += tdm.Quantum
		} else {
			m.have++
		}
	}
	if over := int32(m.have-m.next) - depthMs; over > 0 {
		m.slip(uint32(over))
	}
	if int32(m.have-m.want) >= 0 {
		m.signal()
	}
}

// hole is a tick that has not come: silence, and signalling as before.
func (m *media) hole(tick uint32) {
	q := int(tick % depthMs)
	m.holes[q] = true
	for s := range m.slots {
		at := (s*depthMs + q) * tdm.Quantum
		for i := range tdm.Quantum {
			m.data[at+i] = m.law.Silence()
		}
		m.sig[s*depthMs+q] = m.lastSig[s]
	}
}

// slip gives up what the pump has not read in time; Exchange reports it.
func (m *media) slip(ms uint32) {
	m.next += ms
	m.stats.Slips += int64(ms) * tdm.Quantum
}

// exchange is Card.Exchange for blocks that fit.
func (m *media) exchange(tx, rx tdm.Block, done <-chan struct{}) (slip int, err error) {
	q := uint32(tx.N / tdm.Quantum)
	m.mu.Lock()
	m.block = tx.N
	conn := m.conn
	if conn == nil {
		m.mu.Unlock()
		return m.absent(rx, done)
	}
	m.clock = nil
	next := m.next
	m.want = next + q
	if int32(next+uint32(m.lead)-m.have) < 0 {
		m.stats.Lates++
	}
	m.mu.Unlock()

	m.send(conn, next, tx)

	m.mu.Lock()
	for int32(m.have-m.want) < 0 && m.conn == conn {
		m.mu.Unlock()
		select {
		case <-m.wake:
		case <-done:
			return 0, tdm.ErrClosed
		}
		m.mu.Lock()
	}
	if m.conn != conn {
		m.mu.Unlock()
		return m.absent(rx, done)
	}
	for s := range m.slots {
		out, sig := rx.Slot(s), rx.SigSlot(s)
		for i := range int(q) {
			r := int((m.next + uint32(i)) % depthMs)
			copy(out[i*tdm.Quantum:], m.data[(s*depthMs+r)*tdm.Quantum:][:tdm.Quantum])
			sig[i] = m.sig[s*depthMs+r]
		}
	}
	m.next += q
	slip = int(m.stats.Slips - m.told)
	m.told = m.stats.Slips
	m.at += int64(slip + tx.N)
	m.mu.Unlock()
	return slip, nil
}

// absent is an Exchange without a card: the host's clock and idle lines.
func (m *media) absent(rx tdm.Block, done <-chan struct{}) (slip int, err error) {
	if m.clock == nil {
		m.clock = soft.NewClock(time.Second, 0)
	}
	slip = m.clock.Begin()
	for i := range rx.Data {
		rx.Data[i] = m.law.Silence()
	}
	clear(rx.Sig)
	if err := m.clock.Wait(rx.N); err != nil {
		return 0, err
	}
	select {
	case <-done:
		return 0, tdm.ErrClosed
	default:
	}
	m.mu.Lock()
	m.at += int64(slip + rx.N)
	m.mu.Unlock()
	return slip, nil
}

// send sends a block for the ticks that lie the lead after from, frame by frame as they fill.
func (m *media) send(conn *link.Conn, from uint32, tx tdm.Block) {
	tick := from + uint32(m.lead)
	if conn != m.lived { // the first block of a session: the lead before it is filled
		m.lived, m.fill, m.tick = conn, 0, from
		for m.tick != tick {
			m.quantum(conn, tdm.Block{}, 0)
		}
	}
	if gap := tick - m.tick; gap != 0 { // after a slip: what was begun is finished, and the rest is in the past
		for m.fill != 0 {
			m.quantum(conn, tdm.Block{}, 0)
		}
		m.tick = tick
	}
	for i := range tx.N / tdm.Quantum {
		m.quantum(conn, tx, i)
	}
}

// quantum adds one ms of a block to the frame that is being filled; a block without octets is silence.
func (m *media) quantum(conn *link.Conn, tx tdm.Block, i int) {
	if m.fill == 0 {
		m.down = conn.Down(m.tick)
	}
	for s := range m.slots {
		out := m.down.Data[(s*m.frame+m.fill)*tdm.Quantum:][:tdm.Quantum]
		if tx.N == 0 {
			for j := range out {
				out[j] = m.law.Silence()
			}
			m.down.Sig[s*m.frame+m.fill] = 0
			continue
		}
		copy(out, tx.Slot(s)[i*tdm.Quantum:])
		m.down.Sig[s*m.frame+m.fill] = tx.SigSlot(s)[i]
	}
	m.tick++
	if m.fill++; m.fill == m.frame {
		conn.Send()
		m.fill = 0
	}
}

// now is how many samples have been exchanged and lost.
func (m *media) now() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

// settle is by how many ms what the card does may be ahead of the newest frame that has arrived.
const settleMs = 2

// boundary is the first block boundary after everything that the card has done by now.
func (m *media) boundary() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	ahead := int64(0)
	if m.conn != nil {
		ahead = int64(int32(m.have-m.next)+settleMs+int32(m.frame)) * tdm.Quantum
	}
	block := int64(m.block)
	return (m.at + ahead + block - 1) / block * block
}

func (m *media) statistics() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats
}
