package q931

// ROSE in a Facility element: Q.932 §8.2.3, ECMA-165 for QSIG's networking extensions.
const (
	profileROSE       = 0x91
	profileNetworking = 0x9f // with a network facility extension and an interpretation before the components
	tagNFE            = 0xaa
	tagNPP            = 0x92
	tagInterpretation = 0x8b
	tagInvoke         = 0xa1
	tagResult         = 0xa2
	tagError          = 0xa3
	tagReject         = 0xa4
	maxComponents     = 8

	discardUnknown = 0 // an interpretation, ECMA-165
	problemInvoke  = 0x81
	unrecognized   = 1 // operation
)

// A component is one ROSE operation, asked or answered.
type component struct {
	kind     byte // tagInvoke, tagResult, tagError, tagReject
	id       int64
	local    int64  // operation, where it is a local value
	oid      string // operation, where it is an object identifier
	argument []byte // what follows the operation: the coded argument
	discard  bool   // an interpretation before it says that it need not be understood
}

// components takes a facility element apart and gives its components to f. What is coded wrongly ends it: the rest is not
// looked at.
func eachComponent(contents []byte, f func(component)) error {
	i := 0
	for i < len(contents) && contents[i]&ext == 0 { // a service discriminator follows
		i++
	}
	if i == len(contents) {
		return errBER
	}
	if p := contents[0] | ext; p != profileROSE && p != profileNetworking && p != 0x92 {
		return errBER
	}
	n, discard := 0, false
	var bad error
	err := walk(contents[i+1:], func(v ber) bool {
		switch v.tag {
		case tagInterpretation:
			k, _ := v.integer()
			discard = k == discardUnknown
		case tagInvoke, tagResult, tagError, tagReject:
			if n++; n > maxComponents {
				bad = errBER
				return false
			}
			c, err := parseComponent(v)
			if err != nil {
				bad = err
				return false
			}
			c.discard = discard
			f(c)
		}
		return true
	})
	if err == nil {
		err = bad
	}
	return err
}

func parseComponent(v ber) (c component, err error) {
	c.kind, c.local = v.tag, -1
	id, rest, err := next(v.content)
	if err != nil {
		return c, err
	}
	if id.tag == berInteger {
		c.id, _ = id.integer()
	}
	if v.tag == tagReject || len(rest) == 0 {
		return c, nil
	}
	op, rest, err := next(rest)
	if err != nil {
		return c, err
	}
	if v.tag == tagInvoke && op.tag == 0x80 { // linked identifier
		if op, rest, err = next(rest); err != nil {
			return c, err
		}
	}
	if v.tag == tagResult && op.tag == berSequence { // operation and result are in a sequence
		if op, rest, err = next(op.content); err != nil {
			return c, err
		}
	}
	switch op.tag {
	case berInteger:
		n, ok := op.integer()
		if !ok {
			return c, errBER
		}
		c.local = n
	case berOID:
		c.oid = string(op.content)
	default:
		return c, errBER
	}
	c.argument = rest
	return c, nil
}

// returnResult codes a return result, of which parts are the operation with its result, if it has one.
func returnResult(id int64, parts ...[]byte) []byte {
	return tlv(tagResult, join(append([][]byte{berInt(berInteger, id)}, parts...)...)...)
}

// returnError codes a return error with a local value.
func returnError(id, code int64) []byte {
	return tlv(tagError, join(berInt(berInteger, id), berInt(berInteger, code))...)
}

// reject codes the reject of an invoke whose operation is not known (EN 300 196-1 §8.2.3.4, ECMA-165).
func reject(id int64) []byte {
	return tlv(tagReject, join(berInt(berInteger, id), berInt(problemInvoke, unrecognized))...)
}

// interpreted is what stands before an operation that is to be discarded by whoever does not know it.
var interpreted = []byte{profileNetworking, tagInterpretation, 1, 0}

// discriminated is what a DMS-100 has before a component: a profile, and the discriminator of supplementary services.
var discriminated = []byte{profileROSE &^ ext, 0xbe}

// putComponent appends a facility element with one component, behind what the switch type has before it.
func (c *call) putComponent(component []byte) {
	header := c.l.config.Variant.header
	if header == nil {
		header = []byte{profileROSE}
	}
	c.l.build = appendElement(c.l.build, elFacility, join(header, component)...)
}

// putInvoke appends an operation of the switch type, and returns the invoke identifier it got.
func (c *call) putInvoke(op operation, argument []byte) (id int64) {
	row := c.l.config.Variant.row(op)
	if id = row.id; id == 0 {
		c.invoke++
		id = int64(c.invoke)
	}
	component := tlv(tagInvoke, join(berInt(berInteger, id), row.value(), argument)...)
	if row.interpreted {
		c.l.build = appendElement(c.l.build, elFacility, join(interpreted, component)...)
	} else {
		c.putComponent(component)
	}
	return id
}
