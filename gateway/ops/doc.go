// Package ops holds what an operator puts beside the gateway: Grafana dashboards with their provisioning files and a
// Prometheus configuration with alerts.
//
// The dashboards are described in Go (lines.go, calls.go, spans.go) and committed as JSON under grafana/, so that they can be read,
// compared and imported as they are; a test keeps the two equal (run it with -update after a change). Every query is run
// by an end-to-end test against a real Prometheus that scrapes a running gateway. What each alert says, and when, is told in
// testdata/alerts_test.yml, which promtool runs.
package ops
