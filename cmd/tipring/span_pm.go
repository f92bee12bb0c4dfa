package main

import (
	"fmt"
	"io"

	"tipring/gateway/api"
)

// spanPM prints performance counters.
type spanPM struct {
	connection
	Name string `arg:"" help:"The span."`
	All  bool   `help:"All quarter hours of the last day and all days of the last week."`
	JSON bool   `name:"json" help:"Print JSON: always all."`
}

func (c *spanPM) Run(e env) error {
	p, err := c.client(e.http).Performance(e.ctx, c.Name)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e.stdout, p)
	}
	quarters, days := 5, 2
	if c.All {
		quarters, days = len(p.Near.Quarters), len(p.Near.Days)
	}
	for _, end := range []struct {
		name string
		api.PerformanceEnd
	}{{"near end", p.Near}, {"far end", p.Far}} {
		state := "available"
		if end.Unavailable {
			state = "unavailable"
		}
		fmt.Fprintf(e.stdout, "%s %s: %s\n", p.Span, end.name, state)
		if err := printIntervals(e.stdout, "QUARTER HOUR", "15:04", first(end.Quarters, quarters)); err != nil {
			return err
		}
		if err := printIntervals(e.stdout, "DAY", "2006-01-02", first(end.Days, days)); err != nil {
			return err
		}
	}
	return nil
}

func first[T any](list []T, n int) []T { return list[:min(n, len(list))] }

// printIntervals prints intervals, the one at hand first, by the UTC time at which they began.
func printIntervals(w io.Writer, what, layout string, list []api.PerformanceInterval) error {
	t := table(w)
	fmt.Fprintf(t, "%s (UTC)\tCOUNTED s\tES\tSES\tUAS\tSEFS\tCSS\tBBE\tCV\tES-L\tSES-L\tCV-L\n", what)
	for _, i := range list {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", i.Begin.UTC().Format(layout), i.Seconds, i.ES, i.SES, i.UAS, i.SEFS, i.CSS, i.BBE, i.CV,
			i.ESL, i.SESL, i.CVL)
	}
	return t.Flush()
}
