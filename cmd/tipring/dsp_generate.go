package main

import (
	"errors"
	"fmt"
	"time"

	"tipring/dsp/callerid"
	"tipring/dsp/dtmf"
	"tipring/dsp/level"
	"tipring/dsp/mf"
	"tipring/dsp/tone"
	"tipring/dsp/wav"
)

// dspGenerate makes recordings.
type dspGenerate struct {
	Dtmf     generateDtmf     `cmd:"" help:"Digits in DTMF."`
	Callerid generateCallerID `cmd:"" name:"callerid" help:"A caller identification message."`
	Tone     generateTone     `cmd:"" help:"A call-progress tone."`
	Mf       generateMF       `cmd:"" help:"Signals in R1 or R2."`
}

// quiet is the silence around what is generated, so that a detector sees where it begins and ends.
const quiet = wav.Rate / 4

type output struct {
	Out string `short:"o" required:"" placeholder:"WAV" help:"The WAV file to write."`
}

// write reads n samples of a source into the file, between silences.
func (o output) write(src interface{ Read([]int16) int }, n int) error {
	pcm := make([]int16, n+2*quiet)
	src.Read(pcm[quiet : quiet+n])
	return writeWAV(o.Out, pcm)
}

// A level beyond these is no telephone signal.
func checkLevel(dBm0 float64) error {
	if !(dBm0 >= -70 && dBm0 <= 3) {
		return usageError{fmt.Errorf("--level %v: want -70 to 3 dBm0", dBm0)}
	}
	return nil
}

func samples(d time.Duration) int { return int(d.Seconds() * wav.Rate) }

const longest = time.Hour

func checkLength(flag string, d, least time.Duration) error {
	if d < least || d > longest {
		return usageError{fmt.Errorf("%s %v: want %v to %v", flag, d, least, longest)}
	}
	return nil
}

type generateDtmf struct {
	output
	Digits string        `arg:"" help:"0-9, A-D, * and #; a comma pauses."`
	On     time.Duration `default:"80ms" help:"Length of a digit."`
	Off    time.Duration `default:"80ms" help:"Pause after it."`
	Level  float64       `default:"-10" help:"Level of each of the two frequencies in dBm0: --level=-20."`
}

func (c *generateDtmf) Run() error {
	for i, d := range c.Digits {
		if _, _, ok := dtmf.Hz(byte(d)); (!ok || d > 0x7f) && d != ',' && d != 'w' {
			return usageError{fmt.Errorf("%q at place %d is no DTMF digit; the digits are 0-9 A-D * #, and a comma pauses", d, i+1)}
		}
	}
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	if err := checkLength("--on", c.On, time.Millisecond); err != nil {
		return err
	}
	if err := checkLength("--off", c.Off, 0); err != nil {
		return err
	}
	if c.Digits == "" {
		return usageError{errors.New("no digits: want some of 0-9 A-D * #, and a comma pauses")}
	}
	src := dtmf.NewSource(c.Digits, int(c.On.Milliseconds()), int(c.Off.Milliseconds()), level.DBm0(c.Level))
	return c.write(src, src.Samples())
}

type generateCallerID struct {
	output
	Number   string  `help:"The caller's number; \"private\" or \"unavailable\" when it is withheld or not known."`
	Name     string  `help:"The caller's name."`
	Time     string  `placeholder:"MMDDHHMM" help:"Month, day, hour and minute: MMDDHHMM."`
	Waiting  string  `enum:",on,off" default:"" help:"A message about waiting messages instead: the lamp on or off."`
	Messages byte    `help:"With --waiting: how many wait."`
	Standard string  `default:"bell202" help:"bell202, v23, dtmf, jclip, or a country's standard such as etsi-ring."`
	Level    float64 `default:"-13.5" help:"Level in dBm0: --level=-20."`
}

func (c *generateCallerID) Run() error {
	name := c.Standard
	if name == "v23" {
		name = "etsi-ring"
	}
	s, ok := callerid.Lookup(name)
	if !ok || s.Physical == callerid.None {
		return usageError{fmt.Errorf("standard %q is not known; the standards are v23 %v", c.Standard, callerid.Names())}
	}
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	if c.Time != "" {
		if _, err := time.Parse("01021504", c.Time); err != nil {
			return usageError{fmt.Errorf("--time %q: want MMDDHHMM, such as 12241830", c.Time)}
		}
	}
	m := callerid.Message{Type: callerid.TypeMDMF, Number: c.Number, Name: c.Name, Time: c.Time}
	switch c.Number {
	case "private":
		m.Number, m.NumberReason = "", callerid.Private
	case "unavailable", "":
		m.Number, m.NumberReason = "", callerid.Unavailable
	}
	switch {
	case c.Waiting != "" && !s.InCall():
		return usageError{fmt.Errorf("--waiting: standard %s has no message for it; the standards of FSK do", c.Standard)}
	case c.Waiting == "" && c.Messages > 0:
		return usageError{fmt.Errorf("--messages has a meaning only with --waiting")}
	case c.Waiting != "":
		m.Type, m.Messages, m.Waiting = callerid.TypeMDMFWaiting, c.Messages, callerid.IndicatorOn
		if c.Waiting == "off" {
			m.Waiting = callerid.IndicatorOff
		}
	}
	if err := c.carried(s, m); err != nil {
		return usageError{err}
	}
	src := callerid.NewTransmitter(s, m, level.DBm0(c.Level))
	return c.write(src, src.Samples())
}

// carried refuses what a telephone would not read, by reading it: DTMF has no names, an old form no word for a number that is
// withheld, and no form letters in a number.
func (c *generateCallerID) carried(s callerid.Standard, m callerid.Message) error {
	src := callerid.NewTransmitter(s, m, 0)
	pcm := make([]int16, src.Samples()+quiet)
	src.Read(pcm)
	read := callerid.NewReceiver(s).Process(append(pcm, tail...))
	switch {
	case read == nil && m.Number == "":
		return fmt.Errorf("standard %s has no word for a number that is private or unavailable: want --number", s.Name)
	case read == nil || m.Number != "" && read.Number == "":
		return fmt.Errorf("--number %q: standard %s does not carry it; want digits", c.Number, s.Name)
	case m.Name != "" && read.Name == "":
		return fmt.Errorf("--name %q: this message of standard %s does not carry it", c.Name, s.Name)
	case m.Time != "" && read.Time == "":
		return fmt.Errorf("--time %q: this message of standard %s does not carry it", c.Time, s.Name)
	case m.Messages != 0 && read.Messages == 0:
		return fmt.Errorf("--messages %d: standard %s does not carry it", c.Messages, s.Name)
	}
	return nil
}

type generateTone struct {
	output
	zoneFlag
	Tone  string        `arg:"" help:"A tone of the zone (busy, dial, ring ...) or one in the notation of the zone table, such as 425/500,0/500."`
	For   time.Duration `default:"5s" help:"How long."`
	Level float64       `default:"-15" help:"Level in dBm0: --level=-20."`
}

func (c *generateTone) Run() error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	spec, ok := plan.Tone(c.Tone)
	if !ok {
		if spec, err = tone.Parse(c.Tone); err != nil {
			return usageError{fmt.Errorf("%w; the tones of zone %s are %v", err, plan.ID, plan.Names())}
		}
	}
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	if err := checkLength("--for", c.For, time.Millisecond); err != nil {
		return err
	}
	return c.write(tone.NewGenerator(spec, level.DBm0(c.Level)), samples(c.For))
}

type generateMF struct {
	output
	System  string  `default:"r1" enum:"r1,r2-forward,r2-backward" help:"r1, r2-forward or r2-backward."`
	Signals string  `arg:"" help:"R1: digits, K for KP, S for ST; R2: 1-9, 0, B-F."`
	Level   float64 `default:"-10" help:"Level of each of the two frequencies in dBm0: --level=-20."`
}

func (c *generateMF) Run() error {
	if err := checkLevel(c.Level); err != nil {
		return err
	}
	g := mf.NewGenerator(systems[c.System], level.DBm0(c.Level))
	if err := g.Digits(c.Signals); err != nil {
		return usageError{err}
	}
	var pcm []int16
	block := make([]int16, 80)
	for !g.Idle() {
		g.Read(block)
		pcm = append(pcm, block...)
	}
	return writeWAV(c.Out, append(append(make([]int16, quiet), pcm...), make([]int16, quiet)...))
}
