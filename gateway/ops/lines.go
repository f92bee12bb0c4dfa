package ops

// lineStates maps the values of the state query of the line board, which numbers the states.
var lineStates = valueMapping{Type: "value", Options: map[string]mappingValue{
	"0": {"idle", "green", 0},
	"1": {"ringing", "yellow", 1},
	"2": {"off hook", "light-blue", 2},
	"3": {"dialing", "blue", 3},
	"4": {"talking", "purple", 4},
	"5": {"disconnected", "orange", 5},
	"6": {"out of service", "red", 6},
}}

// lineStateNumber turns the state set into the numbers of lineStates.
const lineStateNumber = `1 * sum by (line) (tipring_line_state{line=~"$line",state="ringing"}) + ` +
	`2 * sum by (line) (tipring_line_state{line=~"$line",state="offhook"}) + ` +
	`3 * sum by (line) (tipring_line_state{line=~"$line",state="dialing"}) + ` +
	`4 * sum by (line) (tipring_line_state{line=~"$line",state="talking"}) + ` +
	`5 * sum by (line) (tipring_line_state{line=~"$line",state="disconnected"}) + ` +
	`6 * sum by (line) (tipring_line_state{line=~"$line",state="out_of_service"})`

func linesDashboard() dashboard {
	return build("tipring-lines", "tipring: lines", "What every analog line is doing and how it sounds.",
		[]variable{labelValues("line", "Line", "label_values(tipring_line_info, line)")},
		[]view{
			{kind: "stat", title: "Lines in use", help: "Lines that are neither idle nor out of service.", w: 4, h: 4, queries: []query{
				{`sum(tipring_line_state{line=~"$line",state!~"idle|out_of_service"})`, "in use"}}},
			{kind: "stat", title: "Out of service", help: "Lines that cannot carry a call; the log says why.", w: 4, h: 4, queries: []query{
				{`sum(tipring_line_state{line=~"$line",state="out_of_service"})`, "out of service"}}},
			{kind: "stat", title: "Cards up", help: "Cards that exchange blocks.", w: 4, h: 4, queries: []query{
				{`sum(tipring_card_up)`, "up"}}},
			{kind: "stat", title: "Signal processing load", help: "Share of one core that the cards' blocks take.", unit: "percentunit", w: 4, h: 4, queries: []query{
				{`sum(rate(tipring_dsp_frame_process_seconds_sum[$__rate_interval]))`, "load"}}},
			{kind: "stat", title: "Late blocks a minute", help: "Blocks fetched after their time; audio is lost only when overruns count.", w: 4, h: 4, queries: []query{
				{`60 * sum(rate(tipring_dsp_deadline_missed_total[$__rate_interval]))`, "late"}}},
			{kind: "stat", title: "Samples lost", help: "Samples lost to overruns in the range shown.", w: 4, h: 4, queries: []query{
				{`sum(increase(tipring_card_overruns_total[$__range]))`, "samples"}}},
			{kind: "state-timeline", title: "State", help: "State of each line over time.", w: 24, h: 9, mappings: &lineStates, queries: []query{
				{lineStateNumber, "{{line}}"}}},
			{kind: "timeseries", title: "Level from the line", help: "Speech level received from the line.", unit: "dBm", w: 12, h: 8, queries: []query{
				{`tipring_line_level_dbm0{line=~"$line",direction="rx"}`, "{{line}}"}}},
			{kind: "timeseries", title: "Level to the line", help: "Speech level sent to the line.", unit: "dBm", w: 12, h: 8, queries: []query{
				{`tipring_line_level_dbm0{line=~"$line",direction="tx"}`, "{{line}}"}}},
			{kind: "timeseries", title: "Echo return loss", help: "What the hybrid itself attenuates. Below 6 dB the impedance setting is wrong.", unit: "dB", w: 12, h: 8, queries: []query{
				{`tipring_line_echo_return_loss_db{line=~"$line"}`, "{{line}}"}}},
			{kind: "timeseries", title: "Echo return loss enhancement", help: "What the canceller adds. Below 20 dB in a call people hear themselves.", unit: "dB", w: 12, h: 8, queries: []query{
				{`tipring_line_echo_return_loss_enhancement_db{line=~"$line"}`, "{{line}}"}}},
			{kind: "timeseries", title: "Loop current", help: "Current in the loop, where the card measures it.", unit: "amp", w: 12, h: 8, queries: []query{
				{`tipring_line_loop_current_amperes{line=~"$line"}`, "{{line}}"}}},
			{kind: "timeseries", title: "Line voltage", help: "Voltage between tip and ring, where the card measures it.", unit: "volt", w: 12, h: 8, queries: []query{
				{`tipring_line_voltage_volts{line=~"$line"}`, "{{line}}"}}},
			{kind: "timeseries", title: "Rings and seizures an hour", help: "How busy each line is.", w: 12, h: 8, queries: []query{
				{`3600 * sum by (line) (rate(tipring_line_rings_total{line=~"$line"}[$__rate_interval]))`, "{{line}} rings"},
				{`3600 * sum by (line) (rate(tipring_line_seizures_total{line=~"$line"}[$__rate_interval]))`, "{{line}} seizures"}}},
			{kind: "timeseries", title: "Glare and caller ID trouble an hour", help: "Seizures that met an incoming call, and caller identities with a wrong checksum.", w: 12, h: 8, queries: []query{
				{`3600 * sum by (line) (rate(tipring_line_glare_total{line=~"$line"}[$__rate_interval]))`, "{{line}} glare"},
				{`3600 * sum by (line) (rate(tipring_line_callerid_total{line=~"$line",result="bad"}[$__rate_interval]))`, "{{line}} bad caller ID"}}},
			{kind: "timeseries", title: "Timeslots by task", help: "What the signal processing does for the timeslots.", w: 12, h: 8, queries: []query{
				{`sum by (task) (tipring_dsp_channels)`, "{{task}}"}}},
			{kind: "timeseries", title: "Longest block", help: "Longest time that one block took since the start; beyond the card's block length blocks come late.", unit: "s", w: 12, h: 8, queries: []query{
				{`tipring_dsp_busy_max_seconds`, "{{card}}"}}},
			{kind: "timeseries", title: "Scheduler latency", help: "How long what could run waited for a processor; on a busy machine this is what makes blocks late.", unit: "s", w: 12, h: 8, queries: []query{
				{`histogram_quantile(0.5, rate(go_sched_latencies_seconds_bucket[$__rate_interval]) and on (job, instance) tipring_build_info)`, "median"},
				{`histogram_quantile(0.999, rate(go_sched_latencies_seconds_bucket[$__rate_interval]) and on (job, instance) tipring_build_info)`, "99.9 %"}}},
			{kind: "timeseries", title: "Canceller restarts an hour", help: "An echo canceller that starts anew again and again has a line that changes.", w: 12, h: 8, queries: []query{
				{`3600 * sum by (line) (rate(tipring_line_echo_resets_total{line=~"$line"}[$__rate_interval]))`, "{{line}}"}}},
			{kind: "timeseries", title: "Voice modems", help: "Modems in service, and what each has cost in audio and commands an hour.", w: 12, h: 8, queries: []query{
				{`tipring_modem_up{line=~"$line"}`, "{{line}} in service"},
				{`3600 * sum by (line) (rate(tipring_modem_underruns_total{line=~"$line"}[$__rate_interval]) + rate(tipring_modem_overruns_total{line=~"$line"}[$__rate_interval]))`, "{{line}} under- and overruns"},
				{`3600 * sum by (line) (rate(tipring_modem_timeouts_total{line=~"$line"}[$__rate_interval]) + rate(tipring_modem_faults_total{line=~"$line"}[$__rate_interval]))`, "{{line}} time-outs and faults"}}},
		})
}
