package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tipring/dsp/resample"
	"tipring/dsp/tone"
	"tipring/dsp/wav"
	"tipring/gateway/call"
	"tipring/gateway/config"
	"tipring/hw/modem"
	"tipring/tdm"
)

// messagesDir is where messages are, in the data folder.
const messagesDir = "messages"

// A menu answers calls on a modem's line: it plays, collects digits and takes messages, as the modem's table says.
type menu struct {
	cfg     config.Modem
	dir     string
	prompts map[string][]int16 // by file
}

// newMenu reads the files that a modem in menu mode plays; one that is no menu has none.
func newMenu(cfg *config.Config, m config.Modem) (*menu, error) {
	if m.Mode != config.Menu {
		return nil, nil
	}
	u := &menu{cfg: m, dir: filepath.Join(cfg.Data.Dir, messagesDir), prompts: map[string][]int16{}}
	files := u.files()
	if m.Greeting != "" {
		files = append(files, m.Greeting)
	}
	for _, name := range files {
		pcm, err := readPrompt(name)
		if err != nil {
			return nil, fmt.Errorf("modem %s: %w", m.Name, err)
		}
		u.prompts[name] = pcm
	}
	return u, nil
}

// files are what the choices play.
func (u *menu) files() (files []string) {
	for _, c := range u.cfg.Choices {
		if what := config.ChoiceDoes(c); filepath.IsAbs(what) {
			files = append(files, what)
		}
	}
	return files
}

// readPrompt reads a WAV file of any rate that can be brought to 8 kHz.
func readPrompt(name string) ([]int16, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pcm, rate, err := wav.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if rate == tdm.Rate {
		return pcm, nil
	}
	if rate < 4000 || rate > 48000 {
		return nil, fmt.Errorf("%s: %d samples a second: write a file with 4000 to 48000", name, rate)
	}
	r := resample.New(rate, tdm.Rate)
	out := make([]int16, r.Max(len(pcm)))
	return out[:r.Process(out, pcm)], nil
}

const (
	// menuTries is how often the greeting is played to somebody who makes no choice.
	menuTries = 3
	// messageSilence ends a message.
	messageSilence = 5 * tdm.Rate
	// A beep comes before a message.
	beepHz, beepMs, beepDBm0 = "1000", 400, -14
)

// serve serves a call until its end, and says why that was.
func (u *menu) serve(ctx context.Context, c *modem.Call, at *call.Attended) (tdm.Cause, string) {
	err := u.answer(ctx, c, at)
	switch {
	case err == nil, errors.Is(err, modem.ErrEnded), ctx.Err() != nil:
		return tdm.CauseNormalClearing, ""
	}
	at.Note("menu failed", "err", err)
	return tdm.CauseTemporaryFailure, err.Error()
}

func (u *menu) answer(ctx context.Context, c *modem.Call, at *call.Attended) error {
	if err := c.Rings(ctx, u.cfg.AnswerRings); err != nil {
		return err
	}
	if err := c.Answer(ctx); err != nil {
		return err
	}
	at.Answered()
	for range menuTries {
		if err := u.play(ctx, c, u.prompts[u.cfg.Greeting], true); err != nil {
			return err
		}
		digits, err := u.digits(ctx, c)
		if err != nil {
			return err
		}
		if digits != "" {
			at.Dialled(digits)
		}
		if len(u.cfg.Choices) == 0 {
			return u.message(ctx, c, at)
		}
		switch does, _ := u.cfg.Choice(digits); does {
		case config.ChoiceRecord:
			return u.message(ctx, c, at)
		case config.ChoiceHangup:
			return nil
		default:
			if err := u.play(ctx, c, u.prompts[does], true); err != nil {
				return err
			}
		}
	}
	return nil
}

// digits collects what the caller dials: until it is a choice, as many as there may be, to #, or to a pause.
func (u *menu) digits(ctx context.Context, c *modem.Call) (string, error) {
	most := u.cfg.MaxDigits()
	var got []byte
	for len(got) < most {
		wait, cancel := context.WithTimeout(ctx, u.cfg.DigitsWait)
		d, err := c.Digit(wait)
		over := wait.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err != nil && over, d == '#':
			return string(got), nil
		case err != nil:
			return "", err
		}
		got = append(got, d)
		if does, more := u.cfg.Choice(string(got)); does != "" && !more {
			break
		}
	}
	return string(got), nil
}

// play plays samples; a digit breaks in when it may.
func (u *menu) play(ctx context.Context, c *modem.Call, pcm []int16, breakIn bool) error {
	if len(pcm) == 0 {
		return nil
	}
	return c.Play(ctx, &prompt{pcm}, breakIn && u.cfg.MaxDigits() > 0)
}

// message takes a message, if messages are taken. A caller who hangs up at its end has left one all the same.
func (u *menu) message(ctx context.Context, c *modem.Call, at *call.Attended) error {
	if !u.cfg.Record {
		return nil
	}
	tick, err := tone.Parse(beepHz)
	if err != nil {
		return err
	}
	beep := make([]int16, beepMs*tdm.Quantum)
	tone.NewGenerator(tick, beepDBm0).Read(beep)
	if err := u.play(ctx, c, beep, false); err != nil {
		return err
	}
	pcm, end, err := c.Record(ctx, modem.Record{Samples: int(u.cfg.RecordMax / (time.Second / tdm.Rate)), Silence: messageSilence})
	if len(pcm) == 0 {
		return err
	}
	name, werr := u.keep(at.ID(), pcm)
	if werr != nil {
		return werr
	}
	at.Note("message taken", "file", name, "length", tdm.Duration(int64(len(pcm))), "ended_by", string(end))
	return err
}

// keep writes a message under a name that says when and on which line it came, and whose call record has the rest. A file that
// is there is whole.
func (u *menu) keep(id string, pcm []int16) (string, error) {
	if err := os.MkdirAll(u.dir, 0o750); err != nil {
		return "", fmt.Errorf("message: %w", err)
	}
	name := filepath.Join(u.dir, fmt.Sprintf("%s-%s-%s.wav", time.Now().UTC().Format("20060102T150405Z"), u.cfg.Name, id))
	f, err := os.OpenFile(name+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return "", fmt.Errorf("message: %w", err)
	}
	err = wav.Write(f, pcm)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(name+".part", name)
	}
	if err != nil {
		os.Remove(name + ".part")
		return "", fmt.Errorf("message: %w", err)
	}
	return name, nil
}

// A prompt plays samples once.
type prompt struct{ pcm []int16 }

// Read implements modem.Source.
func (s *prompt) Read(dst []int16) int {
	n := copy(dst, s.pcm)
	s.pcm = s.pcm[n:]
	return n
}
