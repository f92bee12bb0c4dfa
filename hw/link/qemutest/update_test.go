package qemutest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"tipring/firmware/image"
	"tipring/hw/link"
	"tipring/hw/link/wire"
)

var (
	key      = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	otherKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
)

// A release is a program signed for both slots.
type release struct {
	t        *testing.T
	program  Program
	version  string
	security uint32
	key      ed25519.PrivateKey
	change   func(body []byte)
}

func (r release) image(slot uint8) []byte {
	body := r.program.Variant(image.Slot(slot), r.version, "", r.security)
	if r.change != nil {
		r.change(body)
	}
	k := r.key
	if k == nil {
		k = key
	}
	m, err := image.Sign(body, k)
	if err != nil {
		r.t.Fatal(err)
	}
	return m.Raw
}

func (r release) update(m *Machine) link.Update {
	return link.Update{Dial: m.Dial, Image: func(slot uint8) ([]byte, error) { return r.image(slot), nil }}
}

// A card is a machine and who looks at it.
type card struct {
	*testing.T
	*Machine
	program Program
}

func newCard(t *testing.T) *card {
	t.Helper()
	p := Build(t)
	return &card{t, New(t, p.Install(key.Public().(ed25519.PublicKey)), nil), p}
}

func (c *card) release(version string, security uint32) release {
	return release{t: c.T, program: c.program, version: version, security: security}
}

func (c *card) dial() *link.Conn {
	c.Helper()
	conn, err := c.Machine.Dial(c.Context())
	if err != nil {
		c.Fatalf("the card cannot be reached: %v", err)
	}
	return conn
}

// dialUntilDown is dial; the session is closed when the power goes, so that nobody waits until the link is given up.
func (c *card) dialUntilDown() *link.Conn {
	c.Helper()
	down, conn := c.Down(), c.dial()
	go func() {
		<-down
		conn.Close()
	}()
	return conn
}

// state asks the card what it runs, in one session.
func (c *card) state() (wire.HelloAnswer, wire.Info) {
	c.Helper()
	conn := c.dial()
	defer conn.Close()
	info, err := conn.Info()
	if err != nil {
		c.Fatal(err)
	}
	return conn.Hello(), info
}

// want checks what runs and that it is confirmed.
func (c *card) want(slot uint8, version string) wire.Info {
	c.Helper()
	hello, info := c.state()
	if hello.Slot != slot || info.Running != slot || hello.Version != version || info.Trial != 0 || info.Next != slot {
		c.Fatalf("slot %d runs version %s (next %d, on trial %d), want slot %d with %s confirmed", hello.Slot, hello.Version, info.Next, info.Trial, slot, version)
	}
	return info
}

// settled is a card that runs a confirmed 1.0.0 in slot A, off.
func settled(t *testing.T) *card {
	t.Helper()
	c := newCard(t)
	c.PowerOn()
	if err := c.release("1.0.0", 1).update(c.Machine).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.want(0, "1.0.0")
	c.PowerOff()
	return c
}

func refused(err error, status wire.Status, fault wire.Fault) bool {
	var r *link.StatusError
	return errors.As(err, &r) && r.Status == status && r.Fault == fault
}

// An empty card is given its first program, then another: recovery, A, B, and back as far as the floor allows.
func TestUpdate(t *testing.T) {
	c := newCard(t)
	c.PowerOn()
	hello, info := c.state()
	if hello.Role != wire.Boot || hello.Slot != wire.BootSlot || info.Stay != 1 || info.Slots[0].Fault != wire.Empty || info.Slots[1].Fault != wire.Empty {
		t.Fatalf("an empty card says %+v, %+v", hello, info)
	}
	if err := c.release("1.0.0", 3).update(c.Machine).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if info := c.want(0, "1.0.0"); info.Floor != 3 {
		t.Errorf("floor %d after a confirmed 3", info.Floor)
	}
	var steps []link.Step
	u := c.release("1.1.0", 3).update(c.Machine)
	u.Tell = func(p link.Progress) {
		if len(steps) == 0 || steps[len(steps)-1] != p.Step {
			steps = append(steps, p.Step)
		}
	}
	u.Test = func(conn *link.Conn) error {
		if info, err := conn.Info(); err != nil || info.Trial != 1 || info.Floor != 3 || info.Back != 0 {
			t.Errorf("on trial: %+v, %v", info, err)
		}
		return nil
	}
	if err := u.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(steps) < 5 || steps[0] != link.StepCompare || steps[len(steps)-1] != link.StepConfirm {
		t.Errorf("progress %v", steps)
	}
	c.want(1, "1.1.0")

	// Back to A, which the floor still allows, and forward with a higher number: then not back any more.
	conn := c.dial()
	if err := conn.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.restart(conn)
	conn = c.dial()
	if err := conn.Confirm(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	c.want(0, "1.0.0")
	if err := c.release("2.0.0", 4).update(c.Machine).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if info := c.want(1, "2.0.0"); info.Floor != 4 {
		t.Errorf("floor %d after a confirmed 4", info.Floor)
	}
	conn = c.dial()
	if err := conn.Rollback(t.Context()); !refused(err, wire.Refused, wire.TooOld) {
		t.Errorf("back below the floor: %v", err)
	}
	c.restart(conn)
	c.want(1, "2.0.0")
}

// restart resets the card and ends the session.
func (c *card) restart(conn *link.Conn) {
	c.Helper()
	starts := c.Starts()
	if err := conn.Reset(false, false); err != nil {
		c.Fatal(err)
	}
	conn.Close()
	c.started(starts + 1)
}

// started waits until the processor has started so many times.
func (c *card) started(starts int) {
	c.Helper()
	for limit := time.Now().Add(30 * time.Second); c.Starts() < starts; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			c.Fatal("the card does not start again")
		}
	}
}

// A new program that fails its test is taken back.
func TestUpdateFailsItsTest(t *testing.T) {
	c := settled(t)
	c.PowerOn()
	u := c.release("1.1.0", 9).update(c.Machine)
	broken := errors.New("no dial tone")
	u.Test = func(*link.Conn) error { return broken }
	if err := u.Run(t.Context()); !errors.Is(err, broken) {
		t.Errorf("update: %v", err)
	}
	if info := c.want(0, "1.0.0"); info.Floor != 1 || info.GivenUp != 3 {
		t.Errorf("floor %d, given up for reason %d", info.Floor, info.GivenUp)
	}
}

// What is not for this card is refused before it is started, and the card runs on.
func TestUpdateRefuses(t *testing.T) {
	c := settled(t)
	c.PowerOn()
	good := c.release("1.1.0", 1)
	other := good
	other.key = otherKey
	for _, x := range []struct {
		name  string
		image []byte
		fault wire.Fault
	}{
		{"a flipped bit of the program", flip(good.image(1), image.HeaderSize+5000), wire.WrongDigest},
		{"a flipped bit of the header", flip(good.image(1), 64), wire.WrongSignature},
		{"a flipped bit of the signature", flip(good.image(1), 448), wire.WrongSignature},
		{"another board", sign(t, c.program.Variant(image.B, "1.1.0", "lc8", 1)), wire.WrongBoard},
		{"another slot", good.image(0), wire.WrongSlot},
		{"below the floor", sign(t, zeroSecurity(c.program.Variant(image.B, "1.1.0", "", 1))), wire.TooOld},
		{"another key", other.image(1), wire.WrongKey},
		{"no header", make([]byte, 1024), wire.Empty},
	} {
		conn := c.dial()
		if err := conn.Write(t.Context(), 1, x.image, false, nil); err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		if err := conn.Commit(t.Context(), 1); !refused(err, wire.Refused, x.fault) {
			t.Errorf("%s: %v, want fault %v", x.name, err, x.fault)
		}
		if err := conn.Commit(t.Context(), 0); !refused(err, wire.WrongState, 0) {
			t.Errorf("the running slot: %v", err)
		}
		if err := conn.Erase(t.Context(), 0, true); !refused(err, wire.WrongState, 0) {
			t.Errorf("erasing the running slot: %v", err)
		}
		conn.Close()
	}
	c.restart(c.dial())
	c.want(0, "1.0.0")
}

func flip(b []byte, at int) []byte {
	b[at] ^= 4
	return b
}

func zeroSecurity(body []byte) []byte {
	binary.LittleEndian.PutUint32(body[0x1C0+8:], 0)
	return body
}

func sign(t *testing.T, body []byte) []byte {
	t.Helper()
	m, err := image.Sign(body, key)
	if err != nil {
		t.Fatal(err)
	}
	return m.Raw
}

// The power goes while the update is at every kilobyte of erasing and writing, and each time the card comes back with its old
// program and the update goes on where it was.
func TestPowerCutAtEveryBlock(t *testing.T) {
	c := settled(t)
	next := c.release("1.1.0", 1)
	const block = 1024 / 4                                             // words
	c.SetFlash(FlashBase+0xA0000, bytes.Repeat([]byte{0x5a}, 384<<10)) // so that there is something to erase
	// An erase that was cut off begins anew, until there is room for the image.
	words := []int{0, 1, block, 10 * block, 200 * block}
	cuts := 0
	for {
		n := block // an image goes on where it was
		if cuts < len(words) {
			n = words[cuts]
		}
		c.Fuse(n)
		c.PowerOn()
		conn := c.dialUntilDown()
		if h := conn.Hello(); h.Slot != 0 || h.Version != "1.0.0" {
			t.Fatalf("after %d cuts slot %d runs with %s", cuts, h.Slot, h.Version)
		}
		err := conn.Write(t.Context(), 1, next.image(1), false, nil)
		conn.Close()
		if err == nil {
			c.PowerOff()
			break
		}
		<-c.Down()
		if cuts++; cuts > 200 {
			t.Fatal("the update does not get anywhere")
		}
	}
	if want := len(words) + len(next.image(1))/1024; cuts != want {
		t.Errorf("%d cuts for an image of %d octets, want %d: each goes on where the last was", cuts, len(next.image(1)), want)
	}
	c.PowerOn()
	if err := next.update(c.Machine).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.want(1, "1.1.0")
}

// recordWords is how many words a boot record has.
const recordWords = 8

// The power goes at every word of the boot record: when an image is committed, when the bootloader counts a start, when the
// host confirms. Each time the card comes back with a good program, and the floor has risen only by a whole confirmation.
func TestPowerCutInBootRecord(t *testing.T) {
	c := settled(t)
	next := c.release("1.1.0", 5)
	c.PowerOn()
	conn := c.dial()
	if err := conn.Write(t.Context(), 1, next.image(1), false, nil); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	c.PowerOff()
	written := c.Flash()

	for words := range recordWords {
		c.SetFlash(FlashBase, written)
		c.Fuse(words)
		c.PowerOn()
		conn := c.dialUntilDown()
		if err := conn.Commit(t.Context(), 1); err == nil {
			t.Errorf("committed with %d words", words)
		}
		conn.Close()
		<-c.Down()
		c.PowerOn()
		c.want(0, "1.0.0")
		c.PowerOff()
	}

	c.SetFlash(FlashBase, written)
	c.PowerOn()
	conn = c.dial()
	if err := conn.Commit(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	c.PowerOff()
	committed := c.Flash()
	for words := range recordWords {
		c.SetFlash(FlashBase, committed)
		c.Fuse(words)
		c.PowerOn()
		<-c.Down()
		c.PowerOn()
		if hello, info := c.state(); hello.Slot != 1 || info.Trial != 1 || info.Tries != 1 || info.Floor != 1 {
			t.Errorf("cut in the bootloader after %d words: slot %d, %+v", words, hello.Slot, info)
		}
		c.PowerOff()
	}
	for words := range recordWords {
		c.SetFlash(FlashBase, committed)
		c.Fuse(recordWords + words)
		c.PowerOn()
		conn := c.dialUntilDown()
		if err := conn.Confirm(t.Context()); err == nil {
			t.Errorf("confirmed with %d words", words)
		}
		conn.Close()
		<-c.Down()
		c.PowerOn()
		if hello, info := c.state(); hello.Slot != 1 || info.Trial != 1 || info.Tries != 2 || info.Floor != 1 || info.Back != 0 {
			t.Errorf("cut in the confirmation after %d words: slot %d, %+v", words, hello.Slot, info)
		}
		c.PowerOff()
	}
}

// A program that nobody confirms is started twice; then the old one is back.
func TestNotConfirmed(t *testing.T) {
	c := settled(t)
	c.PowerOn()
	conn := c.dial()
	if err := conn.Write(t.Context(), 1, c.release("1.1.0", 5).image(1), false, nil); err != nil {
		t.Fatal(err)
	}
	if err := conn.Commit(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for try := uint8(1); try <= 2; try++ {
		c.PowerOff()
		c.PowerOn()
		if hello, info := c.state(); hello.Slot != 1 || info.Tries != try || info.Trial != 1 {
			t.Fatalf("start %d: slot %d, %+v", try, hello.Slot, info)
		}
	}
	// While it is on trial the program to go back to is not touched.
	conn = c.dial()
	if err := conn.Erase(t.Context(), 0, true); !refused(err, wire.WrongState, 0) {
		t.Errorf("erasing the way back: %v", err)
	}
	conn.Close()
	c.PowerOff()
	onTrial := c.Flash()
	c.PowerOn()
	if info := c.want(0, "1.0.0"); info.GivenUp != 1 || info.Floor != 1 {
		t.Errorf("%+v", info)
	}
	c.PowerOff()

	// An update that was cut off before its confirmation is finished by the same update, and by no other.
	record := onTrial[0x8000:0x10000]
	c.SetFlash(FlashBase, onTrial)
	c.SetFlash(FlashBase+0x8000, oneTryLess(record))
	c.PowerOn()
	if err := c.release("1.2.0", 5).update(c.Machine).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("another update during a trial: %v", err)
	}
	if err := c.release("1.1.0", 5).update(c.Machine).Run(t.Context()); err != nil {
		t.Error(err)
	}
	c.want(1, "1.1.0")
}

// oneTryLess takes the newest record out of the first sector.
func oneTryLess(record []byte) []byte {
	last := bytes.LastIndex(record, []byte("TPBR"))
	for i := range record[last:][:4*recordWords] {
		record[last+i] = 0xff
	}
	return record
}

// hang makes a program stop at its first instruction, so that only the watchdog is left.
func hang(body []byte) {
	base := binary.LittleEndian.Uint32(body[0x1C0+4:])
	reset := binary.LittleEndian.Uint32(body[4:]) &^ 1
	binary.LittleEndian.PutUint16(body[reset-base:], 0xe7fe) // b .
}

// A new program that hangs is ended by the watchdog, twice, and the old one is back without anybody's help.
func TestWatchdogFallsBack(t *testing.T) {
	c := settled(t)
	c.PowerOn()
	bad := c.release("1.1.0", 5)
	bad.change = hang
	conn := c.dial()
	if err := conn.Write(t.Context(), 1, bad.image(1), false, nil); err != nil {
		t.Fatal(err)
	}
	if err := conn.Commit(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	c.restart(conn)
	if info := c.want(0, "1.0.0"); info.GivenUp != 1 || info.Floor != 1 {
		t.Errorf("%+v", info)
	}
	if n := c.Starts(); n != 6 {
		t.Errorf("%d starts, want 6: of the empty card, of A twice, of B twice, of A", n)
	}
	conn = c.dial()
	defer conn.Close()
	crash, err := conn.Crash()
	if err != nil {
		t.Fatal(err)
	}
	if h := conn.Hello(); h.Cause != wire.CauseWatchdog || crash.Kind != wire.CrashWatchdog || crash.PC < image.B.Address() || crash.PC > image.B.Address()+image.SlotSize {
		t.Errorf("started by %v, crash %+v: want the watchdog in slot B", h.Cause, crash)
	}
	if err := conn.ClearCrash(); err != nil {
		t.Error(err)
	}
}

// A confirmed program that has come to crash at every start leaves the card in recovery, where it can be given another.
func TestCrashingProgramIsLeftAlone(t *testing.T) {
	c := settled(t)
	bad := c.release("1.0.0", 1)
	bad.change = hang
	c.SetFlash(FlashBase+0x20000, bad.image(0))
	c.PowerOn()
	hello, info := c.state()
	if hello.Role != wire.Boot || info.Stay != 3 || c.Starts() < 4 {
		t.Fatalf("after %d starts: %+v, %+v", c.Starts(), hello, info)
	}
	if err := c.release("1.2.0", 1).update(c.Machine).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.want(0, "1.2.0")
}

// The strap and the host bring the card into recovery, and so does flash that has lost all that could run.
func TestRecoveryNeverGoesAway(t *testing.T) {
	c := settled(t)
	stays := func(what string, stay uint8) {
		t.Helper()
		if hello, info := c.state(); hello.Role != wire.Boot || info.Stay != stay {
			t.Errorf("%s: %v, stays for %d", what, hello.Role, info.Stay)
		}
	}
	c.Strap(true)
	c.PowerOn()
	stays("strap", 2)
	c.PowerOff()
	c.Strap(false)
	c.PowerOn()
	conn := c.dial()
	starts := c.Starts()
	if err := conn.Reset(true, false); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	c.started(starts + 1)
	stays("asked", 2)
	c.restart(c.dial())
	c.want(0, "1.0.0")
	c.PowerOff()

	whole := c.Flash()
	spoil := func(what string, at uint32, data []byte, stay uint8) {
		t.Helper()
		c.SetFlash(FlashBase, whole)
		c.SetFlash(at, data)
		c.PowerOn()
		if stay == 0 {
			if hello, info := c.state(); hello.Slot != 0 || info.Trial != 1 {
				t.Errorf("%s: %+v, %+v", what, hello, info)
			}
		} else {
			stays(what, stay)
		}
		c.PowerOff()
	}
	spoil("a flipped bit of the program", FlashBase+0x20000+9000, []byte{whole[0x20000+9000] ^ 1}, 1)
	spoil("no program", FlashBase+0x20000, bytes.Repeat([]byte{0xff}, 0x60000), 1)
	spoil("no boot record", FlashBase+0x8000, bytes.Repeat([]byte{0xff}, 0x8000), 0)
	spoil("a boot record of zeros", FlashBase+0x8000, make([]byte, 0x8000), 0)

	c.PowerOn()
	if err := c.release("1.2.0", 1).update(c.Machine).Run(context.Background()); err != nil {
		t.Fatal(err)
	}
}
