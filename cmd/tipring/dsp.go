package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tipring/dsp/callerid"
	"tipring/dsp/dtmf"
	"tipring/dsp/echo"
	"tipring/dsp/faxtone"
	"tipring/dsp/level"
	"tipring/dsp/mf"
	"tipring/dsp/plot"
	"tipring/dsp/tone"
	"tipring/dsp/wav"
)

// dspCmd examines and makes recordings of lines, without a gateway.
type dspCmd struct {
	Dtmf      dspDtmf      `cmd:"" help:"Print the DTMF digits in a recording, one JSON object a line."`
	Callerid  dspCallerID  `cmd:"" name:"callerid" help:"Print the caller identification in a recording."`
	Tones     dspTones     `cmd:"" help:"Print the call-progress tones in a recording."`
	Fax       dspFax       `cmd:"" help:"Print the fax and modem tones in a recording."`
	Mf        dspMF        `cmd:"" help:"Print the R1 or R2 signals in a recording."`
	LearnTone dspLearnTone `cmd:"" help:"Find the tone that repeats in a recording, such as an exchange's disconnect tone."`
	Echo      dspEcho      `cmd:"" help:"Cancel the echo in a pair of recordings; prints what the canceller finds, second by second."`
	Generate  dspGenerate  `cmd:"" help:"Make a recording."`
	Plot      dspPlot      `cmd:"" help:"Draw a recording and what is detected in it into a PNG file."`
}

// recording is a WAV file as an argument.
type recording struct {
	File string `arg:"" help:"8 kHz mono WAV, 16 bit or G.711."`
}

// readWAV returns the samples of a file of 8 kHz that has some.
func readWAV(name string) ([]int16, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usageError{err}
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return nil, usageError{fmt.Errorf("%s: the file is empty", name)}
	}
	pcm, rate, err := wav.Read(f)
	switch {
	case err != nil:
		return nil, usageError{fmt.Errorf("%s: %w", name, err)}
	case rate != wav.Rate:
		return nil, usageError{fmt.Errorf("%s: %d samples a second, want %d; convert it, as with: sox IN.wav -r 8000 -c 1 -b 16 OUT.wav", name, rate, wav.Rate)}
	case len(pcm) == 0:
		return nil, usageError{fmt.Errorf("%s: the file has no audio", name)}
	}
	return pcm, nil
}

// same reports whether two names are of one file.
func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// writeWAV makes a file; a fault leaves none behind.
func writeWAV(name string, pcm []int16) error {
	f, err := os.Create(name)
	if err != nil {
		return usageError{err}
	}
	if err := errors.Join(wav.Write(f, pcm), f.Close()); err != nil {
		os.Remove(name)
		return err
	}
	return nil
}

// seconds and decibels are printed with three decimals and one.
type (
	seconds  float64
	decibels float64
)

func (s seconds) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(s), 'f', 3, 64), nil
}

func (d decibels) MarshalJSON() ([]byte, error) {
	v := math.Round(float64(d)*10) / 10
	return strconv.AppendFloat(nil, v+0, 'f', 1, 64), nil // + 0: no negative zero
}

// of converts a count of samples.
func of(samples int) seconds { return seconds(float64(samples) / wav.Rate) }

func printLine(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", b)
	return err
}

func printEach[T any](w io.Writer, found []T) error {
	for _, v := range found {
		if err := printLine(w, v); err != nil {
			return err
		}
	}
	return nil
}

// tail is silence behind a recording, in which detectors make up their minds. A tone ends when it was silent for more than its pause,
// 15 s in most zones' record tone.
var tail = make([]int16, 20*wav.Rate)

type digitLine struct {
	Digit string   `json:"digit"`
	At    seconds  `json:"at"`
	Dur   seconds  `json:"dur"`
	Low   decibels `json:"low_dbm0"`
	High  decibels `json:"high_dbm0"`
	Twist decibels `json:"twist_db"`

	from, to int
}

func digitsIn(pcm []int16) (found []digitLine) {
	d := dtmf.NewDetector(dtmf.Config{})
	evs := d.Process(pcm, nil)
	for _, e := range d.Process(tail[:800], nil) {
		e.At += len(pcm)
		evs = append(evs, e)
	}
	for _, e := range evs {
		if e.Kind != dtmf.End {
			continue
		}
		to := min(e.At, len(pcm))
		from := max(0, e.At-e.Dur)
		found = append(found, digitLine{string(rune(e.Digit)), of(from), of(to - from), decibels(e.LowDBm0), decibels(e.HighDBm0),
			decibels(e.HighDBm0 - e.LowDBm0), from, to})
	}
	return found
}

type dspDtmf struct{ recording }

func (c *dspDtmf) Run(e env) error {
	pcm, err := readWAV(c.File)
	if err != nil {
		return err
	}
	return printEach(e.stdout, digitsIn(pcm))
}

type callerIDLine struct {
	At         seconds `json:"at"`
	Standard   string  `json:"standard"`
	Type       string  `json:"type"`
	Number     string  `json:"number"`
	Name       string  `json:"name"`
	Time       string  `json:"time"`
	ChecksumOK bool    `json:"checksum_ok"`
	Raw        string  `json:"raw"`

	from, to int
}

var messageTypes = map[byte]string{
	0: "call-setup", callerid.TypeSDMF: "call-setup", callerid.TypeMDMF: "call-setup", callerid.TypeSDMFWaiting: "message-waiting",
	callerid.TypeMDMFWaiting: "message-waiting", callerid.TypeAdviceCharge: "advice-of-charge", callerid.TypeSMS: "sms", callerid.TypeJCLIP: "call-setup",
}

// callersIn finds messages of one modulation, or of all for "auto".
func callersIn(pcm []int16, standard string) (found []callerIDLine) {
	var only []callerid.Standard
	for _, p := range []callerid.Physical{callerid.Bell202, callerid.V23, callerid.DTMF, callerid.V23Loop} {
		if p.String() == standard {
			only = []callerid.Standard{{Name: standard, Physical: p}}
		}
	}
	r := callerid.NewReceiver(only...)
	digits := digitsIn(pcm)
	const block = 80
	for at := 0; at < len(pcm)+len(tail); at += block {
		var m *callerid.Message
		if at < len(pcm) {
			m = r.Process(pcm[at:min(at+block, len(pcm))])
		} else {
			m = r.Process(tail[:block])
		}
		if m == nil {
			continue
		}
		kind, ok := messageTypes[m.Type]
		if !ok {
			kind = fmt.Sprintf("%#02x", m.Type)
		}
		end := min(at+block, len(pcm))
		start := begin(m, end, digits)
		found = append(found, callerIDLine{of(start), m.Standard, kind, m.Number, m.Name, m.Time, m.ChecksumOK, hex.EncodeToString(m.Raw), start, end})
	}
	return found
}

// begin is where the data of a message began that was complete at sample end: by its length at 1200 bit/s, ten bits an
// octet, or its first digit.
func begin(m *callerid.Message, end int, digits []digitLine) int {
	if m.Type != 0 {
		return max(0, end-len(m.Raw)*10*wav.Rate/1200)
	}
	i, _ := slices.BinarySearchFunc(digits, end, func(d digitLine, at int) int { return d.from - at })
	if i == 0 {
		return end
	}
	return digits[max(0, i-len(m.Raw))].from
}

type dspCallerID struct {
	recording
	Standard string `default:"auto" enum:"auto,bell202,v23,dtmf,jclip" help:"auto, bell202, v23, dtmf or jclip."`
}

func (c *dspCallerID) Run(e env) error {
	pcm, err := readWAV(c.File)
	if err != nil {
		return err
	}
	return printEach(e.stdout, callersIn(pcm, c.Standard))
}

type toneLine struct {
	Tone string  `json:"tone"`
	At   seconds `json:"at"`
	Dur  seconds `json:"dur"`

	from, to int
}

func tonesIn(pcm []int16, plan *tone.Plan) (found []toneLine) {
	d := tone.NewDetector(plan)
	evs := d.Process(pcm, nil)
	for _, e := range d.Process(tail, nil) {
		e.At += len(pcm)
		evs = append(evs, e)
	}
	start, recognised := 0, ""
	for _, e := range evs {
		switch e.Kind {
		case tone.Start:
			start, recognised = e.At, ""
		case tone.Recognised:
			recognised = e.Name
		case tone.End:
			if to := min(e.At, len(pcm)); recognised != "" {
				found = append(found, toneLine{recognised, of(start), of(to - start), start, to})
			}
			recognised = ""
		}
	}
	return found
}

// zoneFlag names a plan.
type zoneFlag struct {
	Zone string `default:"us" help:"Zone of the tones, as in the configuration: us, de, uk ..."`
}

func (z zoneFlag) plan() (*tone.Plan, error) {
	p, ok := tone.Zone(z.Zone)
	if !ok {
		return nil, usageError{fmt.Errorf("zone %q is not known; the zones are %s", z.Zone, strings.Join(tone.Zones(), " "))}
	}
	return p, nil
}

type dspTones struct {
	recording
	zoneFlag
}

func (c *dspTones) Run(e env) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	pcm, err := readWAV(c.File)
	if err != nil {
		return err
	}
	return printEach(e.stdout, tonesIn(pcm, plan))
}

func faxIn(pcm []int16) (found []toneLine) {
	d := faxtone.NewDetector()
	evs := d.Process(pcm, nil)
	for _, e := range d.Process(tail[:wav.Rate], nil) {
		e.At += len(pcm)
		evs = append(evs, e)
	}
	type open struct {
		name  string
		start int
	}
	last := map[bool]open{} // 2100 Hz is reported anew as what it turns out to be
	for _, e := range evs {
		ans := e.Tone != faxtone.CNG && e.Tone != faxtone.V21
		if e.Kind == faxtone.Start {
			last[ans] = open{e.Tone.String(), e.At}
			continue
		}
		o := last[ans]
		to := min(e.At, len(pcm))
		found = append(found, toneLine{e.Tone.String(), of(o.start), of(to - o.start), o.start, to})
	}
	return found
}

type dspFax struct{ recording }

func (c *dspFax) Run(e env) error {
	pcm, err := readWAV(c.File)
	if err != nil {
		return err
	}
	return printEach(e.stdout, faxIn(pcm))
}

type signalLine struct {
	Signal string   `json:"signal"`
	Number int      `json:"number"`
	At     seconds  `json:"at"`
	Dur    seconds  `json:"dur"`
	First  decibels `json:"first_dbm0"`
	Second decibels `json:"second_dbm0"`
}

type dspMF struct {
	recording
	System string `default:"r1" enum:"r1,r2-forward,r2-backward" help:"r1, r2-forward or r2-backward."`
}

var systems = map[string]*mf.System{"r1": mf.R1, "r2-forward": mf.R2Forward, "r2-backward": mf.R2Backward}

func (c *dspMF) Run(e env) error {
	pcm, err := readWAV(c.File)
	if err != nil {
		return err
	}
	sys := systems[c.System]
	d := mf.NewDetector(sys)
	for _, v := range d.Process(append(slices.Clip(pcm), tail[:800]...), nil) {
		if v.Kind == mf.End {
			at := v.At - v.Dur
			line := signalLine{sys.Names[v.Signal-1 : v.Signal], v.Signal, of(at), of(min(v.At, len(pcm)) - at), decibels(v.First), decibels(v.Second)}
			if err := printLine(e.stdout, line); err != nil {
				return err
			}
		}
	}
	return nil
}

type dspLearnTone struct{ recording }

func (c *dspLearnTone) Run(e env) error {
	pcm, err := readWAV(c.File)
	if err != nil {
		return err
	}
	l, err := tone.Learn(pcm)
	if err != nil {
		return usageError{fmt.Errorf("%s: %w", c.File, err)}
	}
	line := struct {
		Tone   string   `json:"tone"`
		Spec   string   `json:"spec"`
		At     seconds  `json:"at"`
		Dur    seconds  `json:"dur"`
		Cycles int      `json:"cycles"`
		DBm0   decibels `json:"dbm0"`
		Like   []string `json:"like"`
	}{"disconnect", l.Spec.String(), of(l.From), of(l.To - l.From), l.Cycles, decibels(l.Level), []string{}}
	for _, r := range l.Like {
		line.Like = append(line.Like, r.Zone+" "+r.Name)
	}
	return printLine(e.stdout, line)
}

type dspEcho struct {
	Far      string        `required:"" placeholder:"WAV" help:"What was sent to the line (Rin)."`
	Near     string        `required:"" placeholder:"WAV" help:"What came from it at the same time (Sin)."`
	Tail     time.Duration `default:"64ms" help:"Echo path covered, 8ms to 128ms."`
	Bulk     time.Duration `help:"How far ahead of the tail an echo is looked for, up to 1s, as behind a modem or a satellite."`
	NLP      string        `name:"nlp" default:"on" enum:"on,off" help:"Non-linear processor: on or off."`
	FreezeAt time.Duration `name:"freeze-at" help:"From then on subtract what the model is at that moment, and nothing else."`
	Response string        `placeholder:"FILE" help:"Where the modelled impulse response goes, for a plot: a line a tap, its delay in ms and its value."`
	Out      string        `short:"o" required:"" placeholder:"WAV" help:"Where what is left goes (Sout), as long as the shorter of the two."`
}

type echoLine struct {
	At    seconds  `json:"at"`
	ERL   decibels `json:"erl_db"`
	ERLE  decibels `json:"erle_db"`
	Delay decibels `json:"delay_ms"` // with what was found ahead of the tail
	Bulk  decibels `json:"bulk_ms"`
	State string   `json:"state"`
}

func (c *dspEcho) Run(e env) error {
	ms := int(c.Tail / time.Millisecond)
	if ms < 8 || ms > 128 {
		return usageError{fmt.Errorf("--tail %v: want 8ms to 128ms", c.Tail)}
	}
	if c.Bulk < 0 || c.Bulk > time.Second {
		return usageError{fmt.Errorf("--bulk %v: want 0 to 1s", c.Bulk)}
	}
	if c.FreezeAt < 0 {
		return usageError{fmt.Errorf("--freeze-at %v: want a time in the recording", c.FreezeAt)}
	}
	if same(c.Out, c.Far) || same(c.Out, c.Near) {
		return usageError{fmt.Errorf("--out %s would overwrite what is read: name another file", c.Out)}
	}
	far, err := readWAV(c.Far)
	if err != nil {
		return err
	}
	near, err := readWAV(c.Near)
	if err != nil {
		return err
	}
	n := min(len(far), len(near))
	far, near = far[:n], near[:n]
	out := make([]int16, n)
	freeze := n
	if c.FreezeAt > 0 {
		if freeze = samples(c.FreezeAt); freeze >= n {
			return usageError{fmt.Errorf("--freeze-at %v: the shorter recording has %.3f s", c.FreezeAt, float64(of(n)))}
		}
	}
	k := echo.New(echo.Config{TailMs: ms, NLP: c.NLP == "on", BulkMs: int(c.Bulk / time.Millisecond)})
	const block = 80
	for at := 0; at < freeze; at += block {
		end := min(at+block, freeze)
		k.Process(out[at:end], near[at:end], far[at:end])
		if end%wav.Rate == 0 || end == freeze {
			if err := printLine(e.stdout, describeEcho(k.Stats(), end)); err != nil {
				return err
			}
		}
	}
	taps, delay := k.Response(nil), int(8*k.Stats().BulkMs)
	if freeze < n {
		subtract(out, near, far, taps, delay, freeze)
		for at := freeze; at < n; at += wav.Rate {
			end := min(at+wav.Rate, n)
			line := describeEcho(k.Stats(), end)
			line.ERLE, line.State = decibels(level.Of(near[at:end])-level.Of(out[at:end])), "frozen"
			if err := printLine(e.stdout, line); err != nil {
				return err
			}
		}
	}
	if c.Response != "" {
		if err := os.WriteFile(c.Response, tapLines(taps, delay), 0o666); err != nil {
			return usageError{err}
		}
	}
	return writeWAV(c.Out, out)
}

func describeEcho(s echo.Stats, at int) echoLine {
	return echoLine{of(at), decibels(s.ERL), decibels(s.ERLE), decibels(s.DelayMs), decibels(s.BulkMs), s.State.String()}
}

// tapLines is a response behind a delay as columns for a plot.
func tapLines(taps []float32, delay int) (out []byte) {
	for i, v := range taps {
		out = fmt.Appendf(out, "%g %g\n", float64(delay+i)/8, v)
	}
	return out
}

// subtract takes the echo that a fixed model behind a delay predicts out of near, from a sample on.
func subtract(out, near, far []int16, taps []float32, delay, from int) {
	for i := from; i < len(near); i++ {
		var sum float32
		for j := range min(len(taps), i-delay+1) {
			sum += taps[j] * float32(far[i-delay-j])
		}
		v := float32(near[i]) - sum
		out[i] = int16(max(-32768, min(32767, v)))
	}
}

type dspPlot struct {
	recording
	zoneFlag
	Out string `short:"o" required:"" placeholder:"PNG" help:"The picture to write."`
}

func (c *dspPlot) Run(e env) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	if same(c.Out, c.File) {
		return usageError{fmt.Errorf("--out %s would overwrite what is read: name another file", c.Out)}
	}
	pcm, err := readWAV(c.File)
	if err != nil {
		return err
	}
	var marks []plot.Mark
	for _, t := range tonesIn(pcm, plan) {
		marks = append(marks, plot.Mark{From: t.from, To: t.to, Lane: "tone", Label: t.Tone})
	}
	for _, d := range digitsIn(pcm) {
		marks = append(marks, plot.Mark{From: d.from, To: d.to, Lane: "dtmf", Label: d.Digit})
	}
	for _, m := range callersIn(pcm, "auto") {
		if m.Standard == callerid.DTMF.String() { // its digits are marked as such
			continue
		}
		label := strings.TrimSpace(m.Number + " " + m.Name)
		if label == "" || !m.ChecksumOK {
			label = m.Standard
		}
		marks = append(marks, plot.Mark{From: m.from, To: m.to, Lane: "caller", Label: label})
	}
	for _, t := range faxIn(pcm) {
		marks = append(marks, plot.Mark{From: t.from, To: t.to, Lane: "fax", Label: t.Tone})
	}
	f, err := os.Create(c.Out)
	if err != nil {
		return usageError{err}
	}
	title := fmt.Sprintf("%s  %.3f s  %.1f dBm0  zone %s", filepath.Base(c.File), float64(of(len(pcm))), float64(level.Of(pcm)), plan.ID)
	if err := errors.Join(png.Encode(f, plot.Draw(title, pcm, marks)), f.Close()); err != nil {
		os.Remove(c.Out)
		return err
	}
	return nil
}
