package main

import (
	"strings"

	"tipring/gateway/api"
)

// channelArgs name a span's channels.
type channelArgs struct {
	connection
	Name    string   `arg:"" help:"The span, or the nfas group of several."`
	Channel []string `arg:"" optional:"" help:"Timeslots, as 1-15,17; all when none is given."`
}

// timeslots reads them.
func (c *channelArgs) timeslots() ([]int, error) {
	list, err := timeslots(strings.Join(c.Channel, ","))
	if err != nil {
		return nil, usageError{err}
	}
	return list, nil
}

// spanBlock keeps calls away.
type spanBlock struct{ channelArgs }

func (c *spanBlock) Run(e env) error {
	list, err := c.timeslots()
	if err != nil {
		return err
	}
	return c.client(e.http).Block(e.ctx, c.Name, api.SpanBlock{Timeslots: list, On: true})
}

// spanUnblock lets them on again.
type spanUnblock struct{ channelArgs }

func (c *spanUnblock) Run(e env) error {
	list, err := c.timeslots()
	if err != nil {
		return err
	}
	return c.client(e.http).Block(e.ctx, c.Name, api.SpanBlock{Timeslots: list})
}

// spanRestart restarts channels.
type spanRestart struct {
	channelArgs
	Force bool `help:"Though calls are up, which it clears."`
}

func (c *spanRestart) Run(e env) error {
	list, err := c.timeslots()
	if err != nil {
		return err
	}
	return c.client(e.http).Restart(e.ctx, c.Name, api.SpanRestart{Timeslots: list, Force: c.Force})
}
