package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"tipring/firmware/image"
)

type firmwareCmd struct {
	Keygen   firmwareKeygen   `cmd:"" help:"Make a pair of keys for firmware images."`
	Sign     firmwareSign     `cmd:"" help:"Make a signed image file of the programs that make has built."`
	Info     firmwareInfo     `cmd:"" help:"Show what is in an image file, and whether its signatures are good."`
	Plan     firmwarePlan     `cmd:"" help:"Say what apply would do to a card, and whether the card would take it."`
	Apply    firmwareApply    `cmd:"" help:"Update a card: write, check, restart, test and confirm. After a cut, run it again: it goes on where it was."`
	Rollback firmwareRollback `cmd:"" help:"Go back to the program in a card's other slot."`
	Status   firmwareStatus   `cmd:"" help:"Show what a card runs and what its slots hold."`
}

type firmwareKeygen struct {
	Name string `arg:"" help:"Name of the files, which become NAME.key and NAME.pub. Neither is overwritten."`
}

func (c *firmwareKeygen) Run(e env) error {
	id, err := image.Generate(c.Name)
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintf(e.stdout, "key %v: keep %s.key secret; bootloaders are built with %s.pub\n", id, c.Name, c.Name)
	return nil
}

type firmwareSign struct {
	Key      string   `required:"" placeholder:"FILE" help:"Private key to sign with."`
	Output   string   `short:"o" required:"" placeholder:"FILE" help:"Image file to write. It is not overwritten."`
	Programs []string `arg:"" help:"Programs as make builds them: appA.bin and appB.bin."`
}

func (c *firmwareSign) Run(e env) error {
	key, err := image.PrivateKey(c.Key)
	if err != nil {
		return usageError{err}
	}
	var all []byte
	for _, path := range c.Programs {
		body, err := os.ReadFile(path)
		if err != nil {
			return usageError{err}
		}
		m, err := image.Sign(body, key)
		if err != nil {
			return usageError{fmt.Errorf("%s: %w", path, err)}
		}
		all = append(all, m.Raw...)
	}
	images, err := image.Parse(all)
	if err != nil {
		return usageError{err}
	}
	f, err := os.OpenFile(c.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return usageError{err}
	}
	_, err = f.Write(all)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return printImages(e, images)
}

func printImages(e env, images []image.Image) error {
	t := table(e.stdout)
	fmt.Fprintln(t, "SLOT\tBOARD\tHARDWARE\tVERSION\tSECURITY\tOCTETS\tKEY")
	for _, m := range images {
		fmt.Fprintf(t, "%v\t%s\t%d-%d\t%s\t%d\t%d\t%v\n", m.Slot, m.Board, m.HardwareMin, m.HardwareMax, m.Version, m.Security, len(m.Raw), m.Key)
	}
	return t.Flush()
}

// A firmwareFile is an image file and the keys that it is believed with.
type firmwareFile struct {
	Key  []string `placeholder:"FILE" help:"Public key that an image may be signed with; may be given more than once."`
	File string   `arg:"" help:"Image file."`
}

// read returns the images of the file, with good signatures when there are keys.
func (c firmwareFile) read() ([]image.Image, error) {
	var keys []ed25519.PublicKey
	for _, path := range c.Key {
		k, err := image.PublicKey(path)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return nil, err
	}
	images, err := image.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.File, err)
	}
	for _, m := range images {
		if len(keys) == 0 {
			break
		}
		if err := m.Verify(keys...); err != nil {
			return nil, fmt.Errorf("%s: image for slot %v: %w", c.File, m.Slot, err)
		}
	}
	return images, nil
}

type firmwareInfo struct{ firmwareFile }

func (c *firmwareInfo) Run(e env) error {
	images, err := c.read()
	if err != nil {
		return usageError{err}
	}
	if err := printImages(e, images); err != nil {
		return err
	}
	if len(c.Key) == 0 {
		fmt.Fprintln(e.stdout, "signatures not checked: name a key with --key")
	} else {
		fmt.Fprintln(e.stdout, "signatures good")
	}
	return nil
}

// find returns the image for a slot.
func find(images []image.Image, slot uint8) (image.Image, error) {
	i := slices.IndexFunc(images, func(m image.Image) bool { return m.Slot == image.Slot(slot) })
	if i < 0 {
		return image.Image{}, fmt.Errorf("the file has no image for slot %v, which is the one to be written", image.Slot(slot))
	}
	return images[i], nil
}

type firmwarePlan struct {
	firmwareCard
	firmwareFile
}

func (c *firmwarePlan) Run(e env) error {
	images, err := c.read()
	if err != nil {
		return usageError{err}
	}
	return c.with(e, func(ctx context.Context, card session) error {
		p, err := card.plan(images)
		for _, line := range p {
			fmt.Fprintln(e.stdout, line)
		}
		return err
	})
}

// plan says what an update with images does, and an error when the card would refuse it.
func (s session) plan(images []image.Image) (lines []string, err error) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if s.info.Trial == 1 && s.info.Running == s.info.Next {
		say("slot %v runs version %s on trial: the same file confirms it, another is refused", image.Slot(s.info.Running), clean(s.hello.Version))
		return lines, nil
	}
	slot := uint8(0)
	if s.info.Running == 0 {
		slot = 1
	}
	m, err := find(images, slot)
	if err != nil {
		return nil, usageError{err}
	}
	say("version %s goes to slot %v, over %s", m.Version, m.Slot, held(s.info.Slots[slot]))
	say("then the card restarts and runs it on trial; %s", wayBack(s.info))
	if m.Security > s.info.Floor {
		say("once it is confirmed, the card refuses what has a security number below %d (now %d)", m.Security, s.info.Floor)
	}
	var faults []string
	if m.Board != s.hello.Board {
		faults = append(faults, fmt.Sprintf("it is for board %s, the card is %s", m.Board, clean(s.hello.Board)))
	}
	if h := s.hello.Hardware; h < m.HardwareMin || h > m.HardwareMax {
		faults = append(faults, fmt.Sprintf("it is for hardware %d to %d, the card is %d", m.HardwareMin, m.HardwareMax, h))
	}
	if m.Security < s.info.Floor {
		faults = append(faults, fmt.Sprintf("its security number is %d, the card's floor %d", m.Security, s.info.Floor))
	}
	if faults != nil {
		return lines, errors.New("the card would refuse it: " + strings.Join(faults, "; "))
	}
	return lines, nil
}
