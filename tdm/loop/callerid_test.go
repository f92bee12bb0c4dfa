package loop_test

import (
	"strings"
	"testing"
	"time"

	"tipring/dsp/callerid"
	"tipring/dsp/tone"
	"tipring/hw/emu"
	"tipring/tdm"
	"tipring/tdm/loop"
)

// TestCallerIDBetweenTheRings holds every zone and standard, with short and long messages and distinctive rings, to the
// least distances between burst and ringing: 500 ms behind ring 1 and 200 ms before ring 2 (GR-30-CORE, EN 300 659-1), and
// those of the standard where the burst comes first.
func TestCallerIDBetweenTheRings(t *testing.T) {
	type scene struct {
		name, zone, standard, alert string
		calling                     tdm.PartyNumber
	}
	long := tdm.PartyNumber{Digits: "+4930123456789012", Name: strings.Repeat("Wolfeschlegel ", 4)}
	var scenes []scene
	for _, z := range tone.Zones() {
		scenes = append(scenes, scene{z, z, "", "", tdm.PartyNumber{Digits: "5551234"}}, scene{z + " long", z, "", "", long})
	}
	for _, s := range callerid.Names() {
		if std, _ := callerid.Lookup(s); std.Alert == callerid.LoopClosure {
			continue // asks for a telephone that loops: zone jp
		}
		scenes = append(scenes, scene{s, "us", s, "", long}, scene{s + " private", "jp", s, "", tdm.PartyNumber{Digits: "1", Presentation: tdm.Restricted}})
	}
	for _, dr := range []string{"2", "3", "4", "5", "6", "7", "8"} {
		scenes = append(scenes, scene{"dr" + dr, "us", "bell202", "Bellcore-dr" + dr, long})
	}
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			std := callerid.ForZone(s.zone)
			if s.standard != "" {
				std, _ = callerid.Lookup(s.standard)
			}
			inBubble(t, []emu.Line{phone("201", s.zone)}, func(c *loop.LineConfig) { c.CallerID = s.standard }, func(r *rig) {
				r.tap.clear()
				c := r.call("fxs1", tdm.Primitive{Calling: s.calling, AlertInfo: s.alert})
				c.want("ALERTING")
				time.Sleep(12 * time.Second)
				c.disconnect(16)
				c.want("RELEASE 16")
				edges, sounds := r.tap.notes()
				rang := rings(edges)
				if mute := std.DTMFForm == callerid.FormDC || std.DTMFForm == callerid.FormHash; std.Physical == callerid.None ||
					mute && s.calling.Presentation == tdm.Restricted { // these forms have no word for "private"
					if len(sounds) != 0 {
						t.Errorf("sounds %v", sounds)
					}
					return
				}
				if len(sounds) != 1 || len(rang) < 2 {
					t.Fatalf("sounds %v, rings %v", sounds, rang)
				}
				burst := sounds[0]
				before, after := stretch{to: -1}, stretch{from: -1}
				for _, x := range rang {
					if x.from < burst.to && x.to > burst.from {
						t.Fatalf("the burst %v meets the ring %v", burst, x)
					}
					if x.to <= burst.from {
						before = x
					} else if after.from < 0 {
						after = x
					}
				}
				if std.Alert == callerid.AfterRing {
					if before.to < 0 || burst.from-before.to < 500 {
						t.Errorf("the burst starts %d ms behind the ring (%v, %v)", burst.from-before.to, burst, rang)
					}
				} else if std.Alert == callerid.LoopClosure {
					if before.to < 0 || before.to-before.from > callerid.LongestActivationMs || burst.from-before.to < std.AfterAlertMs {
						t.Errorf("the burst starts %d ms behind a short ring of %d ms", burst.from-before.to, before.to-before.from)
					}
				} else if std.Alert == callerid.RingPulse {
					if before.to < 0 || before.to-before.from != std.RingPulseMs || burst.from-before.to < std.AfterAlertMs {
						t.Errorf("the burst starts %d ms behind a ring pulse of %d ms", burst.from-before.to, before.to-before.from)
					}
				} else if before.to >= 0 {
					t.Errorf("ringing %v comes before the burst %v", before, burst)
				}
				if least := max(200, std.BeforeRingMs); after.from-burst.to < least-5 {
					t.Errorf("the burst ends %d ms before the ring, want %d", after.from-burst.to, least)
				}
				if st := r.group.Line("fxs1").Status(); st.CallerIDSent != 1 || st.Unexpected != 0 {
					t.Errorf("counters %+v", st.Counters)
				}
			})
		})
	}
}

// TestOffHookInTheBurst: the burst stops with the ringing.
func TestOffHookInTheBurst(t *testing.T) {
	inBubble(t, []emu.Line{phone("201", "us")}, nil, func(r *rig) {
		r.tap.clear()
		c := r.call("fxs1", tdm.Primitive{Calling: tdm.PartyNumber{Digits: "5551234", Name: "JO"}})
		c.want("ALERTING")
		r.state("fxs1", "callerid")
		time.Sleep(800 * time.Millisecond)
		r.ok(r.card.Phone("fxs1").OffHook())
		con := c.want("CONNECT offhook")
		time.Sleep(time.Second)
		_, sounds := r.tap.notes()
		if len(sounds) != 1 || sounds[0].to > int(con.At/tdm.Quantum)+20 {
			t.Errorf("sounds %v, answered at %d ms", sounds, con.At/tdm.Quantum)
		}
		if st := r.group.Line("fxs1").Status(); st.CallerIDSent != 0 {
			t.Errorf("counters %+v", st.Counters)
		}
	})
}

// TestCallerIDFromTheExchange: the call goes out when the message is decoded or ring 2 begins, with what the message says.
func TestCallerIDFromTheExchange(t *testing.T) {
	for _, c := range []struct {
		name, zone string
		opts       []emu.RingOption
		want       tdm.PartyNumber
		ok, bad    int64
		within     time.Duration
	}{
		{"bell202", "us", nil, tdm.PartyNumber{Digits: "5551234", Name: "JO"}, 1, 0, 4 * time.Second},
		{"private", "us", []emu.RingOption{emu.Present(tdm.Restricted)}, tdm.PartyNumber{Presentation: tdm.Restricted}, 1, 0, 4 * time.Second},
		{"unavailable", "us", []emu.RingOption{emu.Present(tdm.Unavailable)}, tdm.PartyNumber{Presentation: tdm.Unavailable}, 1, 0, 4 * time.Second},
		{"wrong checksum", "us", []emu.RingOption{emu.BadChecksum()}, tdm.PartyNumber{Presentation: tdm.Unavailable}, 0, 1, 7 * time.Second},
		{"etsi-ring", "us", []emu.RingOption{emu.InStandard("etsi-ring")}, tdm.PartyNumber{Digits: "5551234", Name: "JO"}, 1, 0, 4 * time.Second},
		{"etsi-dtas", "tw", []emu.RingOption{emu.InStandard("etsi-dtas")}, tdm.PartyNumber{Digits: "5551234", Name: "JO"}, 1, 0, 3 * time.Second},
		{"etsi-lr", "uk", []emu.RingOption{emu.InStandard("etsi-lr")}, tdm.PartyNumber{Digits: "5551234", Name: "JO"}, 1, 0, 2 * time.Second},
		{"sin227", "uk", []emu.RingOption{emu.InStandard("sin227")}, tdm.PartyNumber{Digits: "5551234", Name: "JO"}, 1, 0, 2 * time.Second},
		{"etsi-rpas", "us", []emu.RingOption{emu.InStandard("etsi-rpas")}, tdm.PartyNumber{Digits: "5551234", Name: "JO"}, 1, 0, 3 * time.Second},
		{"dtmf", "se", []emu.RingOption{emu.InStandard("dtmf")}, tdm.PartyNumber{Digits: "5551234"}, 1, 0, 3 * time.Second},
		{"jclip", "jp", nil, tdm.PartyNumber{Digits: "5551234"}, 1, 0, 4 * time.Second},
		{"jclip private", "jp", []emu.RingOption{emu.Present(tdm.Restricted)}, tdm.PartyNumber{Presentation: tdm.Restricted}, 1, 0, 4 * time.Second},
		{"jclip wrong checksum", "jp", []emu.RingOption{emu.BadChecksum()}, tdm.PartyNumber{Presentation: tdm.Unavailable}, 0, 1, 4 * time.Second},
		{"dtmf-lr", "in", []emu.RingOption{emu.InStandard("dtmf-lr")}, tdm.PartyNumber{Digits: "5551234"}, 1, 0, 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := trunk(emu.Script{})
			line.Zone = c.zone
			inBubble(t, []emu.Line{line}, func(l *loop.LineConfig) {
				if c.name == "etsi-rpas" || c.name == "etsi-dtas" {
					l.CallerID = c.name
				}
			}, func(r *rig) {
				before := r.pump.Now()
				rung := make(chan error, 1)
				go func() { rung <- r.card.Office("fxo1").Ring("5551234", "JO", c.opts...) }()
				p := r.incoming()
				r.ok(<-rung)
				if p.setup.Calling != c.want {
					t.Errorf("calling %+v, want %+v", p.setup.Calling, c.want)
				}
				if d := tdm.Duration(p.setup.At - before); d > c.within {
					t.Errorf("offered after %v, want %v", d, c.within)
				}
				st := r.group.Line("fxo1").Status()
				if st.CallerIDOK != c.ok || st.CallerIDBad != c.bad || st.CallerIDNone != 0 {
					t.Errorf("counters %+v", st.Counters)
				}
				p.send(tdm.Connect)
				r.state("fxo1", "talking")
			})
		})
	}
}

// TestCallerIDAtTheTelephone: what the telephone shows is what the call said.
func TestCallerIDAtTheTelephone(t *testing.T) {
	for _, zone := range []string{"us", "uk", "de", "fr", "se", "in", "jp"} {
		t.Run(zone, func(t *testing.T) {
			inBubble(t, []emu.Line{phone("201", zone)}, nil, func(r *rig) {
				c := r.call("fxs1", tdm.Primitive{Calling: tdm.PartyNumber{Digits: "5551234", Name: "JO"}})
				c.want("ALERTING")
				time.Sleep(7 * time.Second)
				shown := r.card.Phone("fxs1").Status().CallerID
				want := emu.CallerID{Number: "5551234", Name: "JO", Time: "03141509", Standard: shown.Standard}
				if p := callerid.ForZone(zone).Physical; p == callerid.DTMF || p == callerid.V23Loop {
					want.Name, want.Time = "", ""
				}
				if shown != want {
					t.Errorf("shows %+v, want %+v", shown, want)
				}
			})
		})
	}
}
