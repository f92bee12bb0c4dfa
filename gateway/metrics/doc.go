// Package metrics shows the gateway to Prometheus.
//
// # How
//
// State (a line's state, calls that are up, levels, registrations) is read from its owner when Prometheus scrapes, never
// counted up and down by events, so that a gauge cannot drift. What has happened (calls ended, their durations) is counted
// when it happens, with every known label value created at the start, or at the first scrape after a reload has added a
// trunk, so that rate() misses no first event. What nothing measures has no metric.
//
// # Labels
//
// line, card and trunk names come from the configuration. A trunk label is a configured trunk, or "pstn" for the FXO lines,
// "accounts" for calls with local SIP phones, "internal" for calls between telephones; what is none of these is "other". A
// SIP method, a cause or an HTTP path that is not in a closed list is "other" too. No telephone number, call id, person or
// address is ever a label, so that nobody who calls or scans can make a series.
//
// # What has no metric
//
// What one would look for, and why it is not here:
//
//	label of line_info                     a line has no text beside its name, and its number is no label
//	direction of line_dtmf_digits_total    digits received: those sent are in the log and the record
//	direction of rtp_round_trip_seconds and call_mos
//	                                       a round trip has none; the quality is that of what was received
//	line_noise_dbm0                        no owner publishes an estimate of a line's noise
//	line_metering_pulses_total             no card detects metering pulses
//	q931_messages_total{type}              messages are counted in one, and calls, faults and timers apart
//	dtmf_talkoff_suspects_total            nothing suspects a digit that it has confirmed
//	fax_tone_detected_total                counted by call, as fax_calls_total
//	vad_active_ratio                       no call runs a voice activity detector
//	fax_jobs_total and other fax_*         no fax machine: calls are carried through
//	voicemail_*, mail_*, queue_*           no such service
//	event_*, webhook_*                     no event stream
//	cdr_unrated_total, charge_total        no rating
//	card_temperature_celsius, card_irq_latency_seconds, card_usb_resets_total
//	                                       no card reports them
//	card_underruns_total                   a late block loses samples both ways: card_overruns_total; what a card
//	                                       behind a link misses is in card_link_underrun_seconds_total
//	sched_latency_seconds                  the Go collector has it, as go_sched_latencies_seconds
package metrics
