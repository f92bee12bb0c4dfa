package q931

import (
	"bytes"
	"encoding/hex"
	"testing"

	"tipring/tdm"
)

// answersTo feeds messages to the user side and returns what its layer 3 sends.
func answersTo(r *rig, messages ...[]byte) (out []string) {
	r.user.note = func(_ int, b []byte) {
		if len(b) > 4 && b[2]&1 == 0 {
			out = append(out, hex.EncodeToString(b[4:]))
		}
	}
	r.network.silent = true
	r.feed(r.user, messages...)
	r.network.silent = false
	r.user.note = nil
	return out
}

// TestErrors holds §5.8 of Q.931: each message, in the state of a call that the network offers with reference 1, and what is
// answered.
func TestErrors(t *testing.T) {
	const offer = "0802000105" + "04038090a3" + "1803a98381" + "7008a135353531323334"
	for _, x := range []struct {
		clause string
		before []string // messages first
		msg    string
		want   string // "" for nothing
	}{
		{"§5.8.1 protocol discriminator", nil, "0902000105", ""},
		{"§5.8.2 message too short", nil, "0802", ""},
		{"§5.8.3.1 call reference length in error", nil, "0832000105", ""},
		{"§5.8.3.1 call reference longer than there are octets", nil, "080f000105", ""},
		{"§5.8.3.2 a) CONNECT for a call that is not", nil, "0802000907", "080280095a080280d1"},
		{"§5.8.3.2 c) RELEASE for a call that is not", nil, "080200094d08028090", "080280095a080280d1"},
		{"§5.8.3.2 d) RELEASE COMPLETE for a call that is not", nil, "080200095a08028090", ""},
		{"§5.8.3.2 f) SETUP with the flag of our call", nil, "0802800905" + "04038090a3" + "1803a98381", ""},
		{"§5.8.3.2 e) SETUP for a call that is", []string{offer}, offer, ""},
		{"§5.8.3.2 g) global call reference", nil, "0802000007", "080280007d080280d1140100"},
		{"§5.8.4 unexpected message: ALERTING in U6", []string{offer}, "0802000101", "080280017d080380e201140106"},
		{"§5.8.4 unrecognised message", []string{offer}, "0802000155", "080280017d080380e155140106"},
		{"§5.8.6.1 SETUP without bearer capability", nil, "0802000105" + "1803a98381", "080280015a080380e004"},
		{"§5.8.6.1 SETUP to a user without channel identification", nil, "0802000105" + "04038090a3", "080280015a080380e018"},
		{"§5.8.6.1 DISCONNECT without cause", []string{offer}, "0802000145", "080280014d080280e0"},
		{"§5.8.6.1 RELEASE without cause, as the first", []string{offer}, "080200014d", "080280015a080380e008"},
		{"§5.8.6.1 RELEASE COMPLETE without cause", []string{offer}, "080200015a", ""},
		{"§5.8.6.1 PROGRESS without indicator", []string{offer}, "0802000103", "080280017d080380e01e140106"},
		{"§5.8.6.2 SETUP whose bearer capability is in error", nil, "0802000105" + "040180" + "1803a98381", "080280015a080380e404"},
		{"§5.8.6.2 NOTIFY whose indicator is empty", []string{offer}, "080200016e2700", "080280017d080380e427140106"},
		{"§5.8.7.1 element that has to be understood", nil, offer + "0b0100", "080280015a080380e00b"},
		{"§5.8.7.1 element that need not be understood", nil, offer + "7b0100", ""},
		{"§5.8.7.2 element in error that is not mandatory", nil, "0802000105" + "04038090a3" + "1803a98381" + "6c00", "080280017d080380e46c140106"},
		{"§5.8.5.2 a second bearer capability", nil, "0802000105" + "04038090a3" + "040100" + "1803a98381", "080280015a080380e404"},
		{"§5.8.5.3 an element longer than the message", []string{offer}, "080200014d080f8090", "080280015a080380e008"},
		{"§5.8.10 STATUS ENQUIRY", []string{offer}, "0802000175", "080280017d0802809e140106"},
		{"§5.8.10 STATUS ENQUIRY for a call that is not", nil, "0802000975", "080280097d0802809e140100"},
		{"§5.8.11 STATUS of a peer that knows no call", []string{offer}, "080200017d0802829e140100", ""},
		{"§5.8.11 STATUS for a call that is not", nil, "080200097d0802829e14010a", "080280095a080280e5"},
		{"§5.8.11 STATUS, both in null", nil, "080200097d0802829e140100", ""},
		{"§5.5.2 RESTART without indicator", nil, "0802000046", "080280007d080380e079140100"},
		{"§5.5.2 RESTART of a channel that is not", nil, "0802000046" + "1803a98390" + "790180", "080280007d080280d2140100"},
		{"§5.2.3.1 SETUP on a channel that is not", nil, "0802000105" + "04038090a3" + "1803a98390", "080280015a080280d2"},
		{"§5.2.3.1 exclusive SETUP on a busy channel", []string{offer}, "0802000205" + "04038090a3" + "1803a98381", "080280025a080280ac"},
		{"§5.2.3.2 SETUP without a channel", nil, "0802000105" + "04038090a3" + "1801a0", "080280015a080280a2"},
		{"Q.932 §6.3 HOLD before the call is active", []string{offer}, "0802000124", "0802800130080280e2"},
	} {
		t.Run(x.clause, func(t *testing.T) {
			r := newRig(t, "euroisdn", nil)
			for _, b := range x.before {
				answersTo(r, octets(t, b))
			}
			got := answersTo(r, octets(t, x.msg))
			want := []string{}
			if x.want != "" {
				want = []string{x.want}
			}
			if len(got) != len(want) || len(got) == 1 && got[0] != want[0] {
				t.Errorf("answers %v, want %v", got, want)
			}
		})
	}
}

func octets(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A preferred channel that is busy gives way to another; a slot map and a list are understood; timeslot 16 can be skipped.
func TestChannelElements(t *testing.T) {
	for _, x := range []struct {
		contents string
		want     channelElement
	}{
		{"a98381", channelElement{Interface: -1, Exclusive: true, Selection: 1, Channels: 1 << 1}},
		{"a1839f", channelElement{Interface: -1, Selection: 1, Channels: 1 << 31}},
		{"e9858381", channelElement{Interface: 5, Exclusive: true, Selection: 1, Channels: 1 << 1}},
		{"e901858381", channelElement{Interface: 0x85, Exclusive: true, Selection: 1, Channels: 1 << 1}},
		{"a983010286", channelElement{Interface: -1, Exclusive: true, Selection: 1, Channels: 1<<1 | 1<<2 | 1<<6}},
		{"a99300000081", channelElement{Interface: -1, Exclusive: true, Selection: 1, Map: true, Channels: 1<<1 | 1<<8}},
		{"ac", channelElement{Interface: -1, Exclusive: true, DChannel: true}},
		{"a3", channelElement{Interface: -1, Selection: 3}},
	} {
		got, err := parseChannel(octets(t, x.contents))
		if err != nil || got != x.want {
			t.Errorf("%s: %+v, %v; want %+v", x.contents, got, err, x.want)
		}
		if back := got.append(nil); !bytes.Equal(back[2:], octets(t, x.contents)) {
			t.Errorf("%s comes back as %x", x.contents, back[2:])
		}
	}
	for _, bad := range []string{"", "e9", "e90101", "a983", "a9930000", "a983a0", "a9a381"} {
		if e, err := parseChannel(octets(t, bad)); err == nil {
			t.Errorf("%s was taken as %+v", bad, e)
		}
	}
}

func TestNumberingOfTimeslots(t *testing.T) {
	for _, logical := range []bool{false, true} {
		r := newRig(t, "euroisdn", func(c *Config) { c.Logical = logical })
		for _, slot := range []uint8{1, 15, 17, 31} {
			p := setup
			x := *p.ISDN
			x.Channel = tdm.Channel{Timeslot: slot}
			p.ISDN = &x
			r.user.call(p)
			r.settle()
			in := r.network.last()
			if got := r.network.said[in][0].ISDN.Channel.Timeslot; got != slot {
				t.Errorf("logical %v: timeslot %d is offered as %d", logical, slot, got)
			}
			number := r.network.link.msg.contents(elChannel)[2] &^ ext
			if want := slot - map[bool]uint8{true: slot / 17}[logical]; number != want {
				t.Errorf("logical %v: timeslot %d is numbered %d, want %d", logical, slot, number, want)
			}
		}
	}
}

func TestPreferredChannelGivesWay(t *testing.T) {
	r := newRig(t, "euroisdn", nil)
	r.network.take(r.network.link.Block(r.now, tdm.Channel{Timeslot: 1}, true))
	id := r.user.call(setup) // prefers 1
	r.settle()
	in := r.network.last()
	r.network.do(in, tdm.Primitive{Kind: tdm.Proceeding})
	r.settle()
	if got, want := r.user.link.byID[id].channel, r.network.link.byID[in].channel; got != want || got.Timeslot == 1 {
		t.Errorf("the user is on %v, the network on %v", got, want)
	}
	r.user.do(id, hangUp(tdm.CauseNormalClearing))
	r.settle()
	r.done()
}

func TestSetupIsRefusedForWantOf(t *testing.T) {
	r := newRig(t, "euroisdn", nil)
	for range 30 {
		r.user.call(setup)
		r.settle()
	}
	if _, cause, _ := r.user.link.Setup(r.now, setup); cause != tdm.CauseNoCircuit {
		t.Errorf("a channel: cause %d", cause)
	}
	r.user.take(r.user.link.Line(r.now, 0, false))
	if _, cause, _ := r.user.link.Setup(r.now, setup); cause != tdm.CauseNetworkOutOfOrder {
		t.Errorf("a data link: cause %d", cause)
	}
}

func TestConfig(t *testing.T) {
	good := e1(t, "ni2")
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Config){
		"no variant":             func(c *Config) { c.Variant = Variant{} },
		"no interface":           func(c *Config) { c.Interfaces = nil },
		"timeslot 0":             func(c *Config) { c.Interfaces[0].Channels = 1 },
		"identifier too high":    func(c *Config) { c.Interfaces[0].ID = 1 << 14 },
		"two of one identifier":  func(c *Config) { c.Interfaces = append(c.Interfaces, c.Interfaces[0]) },
		"no D channel":           func(c *Config) { c.DChannels = nil },
		"D channel nowhere":      func(c *Config) { c.DChannels = []int{1} },
		"two D channels on one":  func(c *Config) { c.DChannels = []int{0, 0} },
		"overlap where none is":  func(c *Config) { c.Overlap = true },
		"data link out of range": func(c *Config) { c.DataLink.K = 200 },
	} {
		c := e1(t, "ni2")
		change(&c)
		if c.Validate() == nil {
			t.Errorf("%s: passed", name)
		}
	}
	if _, err := FindVariant("1tr6"); err == nil {
		t.Error("1tr6 was found")
	}
}
