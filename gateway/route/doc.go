// Package route is the dial plan: it says for one call what to try, in which order, and with which number.
//
// # Rules
//
// A [Table] is built once from a [Config] and is immutable. [Table.Route] goes through the rules from the top; the first
// that matches the caller (by name or kind), the called and the calling number makes the [Plan]. What no rule matches is
// denied: there is no implicit route. A number of the emergency list goes its own path before any rule is looked at, and a
// table in which something else claims such a number is refused.
//
// A rule changes the called number in this order: strip takes digits from the front, prefix puts digits there, rewrite
// applies a digit map with replacements.
//
// # Targets
//
// A target is written as the name of a line, an account, a trunk or a hunt group, or as one of the words
//
//	phone      the FXS line whose number is the called number
//	account    the SIP account whose number is the called number
//	echo       the echo test
//	deny       nothing: the call is cleared with the rule's cause
//
// Several targets in a row are tried one after another; targets joined by & are rung at once and the first to answer has
// the call. A rule with phone or account whose number nobody has lets the rules below it try.
//
// # Failover
//
// After a failed [Attempt] the call asks [Attempt.Next] whether to go on. By default it goes on when the way was at fault
// ([DefaultFailover]) and stops when the user was: busy, declined, no answer. Once a user has been rung, only a rule's own
// list or a hunt group of phones goes on. A busy line of ours is a way at fault: the next line is taken. An emergency call
// goes on after any cause.
//
// # State
//
// Routing is a pure function but for the order of round-robin and least-recent groups, which reads a [Hunts]: the one piece
// of state, safe for concurrent use, changed only by [Hunts.Used], which the call reports for each target that it tries. It
// outlives a reload of the table. The package does no I/O and has no clock.
package route
