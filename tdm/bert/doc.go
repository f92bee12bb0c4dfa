// Package bert is a bit error rate test: the test patterns of ITU-T O.150, O.151, O.152 and O.153, a Generator that fills
// octets with one, and an Analyzer that finds the pattern in what comes back and counts the errors.
//
// Both go bit by bit in the order of the line, first bit highest. They count bits and nothing else, allocate nothing, and
// have one owner.
package bert
