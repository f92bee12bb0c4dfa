package r2

import (
	"strings"

	"tipring/tdm"
)

// meaning is what a backward signal asks for or says.
type meaning uint8

const (
	noMeaning      meaning = iota
	nextDigit              // send the next digit; in the calling number's turn, of that (China, Colombia)
	lastButOne             // send the digit before the one sent last (n-1), likewise n-2, n-3
	lastButTwo             //
	lastButThree           //
	sendAgain              // the digit sent last once more
	allAgain               // the called number from its first digit
	toGroupB               // address complete: send the category, a group B signal follows
	toGroupC               // send the category, group C signals follow (Mexico)
	sendCategory           // and, once it was sent, digits of the calling number where no other signal asks for them
	nextCalling            // the next digit of the calling number
	acceptCharged          // speech path, with charge
	acceptFree             // without charge
	congestion             //
	busy                   //
	unallocated            //
	changed                // number changed
	outOfOrder             //
	specialTone            // special information tone
	refusedCollect         //
	numMeanings
)

var meaningNames = [numMeanings]string{"none", "next digit", "n-1", "n-2", "n-3", "again", "all again", "to group B", "to group C", "category",
	"next calling digit", "accept", "accept free", "congestion", "busy", "unallocated", "changed", "out of order", "special tone", "no collect call"}

func (m meaning) String() string { return meaningNames[m] }

// The groups of backward signals.
const (
	groupA = iota
	groupB
	groupC
	numGroups
)

// A signals names the meanings of backward signals 1 to 15.
type signals [16]meaning

// names of signals 1 to 15, as mf.System has them.
const names = "1234567890BCDEF"

// A Variant is what one country does.
type Variant struct {
	Name   string // as in the configuration
	Source string
	CD     uint8 // the bits C and D that are sent

	back        [numGroups]signals // backward signals
	endCalled   byte               // I signal: no more digits of the called number; 0: there is none, and silence says it
	endCalling  byte               // I signal: no more digits of the calling number
	restricted  byte               // I signal: the calling number is not to be shown
	Category    [numCategories]byte
	callingLast bool // the calling number is asked for after the called one
	meterMs     int  // an interruption of the answer that is no longer is a metering pulse; 0: there are none
	reanswerMs  int  // likewise, but it is a double answer
	// DoubleAnswer says that an exchange is known to take collect calls away when it sees one.
	DoubleAnswer  bool
	ForcedRelease bool // the called end may clear by forced release
}

// signal is the name of the backward signal of a group with a meaning, or 0.
func (v *Variant) signal(group int, m meaning) byte {
	for i, x := range v.back[group] {
		if x == m && m != noMeaning {
			return names[i-1]
		}
	}
	return 0
}

// meaning is that of a backward signal by name.
func (v *Variant) meaning(group int, name byte) meaning {
	return v.back[group][v.meaningIndex(name)]
}

var (
	// Q.441 tables 8 and 9.
	ituA = signals{1: nextDigit, 2: lastButOne, 3: toGroupB, 4: congestion, 5: sendCategory, 6: acceptCharged, 7: lastButTwo, 8: lastButThree}
	ituB = signals{2: specialTone, 3: busy, 4: congestion, 5: unallocated, 6: acceptCharged, 7: acceptFree, 8: outOfOrder}
	// Q.441 table 7.
	ituII = [numCategories]byte{Subscriber: '1', Priority: '2', Maintenance: '3', Operator: '5', Data: '6', International: '7', InternationalPriority: '9'}
	// With collect calls.
	ii8 = [numCategories]byte{Subscriber: '1', Priority: '2', Maintenance: '3', Operator: '5', Data: '6', International: '7', Collect: '8', InternationalPriority: '9'}
)

const (
	fromITU   = "ITU-T Q.400 to Q.490"
	fromUsers = "what openr2 1.3.3 is set to, which users of it in the country report as working; the national specification was not seen"
)

// Variants are the countries. A row differs from Q.441 where its country does.
var Variants = []Variant{
	{Name: "itu", Source: fromITU, CD: 1, back: [numGroups]signals{ituA, ituB}, endCalled: 'F', endCalling: 'F', restricted: 'C', Category: ituII},
	{Name: "ar", Source: fromUsers, CD: 1, back: [numGroups]signals{ituA, ituB}, endCalling: 'C', restricted: 'F', Category: ituII, meterMs: 400},
	{Name: "br", Source: fromUsers + "; double answer: Anatel practice", CD: 1,
		back: [numGroups]signals{
			{1: nextDigit, 3: toGroupB, 4: congestion, 5: sendCategory, 7: lastButTwo, 8: lastButThree, 9: lastButOne},
			{1: acceptCharged, 2: busy, 3: changed, 4: congestion, 5: acceptFree, 6: specialTone, 7: unallocated, 8: outOfOrder}},
		endCalling: 'F', restricted: 'C', Category: ii8, reanswerMs: 2500, DoubleAnswer: true, ForcedRelease: true},
	{Name: "cn", Source: fromUsers, CD: 3,
		back: [numGroups]signals{
			{1: nextDigit, 2: lastButOne, 3: toGroupB, 4: congestion, 6: sendCategory, 7: lastButTwo, 8: lastButThree},
			{1: acceptCharged, 2: busy, 4: congestion, 5: unallocated, 7: acceptFree, 8: outOfOrder}},
		endCalling: 'F', restricted: 'C', Category: ituII},
	{Name: "co", Source: fromUsers, CD: 1,
		back: [numGroups]signals{
			{1: nextDigit, 2: lastButOne, 3: toGroupB, 4: congestion, 5: sendCategory, 7: lastButTwo, 8: lastButThree},
			{1: acceptCharged, 2: busy, 4: congestion, 5: acceptFree, 6: unallocated, 8: outOfOrder}},
		endCalled: 'F', endCalling: 'F', restricted: 'C', Category: ituII},
	{Name: "cz", Source: fromITU, CD: 1, back: [numGroups]signals{ituA, ituB}, endCalled: 'F', endCalling: 'F', restricted: 'C', Category: ituII},
	{Name: "ec", Source: fromITU, CD: 1, back: [numGroups]signals{ituA, ituB}, endCalled: 'F', endCalling: 'F', restricted: 'C', Category: ituII},
	{Name: "mx", Source: fromUsers, CD: 1,
		back: [numGroups]signals{
			{1: nextDigit, 2: allAgain, 3: toGroupB, 4: congestion, 6: toGroupC},
			{1: acceptCharged, 2: busy, 4: congestion, 5: acceptFree, 8: outOfOrder},
			{1: nextCalling, 2: allAgain, 3: toGroupB, 4: congestion, 5: nextDigit, 6: sendAgain}},
		endCalling: 'F', restricted: 'F', Category: ituII, callingLast: true},
	{Name: "ph", Source: fromITU, CD: 1, back: [numGroups]signals{ituA, ituB}, endCalled: 'F', endCalling: 'F', restricted: 'C', Category: ituII},
	{Name: "ve", Source: fromUsers, CD: 1,
		back: [numGroups]signals{
			{1: nextDigit, 2: lastButOne, 3: toGroupB, 4: congestion, 5: sendCategory, 6: acceptCharged, 7: lastButTwo, 8: lastButThree, 9: nextCalling}, ituB},
		endCalling: 'F', restricted: 'C', Category: ituII},
}

// causeOf is the cause that a refusal by tone gives the caller (Q.441 4.2.4.2; Q.699 has the table).
func causeOf(m meaning) tdm.Cause {
	switch m {
	case busy:
		return tdm.CauseUserBusy
	case unallocated:
		return tdm.CauseUnallocated
	case changed:
		return tdm.CauseNumberChanged
	case outOfOrder:
		return tdm.CauseDestinationOutOfOrder
	case specialTone:
		return tdm.CauseNormalUnspecified
	case refusedCollect:
		return tdm.CauseCallRejected
	}
	return tdm.CauseSwitchingCongestion
}

// refusal is the group B signal that says a cause: the next best where the country has no signal of its own for it.
func (v *Variant) refusal(c tdm.Cause) byte {
	want := []meaning{congestion}
	switch c {
	case tdm.CauseUserBusy:
		want = []meaning{busy}
	case tdm.CauseUnallocated, tdm.CauseNoRoute, tdm.CauseInvalidNumber:
		want = []meaning{unallocated, busy}
	case tdm.CauseNumberChanged:
		want = []meaning{changed, specialTone, unallocated}
	case tdm.CauseDestinationOutOfOrder:
		want = []meaning{outOfOrder}
	case tdm.CauseCallRejected, tdm.CauseNormalUnspecified, tdm.CauseNoUserResponding, tdm.CauseNoAnswer, tdm.CauseSubscriberAbsent, tdm.CauseNormalClearing:
		want = []meaning{specialTone, outOfOrder}
	}
	for _, m := range append(want, congestion) {
		if s := v.signal(groupB, m); s != 0 {
			return s
		}
	}
	panic("r2: a variant without congestion")
}

// meaningIndex is the number of a signal by name, 0 for none.
func (v *Variant) meaningIndex(name byte) int { return strings.IndexByte(names, name) + 1 }
