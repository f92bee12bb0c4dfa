package q931

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"tipring/tdm"
	"tipring/tdm/fsm"
)

// The rows of each diagram that tests on a rig took.
var (
	userCover    = fsm.NewCover(userTable)
	networkCover = fsm.NewCover(networkTable)
)

var messageTypes = []MessageType{Alerting, CallProceeding, Progress, Setup, Connect, SetupAck, ConnectAck, UserInformation, Hold, HoldAck,
	HoldReject, Retrieve, RetrieveAck, RetrieveReject, Disconnect, Restart, Release, RestartAck, ReleaseComplete, Segment, Facility,
	Notify, StatusEnquiry, CongestionControl, Information, Status, 0x55}

// randomMessage is a message for a call that may be, with elements that may be right.
func randomMessage(rnd *rand.Rand) []byte {
	ref := CallRef{Value: uint16(rnd.IntN(8)), FromOriginator: rnd.IntN(2) == 0, Octets: 2}
	b := appendHeader(nil, protocolQ931, ref, messageTypes[rnd.IntN(len(messageTypes))])
	for range rnd.IntN(5) {
		switch rnd.IntN(10) {
		case 0:
			b = appendBearer(b, Bearer{Rate: circuit64, Layer1: 3})
		case 1:
			b = appendCause(b, 0, tdm.Cause(1+rnd.IntN(127)))
		case 2:
			b = channelElement{Interface: -1, Selection: 1, Exclusive: rnd.IntN(2) == 0, Channels: 1 << rnd.IntN(32)}.append(b)
		case 3:
			b = appendProgress(b, 2, uint8(1+rnd.IntN(9)))
		case 4:
			b = appendElement(b, elCallState, uint8(rnd.IntN(26)))
		case 5:
			b = numberElement{Type: 2, Plan: 1, Digits: []byte("5551234")}.append(b, elCalled)
		case 6:
			b = appendElement(b, elNotification, ext|uint8(rnd.IntN(128)))
		case 7:
			b = appendElement(b, elRestart, ext|uint8(rnd.IntN(8)))
		case 8:
			b = append(b, byte(elSendComplete))
		default:
			e := make([]byte, rnd.IntN(6))
			for i := range e {
				e[i] = byte(rnd.Uint32())
			}
			b = appendElement(b, ElementID(rnd.IntN(128)), e...)
		}
	}
	if rnd.IntN(20) == 0 {
		b = b[:1+rnd.IntN(len(b))]
	}
	return b
}

var randomEvents = []string{tdm.EventHold, tdm.EventRetrieve, tdm.EventNotify, tdm.EventCharge, tdm.EventName, tdm.EventDisplay, "fax",
	tdm.EventTransfer, tdm.EventTransferred, tdm.EventTransferRefused, tdm.EventDeflect, tdm.EventDeflected, tdm.EventDeflectRefused,
	tdm.EventMalicious, tdm.EventMaliciousNoted, tdm.EventMaliciousRefused, tdm.EventParty, tdm.EventRedirection}

// Random primitives, messages, lost frames and dead links: nothing panics, and once the line is good and the time has come,
// nothing is left of any call and every call has heard exactly one Release.
func TestRandomEventsLeaveNothingBehind(t *testing.T) {
	variants := []string{"euroisdn", "qsig", "ni2", "5ess", "dms100"}
	for seed := range uint64(120) {
		rnd := rand.New(rand.NewPCG(seed, 931))
		r := newRig(t, variants[rnd.IntN(len(variants))], func(c *Config) {
			c.Overlap = c.Variant.Overlap && rnd.IntN(2) == 0
			c.NameWait = time.Duration(rnd.IntN(2)) * time.Second
			c.Transfer = rnd.IntN(4) != 0
			if c.Variant.Maintenance != 0 && rnd.IntN(2) == 0 {
				twoSpans(c.Variant.Name)(c)
			}
		})
		for _, s := range []*side{r.user, r.network} {
			s.rnd, s.loss = rnd, []float64{0, 0, 0.02, 0.1}[rnd.IntN(4)]
		}
		var ids [2][]CallID
		for range 600 {
			k := rnd.IntN(2)
			s := []*side{r.user, r.network}[k]
			switch n := rnd.IntN(100); {
			case n < 15:
				p := setup
				p.ISDN = &tdm.ISDN{Complete: rnd.IntN(2) == 0}
				id, cause, out := s.link.Setup(r.now, p)
				s.take(out)
				if cause == 0 {
					ids[k] = append(ids[k], id)
				}
			case n < 60:
				all := append(append([]CallID{}, ids[k]...), s.order...)
				if len(all) == 0 {
					continue
				}
				p := tdm.Primitive{Kind: tdm.PrimitiveKind(2 + rnd.IntN(9)), Cause: tdm.Cause(rnd.IntN(128)), InBand: rnd.IntN(3) == 0}
				if p.Kind == tdm.Information {
					p.Digit = '5'
				}
				if p.Kind == tdm.Notify {
					p.Event = randomEvents[rnd.IntN(len(randomEvents))]
					p.ISDN = &tdm.ISDN{Charge: &tdm.Charge{Phase: 'D', Units: 3}, Name: "X", Display: "Y", Redirection: numbered("55"),
						Peer: uint32(all[rnd.IntN(len(all))])}
				}
				s.do(all[len(all)-1-rnd.IntN(min(len(all), 6))], p)
			case n < 70:
				r.settle()
			case n < 78:
				r.wait(time.Duration(rnd.IntN(5000)) * time.Millisecond)
			case n < 86:
				r.feed(s, randomMessage(rnd))
			case n < 88:
				s.take(s.link.Line(r.now, rnd.IntN(len(s.link.d)), false))
			case n < 92:
				s.take(s.link.Line(r.now, rnd.IntN(len(s.link.d)), true))
			case n < 93:
				s.take(s.link.Restart(r.now, tdm.Channel{Timeslot: uint8(1 + rnd.IntN(31))}))
			case n < 94:
				s.take(s.link.RestartAll(r.now))
			case n < 97:
				s.take(s.link.Confirm(r.now))
			case n < 98:
				s.silent = !s.silent
			case n < 99 && len(ids[k]) > 0:
				s.take(s.link.Audit(r.now, ids[k][len(ids[k])-1]))
			default:
				s.take(s.link.Block(r.now, tdm.Channel{Timeslot: uint8(1 + rnd.IntN(31))}, rnd.IntN(2) == 0))
			}
		}
		for _, s := range []*side{r.user, r.network} {
			s.loss, s.silent = 0, false
			for d := range s.link.d {
				s.take(s.link.Line(r.now, d, true))
			}
		}
		r.wait(30 * time.Second)
		for k, s := range []*side{r.user, r.network} {
			for _, id := range append(append([]CallID{}, ids[k]...), s.order...) {
				s.do(id, hangUp(tdm.CauseNormalClearing))
			}
		}
		r.wait(5 * time.Minute)
		r.done()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestMain asks, once all tests have run and passed, whether they took every row of both diagrams.
func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", "24") // the cells of the impaired runs wait for T200 most of the time
	code := m.Run()
	if run := flag.Lookup("test.run"); code == 0 && run.Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" {
		for name, missing := range map[string][]string{"user": userCover.Missing(), "network": networkCover.Missing()} {
			for _, row := range missing {
				fmt.Printf("%s: no test takes the row %s\n", name, row)
				code = 1
			}
		}
	}
	os.Exit(code)
}

func FuzzReceive(f *testing.F) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 30 {
		f.Add(randomMessage(rnd), true)
	}
	f.Fuzz(func(t *testing.T, m []byte, network bool) {
		c := e1(t, "euroisdn")
		c.Network, c.Overlap = network, true
		l := New(c)
		l.d[0].up = true
		for range 2 {
			l.begin(0)
			l.receive(l.d[0], m)
			l.end()
		}
		if l.Calls() > 1 {
			t.Errorf("%d calls of one message", l.Calls())
		}
	})
}

// What Parse gives, Append puts back.
func FuzzMessage(f *testing.F) {
	rnd := rand.New(rand.NewPCG(2, 1))
	for range 30 {
		f.Add(randomMessage(rnd))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var m, again Message
		if m.Parse(b) != nil {
			return
		}
		if m.Describe() == "" {
			t.Errorf("% x is not described", b)
		}
		if m.Truncated {
			return
		}
		if err := again.Parse(m.Append(nil)); err != nil || len(again.Elements) != len(m.Elements) || again.Ref != m.Ref || again.Type != m.Type {
			t.Errorf("% x comes back as % x: %v", b, m.Append(nil), err)
		}
		for i := range m.Elements {
			if m.Elements[i].String() != again.Elements[i].String() || m.Elements[i].Value != again.Elements[i].Value {
				t.Errorf("element %v comes back as %v", m.Elements[i], again.Elements[i])
			}
		}
	})
}

// Components from outside, in a FACILITY of a call that waits for answers, for every switch type and side: nothing panics, the
// user of the call hears at most as much as there are components, and an answer is never longer than a message.
func FuzzComponents(f *testing.F) {
	add := func(contents []byte) {
		for v := range Variants {
			f.Add(uint8(v), v%2 == 0, contents)
		}
	}
	add(join(networking, invoke(1, 0, tlv(nameAllowed, []byte("ALICE")...))))
	add([]byte{profileROSE, 0xa1, 0x80, 2, 1, 1, 2, 1, 34, 0x30, 0x80, 0, 0, 0, 0})
	for _, v := range Variants {
		for _, row := range v.operations {
			for _, argument := range [][]byte{nil, tlv(berInteger, 5), tlv(berSequence, berInt(berInteger, 5)...), rltArgument(7),
				tlv(berSequence, join(berInt(berEnumerated, 1), presented(&tdm.QualifiedNumber{PartyNumber: tdm.PartyNumber{Digits: "55"}}, true))...),
				tlv(berSequence, join(berInt(berEnumerated, 1), address(tdm.QualifiedNumber{PartyNumber: tdm.PartyNumber{Digits: "55"}}), berInt(berInteger, 1))...),
				rateArgument(&tdm.Charge{Currency: "EUR", Amount: 5, Per: time.Minute}, v.Networking)} {
				component := tlv(tagInvoke, join(berInt(berInteger, 1), row.value(), argument)...)
				add(join([]byte{profileROSE}, component))
				add(join(networking, component, returnResult(1, tlv(berSequence, join(row.value(), argument)...)), returnError(1, 3)))
			}
		}
	}
	f.Fuzz(func(t *testing.T, v uint8, network bool, b []byte) {
		if len(b) > 255 {
			return
		}
		c := Config{Variant: Variants[int(v)%len(Variants)], Network: network, Interfaces: []Interface{{Channels: T1Channels}}, DChannels: []int{0}, Transfer: true}
		l := New(c)
		l.d[0].up = true
		_, _, _ = l.Setup(0, setup)
		id, _, _ := l.Setup(0, setup)
		x := l.byID[id]
		x.state = Active
		x.asked = request{op: opLinkID, id: 1}
		var m Message
		if err := m.Parse(appendElement(appendHeader(nil, protocolQ931, CallRef{Value: 2, Octets: 2}, Facility), elFacility, b...)); err != nil {
			t.Fatal(err)
		}
		l.begin(0)
		x.step(gotFacility, &input{msg: &m})
		told := 0
		for _, o := range l.end() {
			if o.Kind == Up {
				told++
			}
		}
		if told > maxComponents*maxRates {
			t.Errorf("the call was told %d things", told)
		}
	})
}
