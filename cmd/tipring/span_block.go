package main

import "tipring/gateway/api"

// channelArgs name a span's channels.
type channelArgs struct {
	connection
	Name    string `arg:"" help:"The span, or the nfas group of several."`
	Channel []int  `arg:"" optional:"" help:"Timeslots; all when none is given."`
}

// spanBlock keeps calls away.
type spanBlock struct{ channelArgs }

func (c *spanBlock) Run(e env) error {
	return c.client(e.http).Block(e.ctx, c.Name, api.SpanBlock{Timeslots: c.Channel, On: true})
}

// spanUnblock lets them on again.
type spanUnblock struct{ channelArgs }

func (c *spanUnblock) Run(e env) error {
	return c.client(e.http).Block(e.ctx, c.Name, api.SpanBlock{Timeslots: c.Channel})
}

// spanRestart restarts channels.
type spanRestart struct {
	channelArgs
	Force bool `help:"Though calls are up, which it clears."`
}

func (c *spanRestart) Run(e env) error {
	return c.client(e.http).Restart(e.ctx, c.Name, api.SpanRestart{Timeslots: c.Channel, Force: c.Force})
}
