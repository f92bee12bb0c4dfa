package span

import (
	"fmt"
	"testing"
	"time"

	"tipring/dsp/dsptest"
	"tipring/dsp/tone"
	"tipring/tdm"
)

// A talkCard is a card without a clock on whose every slot somebody talks at -20 dBm0.
type talkCard struct {
	info tdm.Info
	talk []byte
	at   int
}

func newTalkCard(slots int) *talkCard {
	pcm := dsptest.Speech(3, -20, 1<<17)
	c := &talkCard{info: tdm.Info{Name: "talk", Law: tdm.ALaw, Slots: make([]tdm.Slot, slots), Delay: 160}, talk: make([]byte, len(pcm))}
	c.info.Law.Encode(c.talk, pcm)
	return c
}

func (c *talkCard) Info() tdm.Info { return c.info }
func (c *talkCard) Close() error   { return nil }

func (c *talkCard) Exchange(tx, rx tdm.Block) (int, error) {
	for i := range c.info.Slots {
		from := (c.at + 331*i) % (len(c.talk) - tx.N)
		copy(rx.Slot(i), c.talk[from:])
	}
	c.at += tx.N
	return 0, nil
}

// An answerLeg is about as dear as a leg can be that does nothing.
type answerLeg struct{ EchoTest }

func dialTone(t testing.TB) Source {
	plan, ok := tone.Zone("de")
	if !ok {
		t.Fatal("no zone de")
	}
	spec, _ := plan.Tone("dial")
	return tone.NewGenerator(spec, -13)
}

// forms are what a slot may be busy with, for tests and benchmarks.
var forms = map[string]func(t testing.TB, p *Pump, slot int){
	"idle":   func(testing.TB, *Pump, int) {},
	"detect": func(t testing.TB, p *Pump, slot int) { p.Detect(slot, everything(t)) },
	"call":   call,
	"full": func(t testing.TB, p *Pump, slot int) {
		call(t, p, slot)
		p.Echo(slot, true)
	},
}

// call is what a slot in a call does, but for the echo canceller.
func call(t testing.TB, p *Pump, slot int) {
	p.Detect(slot, Detect{Digits: true, Tones: everything(t).Tones, Fax: true})
	p.Attach(slot, &answerLeg{})
}

// everything asks for all there is.
func everything(t testing.TB) Detect {
	plan, ok := tone.Zone("us")
	if !ok {
		t.Fatal("no zone us")
	}
	return Detect{Digits: true, Tones: plan, CallerID: true, Fax: true, SilenceMs: 3000, Voice: true}
}

// The tick allocates nothing, whatever the slots are busy with.
func TestTickAllocatesNothing(t *testing.T) {
	p := newTestPump(t, newTalkCard(16), 10)
	q := newTestPump(t, newTalkCard(1), 2)
	for i := range 5 {
		forms["full"](t, p, i)
	}
	for i := 5; i < 8; i++ {
		forms["detect"](t, p, i)
	}
	p.Connect(8, 9)
	p.Connect(10, 11)
	p.Gain(10, 3, -3)
	p.Play(12, 1, 0, dialTone(t))
	p.Sig(13, 1, 0, []tdm.SigRun{{Bits: 1, Ms: 60000}, {Bits: 0}})
	if _, err := new(Patchbay).Join(End{Pump: p, Slot: 14}, End{Pump: q}); err != nil {
		t.Fatal(err)
	}
	step := func() {
		for range 5 {
			if err := q.step(); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.step(); err != nil {
			t.Fatal(err)
		}
		for len(p.events) > 0 {
			<-p.events
		}
		for len(q.events) > 0 {
			<-q.events
		}
	}
	for range 300 {
		step()
	}
	if n := testing.AllocsPerRun(1000, step); n > 0 {
		t.Errorf("%v allocations a tick", n)
	}
	if st := p.Stats(nil)[0]; st.RxDBm0 > -10 || st.RxDBm0 < -60 || !st.Leg || !st.Active {
		t.Errorf("slot 0 is not busy: %+v", st)
	}
}

func BenchmarkTick(b *testing.B) {
	for _, form := range []string{"idle", "detect", "call", "full"} {
		for _, slots := range []int{1, 32, 480} {
			b.Run(fmt.Sprintf("%s/slots=%d", form, slots), func(b *testing.B) {
				p := newTestPump(b, newTalkCard(slots), 10)
				for i := range slots {
					forms[form](b, p, i)
				}
				step := func() {
					if err := p.step(); err != nil {
						b.Fatal(err)
					}
					for len(p.events) > 0 {
						<-p.events
					}
				}
				for range 100 {
					step()
				}
				b.ReportAllocs()
				before := p.PumpStats().Busy
				for b.Loop() {
					step()
				}
				busy := p.PumpStats().Busy - before
				perSample := float64(busy.Nanoseconds()) / float64(b.N*p.n*slots)
				b.ReportMetric(perSample, "ns/sample")
				b.ReportMetric(float64(time.Second)/8000/perSample, "channels/core")
			})
		}
	}
}
