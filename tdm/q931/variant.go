package q931

import (
	"fmt"
	"slices"
	"time"
)

// A Variant is a switch type: what differs between national and manufacturers' versions of Q.931, as data.
type Variant struct {
	Name string
	Spec string // where it is written
	// Symmetric: both ends follow the user's procedures (ECMA-143).
	Symmetric bool
	// SendingComplete: a number that is complete says so (§4.5.27).
	SendingComplete bool
	// Overlap: digits may follow the SETUP.
	Overlap bool
	// Maintenance is the protocol discriminator of SERVICE messages, 0 where there are none.
	Maintenance byte
	// Display: names travel in the Display element (§4.5.16), by themselves or beside a facility element.
	Display bool
	// Networking: components are ECMA's, and stand behind a network facility extension (ECMA-165).
	Networking bool
	header     []byte // before components, nil for a ROSE profile
	// DisplayDown: only the network sends Display (EN 300 403-1 table 3-16).
	DisplayDown bool
	// Hold: HOLD and RETRIEVE are understood (Q.932 §6.3). Elsewhere HOLD is rejected with cause 69.
	Hold bool
	// MuLaw: the bearer's layer 1 is mu-law unless configuration says otherwise.
	MuLaw bool
	// operations are what it has by facility.
	operations    []operationRow
	user, network Timers
}

// sendsDisplay: names go by Display, and this side may send it.
func (v Variant) sendsDisplay(network bool) bool {
	return v.Display && (network || !v.DisplayDown)
}

// namesTravel: the interface has names at all.
func (v Variant) namesTravel() bool { return v.Display || v.has(opCallingName) }

const second = time.Second

// base are Q.931 tables 9-1 and 9-2. T317 is the project's: shorter than T316, as the tables ask.
var (
	baseUser = Timers{T301: 180 * second, T302: 15 * second, T303: 4 * second, T304: 30 * second, T305: 30 * second, T306: 30 * second,
		T308: 4 * second, T309: 90 * second, T310: 60 * second, T313: 4 * second, T314: 4 * second, T316: 120 * second, T317: 60 * second,
		T321: 30 * second, T322: 4 * second, T3M1: 120 * second, Hold: 4 * second, Retrieve: 4 * second, Invoke: 10 * second, N316: 2}
	baseNetwork = Timers{T301: 180 * second, T302: 12 * second, T303: 4 * second, T304: 20 * second, T305: 30 * second, T306: 30 * second,
		T308: 4 * second, T309: 90 * second, T310: 10 * second, T313: 4 * second, T314: 4 * second, T316: 120 * second, T317: 60 * second,
		T321: 30 * second, T322: 4 * second, T3M1: 120 * second, Hold: 4 * second, Retrieve: 4 * second, Invoke: 10 * second, N316: 2}
)

// Variants are the switch types.
var Variants = []Variant{
	{Name: "euroisdn", Spec: "EN 300 403-1", SendingComplete: true, Overlap: true, Hold: true, Display: true, DisplayDown: true, operations: etsiOperations, user: baseUser, network: with(baseNetwork, Timers{T310: 40 * second})},
	{Name: "ni2", Spec: "Telcordia SR-4994", Maintenance: protocolNational, MuLaw: true, operations: nationalOperations, user: baseUser, network: baseNetwork},
	{Name: "5ess", Spec: "AT&T 235-900-342", Maintenance: protocolATT, Overlap: true, Display: true, MuLaw: true, operations: attOperations, user: with(baseUser, Timers{T305: 4 * second}),
		network: with(baseNetwork, Timers{T305: 4 * second})},
	{Name: "4ess", Spec: "AT&T TR 41459", Maintenance: protocolATT, MuLaw: true, operations: attOperations, user: with(baseUser, Timers{T305: 4 * second}),
		network: with(baseNetwork, Timers{T305: 4 * second})},
	{Name: "dms100", Spec: "Nortel NIS-A211-1", Maintenance: protocolATT, Display: true, MuLaw: true, operations: dmsOperations, header: discriminated, user: baseUser, network: baseNetwork},
	{Name: "qsig", Spec: "ECMA-143", Symmetric: true, Overlap: true, Networking: true, header: networking, Hold: true, SendingComplete: true, operations: qsigOperations,
		user: with(baseUser, Timers{T304: 20 * second, T310: 115 * second}), network: with(baseUser, Timers{T304: 20 * second, T310: 115 * second})},
}

// FindVariant returns the switch type of that name.
func FindVariant(name string) (Variant, error) {
	i := slices.IndexFunc(Variants, func(v Variant) bool { return v.Name == name })
	if i < 0 {
		return Variant{}, fmt.Errorf("q931: no switch type %q: give %s", name, variantNames())
	}
	return Variants[i], nil
}

func variantNames() string {
	s := ""
	for i, v := range Variants {
		if i > 0 {
			s += ", "
		}
		s += v.Name
	}
	return s
}

// with returns t with the values that are set in over.
func with(t, over Timers) Timers {
	p, q := (&t).all(), (&over).all()
	for i := range p {
		if *q[i] != 0 {
			*p[i] = *q[i]
		}
	}
	if over.N316 != 0 {
		t.N316 = over.N316
	}
	return t
}

func (t *Timers) all() []*time.Duration {
	return []*time.Duration{&t.T301, &t.T302, &t.T303, &t.T304, &t.T305, &t.T306, &t.T308, &t.T309, &t.T310, &t.T313, &t.T322,
		&t.Hold, &t.Retrieve, &t.Invoke, &t.T314, &t.T316, &t.T317, &t.T321, &t.T3M1}
}
