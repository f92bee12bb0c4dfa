package fsm

// An Instance describes one live machine for a listing ("tipring status"). It is a snapshot: the owner of the machine
// made it, and it does not change.
type Instance struct {
	Machine string // name of the diagram: "fxs"
	Name    string // name of the instance: the line, the call reference
	State   string
	Since   int64   // when the state was entered, in the owner's time (card samples)
	Parent  string  // instance that this one serves, or empty
	Timers  []Timer // running timers
}

// A Timer is a running timer of an Instance.
type Timer struct {
	Name string
	At   int64 // when it expires, in the owner's time
}

// A Lister owns machines and can describe them. Machines is safe from any goroutine.
type Lister interface {
	Machines() []Instance
}
