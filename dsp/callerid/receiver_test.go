package callerid

import (
	"math/rand/v2"
	"testing"

	"tipring/dsp/level"
	"tipring/dsp/tone"
)

// inNoise returns how many of n messages of a standard come through and how many of them under its modulation's name.
func inNoise(s Standard, snr float64, n int) (read, named int) {
	rnd := rand.New(rand.NewPCG(7, uint64(snr)))
	for range n {
		pcm := burst(s, alice)
		sigma := (s.DBm0 - level.DBm0(snr)).RMS()
		for i := range pcm {
			pcm[i] += int16(sigma * rnd.NormFloat64())
		}
		for _, m := range receive(NewReceiver(), pcm) {
			if m.ChecksumOK && m.Number == alice.Number {
				read++
				if m.Standard == s.Physical.String() {
					named++
				}
			}
		}
	}
	return read, named
}

func TestReceiverInNoise(t *testing.T) {
	for _, row := range []struct {
		standard string
		snr      float64
		read     int // of 100
	}{
		{"bell202", 12, 100}, {"bell202", 8, 100}, {"bell202", 6, 98},
		{"etsi-dtas", 12, 100}, {"etsi-dtas", 8, 100}, {"etsi-dtas", 6, 98},
		{"dtmf", 12, 100}, {"dtmf-dk", 12, 100},
	} {
		s, _ := Lookup(row.standard)
		read, named := inNoise(s, row.snr, 100)
		t.Logf("%s at %v dB: %d of 100 read, %d with the right modulation", row.standard, row.snr, read, named)
		if read < row.read || named < read {
			t.Errorf("want %d", row.read)
		}
	}
}

// The least levels that sets must take are -36 dBm (GR-30-CORE) and -36 dBV (EN 300 659-1); ours are lower.
func TestReceiverLevels(t *testing.T) {
	for _, name := range []string{"bell202", "etsi-ring", "dtmf"} {
		s, _ := Lookup(name)
		for _, l := range []level.DBm0{0, -13, -30, -40, -55} {
			if name == "dtmf" {
				l = max(l, -36)
			}
			tx := NewTransmitter(s, alice, l)
			pcm := make([]int16, 800+tx.Samples()+6000)
			tx.Read(pcm[800 : len(pcm)-6000])
			if got := receive(NewReceiver(), pcm); len(got) != 1 || got[0].Number != alice.Number {
				t.Errorf("%s at %v dBm0: %+v", name, l, got)
			}
		}
	}
}

// An idle line's noise, dial tone and the ends of ringing are no message.
func TestNothingIsNoMessage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 9))
	for _, db := range []level.DBm0{-60, -40, -15} {
		pcm := make([]int16, 60*rate)
		for i := range pcm {
			pcm[i] = int16(db.RMS() * rnd.NormFloat64())
		}
		if got := receive(NewReceiver(), pcm); len(got) != 0 {
			t.Errorf("noise of %v dBm0: %+v", db, got)
		}
	}
	for _, id := range []string{"us", "uk", "fr"} {
		plan, _ := tone.Zone(id)
		spec, _ := plan.Tone("dial")
		pcm := make([]int16, 10*rate)
		tone.NewGenerator(spec, -13).Read(pcm)
		if got := receive(NewReceiver(), pcm); len(got) != 0 {
			t.Errorf("dial tone %s: %+v", id, got)
		}
	}
}

// A receiver reads one call after another without a Reset.
func TestCallsInARow(t *testing.T) {
	var pcm []int16
	var want []string
	for _, name := range []string{"bell202", "etsi-lr", "dtmf", "bell202-sdmf", "dtmf-dk"} {
		s, _ := Lookup(name)
		pcm = append(pcm, burst(s, alice)...)
		want = append(want, s.Physical.String())
	}
	got := receive(NewReceiver(), pcm)
	if len(got) != len(want) {
		t.Fatalf("%d messages, want %d", len(got), len(want))
	}
	for i, m := range got {
		if m.Standard != want[i] || m.Number != alice.Number {
			t.Errorf("call %d: %+v", i, m)
		}
	}
}

// A burst that breaks off says so.
func TestCutOffBurst(t *testing.T) {
	s, _ := Lookup("bell202")
	tx := NewTransmitter(s, alice, 0)
	pcm := make([]int16, tx.Samples())
	tx.Read(pcm)
	pcm = append(pcm[:len(pcm)-1000], make([]int16, 3000)...)
	got := receive(NewReceiver(s), pcm)
	if len(got) != 1 || got[0].ChecksumOK || got[0].Number != "" || len(got[0].Raw) < 5 {
		t.Errorf("%+v", got)
	}
}

// Where a zone's message comes between the first two rings, one with a number of 11 digits and a name of 15 fits with the
// silence that the standard wants around it.
func TestMessageFitsIntoRinging(t *testing.T) {
	m := Message{Number: "15551234567", Name: "ABCDEFGHIJKLMNO", Time: "07041530"}
	for _, z := range Zones() {
		s := ForZone(z.ID)
		plan, ok := tone.Zone(z.ID)
		if !ok || s.Alert != AfterRing || s.Physical == None {
			continue
		}
		pause := 0
		for i := 1; i < len(plan.RingCadenceMs); i += 2 {
			pause = max(pause, plan.RingCadenceMs[i])
		}
		need := s.AfterAlertMs + NewTransmitter(s, m, 0).Samples()*1000/rate + s.BeforeRingMs
		if need > pause {
			t.Errorf("%s: %s needs %d ms of the pause of %d ms", z.ID, s.Name, need, pause)
		}
	}
}

// The windows of GR-30-CORE and EN 300 659-1.
func TestStandardTimes(t *testing.T) {
	within := func(s Standard, what string, v, lo, hi int) {
		if v < lo || v > hi {
			t.Errorf("%s: %s %d, want %d to %d", s.Name, what, v, lo, hi)
		}
	}
	for _, name := range Names() {
		s, _ := Lookup(name)
		if s.Physical == None {
			continue
		}
		within(s, "silence before the ring", s.BeforeRingMs, 200, 500)
		switch s.Alert {
		case AfterRing:
			within(s, "silence after the ring", s.AfterAlertMs, 500, 1500)
		case RingPulse:
			within(s, "ring pulse", s.RingPulseMs, 200, 300)
			within(s, "silence after the pulse", s.AfterAlertMs, 500, 800)
		case LineReversal, LineReversalDTAS:
			within(s, "silence after the reversal", s.AfterAlertMs, 100, 1000)
		}
		if s.Alert == DTAS || s.Alert == LineReversalDTAS {
			within(s, "DT-AS", s.DTASMs, 90, 110)
			within(s, "gap", s.GapMs, 45, 75)
		}
		if s.Physical == DTMF {
			within(s, "tone", s.ToneMs, 50, 100)
			within(s, "tone pause", s.TonePause, 50, 100)
			continue
		}
		if s.Alert == LoopClosure {
			within(s, "short ring", s.RingPulseMs, 250, LongestActivationMs)
			within(s, "seizure", s.SeizureBits, 0, 0)
			within(s, "marks", s.MarkBits, 55, 205)
			continue
		}
		within(s, "seizure", s.SeizureBits, 96, 315)
		within(s, "marks", s.MarkBits, 55, 205)
	}
}

// The audio begins with both alerting tones at their level, 100 ms long, and a gap.
func TestDualToneAlertingSignal(t *testing.T) {
	s, _ := Lookup("etsi-dtas")
	tx := NewTransmitter(s, alice, -13.5)
	pcm := make([]int16, tx.Samples())
	tx.Read(pcm)
	if l := level.Of(pcm[:800]); l < -13.7 || l > -13.3 {
		t.Errorf("DT-AS at %.2f dBm0", l)
	}
	for i, v := range pcm[800:1280] {
		if v != 0 {
			t.Fatalf("sample %d of the gap is %d", i, v)
		}
	}
	if pcm[1285] == 0 && pcm[1286] == 0 {
		t.Error("no data behind the gap")
	}
}

func BenchmarkReceiver(b *testing.B) {
	s, _ := Lookup("bell202")
	rnd := rand.New(rand.NewPCG(1, 1))
	quiet := make([]int16, 2*rate)
	for i := range quiet {
		quiet[i] = int16(20 * rnd.NormFloat64())
	}
	for name, pcm := range map[string][]int16{"signal=burst": burst(s, alice), "signal=quiet": quiet} {
		b.Run(name, func(b *testing.B) {
			r := NewReceiver()
			b.ReportAllocs()
			for b.Loop() {
				for i := 0; i+80 <= len(pcm); i += 80 {
					r.Process(pcm[i : i+80])
				}
			}
			ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(len(pcm))
			b.ReportMetric(ns, "ns/sample")
			b.ReportMetric(125_000/ns, "channels/core")
		})
	}
}

func BenchmarkTransmitter(b *testing.B) {
	s, _ := Lookup("etsi-lr")
	buf := make([]int16, 80)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		t := NewTransmitter(s, alice, 0)
		for t.Samples() > 0 {
			n += t.Read(buf)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/sample")
}
