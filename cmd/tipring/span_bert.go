package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tipring/gateway/api"
)

// spanLoop makes and ends loopbacks.
type spanLoop struct {
	connection
	Name  string `arg:"" help:"The span."`
	Loop  string `arg:"" enum:"line,payload,local,none" help:"line: what comes in goes out again; payload: its timeslots do; local: what we send comes back to us; none ends any."`
	Far   bool   `help:"Ask the far end for the loop, by the codes that a T1 has."`
	Force bool   `help:"Though calls are up."`
}

func (c *spanLoop) Run(e env) error {
	return c.client(e.http).Loop(e.ctx, c.Name, api.SpanLoop{Loop: c.Loop, Far: c.Far, Force: c.Force})
}

// spanBERT runs a bit error rate test.
type spanBERT struct {
	connection
	Name      string        `arg:"" help:"The span."`
	Pattern   string        `default:"2^15-1" placeholder:"PATTERN" help:"2^9-1, 2^11-1, 2^15-1, qrss, 2^20-1, 2^23-1, 3in24, 1in8, ones or alternating (${default})."`
	Timeslots string        `placeholder:"LIST" help:"Timeslots, as 1-15,17; all when not given, the D channel's too."`
	For       time.Duration `default:"10s" placeholder:"TIME" help:"How long (${default}); 0: until interrupted."`
	Insert    int           `placeholder:"N" help:"Bit errors to make once the pattern is found."`
	Force     bool          `help:"Though calls are up."`
	JSON      bool          `name:"json" help:"Print JSON, one object a line."`
}

// errNoPattern is the outcome of a test that has compared nothing.
var errNoPattern = errors.New("the pattern does not come back: is there a loop at the far end, or a tester?")

func (c *spanBERT) Run(e env) error {
	slots, err := timeslots(c.Timeslots)
	if err != nil {
		return usageError{err}
	}
	if c.For < 0 {
		return usageError{fmt.Errorf("--for %v: want a time, or 0", c.For)}
	}
	if !c.JSON {
		fmt.Fprintf(e.stdout, "%8s  %-4s  %14s  %10s  %9s  %8s  %6s\n", "SECONDS", "SYNC", "BITS", "ERRORS", "RATIO", "INSERTED", "LOSSES")
	}
	var last api.SpanTestResult
	err = c.client(e.http).Test(e.ctx, c.Name, api.SpanTest{Pattern: c.Pattern, Timeslots: slots, Seconds: c.For.Seconds(), Insert: c.Insert, Force: c.Force}, func(r api.SpanTestResult) error {
		last = r
		if c.JSON {
			return printJSONLine(e.stdout, r)
		}
		sync, ratio := "no", "-"
		if r.Sync {
			sync = "yes"
		}
		if r.Bits > 0 {
			ratio = fmt.Sprintf("%.2e", float64(r.Errors)/float64(r.Bits))
		}
		_, err := fmt.Fprintf(e.stdout, "%8.1f  %-4s  %14d  %10d  %9s  %8d  %6d\n", r.Seconds, sync, r.Bits, r.Errors, ratio, r.Inserted, r.Losses)
		return err
	})
	if err == nil && last.Bits == 0 {
		return errNoPattern
	}
	return err
}

// timeslots reads "1-15,17".
func timeslots(s string) (list []int, err error) {
	if s == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		from, to, ranged := strings.Cut(part, "-")
		a, err := strconv.Atoi(from)
		b := a
		if err == nil && ranged {
			b, err = strconv.Atoi(to)
		}
		if err != nil || a < 1 || b > 31 || a > b {
			return nil, fmt.Errorf("timeslots %q: want numbers of 1 to 31, as 1-15,17", s)
		}
		for ; a <= b; a++ {
			list = append(list, a)
		}
	}
	return list, nil
}
