package framing

import "testing"

// benchmark times a millisecond and reports the cost of a frame.
func benchmark(b *testing.B, ms func()) {
	b.ReportAllocs()
	for b.Loop() {
		ms()
	}
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / 8
	b.ReportMetric(ns, "ns/frame")
	b.ReportMetric(125_000/ns, "lines/core")
}

// Both ways of one end, bits only: frames and alignment.
func BenchmarkFrames(b *testing.B) {
	for _, f := range framings {
		b.Run("framing="+f.String(), func(b *testing.B) {
			s := NewSender(Config{Framing: f}, random(f, 1, nil))
			line := make([]byte, 64*f.Bits())
			s.Read(line)
			send := NewSender(Config{Framing: f}, func([]byte) {})
			r := NewReceiver(Config{Framing: f}, func([]byte) {})
			r.Write(line)
			out, at := make([]byte, f.Bits()), 0
			benchmark(b, func() {
				send.Read(out)
				r.Write(line[at : at+f.Bits()])
				if at += f.Bits(); at == len(line) {
					at = 0
				}
			})
		})
	}
}

// Both ways of one end with line code, alarms and elastic store.
func BenchmarkFramer(b *testing.B) {
	for _, f := range framings {
		b.Run("framing="+f.String(), func(b *testing.B) {
			p := both(f)
			p.run(300)
			far := NewPulses(64 * f.Bits())
			end := New(Config{Framing: f, LineCode: p.b.cfg.LineCode}, random(f, 1, nil))
			end.Send(far)
			out, at := NewPulses(f.Bits()), 0
			benchmark(b, func() {
				p.a.Send(out)
				p.a.Receive(Pulses{far.Plus[at : at+f.Bits()], far.Minus[at : at+f.Bits()]})
				p.a.Frames(8, p.hearA)
				p.a.Tick()
				if at += f.Bits(); at == len(far.Plus) {
					at = 0
				}
			})
		})
	}
}
