// Package call connects parties: it collects digits, routes, rings, bridges and clears, one actor goroutine a call.
package call
