// Package digitmap says, after each digit that a caller dials, whether the number is complete, and what number is meant.
//
// # Grammar
//
// One grammar serves the digit maps of telephones, the number patterns of routes and their rewriting:
//
//	map      = alternative { "|" alternative }
//	alternative = { element } [ "T" ]
//	element  = position [ "." ] | "<" { position [ "." ] } ":" { digit } ">"
//	position = digit | "x" | "[" range { range } "]"
//	range    = digit [ "-" digit ]
//	digit    = "0" ... "9" | "*" | "#" | "A" ... "D" | "+"
//
// Spaces are allowed around elements and mean nothing.
//
//	| written     | matches                                                                    |
//	|-------------|----------------------------------------------------------------------------|
//	| 0 ... 9 * # | that digit; also A to D (DTMF column 4) and + (E.164 numbers from SIP)      |
//	| x           | any digit from 0 to 9                                                      |
//	| [2-9]       | one digit of the set; [2-46*] is 2, 3, 4, 6 or *                            |
//	| .           | the element before it, zero or more times: x. is any digits, also none      |
//	| T           | the inter-digit timer: the number waits for it. Only at an alternative's end |
//	| a|b         | either alternative; the first that matches gives the number                |
//	| <9:>        | a 9, which is taken out of the number                                      |
//	| <:011>      | nothing, and 011 is put into the number here                               |
//	| <8x:1650>   | 8 and a digit, in the number replaced by 1650                              |
//
// # Examples
//
//	| map                     | dialled  | state     | number  |
//	|-------------------------|----------|-----------|---------|
//	| 2xx|9x.T                | 20       | Partial   |         |
//	| 2xx|9x.T                | 201      | Complete  | 201     |
//	| 2xx|9x.T                | 9555     | Ambiguous | 9555    |
//	| 2xx|9x.T                | 3        | Impossible|         |
//	| 0|00                    | 0        | Ambiguous | 0       |
//	| <9:>xxxxxxx             | 95550123 | Complete  | 5550123 |
//	| <:011>[2-9]x.T          | 4930     | Ambiguous | 0114930 |
//	| <:201>                  |          | Complete  | 201     |
//
// The last row is a hot line: it is complete before any digit. A repeat takes as many digits as it can, from the left.
//
// # States
//
// [Map.Match] is a pure function of the digits so far. Complete means dial now: no further digit can matter. Ambiguous
// means that the number is complete but a longer one is possible, or that its alternative ends in T: dial when the timer
// expires. Partial means go on; when the timer expires the number is incomplete (Q.850 cause 28). Impossible means that no
// further digit can help. An empty number is never complete. [Result.Timer] names the timer to run: the caller owns it,
// restarts it at every digit and takes its length from [Timers].
//
// A Map is immutable and safe for concurrent use. The package does no I/O, has no clock and knows nothing of routes.
package digitmap
