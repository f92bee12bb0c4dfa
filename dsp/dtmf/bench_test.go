package dtmf

import "testing"

func report(b *testing.B, samples int) {
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(samples)
	b.ReportMetric(ns, "ns/sample")
	b.ReportMetric(125_000/ns, "channels/core")
}

func BenchmarkDetector(b *testing.B) {
	digits := make([]float64, 0, 16*800)
	for i := range 16 {
		digits = add(digits, at(all16[i], 50, 50, -10), newRand(uint64(i)))
	}
	addNoise(digits, -45, newRand(1))
	silence := make([]float64, 10*rate)
	addNoise(silence, -65, newRand(2))
	for name, sig := range map[string][]float64{"signal=speech": speech(10*rate, 1), "signal=digits": digits, "signal=silence": silence} {
		b.Run(name, func(b *testing.B) {
			pcm := samples(sig)
			d := NewDetector(Config{})
			evs := make([]Event, 0, 64)
			b.ReportAllocs()
			for b.Loop() {
				for i := 0; i+80 <= len(pcm); i += 80 {
					evs = d.Process(pcm[i:i+80], evs[:0])
				}
			}
			report(b, len(pcm))
		})
	}
}

func BenchmarkGenerator(b *testing.B) {
	g := NewGenerator()
	buf := make([]int16, 800)
	b.ReportAllocs()
	for b.Loop() {
		g.Digit('5', 100, 0, -8, -8)
		g.Read(buf)
	}
	report(b, len(buf))
}
