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
package metrics
