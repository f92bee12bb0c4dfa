package metrics

import (
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// A collector reads a Source at scrape time.
type collector struct {
	src Source
	d   map[string]*prometheus.Desc

	mu sync.Mutex
	// groups keeps the label under which a party's RTP was first shown: sums must not shrink when a reload removes the party.
	groups map[string]string
}

func newCollector(src Source) *collector {
	return &collector{src: src, d: newDescs(), groups: map[string]string{}}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.d {
		ch <- d
	}
}

// emit sends values of described metrics.
type emit struct {
	c  *collector
	ch chan<- prometheus.Metric
}

func (e emit) gauge(name string, v float64, labels ...string) {
	e.ch <- prometheus.MustNewConstMetric(e.c.d[name], prometheus.GaugeValue, v, labels...)
}

func (e emit) count(name string, v int64, labels ...string) {
	e.ch <- prometheus.MustNewConstMetric(e.c.d[name], prometheus.CounterValue, float64(v), labels...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	e := emit{c, ch}
	for _, l := range c.src.Lines() {
		e.line(l)
	}
	for _, m := range c.src.Modems() {
		e.modem(m)
	}
	for _, k := range c.src.Cards() {
		e.card(k)
	}
	for _, s := range c.src.Spans() {
		e.span(s)
	}
	trunks := c.src.Trunks()
	e.calls(c.src, trunks)
	e.trunks(trunks)
	sip := slices.DeleteFunc(slices.Clone(trunks), func(t Trunk) bool { return t.Span })
	e.sip(c.src.SIP(), sip)
	e.rtp(c.src, sip)
	e.records(c.src.Records())
	ok, hash := c.src.Reload()
	e.gauge("config_reload_success", truth(ok))
	e.gauge("config_hash_info", 1, hash)
}

func (e emit) line(l Line) {
	e.gauge("line_info", 1, l.Name, l.Kind, l.Card, l.Port)
	for _, s := range LineStates {
		e.gauge("line_state", truth(s == l.State), l.Name, s)
	}
	if l.Measured {
		e.gauge("line_loop_current_amperes", l.Amperes, l.Name)
		e.gauge("line_voltage_volts", l.Volts, l.Name)
	}
	e.gauge("line_battery_reversed", truth(l.Reversed), l.Name)
	e.gauge("line_level_dbm0", l.RxDBm0, l.Name, "rx")
	e.gauge("line_level_dbm0", l.TxDBm0, l.Name, "tx")
	e.gauge("line_echo_return_loss_db", l.ERL, l.Name)
	e.gauge("line_echo_return_loss_enhancement_db", l.ERLE, l.Name)
	e.gauge("line_echo_delay_seconds", l.EchoSeconds, l.Name)
	e.count("line_echo_resets_total", l.EchoResets, l.Name)
	e.count("line_rings_total", l.Rings, l.Name)
	e.count("line_seizures_total", l.Seizures, l.Name)
	e.count("line_glare_total", l.Glare, l.Name)
	e.count("line_hookflashes_total", l.Flashes, l.Name)
	e.count("line_dtmf_digits_total", l.Digits, l.Name)
	for _, r := range CallerIDResults {
		e.count("line_callerid_total", l.CallerID[r], l.Name, r)
	}
}

func (e emit) modem(m Modem) {
	e.gauge("modem_info", 1, m.Line, m.Dialect)
	e.gauge("modem_up", truth(m.Up), m.Line)
	e.gauge("modem_conversation", truth(m.Conversation), m.Line)
	e.count("modem_underruns_total", m.Underruns, m.Line)
	e.count("modem_overruns_total", m.Overruns, m.Line)
	e.count("modem_blocks_dropped_total", m.Congested, m.Line)
	e.count("modem_timeouts_total", m.Timeouts, m.Line)
	e.count("modem_recoveries_total", m.Recoveries, m.Line)
	e.count("modem_faults_total", m.Faults, m.Line)
	e.count("modem_refused_total", m.Refused, m.Line)
	if m.Network != "" {
		for _, n := range Networks {
			e.gauge("modem_network", truth(n == m.Network), m.Line, n)
		}
	}
	if m.SignalDBm != 0 {
		e.gauge("modem_signal_dbm", float64(m.SignalDBm), m.Line)
	}
}

func (e emit) card(k Card) {
	e.gauge("card_info", 1, k.Name, k.Model)
	e.gauge("card_up", truth(k.Up), k.Name)
	e.count("card_overruns_total", k.Slips, k.Name)
	e.count("dsp_blocks_total", k.Blocks, k.Name)
	e.count("dsp_deadline_missed_total", k.Late, k.Name)
	e.ch <- prometheus.MustNewConstHistogram(e.c.d["dsp_frame_process_seconds"], k.Timed, k.BusySeconds, k.BusyBlocks, k.Name)
	e.gauge("dsp_busy_max_seconds", k.MaxBusy, k.Name)
	e.count("dsp_events_lost_total", k.LostEvents, k.Name)
	for _, task := range Tasks {
		e.gauge("dsp_channels", float64(k.Slots[task]), k.Name, task)
	}
	if k.Link != nil {
		e.link(k.Name, *k.Link)
	}
}

// clockSeconds is how long a card's clock has to have been measured before its rate says something: a round trip of 5 ms is 80 ppm then.
const clockSeconds = 60

func (e emit) link(card string, l Link) {
	if l.Firmware != "" {
		e.gauge("card_firmware_info", 1, card, l.Firmware)
	}
	e.count("card_link_sessions_total", l.Sessions, card)
	for _, kind := range LinkErrors {
		e.count("card_link_dropped_total", l.HostDrops[kind], card, "host", kind)
		e.count("card_link_dropped_total", l.CardDrops[kind], card, "card", kind)
	}
	e.count("card_link_repeats_total", l.Repeats, card)
	e.count("card_link_missing_samples_total", l.Missing, card)
	e.count("card_link_late_blocks_total", l.Late, card)
	e.count("card_link_recovered_samples_total", l.Recovered, card)
	e.ch <- prometheus.MustNewConstMetric(e.c.d["card_link_underrun_seconds_total"], prometheus.CounterValue, l.UnderrunSeconds, card)
	if l.RoundTripSeconds > 0 {
		e.gauge("card_link_round_trip_seconds", l.RoundTripSeconds, card)
	}
	if l.ClockSeconds >= clockSeconds {
		e.gauge("card_clock_offset_ppm", l.ClockPPM, card)
	}
}

func (e emit) span(s Span) {
	e.gauge("span_info", 1, s.Name, s.Card, s.Framing)
	e.gauge("span_up", truth(s.Up), s.Name)
	for name, on := range s.Alarms {
		e.gauge("span_alarm", truth(on), s.Name, name)
	}
	for _, kind := range SpanErrors {
		e.count("span_line_errors_total", s.Errors[kind], s.Name, kind)
	}
	e.count("span_slips_total", s.SlipsRepeated, s.Name, "repeated")
	e.count("span_slips_total", s.SlipsDeleted, s.Name, "deleted")
	for _, state := range ChannelStates {
		e.gauge("span_channels", float64(s.Channels[state]), s.Name, state)
	}
	if !s.CAS {
		e.gauge("dchannel_up", truth(s.DUp), s.Name)
	} else {
		for _, event := range CASEvents {
			e.count("cas_events_total", s.Signals[event], s.Name, event)
		}
	}
	e.spanEnd(s.Name, "near", s.Near)
	e.spanEnd(s.Name, "far", s.Far)
	if s.D != nil {
		e.dChannel(s.Name, s.D)
	}
	if s.Packets != nil {
		for _, event := range PacketEvents {
			e.count("pseudowire_packets_total", s.Packets[event], s.Name, event)
		}
		e.gauge("pseudowire_clock_offset_ratio", s.ClockRatio, s.Name)
	}
}

func (e emit) spanEnd(span, end string, x SpanEnd) {
	e.gauge("span_unavailable", truth(x.Unavailable), span, end)
	for _, kind := range SpanSeconds {
		e.count("span_performance_seconds_total", x.Seconds[kind], span, end, kind)
		e.gauge("span_interval_seconds", float64(x.Quarter[kind]), span, end, kind)
	}
	e.count("span_code_violations_total", x.Violations, span, end)
	e.count("span_background_block_errors_total", x.Background, span, end)
}

func (e emit) dChannel(span string, d *DChannel) {
	for _, s := range LinkStates {
		e.gauge("dchannel_state", truth(s == d.State), span, s)
	}
	for _, kind := range FrameTypes {
		e.count("dchannel_frames_total", d.Received[kind], span, "rx", kind)
		e.count("dchannel_frames_total", d.Sent[kind], span, "tx", kind)
	}
	e.count("dchannel_retransmits_total", d.Retransmits, span)
	e.count("dchannel_link_errors_total", d.Errors, span)
	for _, kind := range HDLCFaults {
		e.count("dchannel_hdlc_errors_total", d.HDLC[kind], span, kind)
	}
	e.count("q931_calls_total", d.CallsIn, span, "in")
	e.count("q931_calls_total", d.CallsOut, span, "out")
	e.count("q931_messages_received_total", d.Messages, span)
	for _, kind := range Q931Faults {
		e.count("q931_faults_total", d.Faults[kind], span, kind)
	}
	for timer, n := range d.Timers {
		e.count("q931_timer_expiries_total", n, span, timer)
	}
}

// calls emits every series of every trunk, and adds each call to its own.
func (e emit) calls(src Source, trunks []Trunk) {
	active := make(map[series]int)
	for _, k := range src.Calls() {
		active[series{label(src, k.A, k.B, k.Direction), k.Direction, string(k.State)}]++
	}
	for _, name := range append(names(trunks), fixed...) {
		for _, dir := range directions(name) {
			for _, st := range callStates {
				k := series{name, dir, st}
				e.gauge("calls_active", float64(active[k]), name, dir, st)
				delete(active, k)
			}
		}
	}
	for k, n := range active { // a trunk that came or went while we looked
		e.gauge("calls_active", float64(n), k.trunk, k.direction, k.value)
	}
}

func names(trunks []Trunk) []string {
	var out []string
	for _, t := range trunks {
		out = append(out, t.Name)
	}
	return out
}

func (e emit) trunks(trunks []Trunk) {
	for _, t := range trunks {
		if t.Capacity > 0 {
			e.gauge("trunk_capacity_calls", float64(t.Capacity), t.Name)
			e.ch <- prometheus.MustNewConstMetric(e.c.d["trunk_all_busy_seconds_total"], prometheus.CounterValue, t.AllBusy, t.Name)
		}
		if t.Span {
			continue
		}
		if t.Registers {
			e.gauge("sip_registered", truth(t.Registered), t.Name)
		}
		e.gauge("sip_trunk_up", truth(t.Up), t.Name)
		if t.RTTSeconds > 0 {
			e.gauge("sip_options_rtt_seconds", t.RTTSeconds, t.Name)
		}
	}
}

func (e emit) sip(s SIP, trunks []Trunk) {
	type kind struct{ trunk, method, direction, class string }
	peers := append(names(trunks), other)
	peer := func(trunk string) string {
		if slices.Contains(peers, trunk) {
			return trunk
		}
		return other
	}
	transactions, retransmits := map[kind]int64{}, map[kind]int64{}
	for _, t := range s.Transactions {
		transactions[kind{peer(t.Trunk), method(t.Method), t.Direction, t.CodeClass}] += t.N
	}
	for _, r := range s.Retransmits {
		retransmits[kind{peer(r.Trunk), method(r.Method), r.Direction, ""}] += r.N
	}
	for _, p := range peers {
		for _, m := range sipMethods {
			for _, dir := range sipDirections {
				for _, class := range codeClasses {
					e.count("sip_transactions_total", transactions[kind{p, m, dir, class}], p, m, dir, class)
				}
				e.count("sip_retransmits_total", retransmits[kind{p, m, dir, ""}], p, m, dir)
			}
		}
	}
	faults := map[string]SIPFaults{}
	for _, f := range s.Faults {
		sum := faults[peer(f.Trunk)]
		faults[peer(f.Trunk)] = SIPFaults{ParseErrors: sum.ParseErrors + f.ParseErrors, AuthFailures: sum.AuthFailures + f.AuthFailures}
	}
	for _, p := range peers {
		e.count("sip_auth_failures_total", faults[p].AuthFailures, p)
		e.count("sip_parse_errors_total", faults[p].ParseErrors, p)
	}
	e.count("sip_denied_total", s.Denied)
	e.count("sip_lockouts_total", s.Lockouts)
	e.gauge("sip_lockouts_active", float64(s.LockedOut))
	e.gauge("sip_dialogs_active", float64(s.Dialogs))
}

func method(name string) string {
	if slices.Contains(sipMethods, name) {
		return name
	}
	return other
}

// rtp sums the parties of each group, so that accounts make one series and not one each.
func (e emit) rtp(src Source, trunks []Trunk) {
	e.c.mu.Lock()
	defer e.c.mu.Unlock()
	sums := map[string]*RTP{accounts: {}}
	for _, name := range names(trunks) {
		sums[name] = &RTP{}
	}
	for _, r := range src.RTP() {
		g, known := e.c.groups[r.Party]
		if !known {
			g = group(src, r.Party)
			e.c.groups[r.Party] = g
		}
		s := sums[g]
		if s == nil {
			s = &RTP{}
			sums[g] = s
		}
		s.Sent += r.Sent
		s.Received += r.Received
		s.Lost += r.Lost
		s.PeerLost += r.PeerLost
		s.Discarded += r.Discarded
		s.Stranger += r.Stranger
		s.ConcealedSamples += r.ConcealedSamples
	}
	const frame = 80 // samples in the 10 ms of G.711 Appendix I
	for trunk, r := range sums {
		e.count("rtp_packets_total", r.Sent, trunk, "tx")
		e.count("rtp_packets_total", r.Received, trunk, "rx")
		e.count("rtp_lost_packets_total", r.Lost, trunk, "rx")
		e.count("rtp_lost_packets_total", r.PeerLost, trunk, "tx")
		e.count("rtp_discarded_packets_total", r.Discarded, trunk, "rx")
		e.count("rtp_concealed_frames_total", r.ConcealedSamples/frame, trunk, "rx")
		e.count("rtp_stranger_packets_total", r.Stranger, trunk, "rx")
	}
}

func (e emit) records(r Records) {
	e.count("cdr_written_total", r.Written)
	e.count("cdr_dropped_total", r.Dropped)
	e.gauge("cdr_outbox_rows", float64(r.Queued))
	e.gauge("cdr_outbox_oldest_seconds", r.OldestSeconds)
	e.gauge("cdr_store_failing", truth(r.Failing))
}
