// Package app puts the gateway together: cards and their pumps, line signalling, RTP, SIP, calls, records, metrics and the
// HTTP face. The command line runs it, and so do the end-to-end tests, in real time or in a synctest bubble.
//
// New opens every socket and file, so that what cannot work is said before anything runs. Run starts one goroutine for each
// part and ends, when its context does, in this order: refuse new calls, let the present ones finish until the drain time is
// over, clear the rest, stop SIP, lines, pumps and RTP, write the last records.
package app
