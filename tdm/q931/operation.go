package q931

import "strings"

// An operation is what a component asks for or answers, whichever way a switch type numbers it.
type operation uint8

const (
	opUnknown operation = iota
	opCallingName
	opCalledName
	opConnectedName
	opBusyName
	opNameFollows   // the name of a SETUP comes in a FACILITY
	opDivertingLeg1 // to the caller: the call goes elsewhere
	opDivertingLeg2 // to the new called user: it comes from elsewhere
	opReroute       // send the call elsewhere, with all that is known of it
	opDeflect       // the same by a user of several
	opLinkID        // ECT: a number for a call, for the other to name it by
	opExplicit      // ECT: transfer to the call with that number
	opInform        // ECT: who is there now
	opTwoChannel    // 2BCT
	opLinkAbility   // RLT: can this call be transferred
	opLinkTransfer  // RLT: transfer it
	opJoined        // QSIG call transfer by join
	opPathReplace   // QSIG path replacement, propose
	opMalicious     // MCID
	opRate          // AOC-S
	opRateSpecial   // AOC-S, a code
	opInterim       // AOC-D, currency
	opInterimUnits  // AOC-D
	opFinal         // AOC-E, currency
	opFinalUnits    // AOC-E
)

// An operationRow is how a switch type writes an operation: a local value, or an object identifier. id is the invoke
// identifier where the switch type has a fixed one. interpreted: an interpretation stands before it.
type operationRow struct {
	op          operation
	local       int64
	oid         string
	id          int64
	interpreted bool
}

// Object identifiers, coded: {itu-t identified-organization etsi(0) 369 operations-and-errors(1)}, {iso member-body usa(840)
// ansi-t1(10005) operations(0)}, and ECMA's operations {iso identified-organization icd-ecma(12) 9}, which are QSIG's local
// values too.
const (
	oidECT  = "\x04\x00\x82\x71\x01"
	oidT1   = "\x2a\x86\x48\xce\x15\x00"
	oidECMA = "\x2b\x0c\x09"
)

// EN 300 207-1, EN 300 369-1, EN 300 130-1, EN 300 182-1.
var etsiOperations = []operationRow{
	{op: opMalicious, local: 3},
	{op: opDeflect, local: 13}, {op: opReroute, local: 14}, {op: opDivertingLeg2, local: 15}, {op: opDivertingLeg1, local: 18},
	{op: opRate, local: 31}, {op: opRateSpecial, local: 32}, {op: opInterim, local: 33}, {op: opInterimUnits, local: 34},
	{op: opFinal, local: 35}, {op: opFinalUnits, local: 36},
	{op: opExplicit, oid: oidECT + "\x01"}, {op: opLinkID, oid: oidECT + "\x04"}, {op: opInform, oid: oidECT + "\x05"},
}

// ECMA-164, ECMA-176, ECMA-178, ECMA-174, ECMA-212.
var qsigOperations = []operationRow{
	{op: opCallingName, local: 0}, {op: opCalledName, local: 1}, {op: opConnectedName, local: 2}, {op: opBusyName, local: 3},
	{op: opPathReplace, local: 4}, {op: opJoined, local: 12},
	{op: opReroute, local: 19}, {op: opDivertingLeg1, local: 20}, {op: opDivertingLeg2, local: 21},
	{op: opFinal, local: 61}, {op: opInterim, local: 62}, {op: opRate, local: 63},
}

// GR-1367 and GR-2865, which AT&T's switches share.
var nationalOperations = []operationRow{
	{op: opCallingName, local: 0, interpreted: true}, {op: opCalledName, local: 1}, {op: opConnectedName, local: 2, interpreted: true}, {op: opBusyName, local: 3},
	{op: opNameFollows, oid: oidT1 + "\x04"}, {op: opTwoChannel, oid: oidT1 + "\x08"},
}

var attOperations = []operationRow{{op: opTwoChannel, oid: oidT1 + "\x08"}}

// NIS-A211-4: the invoke identifiers of release link trunk are the operations.
var dmsOperations = []operationRow{{op: opCallingName, local: 0, interpreted: true}, {op: opLinkAbility, local: 1, id: 1}, {op: opLinkTransfer, local: 2, id: 2}}

// value codes the operation.
func (r operationRow) value() []byte {
	if r.oid != "" {
		return tlv(berOID, []byte(r.oid)...)
	}
	return berInt(berInteger, r.local)
}

// row is how the switch type writes op; has says whether it does.
func (v Variant) row(op operation) operationRow {
	for _, r := range v.operations {
		if r.op == op {
			return r
		}
	}
	return operationRow{}
}

func (v Variant) has(op operation) bool { return v.row(op).op != opUnknown }

// operation is what the component asks for, opUnknown when the switch type has no such thing.
func (v Variant) operation(x component) operation {
	local := x.local
	if rest, ok := strings.CutPrefix(x.oid, oidECMA); ok && len(rest) == 1 {
		local = int64(rest[0])
	} else if x.oid != "" {
		local = -1
	}
	for _, r := range v.operations {
		if r.oid != "" && r.oid == x.oid || r.oid == "" && r.local == local {
			return r.op
		}
	}
	return opUnknown
}
