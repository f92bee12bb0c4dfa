package metrics

import "github.com/prometheus/client_golang/prometheus"

const prefix = "tipring_"

// A desc names a metric that is read at scrape: name without prefix, help, labels.
type desc struct {
	name, help string
	labels     []string
}

// descs are all metrics that the collector reads.
var descs = []desc{
	{"line_info", "A line and where it is; always 1.", []string{"line", "kind", "card", "port"}},
	{"line_state", "1 for the state that the line is in, 0 for the others.", []string{"line", "state"}},
	{"line_loop_current_amperes", "Loop current of the line, where the card measures it.", []string{"line"}},
	{"line_voltage_volts", "Voltage between tip and ring, negative when reversed, where the card measures it.", []string{"line"}},
	{"line_battery_reversed", "1 while the polarity of the line is reversed.", []string{"line"}},
	{"line_level_dbm0", "Level of the line's audio, rx from the line and tx to it; -90 is silence.", []string{"line", "direction"}},
	{"line_echo_return_loss_db", "Echo return loss of the line's hybrid; 0 while it is not known.", []string{"line"}},
	{"line_echo_return_loss_enhancement_db", "What the echo canceller adds to the return loss.", []string{"line"}},
	{"line_echo_delay_seconds", "Delay of the strongest echo of the line.", []string{"line"}},
	{"line_echo_resets_total", "Times the echo canceller started anew.", []string{"line"}},
	{"line_rings_total", "Rings received that counted (FXO), or calls that rang the telephone (FXS).", []string{"line"}},
	{"line_seizures_total", "Times the line was seized, by the telephone (FXS) or by the gateway (FXO).", []string{"line"}},
	{"line_glare_total", "Seizures that met an incoming call.", []string{"line"}},
	{"line_hookflashes_total", "Hook flashes recognised.", []string{"line"}},
	{"line_dtmf_digits_total", "DTMF digits received from the line.", []string{"line"}},
	{"line_callerid_total", "Caller identities by result: ok, bad (checksum), none (call without), sent.", []string{"line", "result"}},

	{"modem_info", "A voice modem and the dialect that it speaks; always 1.", []string{"line", "dialect"}},
	{"modem_up", "1 while the modem is in service.", []string{"line"}},
	{"modem_conversation", "1 when the modem's line can carry a conversation.", []string{"line"}},
	{"modem_underruns_total", "Times the modem ran out of samples to play.", []string{"line"}},
	{"modem_overruns_total", "Times the modem lost samples since they were fetched too late.", []string{"line"}},
	{"modem_blocks_dropped_total", "Blocks of audio not sent since the port took no more.", []string{"line"}},
	{"modem_timeouts_total", "Commands that the modem did not answer in time.", []string{"line"}},
	{"modem_recoveries_total", "Times the modem was brought back to command mode.", []string{"line"}},
	{"modem_faults_total", "Times the modem went out of service.", []string{"line"}},
	{"modem_refused_total", "Conversations refused since the line carries none.", []string{"line"}},
	{"modem_network", "1 for the state of a cellular modem's registration, 0 for the others.", []string{"line", "state"}},
	{"modem_signal_dbm", "Received signal strength of a cellular modem.", []string{"line"}},

	{"card_info", "A card; always 1.", []string{"card", "model"}},
	{"card_up", "1 while the card works.", []string{"card"}},
	{"card_overruns_total", "Samples lost because a block was fetched too late.", []string{"card"}},
	{"card_firmware_info", "A card behind a link and the version of its firmware; always 1.", []string{"card", "version"}},
	{"card_link_sessions_total", "Times the link to the card has come up.", []string{"card"}},
	{"card_link_dropped_total", "Frames of the link that one side did not take: wrong CRC, no frame, another session's.", []string{"card", "side", "kind"}},
	{"card_link_repeats_total", "Requests sent again since no answer came.", []string{"card"}},
	{"card_link_missing_samples_total", "Samples of each timeslot that did not come over the link when it was their turn.", []string{"card"}},
	{"card_link_recovered_samples_total", "Missing samples that came later and still in time.", []string{"card"}},
	{"card_link_late_blocks_total", "Blocks handed to the link too late to be played.", []string{"card"}},
	{"card_link_underrun_seconds_total", "Time for which the card had nothing to play.", []string{"card"}},
	{"card_link_round_trip_seconds", "Shortest round trip of the last eight over the link.", []string{"card"}},
	{"card_clock_offset_ppm", "How much faster the card's clock runs than the host's, once measured over a minute.", []string{"card"}},
	{"dsp_blocks_total", "Blocks exchanged with the card.", []string{"card"}},
	{"dsp_deadline_missed_total", "Blocks that were fetched after their time.", []string{"card"}},
	{"dsp_frame_process_seconds", "Time spent processing one block; the rate of its sum is the share of a core.", []string{"card"}},
	{"dsp_busy_max_seconds", "Longest time that one block took since the start.", []string{"card"}},
	{"dsp_events_lost_total", "Events dropped because signalling did not keep up.", []string{"card"}},
	{"dsp_channels", "Timeslots by what the signal processing does for them.", []string{"card", "task"}},

	{"span_info", "A span; always 1.", []string{"span", "card", "framing"}},
	{"span_up", "1 while the span's payload can be believed: no los, ais or lof.", []string{"span"}},
	{"span_alarm", "1 for an alarm that persists, 0 for the others.", []string{"span", "alarm"}},
	{"span_line_errors_total", "Line code violations (bpv), wrong CRC blocks (crc), wrong framing (fas), blocks that the far end found wrong (ebit).", []string{"span", "type"}},
	{"span_slips_total", "Frames repeated or deleted since the clocks of both ends differ.", []string{"span", "direction"}},
	{"span_channels", "B channels by state.", []string{"span", "state"}},
	{"dchannel_up", "1 while layer 3 can be spoken on the D channel.", []string{"span"}},
	{"span_unavailable", "1 while an end of the span is unavailable: ten severely errored seconds in succession have begun it, ten others end it.", []string{"span", "end"}},
	{"span_performance_seconds_total", "Seconds by ITU-T G.826 and ANSI T1.231: errored (es), severely errored (ses), unavailable (uas) and so on; counted are all. They come ten seconds late when the rule of unavailable time may take them back.", []string{"span", "end", "type"}},
	{"span_interval_seconds", "The same in the quarter hour at hand, at once.", []string{"span", "end", "type"}},
	{"span_code_violations_total", "Errored blocks in available time.", []string{"span", "end"}},
	{"span_background_block_errors_total", "Errored blocks outside of severely errored seconds.", []string{"span", "end"}},
	{"dchannel_state", "1 for the state of the data link (ITU-T Q.921), 0 for the others.", []string{"span", "state"}},
	{"dchannel_frames_total", "Frames of the data link, by type.", []string{"span", "direction", "type"}},
	{"dchannel_retransmits_total", "I frames sent again.", []string{"span"}},
	{"dchannel_link_errors_total", "Errors of the data link: MDL-ERROR indications (ITU-T Q.921 appendix II).", []string{"span"}},
	{"dchannel_hdlc_errors_total", "Frames with a wrong check sequence, aborted ones, and those dropped for want of room.", []string{"span", "type"}},
	{"q931_calls_total", "Calls offered by the far end (in) and to it (out).", []string{"span", "direction"}},
	{"q931_messages_received_total", "Messages of layer 3 received.", []string{"span"}},
	{"q931_faults_total", "Messages answered with STATUS, ignored, calls refused for want of room or a channel, and channels taken from both ends.", []string{"span", "type"}},
	{"q931_timer_expiries_total", "Expiries of a timer of ITU-T Q.931 or Q.921.", []string{"span", "timer"}},
	{"cas_events_total", "Of a span that signals by bits: seizures and rings, and what went wrong with them; lost are events that found no room.", []string{"span", "event"}},
	{"pseudowire_packets_total", "What became of a pseudowire's packets; unsent are our own.", []string{"span", "event"}},
	{"pseudowire_clock_offset_ratio", "By which part a pseudowire's clock is faster than the host's.", []string{"span"}},

	{"calls_active", "Calls that are up.", []string{"trunk", "direction", "state"}},
	{"trunk_capacity_calls", "Calls that the trunk may carry; absent when not limited.", []string{"trunk"}},
	{"trunk_all_busy_seconds_total", "Time for which the trunk carried as many calls as it may; absent when not limited.", []string{"trunk"}},

	{"sip_registered", "1 while the trunk is registered, for trunks that register.", []string{"trunk"}},
	{"sip_trunk_up", "1 while the trunk answers OPTIONS, or is not asked.", []string{"trunk"}},
	{"sip_options_rtt_seconds", "Round trip of the last OPTIONS that was answered.", []string{"trunk"}},
	{"sip_transactions_total", "Transactions by method, direction of the final response and its class; other is with who is no trunk.", []string{"trunk", "method", "direction", "code_class"}},
	{"sip_retransmits_total", "Messages sent or received again; other is with who is no trunk.", []string{"trunk", "method", "direction"}},
	{"sip_auth_failures_total", "Requests with wrong credentials; other is with who is no trunk.", []string{"trunk"}},
	{"sip_denied_total", "Datagrams and connections from addresses that the access list shuts out.", nil},
	{"sip_lockouts_total", "Times an address was locked out after authentication failures.", nil},
	{"sip_lockouts_active", "Addresses that are locked out.", nil},
	{"sip_parse_errors_total", "Messages that are no SIP, or invalid; other is with who is no trunk.", []string{"trunk"}},
	{"sip_dialogs_active", "SIP dialogs that are up.", nil},

	{"rtp_packets_total", "RTP packets.", []string{"trunk", "direction"}},
	{"rtp_lost_packets_total", "RTP packets that did not arrive: rx here, tx at the peer by its reports.", []string{"trunk", "direction"}},
	{"rtp_discarded_packets_total", "RTP packets that arrived too late or twice.", []string{"trunk", "direction"}},
	{"rtp_concealed_frames_total", "Gaps of 10 ms that loss concealment filled.", []string{"trunk", "direction"}},
	{"rtp_stranger_packets_total", "Packets from an address that is not the peer's, ignored.", []string{"trunk", "direction"}},

	{"cdr_written_total", "Call records written.", nil},
	{"cdr_dropped_total", "Call records lost because too many waited.", nil},
	{"cdr_outbox_rows", "Call records that wait to be written.", nil},
	{"cdr_outbox_oldest_seconds", "Time since call records cannot be written; 0 while they can.", nil},
	{"cdr_store_failing", "1 while call records cannot be written and wait in memory.", nil},

	{"config_reload_success", "1 when the last reload was applied, or none was asked for.", nil},
	{"config_hash_info", "Hash of the configuration in force; always 1.", []string{"hash"}},
}

// sipMethods have series of their own from the start; every other method counts as "other".
var sipMethods = []string{"INVITE", "ACK", "CANCEL", "BYE", "REGISTER", "OPTIONS", "INFO", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER",
	"MESSAGE", "PRACK", "PUBLISH", other}

// The classes of final responses and the directions of messages.
var (
	codeClasses   = []string{"2xx", "3xx", "4xx", "5xx", "6xx"}
	sipDirections = []string{"in", "out"}
)

func newDescs() map[string]*prometheus.Desc {
	out := make(map[string]*prometheus.Desc, len(descs))
	for _, d := range descs {
		out[d.name] = prometheus.NewDesc(prefix+d.name, d.help, d.labels, nil)
	}
	return out
}
