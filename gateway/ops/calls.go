package ops

func callsDashboard() dashboard {
	quantile := func(q, metric string) string {
		return `histogram_quantile(` + q + `, sum by (le) (rate(` + metric + `_bucket{trunk=~"$trunk"}[$__rate_interval])))`
	}
	return build("tipring-calls", "tipring: calls and SIP", "Calls, their outcome and their quality, and the SIP side.",
		[]variable{labelValues("trunk", "Trunk", "label_values(tipring_calls_total, trunk)")},
		[]view{
			{kind: "stat", title: "Calls up", help: "Calls that are up now, in any state.", w: 4, h: 4, queries: []query{
				{`sum(tipring_calls_active{trunk=~"$trunk"})`, "calls"}}},
			{kind: "stat", title: "Talking", help: "Answered calls that are up now.", w: 4, h: 4, queries: []query{
				{`sum(tipring_calls_active{trunk=~"$trunk",state="talking"})`, "talking"}}},
			{kind: "stat", title: "Calls a minute", help: "Calls ended.", w: 4, h: 4, queries: []query{
				{`60 * sum(rate(tipring_calls_total{trunk=~"$trunk"}[$__rate_interval]))`, "calls"}}},
			{kind: "stat", title: "Answered (ASR)", help: "Answer-seizure ratio, ITU-T E.411, over the range shown.", unit: "percentunit", w: 4, h: 4, queries: []query{
				{`sum(increase(tipring_calls_total{trunk=~"$trunk",outcome="answered"}[$__range])) / (sum(increase(tipring_calls_total{trunk=~"$trunk"}[$__range])) > 0)`, "ASR"}}},
			{kind: "stat", title: "Effective (NER)", help: "Network effectiveness ratio, ITU-T E.425: all but what the network failed.", unit: "percentunit", w: 4, h: 4, queries: []query{
				{`sum(increase(tipring_calls_total{trunk=~"$trunk",outcome=~"answered|busy|no_answer|rejected|cancelled"}[$__range])) / (sum(increase(tipring_calls_total{trunk=~"$trunk"}[$__range])) > 0)`, "NER"}}},
			{kind: "stat", title: "Mean talk time", help: "Mean duration of answered calls over the range shown.", unit: "s", w: 4, h: 4, queries: []query{
				{`sum(increase(tipring_call_duration_seconds_sum{trunk=~"$trunk"}[$__range])) / (sum(increase(tipring_call_duration_seconds_count{trunk=~"$trunk"}[$__range])) > 0)`, "mean"}}},
			{kind: "timeseries", title: "Calls up by state", help: "Where the calls that are up are in their life.", w: 12, h: 8, queries: []query{
				{`sum by (state) (tipring_calls_active{trunk=~"$trunk"})`, "{{state}}"}}},
			{kind: "timeseries", title: "Calls up by trunk", help: "How the calls that are up spread.", w: 12, h: 8, queries: []query{
				{`sum by (trunk, direction) (tipring_calls_active{trunk=~"$trunk"})`, "{{trunk}} {{direction}}"}}},
			{kind: "timeseries", title: "Calls ended a minute by outcome", help: "What became of the calls.", w: 12, h: 8, queries: []query{
				{`60 * sum by (outcome) (rate(tipring_calls_total{trunk=~"$trunk"}[$__rate_interval]))`, "{{outcome}}"}}},
			{kind: "timeseries", title: "Calls ended a minute by cause", help: "Q.850 causes that occurred; 16 is normal clearing.", w: 12, h: 8, queries: []query{
				{`60 * sum by (cause) (rate(tipring_call_cause_total{trunk=~"$trunk"}[$__rate_interval])) > 0`, "{{cause}}"}}},
			{kind: "timeseries", title: "Time to ringing", help: "From the complete number to alerting, early audio or answer.", unit: "s", w: 12, h: 8, queries: []query{
				{quantile("0.5", "tipring_call_setup_seconds"), "median"}, {quantile("0.95", "tipring_call_setup_seconds"), "95 %"}}},
			{kind: "timeseries", title: "Quality (MOS)", help: "Estimated listening quality of ended calls.", w: 12, h: 8, queries: []query{
				{quantile("0.5", "tipring_call_mos"), "median"}, {quantile("0.05", "tipring_call_mos"), "5 %"}}},
			{kind: "timeseries", title: "Packet loss", help: "Share of RTP packets lost: rx here, tx at the peer by its reports.", unit: "percentunit", w: 12, h: 8, queries: []query{
				{`sum by (trunk, direction) (rate(tipring_rtp_lost_packets_total{trunk=~"$trunk"}[$__rate_interval])) / (sum by (trunk, direction) (rate(tipring_rtp_packets_total{trunk=~"$trunk"}[$__rate_interval])) > 0)`, "{{trunk}} {{direction}}"}}},
			{kind: "timeseries", title: "Jitter", help: "Interarrival jitter of ended calls, here and at the peers by their reports.", unit: "s", w: 12, h: 8, queries: []query{
				{`histogram_quantile(0.95, sum by (le, direction) (rate(tipring_rtp_jitter_seconds_bucket{trunk=~"$trunk"}[$__rate_interval])))`, "95 % {{direction}}"}}},
			{kind: "timeseries", title: "Jitter buffer", help: "Depth that the jitter buffers of ended calls came to aim at.", unit: "s", w: 12, h: 8, queries: []query{
				{quantile("0.5", "tipring_jitterbuffer_depth_seconds"), "median"}, {quantile("0.95", "tipring_jitterbuffer_depth_seconds"), "95 %"}}},
			{kind: "timeseries", title: "Clock drift", help: "The peers' clocks against the card's, in ppm, positive when they are faster.", w: 12, h: 8, queries: []query{
				{quantile("0.05", "tipring_rtp_clock_drift_ppm"), "5 %"}, {quantile("0.95", "tipring_rtp_clock_drift_ppm"), "95 %"}}},
			{kind: "timeseries", title: "SIP responses a second", help: "Final responses by class; trunk other is with who is no trunk.", w: 12, h: 8, queries: []query{
				{`sum by (method, code_class) (rate(tipring_sip_transactions_total[$__rate_interval]))`, "{{method}} {{code_class}}"}}},
			{kind: "timeseries", title: "Time to the first response", help: "From an INVITE of ours to the first response of the peer.", unit: "s", w: 12, h: 8, queries: []query{
				{`histogram_quantile(0.5, sum by (le) (rate(tipring_sip_invite_to_first_response_seconds_bucket[$__rate_interval])))`, "median"},
				{`histogram_quantile(0.95, sum by (le) (rate(tipring_sip_invite_to_first_response_seconds_bucket[$__rate_interval])))`, "95 %"}}},
			{kind: "timeseries", title: "Time to clear", help: "From a BYE of ours to its final response.", unit: "s", w: 12, h: 8, queries: []query{
				{`histogram_quantile(0.95, sum by (le) (rate(tipring_sip_bye_duration_seconds_bucket[$__rate_interval])))`, "95 %"}}},
			{kind: "timeseries", title: "Trunks full", help: "Share of the time in which a trunk with a limit had all the calls that it may have.", unit: "percentunit", w: 12, h: 8, queries: []query{
				{`rate(tipring_trunk_all_busy_seconds_total{trunk=~"$trunk"}[$__rate_interval])`, "{{trunk}}"}}},
			{kind: "timeseries", title: "Trunks", help: "Trunks that answer, by OPTIONS; a trunk that is not asked counts as up.", w: 12, h: 8, queries: []query{
				{`tipring_sip_trunk_up{trunk=~"$trunk"}`, "{{trunk}}"}}},
			{kind: "timeseries", title: "Round trip of OPTIONS", help: "How long trunks take to answer.", unit: "s", w: 12, h: 8, queries: []query{
				{`tipring_sip_options_rtt_seconds{trunk=~"$trunk"}`, "{{trunk}}"}}},
			{kind: "timeseries", title: "SIP trouble a minute", help: "Retransmissions, wrong credentials, refused addresses and messages that are no SIP.", w: 12, h: 8, queries: []query{
				{`60 * sum(rate(tipring_sip_retransmits_total[$__rate_interval]))`, "retransmissions"},
				{`60 * sum(rate(tipring_sip_auth_failures_total[$__rate_interval]))`, "wrong credentials"},
				{`60 * sum(rate(tipring_sip_denied_total[$__rate_interval]))`, "refused by the access list"},
				{`60 * sum(rate(tipring_sip_parse_errors_total[$__rate_interval]))`, "no SIP message"}}},
			{kind: "timeseries", title: "Call records waiting", help: "Records that could not be written yet; the disk may be full.", w: 12, h: 8, queries: []query{
				{`tipring_cdr_outbox_rows`, "waiting"}}},
		})
}
