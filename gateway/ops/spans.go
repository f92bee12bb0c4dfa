package ops

// spanStates maps the values of spanCondition.
var spanStates = valueMapping{Type: "value", Options: map[string]mappingValue{
	"0": {"up", "green", 0},
	"1": {"D channel down", "orange", 1},
	"2": {"remote alarm", "yellow", 2},
	"3": {"loop", "purple", 3},
	"4": {"alarm", "red", 4},
}}

// spanCondition numbers what is worst about a span.
const spanCondition = `max by (span) (` +
	`4 * (1 - tipring_span_up{span=~"$span"}) or ` +
	`label_replace(3 * sum by (span) (tipring_span_alarm{span=~"$span",alarm="loopback"}), "of", "loop", "", "") or ` +
	`label_replace(2 * sum by (span) (tipring_span_alarm{span=~"$span",alarm="rai"}), "of", "rai", "", "") or ` +
	`label_replace(1 - sum by (span) (tipring_dchannel_up{span=~"$span"}), "of", "d", "", ""))`

func spansDashboard() dashboard {
	return build("tipring-spans", "tipring: spans", "What every E1, T1 and J1 is doing: alarms, performance by G.826, slips, D channels and B channels.",
		[]variable{labelValues("span", "Span", "label_values(tipring_span_info, span)")},
		[]view{
			{kind: "stat", title: "Spans down", help: "Spans with los, ais or lof.", w: 4, h: 4, queries: []query{
				{`sum(1 - tipring_span_up{span=~"$span"})`, "down"}}},
			{kind: "stat", title: "D channels down", help: "Spans on which layer 3 cannot be spoken.", w: 4, h: 4, queries: []query{
				{`sum(1 - tipring_dchannel_up{span=~"$span"})`, "down"}}},
			{kind: "stat", title: "Unavailable seconds", help: "Of the near ends in the range shown.", unit: "s", w: 4, h: 4, queries: []query{
				{`sum(increase(tipring_span_performance_seconds_total{span=~"$span",end="near",type="uas"}[$__range]))`, "unavailable"}}},
			{kind: "stat", title: "Errored seconds", help: "Of the near ends in the range shown.", unit: "s", w: 4, h: 4, queries: []query{
				{`sum(increase(tipring_span_performance_seconds_total{span=~"$span",end="near",type="es"}[$__range]))`, "errored"}}},
			{kind: "stat", title: "Slips", help: "Frames repeated or deleted in the range shown: the clocks of both ends differ.", w: 4, h: 4, queries: []query{
				{`sum(increase(tipring_span_slips_total{span=~"$span"}[$__range]))`, "slips"}}},
			{kind: "stat", title: "B channels in use", help: "Share of the channels that can carry a call.", unit: "percentunit", w: 4, h: 4, queries: []query{
				{`sum(tipring_span_channels{span=~"$span",state="busy"}) / sum(tipring_span_channels{span=~"$span",state=~"busy|idle"})`, "busy"}}},
			{kind: "state-timeline", title: "Condition", help: "The worst of each span over time.", w: 24, h: 7, mappings: &spanStates, queries: []query{
				{spanCondition, "{{span}}"}}},
			{kind: "state-timeline", title: "Alarms", help: "Alarms that persist, and loops.", w: 24, h: 8, queries: []query{
				{`sum by (span, alarm) (tipring_span_alarm{span=~"$span"})`, "{{span}} {{alarm}}"}}},
			{kind: "bargauge", title: "This quarter hour, near end", help: "Seconds by ITU-T G.826 and ANSI T1.231 in the quarter hour at hand.", unit: "s", w: 12, h: 8, queries: []query{
				{`sum by (span, type) (tipring_span_interval_seconds{span=~"$span",end="near",type=~"es|ses|uas|sefs|css"})`, "{{span}} {{type}}"}}},
			{kind: "bargauge", title: "This quarter hour, far end", help: "The same as the far end reports it.", unit: "s", w: 12, h: 8, queries: []query{
				{`sum by (span, type) (tipring_span_interval_seconds{span=~"$span",end="far",type=~"es|ses|uas|sefs|css"})`, "{{span}} {{type}}"}}},
			{kind: "timeseries", title: "Bad seconds in a quarter hour", help: "Errored, severely errored and unavailable seconds in 15 minutes, both ends.", unit: "s", w: 12, h: 8, queries: []query{
				{`sum by (span, end, type) (increase(tipring_span_performance_seconds_total{span=~"$span",type=~"es|ses|uas"}[15m]))`, "{{span}} {{end}} {{type}}"}}},
			{kind: "timeseries", title: "Errors a second", help: "Line code violations, wrong CRC blocks, wrong framing, and blocks that the far end found wrong.", w: 12, h: 8, queries: []query{
				{`sum by (span, type) (rate(tipring_span_line_errors_total{span=~"$span"}[$__rate_interval]))`, "{{span}} {{type}}"}}},
			{kind: "timeseries", title: "Slips an hour", help: "A clock that is fast by 50 millionths makes 1,440 an hour.", w: 12, h: 8, queries: []query{
				{`3600 * sum by (span, direction) (rate(tipring_span_slips_total{span=~"$span"}[$__rate_interval]))`, "{{span}} {{direction}}"}}},
			{kind: "timeseries", title: "B channels", help: "Channels by state.", w: 12, h: 8, queries: []query{
				{`sum by (span, state) (tipring_span_channels{span=~"$span"})`, "{{span}} {{state}}"}}},
			{kind: "timeseries", title: "D channel frames a second", help: "By direction and kind: i frames carry messages, sabme sets the link up.", w: 12, h: 8, queries: []query{
				{`sum by (span, direction, type) (rate(tipring_dchannel_frames_total{span=~"$span"}[$__rate_interval]))`, "{{span}} {{direction}} {{type}}"}}},
			{kind: "timeseries", title: "D channel trouble a minute", help: "Frames sent again, with a wrong check sequence, aborted or dropped, and errors of the data link.", w: 12, h: 8, queries: []query{
				{`60 * sum by (span) (rate(tipring_dchannel_retransmits_total{span=~"$span"}[$__rate_interval]))`, "{{span}} sent again"},
				{`60 * sum by (span, type) (rate(tipring_dchannel_hdlc_errors_total{span=~"$span"}[$__rate_interval]))`, "{{span}} {{type}}"},
				{`60 * sum by (span) (rate(tipring_dchannel_link_errors_total{span=~"$span"}[$__rate_interval]))`, "{{span}} link errors"}}},
			{kind: "timeseries", title: "Calls a minute", help: "Calls offered by the far end (in) and to it (out).", w: 12, h: 8, queries: []query{
				{`60 * sum by (span, direction) (rate(tipring_q931_calls_total{span=~"$span"}[$__rate_interval]))`, "{{span}} {{direction}}"}}},
			{kind: "timeseries", title: "Signalling trouble a minute", help: "Messages answered with STATUS or ignored, calls refused, channels taken from both ends, and timers that expired.", w: 12, h: 8, queries: []query{
				{`60 * sum by (span, type) (rate(tipring_q931_faults_total{span=~"$span"}[$__rate_interval]))`, "{{span}} {{type}}"},
				{`60 * sum by (span, timer) (rate(tipring_q931_timer_expiries_total{span=~"$span",timer!~"T203|establish"}[$__rate_interval]))`, "{{span}} {{timer}}"}}},
			{kind: "timeseries", title: "Calls cleared a minute, by cause", help: "Why calls of the spans ended (ITU-T Q.850).", w: 24, h: 8, queries: []query{
				{`60 * sum by (trunk, cause) (rate(tipring_call_cause_total{trunk=~"$span"}[$__rate_interval]))`, "{{trunk}} {{cause}}"}}},
		})
}
