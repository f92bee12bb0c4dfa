package app

import (
	"tipring/gateway/config"
	"tipring/hw/emu"
)

// switches are the emulated ISDN switches, by the group of spans or the span that they serve.
type switches map[string]*emu.ISDNSwitch

// line returns what stands behind a span: a switch of its own, or its line of the switch that its group shares.
func (x switches) line(cfg *config.Config, g *spanGroup, zone string) (emu.Switch, error) {
	members := cfg.GroupOf(g.cfg)
	key, index := members[0].Name, 0
	ec := emu.ISDNConfig{Framing: g.framing, Variant: g.cfg.Switch, User: g.cfg.Side == "network", Zone: zone, Lines: len(members)}
	for i, m := range members {
		ec.IDs = append(ec.IDs, m.Interface)
		if m.Name == g.cfg.Name {
			index = i
		}
		if m.DChannel != "none" {
			ec.DChannels = append(ec.DChannels, i)
		}
	}
	if x[key] == nil {
		made, err := emu.NewISDNSwitch(ec)
		if err != nil {
			return nil, err
		}
		x[key] = made
	}
	g.far = x[key]
	return g.far.At(index), nil
}
