package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// A collector reads a Source at scrape time.
type collector struct {
	src Source
	d   map[string]*prometheus.Desc
}

// gauges and counters that a collector reads: name without prefix, help, labels.
var descs = []struct {
	name, help string
	labels     []string
}{
	{"line_info", "A line and where it is; always 1.", []string{"line", "kind", "card", "port", "label"}},
	{"line_state", "1 for the state that the line is in, 0 for the others.", []string{"line", "state"}},
	{"line_loop_current_amperes", "Loop current of the line, where the card measures it.", []string{"line"}},
	{"line_voltage_volts", "Voltage between tip and ring, where the card measures it.", []string{"line"}},
	{"line_battery_reversed", "1 while the polarity of the line is reversed.", []string{"line"}},
	{"line_level_dbm0", "Speech level of the line, rx from the line and tx to it.", []string{"line", "direction"}},
	{"line_noise_dbm0", "Noise level from the line in pauses.", []string{"line"}},
	{"line_echo_return_loss_db", "Echo return loss of the line's hybrid.", []string{"line"}},
	{"line_echo_return_loss_enhancement_db", "What the echo canceller adds to the return loss.", []string{"line"}},
	{"line_echo_delay_seconds", "Delay of the strongest echo of the line.", []string{"line"}},
	{"line_echo_resets_total", "Times the echo canceller started anew.", []string{"line"}},
	{"line_rings_total", "Ringing signals received (FXO) or calls rung (FXS).", []string{"line"}},
	{"line_seizures_total", "Times the line was seized.", []string{"line"}},
	{"line_glare_total", "Seizures that met an incoming call.", []string{"line"}},
	{"line_hookflashes_total", "Hook flashes recognised.", []string{"line"}},
	{"line_dtmf_digits_total", "Digits received from the line.", []string{"line"}},
	{"line_metering_pulses_total", "Metering pulses received from the line.", []string{"line"}},
	{"line_callerid_total", "Caller identities by result: ok, bad (checksum), none (call without), sent.", []string{"line", "result"}},

	{"card_info", "A card; always 1.", []string{"card", "model"}},
	{"card_up", "1 while the card works.", []string{"card"}},
	{"card_overruns_total", "Samples lost because a block was fetched too late.", []string{"card"}},
	{"card_clock_offset_ppm", "Measured offset of the card's clock against the host's.", []string{"card"}},
	{"dsp_blocks_total", "Blocks exchanged with the card.", []string{"card"}},
	{"dsp_deadline_missed_total", "Blocks that were fetched after their time.", []string{"card"}},
	{"dsp_busy_seconds_total", "Time spent processing blocks; its rate is the share of a core.", []string{"card"}},
	{"dsp_events_lost_total", "Events dropped because signalling did not keep up.", []string{"card"}},
	{"dsp_channels", "Timeslots by what the signal processing does for them.", []string{"card", "task"}},
	{"fax_tone_detected_total", "Fax and modem tones heard.", []string{"card", "tone"}},

	{"calls_active", "Calls that are up.", []string{"trunk", "direction", "state"}},
	{"trunk_capacity_calls", "Calls that the trunk may carry; absent when not limited.", []string{"trunk"}},

	{"sip_registered", "1 while the trunk is registered, for trunks that register.", []string{"trunk"}},
	{"sip_trunk_up", "1 while the trunk answers OPTIONS, or is not asked.", []string{"trunk"}},
	{"sip_options_rtt_seconds", "Round trip of the last OPTIONS.", []string{"trunk"}},
	{"sip_transactions_total", "Transactions by method, direction of the final response and its class.", []string{"method", "direction", "code_class"}},
	{"sip_retransmits_total", "Messages sent or received again.", []string{"method", "direction"}},
	{"sip_auth_failures_total", "Requests with wrong credentials.", nil},
	{"sip_parse_errors_total", "Datagrams that are no SIP message.", nil},
	{"sip_dialogs_active", "SIP dialogs that are up.", nil},
	{"sip_lockouts_active", "Addresses locked out after authentication failures.", nil},

	{"rtp_packets_total", "RTP packets.", []string{"trunk", "direction"}},
	{"rtp_lost_packets_total", "RTP packets that did not arrive.", []string{"trunk", "direction"}},
	{"rtp_discarded_packets_total", "RTP packets that arrived too late or twice.", []string{"trunk", "direction"}},
	{"rtp_concealed_frames_total", "Gaps of 10 ms that loss concealment filled.", []string{"trunk", "direction"}},
	{"rtp_stranger_packets_total", "Packets from an address that is not the peer's, ignored.", []string{"trunk", "direction"}},

	{"cdr_written_total", "Call records written.", nil},
	{"cdr_outbox_rows", "Call records that wait to be written.", nil},
	{"cdr_outbox_oldest_seconds", "Age of the oldest call record that waits.", nil},
	{"cdr_store_failing", "1 while call records cannot be written and wait in memory.", nil},

	{"config_reload_success", "1 when the last reload was applied.", nil},
	{"config_hash_info", "Hash of the configuration in force; always 1.", []string{"hash"}},
}

const prefix = "tipring_"

func newCollector(src Source) *collector {
	c := &collector{src: src, d: make(map[string]*prometheus.Desc, len(descs))}
	for _, d := range descs {
		c.d[d.name] = prometheus.NewDesc(prefix+d.name, d.help, d.labels, nil)
	}
	return c
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
	for _, k := range c.src.Cards() {
		e.card(k)
	}
	e.calls(c.src)
	e.sip(c.src.SIP())
	e.rtp(c.src)
	rec := c.src.Records()
	e.count("cdr_written_total", rec.Written)
	e.gauge("cdr_outbox_rows", float64(rec.Queued))
	e.gauge("cdr_outbox_oldest_seconds", rec.OldestSeconds)
	e.gauge("cdr_store_failing", truth(rec.Failing))
	ok, hash := c.src.Reload()
	e.gauge("config_reload_success", truth(ok))
	e.gauge("config_hash_info", 1, hash)
}

func (e emit) line(l Line) {
	e.gauge("line_info", 1, l.Name, l.Kind, l.Card, l.Port, l.Label)
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
	e.gauge("line_noise_dbm0", l.NoiseDBm0, l.Name)
	e.gauge("line_echo_return_loss_db", l.ERL, l.Name)
	e.gauge("line_echo_return_loss_enhancement_db", l.ERLE, l.Name)
	e.gauge("line_echo_delay_seconds", l.EchoSeconds, l.Name)
	e.count("line_echo_resets_total", l.EchoResets, l.Name)
	e.count("line_rings_total", l.Rings, l.Name)
	e.count("line_seizures_total", l.Seizures, l.Name)
	e.count("line_glare_total", l.Glare, l.Name)
	e.count("line_hookflashes_total", l.Flashes, l.Name)
	e.count("line_dtmf_digits_total", l.Digits, l.Name)
	e.count("line_metering_pulses_total", l.MeteringPulses, l.Name)
	for _, r := range CallerIDResults {
		e.count("line_callerid_total", l.CallerID[r], l.Name, r)
	}
}

func (e emit) card(k Card) {
	e.gauge("card_info", 1, k.Name, k.Model)
	e.gauge("card_up", truth(k.Up), k.Name)
	e.count("card_overruns_total", k.Slips, k.Name)
	e.gauge("card_clock_offset_ppm", k.ClockOffsetPPM, k.Name)
	e.count("dsp_blocks_total", k.Blocks, k.Name)
	e.count("dsp_deadline_missed_total", k.Late, k.Name)
	e.ch <- prometheus.MustNewConstMetric(e.c.d["dsp_busy_seconds_total"], prometheus.CounterValue, k.BusySeconds, k.Name)
	e.count("dsp_events_lost_total", k.LostEvents, k.Name)
	for task, n := range k.Slots {
		e.gauge("dsp_channels", float64(n), k.Name, task)
	}
	for tone, n := range k.FaxTones {
		e.count("fax_tone_detected_total", n, k.Name, tone)
	}
}

func (e emit) calls(src Source) {
	trunks := src.Trunks()
	active := make(map[series]int)
	names := []string{pstn, accounts, internal}
	for _, t := range trunks {
		names = append(names, t.Name)
		if t.Capacity > 0 {
			e.gauge("trunk_capacity_calls", float64(t.Capacity), t.Name)
		}
		if t.Registers {
			e.gauge("sip_registered", truth(t.Registered), t.Name)
		}
		e.gauge("sip_trunk_up", truth(t.Up), t.Name)
		if t.RTTSeconds > 0 {
			e.gauge("sip_options_rtt_seconds", t.RTTSeconds, t.Name)
		}
	}
	kinds := kindsOf(src)
	for _, k := range src.Calls() {
		active[series{kinds.trunk(k.A, k.B, k.Direction), k.Direction, string(k.State)}]++
	}
	for _, name := range names {
		for _, dir := range directions(name) {
			for _, st := range callStates {
				k := series{name, dir, st}
				e.gauge("calls_active", float64(active[k]), name, dir, st)
				delete(active, k)
			}
		}
	}
	for k, n := range active {
		e.gauge("calls_active", float64(n), k.trunk, k.direction, k.value)
	}
}

func (e emit) sip(s SIP) {
	for _, t := range s.Transactions {
		e.count("sip_transactions_total", t.N, t.Method, t.Direction, t.CodeClass)
	}
	for _, r := range s.Retransmits {
		e.count("sip_retransmits_total", r.N, r.Method, r.Direction)
	}
	e.count("sip_auth_failures_total", s.AuthFailures)
	e.count("sip_parse_errors_total", s.ParseErrors)
	e.gauge("sip_dialogs_active", float64(s.Dialogs))
	e.gauge("sip_lockouts_active", float64(s.Lockouts))
}

// rtp sums the parties of each group, so that accounts make one series and not one each.
func (e emit) rtp(src Source) {
	kinds := kindsOf(src)
	sums := map[string]*RTP{accounts: {}}
	for name := range kinds.trunks {
		sums[name] = &RTP{}
	}
	for _, r := range src.RTP() {
		s := sums[kinds.group(r.Party)]
		if s == nil {
			continue
		}
		s.Sent += r.Sent
		s.Received += r.Received
		s.Lost += r.Lost
		s.Discarded += r.Discarded
		s.Stranger += r.Stranger
		s.ConcealedSamples += r.ConcealedSamples
	}
	const frame = 80 // samples in the 10 ms of G.711 Appendix I
	for trunk, r := range sums {
		e.count("rtp_packets_total", r.Sent, trunk, "tx")
		e.count("rtp_packets_total", r.Received, trunk, "rx")
		e.count("rtp_lost_packets_total", r.Lost, trunk, "rx")
		e.count("rtp_discarded_packets_total", r.Discarded, trunk, "rx")
		e.count("rtp_concealed_frames_total", r.ConcealedSamples/frame, trunk, "rx")
		e.count("rtp_stranger_packets_total", r.Stranger, trunk, "rx")
	}
}
