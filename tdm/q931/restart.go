package q931

import (
	"time"

	"tipring/tdm"
	"tipring/tdm/fsm"
)

// RestartState is a state of the global call reference, Q.931 §2.4.
type RestartState uint8

// The states.
const (
	Rest0 RestartState = iota // null
	Rest1                     // restart request: RESTART was sent
	Rest2                     // restart: RESTART was received
	numRestartStates
)

func (s RestartState) String() string {
	return [...]string{"REST0 null", "REST1 restart request", "REST2 restart"}[s]
}

type restartEvent uint8

const (
	reqRestart restartEvent = iota
	gotRestartAck
	expiredT316
	gotRestart
	confirmed
	expiredT317
	restartLinkUp
	numRestartEvents
)

func (e restartEvent) String() string {
	return [...]string{"Restart req", "RESTART ACK", "T316", "RESTART", "confirmed", "T317", "data link up"}[e]
}

// A restartHalf is one of the two machines of a group: the one that asks and the one that is asked.
type restartHalf struct {
	state RestartState
	since time.Duration // when it entered the state
	timer timer
	jobs  []restartJob
	tries int
}

// A restartJob is one RESTART: what it names, and its elements as they came or go.
type restartJob struct {
	channels  []tdm.Channel
	channel   []byte // contents of the channel identification, or nil
	indicator []byte
	d         int
}

// maxRestarts bounds what a peer can make wait.
const maxRestarts = 64

type restarter struct{ asks, asked restartHalf }

func (r *restarter) init() {
	r.asks.timer.kind, r.asked.timer.kind = t316, t317
}

type restartRow = fsm.Row[RestartState, restartEvent, *Link, *restartJob]

var restartTable = fsm.Compile(int(numRestartStates), int(numRestartEvents), restartRows())

func restartRows() []restartRow {
	arrow := fsm.Arrow[RestartState, restartEvent, *Link, *restartJob]
	ignore := fsm.Ignore[RestartState, restartEvent, *Link, *restartJob]
	const (
		send    = "Q.931 §5.5.1 sending RESTART"
		receive = "Q.931 §5.5.2 receipt of RESTART"
		project = "project: nothing waits"
	)
	return []restartRow{
		arrow(Rest0, reqRestart, Rest1, (*Link).sendRestart, send),
		arrow(Rest1, reqRestart, Rest1, nil, "project: one after the other"),
		arrow(Rest1, gotRestartAck, Rest1, (*Link).restartedNext, send).When("more to restart", (*Link).moreRestarts),
		arrow(Rest1, gotRestartAck, Rest0, (*Link).restartDone, send),
		arrow(Rest1, expiredT316, Rest1, (*Link).repeatRestart, send).When("may repeat", (*Link).mayRestart),
		arrow(Rest1, expiredT316, Rest1, (*Link).restartFailedNext, send).When("more to restart", (*Link).moreRestarts),
		arrow(Rest1, expiredT316, Rest0, (*Link).restartFailed, send),
		arrow(Rest1, restartLinkUp, Rest1, (*Link).repeatRestart, "project: what was sent into a dead link is sent again"),
		arrow(Rest0, gotRestart, Rest2, (*Link).clearForRestart, receive),
		arrow(Rest2, gotRestart, Rest2, (*Link).queueRestart, receive),
		arrow(Rest2, confirmed, Rest2, (*Link).ackRestart, receive).When("more asked", (*Link).moreAsked),
		arrow(Rest2, confirmed, Rest0, (*Link).ackRestart, receive),
		arrow(Rest2, expiredT317, Rest0, (*Link).restartNotCleared, receive),
		ignore(restartLinkUp, project, Rest0, Rest2),
		ignore(confirmed, project, Rest0),
		ignore(gotRestartAck, "Q.931 §5.8.4: a late RESTART ACKNOWLEDGE", Rest0),
	}
}

func (l *Link) restartStep(h *restartHalf, e restartEvent, job *restartJob) {
	next, row := restartTable.Step(l, h.state, e, job)
	if row == nil {
		l.counters.Ignored++
		return
	}
	if h.state != next {
		h.state, h.since = next, l.now
	}
}

func (r *restarter) expire(l *Link, k timerKind) {
	if k == t316 {
		l.restartStep(&r.asks, expiredT316, nil)
	} else {
		l.restartStep(&r.asked, expiredT317, nil)
	}
}

func (r *restarter) linkUp(l *Link) { l.restartStep(&r.asks, restartLinkUp, nil) }

// Restart asks the peer to bring channels to idle, one after the other; calls on them are cleared at once. RestartDone
// tells of each.
func (l *Link) Restart(now time.Duration, channels ...tdm.Channel) []Output {
	l.begin(now)
	for _, ch := range channels {
		if b := l.b(ch); b != nil && b.exists {
			e := l.channelElement(ch, true).append(nil)
			l.ask(restartJob{channels: []tdm.Channel{ch}, channel: e[2:], indicator: []byte{ext | restartChannels}})
		}
	}
	return l.end()
}

// RestartInterface restarts one interface of the group, counted as in its configuration.
func (l *Link) RestartInterface(now time.Duration, i int) []Output {
	l.begin(now)
	if i >= 0 && i < len(l.channels) {
		job := restartJob{channels: l.allOf(i), indicator: []byte{ext | restartInterface}}
		if len(l.channels) > 1 { // without a channel identification it would be the D channel's own
			e := channelElement{Interface: l.config.Interfaces[i].ID, Exclusive: true, Selection: selectIndicated}
			job.channel = e.append(nil)[2:]
		}
		l.ask(job)
	}
	return l.end()
}

// RestartAll restarts the group: class "all interfaces", or "single interface" where there is but one.
func (l *Link) RestartAll(now time.Duration) []Output {
	l.begin(now)
	class := byte(restartAll)
	if len(l.config.Interfaces) == 1 {
		class = restartInterface
	}
	l.ask(restartJob{channels: l.all(), indicator: []byte{ext | class}})
	return l.end()
}

func (l *Link) ask(job restartJob) {
	for _, ch := range job.channels {
		l.clearChannel(ch)
	}
	h := &l.restart.asks
	h.jobs = append(h.jobs, job)
	l.restartStep(h, reqRestart, &job)
}

func (l *Link) all() (list []tdm.Channel) {
	for i := range l.channels {
		list = append(list, l.allOf(i)...)
	}
	return list
}

func (l *Link) allOf(i int) (list []tdm.Channel) {
	for t := range 32 {
		if l.channels[i][t].exists {
			list = append(list, tdm.Channel{Interface: uint8(i), Timeslot: uint8(t)})
		}
	}
	return list
}

// clearChannel ends what is on a channel and keeps it from use.
func (l *Link) clearChannel(ch tdm.Channel) {
	b := l.b(ch)
	if b.call != nil {
		b.call.step(restarted, &input{})
	}
	b.restarting = true
	l.service(ch)
}

func (l *Link) globalHead(t MessageType, ours bool) {
	l.build = appendHeader(l.build[:0], protocolQ931, CallRef{Value: globalCallRef, FromOriginator: ours, Octets: 2}, t)
}

func (l *Link) sendRestart(*restartJob) {
	l.restart.asks.tries = 0
	l.transmitRestart()
}

func (l *Link) transmitRestart() {
	h := &l.restart.asks
	h.tries++
	job := &h.jobs[0]
	l.globalHead(Restart, true)
	if job.channel != nil {
		l.build = appendElement(l.build, elChannel, job.channel...)
	}
	l.build = appendElement(l.build, elRestart, job.indicator...)
	if l.Up() {
		l.flush()
	}
	if l.times.T316 > 0 {
		l.clock.start(&h.timer, l.now+l.times.T316)
	}
}

func (l *Link) mayRestart(*restartJob) bool   { return l.restart.asks.tries <= l.times.N316 }
func (l *Link) moreRestarts(*restartJob) bool { return len(l.restart.asks.jobs) > 1 }
func (l *Link) moreAsked(*restartJob) bool    { return len(l.restart.asked.jobs) > 1 }
func (l *Link) repeatRestart(*restartJob)     { l.transmitRestart() }

// restartDone: the channels of the job at hand are idle at both ends.
func (l *Link) restartDone(*restartJob) { l.endRestart(true) }

func (l *Link) restartedNext(*restartJob) {
	l.endRestart(true)
	l.sendRestart(nil)
}

func (l *Link) restartFailed(*restartJob) { l.endRestart(false) }

func (l *Link) restartFailedNext(*restartJob) {
	l.endRestart(false)
	l.sendRestart(nil)
}

// endRestart: a restart that nobody answers leaves its channels out of service (§5.5.1).
func (l *Link) endRestart(ok bool) {
	h := &l.restart.asks
	l.clock.stop(&h.timer)
	job := h.jobs[0]
	h.jobs = h.jobs[1:]
	for _, ch := range job.channels {
		b := l.b(ch)
		b.restarting, b.suspect = false, !ok
		if ok {
			b.farOut = false
		}
		l.service(ch)
	}
	o := Output{Kind: RestartDone, OK: ok, Channels: job.channels}
	if len(job.channels) > 0 {
		o.Channel = job.channels[0]
	}
	l.out = append(l.out, o)
}

// receiveGlobal: a message with the global call reference (§5.8.3.2 g).
func (l *Link) receiveGlobal(d *dLink, m *Message) {
	switch m.Type {
	case Restart:
		l.receiveRestart(d, m)
	case RestartAck:
		l.restartStep(&l.restart.asks, gotRestartAck, nil)
	case Status, Release, ReleaseComplete, Facility:
		l.counters.Ignored++
	default:
		l.globalStatus(m, causeInvalidRef)
	}
}

func (l *Link) globalStatus(m *Message, v tdm.Cause, diag ...byte) {
	l.counters.Unexpected++
	l.globalHead(Status, !m.Ref.FromOriginator)
	l.build = appendCause(l.build, l.ourLocation(), v, diag...)
	l.build = appendElement(l.build, elCallState, byte(l.restart.asked.state))
	l.flush()
}

func (l *Link) receiveRestart(d *dLink, m *Message) {
	fault, diag, _ := l.check(m)
	if fault != 0 {
		l.globalStatus(m, fault, diag...)
		return
	}
	e := channelElement{Interface: -1, Selection: selectIndicated}
	x, has := m.find(elChannel)
	if has {
		var err error
		if e, err = parseChannel(x.Contents); err != nil {
			l.globalStatus(m, causeBadElement, byte(elChannel))
			return
		}
	}
	job := restartJob{indicator: append([]byte(nil), m.contents(elRestart)...), d: d.index}
	if has {
		job.channel = append([]byte(nil), x.Contents...)
	}
	i, known := l.located(d, e)
	ok := known
	switch m.contents(elRestart)[0] & 7 {
	case restartChannels:
		if !has || e.Channels == 0 {
			l.globalStatus(m, causeMandatoryMissing, byte(elChannel))
			return
		}
		job.channels, ok = l.channelsOf(d, e)
	case restartInterface:
		if known {
			job.channels = l.allOf(int(i))
		}
	case restartAll:
		job.channels, ok = l.all(), true
	default:
		ok = false
	}
	if !ok {
		l.globalStatus(m, causeNoSuchChannel)
		return
	}
	if len(l.restart.asked.jobs) >= maxRestarts {
		l.counters.Ignored++ // the peer repeats it
		return
	}
	l.restartStep(&l.restart.asked, gotRestart, &job)
}

func (l *Link) clearForRestart(job *restartJob) {
	l.queueRestart(job)
	if l.times.T317 > 0 {
		l.clock.start(&l.restart.asked.timer, l.now+l.times.T317)
	}
}

func (l *Link) queueRestart(job *restartJob) {
	h := &l.restart.asked
	h.jobs = append(h.jobs, *job)
	for _, ch := range job.channels {
		l.clearChannel(ch)
	}
	l.out = append(l.out, Output{Kind: Cleared, Channels: job.channels})
}

// Confirm says that the audio has let go of the channels of the oldest Cleared output: the restart is acknowledged.
func (l *Link) Confirm(now time.Duration) []Output {
	l.begin(now)
	l.restartStep(&l.restart.asked, confirmed, nil)
	return l.end()
}

func (l *Link) ackRestart(*restartJob) {
	h := &l.restart.asked
	job := h.jobs[0]
	h.jobs = h.jobs[1:]
	if len(h.jobs) == 0 {
		l.clock.stop(&h.timer)
	}
	for _, ch := range job.channels {
		b := l.b(ch)
		b.restarting, b.suspect, b.farOut = false, false, false
		l.service(ch)
	}
	l.globalHead(RestartAck, false)
	if job.channel != nil {
		l.build = appendElement(l.build, elChannel, job.channel...)
	}
	l.build = appendElement(l.build, elRestart, job.indicator...)
	l.flush()
}

// restartNotCleared: T317 has expired. The channels stay out of use and maintenance hears of it (§5.5.2).
func (l *Link) restartNotCleared(*restartJob) {
	h := &l.restart.asked
	for _, job := range h.jobs {
		for _, ch := range job.channels {
			b := l.b(ch)
			b.restarting, b.suspect = false, true
			l.service(ch)
		}
	}
	h.jobs = nil
	l.fault("restart: channels were not cleared before T317 expired")
}
