package loop

import "tipring/tdm/span"

// driver is a line's part of the group's goroutine.
type driver struct {
	call *Call // the call that holds the line, or nil
}

func newLine(g *Group, s *settings) *Line {
	l := &Line{group: g, name: s.Name, slot: s.Slot, kind: s.kind}
	l.status.Store(&LineStatus{Name: s.Name, Card: g.info.Name, Kind: s.kind.String(), Slot: s.Slot, Number: s.Number, Zone: s.Zone, State: "idle"})
	return l
}

func (g *Group) begin()             {}
func (g *Group) shutdown()          {}
func (g *Group) event(e span.Event) { g.now = max(g.now, e.At) }
func (g *Group) message(m message)  {}
