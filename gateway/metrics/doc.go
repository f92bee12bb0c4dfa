// Package metrics shows the gateway to Prometheus.
//
// # How
//
// State (a line's state, calls that are up, levels, registrations) is read from its owner when Prometheus scrapes, never
// counted up and down by events, so that a gauge cannot drift. What has happened (calls ended, their durations) is counted
// when it happens, with every known label value created at the start, so that rate() misses no first event.
//
// # Labels
//
// line, card, trunk and account names come from the configuration. A trunk label is a configured trunk, or "pstn" for the
// FXO lines, "accounts" for calls with local SIP phones, "internal" for calls between telephones; what is none of these is
// "other". No telephone number, call id or address is ever a label.
package metrics
