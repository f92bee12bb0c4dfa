package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"tipring/gateway/api"
	"tipring/tdm/pcapng"
	"tipring/tdm/q921"
	"tipring/tdm/q931"
)

// spanTrace follows the D channels of a span.
type spanTrace struct {
	connection
	Name string        `arg:"" help:"The span."`
	Out  string        `short:"o" type:"path" placeholder:"F.pcapng" help:"Write a capture that Wireshark and tshark read, in place of the screen."`
	For  time.Duration `placeholder:"TIME" help:"How long; without it until interrupted."`
	All  bool          `help:"Show the frames of layer 2 too that carry nothing."`
	JSON bool          `name:"json" help:"Print JSON, one frame a line, octets in base 64."`
}

func (c *spanTrace) Run(e env) error {
	ctx := e.ctx
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	show := func(f api.SpanFrame) error {
		if c.JSON {
			return printJSONLine(e.stdout, f)
		}
		if line := traceLine(f, c.All); line != "" {
			_, err := fmt.Fprintln(e.stdout, line)
			return err
		}
		return nil
	}
	if c.Out == "" {
		return c.client(e.http).Trace(ctx, c.Name, show)
	}
	f, err := os.Create(c.Out)
	if err != nil {
		return err
	}
	frames, lost := 0, 0
	w, err := pcapng.NewWriter(f, interfaces(c.Name)...)
	if err == nil {
		err = c.client(e.http).Trace(ctx, c.Name, func(x api.SpanFrame) error {
			if x.D < 0 || x.D >= maxDChannels {
				return fmt.Errorf("the gateway tells of D channel %d", x.D)
			}
			frames, lost = frames+1, lost+x.Lost
			return w.Frame(x.D, time.Duration(x.At.UnixNano()), x.Sent, x.Network, x.Octets)
		})
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s: %s", c.Out, count(frames, "frame"))
	if lost > 0 {
		fmt.Fprintf(e.stdout, ", %d lost", lost)
	}
	fmt.Fprintln(e.stdout)
	return nil
}

// maxDChannels is how many D channels a signalling group has at most: its own and the backup (Q.931 Annex F).
const maxDChannels = 2

func interfaces(span string) []pcapng.Interface {
	return []pcapng.Interface{{Name: span + " D channel"}, {Name: span + " D channel, backup"}}
}

// traceLine is a frame on one line: when, which way, layer 2, layer 3. A frame of layer 2 alone is "" unless all are asked for.
func traceLine(f api.SpanFrame, all bool) string {
	way := "<"
	if f.Sent {
		way = ">"
	}
	head := fmt.Sprintf("%s D%d %s ", f.At.Local().Format("15:04:05.000000"), f.D, way)
	if f.Lost > 0 {
		head = fmt.Sprintf("%s lost here\n%s", count(f.Lost, "frame"), head)
	}
	x, err := q921.Parse(f.Octets, f.Sent == f.Network)
	if err != nil {
		return head + clean(err.Error()) + fmt.Sprintf(": % x", f.Octets)
	}
	link := x.String()
	if x.SAPI != 0 || x.TEI != 0 {
		link = fmt.Sprintf("SAPI %d TEI %d %s", x.SAPI, x.TEI, link)
	}
	var m q931.Message
	switch {
	case len(x.Info) == 0 && (x.Kind == q921.RR) && !all:
		return ""
	case len(x.Info) == 0:
		return head + link
	case x.SAPI != 0:
		return head + fmt.Sprintf("%s, % x", link, x.Info)
	}
	if err := m.Parse(x.Info); err != nil {
		return head + fmt.Sprintf("%s, %s: % x", link, clean(err.Error()), x.Info)
	}
	return head + link + "  " + clean(m.Describe())
}
