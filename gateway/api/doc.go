// Package api is the gateway's HTTP face: health, status, lines, spans, calls, reload, metrics, and for emulated cards the
// endpoints that play the far end.
//
// # Paths
//
//	GET    /healthz               200 once ready, 503 before and while draining; needs no token
//	GET    /metrics               Prometheus
//	GET    /api/v1/status         Status
//	GET    /api/v1/lines          [Line]
//	GET    /api/v1/calls          [call.Status]
//	DELETE /api/v1/calls/{id}     clears a call with cause 16
//	GET    /api/v1/route?from=LINE&number=N   what would happen to a number
//	POST   /api/v1/reload         reads the configuration file again; ReloadReport
//	GET    /api/v1/spans          [Span]
//	GET    /api/v1/spans/{span}/pm      SpanPerformance
//	POST   /api/v1/spans/{span}/loop    SpanLoop: makes or ends a loopback
//	POST   /api/v1/spans/{span}/block   SpanBlock: keeps calls from B channels, or lets them on again
//	POST   /api/v1/spans/{span}/restart SpanRestart
//	POST   /api/v1/spans/{span}/bert    SpanTest: a test that lasts as long as the request; SpanTestResults, one a line
//	GET    /api/v1/spans/{span}/trace   SpanFrames as they pass, one a line
//	GET    /api/v1/machines       [Machine]: the live state machines
//	       /emu/...               emulated cards only
//
// Errors are RFC 9457 problem documents.
//
// # Who may call
//
// On a loopback address nobody has to show a token, but the request must name a loopback host and must not come from a
// web page of another origin, so that a page in the operator's browser cannot reach the gateway by DNS rebinding or by a
// cross-site form. Beyond loopback every path but /healthz needs "Authorization: Bearer TOKEN"; package config refuses a
// file that opens HTTP beyond loopback without a token.
package api
