package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tipring/hw/modem"
	"tipring/hw/serial"
)

type modemCmd struct {
	Probe modemProbe `cmd:"" help:"Ask a voice modem what it can do, say what the gateway will use it for, and write a transcript."`
}

type modemProbe struct {
	Path       string        `arg:"" help:"Serial device of the modem, as /dev/ttyACM0 or one of /dev/serial/by-id."`
	Audio      string        `placeholder:"PATH" help:"Serial device of the audio, of a cellular modem."`
	Baud       int           `default:"115200" help:"Rate of the serial port; a USB modem has none (${default})."`
	Dialect    string        `placeholder:"NAME" help:"Dialect to speak; without it the modem is asked."`
	Transcript string        `placeholder:"FILE" help:"File for what was said; without it a new one in the current folder. Numbers and names are not in it."`
	Timeout    time.Duration `default:"60s" help:"When to give up (${default})."`
	JSON       bool          `name:"json" help:"Print JSON."`
}

func (c *modemProbe) Run(e env) error {
	if c.Dialect != "" && !slices.Contains(modem.Dialects(), c.Dialect) {
		return usageError{fmt.Errorf("--dialect %s: there is none of that name: use one of %s", c.Dialect, strings.Join(modem.Dialects(), " "))}
	}
	out, err := c.transcript()
	if err != nil {
		return usageError{err}
	}
	defer out.Close()
	open := func() (serial.Port, error) {
		return serial.Open(serial.Config{Path: c.Path, Baud: c.Baud, Flow: serial.FlowHardware})
	}
	var audio func() (serial.Port, error)
	if c.Audio != "" {
		audio = func() (serial.Port, error) { return serial.Open(serial.Config{Path: c.Audio, Baud: c.Baud}) }
	}
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	can, err := modem.Probe(ctx, open, audio, c.Dialect, out)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("it has not answered everything within %v: is this a modem, and its own port of commands?", c.Timeout)
	}
	if errors.Is(err, serial.ErrInUse) {
		os.Remove(out.Name())
		return fmt.Errorf("%w: is a gateway running with it?", err)
	}
	mute := can.Dialect == "" && err != nil && len(can.Identity) == 0
	if mute && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) { // nothing was said
		if c.Transcript == "" {
			os.Remove(out.Name())
		}
		return fmt.Errorf("%s: %w", c.Path, err)
	}
	if mute {
		return fmt.Errorf("%s: %w (what was said is in %s)", c.Path, err, out.Name())
	}
	if c.JSON {
		if perr := printJSON(e.stdout, can); perr != nil {
			return perr
		}
	} else {
		c.print(e.stdout, &can)
		fmt.Fprintf(e.stdout, "What was said is in %s; attach it to a bug report.\n", clean(out.Name()))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Path, err)
	}
	return nil
}

// transcript makes the file; one that is there is not written over unless it was named.
func (c *modemProbe) transcript() (*os.File, error) {
	if c.Transcript != "" {
		return os.Create(c.Transcript)
	}
	base := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, filepath.Base(c.Path))
	return os.OpenFile(base+"-"+time.Now().UTC().Format("20060102T150405Z")+".transcript", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

// print says what a modem can do, for people. Its answers are a device's and are cleaned.
func (c *modemProbe) print(w io.Writer, can *modem.Capability) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	row := func(what, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", what, clean(fmt.Sprintf(format, args...)))
	}
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	if id, ok := serial.USB(c.Path); ok {
		what := modem.Expect(id.Vendor, id.Product)
		if what == "" {
			what = id.Vendor + ":" + id.Product + ": not in the table of known modems"
		}
		row("USB", "%s", what)
	}
	var asked []string
	for cmd := range can.Identity {
		asked = append(asked, cmd)
	}
	slices.Sort(asked)
	for _, cmd := range asked {
		row(cmd, "%s", strings.ReplaceAll(can.Identity[cmd], "\n", "; "))
	}
	if can.Dialect != "" {
		row("dialect", "%s (by %s)", can.Dialect, can.By)
	}
	row("voice mode", "%s", yes(can.Voice))
	row("full duplex", "%s", yes(can.Duplex))
	row("caller ID", "%s", yes(can.CallerID))
	for _, o := range can.Offers {
		row("format", "%d %s, %v Hz", o.Number, o.Label, o.Rates)
	}
	if can.Format.Coding != "" {
		row("chosen", "%s", can.Format)
	}
	row("used for", "%s", can.Uses())
	t.Flush()
}
