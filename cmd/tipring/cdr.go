package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tipring/gateway/cdr"
)

type cdrCmd struct {
	Data  string        `name:"data" default:"tipring-data" type:"path" placeholder:"DIR" help:"Data folder of the gateway, which may be running or not (${default})."`
	JSON  bool          `name:"json" help:"Print one JSON object a line."`
	Since time.Duration `placeholder:"TIME" help:"Only calls that started within this time, for example 24h."`
	Port  string        `placeholder:"NAME" help:"Only calls of this line, account or trunk."`
	Limit int           `default:"100" placeholder:"N" help:"The newest so many (${default})."`
}

func (c *cdrCmd) Run(e env) error {
	if c.Since < 0 || c.Limit < 1 {
		return usageError{errors.New("--since and --limit want more than nothing")}
	}
	r, err := cdr.OpenReader(c.Data)
	if err != nil {
		return usageError{err}
	}
	defer r.Close()
	f := cdr.Filter{Port: c.Port, Limit: c.Limit}
	if c.Since > 0 {
		f.Since = time.Now().Add(-c.Since)
	}
	records, err := r.List(e.ctx, f)
	if err != nil {
		return err
	}
	if !c.JSON {
		return cdr.WriteTable(e.stdout, records, time.Local)
	}
	for _, rec := range records {
		b, err := json.Marshal(rec)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(e.stdout, "%s\n", b); err != nil {
			return err
		}
	}
	return nil
}
